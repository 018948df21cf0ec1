"""A large file is read column by column; whatever stands in it, what comes out is what a small one would give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.problems import FileRefused
from hub.formats import csv_wide
from hub.formats.grid import Limits
from hub.mapping import handover, stow
from hub.mapping import read as reading
from hub.mapping.compile import Mapping
from hub.mapping.reading import Batch, Context, Reading
from hub.mapping.stow import Stow
from hub.mapping.told import row_hash
from hub.mapping.wide import WideColumn
from hub.mapping.wide_hash import hashes
from tests.mapping.conftest import Bench

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
CONTEXT = Context("goods.csv", "ahti", "Ahti", "Europe/Helsinki", NOW, NOW, Limits(10_000_000, 100_000, 100))
PRODUCTS = """
reads: products
file: {format: csv, delimiter: semicolon, skip: {Koodi: "Yhteensä*"}}
notation: {decimal: ",", thousands: " ", yes: [kyllä], no: [ei], empty: ["-", "n/a"], clear: ["NULL"]}
fields:
  sku: Koodi
  ean: EAN
  name: Nimi
  description: {from: Kuvaus, do: squeeze}
  price: {from: Hinta, required: yes}
  currency: [Valuutta, {value: EUR}]
  vat_rate: {from: ALV, map: {A: "25.5", B: "14"}}
  weight: {from: Paino, unit: g}
  length: {from: Pituus, unit: in}
  active: Myynnissä
  images: {from: Kuvat, do: {split: "|"}}
  category: {from: Ryhmä, default: muut}
  stock: Saldo
  catalog: Luettelo
limits: {refuse_above: 100%}
"""
FULL = PRODUCTS.replace("reads: products", "reads: products\nmode: full")
STOCK = """
reads: stock
file: {format: csv, delimiter: semicolon}
notation: {decimal: ","}
fields: {sku: Koodi, ean: EAN, stock: Saldo, as_of: Hinta}
limits: {refuse_above: 100%}
"""
HEADINGS = "Koodi EAN Nimi Kuvaus Hinta Valuutta ALV Paino Pituus Myynnissä Kuvat Ryhmä Saldo Luettelo".split()  # noqa: SIM905 - a list of words
MAPPINGS = {"products": PRODUCTS, "full": FULL, "stock": STOCK}

CELLS = (
    "|A1|A1|B-2|c.3|ä4|x_5|6400000000000|96385074|6400000000017|4006381333931|640 0000|1E5|12,5|12.5|1 234,5|-3|3-|(4)|0|007"
    "|99999999999999|0,1234567|5 €|5 $|EUR|SEK|eur|A|B|b|C|kyllä|EI|yes|-|n/a|N/A|NULL|null|\u00a0-\u00a0| |\u00a0|\ufeffx"
    "|teräs|tera\u0308s|a\u0301|\u212b|ſ|\u2126|жук|日本|x\u0085y|tab\there|line\x0bfeed|é |  a  b |http://a.fi/1|nothttp"
    "|1000|250|2540|0,001|Yhteensä 5|main|a\"b|it's|2026-11-22|22.11.2026|2026-11-22T10:00|\x7f|\u2028"
)
cells = st.sampled_from(CELLS.split("|"))


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapping]:
    return Bench(tmp_path_factory.mktemp("wide")).mappings(MAPPINGS)


@contextmanager
def wide(*, piece: int = 200) -> Iterator[None]:
    """Every file is a large one, cut into small pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "WIDE_FROM", 0)
        patch.setattr(csv_wide, "FIRST", piece)
        patch.setattr(csv_wide, "SIZE", piece)
        yield


