"""A mapping file as it is written: its keys, their types and nothing else (MAPPINGS.md)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from hub.config.scalars import Int, Share, YesNo
from hub.domain.kinds import Kind
from hub.domain.problems import Level
from hub.formats.layout import Layout
from hub.mapping.notation import Notation, check_dates


class Mode(StrEnum):
    """What a file says about what it does not name: nothing (`update`), or that it is gone (`full`)."""

    UPDATE = "update"
    FULL = "full"


class Take(StrEnum):
    """Which value counts when a source finds several."""

    FIRST = "first"
    LAST = "last"
    ALL = "all"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    SAME = "same"


class On(StrEnum):
    """What a check looks at."""

    RECORD = "record"
    LINES = "lines"
    FILE = "file"


class MissingColumns(StrEnum):
    """What a heading that the mapping names and the file lacks means; unset: only mandatory fields refuse the file."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class UnknownColumns(StrEnum):
    """What a heading that the mapping does not name means."""

    IGNORE = "ignore"
    WARN = "warn"
    REFUSE = "refuse"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def _as_list(value: object) -> object:
    """One value may stand for a list everywhere."""
    return value if isinstance(value, list) or value is None else [value]


def _part_tag(value: object) -> str:
    return "long" if isinstance(value, dict | Spec) else "short"


def _as_spec(value: object) -> object:
    """The short forms of a field: a text or a list is its source."""
    return {"from": value} if isinstance(value, str | list) else value


Texts = Annotated[list[str], BeforeValidator(_as_list)]
Part = Annotated[Annotated[str, Tag("short")] | Annotated["Spec", Tag("long")], Discriminator(_part_tag)]
Parts = Annotated[list[Part], BeforeValidator(_as_list)]
MOST_SOURCES = 5_000
"""Sources of all fields together."""
MOST_CHECKS = 200
LONGEST_TEXT = 2_000
"""Characters of a text that the mapping itself puts into records."""

Rules = dict[str, Texts]


class UnitFrom(_Strict):
    """`unit: {from: Weight Unit}`: the unit stands in another column."""

    from_: str = Field(alias="from")


class Spec(_Strict):
    """The right side of a field in its long form: exactly one source, then what is done with its text."""

    from_: Parts | None = Field(default=None, alias="from")
    join: Parts | None = None
    with_: str | None = Field(default=None, alias="with")
    value: str | None = None
    take: Take | None = None
    do: Any = None
    map: str | dict[str, str | None] | None = None
    else_: str | None = Field(default=None, alias="else")
    unit: str | UnitFrom | None = None
    date: Texts | None = None
    decimal: str | None = None
    places: Int | None = None
    default: str | None = None
    required: YesNo = False
    when: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Spec:
        named = [key for key, value in (("from", self.from_), ("join", self.join), ("value", self.value)) if value is not None]
        if len(named) != 1:
            seen = " and ".join(named) if named else "none of them"
            raise ValueError(f"a field takes its value from one of from, join and value, saw {seen}")
        if [] in (self.from_, self.join):
            raise ValueError("a field takes its value from at least one column, saw an empty list")
        check_dates(self.date or ())
        longest = max(len(each or "") for each in (self.value, self.default, self.with_))
        if longest > LONGEST_TEXT:
            raise ValueError(f"a text of the mapping itself has {longest:,} characters, and {LONGEST_TEXT:,} are the most")
        if self.else_ is not None and self.map is None:
            raise ValueError("else belongs to a map, and there is none")
        return self

    @property
    def formula(self) -> str | None:
        """The formula, when the source is one: a text that begins with `=`."""
        source = self.value
        if source is None and self.from_ is not None and len(self.from_) == 1 and isinstance(self.from_[0], str):
            source = self.from_[0]
        return source[1:].strip() if source is not None and source.startswith("=") else None

    @property
    def constant(self) -> str | None:
        """The text of `value`, when it is none but a text."""
        return None if self.value is None or self.value.startswith("=") else self.value

    @property
    def count(self) -> int:
        """How many sources it names, those of its parts included."""
        return max(1, sum(part.count if isinstance(part, Spec) else 1 for part in self.parts))

    @property
    def parts(self) -> list[str | Spec]:
        """The sources of `from` or `join`, in order; empty for a constant or a formula."""
        return [] if self.formula is not None else list(self.from_ or self.join or [])

    def sources(self) -> Iterator[str]:
        """Every column or field that it names, those of its parts too."""
        for part in self.parts:
            if isinstance(part, Spec):
                yield from part.sources()
            else:
                yield part


class Rows(_Strict):
    """`repeat: {lines: {from: rows, skip: {…}}}`: which rows are items of the list."""

    from_: str = Field(alias="from")
    skip: Rules = {}


class Check(_Strict):
    """A rule of the partner's own: what must be true, and what is said when it is not."""

    that: str
    say: str
    level: Level = Level.ERROR
    on: On = On.RECORD


class Bounds(_Strict):
    """How much of a file may be wrong before none of it is believed."""

    refuse_above: Share = Decimal("0.2")
    min_records: Int = 0
    min_share: Share = Decimal("0.8")
    missing_columns: MissingColumns | None = None
    unknown_columns: UnknownColumns = UnknownColumns.IGNORE


BOUGHT = ("lines.sku", "lines.ean", "lines.line_no", "lines.quantity", "lines.delivered_quantity")
"""The fields that say what is bought, and how much of it."""


class Template(_Strict):
    """A whole mapping file; `extends` is resolved before it becomes one."""

    reads: Kind | None = None
    writes: Kind | None = None
    note: str | None = None
    extends: str | None = None
    mode: Mode | None = None
    file: Layout = Layout()
    notation: Notation = Notation()
    repeat: dict[str, str | Rows] = {}
    fields: dict[str, Annotated[Spec, BeforeValidator(_as_spec)]]
    maps: dict[str, dict[str, str | None]] = {}
    checks: list[Check] = []
    limits: Bounds = Bounds()

    @property
    def line_kind(self) -> str | None:
        """The kind of rows that are the lines where `repeat` says nothing; None when it cannot be told, or there is none.

        It is the only kind below the record, else the one in which the product and its quantity stand.
        """
        below = self.file.kinds_below
        if self.repeat or not any(name.startswith("lines.") for name in self.fields):
            return None
        told = self.kinds_of_products & set(below) if len(below) > 1 else set(below)
        return told.pop() if len(told) == 1 else None

    @property
    def kinds_of_products(self) -> set[str]:
        """The kinds of rows from which a line's product and quantity are read."""
        sources = (source for name in BOUGHT if name in self.fields for source in self.fields[name].sources())
        return {kind for source in sources if (kind := self.file.kind_named(source)) is not None}

    @model_validator(mode="after")
    def _one_side(self) -> Template:
        if (self.reads is None) == (self.writes is None):
            raise ValueError("a mapping either reads or writes one kind of document: write `reads: orders` or `writes: statuses`")
        return self

    @model_validator(mode="after")
    def _is_no_program(self) -> Template:
        count = sum(each.count for each in self.fields.values())
        if count > MOST_SOURCES:
            raise ValueError(f"the fields name {count:,} sources, and {MOST_SOURCES:,} are the most")
        if len(self.checks) > MOST_CHECKS:
            raise ValueError(f"there are {len(self.checks):,} checks, and {MOST_CHECKS} are the most")
        return self

    @property
    def kind(self) -> Kind:
        """The kind of document that it reads or writes."""
        kind = self.reads or self.writes
        assert kind is not None  # noqa: S101 - _one_side has seen to it
        return kind
