"""What was seen of a file that nobody has described: how it is laid out, and the places where its values stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.domain.fields import fields_read
from hub.domain.kinds import Kind
from hub.formats.frame import Cell
from hub.mapping.draft import Part
from hub.mapping.match import Corrections, Match, Place, match
from hub.mapping.meanings import Guess
from hub.mapping.shapes import looks_like

ELSEWHERE = "-"
"""The list of what no field is read from."""


@dataclass(slots=True)
class Source:
    """One place of a file.

    `path` is how a mapping writes it: a heading, a column's number, a path. `name` is the word it goes by where the
    path says more; `above` are the names that it lies in, outermost first. `inside` is the list
    that it belongs to: "" the record of a file with lists, None where every row is one. `parts` are the places that
    make the value together (year, month, day), `unit` the place that tells its unit. `roles` are what a column
    without a heading may be, by its values.
    """

    path: str
    values: list[Cell]
    name: str | None = None
    inside: str | None = None
    above: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    unit: str | None = None
    roles: tuple[Guess, ...] | None = None

    @property
    def called(self) -> str:
        """The word it goes by."""
        return self.path if self.name is None else self.name


@dataclass(slots=True)
class Sighted:
    """What was seen of a file: `file` and `repeat` hold keys of the mapping, `sources` its places in their order.

    `header_row` is the row of the headings, None where there are none; `first_cells` the first rows of a table;
    `notes` what a person should know about the layout.
    """

    file: dict[str, Part]
    sources: list[Source]
    header_row: int | None = None
    repeat: dict[str, str] = field(default_factory=dict)
    first_cells: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def headings(self) -> list[str]:
        """The places as the mapping writes them."""
        return [each.path for each in self.sources]


def matched(kind: Kind, sources: Sequence[Source], corrections: Corrections) -> list[Match]:
    """What each place most likely means."""
    fields = fields_read(kind).values()
    evidence = {
        at: frozenset(one.name for one in fields if looks_like(one, each.values))
        for at, each in enumerate(sources)
        if each.roles is None
    }
    roles = {at: each.roles for at, each in enumerate(sources) if each.roles is not None}
    places = {at: Place(each.name, each.inside, each.above) for at, each in enumerate(sources)}
    return match(kind, [each.path for each in sources], corrections, evidence, places, roles)
