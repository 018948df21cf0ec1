"""Values of the hub's fields: from text in the hub's own notation, and back to one plain text.

The hub's notation is 1234.5, 2026-11-22, 2026-11-22T10:30:00Z, yes/no. Partners' notations are
read by `hub.mapping.notation`, which ends here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hub.domain.countries import check_postcode, currencies, needs_postcode, parse_country, parse_currency
from hub.domain.dates import parse_iso
from hub.domain.fields import Charset, Field, Type
from hub.domain.gtin import gtin_check_digit, parse_gtin, same_gtin
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Code, Fault, Level

__all__ = [
    "CLEAR",
    "Clear",
    "Doubt",
    "Parser",
    "Scalar",
    "Value",
    "bounded",
    "canonical",
    "check_postcode",
    "currencies",
    "fit_value",
    "gtin_check_digit",
    "needs_postcode",
    "parse_value",
    "plain",
    "same_gtin",
    "seen",
    "trimmed",
    "value_parser",
    "when_value",
]


class Clear:
    """The sentinel for "empty what is stored", as different from "nothing was said"."""

    _only: Clear | None = None

    def __new__(cls) -> Clear:
        """The one instance."""
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        """`CLEAR`."""
        return "CLEAR"

    def __bool__(self) -> bool:
        """Nothing is there."""
        return False

    def __reduce__(self) -> str:
        """Stay the one instance when sent to another process."""
        return "CLEAR"


CLEAR: Final = Clear()

Scalar = str | Decimal | int | bool | date | datetime
Value = Scalar | list[str] | Clear | None


class Doubt(NamedTuple):
    """A value that is kept although it looks odd; `fault` is the warning that goes with it."""

    value: Scalar
    fault: Fault


Parser = Callable[[str], Value | Fault | Doubt]

WHOLE_DIGITS: Final = 12
PLACES: Final = 6
_GREATEST: Final = Decimal(10) ** WHOLE_DIGITS
_SMALLEST: Final = Decimal(1).scaleb(-PLACES)
_SEEN_CHARACTERS: Final = 200
_FIRST_YEAR: Final = 1900

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = "\ufeff\u200b\u200e\u200f"
_EMAIL = re.compile(r"[^@\s,;:<>()\"\\]{1,64}@(?:[^@\s.,;:<>()\"\\_]{1,63}\.){1,20}[^@\s.,;:<>()\"\\_0-9]{2,63}")
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()/.\-]*(?: *(?:x|ext|extension|alanumero|puh)\.? *[0-9]{1,8})?", re.IGNORECASE)
_PHONE_DIGITS: Final = range(5, 22)
_URL = re.compile(r"https?://[^\s/?#<>\"][^\s<>\"]*", re.IGNORECASE)
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@lru_cache(maxsize=65_536)
def plain(number: Decimal) -> str:
    """A decimal without exponent and without zeros at its end: `12.5`, `1000`, `0`; equal ones look alike, and few differ."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def canonical(value: Value) -> str | list[str] | None:
    """The one plain text form of a value, as examples, exports and hashes use it.

    Decimals as `plain`, times as `2026-11-22T10:30:00Z`, yes/no as `true`/`false`, a list item by
    item; no value is None, CLEAR the empty text.
    """
    match value:
        case None:
            return None
        case Clear():
            return ""
        case list():
            return list(value)
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case datetime():
            return _utc_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _utc_text(moment: datetime) -> str:
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def seen(text: str) -> str:
    """A text as a problem quotes it: cut where nobody reads on."""
    return text if len(text) <= _SEEN_CHARACTERS else text[:_SEEN_CHARACTERS] + "…"


def trimmed(text: str) -> str:
    """The text without blanks and invisible marks around it, NFC, line ends as LF."""
    short = text.strip()
    if short.isascii():
        return short.replace("\r\n", "\n").replace("\r", "\n") if "\r" in short else short
    return unicodedata.normalize("NFC", short.strip(_INVISIBLE).strip()).replace("\r\n", "\n").replace("\r", "\n")


