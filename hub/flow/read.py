"""Read a file: gather what its parser must know beside the bytes, and hand it over."""

from __future__ import annotations

from functools import partial

from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.formats.names import match_name
from hub.mapping.compile import Mapping
from hub.mapping.intake import Incoming
from hub.mapping.reading import Context


def incoming(hub: Hub, file: InHand, mapping: Mapping | None = None) -> Incoming:
    """A file from the archive, ready to be read: by the mapping given, else by those that its partner's entry names."""
    with hub.store.look() as db:
        data = hub.archive.read(db, file.id)
    named = (mapping,) if mapping is not None else _named(hub, file)
    context = Context(
        file_name=file.name,
        partner_id=file.partner.id,
        partner_name=file.partner.name,
        timezone=file.partner.zone(hub.workspace.settings),
        received=file.at,
        now=hub.clock(),
        limits=hub.limits,
        beside=sets.beside(hub, file) if any(each.layout.is_set for each in named) else {},
    )
    role = file.partner.role
    return Incoming(data, context, role, named, partial(hub.library.candidates, role))


def _named(hub: Hub, file: InHand) -> tuple[Mapping, ...]:
    """The mappings of the partner's first `receive` entry that fits the name."""
    entry = next((entry for entry in file.partner.receive if match_name(entry.files, file.name) is not None), None)
    return tuple(hub.library.get(name) for name in entry.mapping) if entry is not None else ()
