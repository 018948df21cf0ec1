"""What columns without headings may be, by the look of their values and by what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hub.domain.countries import currencies, parse_country
from hub.domain.dates import compile_date, parse_iso
from hub.domain.fields import fields_read
from hub.domain.gtin import parse_gtin
from hub.domain.kinds import Kind
from hub.domain.problems import Fault
from hub.domain.status import Status
from hub.formats.frame import Cell
from hub.mapping.lexicon import Lexicon
from hub.mapping.meanings import Guess
from hub.mapping.shapes import date_patterns, texts

_MOST = 0.9  # share of values that must look alike
_LOOKED_AT = 100
_RATES = frozenset({"0", "7", "10", "12", "13.5", "14", "15", "19", "20", "22", "24", "25", "25.5"})
_UNITS = frozenset("pce pcs pc ea each kpl pari pr st stk stück paar par tk paar box set pkt pack".split())  # noqa: SIM905 - a list of words
_TRACKING = re.compile(r"JJ[A-Z]{2}\d{15,20}|1Z[0-9A-Z]{16}|00\d{18}|[A-Z]{2}\d{9}[A-Z]{2}")
_PHONE = re.compile(r"\+\d[\d ()/-]{6,18}|0[\d ()/-]{6,14}")
_POSTCODE = re.compile(r"\d{4,6}|\d{3} \d{2}|\d{5}-\d{4}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")
_STREET = re.compile(r"[^\d,;]{3,}\s\d{1,4}\s?[A-Za-z]?(?:[ ,].*)?|\d{1,5}[a-z]?\s[^\d]{3,}.*")
_WORDS = re.compile(r"[^\W\d_][^\d;|]*")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]*|[A-Z][A-Z0-9._/-]{2,}")
_PRICE = re.compile(r"\d{1,7}[.,]\d{2}")
_COUNT = re.compile(r"0*\d{1,4}(?:[.,]0+)?")
_RATE = re.compile(r"\d{1,2}(?:[.,]\d)?\s?%?")


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column that has no heading, and the list that it lies in (None: a row is record and line)."""

    values: Sequence[Cell]
    inside: str | None = None


def roles_of(kind: Kind, columns: Sequence[Column]) -> list[list[Guess]]:
    """For each column the fields that it may be, surest first."""
    looks = [_Look.at(each.values) for each in columns]
    found = []
    for at, column in enumerate(columns):
        left = next((each for each in reversed(looks[:at]) if each.values), _NOTHING)
        right, after = [*(each for each in looks[at + 1 :] if each.values), _NOTHING, _NOTHING][:2]
        near = _Beside(left, right, after, at)
        guesses = [guess for guess in _guesses(kind, looks[at], near) if _fits(kind, guess.field, column.inside)]
        found.append(sorted(guesses, key=lambda each: -each.sure))
    return found


def _fits(kind: Kind, name: str, inside: str | None) -> bool:
    declared = fields_read(kind).get(name)
    return declared is not None and (inside is None or (declared.list_name or "") == inside)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a column's values have in common."""

    values: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # without those that repeat the one above

    @classmethod
    def at(cls, column: Sequence[Cell]) -> _Look:
        values = texts(column)[:_LOOKED_AT]
        return cls(tuple(values), tuple(each for at, each in enumerate(values) if not at or each != values[at - 1]))

    def mostly(self, is_one: Callable[[str], object]) -> bool:
        return bool(self.values) and sum(bool(is_one(each)) for each in self.values) >= _MOST * len(self.values)

    @property
    def is_code(self) -> bool:
        """Words with digits in them, of which there are several: what things are numbered with."""
        return self.mostly(_CODE.fullmatch) and (len(set(self.values)) > 1 or len(self.values) < 3)

    @property
    def is_key(self) -> bool:
        """No code that comes again after another one: the number of something that has rows of its own."""
        return len(set(self.steps)) == len(self.steps)

    @property
    def is_place(self) -> bool:
        """Names that begin with a capital and have no digits."""
        return self.mostly(lambda each: _WORDS.fullmatch(each) and each[0].isupper() and len(each) > 2)

    @property
    def is_postcode(self) -> bool:
        return self.mostly(_POSTCODE.fullmatch) and len({len(each) for each in self.values}) <= 2

    @property
    def is_region(self) -> bool:
        """Short words in capitals: TX, NSW."""
        return self.mostly(lambda each: 2 <= len(each) <= 3 and each.isalpha() and each.isupper())

    @property
    def is_street(self) -> bool:
        return self.mostly(_STREET.fullmatch)


_NOTHING = _Look()


@dataclass(frozen=True, slots=True)
class _Beside:
    """The columns left and right of one that are not empty, and its place."""

    left: _Look
    right: _Look
    after: _Look
    at: int

    @property
    def a_name_follows(self) -> bool:
        """Whether a name comes next, and then its street."""
        return self.right.is_place and self.after.is_street


def _guesses(kind: Kind, look: _Look, near: _Beside) -> list[Guess]:
    if not look.values:
        return []
    found = [*_certain(look), *_of_a_place(look, near), *_numbers(kind, look), *_codes(look, near), *_texts(kind, look)]
    return [Guess(name, sure) for names, sure in found for name in names.split()]


Found = list[tuple[str, float]]  # names of fields, and how sure each is


