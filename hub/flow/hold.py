"""A warehouse's sales orders wait where a product is sold out, and go on when stock arrives (contract §8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from sqlalchemy import Connection

from hub.domain.kinds import Role
from hub.domain.shelf import Shelf
from hub.domain.status import Status, held_after
from hub.flow.hub import Hub
from hub.store import catalogue, events, orders, shipments
from hub.store.events import Event
from hub.store.shipments import Held

log = structlog.get_logger()


def hold_and_release(hub: Hub) -> None:
    """Put on hold what a warehouse cannot even begin, and release in order of acceptance what can be sent whole.

    It looks at nothing but the store, so that a round that was broken off comes to the same when it is resumed.
    """
    for warehouse in hub.workspace.of_role(Role.WAREHOUSE):
        with hub.store.look() as db:
            waiting = shipments.waiting_for_stock(db, warehouse.id)
        if waiting:
            with hub.store.change() as db:
                _judge(db, shipments.load(db, waiting), hub.clock())


def _judge(db: Connection, waiting: Sequence[Held], now: datetime) -> None:
    shelf = catalogue.shelf(db, {(each.supplier, product) for each in waiting for product, _ in each.goods})
    mine = [each for each in waiting if not each.with_supplier]
    for each in mine:
        for balance, quantity in _wanted(each):
            shelf.take(balance, -quantity)
    for each in sorted(waiting, key=lambda held: (held.order, held.id)):
        if each.with_supplier:
            if _restocked(db, each, shelf):
                _move(db, each, each.shipment.held or Status.SUBMITTED, "stock arrived", now)
            continue
        short = _taken(each, shelf)
        on_hold = each.shipment.status is Status.ON_HOLD
        if on_hold and not any(left < quantity for _, left, quantity in short):
            _move(db, each, each.shipment.held or Status.CREATED, "stock arrived", now)
        elif not on_hold and any(left <= 0 for _, left, _ in short):
            sold_out = ", ".join(product for product, left, _ in short if left <= 0)
            _move(db, each, Status.ON_HOLD, f"sold out: {sold_out}", now)


def _wanted(held: Held) -> list[tuple[tuple[str, str, str], Decimal]]:
    """What a shipment takes of which balance."""
    lines = zip(held.goods, held.shipment.lines, strict=True)
    return [((held.supplier, *goods), line.quantity - line.cancelled) for goods, line in lines if not line.wholly_cancelled]


def _taken(held: Held, shelf: Shelf) -> list[tuple[str, Decimal, Decimal]]:
    """Take a shipment off the shelf, whether it is there or not: nobody later gets what it waits for.

    Out: for each line the product, what was left for it, and what it wants.
    """
    found = []
    for balance, quantity in _wanted(held):
        found.append((balance[1], shelf.available(balance), quantity))
        shelf.take(balance, quantity)
    return found


def _restocked(db: Connection, held: Held, shelf: Shelf) -> bool:
    """Whether stock came after the warehouse itself had put a shipment that it works on aside."""
    wanted = [balance for balance, _ in _wanted(held)]
    known = catalogue.known_balances(db, held.supplier, {product for _, product, _ in wanted})
    figures = [known.get((product, catalog)) for _, product, catalog in wanted]
    news = any(each is not None and each.updated_at > held.status_at for each in figures)
    return news and all(shelf.left.get(balance, Decimal(0)) >= 0 for balance in wanted) and all(x and x.stock for x in figures)


def _move(db: Connection, held: Held, to: Status, why: str, now: datetime) -> None:
    before = held.shipment.status
    held.shipment.held = held_after(before, held.shipment.held, to)
    held.shipment.status, held.status_at = to, now
    shipments.save(db, [held], now)
    orders.touch(db, [held.order], now)
    told = (held.retailer, held.order, held.id, before.value, to.value)
    events.note(db, [Event(now, "status", "hub", *told, reason=why)])
    log.info("shipment_on_hold" if to is Status.ON_HOLD else "shipment_released", supplier=held.supplier, shipment=held.id)
