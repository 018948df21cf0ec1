"""Read a file: choose its mapping, and turn its bytes into typed records."""

from __future__ import annotations

from datetime import datetime

from hub.domain.kinds import READ_FROM
from hub.domain.problems import Code, FileRefused, Problem
from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.formats.names import match_name
from hub.mapping.bind import fits
from hub.mapping.compile import Mapping
from hub.mapping.opened import open_file
from hub.mapping.read import read_file
from hub.mapping.reading import Context, Reading


def choose(hub: Hub, file: InHand, data: bytes) -> Mapping:
    """The mapping that reads a file: the partner's first `receive` entry that fits the name, else by headings.

    Raises FileRefused: 404.mapping when there is none, or why the only one named does not open the file.
    """
    named = next((entry for entry in file.partner.receive if match_name(entry.files, file.name) is not None), None)
    if named is not None and len(named.mapping) == 1:
        return hub.library.get(named.mapping[0])
    if named is not None and named.mapping:
        tried = [hub.library.get(name) for name in named.mapping]
    else:
        tried = [each for each in hub.library.candidates(file.partner.role) if each.reading]
    fitting = next((each for each in tried if _fits(hub, each, data)), None)
    if fitting is not None:
        return fitting
    if named is not None and named.mapping:
        return tried[0]  # its own refusal says what is missing
    hint = "Check the file's name and headings, or ask the hub's admin for a mapping."
    raise FileRefused(Problem(Code.NO_MAPPING, f"no mapping fits {file.name}", hint))


def _fits(hub: Hub, mapping: Mapping, data: bytes) -> bool:
    try:
        return fits(mapping, open_file(mapping, data, hub.limits))
    except FileRefused:
        return False


def read(hub: Hub, file: InHand, data: bytes, mapping: Mapping, now: datetime) -> Reading:
    """The records of a file. Raises FileRefused."""
    if file.partner.role not in READ_FROM[mapping.kind]:
        hint = "Drop it where your own files go."
        raise FileRefused(Problem(Code.PARTNER, f"a {file.partner.role} may not send {mapping.kind}", hint))
    context = Context(
        file_name=file.name,
        partner_id=file.partner.id,
        partner_name=file.partner.name,
        timezone=file.partner.zone(hub.workspace.settings),
        received=file.at,
        now=now,
        limits=hub.limits,
        beside=sets.beside(hub, file, mapping),
    )
    return read_file(mapping, data, context)
