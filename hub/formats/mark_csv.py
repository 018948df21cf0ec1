"""Answer a CSV file in its own form: every row as its sender wrote it, down to the quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.answered import Answered, Where, in_words
from hub.formats.carried import printable
from hub.formats.csv import cell_writer, records
from hub.formats.filled import Filling
from hub.formats.frame import Cell
from hub.formats.grid import Limits, Row, Source, source_bytes
from hub.formats.layout import Layout, Quote
from hub.formats.table import Table, is_blank_row, open_tables
from hub.formats.text import Text, find_delimiter, open_text

OWN_HEADINGS = ["hub_answer", "hub_problem"]


@dataclass(frozen=True)
class _Sheet:
    """A CSV file as it stands, and the table found in it."""

    layout: Layout
    text: Text
    table: Table
    delimiter: str

    def rows(self) -> Iterator[tuple[int, Row, str]]:
        """Row number, cells and the very text of each row, its line end included."""
        tape: list[str] = []

        def taped() -> Iterator[str]:
            for line in self.text.lines():
                tape.append(line)
                yield line

        for row, cells in enumerate(records(taped(), self.delimiter, self.layout.quote), start=1):
            yield row, cells, tape[0] if len(tape) == 1 else "".join(tape)
            tape.clear()

    @cached_property
    def widest(self) -> int:
        """The cells of the widest row from the headings down."""
        rows = enumerate(records(self.text.lines(), self.delimiter, self.layout.quote), start=1)
        return max((len(cells) for row, cells in rows if row >= self.header_row), default=0)

    @cached_property
    def line_end(self) -> str:
        """The end of the first line."""
        return next((_end_of(raw) for _, _, raw in self.rows()), "") or self.layout.line_end.text

    @cached_property
    def own_from(self) -> int | None:
        """Where the hub's own two columns begin, when a marked file comes back."""
        at = len(self.table.headings) - len(OWN_HEADINGS)
        return at if at > 0 and self.table.headings[at:] == OWN_HEADINGS else None

    @cached_property
    def header_row(self) -> int:
        """The row of the headings, 0 when there is none."""
        return self.table.header_row or 0


def _open(layout: Layout, source: Source, limits: Limits) -> _Sheet:
    data = source_bytes(source, limits)
    text, delimiter = find_delimiter(open_text(data, layout.encoding), layout)
    (table,) = open_tables(layout, data, limits)
    return _Sheet(layout, text, table, delimiter)


def _end_of(raw: str) -> str:
    last = raw[-2:]
    return last if last == "\r\n" else last[-1:] if last[-1:] in ("\r", "\n") else ""


def marked_csv(layout: Layout, source: Source, told: Answered, limits: Limits) -> bytes:
    """The file with the columns `hub_answer` and `hub_problem` to the right of its widest row.

    It keeps its encoding, or becomes UTF-8 with BOM when that lacks a character of a message.
    """
    sheet = _open(layout, source, limits)
    own = _own_cells(sheet, told)
    width, header = sheet.own_from or sheet.widest, sheet.header_row
    shape = cell_writer(layout, sheet.delimiter, end="")
    out: list[str] = []
    shaped: dict[tuple[str, str], str] = {}  # most rows are answered alike
    for row, cells, raw in sheet.rows():
        if row < header or is_blank_row(cells):
            out.append(raw)
            continue
        end = _end_of(raw)
        body = shape(_texts(cells[: sheet.own_from])) if sheet.own_from else raw[: len(raw) - len(end)]
        padding = sheet.delimiter * (width - min(len(cells), width))
        beside = own(row)
        if beside not in shaped:
            shaped[beside] = shape([*beside])
        out.append(f"{body}{padding}{sheet.delimiter}{shaped[beside]}{end or sheet.line_end}")
    changed = "".join(out)
    try:
        return sheet.text.encoded(changed)
    except UnicodeEncodeError:
        return f"{sheet.text.above}{changed}".encode("utf-8-sig")


class _own_cells:  # noqa: N801 - called like a function, once per row
    """The two cells that the hub adds to a row."""

    def __init__(self, sheet: _Sheet, told: Answered) -> None:
        self._sheet = sheet
        self._told = told
        self._words: dict[int, list[str]] = {}
        self._header = sheet.header_row
        for problem in told.problems:
            row = problem.row if problem.row is not None and problem.row > sheet.header_row else sheet.header_row + 1
            self._words.setdefault(row, []).append(in_words(problem))

    def __call__(self, row: int) -> tuple[str, str]:
        """Answer and problems of a row; the headings for the header."""
        if row == self._header:
            return OWN_HEADINGS[0], OWN_HEADINGS[1]
        answer = self._told.rows.get((None, row))
        if row not in self._words:
            return "" if answer is None else str(answer), ""
        words = printable(" | ".join(self._words[row]))
        if self._sheet.layout.quote is Quote.NONE:
            words = " ".join(words.replace(self._sheet.delimiter, " ").split())
        return "" if answer is None else str(answer), words


def refused_csv(layout: Layout, source: Source, rows: set[Where], limits: Limits) -> bytes:
    """Only these rows below what stands down to the header, in the file's own encoding and quoting."""
    sheet = _open(layout, source, limits)
    wanted = {row for _, row in rows}
    filling = Filling(layout, sheet.table.headings)
    out: list[str] = []
    for row, cells, raw in sheet.rows():
        filled = filling.see(cells) if row > sheet.header_row else {}
        if row <= sheet.header_row or row in wanted:
            line = _completed(sheet, cells, filled, row) if filled else raw
            out.append(line if _end_of(line) else line + sheet.line_end)
    return sheet.text.encoded("".join(out))


def _completed(sheet: _Sheet, cells: Row, filled: dict[int, Cell], row: int) -> str:
    """The row written anew with what `fill` took from those above."""
    width = max(len(cells), max(filled) + 1)
    texts = [filled.get(at) or (cells[at] if at < len(cells) else "") or "" for at in range(width)]
    try:
        return cell_writer(sheet.layout, sheet.delimiter, sheet.line_end)(texts)
    except ValueError as odd:
        raise FileRefused(
            Problem(Code.CHARACTERS, "a filled cell cannot be written without quotes", row=row, value=str(odd))
        ) from None


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [each or "" for each in cells]
