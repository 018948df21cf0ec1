"""Numbers as partners write them: signs, grouping, currencies and units around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from hub.domain.countries import currencies
from hub.domain.problems import Code, Fault
from hub.domain.values import seen
from hub.mapping.units import normal_unit

_SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003\t", " ") | {"\u2212": "-", "\u2013": "-", "\u2014": "-", "’": "'"}
)
_CORE = re.compile(r"[.,]?[0-9](?:[0-9.,' ]*[0-9])?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_LONGEST = 100
_EXCEL_HINT = "Excel shortened the number; format the column as a number without exponent and save again."
_OTHER_WAYS = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"))
_SIGN_WORDS = {",": "a comma", ".": "a point"}
_GROUP_WORDS = {
    "": "thousands are not grouped",
    " ": "thousands are grouped by a space",
    ",": "thousands are grouped by a comma",
    ".": "thousands are grouped by a point",
    "'": "thousands are grouped by an apostrophe",
}
_PIECE_WORDS = """
    pcs pc pce pces piece pieces ea each unit units set kpl kappale kappaletta pari pr
    st stk styck stykk stuk stück stueck tk tükk szt gab vnt
"""
_PIECES = frozenset(_PIECE_WORDS.split())
_SIGNS = {  # what a sign of money may mean; one that may mean several is never a contradiction among them
    "€": {"EUR"},
    "eur": {"EUR"},
    "euro": {"EUR"},
    "euros": {"EUR"},
    "euroa": {"EUR"},
    "£": {"GBP"},
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"},
    "us $": {"USD"},
    "us$": {"USD"},
    "c $": {"CAD"},
    "ca $": {"CAD"},
    "ca$": {"CAD"},
    "au $": {"AUD"},
    "au$": {"AUD"},
    "a$": {"AUD"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "zł": {"PLN"},
    "chf": {"CHF"},
}


@dataclass(frozen=True, slots=True)
class Read:
    """A number that was read, with what stood around it."""

    number: Decimal
    money: frozenset[str] = frozenset()  # the currencies that the text names
    unit: str | None = None  # the unit that the text names, by the hub's name; "" for pieces


class NumberStyle:
    """How a partner writes numbers: his decimal sign and his sign of grouping ("" = none)."""

    def __init__(self, decimal: str = ".", thousands: str = "") -> None:
        self.decimal = decimal
        self.thousands = thousands
        group = re.escape(thousands)
        grouped = f"|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+" if thousands else ""
        self._shape = re.compile(rf"([0-9]+{grouped})?(?:{re.escape(decimal)}([0-9]+))?")
        self._plain = re.compile(rf"(-?)([0-9]{{1,15}})(?:{re.escape(decimal)}([0-9]{{1,6}}))?").fullmatch

    def read(self, text: str) -> Read | Fault:
        """Read one number in this style, with a sign before or after, brackets, money, % or a unit around it.

        Out: the number and what it names, or a Fault whose hint shows how to write it.
        """
        quick = self._plain(text)
        if quick:
            sign, whole, part = quick.groups()
            return Read(Decimal(f"{sign}{whole}.{part}" if part else sign + whole))
        return self._read_dressed(text.translate(_SPACES).strip()) or self._refuse(text)

    def _read_dressed(self, text: str) -> Read | None:
        core = _CORE.search(text) if len(text) <= _LONGEST else None
        if core is None or _SCIENTIFIC.search(text):
            return None
        number = self.number(core.group())
        around = _undress(text[: core.start()], self._without_dash(text[core.end() :]))
        if number is None or around is None:
            return None
        negative, words = around
        named = _named(words)
        return None if named is None else Read(-number if negative else number, *named)

    def _without_dash(self, after: str) -> str:
        """The text after the digits without the idle decimal sign of `12,-` and `12.`."""
        short = after.lstrip(" ")
        return short[1:].lstrip("-") if short.startswith(self.decimal) else after

    def number(self, digits: str) -> Decimal | None:
        """The number that bare digits with separators mean in this style, or None."""
        found = self._shape.fullmatch(digits)
        if not found:
            return None
        whole, part = found.groups()
        if whole and self.thousands:
            whole = whole.replace(self.thousands, "")
        return Decimal(f"{whole or '0'}.{part}" if part else whole or "0")

    def write(self, text: str) -> str:
        """A number in plain notation (`12.50`) as this style writes it, without grouping."""
        return text.replace(".", self.decimal)

    def _refuse(self, text: str) -> Fault:
        bare = text.translate(_SPACES).strip()
        if len(bare) <= _LONGEST and _SCIENTIFIC.search(bare):
            return Fault(Code.NUMBER, seen(text), "is a shortened number", _EXCEL_HINT)
        return Fault(Code.NUMBER, seen(text), "is no number", self._cure(bare))

    def _cure(self, text: str) -> str:
        sample = f"Write a number such as {self.write('1234.5')}."
        core = _CORE.search(text[:_LONGEST])
        around = _undress(text[: core.start()], text[core.end() :]) if core else None
        if core is None or around is None:
            return sample
        if _named(around[1]) is None:
            return f"Write the number alone, such as {self.write('1234.5')}."
        ways = list(dict.fromkeys(self.write(each) for each in _other_readings(core.group())))
        if not ways:
            first = re.match(r"([0-9]+)[.,]([0-9]+)", core.group())
            return f"Write {self.write('.'.join(first.groups()))}." if first else sample
        habit = f"the decimal sign here is {_SIGN_WORDS[self.decimal]}, {_GROUP_WORDS[self.thousands]}"
        return f"Write {' or '.join(ways[:2])}: {habit}."


def _other_readings(digits: str) -> Iterator[str]:
    """What the digits would be in each of the other common styles, in plain notation."""
    for decimal, thousands in _OTHER_WAYS:
        number = style(decimal, thousands).number(digits)
        if number is not None:
            yield format(number, "f")


@lru_cache(maxsize=64)
def style(decimal: str, thousands: str) -> NumberStyle:
    """The style with this decimal sign and this sign of grouping."""
    return NumberStyle(decimal, thousands)


def _undress(before: str, after: str) -> tuple[bool, list[str]] | None:
    """What stands around the digits: (negative?, words), or None when signs and brackets make no sense."""
    opened, closed = before.count("("), after.count(")")
    signs = re.findall(r"[+-]", before + after)
    if opened != closed or opened + len(signs) > 1:
        return None
    bare = (re.sub(r"[+()-]", " ", each).strip().casefold() for each in (before, after))
    return opened == 1 or signs == ["-"], [" ".join(each.split()) for each in bare if each]


def _named(words: list[str]) -> tuple[frozenset[str], str | None] | None:
    """The currencies and the unit that the words name; None when one is neither."""
    money: frozenset[str] = frozenset()
    unit: str | None = None
    for word in words:
        known = _money(word)
        if known and not money:
            money = known
        elif unit is None and (word in _PIECES or word.rstrip(".") in _PIECES):
            unit = ""
        elif unit is None and normal_unit(word):
            unit = normal_unit(word)
        else:
            return None
    return money, unit


def _money(word: str) -> frozenset[str]:
    named = _SIGNS.get(word) or _SIGNS.get(word.rstrip("."))
    if named:
        return frozenset(named)
    letters = word.replace("$", "").strip().upper()
    is_code = (
        len(letters) == len("EUR") and letters.isascii() and letters.isalpha()
    )  # looked at first: the list is a heavy import
    return frozenset({letters}) if is_code and word.casefold() not in _PIECES and letters in currencies() else frozenset()
