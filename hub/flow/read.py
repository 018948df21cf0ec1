"""Read a file: gather what its parser must know beside the bytes, and hand it over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.formats.grid import Source
from hub.mapping.compile import Mapping
from hub.mapping.intake import Incoming
from hub.mapping.reading import Context


def incoming(hub: Hub, file: InHand, mapping: Mapping | None = None, *, source: Source | None = None) -> Incoming:
    """A file from the archive, ready to be read: by the mapping given, else by those that its partner's entry names.

    `source` are its bytes, where they are at hand already.
    """
    if source is None:
        with hub.store.look() as db:
            source = hub.archive.body(db, file.id)
    names = sets.received_by(file.partner, file.name)
    named = (mapping,) if mapping is not None else tuple(hub.library.get(name) for name in names)
    context = Context(
        file_name=file.name,
        partner_id=file.partner.id,
        partner_name=file.partner.name,
        timezone=file.partner.zone(hub.workspace.settings),
        received=file.at,
        now=hub.clock(),
        limits=hub.limits,
        beside=sets.beside(hub, file) if _may_be_a_set(hub, file, named) else {},
    )
    role = file.partner.role
    return Incoming(source, context, role, named, partial(hub.library.candidates, role))


def _may_be_a_set(hub: Hub, file: InHand, named: Sequence[Mapping]) -> bool:
    return any(each.layout.is_set for each in named) or (not named and not sets.stands_alone(hub, file.partner, file.name))
