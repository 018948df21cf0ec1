"""Files that kill the process that reads them: each costs itself, and the files beside it are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.domain.kinds import Role
from hub.domain.problems import Code, Counts, FileRefused, ParserFailed, Problem
from hub.flow.parser import InProcess
from hub.formats.answered import Answered
from hub.formats.grid import USUAL_LIMITS
from hub.mapping.compile import Mapping
from hub.mapping.giveback import Marking
from hub.mapping.intake import Incoming, Outcome
from hub.mapping.library import Library
from hub.mapping.reading import Context
from hub.service.children import Allowance, Children
from hub.service.scratch import Scratch, sweep

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
STOCK = "reads: stock\nfile: {format: csv, delimiter: semicolon}\nfields: {sku: sku, stock: qty}\n"
WISHES = (
    "reads: cancellations\nfile: {format: csv, delimiter: semicolon, group: no}\n"
    "fields: {number: no, reason: why, lines.sku: sku, lines.quantity: qty}\n"
)
GOOD = b"sku;qty\nA;5\nB;x\n"
SOON = Allowance(seconds=1, memory=2_000_000_000, patience=8)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "stock.yaml").write_text(STOCK)
    (folder / "wishes.yaml").write_text(WISHES)
    return Library(tmp_path, tmp_path / "none")


@pytest.fixture
def open_children(tmp_path: Path) -> Iterator[Callable[..., Children]]:
    made: list[Children] = []

    def opened(allowance: Allowance | None = None, program: str = "hub.service.child") -> Children:
        made.append(Children(tmp_path / "tmp", allowance, program))
        return made[-1]

    yield opened
    for each in made:
        each.close()
    assert list((tmp_path / "tmp").glob("*")) == [], "nothing stays behind"


@pytest.fixture
def fatal(open_children: Callable[..., Children]) -> Children:
    return open_children(SOON, "tests.service.fatal_child")


def file_of(library: Library, data: bytes, *names: str, role: Role = Role.SUPPLIER) -> Incoming:
    context = Context("f.csv", "ahti", "Ahti", "Europe/Helsinki", NOW, NOW, USUAL_LIMITS)
    named = tuple(library.get(name) for name in names)
    return Incoming(data, context, role, named, lambda: library.candidates(role))


def code_of(outcome: Outcome) -> Code:
    assert outcome.refusal is not None
    return outcome.refusal.problems[0].code


def records_of(outcome: Outcome) -> list[object]:
    assert outcome.reading is not None
    return [record for batch in outcome.reading.batches for record in batch.records()]


def test_a_child_gives_what_this_process_would(open_children: Callable[..., Children], library: Library) -> None:
    children = open_children()
    for data, names, role in (
        (GOOD, ("stock",), Role.SUPPLIER),
        (GOOD, ("wishes", "stock"), Role.SUPPLIER),
        (GOOD, (), Role.SUPPLIER),
        (b"a;b\n1;2\n", (), Role.SUPPLIER),
        (b"", ("stock",), Role.SUPPLIER),
        (b"no;why;sku;qty\n1;late;A;1\n1;late;B;2\n2;;A;1\n", ("wishes",), Role.RETAILER),
        (b"no;why;sku;qty\n1;late;A;1\n", ("stock",), Role.SUPPLIER),
        (GOOD, ("wishes",), Role.SUPPLIER),
    ):
        file = file_of(library, data, *names, role=role)
        own, theirs = InProcess().read(file)(), children.read(file)()
        assert theirs.mapping == own.mapping
        if own.refusal is not None:
            assert theirs.refusal is not None
            assert (theirs.refusal.problems, theirs.refusal.read) == (own.refusal.problems, own.refusal.read)
        else:
            assert own.reading is not None
            assert theirs.reading is not None
            assert records_of(theirs) == records_of(own)
            assert theirs.reading.problems == own.reading.problems
            assert theirs.reading.blamed == own.reading.blamed


def test_a_file_too_large_to_be_sent_is_read_where_it_lies(
    open_children: Callable[..., Children], library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "archived"
    path.write_bytes(GOOD)
    for names in (("stock",), ()):
        sent = file_of(library, GOOD, *names)
        children = open_children()
        assert records_of(children.read(replace(sent, source=path))()) == records_of(children.read(sent)())


@pytest.mark.parametrize(
    ("word", "code", "say"),
    [
        (b"ABORT", Code.UNREADABLE, "breaks the program that reads its format"),
        (b"FAULT", Code.UNREADABLE, "breaks the program that reads its format"),
        (b"ALLOC", Code.TOO_LARGE, "2,000 MB of memory"),
        (b"GROWS", Code.TOO_LARGE, "2,000 MB of memory"),
    ],
)
def test_a_file_that_kills_its_reader_is_refused_and_its_neighbours_are_read_in_their_order(
    fatal: Children, library: Library, word: bytes, code: Code, say: str
) -> None:
    begun = [fatal.read(file_of(library, data, "stock")) for data in (GOOD, GOOD, word, GOOD, word, GOOD)]
    found = [each() for each in begun]
    assert [records_of(found[at]) for at in (0, 1, 3, 5)] == [records_of(found[0])] * 4
    for at in (2, 4):
        assert code_of(found[at]) is code
        assert found[at].mapping == library.get("stock"), "the answer tells by what it would have been read"
        refusal = found[at].refusal
        assert refusal is not None
        assert say in refusal.problems[0].message
        assert refusal.problems[0].hint


@pytest.mark.parametrize("word", [b"SPINS", b"HANGS"])
def test_a_file_at_which_its_reader_never_ends_is_refused(fatal: Children, library: Library, word: bytes) -> None:
    begun = [fatal.read(file_of(library, data, "stock")) for data in (word, GOOD)]
    refused = begun[0]()
    assert code_of(refused) is Code.TOO_LARGE
    assert refused.refusal is not None
    assert "1 seconds of work" in refused.refusal.problems[0].message
    assert len(records_of(begun[1]())) == 2


def test_a_reader_that_dies_of_what_came_before_costs_no_file(fatal: Children, library: Library) -> None:
    begun = [fatal.read(file_of(library, data, "stock")) for data in (GOOD, b"SECOND;sku;qty\n;A;5\n", GOOD)]
    assert [len(records_of(each())) for each in begun] == [2, 1, 2]


@pytest.mark.parametrize("deaths", [1, 3])
def test_a_reader_that_is_killed_now_and_then_is_begun_anew_at_once(
    fatal: Children, library: Library, tmp_path: Path, deaths: int
) -> None:
    for nth in range(deaths):
        (tmp_path / f"die-{nth}").touch()
    dying = f"DYING,{tmp_path}\n".encode() + GOOD
    begun = [fatal.read(file_of(library, data, "stock")) for data in (GOOD, dying, GOOD)]
    assert [each().mapping for each in begun] == [library.get("stock")] * 3
    assert list(tmp_path.glob("die-*")) == []


def test_a_reader_that_somebody_kills_is_no_fault_of_the_file(fatal: Children, library: Library) -> None:
    begun = [fatal.read(file_of(library, data, "stock")) for data in (b"KILLS", GOOD)]
    with pytest.raises(ParserFailed, match="ended with -9"):
        begun[0]()
    assert len(records_of(begun[1]())) == 2


def test_a_fault_of_the_hubs_own_is_told_by_kind_and_place_without_what_stands_in_the_file(
    fatal: Children, library: Library
) -> None:
    with pytest.raises(ParserFailed) as failed:
        fatal.read(file_of(library, b"BREAK", "stock"))()
    assert "KeyError in " in str(failed.value)
    assert "Aino" not in str(failed.value)
    assert len(records_of(fatal.read(file_of(library, GOOD, "stock"))())) == 2


def test_a_child_sees_no_secret_of_the_hubs(fatal: Children, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    with pytest.raises(ParserFailed, match="KeyError"):
        fatal.read(file_of(library, b"SPIES", "stock"))()


def test_a_nursery_that_is_killed_is_replaced(open_children: Callable[..., Children], library: Library) -> None:
    children = open_children()
    file = file_of(library, GOOD, "stock")
    assert len(records_of(children.read(file)())) == 2
    assert children._nursery is not None
    children._nursery._process.kill()
    children._nursery._process.wait()
    children.abandon()
    assert len(records_of(children.read(file)())) == 2


def test_a_child_that_cannot_be_started_is_told_at_the_file(
    open_children: Callable[..., Children], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = open_children()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    result = children.read(file_of(library, GOOD, "stock"))
    with pytest.raises(ParserFailed, match="cannot be started"):
        result()


def test_thousands_of_small_files_go_through_one_child(open_children: Callable[..., Children], library: Library) -> None:
    children = open_children()
    file = file_of(library, GOOD, "stock")
    begun = [children.read(file) for _ in range(2_000)]
    assert {len(records_of(each())) for each in begun} == {2}


def test_a_large_reading_comes_through_a_file_that_is_gone_afterwards(
    open_children: Callable[..., Children], library: Library, tmp_path: Path
) -> None:
    data = b"sku;qty\n" + b"".join(b"S%d;%d\n" % (n, n % 100) for n in range(60_000)) + b"X;y\n"
    file = file_of(library, data, "stock")
    children = open_children()
    own, theirs = InProcess().read(file)(), children.read(file)()
    assert records_of(theirs) == records_of(own)
    assert own.reading is not None
    assert theirs.reading is not None
    assert theirs.reading.problems == own.reading.problems
    assert theirs.reading.batches[0].locate("stock", 3) == own.reading.batches[0].locate("stock", 3)
    assert [each for each in (tmp_path / "tmp").rglob("*") if each.is_file()] == []


def test_marked_and_refused_files_are_made_in_the_child(open_children: Callable[..., Children], library: Library) -> None:
    mapping: Mapping = library.get("stock")
    problem = Problem(Code.NUMBER, "is no number", "Write 12.50.", row=3, column="qty", value="x")
    told = Answered("f.csv", "Ahti", NOW, 207, Counts(2, 1, 0, 1), [problem], {(None, 2): 200, (None, 3): 400})
    children = open_children()
    rows: set[tuple[str | None, int]] = {(None, 3)}
    for wanted in (told, rows):
        marking = Marking(mapping, GOOD, wanted, USUAL_LIMITS)
        assert children.give_back(marking)() == InProcess().give_back(marking)()
    with pytest.raises(FileRefused):
        children.give_back(Marking(mapping, b"", rows, USUAL_LIMITS))()


def test_what_a_crash_left_behind_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    used = Scratch(tmp_path)
    held = used.open()
    (held / "1-1.arrow").touch()
    left = tmp_path / "left"
    left.mkdir()
    (left / "7-1.arrow").touch()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [held]
    assert list(held.iterdir()) == [held / "1-1.arrow"]
    used.close()
    assert list(tmp_path.iterdir()) == []
