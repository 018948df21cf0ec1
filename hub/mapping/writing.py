"""A writing mapping compiled: for each place in the partner's file, which of our values goes there and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.domain.fields import Field, Type, fields_written, find_field, list_of
from hub.domain.kinds import Kind
from hub.domain.nearest import did_you_mean, nearest
from hub.formats.frame import cell_place
from hub.formats.layout import DOCUMENTS, Format
from hub.mapping.formula import Formula
from hub.mapping.maps import MapTable
from hub.mapping.notation import check_unit
from hub.mapping.origins import Branch, Named, Special, Words, branches_of
from hub.mapping.places import ROWS, check_place, kind_of, lists_of, spot_of
from hub.mapping.template import Spec, Take, Template
from hub.mapping.units import UNITS, normal_unit

TOP = "$top."
RECORDS = "records"
SPECIAL_FIELDS: dict[str, Field] = {
    "$now": Field("$now", Type.TIME),
    "$seq": Field("$seq", Type.INTEGER),
    "$file.name": Field("$file.name"),
    "$partner.id": Field("$partner.id"),
    "$partner.name": Field("$partner.name"),
}
_INNER = {"lines": ("lines",), "records": ("records",), "parcels": ("parcels",), "parcels.lines": ("parcels.lines", "parcels")}


@dataclass(frozen=True, slots=True)
class Output:
    """One place of the written file: its heading (or path, or `$top.B2`, or a helper) and where its value comes from."""

    place: str
    branches: tuple[Branch, ...]
    take: Take | None
    between: str
    default: str | None
    places: int | None
    required: bool
    joined: bool = False

    @property
    def is_helper(self) -> bool:
        """Whether it is not written, only named by others."""
        return self.place.startswith("_")

    @property
    def top(self) -> str | None:
        """The place above the header (`B2`), or None for a column."""
        return self.place.removeprefix(TOP) if self.place.startswith(TOP) else None


def outputs_of(template: Template, maps: Mapping[str, MapTable]) -> tuple[Output, ...]:
    """Every place of the file in the order of the mapping; raises ValueError for one that is wrong."""
    return tuple(_output(maps, name, spec) for name, spec in template.fields.items())


def _output(maps: Mapping[str, MapTable], name: str, spec: Spec) -> Output:
    words = Words(frozenset(), maps, writing=True)
    return Output(
        name,
        branches_of(spec, words),
        spec.take,
        "," if spec.with_ is None else spec.with_,
        spec.default,
        spec.places,
        spec.required,
        spec.with_ is not None,
    )


def row_list(template: Template) -> str | None:
    """Whose items are the rows of a written table; None: one row a record.

    Where nothing is said, the lines (of an answer the records) when any is used.
    """
    said = template.repeat.get("rows")
    if isinstance(said, str):
        return said
    columns = [spec for name, spec in template.fields.items() if not name.startswith(TOP)]
    used = {source.partition(".")[0] for spec in columns for source in _row_sources(spec) if "." in source}
    return next((each for each in ("lines", "records") if each in used), None)


def _row_sources(spec: Spec) -> Iterator[str]:
    """The sources that say what a row is: those of `take` look at all items, whatever the row."""
    if spec.take is not None:
        return
    for part in spec.parts:
        if isinstance(part, Spec):
            yield from _row_sources(part)
        else:
            yield part


def check_output(template: Template, maps: Mapping[str, MapTable], place: str) -> None:
    """Raise ValueError for a place that cannot be written: a value that the hub does not have, a wrong formula."""
    output = _output(maps, place, template.fields[place])
    if output.top is not None and template.file.format is not Format.EXCEL:
        raise ValueError("cells above the header can be written in Excel only")
    _check_top(template, output.top)
    if template.file.format in DOCUMENTS and not output.is_helper:
        check_place(template, place)
    if template.file.types and not output.is_helper:
        kind_of(template.file, place)
    columns = template.file.column_names
    if columns and output.top is None and not output.is_helper and place not in columns:
        raise ValueError(f"file.columns does not list {place!r}")
    for branch in output.branches:
        for name in branch.named():
            named_field(template.kind, name, template.fields)
        _check_unit(template, branch)
        if isinstance(branch.origin, Special) and branch.origin.name not in SPECIAL_FIELDS:
            raise ValueError(f"{branch.origin.name!r} is not known when writing; known are {', '.join(SPECIAL_FIELDS)}")
        for formula in branch.formulas():
            _check_formula(template, formula, list_at(template, place), once=_is_once(template, place))


def _check_unit(template: Template, branch: Branch) -> None:
    """Raise ValueError for a unit that is none, or does not measure the field; a formula and a helper say nothing of theirs."""
    if not isinstance(branch.unit, str):
        return
    if isinstance(branch.origin, Named) and not branch.origin.name.startswith("_"):
        check_unit(branch.unit, named_field(template.kind, branch.origin.name, template.fields))
    elif normal_unit(branch.unit) is None:
        raise ValueError(f"{branch.unit!r} is no unit. {did_you_mean(branch.unit, UNITS)}")


def check_helpers(template: Template, maps: Mapping[str, MapTable]) -> None:
    """Raise ValueError when helpers of a written file take their values from each other in a circle."""
    needs: dict[str, set[str]] = {}
    for output in outputs_of(template, maps):
        said = {name for branch in output.branches for name in branch.named()}
        said |= {name for branch in output.branches for each in branch.formulas() for name in each.names}
        needs[output.place] = {name for name in said if name.startswith("_")}

    sound: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{' needs '.join([*above[above.index(name) :], name])}: a circle of helpers")
        for each in sorted(needs.get(name, set()) - sound):
            visit(each, (*above, name))
        sound.add(name)

    for name in needs:
        if name.startswith("_"):
            visit(name, ())


def _check_top(template: Template, top: str | None) -> None:
    found = cell_place(top) if top is not None else None
    room = template.file.header - 1 if isinstance(template.file.header, int) else 0
    if top is not None and found is None:
        raise ValueError(f"{top!r} is no cell; write one such as $top.A1")
    if found is not None and found[1] > room:
        raise ValueError(f"{top} is not above the header; write header: {found[1] + 1} or more under file")


def list_at(template: Template, place: str) -> str | None:
    """Our name of the list in which a place is written; None for the record."""
    lists = lists_of(template)
    if place.startswith("_") and (template.file.types or template.file.format in DOCUMENTS):
        return next(iter(lists.values()), None)
    if template.file.types:
        return lists.get(kind_of(template.file, place)[0])
    if template.file.format in DOCUMENTS:
        spot = spot_of(place, lists)
        return None if spot.once else lists.get(spot.scope or ROWS)
    return row_list(template)


def _is_once(template: Template, place: str) -> bool:
    """Whether a place is written once per file, and sees all records."""
    if template.file.types and not place.startswith("_"):
        return template.file.types[kind_of(template.file, place)[0]].once is not None
    return template.file.format in DOCUMENTS and place.startswith("/")


def _check_formula(template: Template, formula: Formula, rows: str | None, *, once: bool) -> None:
    for name in formula.names - ({RECORDS} if once else set()):
        if not any(_is_known(template, candidate) for candidate in candidates(name, rows)):
            named_field(template.kind, name, template.fields)
    for name in formula.record_names:
        if not _is_known(template, name):
            named_field(template.kind, name, template.fields)


def candidates(name: str, rows: str | None) -> tuple[str, ...]:
    """What a short name in a formula may mean, innermost first: the row's item, what it lies in, the record."""
    return (*(f"{each}.{name}" for each in _INNER.get(rows or "", ())), name)


def _is_known(template: Template, name: str) -> bool:
    return name in ("lines", "parcels") or name in template.fields or find_field(fields_written(template.kind), name) is not None


def named_field(kind: Kind, name: str, own: Mapping[str, object]) -> Field:
    """The declaration of a value that a mapping names; raises ValueError with the nearest name when the hub has none."""
    fields = fields_written(kind)
    found = find_field(fields, name)
    if found is not None:
        return found
    if name.startswith("_") and name in own:
        return Field(name)
    inside = list_of(name)
    near = nearest(name, [each for each in fields if list_of(each) == inside] or fields)
    raise ValueError(
        f"{name!r} is no field of {kind}"
        + (f"; did you mean {near}?" if near else f"; a fixed text is written {{value: {name}}}")
    )
