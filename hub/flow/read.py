"""Read a file: choose its mapping, and turn its bytes into typed records."""

from __future__ import annotations

from datetime import datetime

from hub.domain.kinds import READ_FROM
from hub.domain.problems import Code, FileRefused, Problem
from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.mapping.choice import alike, best_fit, fit
from hub.mapping.compile import Mapping
from hub.mapping.read import read_file
from hub.mapping.reading import Context, Reading

_A_FILE_OF_ITS_OWN = 0.5  # a file with so many of a mapping's headings was meant for it


def choose(hub: Hub, file: InHand, data: bytes) -> Mapping:
    """The mapping that reads a file: by the partner's first `receive` entry that fits the name, else by headings.

    Of several that an entry names the first that fits reads the file; of all there are, the one that fits best.

    Raises FileRefused: 404.mapping when there is none, or why the only one named does not open the file.
    """
    named = sets.received_by(file.partner, file.name)
    if len(named) == 1:
        return hub.library.get(named[0])
    if named:
        tried = [hub.library.get(name) for name in named]
        return next((each for each in tried if fit(each, data, hub.limits)), tried[0])  # its own refusal says what is missing
    chosen = sets.chosen(hub, file.partner, file.name, data)
    if chosen is None:
        _, chosen = best_fit(hub.library.candidates(file.partner.role), data, hub.limits)
    if chosen is not None:
        return chosen
    hint = "Check the file's name and headings, or ask the hub's admin for a mapping."
    raise FileRefused(Problem(Code.NO_MAPPING, f"no mapping fits {file.name}", hint))


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
    try:
        return read_file(mapping, data, context)
    except FileRefused as refused:
        raise _of_another_kind(hub, file, data, mapping) or refused from None


def _of_another_kind(hub: Hub, file: InHand, data: bytes, mapping: Mapping) -> FileRefused | None:
    """Whether a refused file is no file for its mapping at all: it has none of its headings, or another fits better."""
    own = alike(mapping, data, hub.limits)
    if own is None or own >= _A_FILE_OF_ITS_OWN:
        return None
    others = [
        each for each in hub.library.candidates(file.partner.role) if each.name != mapping.name and fit(each, data, hub.limits)
    ]
    best = max(others, key=lambda each: alike(each, data, hub.limits) or 0.0, default=None)
    if best is not None and (alike(best, data, hub.limits) or 0.0) > own:
        message = f"this is no file for {mapping.name} ({mapping.kind}): its headings are those of {best.name} ({best.kind})"
        hint = f"Send it under the name that {best.kind} files have, or let {file.partner.id} receive it by {best.name}."
    elif own == 0:
        message = f"this is no file for {mapping.name} ({mapping.kind}): it has none of its headings"
        hint = f"Look whether it is the right file; hub mapping suggest drafts a mapping for new {mapping.kind} files."
    else:
        return None
    return FileRefused(Problem(Code.HEADER, message, hint))
