"""What must be true of a despatch before its retailer is told: a wrong one costs him more than a late one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from hub.domain.orders import Record

_RECEIVER = ("ship_to.name", "ship_to.name2", "ship_to.address1", "ship_to.postcode", "ship_to.city", "ship_to.country")


def receiver(head: Record) -> tuple[str, ...]:
    """Who gets an order, comparable between orders of any retailer."""
    return tuple(" ".join(str(head.get(name) or "").casefold().split()) for name in _RECEIVER)


def with_loose(parcels: list[Record], loose: list[Record]) -> list[Record]:
    """The parcels of a shipment as they are told, with the goods in them of which nobody said where they lie.

    Such goods are in the parcels of unknown contents, all of them in the first and, nobody knows how much, in the others;
    where there is none they are told without a parcel, so that nothing that has left is missing.
    """
    if not loose:
        return parcels
    unknown = [parcel for parcel in parcels if not parcel["lines"]]
    if not unknown:
        bare = dict.fromkeys(("parcel", "tracking_number", "tracking_url", "carrier", "service_code", "weight"))
        return [*parcels, bare | {"lines": loose}]
    for parcel in unknown:
        parcel["lines"] = loose if parcel is unknown[0] else [line | {"delivered_quantity": None} for line in loose]
    return parcels


def fault(record: Record, elsewhere: Collection[str]) -> str | None:
    """Why a despatch must be held back; None when nothing speaks against it.

    In: a shipment as its retailer is told of it; `elsewhere` are the tracking numbers that goods for another receiver
    bear. More may not be delivered than was ordered, in parcels not more than in all, and a number names one parcel.
    """
    packed: dict[str, Decimal] = defaultdict(Decimal)
    numbers: set[str] = set()
    for parcel in record["parcels"]:
        for line in parcel["lines"]:
            packed[line["line_no"]] += line["delivered_quantity"] or Decimal(0)  # empty: nobody said how much lies in it
        number = parcel["tracking_number"]
        if number is None:
            continue
        if number in numbers:
            return f"tracking number {number} is on two parcels"
        if number in elsewhere:
            return f"tracking number {number} is on a parcel for another receiver"
        numbers.add(number)
    for line in record["lines"]:
        delivered = line["delivered_quantity"] or Decimal(0)
        if delivered + (line["cancelled_quantity"] or Decimal(0)) > line["quantity"]:
            return f"line {line['line_no']}: more is delivered than was ordered"
        if packed[line["line_no"]] > delivered:
            return f"line {line['line_no']}: more lies in the parcels than is delivered"
    return None


def untracked(record: Record) -> str | None:
    """Which goods are told without a tracking number; None when each parcel has one."""
    named = [parcel for parcel in record["parcels"] if parcel["parcel"] is not None]
    if not named:
        return "no parcel and no tracking number is known"
    bare = [parcel["parcel"] for parcel in named if parcel["tracking_number"] is None]
    if bare:
        return f"no tracking number for parcel {', '.join(bare)}"
    loose = [
        line["sku"] or line["ean"] or f"line {line['line_no']}"
        for each in record["parcels"]
        if each not in named
        for line in each["lines"]
    ]
    return f"no parcel and no tracking number is known of {', '.join(loose)}" if loose else None
