"""How orders stand: their status is computed from their shipments and lines, for many orders at once (contract §8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import Connection, Integer, and_, case, func, select

from hub.config.workspace import Workspace
from hub.domain.kinds import Role
from hub.domain.status import Status, roll_up, status_without_shipments
from hub.store.many import chunks
from hub.store.schema import order_lines, shipments


@dataclass(slots=True)
class Standing:
    """What is known of one order's lines and shipments; `delivered` is None while no delivered quantity is known."""

    statuses: list[Status] = field(default_factory=list)
    lines: int = 0
    quantity: Decimal = Decimal(0)
    delivered: Decimal | None = None
    unrouted: int = 0
    cancelled_lines: int = 0

    def status(self, *, draft: bool, all_cancelled: Status) -> Status:
        """The order's status."""
        if self.statuses:
            return _rolled_up(frozenset(self.statuses), all_cancelled)
        return status_without_shipments(
            draft=draft, all_routed=not self.unrouted, all_line_cancelled=self._all_lines_cancelled, all_cancelled=all_cancelled
        )

    @property
    def nothing_comes(self) -> bool:
        """Whether the whole order is cancelled."""
        if self.statuses:
            return set(self.statuses) == {Status.CANCELLED}
        return self._all_lines_cancelled

    @property
    def _all_lines_cancelled(self) -> bool:
        return self.lines > 0 and self.cancelled_lines == self.lines


@lru_cache(maxsize=4096)
def _rolled_up(statuses: frozenset[Status], all_cancelled: Status) -> Status:
    return roll_up(statuses, all_cancelled)


def cancelled_words(workspace: Workspace) -> Mapping[str, Status]:
    """What each retailer calls an order of which nothing comes, by retailer."""
    return {each.id: Status(each.all_cancelled) for each in workspace.of_role(Role.RETAILER)}


def standings(db: Connection, orders: Collection[int]) -> dict[int, Standing]:
    """How the orders with these ids stand."""
    found = {order: Standing() for order in orders}
    for some in chunks(orders):
        _add_lines(db, some, found)
        for row in db.execute(select(shipments.c.order, shipments.c.status).where(shipments.c.order.in_(some))):
            found[row.order].statuses.append(Status(row.status))
    return found


def _add_lines(db: Connection, some: list[int], found: dict[int, Standing]) -> None:
    quantity = order_lines.c.quantity.type  # a line that sends a rest again orders nothing new
    wholly = order_lines.c.cancelled_quantity >= order_lines.c.quantity
    unrouted = and_(order_lines.c.supplier.is_(None), ~wholly)
    query = (
        select(
            order_lines.c.order,
            func.count().label("lines"),
            func.sum(case((order_lines.c.again.is_(None), order_lines.c.quantity), else_=0), type_=quantity).label("quantity"),
            func.sum(order_lines.c.delivered_quantity).label("delivered"),
            func.sum(case((unrouted, 1), else_=0), type_=Integer).label("unrouted"),
            func.sum(case((wholly, 1), else_=0), type_=Integer).label("cancelled_lines"),
        )
        .where(order_lines.c.order.in_(some))
        .group_by(order_lines.c.order)
    )
    for row in db.execute(query):
        each = found[row.order]
        each.lines, each.quantity, each.delivered = row.lines, row.quantity, row.delivered
        each.unrouted, each.cancelled_lines = int(row.unrouted), int(row.cancelled_lines)
