"""Everything wrong with a mapping at once, each with its line and its cure, before a file ever meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.config.yaml import Finding, Loaded, Route
from hub.domain.checks import ONE_OF
from hub.domain.dates import compile_date
from hub.domain.fields import Field, Type, fields_read, fields_written, find_field
from hub.domain.kinds import Kind
from hub.domain.nearest import nearest
from hub.domain.problems import Fault, Level
from hub.domain.status import Status
from hub.domain.values import parse_value
from hub.formats.layout import AVAILABLE
from hub.formats.names import check_template, name_parts
from hub.mapping.compile import is_of_rows, is_own, list_paths, ordered, plan_of, plans_of, rules_of, words_for
from hub.mapping.formula import compile_formula
from hub.mapping.lint_layout import lint_layout, lint_source
from hub.mapping.lint_words import wrong_words
from hub.mapping.maps import MapTable, named_map
from hub.mapping.notation import check_date, check_unit
from hub.mapping.origins import SPECIAL_FAMILIES, SPECIALS, Branch, Words, branches_of, helper_field
from hub.mapping.steps import compile_do
from hub.mapping.template import Spec, Template
from hub.mapping.writing import check_helpers, check_output, named_field

FULL_OR_UPDATE = {Kind.PRODUCTS, Kind.STOCK, Kind.CATALOG}
_ORDER_NUMBERS = {"number", "sales_reference", "purchase_reference"}
_PART = "$file."
_ROW_LISTS = ("lines", "parcels")
_WRITTEN_LISTS = ("lines", "parcels", "parcels.lines")


@dataclass(frozen=True, slots=True)
class Known:
    """What lint must know beside the template."""

    maps: Mapping[str, MapTable] = field(default_factory=dict)
    all_fields: frozenset[str] = frozenset()
    has_examples: bool = True


def lint_template(template: Template, loaded: Loaded, known: Known) -> list[Finding]:
    """Everything wrong with a mapping whose keys are right; warnings too. An empty list means that it will compile."""
    findings = list(_lint_file(template, loaded))
    if findings and not _is_available(template):
        return findings
    if template.writes is not None and not fields_written(template.kind):
        what = f"{template.kind} are {'read, not written' if fields_read(template.kind) else 'not available in this version'}"
        cure = f"the hub writes {', '.join(each for each in Kind if fields_written(each))}"
        return [*findings, loaded.finding(("writes",), what, cure)]
    compiled = _compile_all(template, known)
    for name, spec in template.fields.items():
        findings += _lint_field(_Place(template, loaded, known, ("fields", name), name, compiled), spec)
    findings += _lint_rules(template, loaded)
    if not any(each.level is Level.ERROR for each in findings):
        findings += _lint_whole(template, loaded, known)
    return findings + list(_lint_missing(template, loaded, known)) + list(_doubts(template, loaded, known))


def _is_available(template: Template) -> bool:
    return template.file.format in AVAILABLE


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The sources of every field; where they are wrong there are none, and `wrong` says why."""

    branches: dict[str, tuple[Branch, ...]]
    wrong: dict[str, ValueError]


@dataclass(frozen=True, slots=True)
class _Place:
    """A right side under the eye of lint."""

    template: Template
    loaded: Loaded
    known: Known
    route: Route
    name: str
    compiled: _Compiled

    def tell(self, key: str | None, what: str, cure: str = "", level: Level = Level.ERROR) -> Finding:
        route = (*self.route, key) if key is not None and (*self.route, key) in self.loaded.lines else self.route
        return self.loaded.finding(route, what, cure, level)

    def attempt(self, key: str | None, work: Callable[[], object]) -> Iterator[Finding]:
        """The finding of a piece of work that says with ValueError what is wrong."""
        try:
            work()
        except ValueError as error:
            yield self.tell(key, str(error))


def _lint_field(place: _Place, spec: Spec) -> list[Finding]:
    findings = list(_left_name(place)) if place.template.reads is not None else []
    if findings:
        return findings
    declared = _declared(place)
    findings += _pieces(place, spec, declared)
    if findings:
        return findings
    if place.template.reads is not None:
        return [
            *place.attempt(None, lambda: _plan(place)),
            *_constants(place, spec, declared),
            *_own_words(place, spec, declared),
        ]
    return list(place.attempt(None, lambda: check_output(place.template, place.known.maps, place.name)))


