"""What the file and the hub know beside the cells: `$file.name`, `$top.Toimittaja`, `$sheet`, `$now`."""

from __future__ import annotations

from hub.domain.values import canonical
from hub.formats.frame import Cell, Frame, Typed, find_heading
from hub.mapping.reading import Context


def special(name: str, context: Context, frame: Frame, parts: dict[str, str]) -> Cell:
    """What a `$` source says for the rows of a block; None when the file does not have it."""
    known: dict[str, Cell] = {
        "$file.name": context.file_name,
        "$sheet": frame.sheet_of(""),
        "$partner.id": context.partner_id,
        "$partner.name": context.partner_name,
    }
    if name in known:
        return known[name]
    if name in ("$received", "$now"):
        return Typed(canonical(context.received if name == "$received" else context.now))
    family, _, rest = name.partition(".")
    return parts.get(rest) if family == "$file" else _labelled(frame.top, rest)


def _labelled(top: dict[str, Cell], label: str) -> Cell:
    """A cell above the header by its label: the exact one, else as headings are found."""
    labels = list(top)
    return next((top[labels[at]] for at in find_heading(labels, label)), None)
