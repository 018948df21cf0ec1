"""A large sheet of plain cells, read out of the bytes of its XML while they are looked at.

Plain is what nearly every program writes for a table of texts and numbers: rows and cells with their references, in
order, with no more in them than a value. Of anything else (a formula, a date, a boolean, an error, text in several
fonts, an attribute or an order of its own) nothing is read here: calamine reads the whole sheet, as it reads small ones.
So what is claimed here is what calamine would say of it; the tests compare the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from hub.formats.arrow import pa
from hub.formats.sheet_columns import EMPTY, INLINE, NUMBER, SHARED, Found, Gathered, NotPlain, gathered, in_pieces
from hub.formats.sheet_parts import PRESERVED, Beside, local_name, parsed
from hub.formats.unpack_wide import TAIL, Bytes, Marks, Numbers, loses_blanks, number_at, stands, strays

if TYPE_CHECKING:
    from hub.formats.grid import Piece

_OPENS, _CLOSES = b"<sheetData>", b"</sheetData>"
_AROUND = 4 << 20  # bytes before and behind the rows
_PROLOG = 3  # bytes before the declaration: a byte order mark
_ROWS, _COLUMNS = 1_048_576, 16_384  # of any sheet
_SPARSE, _FEW = 10, 20_000  # in a piece one cell in so many is there, or there are few places in all
_TYPES = ((b'inlineStr"', INLINE), (b's"', SHARED), (b'n"', NUMBER))
_STYLE_DIGITS = 6
_BETWEEN = 16  # bytes that may stand between two rows
_FURTHEST = 6  # tags that belong to a cell
_PLAIN, _INLINE = (b"<v>",), (b"<is>", b"<t>")  # the elements around a value
_OPEN_ROW = re.compile(rb'(?: [A-Za-z][\w:.-]*="[^"<&]*")*>\s*')
_SHUT_ROW = re.compile(rb'(?: [A-Za-z][\w:.-]*="[^"<&]*")* ?/>\s*')
_REFERENCE = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}(?::[A-Z]{1,3}[1-9][0-9]{0,6})?")


class PlainSheet:
    """Takes the pieces of a sheet's XML in their order; when all were plain, it has its rows."""

    def __init__(self, beside: Beside) -> None:
        """`beside` is what the workbook says outside the sheet."""
        self._beside = beside
        self._head: bytes | None = None
        self._tail: bytes | None = None
        self._row = 0
        self._gathered: list[Gathered] = []
        self._plain = True

    @property
    def is_plain(self) -> bool:
        """Whether all that was taken was plain."""
        return self._plain

    def take(self, piece: bytes, marks: Marks | None) -> bool:
        """Take the next piece; whether it was plain, which all before must have been."""
        if self._plain:
            try:
                self._take(piece, marks)
            except NotPlain:
                self._plain = False
                self._gathered.clear()
        return self._plain

    def pieces(self) -> list[Piece] | None:
        """The rows from the first on, as pieces; None when the sheet was not plain."""
        if not self._plain or self._head is None or self._tail is None:
            return None
        try:
            _hold_around(self._head + _OPENS + self._tail)
            return in_pieces(self._gathered)
        except NotPlain:
            return None

    def _take(self, piece: bytes, marks: Marks | None) -> None:
        if marks is None:
            raise NotPlain
        begin, end = 0, len(piece)
        if self._head is None:
            at = piece.find(_OPENS)
            if not 0 <= at <= _AROUND:
                raise NotPlain
            self._head, begin = piece[:at], at + len(_OPENS)
        if self._tail is not None:
            self._tail, begin = self._tail + piece, end
        elif begin < end and not piece[-_BETWEEN:].rstrip().endswith((b"</row>", b"/>")):
            end = piece.find(_CLOSES, begin)
            if end < 0:
                raise NotPlain
            self._tail = piece[end:]
        if self._tail is not None and len(self._tail) > _AROUND:
            raise NotPlain
        self._take_rows(piece, marks, begin, end)

    def _take_rows(self, piece: bytes, marks: Marks, begin: int, end: int) -> None:
        """The rows that stand between two bytes of the piece."""
        first, last = (int(each) for each in np.searchsorted(marks.tags, (begin, end)))
        if (marks.cells < first).any() or (marks.cells >= last).any() or (marks.rows < first).any() or (marks.rows >= last).any():
            raise NotPlain
        if not len(marks.rows):
            if last > first or b"&" in piece[begin:end]:
                raise NotPlain
            return
        rows = np.append(marks.rows, last)
        _hold_order(marks, rows, first, self._row)
        kinds, styles, behind = _attributes(marks)
        start, stop = _values(marks, kinds, behind, rows)
        if strays(marks.data, begin, end, start, stop) or not self._beside.are_plain(styles[kinds == NUMBER]):
            raise NotPlain
        height, width = marks.last_row - self._row, marks.last_column
        if marks.last_row > _ROWS or width > _COLUMNS or (height * width > _FEW and height * width > _SPARSE * len(marks.cells)):
            raise NotPlain
        found = Found(piece, start, stop, kinds, marks.cell_rows - self._row - 1, marks.cell_columns - 1)
        self._gathered += gathered(found, height, width, self._beside, above=not self._gathered)
        self._row = marks.last_row