def parse_value(field: Field, text: str, zone: str = "UTC") -> Value | Fault | Doubt:
    """Read text in the hub's own notation as a value of `field` (one item of a list field).

    In: the text, and the zone of times that name none. Out: the value, None when the text is
    blank, a Fault when it cannot be one, a Doubt when it is kept with a warning.
    """
    return value_parser(field, zone)(text)


@lru_cache(maxsize=2048)
def value_parser(field: Field, zone: str = "UTC") -> Parser:
    """The function text → value of `parse_value` for one field; pure, so it may be called once per distinct text."""
    parse = _PARSERS[field.type](field, ZoneInfo(zone))

    def read(text: str) -> Value | Fault | Doubt:
        short = trimmed(text)
        return parse(short) if short else None

    return read


def _text(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        return _spelt(field, text) or text

    return parse


def _spelt(field: Field, text: str) -> Fault | None:
    if not (text.isascii() and text.isprintable()):
        found = _CONTROL.search(text)
        if found:
            return Fault(Code.CHARACTERS, seen(text), f"holds the control character U+{ord(found.group()):04X}", "Take it out.")
    odd = _ODD[field.charset].search(text) if field.charset is not Charset.ANY else None
    if odd:
        return Fault(
            Code.CHARACTERS, seen(text), f"holds {odd.group()!r}", f"Write it with {_CHARSET_WORDS[field.charset]} only."
        )
    if field.limit is not None and len(text) > field.limit:
        return Fault(Code.LENGTH, seen(text), f"has {len(text)} characters", f"At most {field.limit} are allowed.")
    return None


_ODD = {  # what a charset does not allow
    Charset.CODE128: re.compile(r"[^ -~]"),
    Charset.SKU: re.compile(r"[^\w.\-]|_|[^\D0-9]"),
}
_CHARSET_WORDS = {
    Charset.CODE128: "the characters of a Code 128 barcode (letters without accents, digits, punctuation)",
    Charset.SKU: "letters, digits, - and .",
}


def _decimal(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        if not _NUMBER.fullmatch(text):
            return Fault(Code.NUMBER, seen(text), "is no number", "Write a number such as 1234.5.")
        return bounded(field, Decimal(text), text)

    return parse


def bounded(field: Field, number: Decimal, text: str) -> Decimal | int | Fault:
    """Hold a number against the limits of its field and of the store (12 digits, 6 places).

    In: `text` is what stood in the file, for the Fault. Out: the number (an int for an integer
    field), or a Fault.
    """
    if field.type is Type.INTEGER and number != number.to_integral_value():
        return Fault(Code.NUMBER, seen(text), "is no whole number", "Write it without decimals.")
    if abs(number) >= _GREATEST:
        return Fault(
            Code.RANGE,
            seen(text),
            f"has more than {WHOLE_DIGITS} digits before the decimal sign",
            "Look whether it is the right column.",
        )
    if number != number.quantize(_SMALLEST):
        return Fault(Code.RANGE, seen(text), f"has more than {PLACES} decimals", f"Round it to {PLACES} decimals.")
    if field.least is not None and number < field.least:
        return Fault(Code.RANGE, seen(text), f"is less than {field.least}", f"Write {field.least} or more.")
    if field.above is not None and number <= field.above:
        return Fault(Code.RANGE, seen(text), f"is not more than {field.above}", f"Write more than {field.above}.")
    return int(number) if field.type is Type.INTEGER else number


def _date(field: Field, zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        found = parse_iso(text)
        if found is None:
            return Fault(Code.DATE, seen(text), "is no date", "Write a date such as 2026-11-22.")
        return when_value(field, found, zone, text)

    return parse


def when_value(field: Field, found: date | datetime, zone: ZoneInfo, text: str) -> date | datetime | Fault:
    """Make a date or time that was read into what its field holds.

    A `date` field gets the day in `zone`; a `time` field gets UTC, a time without zone being in `zone`. A date
    without a time stays a date: as a moment it would be another day in another zone. In: `text` is what stood in
    the file. Out: it or a Fault.
    """
    if found.year < _FIRST_YEAR:
        return Fault(Code.RANGE, seen(text), f"is before {_FIRST_YEAR}", "Look at the year.")
    try:
        if field.type is Type.DATE:
            return _day(found, zone)
        if not isinstance(found, datetime):
            return found
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return Fault(Code.RANGE, seen(text), "is too late", "Look at the year.")


def _day(found: date | datetime, zone: ZoneInfo) -> date:
    if not isinstance(found, datetime):
        return found
    return (found.astimezone(zone) if found.tzinfo else found).date()


def _yesno(_field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        known = _WORDS.get(text.casefold())
        return known if known is not None else Fault(Code.YESNO, seen(text), "is neither yes nor no", "Write yes or no.")

    return parse


def _code(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        return (
            text
            if text in field.choices
            else Fault(Code.LIST, seen(text), "is not in the list", did_you_mean(text, field.choices))
        )

    return parse


def _email(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        if not _EMAIL.fullmatch(text):
            return Fault(Code.EMAIL, seen(text), "is no e-mail address", "Write one address such as name@example.com.")
        return _spelt(field, text) or text

    return parse


def _phone(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault | Doubt:
        fault = _spelt(field, text)
        if fault:
            return fault
        if _PHONE.fullmatch(text) and sum(each.isdigit() for each in text) in _PHONE_DIGITS:
            return text
        odd = Fault(
            Code.PHONE, seen(text), "does not look like a telephone number", "Write it such as +358 40 1234567.", Level.WARNING
        )
        return Doubt(text, odd)

    return parse


def _url(field: Field, _zone: ZoneInfo) -> Parser:
    def parse(text: str) -> Value | Fault:
        if not _URL.fullmatch(text):
            return Fault(
                Code.CHARACTERS, seen(text), "is no web address", "Write it whole, from https:// on, with %20 for a space."
            )
        return _spelt(field, text) or text

    return parse


def _alone(parse: Callable[[str], str | Fault]) -> Callable[[Field, ZoneInfo], Parser]:
    def parse_shown(text: str) -> Value | Fault:
        found = parse(text)
        return replace(found, seen=seen(text)) if isinstance(found, Fault) else found

    return lambda _field, _zone: parse_shown


_PARSERS: dict[Type, Callable[[Field, ZoneInfo], Parser]] = {
    Type.TEXT: _text,
    Type.DECIMAL: _decimal,
    Type.INTEGER: _decimal,
    Type.DATE: _date,
    Type.TIME: _date,
    Type.YESNO: _yesno,
    Type.CODE: _code,
    Type.COUNTRY: _alone(parse_country),
    Type.CURRENCY: _alone(parse_currency),
    Type.GTIN: _alone(parse_gtin),
    Type.EMAIL: _email,
    Type.PHONE: _phone,
    Type.URL: _url,
}


def fit_value(field: Field, value: Value | Fault, zone: str = "UTC") -> Value | Fault | Doubt:
    """Make a computed value (of a formula, a sum, a conversion) a value of `field`.

    A number is rounded to the places that the hub stores; anything of another type goes through
    its plain text. Out: as `parse_value`; None, CLEAR and a Fault stay what they are.
    """
    match value:
        case None | Clear() | Fault():
            return value
        case list():
            return _fit_list(field, value, zone)
        case bool():
            return value if field.type is Type.YESNO else parse_value(field, "yes" if value else "no", zone)
        case Decimal() | int() if field.type in (Type.DECIMAL, Type.INTEGER):
            number = Decimal(value)
            return bounded(field, rounded(number), plain(number))
        case Decimal():
            return parse_value(field, plain(rounded(value)), zone)
        case _:
            return parse_value(field, str(canonical(value)), zone)


def _fit_list(field: Field, values: list[str], zone: str) -> Value | Fault | Doubt:
    items: list[str] = []
    for each in values:
        found = fit_value(field, each, zone)
        if isinstance(found, Fault):
            return found
        items += [] if found is None else [str(canonical(found.value if isinstance(found, Doubt) else found))]
    return items


def rounded(number: Decimal) -> Decimal:
    """A computed number rounded to the places that the hub stores; one too great is left for `bounded` to refuse."""
    if abs(number) >= _GREATEST or number == number.to_integral_value():
        return number
    return number.quantize(_SMALLEST, rounding=ROUND_HALF_EVEN)
