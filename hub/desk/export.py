"""Write a table for another program or a person: JSON, CSV or Excel (contract §10).

Decimals are texts in plain notation, counts whole numbers, times UTC. CSV and Excel hold text alone:
a list joined by commas, `true` and `false`, nothing for no value, and never a formula.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import Connection

from hub.config.workspace import Workspace
from hub.desk.choices import ExportFormat, ExportKind
from hub.desk.tables import COLUMNS, Block, blocks
from hub.domain.values import plain

__all__ = ["ExportFormat", "ExportKind", "export", "plain_rows", "plain_value", "utc_text"]

Row = dict[str, Any]
Write = Callable[[Sequence[str], Iterable[list[Row]], IO[bytes], str], None]

_EXCEL_ROWS = 1_048_576
_WIDEST = 60


def utc_text(moment: datetime) -> str:
    """A time as exports and listings tell it: `2026-11-23T06:10:00Z`, microseconds only where there are some."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


_PLAIN: dict[type, Callable[[Any], Any]] = {Decimal: plain, datetime: utc_text, date: date.isoformat}


def plain_value(value: Any) -> Any:
    """A stored value as JSON can tell it; lists, numbers and true or false stay what they are."""
    told = _PLAIN.get(type(value))
    return told(value) if told else value


def plain_rows(kind: ExportKind, block: Block) -> list[Row]:
    """The rows of a block as JSON objects."""
    names = COLUMNS[kind]
    return [dict(zip(names, map(plain_value, row), strict=True)) for row in block]


def export(
    db: Connection,
    kind: ExportKind,
    workspace: Workspace,
    form: ExportFormat,
    out: IO[bytes],
    step: Callable[[int], None] | None = None,
) -> int:
    """Write a whole table to `out`.

    In: `step` is told after each block how many rows it had. Out: how many rows were written.
    """
    written = 0

    def told() -> Iterator[list[Row]]:
        nonlocal written
        for block in blocks(db, kind, workspace):
            yield plain_rows(kind, block)
            written += len(block)
            if step is not None:
                step(len(block))

    _WRITE[form](COLUMNS[kind], told(), out, kind.value)
    return written


def _write_json(_columns: Sequence[str], told: Iterable[list[Row]], out: IO[bytes], _title: str) -> None:
    """One object per line, so that the file is readable as it grows."""
    before = b"[\n"
    for rows in told:
        if rows:
            out.write(before + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode())
            before = b",\n"
    out.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _write_csv(columns: Sequence[str], told: Iterable[list[Row]], out: IO[bytes], _title: str) -> None:
    import pandas

    out.write(pandas.DataFrame(columns=list(columns)).to_csv(index=False, lineterminator="\r\n").encode())
    for rows in told:
        frame = pandas.DataFrame(list(_texts(columns, rows)), columns=list(columns), dtype=object)
        out.write(frame.to_csv(index=False, header=False, lineterminator="\r\n").encode())


def _write_xlsx(columns: Sequence[str], told: Iterable[list[Row]], out: IO[bytes], title: str) -> None:
    """Text cells, row by row; a table longer than a sheet goes on in the next one.

    The book is made aside: where it goes may be full, and a zip that cannot be ended complains past its caller.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    rows = (row for some in told for row in _texts(columns, some))
    with TemporaryFile() as whole:
        try:
            with xlsxwriter.Workbook(whole, {"constant_memory": True, "in_memory": False}) as book:
                _fill(book, title, columns, rows)
        except FileCreateError as error:  # the library's own word for a disk that is full
            raise OSError(str(error)) from error
        whole.seek(0)
        copyfileobj(whole, out)


def _fill(book: Any, title: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    """A row a line, on as many sheets as they need."""
    bold = book.add_format({"bold": True})
    sheet, at = None, 0
    for row in rows:
        if sheet is None or at == _EXCEL_ROWS:
            sheet, at = _sheet(book, title, columns, bold), 1
        for column, text in enumerate(row):
            if text is not None:
                sheet.write_string(at, column, text)
        at += 1
    if sheet is None:
        _sheet(book, title, columns, bold)


def _sheet(book: Any, title: str, columns: Sequence[str], bold: Any) -> Any:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        sheet.set_column(column, column, min(max(len(name) + 2, 14), _WIDEST))
        sheet.write_string(0, column, name, bold)
    return sheet


def _texts(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[list[str | None]]:
    for row in rows:
        yield [_text(row[name]) for name in columns]


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(value)
        case _:
            return str(value)


_WRITE: dict[ExportFormat, Write] = {ExportFormat.JSON: _write_json, ExportFormat.CSV: _write_csv, ExportFormat.XLSX: _write_xlsx}
