"""Random sales, purchases, receipts and counts at a warehouse, with power cuts: it agrees with a clerk's card of the shelf."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hub.service.once import once
from tests.ends.place import exported, table
from tests.ends.test_warehouse import Warehouse
from tests.model.power import CUTS, lived_through

LONG = os.environ.get("HUB_MODEL") == "long"
START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NEVER = 10**9


@dataclass
class Sale:
    """A sales order of the one product; `handed` is when its file went to the warehouse."""

    number: str
    quantity: int
    status: str = "Created"
    handed: int = NEVER


@dataclass
class Purchase:
    """A purchase order, with what was received of it in each parcel."""

    number: str
    quantity: int
    status: str = "Submitted"
    parcels: dict[str, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        return sum(self.parcels.values())


@dataclass
class Card:
    """The card of the shelf: the last count with its time, what came in and when, who waits, in order of acceptance."""

    counted: int
    at: int
    receipts: list[tuple[int, int]] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)

    def stock(self) -> int:
        return max(self.counted + sum(quantity for at, quantity in self.receipts if at > self.at), 0)

    def left(self, *without: Sale) -> int:
        open_ones = [sale for sale in self.sales if sale.status != "Cancelled" and sale not in without]
        return self.stock() - sum(sale.quantity for sale in open_ones if sale.handed > self.at)

    def end_of_round(self, now: int) -> None:
        """Whole orders go out as they were accepted; one that finds nothing waits, one that waits needs all that it wants."""
        waiting = [sale for sale in self.sales if sale.handed == NEVER and sale.status in {"Created", "On Hold"}]
        left = self.left(*waiting)
        for sale in waiting:
            enough = left >= sale.quantity if sale.status == "On Hold" else left > 0
            left -= sale.quantity
            sale.status = "Submitted" if enough else "On Hold"
            sale.handed = now if enough else NEVER


class HubAndCard(RuleBasedStateMachine):
    """One hub with one warehouse and one product; a step drops a file, runs the hub once, and notes the same on the card."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Warehouse(Path(tempfile.mkdtemp(prefix="hub-warehouse-")))
        self.place.clock = lambda: START + timedelta(minutes=self.minute)
        self.minute = self.numbers = 0
        self.cut: str | None = None
        self.ready = False

    def teardown(self) -> None:
        if self.ready:
            self.hub.store.close()
        shutil.rmtree(self.place.home)

    @initialize(stock=st.integers(0, 6))
    def open(self, stock: int) -> None:
        self.place.set_up()
        self.place.goods(("W1", str(stock)))
        self.hub = self.place.open()
        self.ready = True
        self.card = Card(stock, 1)
        self.step()
        self.buy(6)

    def name(self, stem: str) -> str:
        self.numbers += 1
        return f"{stem}_{self.numbers:04d}.csv"

    def step(self) -> None:
        self.minute += 1
        cut, self.cut = self.cut, None
        lived_through(cut, lambda: once(self.hub), self.restart)

    def restart(self) -> None:
        self.hub.store.close()
        self.hub = self.place.open()

    @rule(where=st.sampled_from(CUTS))
    def power_is_to_fail(self, where: str) -> None:
        self.cut = where

    @rule(quantity=st.integers(1, 4))
    def sell(self, quantity: int) -> None:
        number = self.name("S")
        self.place.orders("nord", {"order": number, "sku": "W1", "qty": str(quantity)}, name=f"orders_{number}")
        self.step()
        self.card.sales.append(Sale(number, quantity))
        self.card.end_of_round(self.minute)

    @rule(quantity=st.integers(1, 6))
    def buy_more(self, quantity: int) -> None:
        self.buy(quantity)

    def buy(self, quantity: int) -> None:
        number = self.name("P")
        row = {"order": number, "sku": "W1", "qty": str(quantity), "supplier": "varasto", "kind": "PurchaseOrder"}
        self.place.orders("nord", row, name=f"orders_{number}")
        self.step()
        self.card.purchases.append(Purchase(number, quantity))

    @precondition(lambda self: self.ready and self.card.purchases)
    @rule(data=st.data(), parcel=st.sampled_from("12"), quantity=st.integers(0, 7), done=st.booleans())
    def receive_some(self, data: Any, parcel: str, quantity: int, done: bool) -> None:
        """What came in a parcel, set and not added; after Delivered never less. The same file again changes nothing."""
        purchase: Purchase = data.draw(st.sampled_from(self.card.purchases), label="purchase")
        self.receive(purchase, parcel, quantity, "Delivered" if done else "Receiving")

    def receive(self, purchase: Purchase, parcel: str, quantity: int, status: str) -> None:
        row = {"order": purchase.number, "status": status, "sku": "W1", "qty": str(quantity), "parcel": parcel}
        for _ in range(2):
            self.place.deliveries("varasto", row, name=self.name("delivery"))
        self.step()
        before = purchase.received
        after = before - purchase.parcels.get(parcel, 0) + quantity
        if purchase.status != "Delivered" or not purchase.parcels or after >= before:
            purchase.parcels[parcel] = quantity
            self.card.receipts.append((self.minute, after - before))
        if purchase.status != "Delivered":
            purchase.status = status
        self.card.end_of_round(self.minute)

    @rule(figure=st.integers(0, 9), age=st.integers(0, 2))
    def count_some(self, figure: int, age: int) -> None:
        """A count of some minutes ago: one that is older than the one known is passed over."""
        self.count(figure, age)

    @precondition(lambda self: self.ready)
    @rule(figure=st.integers(0, 9), parcel=st.sampled_from("34"), quantity=st.integers(1, 4))
    def count_before_goods_came(self, figure: int, parcel: str, quantity: int) -> None:
        """The count arrives after the receipt that it does not know of."""
        self.receive(self.card.purchases[-1], parcel, quantity, "Receiving")
        self.count(figure, 2)

    def count(self, figure: int, age: int) -> None:
        at = self.minute + 1 - age
        when = (START + timedelta(minutes=at)).isoformat()
        name = self.name("stock")
        self.place.drop("varasto", name, table(("sku", "stock", "as_of"), [("W1", figure, when)]))
        self.step()
        if at >= self.card.at:
            self.card.counted, self.card.at = figure, at
        assert {code for code, _ in self.place.problems("varasto", name)} == ({"409.sequence"} if at < self.card.at else set())
        self.card.end_of_round(self.minute)

    @precondition(lambda self: self.ready and self.card.sales)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        """Who waits is cancelled at once; who was handed over is asked for."""
        sale: Sale = data.draw(st.sampled_from(self.card.sales), label="sale")
        self.place.cancel("nord", {"order": sale.number}, name=self.name("cancel"))
        self.step()
        if sale.handed == NEVER:
            sale.status = "Cancelled"
        self.card.end_of_round(self.minute)

    @invariant()
    def the_card_agrees(self) -> None:
        if not self.ready:
            return
        orders = {str(row["number"]): row["status"] for row in exported(self.hub, "orders")}
        sales, purchases = self.card.sales, self.card.purchases
        assert orders == {each.number: each.status for each in sales} | {each.number: each.status for each in purchases}
        [balance] = [row for row in exported(self.hub, "balances") if row["supplier"] == "varasto"]
        assert balance["available"] == str(max(self.card.left(), 0))
        told = [row["order"] for row in self.place.rows("varasto", "shipment_*.csv")]
        assert sorted(told) == sorted({*told}), "nothing is handed over twice"
        handed = {each.number for each in self.card.sales if each.handed != NEVER} | {each.number for each in self.card.purchases}
        assert set(told) == handed


def test_the_warehouse_and_the_card_agree_whatever_happens() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    steps, examples = (30, 40) if LONG else (12, 5)
    run_state_machine_as_test(
        HubAndCard,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not LONG,
            phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    structlog.reset_defaults()