def _compile_all(template: Template, known: Known) -> _Compiled:
    """Every field's sources, or what is wrong with them."""
    own = frozenset(each for each in template.fields if each.startswith("_") or "x." in each)
    words = Words(own, known.maps, writing=template.writes is not None)
    found: dict[str, tuple[Branch, ...]] = {}
    wrong: dict[str, ValueError] = {}
    for name, spec in template.fields.items():
        try:
            found[name] = branches_of(spec, words_for(words, name, template))
        except ValueError as error:
            found[name], wrong[name] = (), error
    return _Compiled(found, wrong)


def _plan(place: _Place) -> object:
    """Compile one field of a reading mapping as far as it does not depend on fields that are wrong themselves."""
    if place.name in place.compiled.wrong:
        raise place.compiled.wrong[place.name]
    return plan_of(place.name, place.template, place.compiled.branches)


def _left_name(place: _Place) -> Iterator[Finding]:
    kind = place.template.kind
    fields = fields_read(kind)
    if place.name.startswith("_") or find_field(fields, place.name) is not None:
        return
    if not fields:
        yield place.tell(None, f"{kind} are written, not read", f"begin the mapping with `writes: {kind}`")
    elif find_field(fields_written(kind), place.name) is not None or any(place.name in fields_written(each) for each in Kind):
        yield place.tell(None, f"{place.name!r} is written by the hub, {kind} files cannot set it", _nearest(place.name, fields))
    else:
        yield place.tell(None, f"{place.name!r} is no field of {kind}", _nearest(place.name, fields))


def _nearest(name: str, fields: Mapping[str, Field]) -> str:
    near = nearest(name, fields)
    return f"did you mean {near}?" if near else "a helper begins with _, a foreign value with x."


def _declared(place: _Place) -> Field:
    if place.template.reads is None or place.name.startswith("_"):
        return Field(place.name, Type.DECIMAL) if place.template.reads is None else Field(place.name)
    return find_field(fields_read(place.template.kind), place.name) or Field(place.name)


def _pieces(place: _Place, spec: Spec, declared: Field) -> Iterator[Finding]:
    """What stands on a right side, piece by piece, the items of its lists included."""
    reading = place.template.reads is not None
    if spec.do is not None:
        yield from place.attempt("do", lambda: compile_do(spec.do))
    if spec.when is not None:
        yield from place.attempt("when", lambda: compile_formula(str(spec.when).removeprefix("=").strip()))
    if spec.map is not None:
        yield from place.attempt("map", lambda: named_map(spec.map or {}, spec.else_, place.known.maps))
    if isinstance(spec.unit, str) and reading and not place.name.startswith("_"):
        yield from place.attempt("unit", lambda: check_unit(str(spec.unit), declared))
    for pattern in spec.date or ():
        yield from place.attempt("date", lambda pattern=pattern: check_date(pattern) if reading else compile_date(pattern))  # type: ignore[misc] # bound now
    if spec.decimal is not None and spec.decimal not in (".", ","):
        yield place.tell("decimal", f"saw {spec.decimal!r}", 'a decimal sign is "." or ","')
    if spec.places is not None and reading:
        yield place.tell("places", "belongs to mappings that write", "take it away; a file is read with the places it has")
    for at, part in enumerate(spec.parts):
        below = _Place(place.template, place.loaded, place.known, _part_route(place, at), place.name, place.compiled)
        yield from _pieces(below, part, declared) if isinstance(part, Spec) else _short(below, part)


def _short(place: _Place, source: str) -> Iterator[Finding]:
    """A short source that cannot be: a `$` name that the hub does not have, a helper that is not mapped."""
    if source.startswith("$") and not (source in SPECIALS or source.startswith(SPECIAL_FAMILIES)):
        known = ", ".join(sorted(SPECIALS))
        yield place.tell(None, f"{source!r} is nothing that the hub knows", f"it knows {known}, $file.PART, $top.LABEL")
    elif source.startswith(_PART) and (why := _no_part(place.template, source)):
        yield place.tell(None, why, 'write its part into file.name: "stock_{date:YYYYMMDD}.csv"', Level.WARNING)
    elif source.startswith("_") and source not in place.known.all_fields and place.template.writes is not None:
        yield place.tell(None, f"there is no helper {source!r}", "map it as a left name")
    elif place.template.reads is not None and not source.startswith(("$", "=")) and not is_own(source):
        yield from place.attempt(None, lambda: lint_source(place.template, source))