def outcome(mapping: Mapping, data: bytes) -> dict[str, Any]:
    """All that a reading says, in plain values."""
    try:
        found = reading.read_file(mapping, data, CONTEXT)
    except FileRefused as refused:
        return {"refused": refused.problems, "read": refused.read}
    names = found.batches[0].fields if found.batches else {}
    rows = [place for batch in found.batches for record in range(len(batch)) for place in batch.places(record)]
    return {
        "fields": {name: [value for batch in found.batches for value in batch.fields[name]] for name in names},
        "rows": rows,
        "bad": sorted(place for batch in found.batches for record in batch.refused for place in batch.places(record)),
        "problems": found.problems,
        "counts": (found.read, found.skipped, found.refused),
        "refused_rows": found.refused_rows,
    }


def as_csv(rows: list[list[str]], quoting: str, end: str) -> str:
    """Rows as partners write them: quoted well, not at all, or now and then."""
    lines = []
    for number, row in enumerate([HEADINGS, *rows]):
        quoted = quoting == "all" or (quoting == "some" and number % 3 == 0)
        plain = [each.replace(";", "") for each in row]
        lines.append(";".join('"' + each.replace('"', '""') + '"' if quoted or '"' in each[:1] else each for each in plain))
    return end.join(lines) + end


rows_of_cells = st.lists(st.lists(cells, min_size=len(HEADINGS), max_size=len(HEADINGS)), min_size=1, max_size=30)
ragged_rows = st.lists(st.lists(cells, min_size=0, max_size=len(HEADINGS) + 2), min_size=1, max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    which=st.sampled_from(sorted(MAPPINGS)),
    rows=st.one_of(rows_of_cells, ragged_rows),
    quoting=st.sampled_from(["none", "some", "all"]),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
)
def test_a_large_file_says_what_a_small_one_says(
    mappings: dict[str, Mapping], which: str, rows: list[list[str]], quoting: str, end: str, encoding: str
) -> None:
    data = as_csv(rows, quoting, end).encode(encoding, errors="replace")
    small = outcome(mappings[which], data)
    with wide():
        assert outcome(mappings[which], data) == small


@pytest.mark.parametrize("blank", ["", "\n\n", " \n", "\n" * 200])
def test_a_piece_that_begins_with_an_empty_row_loses_no_row_behind_it(mappings: dict[str, Mapping], blank: str) -> None:
    rows = [["A1", *GOOD[1:]], ["B2", *GOOD[1:]]]
    head, *lines = as_csv(rows, "none", "\n").splitlines(keepends=True)
    data = (head + "\n" + blank + "".join(lines)).encode()
    small = outcome(mappings["products"], data)
    for piece in (1, 40, len(head) + 1, 1 << 20):
        with wide(piece=piece):
            assert outcome(mappings["products"], data) == small


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='A1;;"" \r\n\nä,x', max_size=300))
def test_any_text_is_cut_into_rows_alike(mappings: dict[str, Mapping], text: str) -> None:
    data = (";".join(HEADINGS) + "\n" + text).encode()
    small = outcome(mappings["products"], data)
    with wide(piece=40):
        assert outcome(mappings["products"], data) == small


def read_wide(mapping: Mapping, rows: list[list[str]], to: Callable[[Batch], None] = lambda _: None) -> Reading:
    with wide():
        return reading.read_file(mapping, as_csv(rows, "some", "\r\n").encode(), CONTEXT, to)


GOOD = ["A1", "4006381333931", "teräs", "pitkä", "12,50", "EUR", "A", "250", "10", "kyllä", "", "", "5", "main"]


def test_the_columns_of_a_large_file_stay_columns(mappings: dict[str, Mapping]) -> None:
    found = read_wide(mappings["products"], [[f"A{number}", *GOOD[1:]] for number in range(100)])
    assert found.is_wide
    assert len(found.batches) > 1
    column = found.batches[1].fields["price"]
    assert isinstance(column, WideColumn)
    assert column[0] == Decimal("12.5")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_cells)
def test_a_record_has_one_hash_whichever_way_it_is_worked_out(mappings: dict[str, Mapping], rows: list[list[str]]) -> None:
    found = read_wide(mappings["products"], [[f"S{number}", *row[1:]] for number, row in enumerate(rows)])
    for batch in found.batches:
        columns = {name: each for name, each in batch.fields.items() if isinstance(each, WideColumn)}
        plain = [row for row in range(len(batch)) if not any(row in each.odd for each in columns.values())]
        if len(columns) < len(batch.fields):
            continue
        by_column = hashes(columns, "update")
        for row in plain:
            assert by_column[row] == row_hash({name: each[row] for name, each in columns.items()}, "update")


