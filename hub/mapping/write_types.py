"""Write rows of several kinds: what opens the file, each record with the rows under it, what closes the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hub.formats.csv import write_csv
from hub.formats.fixed import line_of, write_lines
from hub.formats.layout import Format, Layout, Once
from hub.mapping.places import kind_of, lists_of
from hub.mapping.template import Template
from hub.mapping.view import Record, View
from hub.mapping.writing import Output

Cell = Callable[[Output, View, int | None], Any]


def write_types(template: Template, outputs: Sequence[Output], records: Sequence[Record], cell: Cell) -> bytes:
    """Write the records; raises FileRefused for a value that cannot be written or is too long for its column."""
    places = {kind_of(template.file, each.place): each for each in outputs if not each.is_helper}
    rows = _Rows(template.file, lists_of(template), places, cell)
    if template.file.format is not Format.FIXED:
        return write_csv(template.file, None, list(rows.all(records)))
    lines = (line_of(template.file.spans(kind), texts, row) for row, (kind, texts) in enumerate(rows.kinds(records), start=1))
    return write_lines(template.file, lines)


@dataclass
class _Rows:
    """The rows of a file in their order."""

    layout: Layout
    lists: dict[str, str]
    places: dict[tuple[str, str], Output]
    cell: Cell
    written: int = 0

    def all(self, records: Sequence[Record]) -> Iterator[list[str | None]]:
        """Every row."""
        return (texts for _, texts in self.kinds(records))

    def kinds(self, records: Sequence[Record]) -> Iterator[tuple[str, list[str | None]]]:
        """Every row with its kind."""
        yield from self._once(Once.START, records)
        main = self.layout.record_type or ""
        for record in records:
            yield from self._under(main, View([record]))
        yield from self._once(Once.END, records)

    def _once(self, where: Once, records: Sequence[Record]) -> Iterator[tuple[str, list[str | None]]]:
        for name, kind in self.layout.types.items():
            if kind.once is where:
                yield name, self._row(name, View(records))

    def _under(self, name: str, above: View) -> Iterator[tuple[str, list[str | None]]]:
        """The rows of one kind that a view has, each with those under it; a kind that nothing fills is not written."""
        views = above.each(self.lists[name]) if name in self.lists else [above]
        used = name in self.lists or any(kind == name for kind, _ in self.places)
        for view in views:
            if used:
                yield name, self._row(name, view)
            for below, kind in self.layout.types.items():
                if kind.under == name:
                    yield from self._under(below, view)

    def _row(self, name: str, view: View) -> list[str | None]:
        self.written += 1
        columns = self.layout.types[name].column_names
        own = type_column(self.layout, name)
        texts: list[str | None] = []
        for column in columns:
            output = self.places.get((name, column))
            texts.append(self.cell(output, view, self.written) if output is not None else name if column == own else None)
        return texts


def type_column(layout: Layout, name: str) -> str | None:
    """The column that tells the kind: the first, or the one that `type_in` counts."""
    columns = layout.types[name].column_names
    at = int(layout.type_in) - 1 if layout.type_in and layout.type_in.isdigit() else 0
    return columns[at] if 0 <= at < len(columns) else None
