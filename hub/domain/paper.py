"""What stands on a print, as plain text: an address label, a delivery note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any


class PrintWhat(StrEnum):
    """What is printed for a parcel."""

    LABEL = "label"
    NOTE = "note"


class PrintFormat(StrEnum):
    """In which form."""

    PDF = "pdf"
    ZPL = "zpl"


class PrintOn(StrEnum):
    """When: the shipment is made, its quantities or parcels first arrive, or it is delivered."""

    CREATED = "created"
    PARCELS = "parcels"
    DELIVERED = "delivered"


class LabelSize(StrEnum):
    """The sizes of an address label, in millimetres."""

    TALL = "107x190"
    A6 = "a6"

    @property
    def millimetres(self) -> tuple[int, int]:
        """Width and height."""
        return {LabelSize.TALL: (107, 190), LabelSize.A6: (105, 148)}[self]


class Mark(StrEnum):
    """What the people who carry a parcel must know, as it stands on the label."""

    FRAGILE = "FRAGILE"
    DANGEROUS = "DANGEROUS GOODS"
    OVERSIZED = "OVERSIZED"
    CASH_ON_DELIVERY = "CASH ON DELIVERY"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with an address, as lines of text; what is not known is empty."""

    name: str = ""
    lines: tuple[str, ...] = ()
    place: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    @property
    def contact(self) -> str:
        """Phone and e-mail in one line."""
        return " · ".join(each for each in (self.phone, self.email) if each)


@dataclass(frozen=True, slots=True)
class Label:
    """An address label. Without a tracking number its barcode is the shipment and parcel."""

    sender: Party
    receiver: Party
    shipment: str
    order: str
    parcel: str
    place: int
    of: int
    tracking_number: str | None = None
    reference: str = ""
    service: str = ""
    service_name: str = ""
    operator: str = ""
    pickup_point: str = ""
    routing_code: str = ""
    weight: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def barcode(self) -> str:
        """What the barcode says."""
        return self.tracking_number or f"{self.shipment}-{self.parcel}"


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a delivery note; a delivered quantity that nobody knows is blank."""

    name: str
    sku: str
    ean: str
    ordered: str
    delivered: str
    unit: str


@dataclass(frozen=True, slots=True)
class Note:
    """A delivery note. `logo` and `returns` are pictures by name (see `Press`), `return_text` is text."""

    vendor: Party
    buyer: Party
    ship_to: Party
    order: str
    date: str
    shipment: str
    parcel: str
    place: int
    of: int
    lines: tuple[NoteLine, ...]
    sales_reference: str = ""
    tracking_number: str = ""
    service: str = ""
    pickup_point: str = ""
    language: str = "en"
    logo: str = ""
    returns: str = ""
    return_text: str = ""


_CITY_FIRST = frozenset({"US", "CA", "AU", "IN"})
_CITY_ALONE = frozenset({"GB", "IE"})


def party(facts: Mapping[str, Any]) -> Party:
    """A party from its fields (`name`, `address1` …); a line break in a field is a line of its own."""
    said = {name: str(value) for name, value in facts.items() if value}
    country = said.get("country", "")
    city, postcode, region = said.get("city", ""), said.get("postcode", ""), said.get("region", "")
    lines = [
        line.strip() for name in ("name2", "address1", "address2") for line in said.get(name, "").splitlines() if line.strip()
    ]
    if country in _CITY_ALONE:
        lines += [each for each in (city, region) if each]
        place = postcode
    elif country in _CITY_FIRST:
        place = " ".join(each for each in (city, region, postcode) if each)
    else:
        place = " ".join(each for each in (postcode, city) if each) + (f", {region}" if region else "")
    names = [line.strip() for line in said.get("name", "").splitlines() if line.strip()] or [""]
    return Party(names[0], (*names[1:], *lines), place, country_name(country), said.get("phone", ""), said.get("email", ""))


@cache
def country_name(code: str) -> str:
    """A country as the last line of an address: in English and capitals, so that every post office reads it."""
    if not code:
        return ""
    from babel import Locale

    return str(Locale("en").territories.get(code, code)).upper()


_SERVICES = {"2102": "Express Parcel", "2103": "Postal Parcel", "2104": "Home Parcel"}


def service_name(code: str) -> str:
    """The name of a delivery service by its code, in the forms that operators write it (2103, PO2103, 2W2103); else empty."""
    return _SERVICES.get(code[-4:], "") if code[:-4] in ("", "PO", "2W") else ""
