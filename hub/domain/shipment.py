"""A shipment in the hand while an update is applied to it, and what the update did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from hub.domain.checks import Found
from hub.domain.parcels import Parcel
from hub.domain.problems import Fault
from hub.domain.status import Status


@dataclass(slots=True)
class ShipmentLine:
    """An order line as its shipment's supplier sees it.

    `said_total`: a total told without parcel or tracking number; `delivered`: what counts, None while unknown; `x`: foreign.
    """

    line_no: str
    sku: str | None
    ean: str | None
    quantity: Decimal
    delivered: Decimal | None = None
    said_total: Decimal | None = None
    cancelled: Decimal = Decimal(0)
    cancel_reason: str | None = None
    expected_date: date | None = None
    x: dict[str, str] = field(default_factory=dict)

    @property
    def wholly_cancelled(self) -> bool:
        """Whether nothing of it will ever come."""
        return self.cancelled >= self.quantity

    @property
    def settled(self) -> bool:
        """Whether every piece is delivered or cancelled."""
        return (self.delivered or Decimal(0)) + self.cancelled >= self.quantity


@dataclass(slots=True)
class Shipment:
    """A shipment in the hand: what an update may change.

    `purchase`: goods that a warehouse receives, more than ordered if they come. `rest_open`: it was Delivered in part
    and is held open until every piece is delivered or cancelled (`short: stays_open`).
    """

    number: str
    status: Status
    held: Status | None
    lines: list[ShipmentLine]
    parcels: list[Parcel] = field(default_factory=list)
    supplier_reference: str | None = None
    ship_date: date | datetime | None = None
    purchase: bool = False
    rest_open: bool = False
    x: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What an update did: whether anything changed, the status it claimed in vain, and its faults."""

    changed: bool = False
    moved: tuple[Status, Status] | None = None
    kept_word: str | None = None
    found: list[Found] = field(default_factory=list)

    def fail(self, name: str, item: int | None, fault: Fault) -> None:
        """Note a fault."""
        self.found.append(Found(name, item, fault))
