"""What a partner agreed with the hub, in the words of the business; `hub.config` fills it in from his file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.domain.kinds import Role
from hub.domain.status import Status, Words


class Tie(StrEnum):
    """What decides between suppliers that offer the same product (contract §7)."""

    CATALOG = "catalog"
    STOCK = "stock"
    PRICE = "price"


class UnknownProduct(StrEnum):
    """What a product that nobody offers costs: the order, its line, or nothing until `hub retry`."""

    REFUSE_ORDER = "refuse-order"
    REFUSE_LINE = "refuse-line"
    KEEP = "keep"


class SameProduct(StrEnum):
    """Whether an order may name one product on two lines."""

    REFUSE = "refuse"
    ALLOW = "allow"


class Fill(StrEnum):
    """What short stock refuses: nothing (the supplier decides), the line, or the order."""

    PARTIAL = "partial"
    LINE = "line"
    ORDER = "order"


class UnknownStatus(StrEnum):
    """What becomes of a status outside the table: a problem, or an event that changes nothing."""

    REFUSE = "refuse"
    KEEP = "keep"


class Publish(StrEnum):
    """Where a balance without catalogue goes: to every catalogue of its supplier, or to none."""

    ALL = "all"
    NAMED = "named"


class Short(StrEnum):
    """What Delivered with less than ordered means: final, or held open for the rest."""

    CLOSES = "closes"
    STAYS_OPEN = "stays_open"


@dataclass(frozen=True, slots=True)
class CatalogTerms:
    """One catalogue of a retailer; `suppliers` is None when every supplier may sell through it."""

    id: str
    name: str
    suppliers: frozenset[str] | None
    back_orders: bool = False
    priority: int = 1
    public: bool = False


@dataclass(frozen=True, slots=True)
class RetailerTerms:
    """What holds for a retailer's orders: catalogues, tie-breakers and what is refused.

    `warehouses` are the partners into which he may order goods;
    `reference_required` are the suppliers that take no order without a purchase or sales reference.

    `timezone` is the name of the zone in which his times without zone are read; `address` holds the
    party fields (`name`, `address1`, `country` …) that stand in for a missing vendor.
    """

    id: str
    name: str = ""
    catalogs: tuple[CatalogTerms, ...] = ()
    routing: tuple[Tie, ...] = (Tie.CATALOG, Tie.STOCK, Tie.PRICE)
    unknown_product: UnknownProduct = UnknownProduct.REFUSE_ORDER
    same_product_twice: SameProduct = SameProduct.REFUSE
    fill: Fill = Fill.PARTIAL
    all_cancelled: Status = Status.CANCELLED
    status_words: Words = Words.V3
    timezone: str = "Europe/Helsinki"
    address: Mapping[str, str] = field(default_factory=dict)
    reference_required: frozenset[str] = frozenset()
    warehouses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SupplierTerms:
    """What holds for the files of a supplier or warehouse and for the shipments it is given."""

    id: str
    name: str = ""
    role: Role = Role.SUPPLIER
    unknown_status: UnknownStatus = UnknownStatus.REFUSE
    publish: Publish = Publish.ALL
    short: Short = Short.CLOSES
    timezone: str = "Europe/Helsinki"
    require_reference: bool = False
    carrier: str | None = None
    address: Mapping[str, str] = field(default_factory=dict)
