"""A partner's own file back, as the mapping that read it lays files out: marked, or cut down to its refused rows."""

from __future__ import annotations

from dataclasses import dataclass

from hub.formats.grid import Limits
from hub.formats.mark import Answered, Where, marked, refused
from hub.mapping.compile import Mapping


@dataclass(frozen=True, slots=True)
class Marking:
    """A file to be given back: `told` is the answer to mark in it, or the rows alone that go back."""

    mapping: Mapping
    data: bytes
    told: Answered | set[Where]
    limits: Limits


def give_back(marking: Marking) -> bytes:
    """The file as it goes back. Raises FileRefused when it cannot be opened or has no such form."""
    layout = marking.mapping.layout
    if isinstance(marking.told, Answered):
        return marked(layout, marking.data, marking.told, marking.limits)
    return refused(layout, marking.data, marking.told, marking.limits)