def _certain(look: _Look) -> Found:
    """What its own form tells."""
    found: Found = []
    if look.mostly(lambda each: len(each) >= 8 and not isinstance(parse_gtin(each), Fault)):
        found.append(("ean lines.ean", 0.9 if len(look.values) >= 3 else 0.75))
    if look.mostly(lambda each: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", each)):
        found.append(("ship_to.email", 0.8))
    if look.mostly(lambda each: each.startswith(("http://", "https://"))):
        found.append(("images", 0.75))
    if look.mostly(lambda each: each in currencies()):
        found.append(("currency", 0.85))
    elif look.mostly(lambda each: len(each) in (2, 3) and each.isupper() and not isinstance(parse_country(each), Fault)):
        found.append(("ship_to.country", 0.8))
    if look.mostly(lambda each: each.casefold() in _UNITS):
        found.append(("unit lines.unit", 0.75))
    if look.mostly(_TRACKING.fullmatch):
        found.append(("lines.tracking_number tracking_number", 0.85))
    if look.mostly(_is_status):
        found.append(("status", 0.7))
    if _are_dates(look.values):
        found.append(("date ship_date", 0.7))
        found.append(("as_of available_date promised_date", 0.5))
    return found


def _are_dates(values: Sequence[str]) -> bool:
    if all(len(each) == 8 and each.isdigit() for each in values):
        return all(each[:2] in ("19", "20") and compile_date("YYYYMMDD").parse(each) is not None for each in values)
    return all(parse_iso(each) is not None for each in values) or date_patterns(values)[0] not in ([], ["unix"], ["YYYYMMDD"])


def _is_status(text: str) -> bool:
    return text in set(Status) or (bool(Lexicon.of([text]).meaning(text).concepts & {"delivered", "cancel"}) and text.isalpha())


def _of_a_place(look: _Look, near: _Beside) -> Found:
    """The parts of an address, which stand together."""
    found: Found = []
    if look.is_postcode:
        beside = near.right.is_place or near.left.is_street or near.left.is_place or near.left.is_region
        beside = beside and not near.a_name_follows
        found.append(("ship_to.postcode", 0.68 if beside else 0.45))
    if look.is_region and near.left.is_place and near.right.is_postcode:
        found.append(("ship_to.region", 0.82))
    if look.is_place:
        city = near.left.is_postcode or near.right.is_postcode or (near.left.is_street and near.right.is_region)
        found.append(("ship_to.city", 0.66 if city and not near.right.is_street else 0.4))
        found.append(("ship_to.name", 0.62 if near.right.is_street else 0.53 if look.mostly(lambda each: " " in each) else 0.4))
    if look.is_street:
        found.append(("ship_to.address1", 0.64))
    if look.mostly(_PHONE.fullmatch):
        found.append(("ship_to.phone", 0.6 if look.mostly(lambda each: each[0] == "+" or " " in each or "-" in each) else 0.5))
    return found


def _numbers(kind: Kind, look: _Look) -> Found:
    found: Found = []
    if look.mostly(_PRICE.fullmatch):
        found.append(("lines.price price", 0.6))
        found.append(("wholesale_price lines.total" if kind is not Kind.STOCK else "wholesale_price", 0.5))
    if _counts_up(look.values):
        found.append(("lines.line_no", 0.7))
    elif look.mostly(_COUNT.fullmatch):
        found.append(("lines.quantity lines.delivered_quantity stock", 0.6))
    if look.mostly(_RATE.fullmatch) and {_number(each) for each in look.values} <= _RATES and len(set(look.values)) <= 3:
        told = look.mostly(lambda each: each.endswith("%") or each.replace(",", ".") in ("25.5", "13.5", "24", "25"))
        found.append(("vat_rate lines.vat_rate", 0.66 if told else 0.4))
    return found


def _number(text: str) -> str:
    return text.rstrip(" %").replace(",", ".")


def _counts_up(values: Sequence[str]) -> bool:
    """1, 2, 3, and from 1 again: the lines of an order."""
    if not all(each.isdigit() and len(each) < 6 for each in values):
        return False
    numbers = [int(each) for each in values]
    follows = all(now in (1, before + 1) for before, now in pairwise(numbers))
    return numbers[0] == 1 and follows and (2 in numbers or len(numbers) == 1) and len(set(numbers)) < 100


def _codes(look: _Look, near: _Beside) -> Found:
    """Numbers of orders come first, those of products after; both come from the left."""
    if not look.is_code or _counts_up(look.values):
        return []
    letters = look.mostly(lambda each: any(sign.isalpha() for sign in each))
    later = 0.002 * min(near.at, 20)
    return [
        ("number shipment", (0.62 if near.at <= 1 else 0.53) - later if look.is_key else 0.3),
        ("lines.sku sku", (0.61 if letters else 0.56 if near.at else 0.6) - later),
    ]


def _texts(kind: Kind, look: _Look) -> Found:
    """Words: a product's name."""
    if not look.mostly(lambda each: any(sign.isalpha() for sign in each)) or look.is_code:
        return []
    words = look.mostly(lambda each: " " in each)
    return [("lines.name" if kind is Kind.ORDERS else "name", 0.55 if words else 0.5 if kind is Kind.ORDERS else 0.53)]
