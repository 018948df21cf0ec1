"""CSV in and out: rows exactly as they stand, and never a file that reads back as something else."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import chain

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.carried import NOT_CARRIED
from hub.formats.frame import cell_name
from hub.formats.grid import Grid, Limits, Piece, Row, Source, source_bytes
from hub.formats.layout import Layout, Quote
from hub.formats.text import Text, dialect, find_delimiter, open_text

LONGEST_CELL = 1_000_000
_TOGETHER = 500  # rows
_FEWEST = 2  # cells of a row; an empty one alone would be no row
_ODD = '"\\\r\n\ufeff\0'
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_CLOSE = (
    "Close the quote; a quote inside a quoted cell is written twice. Files without quoting need `quote: none` in the mapping."
)


def csv_grids(layout: Layout, source: Source, limits: Limits) -> list[Grid]:
    """The one grid of a CSV file; raises FileRefused when bytes, encoding or quoting make it unreadable."""
    text, delimiter = find_delimiter(open_text(source_bytes(source, limits), layout.encoding), layout)
    wide = partial(_pieces, text, delimiter, layout.quote)
    return [Grid(None, partial(_rows, text, delimiter, layout.quote), strict_width=True, pieces=wide)]


def _pieces(text: Text, delimiter: str, quote: Quote) -> Iterator[Piece]:
    from hub.formats.csv_wide import pieces

    yield from pieces(text, delimiter, quote)


def _rows(text: Text, delimiter: str, quote: Quote) -> Iterator[Row]:
    yield from records(text.lines(), delimiter, quote)


def records(lines: Iterable[str], delimiter: str, quote: Quote, first: int = 1) -> Iterator[list[str]]:
    """The records of CSV lines, `first` being the row of the first; raises FileRefused with the row where reading breaks off."""
    csv.field_size_limit(LONGEST_CELL)
    row = first - 1
    try:
        for row, cells in enumerate(csv.reader(lines, **dialect(delimiter, quote)), start=first):  # noqa: B007 - the row of a fault
            yield cells
    except csv.Error as broken:
        raise FileRefused(_unreadable(str(broken), row + 1)) from None


def _unreadable(broken: str, row: int) -> Problem:
    if "field limit" in broken:
        return Problem(
            Code.TOO_LARGE, f"a cell has more than {LONGEST_CELL:,} characters; a quote may stand open", _CLOSE, row=row
        )
    if "unexpected end" in broken:
        return Problem(Code.UNREADABLE, "a quote opens in this row and never closes", _CLOSE, row=row)
    return Problem(
        Code.UNREADABLE, "a quote opens in this row and something other than a delimiter follows where it closes", _CLOSE, row=row
    )


def write_csv(layout: Layout, headings: Sequence[str] | None, rows: Sequence[Sequence[str | None]]) -> bytes:
    """Write rows of text as the layout says; None and "" both become an empty cell.

    A `header: N` leaves N-1 empty lines above. Raises FileRefused (400.characters) naming row and
    heading for control characters and for what the encoding or `quote: none` cannot carry.
    """
    above = layout.header - 1 if isinstance(layout.header, int) and headings is not None else 0
    has_plain = layout.quote in (Quote.DOUBLE, Quote.BACKSLASH) and not layout.escape_formulas
    plain = _plain_writer(layout.separator, layout.line_end.text) if has_plain else None
    lines = [layout.line_end.text * above]
    every = rows if headings is None else [headings, *rows]
    for start in range(0, len(every), _TOGETHER):
        some = every[start : start + _TOGETHER]
        together = plain(some) if plain is not None else None
        if together is not None:
            lines.append(together)
            continue
        shape = cell_writer(layout)
        for number, row in enumerate(some, start=above + 1 + start):
            texts = _texts(layout, row)
            try:
                lines.append(shape(texts))
            except ValueError as refused:
                raise FileRefused(_cannot_carry(layout, refused, texts, headings, number)) from None
    whole = "".join(lines)
    with suppress(UnicodeEncodeError):
        if NOT_CARRIED.search(whole) is None:
            return codecs.getincrementalencoder(layout.codec)().encode(whole)
    raise FileRefused(_cannot_encode(layout, headings, rows, above + 1))


@cache
def _plain_writer(mark: str, end: str) -> Callable[[Sequence[Sequence[str | None]]], str | None]:
    """A function that writes rows of which no cell needs anything; it gives None where one may, or where a row is one cell."""
    blank = re.compile(rf"{re.escape(mark)}(?:\s|(?<=\s{re.escape(mark)}))")  # one at the end of a cell

    def write(rows: Sequence[Sequence[str | None]]) -> str | None:
        if min(map(len, rows)) < _FEWEST:
            return None
        try:
            lines = list(map(mark.join, rows))  # type: ignore[arg-type] # a cell of None is told by the error
        except TypeError:
            lines = [mark.join([each or "" for each in row]) for row in rows]
        cells = mark.join(["", *lines, ""])
        odd = cells.count(mark) != sum(map(len, rows)) + 1 or any(map(cells.__contains__, _ODD)) or blank.search(cells)
        return None if odd else end.join([*lines, ""])

    return write


def _texts(layout: Layout, row: Sequence[str | None]) -> list[str]:
    texts = [each or "" for each in row]
    return [f"'{each}" if each.startswith(_LIVE) else each for each in texts] if layout.escape_formulas else texts


def _cannot_encode(layout: Layout, headings: Sequence[str] | None, rows: Sequence[Sequence[str | None]], first: int) -> Problem:
    """Where the character stands that the encoding lacks, or that no file may hold."""
    encode = codecs.getincrementalencoder(layout.codec)().encode
    for number, row in enumerate(rows if headings is None else chain([headings], rows), start=first):
        texts = _texts(layout, row)
        odd = next((each for each in texts if NOT_CARRIED.search(each)), None)
        if odd is not None:
            return _cannot_carry(layout, ValueError(odd), texts, headings, number)
        try:
            encode("".join(texts))
        except UnicodeEncodeError as refused:
            return _cannot_carry(layout, refused, texts, headings, number)
    raise AssertionError("what cannot be encoded stands in no row")


def cell_writer(layout: Layout, delimiter: str | None = None, end: str | None = None) -> Callable[[list[str]], str]:
    """A function that turns the texts of a row into its line; it raises ValueError for what cannot be carried."""
    mark = delimiter or layout.separator
    end = layout.line_end.text if end is None else end
    if layout.quote is Quote.NONE:
        return partial(_bare_line, mark, end)
    # a text that needs quotes, and a whole line in which one may stand
    special = re.compile(rf'[{re.escape(mark)}"\\\r\n\ufeff]|^\s|\s$')
    plain = re.compile(rf'["\\\r\n\ufeff\0]|^\s|\s$|{re.escape(mark)}\s|\s{re.escape(mark)}')
    quoted = _backslashed if layout.quote is Quote.BACKSLASH else _doubled
    if layout.quote is Quote.ALL:
        return partial(_all_quoted_line, mark, end, quoted)
    return partial(_quoted_line, mark, end, (plain, special), quoted)


def _doubled(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _backslashed(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _all_quoted_line(mark: str, end: str, quoted: Callable[[str], str], texts: list[str]) -> str:
    _refuse_nul(texts)
    return mark.join(map(quoted, texts)) + end


def _quoted_line(
    mark: str, end: str, told_by: tuple[re.Pattern[str], re.Pattern[str]], quoted: Callable[[str], str], texts: list[str]
) -> str:
    """A line in which only what needs it is quoted; most lines are seen at one look to need nothing."""
    plain, special = told_by
    line = mark.join(texts)
    if line and line.count(mark) == len(texts) - 1 and plain.search(line) is None:
        return line + end
    _refuse_nul(texts)
    if texts == [""]:
        return quoted("") + end
    return mark.join([quoted(each) if special.search(each) else each for each in texts]) + end


def _bare_line(mark: str, end: str, texts: list[str]) -> str:
    _refuse_nul(texts)
    for each in texts:
        if mark in each or "\r" in each or "\n" in each:
            raise ValueError(each)
    if texts == [""] or (texts and texts[0].startswith("\ufeff")):
        raise ValueError(texts[0])
    return mark.join(texts) + end


def _refuse_nul(texts: list[str]) -> None:
    for each in texts:
        if "\0" in each:
            raise ValueError(each)


def _cannot_carry(layout: Layout, refused: ValueError, texts: list[str], headings: Sequence[str] | None, row: int) -> Problem:
    if isinstance(refused, UnicodeEncodeError):
        culprit = refused.object[refused.start]
        at = next((at for at, each in enumerate(texts) if culprit in each), 0)
        say = f"the encoding {layout.codec} has no character {culprit!r}"
        hint = "Set file.encoding to utf-8, or replace the character in the mapping."
    else:
        at = texts.index(str(refused))
        found = NOT_CARRIED.search(texts[at])
        say = (
            f"the text holds the character U+{ord(found[0]):04X}, which is no text"
            if found
            else "the text holds a delimiter or a line break that the layout cannot carry"
        )
        hint = (
            "Replace it in the mapping." if found else "Set file.quote, choose another delimiter, or replace it in the mapping."
        )
    column = headings[at] if headings is not None and at < len(headings) else None
    return Problem(Code.CHARACTERS, say, hint, row=row, cell=cell_name(at, row), column=column, value=texts[at])