def _hold_order(marks: Marks, rows: Numbers, first: int, before: int) -> None:
    """Rows ascend behind the row `before`; each holds its cells, in order of their columns, and nothing else follows it."""
    numbers = np.concatenate(([before], marks.row_numbers))
    if rows[0] != first or (numbers[1:] <= numbers[:-1]).any():
        raise NotPlain
    counts = np.diff(np.searchsorted(marks.cells, rows))
    if counts.sum() != len(marks.cells) or (np.repeat(marks.row_numbers, counts) != marks.cell_rows).any():
        raise NotPlain
    keys = marks.cell_rows * (_COLUMNS * 2) + marks.cell_columns
    if (keys[1:] <= keys[:-1]).any():
        raise NotPlain


def _attributes(marks: Marks) -> tuple[Bytes, Numbers, Numbers]:
    """What each cell holds, the style that it names (-1: none), and the byte behind its attributes."""
    data, behind = marks.data, marks.behind.copy()
    kinds, styles = np.full(len(behind), NUMBER, np.uint8), np.full(len(behind), -1)
    styled = np.flatnonzero(stands(data, behind, b' s="'))
    if len(styled):
        numbers, digits = number_at(data, behind[styled] + 4, ord("0"), 10, _STYLE_DIGITS)
        behind[styled] += digits + 5
        if (digits == 0).any() or (data[behind[styled] - 1] != ord('"')).any():
            raise NotPlain
        styles[styled] = numbers
    typed = np.flatnonzero(stands(data, behind, b' t="'))
    for word, kind in _TYPES:
        which = typed[stands(data, behind[typed] + 4, word)]
        kinds[which] = kind
        behind[which] += 4 + len(word)
    behind += stands(data, behind, b" /")
    return kinds, styles, behind


