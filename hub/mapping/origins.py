"""Where a value comes from: the sources of a field, flattened into branches of which the first with a value counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from hub.domain.fields import Field
from hub.mapping.formula import Formula, compile_formula
from hub.mapping.maps import MapTable, named_map
from hub.mapping.numbers import NumberStyle
from hub.mapping.steps import Steps, compile_do
from hub.mapping.template import Spec, Take, UnitFrom

UNIT_PLACE = "({unit})"
SPECIALS = frozenset({"$sheet", "$row", "$partner.id", "$partner.name", "$received", "$now", "$seq"})
SPECIAL_FAMILIES = ("$file.", "$top.")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the partner's table, by the literal text of its heading; in a document a path.

    `inside` names the list at whose item the path begins; it is empty in tables and for what begins at the record.
    """

    text: str
    inside: str = ""

    @property
    def names_unit(self) -> bool:
        """Whether the heading says the unit: `Weight ({unit})`."""
        return UNIT_PLACE in self.text

    def unit_in(self, heading: str) -> str | None:
        """The unit that stands in this heading of a file, or None when it is another heading."""
        before, _, after = self.text.partition(UNIT_PLACE)
        pattern = re.escape(before.strip()) + r"\s*\(\s*([^()]{1,20}?)\s*\)\s*" + re.escape(after.strip())
        found = re.fullmatch(pattern, heading.strip(), re.IGNORECASE)
        return found.group(1) if found else None


@dataclass(frozen=True, slots=True)
class Special:
    """Something the file or the hub knows: `$file.name`, `$top.Toimittaja`, `$sheet`, `$now`."""

    name: str

    @property
    def passes(self) -> bool:
        """Whether it is another when the same record comes again."""
        return self.name in ("$received", "$now", "$row") or self.name.startswith("$file.")


@dataclass(frozen=True, slots=True)
class Named:
    """Another left name: a helper when reading, any field of ours when writing."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A text of the mapping itself, in the hub's notation."""

    text: str


@dataclass(frozen=True, slots=True)
class Calculated:
    """A formula over the record's own fields."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Joined:
    """Several sources side by side; blanks are skipped."""

    parts: tuple[tuple[Branch, ...], ...]
    between: str


Origin = Heading | Special | Named | Constant | Calculated | Joined


@dataclass(frozen=True, slots=True)
class Branch:
    """One source of a field with everything that is done to its text on the way to a value."""

    origin: Origin
    do: tuple[Steps, ...] = ()
    maps: tuple[MapTable, ...] = ()
    unit: str | Heading | None = None
    date: tuple[str, ...] | None = None
    decimal: str | None = None
    when: tuple[Formula, ...] = ()
    default: str | None = None
    take: Take | None = None

    def headings(self) -> Iterator[Heading]:
        """Every heading that this branch reads its value from."""
        if isinstance(self.origin, Heading):
            yield self.origin
        if isinstance(self.origin, Joined):
            for part in self.origin.parts:
                for branch in part:
                    yield from branch.headings()

    def formulas(self) -> Iterator[Formula]:
        """Every formula that decides about this branch."""
        yield from self.when
        if isinstance(self.origin, Calculated):
            yield self.origin.formula
        if isinstance(self.origin, Joined):
            for part in self.origin.parts:
                for branch in part:
                    yield from branch.formulas()

    def named(self) -> Iterator[str]:
        """The other left names that this branch takes its text from."""
        if isinstance(self.origin, Named):
            yield self.origin.name
        if isinstance(self.origin, Joined):
            for part in self.origin.parts:
                for branch in part:
                    yield from branch.named()


@dataclass(frozen=True, slots=True)
class Words:
    """What a short source may mean in this mapping.

    Its own left names, its maps, which side it is on, where paths begin, how the partner writes numbers.
    """

    named: Collection[str]
    maps: Mapping[str, MapTable]
    writing: bool = False
    inside: str = ""
    style: NumberStyle | None = None

    def origin(self, text: str) -> Origin:
        """What one short source text stands for."""
        if text.startswith("="):
            return Calculated(compile_formula(text[1:].strip(), self.style))
        if text in SPECIALS or text.startswith(SPECIAL_FAMILIES):
            return Special(text)
        if self.writing or text in self.named:
            return Named(text)
        return Heading(text, self.inside)


def branches_of(spec: Spec, words: Words) -> tuple[Branch, ...]:
    """The branches of a field in order; raises ValueError for a step, map or formula that is wrong.

    The items of a list may be long forms; what stands outside the list happens after what stands in the item,
    and the outer unit, date and decimal hold where the item has none.
    """
    outer = _treatment(spec, words)
    if spec.formula is not None:
        origin: Origin = Calculated(compile_formula(spec.formula, words.style))
        return (replace(outer, origin=origin),)
    if spec.constant is not None:
        return (replace(outer, origin=Constant(spec.constant)),)
    if spec.join is not None:
        parts = tuple(_part(part, words) for part in spec.parts)
        return (replace(outer, origin=Joined(parts, " " if spec.with_ is None else spec.with_)),)
    return tuple(_within(inner, outer) for part in spec.parts for inner in _part(part, words))


def _part(part: str | Spec, words: Words) -> tuple[Branch, ...]:
    if isinstance(part, str):
        return (Branch(words.origin(part)),)
    return tuple(
        replace(inner, default=part.default if part.default is not None else inner.default) for inner in branches_of(part, words)
    )


def _treatment(spec: Spec, words: Words) -> Branch:
    return Branch(
        origin=Constant(""),
        do=(compile_do(spec.do),) if spec.do is not None else (),
        maps=(named_map(spec.map, spec.else_, words.maps),) if spec.map is not None else (),
        unit=Heading(spec.unit.from_, words.inside) if isinstance(spec.unit, UnitFrom) else spec.unit,
        date=tuple(spec.date) if spec.date is not None else None,
        decimal=spec.decimal,
        when=(compile_formula(spec.when.removeprefix("=").strip(), words.style),) if spec.when is not None else (),
        take=spec.take,
    )


def _within(inner: Branch, outer: Branch) -> Branch:
    return replace(
        inner,
        do=inner.do + outer.do,
        maps=inner.maps + outer.maps,
        unit=inner.unit or outer.unit,
        date=inner.date or outer.date,
        decimal=inner.decimal or outer.decimal,
        when=inner.when + outer.when,
        take=inner.take or outer.take,
    )


def helper_field(name: str, branches: tuple[Branch, ...]) -> Field:
    """The declaration of a helper: text, unless it is given a date or number notation of its own."""
    from hub.domain.fields import Type

    if any(branch.date for branch in branches):
        return Field(name, Type.TIME)
    if any(branch.decimal for branch in branches):
        return Field(name, Type.DECIMAL)
    return Field(name)
