"""How a partner writes numbers, dates, times and yes/no: read from his notation, write into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from hub.domain.dates import DatePattern, compile_date, parse_iso
from hub.domain.fields import Field, Type
from hub.domain.nearest import did_you_mean, nearest
from hub.domain.problems import Code, Fault
from hub.domain.values import (
    CLEAR,
    Clear,
    Doubt,
    Parser,
    Value,
    bounded,
    canonical,
    plain,
    rounded,
    seen,
    trimmed,
    value_parser,
    when_value,
)
from hub.formats.frame import Typed
from hub.mapping.numbers import NumberStyle, style
from hub.mapping.units import UNITS, fits, is_typed_share, normal_unit, to_hub, to_partner, units_of

Writer = Callable[[Value], str]

_SAMPLE = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
_EXCEL_DAY = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")  # days from 1982 to 2091, counted from 1900
_DEFAULT_WORDS = {True: ("yes", "true", "1"), False: ("no", "false", "0")}
_NUMBERS = (Type.DECIMAL, Type.INTEGER)
_TIMES = (Type.DATE, Type.TIME)


def _as_list(value: object) -> object:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


Words = Annotated[list[str], BeforeValidator(_as_list)]


MOST_DATES = 20
"""Date patterns that are tried for each text that is no ISO date."""


class Notation(BaseModel):
    """The `notation:` block of a mapping; every key may be left out, one value may stand for a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimal: Literal[".", ","] = "."
    thousands: Literal[" ", ".", ",", "'", ""] = ""
    date: Words = []
    timezone: str | None = None
    yes: Words = []
    no: Words = []
    empty: Words = []
    clear: Words = []

    @field_validator("thousands", mode="before")
    @classmethod
    def _one_space(cls, value: object) -> object:
        """A no-break space means a space, ’ means '."""
        return {"\u00a0": " ", "\u202f": " ", "’": "'", None: ""}.get(value, value) if isinstance(value, str | None) else value

    @field_validator("date")
    @classmethod
    def _dates_compile(cls, value: list[str]) -> list[str]:
        check_dates(value)
        for each in value:
            check_date(each)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        if value is not None:
            check_zone(value)
        return value

    @model_validator(mode="after")
    def _one_meaning(self) -> Notation:
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}: one sign cannot be both")
        meanings = {"yes": self.yes, "no": self.no, "empty": self.empty, "clear": self.clear}
        first: dict[str, str] = {}
        for key, words in meanings.items():
            for word in words:
                if first.setdefault(_key(word), key) != key:
                    raise ValueError(f"{word!r} is under {first[_key(word)]} and under {key}: it can mean one of them only")
        return self


def check_dates(patterns: Collection[str]) -> None:
    """Raise ValueError for more date patterns than can be tried for each text."""
    if len(patterns) > MOST_DATES:
        raise ValueError(f"{len(patterns):,} date patterns, and {MOST_DATES} are the most: each is tried for each date")


def check_date(pattern: str) -> None:
    """Raise ValueError, with the cure, unless dates can be read by this pattern."""
    if not compile_date(pattern).complete:
        raise ValueError(f"{pattern!r} lacks the year, the month or the day. Write all three, such as D.M.YYYY.")


def check_zone(name: str) -> None:
    """Raise ValueError, with the nearest name, unless this is a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        cure = f"Did you mean {near}?" if near else "Write one such as Europe/Helsinki."
        raise ValueError(f"{name!r} is no time zone. {cure}") from None


def _key(word: str) -> str:
    return trimmed(word).casefold()


@dataclass(frozen=True, slots=True)
class Ways:
    """How the cells of one column are written: the decimal sign, the unit by the hub's name, the words that are no values."""

    decimal: str
    unit: str | None
    words: frozenset[str]


