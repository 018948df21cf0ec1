"""A mapping compiled once: for each of our fields a plan, in the order in which they can be worked out."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from hub.config.yaml import Data
from hub.domain.fields import LISTS, Field, Type, fields_read, find_field, list_of
from hub.domain.kinds import Kind
from hub.domain.problems import Fault, Level
from hub.domain.values import Doubt, Value, parse_value
from hub.formats.layout import DOCUMENTS, Layout
from hub.formats.names import name_parts
from hub.mapping.formula import Formula, compile_formula
from hub.mapping.maps import MapTable
from hub.mapping.numbers import NumberStyle
from hub.mapping.origins import Branch, Constant, Special, Words, branches_of, helper_field
from hub.mapping.template import Bounds, Mode, On, Rows, Rules, Take, Template
from hub.mapping.writing import outputs_of

RECORD = ""
ROW = "row"
MONEY = frozenset({"price", "total", "wholesale_price"})
KEEPS_BLANKS = frozenset({Kind.PRODUCTS, Kind.STOCK})


@dataclass(frozen=True, slots=True)
class Plan:
    """How one field is worked out; `scope` is where it lives: the record, a list (`lines`), or the row for helpers."""

    name: str
    field: Field
    branches: tuple[Branch, ...]
    scope: str
    take: Take
    between: str
    default: Value
    required: bool
    needs: frozenset[str]

    @property
    def is_helper(self) -> bool:
        """Whether it is not stored."""
        return self.name.startswith("_")

    @property
    def constant(self) -> str | None:
        """Its text, when it is the same in every record."""
        origin = self.branches[0].origin
        return origin.text if len(self.branches) == 1 and isinstance(origin, Constant) and not self.branches[0].when else None


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of the mapping's own, compiled."""

    formula: Formula
    say: str
    level: Level
    scope: str
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class RowRules:
    """Which rows are passed over: those that any rule of `skip` hits, and those that a rule of `only` does not."""

    skip: Rules
    only: Rules


@dataclass(frozen=True)
class Mapping:
    """A mapping ready for work; `version` is the hash of its content, maps and base included.

    `data` is its text as plain tables and lists, merged with its base.
    """

    name: str
    version: str
    file: str
    template: Template
    maps: dict[str, MapTable] = field(default_factory=dict)
    data: Data = field(default=None, repr=False, compare=False)

    @property
    def kind(self) -> Kind:
        """The kind of document that it reads or writes."""
        return self.template.kind

    @property
    def reading(self) -> bool:
        """Whether it reads (else it writes)."""
        return self.template.reads is not None

    @property
    def mode(self) -> Mode:
        """What its files say about what they do not name."""
        return self.template.mode or (Mode.UPDATE if self.reading else Mode.FULL)

    @property
    def layout(self) -> Layout:
        """How its files are laid out."""
        return self.template.file

    @property
    def limits(self) -> Bounds:
        """How much of a file may be wrong; `min_share` is compared where the last full file is known."""
        return self.template.limits

    @cached_property
    def one_file_per(self) -> str | None:
        """`number` or `shipment` when the name of a written file asks for one file a record, else None."""
        parts = name_parts(self.layout.name or "")
        return next((each for each in ("shipment", "number") if each in parts), None)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plan of each field, each after those that it needs (reading); raises ValueError when it cannot be made."""
        return ordered(plans_of(self.template, self.maps))

    @cached_property
    def from_columns(self) -> frozenset[str]:
        """The fields that it reads from the partner's columns."""
        asked = (each for each in self.plans.values() if not each.is_helper)
        return frozenset(each.name for each in asked if any(heading for branch in each.branches for heading in branch.headings()))

    @cached_property
    def bound_before(self) -> dict[tuple[Any, ...], Any]:
        """What `bind` found in the last table, by its headings: a partner's next file mostly has the same."""
        return {}

    @cached_property
    def said_elsewhere(self) -> frozenset[str]:
        """The fields that a record does not say itself: the arrival, the clock, its row, the file's name."""
        origins = {name: [branch.origin for branch in plan.branches] for name, plan in self.plans.items()}
        return frozenset(
            name for name, some in origins.items() if any(isinstance(each, Special) and each.passes for each in some)
        )

    @cached_property
    def written_names(self) -> frozenset[str]:
        """Our fields that a writing mapping looks at, anywhere; what else changes does not change its files."""
        every = [branch for output in outputs_of(self.template, self.maps) for branch in output.branches]
        named = {name for branch in every for name in branch.named()}
        asked = {name for branch in every for formula in branch.formulas() for name in (*formula.names, *formula.record_names)}
        return frozenset(named | asked)

    @property
    def may_be_wide(self) -> bool:
        """Whether its values may stay columns all the way into the store: catalogues, a row a record."""
        return self.kind in KEEPS_BLANKS and not self.layout.group and not self.layout.types

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The mapping's own checks."""
        return tuple(rules_of(self.template))

    @cached_property
    def checked_names(self) -> frozenset[str]:
        """Every name that a check of the whole file looks at."""
        return frozenset(name for rule in self.rules if rule.whole_file for name in rule.formula.names)

    @cached_property
    def item_rules(self) -> dict[str, RowRules]:
        """The lists that rows fill (`lines`, `parcels`), each with the rules that pass rows over.

        Those of `file:` are among them where they look at a column of the rows that are the list's items.
        """
        named = {ours: theirs.skip for ours, theirs in self.template.repeat.items() if isinstance(theirs, Rows)}
        used = {plan.scope for plan in self.plans.values()} & set(LISTS)
        skip, only = self.layout.skip, self.layout.only
        return {
            each: RowRules(named.get(each, {}) | self._looking_at(each, skip), self._looking_at(each, only))
            for each in sorted(used)
        }

    @cached_property
    def record_rules(self) -> RowRules:
        """The rules of `file:` that pass over whole records (rows, in a plain table)."""
        apart = (
            {name for rules in self.item_rules.values() for name in (*rules.skip, *rules.only)} if self.layout.types else set()
        )
        return RowRules(
            {name: texts for name, texts in self.layout.skip.items() if name not in apart},
            {name: texts for name, texts in self.layout.only.items() if name not in apart},
        )

    def _looking_at(self, name: str, rules: Rules) -> Rules:
        kind = self.list_paths.get(name, "").rpartition("/")[2]
        return {source: texts for source, texts in rules.items() if kind and self.layout.kind_named(source) == kind}

    @cached_property
    def list_paths(self) -> dict[str, str]:
        """Where the items of each list are, for the lists that a document keeps apart from its records."""
        return list_paths(self.template)

    @property
    def defaults_apply(self) -> bool:
        """Whether the hub's own defaults fill blanks; in an update a blank keeps what is stored."""
        return self.kind not in KEEPS_BLANKS or self.mode is Mode.FULL


