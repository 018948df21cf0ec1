"""Look at rows of several kinds, told apart by their first cell: which is the record, which lie under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.fields import fields_read
from hub.domain.kinds import Kind
from hub.formats.frame import Cell
from hub.formats.grid import Row
from hub.formats.table import is_blank_row
from hub.mapping.draft import Part
from hub.mapping.meanings import Guess
from hub.mapping.roles import Column, roles_of
from hub.mapping.sighted import ELSEWHERE, Sighted, Source, matched

TYPE = "type"
_MOST = 8  # kinds of rows
_KEY = 0.8  # how sure it is that a key is the record's number
_LONGEST = 6  # of a word that tells the kind of a row


def sight_types(kind: Kind, rows: Sequence[Row], file: dict[str, Part]) -> Sighted | None:
    """Rows of several kinds in a table without headings; None where the first cells tell no kinds."""
    body = [row for row in rows if not is_blank_row(row)]
    groups = _groups(body)
    if groups is None:
        return None
    placed = place_kinds({name: [at for at, _ in found] for name, found in groups.items()}, len(body))
    cells = {name: [list(row) for _, row in found] for name, found in groups.items()}
    places = {name: [at for at, _ in found] for name, found in groups.items()}
    return described(kind, Rows(placed, cells, places), {**file, "header": "none"})


def _groups(body: Sequence[Row]) -> dict[str, list[tuple[int, list[Cell]]]] | None:
    """The rows by the word in their first cell, each with its place; None when that is no kind."""
    groups: dict[str, list[tuple[int, list[Cell]]]] = {}
    for at, row in enumerate(body):
        groups.setdefault((row[0] or "").strip(), []).append((at, _filled(row)))
    if not are_kinds(list(groups), len(body)):
        return None
    widths = {name: max(len(row) for _, row in found) for name, found in groups.items()}
    steady = all(len(row) >= 0.4 * widths[name] for name, found in groups.items() for _, row in found)
    return groups if steady and len(set(widths.values())) > 1 else None


def are_kinds(words: Sequence[str], rows: int) -> bool:
    """Whether words are few, short and alike enough to be names of kinds of rows."""
    if not 2 <= len(words) <= min(_MOST, rows) or not all(0 < len(each) <= _LONGEST for each in words):
        return False
    letters = all(each.isalpha() and each.isupper() for each in words)
    numbers = all(each.isdigit() and len(each) == len(words[0]) for each in words) and len(words[0]) < 4
    return letters or (numbers and len(words) <= rows / 2)


def _filled(row: Row) -> list[Cell]:
    cells = list(row)
    while len(cells) > 1 and not (cells[-1] or "").strip():
        cells.pop()
    return cells


@dataclass(frozen=True, slots=True)
class Placed:
    """Which kind of row is the record, and what the others are: under it, or once per file."""

    record: str
    under: tuple[str, ...]
    once: dict[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of several kinds: what each kind is, its cells, and where its rows stand."""

    placed: Placed
    cells: dict[str, list[list[Cell]]]
    places: dict[str, list[int]]


def place_kinds(places: dict[str, list[int]], rows: int) -> Placed:
    """What each kind is by where its rows stand; kinds come in the order of their first row."""
    names = list(places)
    once: dict[str, str] = {}
    if places[names[-1]] == [rows - 1] and len(names) > 2:
        once[names[-1]] = "end"
    left = [each for each in names if each not in once]
    if places[left[0]] == [0] and len(left) > 2:
        once[left[0]] = "start"
        left = left[1:]
    return Placed(left[0], tuple(left[1:]), once)


def described(kind: Kind, rows: Rows, file: dict[str, Part]) -> Sighted:
    """The kinds of rows with names for their columns, told by what they hold."""
    placed, lined = rows.placed, _has_lines(kind)
    lines = max(placed.under, key=lambda each: len(rows.cells[each]), default=None) if lined else None
    keys = {name: _key(rows, name) for name in placed.under}
    sources = {name: _sources(kind, rows, name, lines) for name in rows.cells}
    _rename(kind, sources, placed.record, keys)
    types: dict[str, Part] = {}
    for name in rows.cells:
        said: dict[str, Part] = {"once": placed.once[name]} if name in placed.once else {}
        if name in placed.under:
            said["under"] = placed.record
            key = keys[name]
            said |= {"key": _column(sources[name][key[0] - 1])} if key is not None else {}
        types[name] = {**said, "columns": [TYPE, *map(_column, sources[name])]}
    order = [placed.record, *(each for each in types if each != placed.record)]
    notes = ["Look: the file has no headings; what its columns hold is guessed from their values."]
    return Sighted(
        {**file, "types": {name: types[name] for name in order}},
        [one for name in types for one in sources[name]],
        repeat={"lines": lines} if lines is not None else {},
        notes=notes,
    )


def _has_lines(kind: Kind) -> bool:
    return any(each.list_name == "lines" for each in fields_read(kind).values())


def _sources(kind: Kind, rows: Rows, name: str, lines: str | None) -> list[Source]:
    """The columns of one kind of rows, the first apart, which tells the kind."""
    cells = rows.cells[name]
    width = max(map(len, cells))
    columns = [[row[at] if at < len(row) else None for row in cells] for at in range(1, width)]
    record = rows.placed.record == name
    inside = "" if record and lines else "lines" if name == lines else None if record else ELSEWHERE
    roles = roles_of(kind, [Column(each, inside) for each in columns])
    return [
        Source(f"{name}/c{at}", column, f"c{at}", inside, roles=tuple(guesses))
        for at, (column, guesses) in enumerate(zip(columns, roles, strict=True), start=2)
    ]


def _key(rows: Rows, name: str) -> tuple[int, int] | None:
    """The columns (of a kind, and of the record) that say to which record a row belongs."""
    above = _owners(rows, name)
    cells, records = rows.cells[name], rows.cells[rows.placed.record]
    for at in range(1, min(map(len, cells))):
        for other in range(1, min(map(len, records))):
            told = [row[other] for row in records]
            unique = len(set(told)) == len(told) and all(told)
            if unique and all(owner is not None and row[at] == told[owner] for row, owner in zip(cells, above, strict=True)):
                return at, other
    return None


def _owners(rows: Rows, name: str) -> list[int | None]:
    """For each row of a kind the record above it."""
    starts = rows.places[rows.placed.record]
    return [sum(start < at for start in starts) - 1 if any(start < at for start in starts) else None for at in rows.places[name]]


def _rename(kind: Kind, sources: dict[str, list[Source]], record: str, keys: dict[str, tuple[int, int] | None]) -> None:
    """Give the columns names that say what they hold; a key has the same name on both sides, and is the record's number."""
    for key in keys.values():
        if key is not None:
            owner = sources[record][key[1] - 1]
            owner.roles = tuple(Guess(each, _KEY) for each in ("number", "shipment") if each in fields_read(kind))[:1]
    every = [one for found in sources.values() for one in found]
    for each in matched(kind, every, {}):
        if each.field:
            source = every[each.at]
            source.path = f"{source.path.partition('/')[0]}/{each.field.removeprefix('lines.').replace('.', '_')}"
    for name, key in keys.items():
        if key is not None:
            own = sources[name][key[0] - 1]
            own.path, own.roles = f"{name}/{_column(sources[record][key[1] - 1])}", ()


def _column(source: Source) -> str:
    return source.path.partition("/")[2]