def _values(marks: Marks, kinds: Bytes, behind: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Where the value of each cell begins and ends; every tag between `rows` must belong to a cell or a row."""
    data, tags, cells = marks.data, marks.tags, marks.cells
    start = behind.copy()
    stop = start.copy()
    follows = cells + 1  # the tag behind a cell
    closed = data[behind] == ord("/")
    if (closed & (data[behind + 1] != ord(">"))).any() or (~closed & (data[behind] != ord(">"))).any():
        raise NotPlain
    kinds[closed] = EMPTY
    own = np.append(tags, np.full(_FURTHEST, len(data) - len(TAIL)))  # where no tag follows nothing stands
    for kind, names in ((INLINE, _INLINE), (NUMBER, _PLAIN)):
        which = np.flatnonzero(~closed & ((kinds == INLINE) == (kind == INLINE)))
        if not len(which):
            continue
        at = cells[which]
        start[which] = _through(data, own, at, names)
        stop[which] = own[at + len(names) + 1]
        follows[which] = at + len(names) * 2 + 2
    texts = np.flatnonzero((kinds == INLINE) & ~closed)
    if loses_blanks(data, start[texts], stop[texts]):
        raise NotPlain
    _hold_rows(marks, follows, rows)
    return start, stop


def _through(data: Bytes, tags: Numbers, cells: Numbers, names: tuple[bytes, ...]) -> Numbers:
    """Where the value begins in cells that hold it inside elements of these names, one in the other."""
    begin = cells
    for place, name in enumerate(names, start=1):
        begin = tags[cells + place]
        fits = stands(data, begin, name)
        if name == b"<t>" and not fits.all():
            kept = np.flatnonzero(~fits)
            if not stands(data, begin[kept], PRESERVED).all():
                raise NotPlain
            begin = begin.copy()
            begin[kept] += len(PRESERVED) - len(name)
        elif not fits.all():
            raise NotPlain
    closing = [b"</" + name[1:] for name in reversed(names)] + [b"</c>"]
    for place, name in enumerate(closing, start=len(names) + 1):
        if not stands(data, tags[cells + place], name).all():
            raise NotPlain
    return begin + len(names[-1])


def _hold_rows(marks: Marks, follows: Numbers, rows: Numbers) -> None:
    """Behind a row's tag comes its first cell, behind a cell the next or the row's end, behind that the next row."""
    data, tags, cells = marks.data, marks.tags, marks.cells
    at = np.searchsorted(cells, rows)
    filled = np.flatnonzero(at[1:] > at[:-1])
    expected = np.append(cells[1:], 0)[: len(cells)]
    expected[at[1:][filled] - 1] = rows[1:][filled] - 1
    if (follows != expected).any() or (cells[at[:-1][filled]] != rows[:-1][filled] + 1).any():
        raise NotPlain
    shut = np.diff(rows) == 1  # in its own tag
    empty = (at[1:] == at[:-1]) & ~shut
    if (np.diff(rows)[empty] != 2).any() or not stands(data, tags[rows[1:][~shut] - 1], b"</row>").all():
        raise NotPlain
    inside = np.append(tags, len(data) - len(TAIL))[rows[:-1] + 1]
    for which, form in ((shut, _SHUT_ROW), (~shut, _OPEN_ROW)):
        if not all(form.fullmatch(each) for each in _distinct(data, marks.rows_behind[which], inside[which])):
            raise NotPlain


def _distinct(data: Bytes, start: Numbers, stop: Numbers) -> list[bytes]:
    """What stands between some places and others, ascending."""
    between = np.empty(2 * len(start) + 1, np.int32)
    between[:-1:2], between[1::2], between[-1] = start, stop, stop[-1] if len(stop) else 0
    texts = pa.BinaryArray.from_buffers(pa.binary(), 2 * len(start), [None, pa.py_buffer(between), pa.py_buffer(data)])
    found: list[bytes] = texts.take(pa.array(np.arange(0, 2 * len(start), 2))).unique().to_pylist()
    return found


def _hold_around(around: bytes) -> None:
    """What stands before and behind the rows must be sound, and say nothing that calamine would stumble over."""
    if b"<!" in around or around.rfind(b"<?") > _PROLOG:  # in a comment anything may stand, rows too
        raise NotPlain
    root = parsed(around)
    if local_name(root) != "worksheet" or sum(local_name(each) == "sheetData" for each in root.iter()) != 1:
        raise NotPlain
    for each in root.iter():
        if local_name(each) in ("dimension", "mergeCell") and _REFERENCE.fullmatch(each.get("ref", "")) is None:
            raise NotPlain