def plans_of(template: Template, maps: dict[str, MapTable]) -> dict[str, Plan]:
    """A plan for each left name of a reading mapping, as they stand; raises ValueError for the first that is wrong."""
    style = NumberStyle(template.notation.decimal, template.notation.thousands)
    words = Words(frozenset(name for name in template.fields if is_own(name)), maps, style=style)
    branches = {name: branches_of(spec, words_for(words, name, template)) for name, spec in template.fields.items()}
    return {name: plan_of(name, template, branches) for name in branches}


def list_paths(template: Template) -> dict[str, str]:
    """The path of each list whose items are not rows, by our name of the list; empty for plain tables.

    Lines of which nothing is said are the rows that lie under the record, of the kind that tells what was bought.
    """
    if template.reads is None or (template.file.format not in DOCUMENTS and not template.file.types):
        return {}
    below = template.line_kind
    if below is not None:
        return {"lines": below}
    said = {ours: each.from_ if isinstance(each, Rows) else each for ours, each in template.repeat.items()}
    return {ours: below_record(path, template) for ours, path in said.items() if path != "rows"}


def below_record(path: str, template: Template) -> str:
    """The path of a list from its record on, also where it was written from the top of the document."""
    record = f"/{(template.file.record or '').strip('/')}/"
    return path.removeprefix(record) if len(record) > len("//") else path


def words_for(words: Words, name: str, template: Template) -> Words:
    """The same words for one left name: its own is a heading to it, and the sources of a list's fields begin at its item."""
    inside = list_of(name)
    return replace(words, named=frozenset(words.named) - {name}, inside=inside if inside in list_paths(template) else "")


def is_own(name: str) -> bool:
    """Whether a source that reads like this left name means the left name, not a heading."""
    short = name.rpartition("lines.")[2]
    return name.startswith("_") or short.startswith("x.")


def is_of_rows(plans: dict[str, Plan], name: str) -> bool:
    """Whether a helper can be known before there are records and items: it takes nothing from their fields."""
    plan = plans.get(name)
    return plan is not None and plan.scope == ROW and all(is_of_rows(plans, each) for each in plan.needs)


def plan_of(name: str, template: Template, branches: dict[str, tuple[Branch, ...]]) -> Plan:
    """The plan of one left name; raises ValueError when it is no field, or names what is not there."""
    spec, own = template.fields[name], branches[name]
    declared = helper_field(name, own) if name.startswith("_") else find_field(fields_read(template.kind), name)
    if declared is None:
        raise ValueError(f"{name!r} is no field of {template.kind}")
    scope = _helper_scope(own, branches) if name.startswith("_") else (list_of(name) or RECORD)
    needs = {target for formula in _formulas(own) for target in targets(formula, scope, branches).values()}
    needs |= {each for branch in own for each in branch.named()}
    if name in needs:
        raise ValueError("the formula needs its own result; name another field, or a helper that reads the column")
    if is_money(declared) and "currency" in branches:
        needs.add("currency")
    return Plan(
        name=name,
        field=declared,
        branches=own,
        scope=scope,
        take=spec.take or (Take.ALL if declared.many else Take.FIRST),
        between="," if spec.with_ is None else spec.with_,
        default=_default(declared, spec.default),
        required=spec.required or declared.mandatory,
        needs=frozenset(needs - {name}),
    )


