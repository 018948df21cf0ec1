"""Every field of the hub, declared once (contract §4).

Columns, validation, lint, suggestions and documentation all come from this declaration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from hub.domain.kinds import Kind


class Type(StrEnum):
    """What a field holds; `hub.domain.values` turns text into it."""

    TEXT = "text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    TIME = "time"
    YESNO = "yesno"
    CODE = "code"
    COUNTRY = "country"
    CURRENCY = "currency"
    GTIN = "gtin"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


class Charset(StrEnum):
    """Which characters a text may hold beyond "no control characters"."""

    ANY = "any"
    CODE128 = "code128"  # printable ASCII: what a Code 128 symbol carries and a scanner types
    SKU = "sku"  # digits, letters, `-` and `.`


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document.

    `name` is the left side of a mapping (`ship_to.city`, `lines.quantity`); `limit` the greatest
    number of characters; `unit` what the hub stores (`kg`, `m`, `m3`, `percent`, or None);
    `least` the smallest number allowed, `above` the number that it must exceed.
    `mandatory` fields are refused when empty; `many` holds a list; `personal` marks what the law
    calls personal data.
    """

    name: str
    type: Type = Type.TEXT
    limit: int | None = None
    mandatory: bool = False
    many: bool = False
    unit: str | None = None
    choices: tuple[str, ...] = ()
    charset: Charset = Charset.ANY
    least: int | None = None
    above: int | None = None
    default: str | None = None
    personal: bool = False
    doc: str = ""

    @property
    def list_name(self) -> str | None:
        """The list the field lives in: `lines` for `lines.sku`, `parcels.lines` for its own; None for the record."""
        return list_of(self.name)

    @property
    def short(self) -> str:
        """The name inside its list: `sku` for `lines.sku`."""
        inside = self.list_name
        return self.name[len(inside) + 1 :] if inside else self.name


LISTS = ("parcels.lines", "parcels", "lines", "records")


def list_of(name: str) -> str | None:
    """The list that a field name points into, or None."""
    return next((each for each in LISTS if name.startswith(each + ".")), None)


def _party(prefix: str, *, mandatory: tuple[str, ...] = ()) -> tuple[Field, ...]:
    parts = (
        Field("id", limit=50, doc="identifier at the partner"),
        Field("name", limit=100, personal=True, doc="name"),
        Field("name2", limit=100, personal=True, doc="second name line, company or c/o"),
        Field("address1", limit=200, personal=True, doc="street address"),
        Field("address2", limit=200, personal=True, doc="second address line"),
        Field("postcode", limit=20, personal=True, doc="postal code"),
        Field("city", limit=100, personal=True, doc="town"),
        Field("region", limit=100, personal=True, doc="state, province or county"),
        Field("country", Type.COUNTRY, doc="ISO 3166 alpha-2; alpha-3 and common names are accepted"),
        Field("phone", Type.PHONE, limit=50, personal=True, doc="telephone number"),
        Field("email", Type.EMAIL, limit=254, personal=True, doc="e-mail address"),
    )
    return tuple(replace(p, name=f"{prefix}.{p.name}", mandatory=p.name in mandatory, doc=f"{prefix}: {p.doc}") for p in parts)


_QUANTITY = Field("lines.quantity", Type.DECIMAL, mandatory=True, above=0, doc="ordered quantity, more than 0")

ORDER_HEAD: tuple[Field, ...] = (
    Field(
        "number", limit=50, charset=Charset.CODE128, doc="the retailer's order number; made by the hub as XXX-XXX-XXX when absent"
    ),
    Field("date", Type.TIME, mandatory=True, doc="when the order was placed"),
    Field("promised_date", Type.TIME, doc="delivery promised to the buyer"),
    Field("requested_date", Type.TIME, doc="delivery wished by the buyer"),
    Field("currency", Type.CURRENCY, default="EUR", doc="ISO 4217"),
    Field("document_type", Type.CODE, choices=("SalesOrder", "PurchaseOrder"), default="SalesOrder", doc="what kind of order"),
    Field("purchase_reference", limit=100, doc="purchase order number; its presence allows one supplier only"),
    Field("sales_reference", limit=100, doc="the buyer's order number, printed on the delivery note"),
    Field("service_code", limit=50, doc="delivery service"),
    Field("operator", limit=50, doc="delivery operator"),
    Field("pickup_point", limit=50, doc="pick-up point; needs the receiver's phone or email"),
    Field("routing_code", limit=50, doc="routing service code"),
    Field("additional_services", limit=50, many=True, doc="additional services"),
    Field("note", limit=2000, personal=True, doc="free text"),
    Field("total", Type.DECIMAL, doc="order total"),
    Field("submit", Type.YESNO, default="yes", doc="no = registered and reserved, not sent on until released"),
    *_party("vendor"),
    *_party("sender"),
    *_party("buyer"),
    *_party("ship_to", mandatory=("name", "address1", "city", "country")),
)

