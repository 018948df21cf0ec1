"""Plain columns of a written table: one field of ours as it is, looked up without asking anew how for each of its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hub.domain.fields import list_of
from hub.domain.once import once_each
from hub.domain.values import CLEAR
from hub.formats.layout import Format
from hub.mapping.compile import Mapping
from hub.mapping.notation import NotationWriter
from hub.mapping.origins import Named
from hub.mapping.view import Record
from hub.mapping.write_rows import Rows
from hub.mapping.writing import Output, named_field

Plain = Callable[[Rows], list[str | None]]
"""From rows to their texts in one column; None or "" where it takes the long way to know."""

_TEXTUAL = (Format.CSV, Format.FIXED)


def plain_column(output: Output, mapping: Mapping, rows: str | None, notation: NotationWriter) -> Plain | None:
    """How a column is written that shows one field as it is; None for one that takes more. `rows` is the list of the rows."""
    name = _plain_name(output)
    inside = list_of(name) if name is not None else None
    if name is None or mapping.layout.format not in _TEXTUAL or inside not in (None, rows):
        return None
    branch = output.branches[0]
    write = notation.writer(
        named_field(mapping.kind, name, {}),
        date=list(branch.date) if branch.date else None,
        decimal=branch.decimal,
        unit=branch.unit if isinstance(branch.unit, str) else None,
        places=output.places,
    )
    of_record, short = inside is None, name[len(inside) + 1 :] if inside else name

    def column(rows: Rows) -> list[str | None]:
        return rows.spread(texts(rows.heads)) if of_record else texts(rows.items)

    def texts(records: Sequence[Record]) -> list[str | None]:
        values: list[Any] = [each.get(short) for each in records]
        return values if {*map(type, values)} == {str} else once_each(text, values)

    def text(value: Any) -> str | None:
        if type(value) is str:
            return value
        return None if value is None or value is CLEAR or isinstance(value, list) else write(value)

    return column


def _plain_name(output: Output) -> str | None:
    """The one field that a column shows as it is."""
    if len(output.branches) != 1 or output.take is not None:
        return None
    branch = output.branches[0]
    treated = branch.do or branch.maps or branch.when or branch.take is not None
    if treated or not isinstance(branch.origin, Named) or branch.origin.name.startswith("_"):
        return None
    return branch.origin.name