class NotationReader:
    """Reads cells in a partner's notation; `zone` is where his times are that name none."""

    def __init__(self, notation: Notation, zone: str = "UTC") -> None:
        self.notation = notation
        self.zone = notation.timezone or zone
        self._empty = frozenset(map(_key, notation.empty))
        self._clear = frozenset(map(_key, notation.clear))
        self._yesno = {_key(word): meaning for meaning, words in _DEFAULT_WORDS.items() for word in words}
        self._yesno |= {_key(word): True for word in notation.yes} | {_key(word): False for word in notation.no}

    def is_blank(self, text: str | None) -> bool:
        """Whether a cell says nothing: blank, or one of the words for empty."""
        return text is None or (key := _key(text)) == "" or key in self._empty

    def ways(self, decimal: str | None, unit: str | None) -> Ways:
        """What a columnar reader must know of this notation; `decimal` and `unit` as for `reader`."""
        return Ways(decimal or self.notation.decimal, normal_unit(unit) if unit else None, self._empty | self._clear)

    def is_clear(self, text: str | None) -> bool:
        """Whether a cell says "empty what is stored"."""
        return text is not None and _key(text) in self._clear

    def reader(
        self,
        field: Field,
        *,
        date: list[str] | None = None,
        decimal: str | None = None,
        unit: str | None = None,
        currency: str | None = None,
    ) -> Parser:
        """The function text → value for one field in this notation, pure, to be called once per distinct text.

        In: `date` and `decimal` in place of the notation's, `unit` as the partner names it, the
        `currency` that amounts must be in. A Typed text is read in the hub's notation, its unit
        converted all the same. The function gives None for a blank and the words of `empty`, CLEAR
        for those of `clear`, else the value, a Fault, or a Doubt. Raises ValueError for a unit
        that does not measure the field.
        """
        if field.type in _NUMBERS:
            own = self._numbers(field, decimal, check_unit(unit, field), currency)
        elif field.type in _TIMES:
            own = self._dates(field, tuple(self.notation.date if date is None else date))
        elif field.type is Type.YESNO:
            return self._with_words(self._yes_or_no(), blank=self._yesno.get(""))
        else:
            own = value_parser(field, self.zone)
        return self._with_words(own, blank=None)

    def _with_words(self, parse: Parser, *, blank: bool | None) -> Parser:
        empty, clear = self._empty, self._clear
        special = empty | clear

        def read(text: str) -> Value | Fault | Doubt:
            if not text or text.isspace():
                return blank
            if special and (key := _key(text)) in special:
                return CLEAR if key in clear else None
            return parse(text)

        return read

    def _yes_or_no(self) -> Parser:
        words = self._yesno

        def read(text: str) -> Value | Fault:
            known = words.get(_key(text))
            if known is not None:
                return known
            yes, no = (self.notation.yes or ["yes"])[0], (self.notation.no or ["no"])[0]
            return Fault(Code.YESNO, seen(text), "is neither yes nor no", f"Write {yes} or {no or 'nothing'}.")

        return read

    def _numbers(self, field: Field, decimal: str | None, unit: str | None, currency: str | None) -> Parser:
        numbers = self.style(decimal)
        hub_style = style(".", "")

        def read(text: str) -> Value | Fault:
            found = (hub_style if isinstance(text, Typed) else numbers).read(trimmed(text))
            if isinstance(found, Fault):
                return _date_for_number(text) if isinstance(text, Typed) and parse_iso(text) else found
            if found.money and (field.unit or (currency and currency not in found.money)):
                return _other_money(text, found.money, currency)
            named = _unit_of(field, found.unit, unit)
            if isinstance(named, Fault):
                return Fault(named.code, seen(text), named.say, named.hint)
            if named is None and isinstance(text, Typed) and is_typed_share(found.number, field):
                named = "share"
            number = found.number if named is None else rounded(to_hub(found.number, named))
            return bounded(field, number, text)

        return read

    def style(self, decimal: str | None = None) -> NumberStyle:
        """How numbers are written here, or with another decimal sign for one field."""
        sign = decimal or self.notation.decimal
        return style(sign, "" if self.notation.thousands == sign else self.notation.thousands)

    def _dates(self, field: Field, patterns: tuple[str, ...]) -> Parser:
        compiled = [compile_date(each) for each in patterns]
        zone = ZoneInfo(self.zone)

        def read(text: str) -> Value | Fault:
            found = parse_iso(text) if isinstance(text, Typed) else None
            for pattern in compiled if found is None else ():
                found = pattern.parse(text)
                if found is not None:
                    break
            else:
                found = found or parse_iso(text)
            return _no_date(text, compiled) if found is None else when_value(field, found, zone, text)

        return read


def check_unit(unit: str | None, field: Field) -> str | None:
    """The hub's name of a unit; raises ValueError when there is none, or it does not measure the field."""
    if unit is None:
        return None
    known = normal_unit(unit)
    if known is None:
        raise ValueError(f"{unit!r} is no unit. {did_you_mean(unit, units_of(field) or UNITS)}")
    if not fits(known, field):
        able = ", ".join(units_of(field)) or "no unit at all"
        raise ValueError(f"{unit!r} does not measure {field.name}, which takes {able}")
    return known