ORDER_LINE: tuple[Field, ...] = (
    Field("lines.line_no", limit=50, doc="line number; counted when absent"),
    Field("lines.sku", limit=100, doc="the supplier's product number; sku or ean is mandatory"),
    Field("lines.ean", Type.GTIN, doc="GTIN of 8, 12, 13 or 14 digits"),
    Field("lines.name", limit=500, doc="product name for the delivery note"),
    _QUANTITY,
    Field("lines.unit", limit=20, doc="unit of measure"),
    Field("lines.price", Type.DECIMAL, doc="price per unit"),
    Field("lines.vat_rate", Type.DECIMAL, unit="percent", least=0, doc="VAT in percent"),
    Field("lines.total", Type.DECIMAL, doc="line total"),
    Field("lines.catalog", limit=50, doc="catalogue that the line must come from"),
    Field("lines.supplier", limit=50, doc="supplier that the line must go to"),
)

BALANCE: tuple[Field, ...] = (
    Field("catalog", limit=50, doc="catalogue of the balance; every catalogue the supplier is in when absent"),
    Field("stock", Type.DECIMAL, least=0, doc="quantity in stock"),
    Field("incoming", Type.DECIMAL, least=0, doc="quantity on its way"),
    Field("wholesale_price", Type.DECIMAL, least=0, doc="price to the retailer, VAT excluded"),
)

_SKU = Field("sku", limit=100, charset=Charset.SKU, doc="product number, unique in a supplier, compared exactly")
_EAN = Field("ean", Type.GTIN, doc="GTIN of 8, 12, 13 or 14 digits")

PRODUCT: tuple[Field, ...] = (
    replace(_SKU, mandatory=True),
    _EAN,
    Field("name", limit=500, doc="product name; also by language: name.fi, name.sv …"),
    Field("short_description", limit=2000, doc="short text; also by language"),
    Field("description", limit=50000, doc="long text; also by language"),
    Field("brand", limit=200, doc="brand"),
    Field("category", limit=500, doc="category"),
    Field("price", Type.DECIMAL, least=0, doc="recommended retail price, VAT included"),
    Field("vat_rate", Type.DECIMAL, unit="percent", least=0, doc="VAT in percent"),
    Field("currency", Type.CURRENCY, default="EUR", doc="ISO 4217"),
    Field("unit", limit=20, doc="unit of measure"),
    Field("weight", Type.DECIMAL, unit="kg", least=0, doc="weight in kg"),
    Field("length", Type.DECIMAL, unit="m", least=0, doc="length in m"),
    Field("width", Type.DECIMAL, unit="m", least=0, doc="width in m"),
    Field("height", Type.DECIMAL, unit="m", least=0, doc="height in m"),
    Field("volume", Type.DECIMAL, unit="m3", least=0, doc="volume in m3"),
    Field("fragile", Type.YESNO, doc="fragile"),
    Field("dangerous", Type.YESNO, doc="dangerous goods"),
    Field("oversized", Type.YESNO, doc="oversized"),
    Field("images", Type.URL, limit=2000, many=True, doc="pictures"),
    Field("active", Type.YESNO, default="yes", doc="no = end of sale, no longer routed to"),
    *BALANCE,
)

TRANSLATED = frozenset({"name", "short_description", "description"})

STOCK: tuple[Field, ...] = (
    _SKU,
    _EAN,
    BALANCE[0],
    replace(BALANCE[1], mandatory=True),
    *BALANCE[2:],
    Field("available_date", Type.DATE, doc="when it is in stock again"),
    Field("published", Type.YESNO, doc="no withdraws the balance"),
    Field("as_of", Type.TIME, doc="when the figure was true; the arrival when absent"),
)