def _no_part(template: Template, source: str) -> str:
    """Why a part of the file's name never has a value; nothing where it may."""
    part = source.removeprefix(_PART)
    names = [name for name in (template.file.name, *(kind.name for kind in template.file.types.values())) if name]
    try:
        parts = {each for name in names for each in name_parts(name)}
    except ValueError:
        return ""  # told at the name itself
    if template.reads is None or part == "name" or part in parts:
        return ""
    return (
        f"the name {' or '.join(names)} has no part {part!r}"
        if names
        else "the mapping does not say what the file's name is made of"
    )


def _part_route(place: _Place, at: int) -> Route:
    lines = place.loaded.lines
    for route in ((*place.route, "from", at), (*place.route, "join", at), (*place.route, at), (*place.route, "from")):
        if route in lines:
            return route
    return place.route


def _constants(place: _Place, spec: Spec, declared: Field) -> Iterator[Finding]:
    """`currency: EUR` reads a column of that name; most likely the word itself was meant."""
    if declared.name != "status" and declared.type in (Type.TEXT, Type.EMAIL, Type.PHONE, Type.URL):
        return
    if place.template.file.header is None:
        return
    for part in spec.parts:
        if isinstance(part, str) and not part.startswith(("$", "_")) and _is_word(declared, part):
            yield place.tell(None, f"reads the column {part!r}", f"did you mean {{value: {part}}}?", Level.WARNING)


def _own_words(place: _Place, spec: Spec, declared: Field) -> Iterator[Finding]:
    """What the mapping itself says in place of the file, the items of a list of sources included."""
    for key, what, cure in wrong_words(spec, declared, place.known.maps):
        yield place.tell(key, what, cure, Level.WARNING)
    for at, part in enumerate(spec.parts):
        if isinstance(part, Spec):
            below = _Place(place.template, place.loaded, place.known, _part_route(place, at), place.name, place.compiled)
            yield from _own_words(below, part, declared)


def _is_word(declared: Field, text: str) -> bool:
    if declared.name == "status":
        return text in set(Status)
    if text.casefold() == declared.name.rpartition(".")[2]:  # before all the countries' names are loaded to tell that it is none
        return False
    return not isinstance(parse_value(declared, text), Fault)


def _lint_file(template: Template, loaded: Loaded) -> Iterator[Finding]:
    layout = template.file
    if layout.format not in AVAILABLE:
        able = ", ".join(sorted(AVAILABLE))
        yield loaded.finding(
            ("file", "format"), f"{layout.format} is not available in this version", f"it reads and writes {able}"
        )
    if template.mode is not None and template.kind not in FULL_OR_UPDATE:
        yield loaded.finding(("mode",), f"means nothing for {template.kind}", "take it away")
    yield from _lint_name(template, loaded)
    if _is_available(template):
        yield from lint_layout(template, loaded)


def _lint_name(template: Template, loaded: Loaded) -> Iterator[Finding]:
    name = template.file.name
    if template.writes is not None and name is None:
        yield loaded.finding(
            ("file",), "has no name for the files that it writes", 'write name: "orders_{now:YYYYMMDD}_{seq}.csv"'
        )
        return
    try:
        if name is not None:
            check_template(name) if template.writes is not None else name_parts(name)
    except ValueError as error:
        yield loaded.finding(("file", "name"), str(error))