@pytest.mark.parametrize("stows", [True, False], ids=["while it is read", "at the end"])
@pytest.mark.parametrize("large_from", [0, 2_000, 1 << 40], ids=["in a file", "in a file from some batch on", "in the message"])
def test_columns_travel_between_processes_as_columns(
    mappings: dict[str, Mapping], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large_from: int, stows: bool
) -> None:
    monkeypatch.setattr(stow, "LARGE_WIDE", large_from)
    monkeypatch.setattr(stow, "_TOGETHER", 1_000)
    rows = [[f"A{number}", *GOOD[1:]] for number in range(200)]
    rows[7][4], rows[8][4], rows[9][2] = "dear", "NULL", ""
    rows[190][0] = "A3"
    expected = read_wide(mappings["products"], rows)
    with Stow(tmp_path / "columns") as to:
        sent = read_wide(mappings["products"], rows, to.add if stows else lambda _: None)
        told = json.loads(json.dumps(handover.send(sent, to)))
    got = handover.receive(told, mappings["products"], tmp_path)
    got.rest()
    assert got.is_wide
    assert [{name: list(each) for name, each in batch.fields.items()} for batch in got.batches] == [
        {name: list(each) for name, each in batch.fields.items()} for batch in expected.batches
    ]
    assert (got.problems, got.blamed, got.refused_rows) == (expected.problems, expected.blamed, expected.refused_rows)
    assert not list(tmp_path.iterdir()), "the file between the processes is gone"


def test_a_refused_file_leaves_no_columns_behind(
    mappings: dict[str, Mapping], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow, "LARGE_WIDE", 0)
    monkeypatch.setattr(stow, "_TOGETHER", 0)
    lies = tmp_path / "columns"
    with Stow(lies) as to:
        read_wide(mappings["products"], [GOOD, [*GOOD[:4], "dear", *GOOD[5:]]], to.add)
        assert lies.stat().st_size, "they were written while the file was read"
    assert not lies.exists()


def test_a_reading_that_cannot_be_handed_over_leaves_no_columns_behind(
    mappings: dict[str, Mapping], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object, values: object) -> None:
        raise OSError(f"no room for {values}")

    monkeypatch.setattr(stow, "LARGE_WIDE", 0)
    monkeypatch.setattr(stow.InFile, "put", full)  # the last that is written; the wide columns lie there by then
    lies = tmp_path / "columns"
    sent = read_wide(mappings["products"], [GOOD])
    with pytest.raises(OSError, match="no room"), Stow(lies) as to:
        handover.send(sent, to)
    assert not lies.exists()


def test_a_large_file_has_few_files_open_while_it_is_read(
    mappings: dict[str, Mapping], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow, "LARGE_WIDE", 0)
    monkeypatch.setattr(stow, "_TOGETHER", 1_000)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Stow(tmp_path / "columns") as to:
        read_wide(mappings["products"], [[f"A{number}", *GOOD[1:]] for number in range(4_000)], to.add)
        assert len(list(Path("/proc/self/fd").iterdir())) - before < 40, "a worker may open 64"


def test_a_column_of_another_type_than_it_says_is_not_believed(mappings: dict[str, Mapping], tmp_path: Path) -> None:
    sent = read_wide(mappings["products"], [GOOD])
    with pytest.MonkeyPatch.context() as patch, Stow(tmp_path / "columns") as to:
        patch.setattr(stow, "LARGE_WIDE", 0)
        told = handover.send(sent, to)
    told["batches"][0]["fields"]["sku"][0] = "wide NUMBER"
    with pytest.raises(ValueError, match="another type"):
        handover.receive(told, mappings["products"], tmp_path)