def _unit_of(field: Field, written: str | None, declared: str | None) -> str | Fault | None:
    """Which unit a number is in: the one beside it in the cell, else the one that the mapping declares."""
    if not written:
        return declared
    if fits(written, field):
        return written
    if field.unit is None and written != "percent":
        return declared  # 5 m of cloth, 2 kg of nails: the quantity is in the line's own unit
    able = f"it in {', '.join(units_of(field))}" if field.unit else "a plain number"
    return Fault(Code.UNIT, None, f"is in {written}, which does not measure {field.short}", f"Write {able}.")


def _date_for_number(text: str) -> Fault:
    """What Excel makes of `5.1` or `10-12` in a cell that has no format yet."""
    cure = "Excel takes such an entry for a date: format the column as a number, then write it again."
    return Fault(Code.NUMBER, seen(text), "is a date, not a number", cure)


def _other_money(text: str, named: frozenset[str], currency: str | None) -> Fault:
    if currency is None:
        return Fault(Code.NUMBER, seen(text), "is an amount of money", "Write a plain number.")
    other = next(iter(named)) if len(named) == 1 else "another currency"
    return Fault(
        Code.CURRENCY, seen(text), f"is in {other}, not in {currency}", f"Write the amount in {currency}, or without currency."
    )


def _no_date(text: str, patterns: Sequence[DatePattern]) -> Fault:
    known = [each for each in patterns if each.text != "unix"]
    fits = next((each for each in known if each.fits(text)), None)
    if fits is not None:
        cure = f"Look at the day, the month and the hour; they are read as {fits.text}."
        return Fault(Code.DATE, seen(text), "is no date: there is no such day or time", cure)
    cure = f"Write it as {known[0].text}, such as {known[0].write(_SAMPLE)}." if known else "Write a date such as 2026-11-22."
    if _EXCEL_DAY.fullmatch(text):
        cure = f"Excel holds it as a bare number; format the column as a date and save again. {cure}"
    return Fault(Code.DATE, seen(text), "is no date", cure)


class NotationWriter:
    """Writes values in a partner's notation; `zone` is where his times are."""

    def __init__(self, notation: Notation, zone: str = "UTC") -> None:
        self.notation = notation
        self.zone = ZoneInfo(notation.timezone or zone)
        self.nothing = notation.empty[0] if notation.empty else ""
        self._yes = notation.yes[0] if notation.yes else "yes"
        self._no = notation.no[0] if notation.no else "no"

    def writer(
        self,
        field: Field,
        *,
        date: list[str] | None = None,
        decimal: str | None = None,
        unit: str | None = None,
        places: int | None = None,
    ) -> Writer:
        """The function value → text for one field in this notation.

        In: `date` (the first is written) and `decimal` in place of the notation's, the partner's
        `unit`, and how many `places` a number gets. No value is written as the first word of
        `empty`, else as nothing; a list is joined by commas; grouping of thousands is read, never
        written. Raises ValueError for a unit that does not measure the field.
        """
        pattern = next(iter(self.notation.date if date is None else date), None)
        shown = compile_date(pattern) if pattern else None
        in_unit = check_unit(unit, field) if field.unit else normal_unit(unit or "")
        sign = decimal or self.notation.decimal

        def write(value: Value) -> str:
            match value:
                case None | Clear():
                    return self.nothing
                case bool():
                    return self._yes if value else self._no
                case Decimal() | int():
                    return in_places(converted(Decimal(value), in_unit), places).replace(".", sign)
                case datetime():
                    return self._when(value, shown)
                case _ if isinstance(value, _DATE):
                    return shown.write(value) if shown else value.isoformat()
                case list():
                    return ",".join(map(write, value))
                case _:
                    return str(canonical(value))

        return write

    def _when(self, moment: datetime, pattern: DatePattern | None) -> str:
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.zone)
        return pattern.write(local) if pattern else local.isoformat(timespec="seconds").replace("+00:00", "Z")


_DATE = date  # `date` is also the mapping language's word for a pattern


def converted(number: Decimal, unit: str | None) -> Decimal:
    """A stored number in the partner's unit (by the hub's name), rounded to the places that the hub keeps."""
    return number if unit is None else rounded(to_partner(number, unit))


def in_places(number: Decimal, places: int | None) -> str:
    """A number in plain notation with exactly so many places, half rounded away from zero; None: as many as it has."""
    if places is None:
        return plain(number)
    text = format(number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f")
    return text.removeprefix("-") if not text.strip("-0.") else text
