"""Left names of a writing mapping as places: where in a document, or in which kind of row, a value is written."""

from __future__ import annotations

from dataclasses import dataclass

from hub.formats.layout import Format, Layout
from hub.formats.paths import Path, Step, parse_path
from hub.formats.tree_out import XML_NAME
from hub.mapping.template import Rows, Template

ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: the list in which it lies (its path, "" for the record) and the steps from there."""

    scope: str
    steps: tuple[Step, ...]
    once: bool


def lists_of(template: Template) -> dict[str, str]:
    """Where each list is written: its path below the record (`rows`: a record element for each item), and our name of it.

    Lines of which nothing is said are the rows that lie under the record, where one kind of them tells of lines.
    """
    below = template.file.kinds_below if not template.repeat else []
    telling = [kind for kind in below if any(_tells_a_line(template, kind, place) for place in template.fields)]
    if len(telling) == 1:
        return {telling[0]: "lines"}
    return {place: right.from_ if isinstance(right, Rows) else right for place, right in template.repeat.items()}


def _tells_a_line(template: Template, kind: str, place: str) -> bool:
    own = place.startswith(f"{kind}/") or place in template.file.types[kind].column_names
    return own and any(source.startswith("lines.") for source in template.fields[place].sources())


def outer(scope: str, lists: dict[str, str]) -> str:
    """The list that a list's path lies in."""
    return max((each for each in lists if scope.startswith(f"{each}/")), key=len, default="")


def spot_of(place: str, lists: dict[str, str]) -> Spot:
    """Where a left name leads; raises ValueError for what is no path."""
    path = parse_path(place)
    if path.absolute:
        return Spot("", path.steps, once=True)
    names = [step.name for step in path.steps if not step.attribute and not step.picks]
    fits = [each for each in lists if each != ROWS and _begins(path, each) and len(parse_path(each).steps) <= len(names)]
    scope = max(fits, key=len, default="")
    return Spot(scope, path.steps[len(parse_path(scope).steps) if scope else 0 :], once=False)


def _begins(path: Path, scope: str) -> bool:
    steps = parse_path(scope).steps
    return path.steps[: len(steps)] == steps


def check_place(template: Template, place: str) -> None:
    """Raise ValueError for a left name that cannot be a place of the written document."""
    xml = template.file.format is Format.XML
    spot = spot_of(place, lists_of(template))
    record = parse_path(template.file.record or "/")
    for at, step in enumerate(spot.steps):
        if step.is_up:
            raise ValueError(f"{place!r}: places are written below the record, or once per file with / in front")
        if step.attribute and at < len(spot.steps) - 1:
            raise ValueError(f"{place!r}: nothing lies in an attribute")
        if xml and not XML_NAME.fullmatch(step.name):
            raise ValueError(f"{place!r}: {step.name!r} is no name of an XML element")
        if not xml and step.picks and at == len(spot.steps) - 1:
            raise ValueError(f"{place!r}: in JSON a picked object holds a value under a name: {place}/value")
    if spot.once and xml and (not spot.steps or not record.steps or spot.steps[0].name != record.steps[0].name):
        raise ValueError(
            f"{place!r}: an XML file has one outermost element; begin with /{record.steps[0].name if record.steps else ''}"
        )
    if spot.once and not xml and not record.steps:
        raise ValueError(f"{place!r}: the file is an array of records; name a place for them with record: /orders")


def kind_of(layout: Layout, place: str) -> tuple[str, str]:
    """The kind of row and the column that a left name means: `PD/sku`, or `sku` where only one kind has it.

    Raises ValueError for one that no kind has, or several.
    """
    kind, slash, column = place.partition("/")
    if slash and kind in layout.types:
        if column not in layout.types[kind].column_names:
            raise ValueError(f"{place!r}: {kind} has the columns {', '.join(layout.types[kind].column_names)}")
        return kind, column
    having = [name for name, each in layout.types.items() if place in each.column_names]
    if len(having) != 1:
        known = f"say which kind of row: {having[0]}/{place}" if having else f"the kinds of rows are {', '.join(layout.types)}"
        raise ValueError(f"{place!r} is no column of one kind; {known}")
    return having[0], place
