"""Open a final order again by an operator's word: what was not delivered is sent once more, what is final stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from hub.desk.mend import Mended, named
from hub.domain.status import FINAL
from hub.flow.hub import Hub
from hub.flow.route import route_lines
from hub.store import orders, reopened, shipments
from hub.store.reopened import Rest


def reopen(hub: Hub, number: str, retailer: str | None = None) -> list[Mended]:
    """Add shipments for what final orders with this number did not deliver, routed as new lines would be.

    A quantity that nobody knows counts as not delivered: whoever opens the order again says so. Raises NotFound.
    """
    with hub.store.change() as db:
        return [_reopen(hub, db, row) for row in named(db, number, retailer)]


def _reopen(hub: Hub, db: Connection, order: Row[Any]) -> Mended:
    whose = f"order {order.number} of {order.retailer}"
    still_open = [each for each in shipments.load(db, shipments.of_orders(db, [order.id])) if each.shipment.status not in FINAL]
    if still_open or orders.open_lines(db, order.id):
        where = f": {still_open[0].shipment.number} is {still_open[0].shipment.status.value}" if still_open else ""
        return Mended(order.number, f"{whose} is not final{where}", done=False)
    if order.purged_at is not None:
        return Mended(order.number, f"{whose} holds no address any more: its persons' data was purged", done=False)
    rests = [each for each in reopened.rests(db, order.id) if each.line.quantity > 0]
    if not rests:
        return Mended(order.number, f"{whose} is delivered in full; there is nothing to send again", done=False)
    decision = route_lines(hub, db, order, [each.line for each in rests])
    if faults := decision.faults:
        return Mended(order.number, f"{whose} stays as it is: {faults[0].code} {faults[0].say}", done=False)
    for position, rest in enumerate(rests):
        reopened.open_again(db, rest, decision.routed[position])
    made = orders.ship_open_lines(db, order, "reopen", hub.clock())
    return Mended(order.number, f"{whose} is open again and goes on as {', '.join(made)}: {_shown(rests)}", done=True)


def _shown(rests: list[Rest]) -> str:
    """What is sent again, for the operator's eye."""
    return ", ".join(f"{_plain(each.line.quantity)} × {each.line.product}" for each in rests)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