CANCELLATION: tuple[Field, ...] = (
    Field("number", limit=50, mandatory=True, doc="order number"),
    Field("reason", limit=500, doc="why"),
    Field("lines.line_no", limit=50, doc="line to cancel; the whole order when no line is named"),
    Field("lines.sku", limit=100, doc="or the line's sku"),
    Field("lines.quantity", Type.DECIMAL, above=0, doc="how much of it; all when absent"),
)

_PARCEL: tuple[Field, ...] = (
    Field("parcel", limit=50, doc="parcel, unique in a shipment"),
    Field("tracking_number", limit=500, doc="tracking number; several in one cell are several parcels"),
    Field("carrier", limit=100, doc="carrier"),
    Field("service_code", limit=50, doc="delivery service"),
    Field("weight", Type.DECIMAL, unit="kg", least=0, doc="the parcel's weight in kg"),
)

DELIVERY: tuple[Field, ...] = (
    Field("shipment", limit=50, doc="the hub's shipment number; shipment or number is mandatory"),
    Field("number", limit=50, doc="the retailer's order number"),
    Field("retailer", limit=50, doc="the retailer, where two use the same order number"),
    Field("status", limit=50, doc="status of the whole shipment (contract §8)"),
    Field("supplier_reference", limit=100, doc="the supplier's own reference, never shown to the retailer"),
    Field("ship_date", Type.TIME, doc="when it left"),
    Field("lines.line_no", limit=50, doc="line"),
    Field("lines.sku", limit=100, doc="or the line's sku"),
    Field("lines.ean", Type.GTIN, doc="or the line's GTIN"),
    Field("lines.delivered_quantity", Type.DECIMAL, least=0, doc="delivered quantity; set, not added"),
    Field("lines.cancelled_quantity", Type.DECIMAL, least=0, doc="quantity that will not come"),
    Field("lines.cancel_reason", limit=500, doc="why"),
    Field("lines.expected_date", Type.DATE, doc="when the rest is expected"),
    *(replace(p, name=f"lines.{p.name}") for p in _PARCEL),
    *(replace(p, name=f"parcels.{p.name}") for p in _PARCEL),
)

BOOKING_ANSWER: tuple[Field, ...] = (
    Field("shipment", limit=50, mandatory=True, doc="shipment number"),
    Field("parcel", limit=50, doc="parcel"),
    Field("tracking_number", limit=100, doc="tracking number given by the carrier"),
    Field("error", limit=1000, doc="why it was not booked"),
)

_STATUS: tuple[Field, ...] = (
    Field("status", limit=50, doc="status in the partner's vocabulary (contract §8)"),
    Field("status_time", Type.TIME, doc="when the status was reached"),
)

_TOLD_LINE: tuple[Field, ...] = (
    Field("lines.status", limit=50, doc="the line's status"),
    Field("lines.supplier", limit=50, doc="supplier id"),
    Field("lines.shipment", limit=20, doc="shipment number"),
    Field("lines.delivered_quantity", Type.DECIMAL, doc="delivered so far; empty when unknown"),
    Field("lines.cancelled_quantity", Type.DECIMAL, doc="cancelled so far"),
    Field("lines.cancel_reason", limit=500, doc="why it was cancelled"),
    Field("lines.expected_date", Type.DATE, doc="when the rest is expected"),
    Field("lines.tracking_number", limit=2000, doc="tracking numbers, joined by a comma"),
    Field("lines.wholesale_price", Type.DECIMAL, doc="wholesale price agreed when routed"),
)

_TOLD_PARCEL: tuple[Field, ...] = (
    *(replace(p, name=f"parcels.{p.name}") for p in _PARCEL),
    Field("parcels.tracking_url", Type.URL, doc="link to the carrier's tracking page"),
    *(replace(f, name=f"parcels.{f.name}", mandatory=False) for f in (*ORDER_LINE, *_TOLD_LINE)),
)

_RETAILER_TOLD: tuple[Field, ...] = (
    *_STATUS,
    *_party("retailer"),
    *_TOLD_LINE,
    *_TOLD_PARCEL,
    Field("ship_date", Type.TIME, doc="when it left"),
)

_SUPPLIER_TOLD: tuple[Field, ...] = (
    Field("shipment", limit=20, doc="shipment number made by the hub"),
    *_RETAILER_TOLD,
    *_party("supplier"),
    Field("supplier_reference", limit=100, doc="the supplier's own reference"),
)

