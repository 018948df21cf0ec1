"""Tracking numbers: how they are made from a range, and where their parcels can be followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from hub.domain.gtin import gtin_check_digit


class NumberBy(StrEnum):
    """Who gave a parcel its tracking number; the hub prints no label for a supplier's own."""

    HUB = "hub"
    CARRIER = "carrier"
    SUPPLIER = "supplier"


class CheckDigit(StrEnum):
    """The check digit that a tracking number ends its digits with."""

    NONE = "none"
    S10 = "s10"
    SSCC = "sscc"


@dataclass(frozen=True, slots=True)
class TrackingRange:
    """A range of tracking numbers: prefix, serial number, check digit, suffix.

    `digits` counts every digit of the number but the suffix's, so also those at the end of the prefix and the check
    digit: `JJFI12345` with 17 digits leaves twelve places, Posti's JJFI and 17 digits. `first` and `last` are serial numbers.
    """

    prefix: str
    digits: int
    first: int
    last: int
    check: CheckDigit = CheckDigit.NONE
    suffix: str = ""
    carrier: str | None = None

    @property
    def places(self) -> int:
        """How many digits are left for the serial number."""
        fixed = len(self.prefix) - len(self.prefix.rstrip("0123456789"))
        return self.digits - fixed - (self.check is not CheckDigit.NONE)

    @property
    def series(self) -> str:
        """The series that its serial numbers are drawn from: partners who share a range share it, and no number is made twice."""
        return f"tracking/{self.prefix}/{self.digits}/{self.check}/{self.suffix}/{self.first}"

    @property
    def size(self) -> int:
        """How many numbers there are in it."""
        return self.last - self.first + 1

    def overlaps(self, other: TrackingRange) -> bool:
        """Whether another range makes some of the same numbers; the very same series may be shared."""
        alike = (self.prefix, self.digits, self.check, self.suffix) == (other.prefix, other.digits, other.check, other.suffix)
        return alike and self.series != other.series and self.first <= other.last and other.first <= self.last

    def number(self, serial: int) -> str:
        """The tracking number of a serial number."""
        body = f"{self.prefix}{serial:0{self.places}d}"
        digits = "".join(each for each in body if each.isdigit())
        match self.check:
            case CheckDigit.NONE:
                check = ""
            case CheckDigit.S10:
                check = str(s10_check(digits))
            case CheckDigit.SSCC:
                check = gtin_check_digit(digits)
        return f"{body}{check}{self.suffix}"


_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10_check(digits: str) -> int:
    """The check digit of the eight digits of a UPU S10 identifier."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


_APART = re.compile(r"[,;|\n\r\t]+")
_WHOLE = 8  # digits and letters from which a bare run of digits passes for a number of its own


def tracking_numbers(cell: str | None) -> list[str]:
    """The tracking numbers in a cell, each once.

    Commas, semicolons, bars and line ends part them. Spaces part them only where every piece could be a number of its own; else
    they group the digits of one, as people and labels write it, and are no part of it.
    """
    found: dict[str, None] = {}
    for part in _APART.split(cell or ""):
        pieces = part.split()
        whole = all(_stands_alone(each) for each in pieces)
        found |= dict.fromkeys(pieces if whole else ["".join(pieces)] if pieces else [])
    return list(found)


def _stands_alone(piece: str) -> bool:
    digits = any(each.isdigit() for each in piece)
    return digits and (len(piece) >= _WHOLE or any(each.isalpha() for each in piece))


_LINKS = {
    "posti": "https://www.posti.fi/fi/seuranta#/lahetys/{code}",
    "postnord": "https://tracking.postnord.com/en/tracking?id={code}",
    "matkahuolto": "https://www.matkahuolto.fi/tracking?parcelNumber={code}",
    "schenker": "https://www.dbschenker.com/app/tracking-public/?refNumber={code}",
    "dhl": "https://www.dhl.com/en/express/tracking.html?AWB={code}",
    "ups": "https://www.ups.com/track?tracknum={code}",
    "gls": "https://gls-group.eu/EU/en/parcel-tracking?match={code}",
    "dpd": "https://tracking.dpd.de/status/en_US/parcel/{code}",
    "omniva": "https://www.omniva.ee/private/track_and_trace?barcode={code}",
}
_PREFIXES = {"JJFI": "posti"}


def tracking_url(number: str | None, carrier: str | None) -> str | None:
    """Where a parcel can be followed: by a word of the carrier's name, else by the number's prefix; None if neither is known."""
    if not number:
        return None
    words = re.findall(r"\w+", (carrier or "").casefold())
    known = next((name for name in _LINKS if name in words), None)
    if known is None and not carrier:
        known = next((name for prefix, name in _PREFIXES.items() if number.startswith(prefix)), None)
    return _LINKS[known].format(code=quote(number, safe="")) if known else None
