"""One partner, `config/partners/<partner>.yaml`: who he is, how files travel, and what was agreed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from hub.config.channels import Channel
from hub.config.scalars import Duration, Int, ListOf, Section, Text, YesNo, Zone, at_least
from hub.config.settings import Settings
from hub.config.wording import Saw, see
from hub.domain.booking import Services
from hub.domain.countries import parse_country
from hub.domain.kinds import Role
from hub.domain.paper import LabelSize, PrintFormat, PrintOn, PrintWhat
from hub.domain.problems import Fault
from hub.domain.status import Status, Words
from hub.domain.terms import (
    CatalogTerms,
    Fill,
    Publish,
    RetailerTerms,
    SameProduct,
    Short,
    SupplierTerms,
    Tie,
    UnknownProduct,
    UnknownStatus,
)
from hub.domain.tracking import CheckDigit, TrackingRange

EVERYBODY = "all"


class AnswerForm(StrEnum):
    """The answers of contract §6 that a partner may want."""

    JSON = "json"
    MARKED = "marked"
    REFUSED = "refused"


def _country(text: str) -> str:
    found = parse_country(text)
    if isinstance(found, Fault):
        raise Saw(f"saw {see(text)}", found.hint[:1].lower() + found.hint[1:].rstrip("."))
    return found


class Address(Section):
    """A partner's address; a retailer's stands in for a vendor that his orders do not name."""

    name: Text | None = Field(None, description="name on papers")
    name2: Text | None = Field(None, description="second name line")
    address1: Text | None = Field(None, description="street")
    address2: Text | None = Field(None, description="second address line")
    postcode: Text | None = Field(None, description="postal code, in quotes or not")
    city: Text | None = Field(None, description="town")
    region: Text | None = Field(None, description="state, province or county")
    country: Annotated[Text, AfterValidator(_country)] | None = Field(None, description="ISO 3166 alpha-2, such as FI")
    phone: Text | None = Field(None, description="telephone number")
    email: Text | None = Field(None, description="e-mail address")


class Receive(Section):
    """Which mappings read which files; without a mapping they are chosen by headings."""

    files: Text = Field("*", description="pattern of file names")
    mapping: ListOf[Text] = Field((), description="one mapping, or several: the first that fits reads the file")


def _cron(text: str) -> str:
    """Refuse what is no cron expression of five fields, or one that never comes."""
    from cronsim import CronSim, CronSimError

    try:
        if len(text.split()) != 5:
            raise Saw(f"saw {see(text)}", 'five fields are wanted: "30 6 * * 1-5" is 6:30 from Monday to Friday')
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        raise Saw(f"saw {see(text)}", 'a schedule is written "30 6 * * 1-5": minute, hour, day, month, weekday') from None
    return text


class Send(Section):
    """Which mapping writes a file for the partner, and when; on change unless said otherwise."""

    mapping: Text = Field(examples=["nordshop-statuses"])
    every: Annotated[Duration, AfterValidator(at_least(timedelta(seconds=1), "1s"))] | None = Field(
        None, description="how often, where something is to be told"
    )
    at: Annotated[Text, AfterValidator(_cron)] | None = Field(
        None, description="when, as minute, hour, day, month, weekday in the partner's time zone"
    )
    on: Literal["change"] | None = Field(None, description="at once when there is something to tell; so it is without a schedule")

    @model_validator(mode="after")
    def _one_schedule(self) -> Send:
        """Refuse two schedules in one entry."""
        named = [name for name in ("every", "at", "on") if getattr(self, name) is not None]
        if len(named) > 1:
            raise Saw(f"names {' and '.join(named)}", "keep one of them, or write two entries")
        return self

    @property
    def on_change(self) -> bool:
        """Whether the file is made whenever there is something to tell."""
        return self.every is None and self.at is None

    def next_due(self, after: datetime, zone: str) -> datetime | None:
        """When the file is due next, in UTC; None when it goes on change.

        In: an aware moment, and the zone of the partner's calendar. An hour that summer time skips or
        repeats still makes one run.
        """
        if self.every is not None:
            return after.astimezone(UTC) + self.every
        if self.at is None:
            return None
        from cronsim import CronSim

        due: datetime = next(CronSim(self.at, after.astimezone(ZoneInfo(zone))))
        return due.astimezone(UTC)


class Catalog(Section):
    """One catalogue of a retailer: whose products he may sell."""

    id: Text = Field(examples=["main"])
    name: Text | None = None
    suppliers: ListOf[Text] = Field(examples=["[ahti, kivi]"], description="suppliers, or all")
    back_orders: YesNo = Field(False, description="whether it may be chosen when nobody has enough in stock")
    priority: Int = Field(1, description="the lowest number is chosen first")
    public: YesNo = Field(False, description="open to every retailer: all may order from it and are told of it")

    @model_validator(mode="after")
    def _all_or_some(self) -> Catalog:
        """Refuse `all` beside names."""
        if EVERYBODY in self.suppliers and len(self.suppliers) > 1:
            raise Saw("names all beside single suppliers", "write suppliers: all, or only the names")
        return self

    def terms(self) -> CatalogTerms:
        """The catalogue in the words of the business."""
        named = None if EVERYBODY in self.suppliers else frozenset(self.suppliers)
        return CatalogTerms(self.id, self.name or self.id, named, self.back_orders, self.priority, self.public)


class Print(Section):
    """One print that the partner gets for each parcel."""

    what: PrintWhat = Field(examples=["label"])
    format: PrintFormat = PrintFormat.PDF
    on: PrintOn = PrintOn.CREATED
    size: LabelSize = Field(LabelSize.TALL, description="of a label: 107x190 millimetres, or a6")

    @model_validator(mode="after")
    def _printable(self) -> Print:
        """Refuse a delivery note for a label printer."""
        if self.what is PrintWhat.NOTE and self.format is PrintFormat.ZPL:
            raise Saw("asks for a note as zpl", "a delivery note is a pdf")
        if self.what is PrintWhat.NOTE and "size" in self.model_fields_set:
            raise Saw("gives a note a size", "a delivery note is A4; delete size")
        return self


class Tracking(Section):
    """The range from which the hub draws tracking numbers."""

    prefix: Text = Field("", examples=["JJFI12345"], description="what every number begins with; capitals and digits")
    digits: Annotated[Int, AfterValidator(at_least(1, "1"))] = Field(
        examples=["17"], description="all digits of a number: those at the end of prefix, the serial number, the check digit"
    )
    first: Int = Field(alias="from", examples=["1"])
    last: Int = Field(alias="to", examples=["999999"])
    check: CheckDigit = Field(CheckDigit.NONE, description="the check digit after the serial number")
    suffix: Text = Field("", description="what every number ends with, such as FI for s10")
    carrier: Text | None = Field(None, description="whose numbers they are; told with the parcel and used for its tracking link")

    @model_validator(mode="after")
    def _fits(self) -> Tracking:
        """Refuse an empty range, one whose numbers are longer than `digits`, and what its check digit does not allow."""
        if not re.fullmatch(r"[A-Z0-9]*", self.prefix, re.ASCII) or not re.fullmatch(r"[A-Z]*", self.suffix, re.ASCII):
            raise Saw("has a prefix or suffix that no label can show", "use A-Z and 0-9 in prefix, A-Z in suffix")
        if self.first > self.last:
            raise Saw("begins after its end", "write the smaller number as from")
        if self.check is CheckDigit.S10 and not (
            re.fullmatch("[A-Z]{2}", self.prefix) and self.digits == 9 and len(self.suffix) == 2
        ):
            raise Saw("is no S10 number", "write prefix: two letters, digits: 9 (the check digit included), suffix: the country")
        if self.check is CheckDigit.SSCC and not (self.digits == 18 and self.prefix.isdigit() and not self.suffix):
            raise Saw(
                "is no SSCC", "write prefix: the extension digit and GS1 company prefix, digits: 18 (the check digit included)"
            )
        places = self.range().places
        if len(str(self.last)) > places:
            left = f"only {max(0, places)} of the {self.digits} digits are left for it"
            raise Saw(f"ends with {self.last}, and {left}", "raise digits or lower to")
        return self

    def range(self) -> TrackingRange:
        """The range in the words of the business."""
        return TrackingRange(self.prefix, self.digits, self.first, self.last, self.check, self.suffix, self.carrier)


class Papers(Section):
    """What a retailer's delivery notes carry beside the goods."""

    logo: Text | None = Field(None, examples=["config/papers/logo.png"], description="a PNG in the workspace")
    returns: Text | None = Field(
        None,
        examples=["config/papers/returns.png"],
        description="return instructions: a PNG or .txt in the workspace, or the text itself",
    )
    language: Literal["en", "fi", "sv", "et", "de"] | None = Field(
        None, description="language of the delivery note; else that of the retailer's country, else English"
    )


