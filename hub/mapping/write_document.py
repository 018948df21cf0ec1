"""Write records as a nested document: each place found by its path, lists where `repeat` says, the rest once per file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.layout import Format, Layout
from hub.formats.paths import Step, parse_path
from hub.formats.tree_out import Part, refuse_unwritable, write_json, write_xml
from hub.mapping.places import ROWS, Spot, outer, spot_of
from hub.mapping.view import Record, View
from hub.mapping.writing import Output

Cell = Callable[[Output, View, int | None], Any]


def write_document(
    layout: Layout, lists: dict[str, str], outputs: Sequence[Output], records: Sequence[Record], cell: Cell
) -> bytes:
    """Write the records.

    In: the layout, `lists_of` the mapping, its places in order, and the function that works out one place. Raises
    FileRefused for a value that cannot be written, and for several records where the layout has room for one.
    """
    build = _Build(layout, lists, records, cell)
    for output in outputs:
        if not output.is_helper:
            build.place(output)
    build.begin()
    return build.result()


@dataclass
class _Build:
    layout: Layout
    lists: dict[str, str]
    records: Sequence[Record]
    cell: Cell
    root: Part = field(init=False)
    spots: dict[str, list[tuple[Part, View, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The document above everything; the record's path leads down from it."""
        self.path = parse_path(self.layout.record or "/")
        self.root = Part("")

    def place(self, output: Output) -> None:
        """Write one place for every record and item that has it."""
        spot = spot_of(output.place, self.lists)
        if spot.once:
            self._put(output, spot, self.root, View(self.records), None)
            return
        for part, view, number in self._parts(spot.scope):
            self._put(output, spot, part, view, number)

    def _put(self, output: Output, spot: Spot, part: Part, view: View, number: int | None) -> None:
        value = self.cell(output, view, number)
        if value is None:
            return
        refuse_unwritable(value, output.place, number)
        if self.layout.format is Format.XML and isinstance(value, list) and (not spot.steps or spot.steps[-1].attribute):
            value = output.between.join(dict.fromkeys(map(str, value)))
        part.put(spot.steps, value)

    def begin(self) -> None:
        """Make the records, and every list in them, where no place has done so."""
        for scope in ("", *sorted(each for each in self.lists if each != ROWS)):
            self._parts(scope)

    def _parts(self, scope: str) -> list[tuple[Part, View, int]]:
        """The parts of a list (or the records), made when a place first asks for them."""
        if scope not in self.spots:
            self.spots[scope] = self._records() if not scope else self._items(scope)
        return self.spots[scope]

    def _records(self) -> list[tuple[Part, View, int]]:
        views = [(View([record]), number) for number, record in enumerate(self.records, start=1)]
        if ROWS in self.lists:
            views = [(each, number) for view, number in views for each in view.each(self.lists[ROWS])]
        above, step = self.root.down(self.path.steps[:-1]), (self.path.steps[-1:] or (Step(""),))[0]
        if self.layout.format is Format.JSON:
            above.lists_begin(step.name)
        elif len(self.path.steps) == 1 and len(views) != 1:
            say = f"the layout has room for one record and there are {len(views)}"
            raise FileRefused(Problem(Code.CHECK, say, "Name an element for each record in file.record: /Orders/Order."))
        elif len(self.path.steps) == 1:
            return [(above.down((step,)), *views[0])]
        return [(above.add(step), view, number) for view, number in views]

    def _items(self, scope: str) -> list[tuple[Part, View, int]]:
        inside = outer(scope, self.lists)
        steps = parse_path(scope).steps[len(parse_path(inside).steps) if inside else 0 :]
        found: list[tuple[Part, View, int]] = []
        for part, view, number in self._parts(inside):
            items = list(view.each(self.lists[scope]))
            if not items and self.layout.format is Format.XML:
                continue
            above = part.down(steps[:-1])
            if self.layout.format is Format.JSON:
                above.lists_begin(steps[-1].name)
            found += [(above.add(steps[-1]), each, number) for each in items]
        return found

    def result(self) -> bytes:
        """The bytes of the file."""
        if self.layout.format is Format.XML:
            return write_xml(self.layout, self.root.inside[0])
        if self.path.steps:
            return write_json(self.layout, self.root)
        return write_json(self.layout, [part for part, _, _ in self.spots[""]])