_ORDER: tuple[Field, ...] = (*ORDER_HEAD, *ORDER_LINE)

_ANSWER: tuple[Field, ...] = (
    Field("file", limit=255, doc="name of the partner's file"),
    Field("sha256", limit=64, doc="hash of its bytes"),
    Field("kind", limit=50, doc="what it holds: orders, products, …"),
    Field("received_at", Type.TIME, doc="when it was taken"),
    Field("answered_at", Type.TIME, doc="when it was answered"),
    Field("answer", Type.INTEGER, doc="the answer to the whole file: 200, 207, 400, …"),
    *(Field(name, Type.INTEGER, doc=f"records {name}") for name in ("read", "accepted", "unchanged", "refused", "skipped")),
    Field("codes", limit=50, many=True, doc="the codes of its problems, each once"),
    Field("messages", limit=2000, many=True, doc="its problems in words, those of the file as a whole and of records"),
    Field("records.row", Type.INTEGER, doc="the row in which the record begins"),
    Field("records.answer", Type.INTEGER, doc="what became of the record: 200, 207, 400, 404, 409"),
    Field("records.number", limit=50, doc="order number"),
    Field("records.shipment", limit=50, doc="shipment number"),
    Field("records.sku", limit=100, doc="product number"),
    Field("records.ean", Type.GTIN, doc="the product's GTIN"),
    Field("records.codes", limit=50, many=True, doc="the codes of the record's problems, each once"),
    Field("records.messages", limit=2000, many=True, doc="the record's problems in words"),
)

_READ: dict[Kind, tuple[Field, ...]] = {
    Kind.ORDERS: _ORDER,
    Kind.CANCELLATIONS: CANCELLATION,
    Kind.PRODUCTS: PRODUCT,
    Kind.STOCK: STOCK,
    Kind.DELIVERIES: DELIVERY,
    Kind.BOOKING_ANSWERS: BOOKING_ANSWER,
}

_WRITTEN: dict[Kind, tuple[Field, ...]] = {
    Kind.SHIPMENTS: (*_ORDER, *_SUPPLIER_TOLD),
    Kind.CANCELLATIONS: (*_ORDER, *_SUPPLIER_TOLD, Field("reason", limit=500, doc="why the retailer cancels")),
    Kind.STATUSES: (*_ORDER, *_RETAILER_TOLD),
    Kind.DESPATCHES: (
        *_ORDER,
        Field("shipment", limit=20, doc="shipment number made by the hub"),
        *_RETAILER_TOLD,
        *_party("supplier"),
    ),
    Kind.BOOKINGS: (*_ORDER, *_SUPPLIER_TOLD),
    Kind.ANSWERS: _ANSWER,
    Kind.CATALOG: (
        *PRODUCT,
        Field("supplier", limit=50, doc="supplier id"),
        *_party("supplier"),
        *_party("retailer"),
        Field("available", Type.DECIMAL, doc="stock less what was ordered since"),
        Field("available_date", Type.DATE, doc="when it is in stock again"),
    ),
}


@cache
def fields_read(kind: Kind) -> dict[str, Field]:
    """The fields that a mapping with `reads: kind` may fill, by name; empty when nothing reads it."""
    return {each.name: each for each in _READ.get(kind, ())}


@cache
def fields_written(kind: Kind) -> dict[str, Field]:
    """The fields that a mapping with `writes: kind` may use, by name; empty when nothing writes it."""
    return {each.name: each for each in _WRITTEN.get(kind, ())}


def find_field(fields: dict[str, Field], name: str) -> Field | None:
    """The declaration of `name`, also of `name.fi` (a translation) and `x.NAME` (a foreign value)."""
    if name in fields:
        return fields[name]
    inside = list_of(name)
    short = name[len(inside) + 1 :] if inside else name
    if short.startswith("x.") and len(short) > len("x."):
        return Field(name, limit=2000, doc="a foreign value, kept as text")
    stem, _, language = short.rpartition(".")
    if (
        inside is None
        and stem in TRANSLATED
        and stem in fields
        and len(language) in (2, 3)
        and language.isascii()
        and language.isalpha()
    ):
        return replace(fields[stem], name=name, mandatory=False, doc=f"{fields[stem].doc} ({language})")
    return None
