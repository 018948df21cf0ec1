"""Sheets of a workbook, or files of a set, as one document: each holds the rows of one kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.grid import Limits, Source
from hub.formats.layout import Layout
from hub.formats.nested import Document, Wanted
from hub.formats.rowtypes import Forest, RowNode
from hub.formats.table import Table, open_tables

Member = tuple[str, bytes]  # a file of a set: its name and its bytes


def open_book(layout: Layout, source: Source, limits: Limits, wanted: Wanted) -> Document:
    """The records of a workbook with a sheet for each kind of rows."""
    tables = {}
    for name, kind in layout.types.items():
        tables[name] = _one_sheet(open_tables(alone(layout, name, kind.sheet), source, limits), kind.sheet)
    return _of_tables(layout, tables, limits, wanted, {name: each.sheet or name for name, each in tables.items()})


def _one_sheet(found: Sequence[Table], wanted: str | None) -> Table:
    """The one sheet of a kind of rows; what stands in a second must not be passed over in silence."""
    if len(found) > 1:
        names = ", ".join(str(each.sheet) for each in found)
        hint = f"Put their rows into one sheet, or name one in the mapping: sheet: {found[0].sheet}."
        raise FileRefused(Problem(Code.HEADER, f"several sheets fit {wanted}, which is one kind of rows: {names}", hint))
    return found[0]


def open_set(layout: Layout, members: Mapping[str, Member], limits: Limits, wanted: Wanted) -> Document:
    """The records of several files of one set, by their kinds; raises FileRefused (400.orphan) for one that is missing."""
    for name, kind in layout.types.items():
        if name not in members:
            hint = "Send both; they are read when all are there."
            raise FileRefused(Problem(Code.ORPHAN, f"the file {kind.name} of the same set is missing", hint))
    tables = {name: open_tables(alone(layout, name), members[name][1], limits)[0] for name in layout.types}
    return _of_tables(layout, tables, limits, wanted, {name: members[name][0] for name in tables})


def alone(layout: Layout, name: str, sheet: str | None = None) -> Layout:
    """The layout of one sheet or file, by its kind."""
    kind = layout.types[name]
    changed: dict[str, Any] = {"types": {}, "sheet": sheet, "columns": kind.columns}
    if kind.columns is not None and "header" not in layout.model_fields_set:
        changed["header"] = None
    return layout.model_copy(update=changed)


def _of_tables(layout: Layout, tables: Mapping[str, Table], limits: Limits, wanted: Wanted, places: dict[str, str]) -> Document:
    forest = Forest(layout, {name: table.headings for name, table in tables.items()})
    for name, table in tables.items():
        for frame in table.blocks():
            for at, cells in enumerate(zip(*frame.columns, strict=True)):
                forest.add(RowNode(name, cells, frame.rows[at], frame.ragged.get(at), sheet=places[name]))
    forest.settle()
    return forest.result(wanted, limits, places)
