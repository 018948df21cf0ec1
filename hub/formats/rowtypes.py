"""Several kinds of rows, sheets or files as one document: each row under the one that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.formats.csv import csv_grids
from hub.formats.fixed import cut, fixed_lines
from hub.formats.frame import Cell, find_heading
from hub.formats.grid import Limits, Row, Source
from hub.formats.layout import Format, Layout, Once
from hub.formats.nested import Document, Wanted, document
from hub.formats.paths import parse_path
from hub.formats.table import READERS, is_blank_row, width_fault


@dataclass(eq=False, slots=True)
class RowNode:
    """One row of a kind, with the rows that lie under it."""

    kind: str
    cells: Row
    row: int
    fault: Fault | None = None
    parent: RowNode | None = None
    sheet: str | None = None
    below: dict[str, list[RowNode]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cell:
    node: RowNode
    index: int


def open_types(layout: Layout, source: Source, limits: Limits, wanted: Wanted) -> Document:
    """The records of a file whose first column (or `type_in`) tells the kind of each row.

    Raises FileRefused: what the format raises, 400.header without the row that opens the file, 400.trailer without the
    one that closes it. A row of no known kind (400.row-type) or without its parent (400.orphan) is a refused record.
    """
    return forest_of(layout, source, limits).result(wanted, limits, {})


def forest_of(layout: Layout, source: Source, limits: Limits) -> Forest:
    """The rows of a file, each under the one that it belongs to."""
    names, rows = _typed_rows(layout, source, limits)
    forest = Forest(layout, names)
    for count, (row, cells) in enumerate(rows):
        node = _typed(layout, names, row, cells)
        forest.begins = forest.begins if count else _begins(layout, names, node, cells)
        forest.add(node)
    forest.settle()
    return forest


def _begins(layout: Layout, names: Mapping[str, list[str]], node: RowNode, cells: Row) -> bool:
    """Whether the first row is of a kind that may open a file and as wide as that, or as the widest, to which all are filled up.

    A blank cell too many does no harm once the mapping is known, but it may be all that tells two versions apart.
    """
    if not node.kind or node.fault is not None or layout.types[node.kind].under is not None:
        return False
    widths = {len(names[node.kind]), max(map(len, names.values()))}
    return layout.format is not Format.CSV or len(cells) in widths


def _typed_rows(layout: Layout, source: Source, limits: Limits) -> tuple[dict[str, list[str]], Iterator[tuple[int, Row]]]:
    """The headings of each kind, and the rows below the header that are not blank."""
    first = layout.first_row or 0
    headings: list[str] = []
    rows: Iterable[tuple[int, Row]]
    if layout.format is Format.FIXED:
        rows = ((row, [line]) for row, line in fixed_lines(layout, source, limits))
    else:
        reader = csv_grids if layout.format is Format.CSV else READERS[layout.format]
        grid = reader(layout, source, limits)[0]
        rows = enumerate(grid.rows(), start=1)
        if first:
            headings = next(([str(each or "") for each in cells] for row, cells in enumerate(grid.rows(), 1) if row == first), [])
    names = {name: kind.column_names or headings for name, kind in layout.types.items()}
    return names, ((row, cells) for row, cells in rows if row > first and not is_blank_row(cells))


def _typed(layout: Layout, names: Mapping[str, list[str]], row: int, cells: Row) -> RowNode:
    kind = _kind_of(layout, cells)
    if kind is None:
        seen = (
            cells[_type_column(layout)] if layout.format is not Format.FIXED and len(cells) > _type_column(layout) else cells[0]
        ) or ""
        known = ", ".join(layout.types)
        return RowNode(
            "", cells, row, Fault(Code.ROW_TYPE, seen[:100], "is no kind of row that the mapping knows", f"Known are {known}.")
        )
    if layout.format is Format.FIXED:
        cells = cut(cells[0] or "", layout.spans(kind))
    wide = names[kind]
    fault = width_fault(wide, len(wide), cells) if len(cells) != len(wide) and layout.format is not Format.EXCEL else None
    return RowNode(kind, [*cells[: len(wide)], *[None] * (len(wide) - len(cells))], row, fault)


def _type_column(layout: Layout) -> int:
    return int(layout.type_in) - 1 if layout.type_in and layout.type_in.isdigit() and int(layout.type_in) else 0


def _kind_of(layout: Layout, cells: Row) -> str | None:
    if layout.format is Format.FIXED:
        line = cells[0] or ""
        for name in layout.types:
            spans = layout.spans(name)
            _, first, last = spans[min(_type_column(layout), len(spans) - 1)]
            if line[first - 1 : last].strip() == name:
                return name
        return None
    at = _type_column(layout)
    text = (cells[at] or "").strip() if at < len(cells) else ""
    return text if text in layout.types else None


class Forest:
    """Rows as they come, each put under its parent; it is also the tree in which paths are found."""

    def __init__(self, layout: Layout, names: Mapping[str, list[str]]) -> None:
        self.layout = layout
        self.names = names
        self.records: list[RowNode] = []
        self.once: dict[str, RowNode] = {}
        self.begins = True
        self._last: dict[str, RowNode] = {}
        self._by_key: dict[tuple[str, str, str], RowNode] = {}
        self._waiting: list[RowNode] = []
        self._closed: RowNode | None = None
        self._keys = {kind.key for kind in layout.types.values() if kind.key}
        self._index: Callable[[str, str], int | None] = cache(self._find_index)

    def add(self, node: RowNode) -> None:
        """Put one row in its place."""
        kind = self.layout.types.get(node.kind)
        if self._closed is not None and not self.layout.is_set:
            say = f"rows stand below the closing row {self._closed.kind}"
            raise FileRefused(Problem(Code.TRAILER, say, "Was the file put together of two?", row=node.row))
        if kind is None:
            self.records.append(node)
        elif kind.once is not None:
            self._add_once(node, kind.once)
        elif kind.under is None:
            self.records.append(node)
            self._note(node)
        else:
            self._add_under(node, kind.under, kind.key)

    def _add_once(self, node: RowNode, where: Once) -> None:
        if node.kind in self.once:
            raise FileRefused(
                Problem(Code.TRAILER, f"a second row {node.kind} stands in the file", "It may stand once.", row=node.row)
            )
        if where is Once.START and self.records:
            raise FileRefused(Problem(Code.HEADER, f"the row {node.kind} should open the file", "", row=node.row))
        if node.fault is not None:
            raise FileRefused(Problem(node.fault.code, node.fault.say, node.fault.hint, row=node.row, value=node.fault.seen))
        self.once[node.kind] = node
        self._closed = node if where is Once.END else None

    def _add_under(self, node: RowNode, under: str, key: str | None) -> None:
        parent = self._last.get(under) if key is None else self._by_key.get((under, key, self._said(node, key)))
        if parent is None and key is not None and node.fault is None:
            self._waiting.append(node)
        else:
            self._put(node, parent)

    def _put(self, node: RowNode, parent: RowNode | None) -> None:
        if parent is None:
            under, key = self.layout.types[node.kind].under, self.layout.types[node.kind].key
            say = f"belongs to a row {under} that is not in the file"
            seen = self._said(node, key) if key else node.kind
            self.records.append(
                RowNode("", node.cells, node.row, node.fault or Fault(Code.ORPHAN, seen, say, "Send both."), sheet=node.sheet)
            )
            return
        node.parent = parent
        parent.below.setdefault(node.kind, []).append(node)
        self._note(node)

    def _note(self, node: RowNode) -> None:
        """Remember a row that others may lie under; a new one ends what lay under the one before."""
        self._last[node.kind] = node
        for name, kind in self.layout.types.items():
            if kind.under == node.kind:
                self._last.pop(name, None)
        for key in self._keys:
            if self._index(node.kind, key) is not None:
                self._by_key[node.kind, key, self._said(node, key)] = node

    def _said(self, node: RowNode, name: str) -> str:
        index = self._index(node.kind, name)
        return (node.cells[index] or "").strip() if index is not None else ""

    def _find_index(self, kind: str, name: str) -> int | None:
        found = find_heading(list(self.names.get(kind, [])), name)
        return found[0] if found else None

    def settle(self) -> None:
        """Once every row is in: rows that came before the one that they belong to find it now, or are orphans.

        Raises FileRefused when the opening or closing row is missing.
        """
        waiting, self._waiting = self._waiting, []
        for node in waiting:
            kind = self.layout.types[node.kind]
            self._put(node, self._by_key.get((kind.under or "", kind.key or "", self._said(node, kind.key or ""))))
        self._refuse_unframed()
        if waiting and not (self.layout.is_set or self.layout.is_book):
            self.records.sort(key=lambda each: each.row)

    def result(self, wanted: Wanted, limits: Limits, places: dict[str, str]) -> Document:
        """The document; `places` are the sheets or files of the kinds, where each has its own."""
        found = document(self, self.records, wanted, limits.rows)
        for name, place in places.items():
            for inside in self._inside(wanted, name):
                found.frame.sheets[inside] = place
        once = {f"{name}.{each}": node.cells[at] for name, node in self.once.items() for at, each in enumerate(self.names[name])}
        return replace(found, once=once, begins=self.begins)

    def family(self, rows: set[int]) -> set[int]:
        """The rows of every record that one of these belongs to, and those that stand once per file."""
        found = {node.row for node in self.once.values()}
        for record in self.records:
            whole = {each.row for each in _all_of(record)}
            found |= whole if whole & rows else set()
        return found

    def _inside(self, wanted: Wanted, kind: str) -> Iterator[str]:
        if kind == self.layout.record_type:
            yield ""
        yield from (name for name, path in wanted.lists.items() if parse_path(path).steps[-1].name == kind)

    def _refuse_unframed(self) -> None:
        for name, kind in self.layout.types.items():
            if kind.once is None or name in self.once:
                continue
            code = Code.HEADER if kind.once is Once.START else Code.TRAILER
            place = "opens" if kind.once is Once.START else "closes"
            raise FileRefused(
                Problem(code, f"the row {name} that {place} the file is missing", "Was the file cut off? Send it again.")
            )

    # the tree: None is the node above everything

    def top(self) -> None:
        """Nothing lies above; once-per-file rows are found from everywhere."""
        return

    def children(self, node: RowNode | _Cell | None, name: str) -> Sequence[Any]:
        """The rows of a kind (its own, below, above, once), else the cells of a column where it is clear."""
        if isinstance(node, _Cell):
            return ()
        if name in self.layout.types:
            return self._of_kind(node, name)
        return self._of_column(node, name)

    def _of_kind(self, node: RowNode | None, name: str) -> Sequence[RowNode]:
        if self.layout.types[name].once is not None:
            return [self.once[name]] if name in self.once else []
        above = node
        while above is not None:
            if above.kind == name:
                return [above]
            above = above.parent
        return list(_below(node, name)) if node is not None else []

    def _of_column(self, node: RowNode | None, name: str) -> Sequence[_Cell]:
        above = node
        while above is not None:
            index = self._index(above.kind, name)
            if index is not None:
                return [_Cell(above, index)]
            above = above.parent
        for kind in self.layout.types:
            index = self._index(kind, name)
            if index is not None and (rows := self._of_kind(node, kind)):
                return [_Cell(each, index) for each in rows]
        return []

    def attribute(self, _node: Any, _name: str) -> Sequence[Any]:
        """Rows have no attributes."""
        return ()

    def items(self, node: Any, _names: frozenset[str]) -> Sequence[Any]:
        """A row is one item."""
        return (node,)

    def up(self, node: RowNode | _Cell) -> Any | None:
        """The row that a row lies under."""
        return node.node if isinstance(node, _Cell) else node.parent

    def text(self, node: RowNode | _Cell) -> Cell:
        """What a cell says."""
        return node.node.cells[node.index] if isinstance(node, _Cell) else None

    def row(self, node: RowNode) -> int:
        """The row's number."""
        return node.row

    def fault(self, node: RowNode) -> Fault | None:
        """What is damaged about the row."""
        return node.fault

    def sheet(self, node: RowNode) -> str | None:
        """The sheet or file in which the row stands."""
        return node.sheet

    def cell(self, inside: str, path: str) -> int | None:
        """The physical column, for the cells of a row's own kind."""
        steps = parse_path(path).steps
        kinds = [each.name for each in steps[:-1]] or [self.layout.record_type or ""]
        if self.layout.format is Format.FIXED or inside or len(kinds) > 1 or kinds[0] != self.layout.record_type:
            return self._item_cell(inside, path) if self.layout.format is not Format.FIXED else None
        return self._index(kinds[0], steps[-1].name) if steps else None

    def _item_cell(self, inside: str, path: str) -> int | None:
        """The column of an item's own cell; where it comes from another kind of row there is none."""
        steps = parse_path(path).steps
        kinds = {each.name for each in steps[:-1]}
        below = [name for name, kind in self.layout.types.items() if kind.under is not None]
        own = [name for name in below if self._index(name, steps[-1].name) is not None] if steps else []
        chosen = [name for name in own if not kinds or name in kinds]
        return self._index(chosen[0], steps[-1].name) if inside and len(chosen) == 1 and kinds <= set(below) else None

    def leaves(self, _node: RowNode) -> Iterator[str]:
        """Every column, with its kind."""
        for kind, names in self.names.items():
            yield from (f"{kind}/{name}" for name in names)


def _below(node: RowNode, kind: str) -> Iterator[RowNode]:
    for name, rows in node.below.items():
        for each in rows:
            if name == kind:
                yield each
            else:
                yield from _below(each, kind)


def _all_of(node: RowNode) -> Iterator[RowNode]:
    yield node
    for rows in node.below.values():
        for each in rows:
            yield from _all_of(each)