class ServiceCodes(Section):
    """The delivery services that the partner knows, and what stands in for any other."""

    allowed: ListOf[Text] = Field(examples=['["2102", "2103"]'])
    otherwise: Text | None = Field(None, alias="else")

    def services(self) -> Services:
        """The services in the words of the business."""
        return Services(frozenset(self.allowed), self.otherwise)


def _once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) < len(items):
        raise Saw("names one of them twice", "name each once")
    return items


def _each_print_once(prints: tuple[Print, ...]) -> tuple[Print, ...]:
    if len({(each.what, each.format) for each in prints}) < len(prints):
        raise Saw("asks for the same print twice", "name each what and format once: a parcel's print is made once")
    return prints


class Partner(Section):
    """Everything in a partner's file; `KEYS_OF_SOME` says which keys belong to which roles."""

    name: Text = Field(examples=["Nordshop Oy"])
    role: Role = Field(examples=["retailer"], description="retailer, supplier, warehouse or carrier")
    channel: Channel = Field(examples=["{type: local}"])
    address: Address | None = Field(None, description="mandatory for a retailer: the vendor of orders that name none")
    timezone: Zone | None = Field(None, description="zone of the partner's times and schedules; else the hub's")
    active: YesNo = Field(True, description="no: nothing is taken or sent any more")
    receive: ListOf[Receive] = Field((), description="which files are read how; the first pattern that fits wins")
    send: ListOf[Send] = Field((), description="which files the partner gets, and when")
    answers: Annotated[ListOf[AnswerForm], AfterValidator(_once)] = Field(
        tuple(AnswerForm), description="which answers to a file the partner wants"
    )

    status_words: Words = Field(Words.V3, description="the vocabulary of statuses")
    catalogs: ListOf[Catalog] = Field((), description="whose products may be sold")
    routing: Annotated[ListOf[Tie], AfterValidator(_once)] = Field(
        tuple(Tie), description="what decides between suppliers of the same product, in this order"
    )
    unknown_product: UnknownProduct = Field(
        UnknownProduct.REFUSE_ORDER,
        description="what a product that nobody has costs: the order, the line, or neither until retry",
    )
    same_product_twice: SameProduct = Field(SameProduct.REFUSE, description="whether an order may name a product twice")
    fill: Fill = Field(Fill.PARTIAL, description="what is refused when stock is short: nothing, the line, or the order")
    all_cancelled: Literal["Cancelled", "Delivered"] = Field(
        "Cancelled", description="what an order is called of which everything is cancelled"
    )

    papers: Papers | None = Field(None, description="logo, return instructions and language of the delivery notes")

    unknown_status: UnknownStatus = Field(
        UnknownStatus.REFUSE, description="a status that is no word of the hub: refuse or note it"
    )
    publish: Publish = Field(Publish.ALL, description="where a balance without catalogue goes: every catalogue, or none")
    short: Short = Field(Short.CLOSES, description="whether Delivered with less than ordered is final")
    prints: Annotated[ListOf[Print], AfterValidator(_each_print_once)] = Field((), description="labels and notes for each parcel")
    tracking: Tracking | None = Field(None, description="a range from which the hub draws tracking numbers")
    require_reference: YesNo = Field(False, description="takes no order without a purchase or sales reference")
    service_codes: ServiceCodes | None = Field(None, description="the delivery services that the partner knows")
    carrier: Text | None = Field(
        None, description="the carrier that books this supplier's parcels where neither parcel nor order names one; or none"
    )

    _id: str = PrivateAttr(default="")

    @cached_property  # it is asked for a dozen times for each file, and a private attribute is slow to find
    def id(self) -> str:
        """The stem of the partner's file."""
        return self._id

    def named(self, stem: str) -> Partner:
        """The same partner under the id that his file's name gives him."""
        known = self.model_copy()
        known._id = stem
        known.__dict__.pop("id", None)
        return known

    def zone(self, settings: Settings) -> str:
        """The zone in which the partner's times without zone are read."""
        return self.timezone or settings.timezone

    def schedules(self) -> list[tuple[str, Send]]:
        """What is sent, each entry with the name its schedule is kept under: the mapping's, the second one `name#2`."""
        named: list[tuple[str, Send]] = []
        for send in self.send:
            nth = 1 + sum(earlier.mapping == send.mapping for _, earlier in named)
            named.append((send.mapping if nth == 1 else f"{send.mapping}#{nth}", send))
        return named

    def party(self) -> dict[str, str]:
        """The partner as the fields of a party: id, name, address1 …; what he lacks is left out."""
        told = self.address.model_dump(exclude_none=True) if self.address else {}
        return {"id": self.id, "name": self.name, **told}

    def retailer_terms(self, settings: Settings) -> RetailerTerms:
        """What holds for this retailer's orders, in the words of the business."""
        return RetailerTerms(
            id=self.id,
            name=self.name,
            catalogs=tuple(each.terms() for each in self.catalogs),
            routing=self.routing,
            unknown_product=self.unknown_product,
            same_product_twice=self.same_product_twice,
            fill=self.fill,
            all_cancelled=Status(self.all_cancelled),
            status_words=self.status_words,
            timezone=self.zone(settings),
            address={key: value for key, value in self.party().items() if key != "id"},
        )

    def supplier_terms(self, settings: Settings) -> SupplierTerms:
        """What holds for this supplier's or warehouse's files and shipments, in the words of the business."""
        return SupplierTerms(
            id=self.id,
            name=self.name,
            role=self.role,
            unknown_status=self.unknown_status,
            publish=self.publish,
            short=self.short,
            timezone=self.zone(settings),
            require_reference=self.require_reference,
            carrier=self.carrier,
            address={key: value for key, value in self.party().items() if key != "id"},
        )


_RETAILERS = frozenset({Role.RETAILER})
_SELLERS = frozenset({Role.SUPPLIER, Role.WAREHOUSE})
_OTHERS = frozenset({Role.SUPPLIER, Role.WAREHOUSE, Role.CARRIER})

KEYS_OF_SOME: dict[str, frozenset[Role]] = {
    "status_words": _RETAILERS,
    "catalogs": _RETAILERS,
    "routing": _RETAILERS,
    "unknown_product": _RETAILERS,
    "same_product_twice": _RETAILERS,
    "fill": _RETAILERS,
    "all_cancelled": _RETAILERS,
    "papers": _RETAILERS,
    "unknown_status": _OTHERS,
    "publish": _OTHERS,
    "short": _OTHERS,
    "prints": _OTHERS,
    "tracking": _OTHERS,
    "require_reference": _OTHERS,
    "service_codes": _OTHERS,
    "carrier": _SELLERS,
}
