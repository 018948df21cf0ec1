"""Large CSV files as Arrow tables, piece by piece, wherever Arrow and the csv module read the same.

A piece ends at a line end outside quotes. Where its quotes are those of a strict writer, its rows all have one width
and its line ends are LF or CRLF, both readers agree; any other piece goes through the csv module, so that rows, their
numbers and what is refused never depend on the size of a file.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow.csv as pcsv

from hub.formats.arrow import pa
from hub.formats.csv import LONGEST_CELL, records
from hub.formats.grid import Piece, Row
from hub.formats.layout import Quote
from hub.formats.text import Text

FIRST = 1 << 16  # the piece with the headings, and what may stand above them
SIZE = 1 << 21
TOGETHER = 10_000  # rows at a time where the csv module reads
_QUOTE, _CR, _LF = b'"\r\n'
_ONE_BYTE = ("cp125", "iso8859", "latin", "koi8", "cp437", "cp85", "ascii")

Bytes = npt.NDArray[np.uint8]


def is_plain(text: Text, quote: Quote) -> bool:
    """Whether a delimiter, a quote and a line end are one byte each wherever they stand in this file."""
    return quote is not Quote.BACKSLASH and codecs.lookup(text.codec).name.startswith(("utf-8", *_ONE_BYTE))


def pieces(text: Text, delimiter: str, quote: Quote) -> Iterator[Piece]:
    """The whole file from its first row on: Arrow tables of text columns, or lists of rows where only the csv module reads."""
    data, recode = memoryview(text.data), _recoder(text)
    start = len(codecs.BOM_UTF8) if text.data.startswith(codecs.BOM_UTF8) else 0
    row, size = 1, FIRST
    while start < len(data):
        end = _end_of_piece(data, start, size, quote) if is_plain(text, quote) else None
        if end is None or not _quotes_are_strict(np.frombuffer(data[start:end], np.uint8), delimiter, quote):
            yield from _rest(text, start, row, delimiter, quote)
            return
        piece = recode(data[start:end])
        table = _table(piece, delimiter, quote)
        if table is None:
            table = list(records(io.StringIO(str(piece, "utf-8"), newline=""), delimiter, quote, row))
        yield table
        row += len(table)
        start, size = end, SIZE


def _recoder(text: Text) -> Callable[[memoryview], memoryview]:
    codec = codecs.lookup(text.codec).name
    if codec in ("utf-8", "utf-8-sig", "ascii"):
        return lambda piece: piece
    return lambda piece: memoryview(str(piece, codec).encode())


def _end_of_piece(data: memoryview, start: int, size: int, quote: Quote) -> int | None:
    """Where the last line ends that begins outside quotes; a piece grows until there is one. None when there is none."""
    while size <= 64 * SIZE:
        stop = min(start + size, len(data))
        if stop == len(data):
            return stop
        last = _last_end(bytes(data[start:stop]), quote)
        if last >= 0:
            return start + last + 1
        size *= 4
    return None


def _last_end(block: bytes, quote: Quote) -> int:
    """Where the last line ends that ends outside quotes, -1 for nowhere; the block begins outside."""
    last = block.rfind(_LF)
    if quote is Quote.NONE:
        return last
    inside = block.count(_QUOTE, 0, last) if last >= 0 else 0
    while last >= 0 and inside % 2:
        before = block.rfind(_LF, 0, last)
        inside -= block.count(_QUOTE, max(before, 0), last)
        last = before
    return last


def _quotes_are_strict(block: Bytes, delimiter: str, quote: Quote) -> bool:
    """Whether each quote opens or closes a cell, or is doubled inside one.

    Counted from the first, every even one must stand behind a delimiter, a line end or a quote, every odd one before.
    """
    if quote is Quote.NONE:
        return True
    at = np.flatnonzero(block == _QUOTE)
    if len(at) % 2:
        return False
    beside = np.zeros(256, bool)
    beside[[ord(delimiter), _CR, _LF, _QUOTE]] = True
    opening, closing = at[0::2], at[1::2]
    before = beside[block[np.maximum(opening - 1, 0)]] | (opening == 0)
    after = beside[block[np.minimum(closing + 1, len(block) - 1)]] | (closing == len(block) - 1)
    return bool(before.all() and after.all())


def _table(piece: memoryview, delimiter: str, quote: Quote) -> pa.Table | None:
    """One piece as text columns; None where Arrow would refuse it or read it otherwise than the csv module."""
    block = np.frombuffer(piece, np.uint8)
    returns = np.flatnonzero(block == _CR)
    if len(returns) and (returns[-1] == len(block) - 1 or (block[returns + 1] != _LF).any()):
        return None
    names = [str(number) for number in range(_width(piece, delimiter, quote))]
    if not names:  # an empty row first: without names Arrow would take the next row for headings and guess types
        return None
    try:
        table = pcsv.read_csv(
            pa.py_buffer(piece),
            read_options=pcsv.ReadOptions(use_threads=False, block_size=len(piece) + 1, column_names=names),
            parse_options=pcsv.ParseOptions(
                delimiter=delimiter,
                quote_char=False if quote is Quote.NONE else '"',
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    table = table.combine_chunks()
    return None if any(_longest(column) >= LONGEST_CELL for column in table.columns) else table


def _width(piece: memoryview, delimiter: str, quote: Quote) -> int:
    """How many cells the first row has."""
    ends = _line_ends(np.frombuffer(piece[:FIRST], np.uint8), quote)
    first = bytes(piece[: int(ends[0]) + 1 if len(ends) else LONGEST_CELL]).decode(errors="replace")
    return len(next(records(io.StringIO(first, newline=""), delimiter, quote), []))


def _line_ends(block: Bytes, quote: Quote) -> npt.NDArray[np.int64]:
    """Where the lines end that end outside quotes; the block begins outside."""
    ends = np.flatnonzero(block == _LF)
    if quote is not Quote.NONE and len(ends):
        ends = ends[np.searchsorted(np.flatnonzero(block == _QUOTE), ends) % 2 == 0]
    return ends


def _longest(column: pa.ChunkedArray) -> int:
    """The greatest number of bytes in a cell."""
    if not column.num_chunks or not len(column):
        return 0
    array = column.chunk(0)
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    return int((offsets[1:] - offsets[:-1]).max())


def _rest(text: Text, start: int, row: int, delimiter: str, quote: Quote) -> Iterator[list[Row]]:
    """Everything from a byte on through the csv module."""
    lines = io.TextIOWrapper(io.BytesIO(text.data[start:]), encoding=text.codec, newline="")
    rows = records(lines, delimiter, quote, row)
    while some := list(islice(rows, TOGETHER)):
        yield list(some)
