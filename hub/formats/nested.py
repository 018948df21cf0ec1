"""Documents become frames: a row for each record, a row for each item of its lists, a column for each path wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Protocol

from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.formats.frame import Cell, Frame, Several
from hub.formats.grid import MEGABYTE
from hub.formats.paths import UP, Path, Step, parse_path

MOST_FOUND = 2_000_000
"""Values beyond the first that all paths of a document's records may find together."""

LARGEST = 100 * MEGABYTE  # a document is held whole, at several times its size

Key = tuple[str, str]  # the list inside which a path begins ("" for the record), and the path


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a mapping wants of a document: where the items of its lists are, and the paths that it names."""

    lists: dict[str, str] = field(default_factory=dict)
    paths: tuple[Key, ...] = ()

    @property
    def first_names(self) -> frozenset[str]:
        """The names that a record is known by: with which the record's own paths begin."""
        return self.names_in("") | _firsts(self.lists.values())

    def names_in(self, inside: str) -> frozenset[str]:
        """The names with which the paths of a list's items begin."""
        return _firsts(path for each, path in self.paths if each == inside and not path.startswith("/"))


def _firsts(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(first for path in paths if (first := parse_path(path).first) is not None)


class Tree(Protocol):
    """A parsed document; what its nodes are only it knows."""

    def top(self) -> Any:
        """The node above everything, from which once-per-file paths lead."""

    def children(self, node: Any, name: str) -> Sequence[Any]:
        """The children of that name, else its attribute."""

    def attribute(self, node: Any, name: str, /) -> Sequence[Any]:
        """Its attribute, as a node, when it is there."""

    def items(self, node: Any, names: frozenset[str], /) -> Sequence[Any]:
        """The items at a list's path; `names` are those by which the mapping knows an item."""

    def up(self, node: Any) -> Any | None:
        """What the node lies in."""

    def text(self, node: Any) -> Cell:
        """What a node says."""

    def row(self, node: Any) -> int:
        """Where a record or item stands, as the partner would count."""

    def fault(self, node: Any, /) -> Fault | None:
        """What is damaged about a record or item."""

    def sheet(self, node: Any, /) -> str | None:
        """The sheet or file in which a record or item stands, where there are several."""

    def cell(self, inside: str, path: str, /) -> int | None:
        """The physical column of a path, where there is one."""

    def leaves(self, node: Any, /) -> Iterable[str]:
        """Names to show when a path is not found."""


@dataclass(frozen=True, slots=True)
class Document:
    """A nested file with its paths found: the same to a mapping as a table with headings.

    `keys` gives the column of each path that the file has; `headings` are their texts, then other names of the file.
    `cells` are the columns that a spreadsheet would show, None where there is none. `begins` is whether the first row is
    one that the layout knows: a choice between mappings asks it where no headings tell.
    """

    headings: list[str]
    keys: dict[Key, int]
    cells: list[int | None]
    frame: Frame
    once: dict[str, Cell] = field(default_factory=dict)
    sheet: str | None = None
    header_row: int | None = None
    begins: bool = True

    def blocks(self, size: int = 10_000) -> Iterator[Frame]:
        """The rows, about `size` at a time, each record whole."""
        frame = self.frame
        if len(frame) <= size:
            if len(frame):
                yield frame
            return
        first = 0
        starts = [row for row in range(len(frame)) if not frame.parents or frame.parents[row] == row]
        for start in starts:
            if start - first >= size:
                yield _slice(frame, first, start)
                first = start
        yield _slice(frame, first, len(frame))

    def holds(self, inside: str) -> bool:
        """Whether the document has any sound record (or any sound item of a list)."""
        frame = self.frame
        if not frame.ragged:
            return len(frame) > 0 if not frame.kinds else inside in frame.kinds
        return any(row not in frame.ragged and (not frame.kinds or frame.kinds[row] == inside) for row in range(len(frame)))


def _slice(frame: Frame, first: int, last: int) -> Frame:
    return replace(
        frame,
        columns=[column[first:last] for column in frame.columns],
        rows=frame.rows[first:last],
        ragged={row - first: fault for row, fault in frame.ragged.items() if first <= row < last},
        strays={row - first: place for row, place in frame.strays.items() if first <= row < last},
        kinds=frame.kinds[first:last],
        parents=[parent - first for parent in frame.parents[first:last]],
    )


def refuse_larger(data: bytes, what: str) -> None:
    """Raise FileRefused for a document that is too large to be held whole."""
    if len(data) > LARGEST:
        say = f"the file has {len(data) / MEGABYTE:,.0f} MB; {what} is read up to {LARGEST / MEGABYTE:,.0f} MB"
        raise FileRefused(Problem(Code.TOO_LARGE, say, "Send it in parts, or ask the hub's admin to raise limits.file_size."))


def find(tree: Tree, start: Any, path: Path, most: int | None = None) -> Sequence[Any]:
    """Every node that a path leads to from a node; raises FileRefused (400.too-large) for more than `most`."""
    nodes: Sequence[Any] = (tree.top() if path.absolute else start,)
    for step in path.steps:
        if len(nodes) == 1:
            nodes = _stepped(tree, nodes[0], step)
        elif nodes:
            found = (one for node in nodes for one in _stepped(tree, node, step))
            nodes = list(found if most is None else islice(found, most + 1))
        if most is not None and len(nodes) > most:
            raise FileRefused(_too_many(path.text))
    return nodes


def _too_many(path: str) -> Problem:
    cure = (
        "A path that goes up and down again finds every item for each of them: let it end where it goes up, or begin it with /."
    )
    return Problem(Code.TOO_LARGE, f"the path {path} finds millions of values", cure)


def _stepped(tree: Tree, node: Any, step: Step) -> Sequence[Any]:
    if step.name == UP:
        above = tree.up(node)
        return () if above is None else (above,)
    found = tree.attribute(node, step.name) if step.attribute else tree.children(node, step.name)
    if step.picks:
        return [each for each in found if all(_says(tree, each, key, value) for key, value in step.picks)]
    return found


def _says(tree: Tree, node: Any, key: str, value: str) -> bool:
    return any((tree.text(each) or "").strip() == value for each in tree.children(node, key))


def cell_of(tree: Tree, nodes: Sequence[Any]) -> Cell:
    """What the nodes that a path leads to say together."""
    if not nodes:
        return None
    if len(nodes) == 1:
        return tree.text(nodes[0])
    texts = [text for node in nodes if (text := tree.text(node)) is not None]
    if len(texts) < 2:
        return texts[0] if texts else None
    return Several(texts)


def document(tree: Tree, records: Sequence[Any], wanted: Wanted, most_rows: int, sheet: str | None = None) -> Document:
    """The records and their items as one frame.

    In: a parsed document, its record nodes in order, and what the mapping wants. Raises FileRefused (400.too-large)
    beyond `most_rows` rows.
    """
    build = _Build(tree, wanted, most_rows)
    for record in records:
        build.add(record)
    return build.result(records, sheet)


@dataclass(slots=True)
class _Build:
    """Rows as they come; a row fills the columns of its own kind only."""

    tree: Tree
    wanted: Wanted
    most_rows: int
    left: int = MOST_FOUND
    rows: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ragged: dict[int, Fault] = field(default_factory=dict)
    strays: dict[int, str | None] = field(default_factory=dict)
    columns: list[list[Cell]] = field(init=False)
    own: dict[str, list[tuple[int, Path]]] = field(init=False)
    fixed: dict[int, Cell] = field(init=False)
    lists: dict[str, tuple[Path, frozenset[str]]] = field(init=False)

    def __post_init__(self) -> None:
        """Parse every path once; what is once per file is looked up once."""
        self.columns = [[] for _ in self.wanted.paths]
        self.lists = {name: (parse_path(path), self.wanted.names_in(name)) for name, path in self.wanted.lists.items()}
        self.own = {name: [] for name in ("", *self.lists)}
        self.fixed = {}
        for at, (inside, text) in enumerate(self.wanted.paths):
            path = parse_path(text)
            self.own[inside].append((at, path))
            if path.absolute:
                self.fixed[at] = cell_of(self.tree, find(self.tree, None, path))

    def add(self, record: Any) -> None:
        """One record with its items."""
        parent = len(self.rows)
        self._row(record, "", parent)
        for name, (path, names) in self.lists.items():
            for found in find(self.tree, record, path):
                for item in self.tree.items(found, names):
                    self._row(item, name, parent)

    def _row(self, node: Any, kind: str, parent: int) -> None:
        at = len(self.rows)
        if at >= self.most_rows:
            say = f"the file has more than {self.most_rows:,} records and items"
            raise FileRefused(Problem(Code.TOO_LARGE, say, "Send it in parts, or raise limits.rows in config/hub.yaml."))
        self.rows.append(self.tree.row(node))
        self.kinds.append(kind)
        self.parents.append(parent)
        fault = self.tree.fault(node)
        if fault is not None:
            self.ragged[at] = fault
            self.strays[at] = self.tree.sheet(node)
        for index, path in self.own[kind]:
            column = self.columns[index]
            column.extend([None] * (at - len(column)))
            column.append(self.fixed[index] if index in self.fixed else cell_of(self.tree, self._found(node, path)))

    def _found(self, node: Any, path: Path) -> Sequence[Any]:
        """What a path leads to; the more of it is beyond one value, the less is left to others."""
        found = find(self.tree, node, path, self.left)
        self.left -= max(len(found) - 1, 0)
        return found

    def result(self, records: Sequence[Any], sheet: str | None) -> Document:
        """The frame with the columns that the file has."""
        count = len(self.rows)
        for column in self.columns:
            column.extend([None] * (count - len(column)))
        there = [at for at, column in enumerate(self.columns) if any(cell is not None for cell in column)]
        paths = [self.wanted.paths[at] for at in there]
        others = [each for record in records[:1] for each in self.tree.leaves(record)]
        headings = [path for _, path in paths]
        frame = Frame(headings, [self.columns[at] for at in there], self.rows, sheet, ragged=self.ragged)
        frame.strays = {row: place for row, place in self.strays.items() if place is not None}
        if self.lists:
            frame.kinds, frame.parents = self.kinds, self.parents
        return Document(
            headings + [each for each in dict.fromkeys(others) if each not in headings],
            {key: at for at, key in enumerate(paths)},
            [self.tree.cell(*key) for key in paths],
            frame,
            sheet=sheet,
        )
