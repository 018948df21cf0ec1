"""What one record must be in itself, whatever the store knows: which fields need each other (contract §4)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.domain.kinds import Kind
from hub.domain.problems import Code, Fault
from hub.domain.values import check_postcode, needs_postcode

Record = Mapping[str, Any]
"""A record in flattened form; a value that was refused may stand in it as its Fault."""


class Found(NamedTuple):
    """A fault of a record: in which field, of which item of its list (None: of the record itself)."""

    field: str
    item: int | None
    fault: Fault


ONE_OF: dict[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.ORDERS: (("lines.sku", "lines.ean"),),
    Kind.STOCK: (("sku", "ean"),),
    Kind.DELIVERIES: (("shipment", "number"),),
}
"""Fields of which each record (or line) needs one."""

UNIQUE: dict[Kind, tuple[str, ...]] = {
    Kind.PRODUCTS: ("sku", "catalog"),
    Kind.STOCK: ("sku", "ean", "catalog"),
}
"""What may stand in a file only once: the same key twice would leave it to chance which row wins."""

_PRODUCT = ("sku", "ean", "line_no")
_LINE_FACTS = ("delivered_quantity", "cancelled_quantity", "cancel_reason", "expected_date")


def missing_one_of(names: Sequence[str]) -> Fault:
    """The fault of a record that has none of these fields."""
    return Fault(Code.MISSING, None, f"{' or '.join(names)} is missing", "Fill in one of them.")


def record_faults(kind: Kind, record: Record) -> list[Found]:
    """Everything that one record of `kind` says about itself and must not; warnings keep the record.

    Products and stock have no such faults beyond ONE_OF and UNIQUE, which are looked at by column.
    """
    match kind:
        case Kind.ORDERS:
            return [*order_faults(record), *_lines_need(record, kind)]
        case Kind.DELIVERIES:
            return [*_head_needs(record, kind), *_delivery_lines(record)]
        case Kind.CANCELLATIONS:
            return list(_cancellation_lines(record))
        case _:
            return []


def repeated(keys: Iterable[Hashable]) -> dict[int, int]:
    """The positions whose key stood earlier already, each with the position of the first; None is no key."""
    first: dict[Hashable, int] = {}
    later: dict[int, int] = {}
    for position, key in enumerate(keys):
        if key is not None and first.setdefault(key, position) != position:
            later[position] = first[key]
    return later


def _head_needs(record: Record, kind: Kind) -> Iterable[Found]:
    for names in ONE_OF[kind]:
        if not any(record.get(name) for name in names):
            yield Found(names[0], None, missing_one_of(names))


def _lines_need(record: Record, kind: Kind) -> Iterable[Found]:
    for names in ONE_OF[kind]:
        shorts = [name.partition(".")[2] for name in names]
        for position, line in enumerate(record.get("lines", ())):
            if not any(map(line.get, shorts)):
                yield Found(names[0], position, missing_one_of(shorts))


def order_faults(record: Record) -> Iterable[Found]:
    """What an order says about itself and must not, its lines aside: of `lines` it only looks whether there are any."""
    if not record.get("lines"):
        yield Found(
            "lines",
            None,
            Fault(Code.MISSING, None, "the order has no line", "An order needs at least one product with a quantity."),
        )
    if record.get("pickup_point") and not (record.get("ship_to.phone") or record.get("ship_to.email")):
        fault = Fault(
            Code.MISSING, None, "a pick-up point needs the receiver's phone or email", "Fill in ship_to.phone or ship_to.email."
        )
        yield Found("ship_to.phone", None, fault)
    yield from _postcode(record)


def _postcode(record: Record) -> Iterable[Found]:
    country, postcode = record.get("ship_to.country"), record.get("ship_to.postcode")
    if not isinstance(country, str):
        return
    if postcode is None and needs_postcode(country):
        fault = Fault(Code.MISSING, None, f"an address in {country} needs a postcode", "Fill in ship_to.postcode.")
        yield Found("ship_to.postcode", None, fault)
    odd = check_postcode(country, postcode) if isinstance(postcode, str) else None
    if odd is not None:
        yield Found("ship_to.postcode", None, odd)


def _delivery_lines(record: Record) -> Iterable[Found]:
    for position, line in enumerate(record.get("lines", ())):
        if any(line.get(fact) is not None for fact in _LINE_FACTS) and not any(line.get(name) for name in _PRODUCT):
            yield Found("lines.sku", position, missing_one_of(_PRODUCT))


def _cancellation_lines(record: Record) -> Iterable[Found]:
    for position, line in enumerate(record.get("lines", ())):
        if not line.get("line_no") and not line.get("sku"):
            yield Found("lines.sku", position, missing_one_of(("line_no", "sku")))
