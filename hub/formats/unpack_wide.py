"""Where the cells of a large sheet stand, and how far they reach, found over the bytes of its XML as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TAIL = bytes(64)
"""Behind the bytes of a piece: longer than any tag that is looked at, so that none is read beyond the end."""

_LETTERS, _DIGITS = 3, 7
_SPACE, _QUOTE = ord(" "), ord('"')

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Marks:
    """The tags of a piece of a sheet: where each begins, and which of them begin a row or a cell (places among `tags`).

    Rows and columns are counted from 1; `behind` and `rows_behind` are the bytes after each one's reference.
    """

    data: Bytes
    tags: Numbers
    rows: Numbers
    row_numbers: Numbers
    rows_behind: Numbers
    cells: Numbers
    cell_rows: Numbers
    cell_columns: Numbers
    behind: Numbers

    @property
    def last_column(self) -> int:
        """The last column that a cell stands in."""
        return int(self.cell_columns.max(initial=0))

    @property
    def last_row(self) -> int:
        """The last row that is named."""
        return int(max(self.cell_rows.max(initial=0), self.row_numbers.max(initial=0)))


def marks_of(piece: bytes) -> Marks | None:
    """The tags of a piece of a sheet.

    None where a cell or row does not begin with its reference, as nearly every program writes it, or where the names
    of tags may have a prefix.
    """
    if b":" in piece and (b":c" in piece or b":row" in piece):  # one byte is looked for ten times as fast as two
        return None
    data = np.frombuffer(piece + TAIL, np.uint8)
    tags = np.flatnonzero(data == ord("<"))
    first = data[tags + 1]
    cells, rows = _named(data, tags, first, b"c"), _named(data, tags, first, b"row")
    columns = _references(data, tags[cells], len(b"<c"), letters=True)
    numbers = _references(data, tags[rows], len(b"<row"), letters=False)
    if columns is None or numbers is None:
        return None
    return Marks(data, tags, rows, numbers[1], numbers[2], cells, columns[1], columns[0], columns[2])


def _named(data: Bytes, tags: Numbers, first: Bytes, name: bytes) -> Numbers:
    """The places among the tags of those of a name, whatever follows it."""
    found: Numbers = np.flatnonzero(first == name[0])
    for at, each in enumerate(name[1:], start=2):
        found = found[data[tags[found] + at] == each]
    after = data[tags[found] + len(name) + 1]
    named: Numbers = found[(after == _SPACE) | (after == ord(">")) | (after == ord("/"))]
    return named


def _references(data: Bytes, tags: Numbers, at: int, *, letters: bool) -> tuple[Numbers, Numbers, Numbers] | None:
    """The column (counted from 1; 0 without letters) and row that each tag's first attribute `r` names; the byte behind."""
    if not stands(data, tags + at, b' r="').all():
        return None
    start = tags + (at + 4)
    column, length = number_at(data, start, ord("A"), 26, _LETTERS if letters else 0)
    start = start + length
    row, digits = number_at(data, start, ord("0"), 10, _DIGITS)
    quote = start + digits
    if (data[quote] != _QUOTE).any() or (digits == 0).any() or (letters and (length == 0).any()):
        return None
    return column, row, quote + 1


def number_at(data: Bytes, start: Numbers, least: int, base: int, most: int) -> tuple[Numbers, Numbers]:
    """The numbers that begin at some bytes, in letters (A is 1) or digits, and how long each is."""
    number, length = np.zeros(len(start), np.int64), np.zeros(len(start), np.int64)
    going = np.ones(len(start), bool)
    for place in range(most):
        digit = data[start + place] - np.uint8(least)  # what is below it is far above it
        going &= digit < base
        if not going.any():
            break
        if going.all():
            number = number * base + digit + (base == 26)
        else:
            number = np.where(going, number * base + digit + (base == 26), number)
        length += going
    return number, length


def stands(data: Bytes, at: Numbers, word: bytes) -> Mask:
    """At which of some places a word stands."""
    found: Mask = data[at] == word[0]
    for place, each in enumerate(word[1:], start=1):
        if not found.any():
            break
        found &= data[at + place] == each
    return found


def loses_blanks(data: Bytes, start: Numbers, stop: Numbers) -> bool:
    """Whether a text in `<t>` begins or ends with a blank that is none of it: without `xml:space`, or any other attribute."""
    some = np.flatnonzero(stop > start)
    first, last = data[start[some]], data[stop[some] - 1]
    edged = some[(first <= _SPACE) | (last <= _SPACE)]
    return bool((data[start[edged] - 2] != _QUOTE).any())


def strays(data: Bytes, begin: int, end: int, start: Numbers, stop: Numbers) -> bool:
    """Whether an entity stands outside of the values (ascending): what else stands between tags no reader looks at."""
    signs = np.flatnonzero(data[begin:end] == ord("&")) + begin
    if not len(signs) or not len(start):
        return bool(len(signs))
    at = np.searchsorted(start, signs, side="right") - 1
    return bool(((at < 0) | (signs >= stop[at])).any())
