"""Look at a table nobody has described: the row of its headings, or that it has none, and its columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from hub.domain.kinds import Kind
from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.frame import Cell, heading_key
from hub.formats.grid import Grid, Row
from hub.formats.table import is_blank_row
from hub.mapping.detect_types import sight_types
from hub.mapping.draft import Part
from hub.mapping.lexicon import Lexicon
from hub.mapping.match import Corrections, match
from hub.mapping.roles import Column, roles_of
from hub.mapping.sighted import Sighted, Source

_LOOKED_AT = 60  # rows in which the header is looked for
_ENOUGH_WORDS = 1.0  # from here on a row reads like headings whatever stands below
_SAMPLE = 300  # rows whose values are looked at


def sight_table(kind: Kind, grid: Grid, file: dict[str, Part], corrections: Corrections) -> Sighted:
    """A grid as a table with headings, one without, or rows of several kinds. Raises FileRefused (400.empty)."""
    rows = list(islice(grid.rows(), _LOOKED_AT + _SAMPLE))
    if all(map(is_blank_row, rows)):
        raise FileRefused(Problem(Code.EMPTY, "there is nothing in the file", "Name a file that has headings.", sheet=grid.sheet))
    at = _header(kind, rows[:_LOOKED_AT], corrections)
    if at is None:
        return sight_types(kind, rows, file) or _without_headings(kind, rows, file)
    headings = [(each or "").strip() for each in rows[at]]
    while headings and not headings[-1]:
        headings.pop()
    if at:
        file["header"] = str(at + 1)
    body = [row for row in rows[at + 1 :] if not is_blank_row(row)]
    columns = _columns(body, len(headings))
    sources = [Source(heading, column) for heading, column in zip(headings, columns, strict=True)]
    return Sighted(file, sources, at + 1, first_cells=[list(row) for row in body], notes=list(_twice(headings)))


def _columns(rows: Sequence[Row], width: int) -> list[list[Cell]]:
    return [[row[place] if place < len(row) else None for row in rows] for place in range(width)]


def _twice(headings: Sequence[str]) -> list[str]:
    """What is said of headings that stand more than once: a mapping cannot tell which is meant."""
    keys = [heading_key(each) for each in headings]
    twice = dict.fromkeys(each for each, key in zip(headings, keys, strict=True) if each and keys.count(key) > 1)
    return [f"Look: the heading {each!r} stands twice; only one of them can be read, rename the other." for each in twice]


def _without_headings(kind: Kind, rows: Sequence[Row], file: dict[str, Part]) -> Sighted:
    """A table whose columns have numbers alone; what they hold is told by their values."""
    body = [row for row in rows if not is_blank_row(row)]
    columns = _columns(body, max(map(len, body)))
    roles = roles_of(kind, [Column(each) for each in columns])
    sources = [
        Source(str(number), column, roles=tuple(guesses))
        for number, (column, guesses) in enumerate(zip(columns, roles, strict=True), start=1)
    ]
    notes = ["Look: the file has no headings; columns go by their numbers, and what they hold is guessed from their values."]
    return Sighted({**file, "header": "none"}, sources, first_cells=[list(row) for row in body], notes=notes)


def _header(kind: Kind, rows: Sequence[Row], corrections: Corrections) -> int | None:
    """The index of the row that holds the headings: most words that we know, no values, the first of equals.

    None where no row reads like headings and the first one looks like those below it.
    """
    first = next(at for at, row in enumerate(rows) if not is_blank_row(row))
    best, most = first, 0.0
    for at, row in enumerate(rows):
        texts = [(each or "").strip() for each in row]
        filled = [each for each in texts if each]
        if len(filled) < 2 or len({each.casefold() for each in filled}) < len(filled):
            continue
        score = known_words(kind, texts, corrections) - 2 * sum(_is_value(each) for each in filled)
        if score > most:
            best, most = at, score
    return best if most >= _ENOUGH_WORDS or not _is_data(rows[first], rows[first + 1 :]) else None


def known_words(kind: Kind, headings: Sequence[str], corrections: Corrections) -> float:
    """How much a row reads like headings: fields that it names, and words that we know."""
    filled = [each for each in headings if each]
    if not filled:
        return 0.0
    lexicon = Lexicon.of(filled)
    words = sum(bool(lexicon.meaning(each).concepts) for each in filled)
    fields = sum(each.sure for each in match(kind, filled, corrections) if each.field is not None)
    return fields + words / 2


def _is_value(text: str) -> bool:
    """Whether a cell is a value rather than a heading: mostly digits, or an address of the net."""
    digits = sum(each.isdigit() for each in text)
    return digits * 2 > len(text) or "@" in text or "://" in text


def _is_data(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row has values where headings have words, as the rows below it do."""
    values = [at for at, each in enumerate(row) if each and _is_value(each.strip())]
    rows = [each for each in below if not is_blank_row(each)][:_LOOKED_AT]
    alike = [at for at in values if not rows or any(at < len(each) and _is_value((each[at] or "").strip()) for each in rows)]
    return bool(alike)