def is_money(declared: Field) -> bool:
    """Whether a field is an amount in the record's currency."""
    return declared.type is Type.DECIMAL and declared.short in MONEY


def _formulas(branches: Iterable[Branch]) -> Iterator[Formula]:
    for branch in branches:
        yield from branch.formulas()


def _default(declared: Field, text: str | None) -> Value:
    if text is None or text == "":
        return None
    value = parse_value(declared, text)
    if isinstance(value, Fault):
        raise ValueError(f"default {text!r} {value.say}. {value.hint}".strip())  # noqa: TRY004 - a value of the mapping, not a type
    given = value.value if isinstance(value, Doubt) else value
    return [given] if declared.many and isinstance(given, str) else given


def _helper_scope(branches: tuple[Branch, ...], known: Collection[str]) -> str:
    """A helper belongs to the row, unless its formula names fields: then it belongs where those are."""
    names = {name for formula in _formulas(branches) for name in formula.names}
    if all(name.startswith("_") for name in names):
        return ROW
    if all(name in known or name in LISTS for name in names):
        return RECORD
    return next((each for each in LISTS if all(_own_target(name, each, known) for name in names)), RECORD)


def _own_target(name: str, scope: str, known: Collection[str]) -> str | None:
    inside = f"{scope}.{name}" if scope in LISTS else name
    for candidate in (inside, name if name.startswith(("_", f"{scope}.")) else inside):
        if candidate in known:
            return candidate
    is_list = name in LISTS and scope not in LISTS and any(each.startswith(f"{name}.") for each in known)
    return name if is_list else None


def targets(formula: Formula, scope: str, known: Collection[str]) -> dict[tuple[bool, str], str]:
    """What each name of a formula means: (said of the record?, name) -> left name, or the name of a list.

    Raises ValueError with the nearest name for one that this mapping does not fill.
    """
    found: dict[tuple[bool, str], str] = {}
    for name in sorted(formula.names):
        found[(False, name)] = _own_target(name, scope, known) or _unknown(name, scope, known)
    for name in sorted(formula.record_names):
        found[(True, name)] = _own_target(name, RECORD, known) or _unknown(f"record.{name}", scope, known)
    return found


def _unknown(name: str, scope: str, known: Collection[str]) -> str:
    inside = [each[len(scope) + 1 :] for each in known if scope in LISTS and each.startswith(f"{scope}.")]
    offered = [*inside, *(each if scope not in LISTS or each.startswith("_") else f"record.{each}" for each in known)]
    near = difflib.get_close_matches(name, offered, n=1)
    tail = f"did you mean {near[0]}?" if near else "a formula names fields that this mapping fills"
    raise ValueError(f"the formula names {name!r}, which is not mapped here; {tail}")


def ordered(plans: dict[str, Plan]) -> dict[str, Plan]:
    """The same plans, each after those it needs; raises ValueError when two wait for each other."""
    done: dict[str, Plan] = {}
    waiting: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in plans:
            return
        if name in waiting:
            raise ValueError(f"{' needs '.join([*waiting[waiting.index(name) :], name])}: a circle of formulas")
        waiting.append(name)
        for need in sorted(plans[name].needs):
            visit(need)
        waiting.pop()
        done[name] = plans[name]

    for name in plans:
        visit(name)
    return done


def rules_of(template: Template) -> Iterator[Rule]:
    """The checks of a mapping; raises ValueError for a formula that is wrong."""
    scopes = {On.RECORD: RECORD, On.LINES: "lines", On.FILE: RECORD}
    style = NumberStyle(template.notation.decimal, template.notation.thousands)
    for check in template.checks:
        formula = compile_formula(check.that.removeprefix("=").strip(), style)
        whole = check.on is On.FILE
        if whole:
            _check_file_names(formula, [*template.fields, *_once_names(template.file)])
        else:
            targets(formula, scopes[check.on], template.fields)
        yield Rule(formula, check.say, check.level, scopes[check.on], whole)


def _once_names(layout: Layout) -> Iterator[str]:
    """The cells of rows that stand once per file, as a check names them: `T.count`."""
    for kind, each in layout.types.items():
        if each.once is not None:
            yield from (f"{kind}.{name}" for name in each.column_names)


def _check_file_names(formula: Formula, known: Collection[str]) -> None:
    """A check on the file names `records`, a list, or fields (all values of the file)."""
    for name in sorted(formula.names | formula.record_names):
        plain = name.removeprefix("records.")
        if plain not in known and plain not in LISTS:
            _unknown(name, RECORD, [*known, "records"])