def _lint_rules(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """The sources that skip, only, until, group name must be there."""
    layout = template.file
    if template.writes is not None:
        yield from _lint_written_rules(template, loaded)
        return
    rules: dict[str, Iterable[str]] = {"skip": layout.skip, "only": layout.only, "until": layout.until, "group": layout.group}
    for key, named in rules.items():
        for name in named:
            route: Route = ("file", key, name) if ("file", key, name) in loaded.lines else ("file", key)
            if name.startswith("_") and name not in template.fields:
                yield loaded.finding(route, f"there is no helper {name!r}", "map it under fields")
            elif name.startswith("$") and name not in SPECIALS and not name.startswith(SPECIAL_FAMILIES):
                yield loaded.finding(route, f"{name!r} is nothing that the hub knows", f"it knows {', '.join(sorted(SPECIALS))}")


def _lint_written_rules(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """`skip` and `only` of a written file name fields of its records; the other rules are about rows that are read."""
    for key in ("skip", "only"):
        for name in getattr(template.file, key):
            try:
                named_field(template.kind, name, {})
            except ValueError as error:
                yield loaded.finding(("file", key, name), str(error))
    for key in ("until", "fill", "group"):
        if key in template.file.model_fields_set:
            yield loaded.finding(("file", key), "means nothing for a file that is written", "take it away")


def _lint_whole(template: Template, loaded: Loaded, known: Known) -> Iterator[Finding]:
    """What only all fields together can get wrong: formulas in a circle, checks that name what is not mapped."""
    try:
        if template.reads is not None:
            plans = ordered(plans_of(template, dict(known.maps)))
            for name in (*template.file.skip, *template.file.only, *template.file.group, *template.file.until):
                if is_own(name) and name in plans and not is_of_rows(plans, name):
                    what = f"{name} chooses rows, and takes its value from fields of records"
                    yield loaded.finding(("fields", name), what, "let it name headings or helpers only")
        else:
            check_helpers(template, known.maps)
    except ValueError as error:
        yield loaded.finding(("fields",), str(error))
    for at, rule in enumerate(template.checks):
        try:
            list(rules_of(template.model_copy(update={"checks": [rule]})))
        except ValueError as error:
            yield loaded.finding(("checks", at, "that"), str(error))


def _lint_missing(template: Template, loaded: Loaded, known: Known) -> Iterator[Finding]:
    mapped_here = isinstance(loaded.data, dict) and isinstance(loaded.data.get("fields"), dict)
    if template.reads is None or not fields_read(template.kind) or not mapped_here:
        return
    mapped = known.all_fields or frozenset(template.fields)
    for declared in fields_read(template.kind).values():
        if declared.mandatory and declared.name not in mapped and declared.default is None and _is_asked(declared, mapped):
            yield loaded.finding(
                ("fields",), f"{declared.name} is mandatory for {template.kind} and nothing fills it", f"map it: {declared.doc}"
            )
    for names in ONE_OF.get(template.kind, ()):
        if not any(name in mapped for name in names):
            yield loaded.finding(
                ("fields",), f"{' or '.join(names)} is mandatory for {template.kind} and nothing fills it", "map one of them"
            )


def _is_asked(declared: Field, mapped: frozenset[str]) -> bool:
    """A list's own mandatory fields are asked for where the list is mandatory, or used."""
    inside = declared.list_name
    return inside is None or declared.name == "lines.quantity" or any(each.startswith(f"{inside}.") for each in mapped)


def _doubts(template: Template, loaded: Loaded, known: Known) -> Iterator[Finding]:
    if (
        template.reads is Kind.DELIVERIES
        and not template.file.group
        and "lines" not in list_paths(template)
        and any(name.startswith("lines.") for name in template.fields)
    ):
        what = "lines are mapped, but every row is a delivery of its own"
        yield loaded.finding(
            ("file",), what, "write group: with the heading of the shipment, if one has several rows", Level.WARNING
        )
    for name in template.fields:
        if template.reads in (Kind.STOCK, Kind.BOOKING_ANSWERS) and "x" in name.split(".")[:-1]:
            what, cure = f"a foreign value of {template.kind} is checked and not kept", "take it away"
            yield loaded.finding(("fields", name), what, cure, Level.WARNING)
    yield from _mapped_twice(template, loaded)
    if not known.has_examples:
        yield loaded.finding(
            (), "has no examples", "put a file beside it in <name>.examples/ and run hub mapping test --write", Level.WARNING
        )


def _mapped_twice(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """Two fields that read one and the same column and nothing else: most likely a line was copied and not changed."""
    fields = loaded.data.get("fields") if template.reads is not None and isinstance(loaded.data, dict) else None
    first: dict[str, str] = {}
    for name, source in fields.items() if isinstance(fields, dict) else ():
        if not isinstance(source, str) or source.startswith(("=", "$", "_")) or is_own(name) or name not in template.fields:
            continue
        other = first.setdefault(source, name)
        if other != name and not _share(other, name):
            what = f"reads the column {source!r}, and so does {other} on line {loaded.line(('fields', other))}"
            cure = f'name its own column; if they share it, write {{from: "{source}"}} here'
            yield loaded.finding(("fields", name), what, cure, Level.WARNING)


def _share(one: str, other: str) -> bool:
    """Whether two fields plainly hold the same thing: an order's number in both its places, two parties' e-mail address."""
    return {one, other} <= _ORDER_NUMBERS or one.rpartition(".")[2] == other.rpartition(".")[2]


__all__ = ["Known", "helper_field", "lint_template"]
