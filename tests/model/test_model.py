"""Random orders, deliveries, cancellations, stock and restarts on a real hub: after every step it agrees with the books."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hub.desk.mend import release, work_off
from hub.desk.reopen import reopen
from hub.service.once import once
from tests.ends.conftest import Market
from tests.ends.place import exported
from tests.model.books import FINAL, OFFERS, PRICES, RETAILERS, STEPS, Books, Shipment
from tests.model.power import CUTS, lived_through

LONG = os.environ.get("HUB_MODEL") == "long"
EANS = {"P2": "6400000000026", "P3": "6400000000033"}
START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

CATALOGS = """catalogs:
  - {id: main, name: Main, suppliers: [ahti, kivi]}
  - {id: open, name: Open, public: yes, suppliers: [kivi], priority: 9}
"""
TRACKING = "tracking: {prefix: JJFI12345, digits: 17, from: 1, to: 999999}\n"

skus = st.sampled_from(["P1", "P2", "P3", "P4", "P5"])
retailers = st.sampled_from(RETAILERS)
quantities = st.integers(1, 5)
trackings = st.sampled_from(["T1", "T2", ""])
words = st.sampled_from([None] * 6 + [*STEPS, "Delivered", "Cancelled", "On Hold", "Gone"])


class HubAndBooks(RuleBasedStateMachine):
    """One hub under test; a step drops files, runs the hub once, and notes the same in the books."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="hub-model-"))
        self.market = Market(self.home)
        self.minute = 0
        self.numbers = 0
        self.finals: dict[str, str] = {}
        self.cut: str | None = None
        self.market.clock = lambda: START + timedelta(minutes=self.minute)
        self.ready = False

    def teardown(self) -> None:
        if self.ready:
            self.hub.store.close()
        shutil.rmtree(self.home)

    @initialize(stays=st.booleans(), all_cancelled=st.sampled_from(["Cancelled", "Delivered"]), stock=st.integers(0, 9))
    def open_shop(self, stays: bool, all_cancelled: str, stock: int) -> None:
        self.market.set_up()
        ahti = TRACKING + ("short: stays_open\n" if stays else "")
        self.market.settings(nord=f"all_cancelled: {all_cancelled}\n", ahti=ahti, catalogs=CATALOGS)
        self.books = Books({"ahti": stays, "kivi": False}, {"nord": all_cancelled, "sud": "Cancelled"})
        for supplier, offered in OFFERS.items():
            for sku in offered:
                more = {"EAN": EANS.get(sku, ""), "Sisäänosto": str(PRICES.get((supplier, sku), ""))}
                more |= {"Luettelo": "open"} if sku == "P5" else {}
                self.market.products(supplier, (sku, str(stock)), name=f"products_{sku}.csv", **more)
                self.books.figures[supplier, sku] = (stock, 1)
        self.hub = self.market.open()
        self.ready = True
        self.step()

    def step(self) -> None:
        """A minute later the hub runs; where power was to fail it is started again and finishes."""
        self.minute += 1
        cut, self.cut = self.cut, None
        lived_through(cut, lambda: once(self.hub), self.restart)

    @precondition(lambda self: self.ready)
    @rule(where=st.sampled_from(CUTS))
    def power_is_to_fail(self, where: str) -> None:
        """In the round of the next step, before it comes to this."""
        self.cut = where

    def export(self, kind: str) -> list[dict[str, Any]]:
        return exported(self.hub, kind)

    def codes(self, partner: str, name: str) -> set[str]:
        return {code for code, _ in self.market.problems(partner, name)}

    def name(self, stem: str) -> str:
        self.numbers += 1
        return f"{stem}_{self.numbers:04d}.csv"  # files of one moment are taken by name

    @rule(
        retailer=retailers,
        wanted=st.dictionaries(skus, quantities, min_size=1, max_size=3),
        draft=st.booleans(),
        regretted=st.booleans(),
    )
    def order(self, retailer: str, wanted: dict[str, int], draft: bool, regretted: bool) -> None:
        """A new order; sometimes its retailer regrets it before anybody has it."""
        self.numbers += 1
        number, submit = f"O{self.numbers}", "no" if draft else ""
        rows = [{"order": number, "sku": sku, "qty": str(quantity), "submit": submit} for sku, quantity in wanted.items()]
        name = self.name("orders")
        self.market.orders(retailer, *rows, name=name)
        if regretted:
            os.utime(self.home / "inbox" / retailer / name, (0, 0))  # it is older than its cancellation by more than a tick
            self.market.cancel(retailer, {"order": number}, name=self.name("cancel"))
        self.step()
        assert self.books.order(retailer, number, wanted, draft=draft or regretted, now=self.minute)
        if regretted:
            self.books.cancel_draft(number, None)
            if not draft:  # it was split already
                self.books.drafts.discard(number)
                for supplier in dict.fromkeys(line.supplier for line in self.books.lines[number]):
                    shipment = Shipment(number, supplier, stays_open=False, status="Cancelled", regretted=True)
                    shipment.lines = [line for line in self.books.lines[number] if line.supplier == supplier]
                    for line in shipment.lines:
                        line.shipment = shipment
                    self.books.shipments.append(shipment)

    @rule(
        retailer=retailers,
        row=st.sampled_from(
            [
                ({"sku": "P9"}, "404.product"),
                ({"sku": "P1", "ean": EANS["P2"]}, "400.mismatch"),
                ({"sku": "P2", "ean": EANS["P3"]}, "400.mismatch"),
                ({"sku": "P4", "ean": EANS["P2"]}, "400.mismatch"),
                ({"sku": "P1", "supplier": "nobody"}, "404.supplier"),
                ({"sku": "P1", "catalog": "none"}, "404.catalog"),
            ]
        ),
        quantity=quantities,
    )
    def order_what_cannot_be(self, retailer: str, row: tuple[dict[str, str], str], quantity: int) -> None:
        """Nobody has it, or the line contradicts itself; the whole order is refused, its other line takes no stock."""
        name, (said, code) = self.name("orders"), row
        rows = [{"order": name, "qty": str(quantity)} | each for each in (said, {"sku": "P3"})]
        self.market.orders(retailer, *rows, name=name)
        self.step()
        assert code in self.codes(retailer, name)

    @rule(product=st.sampled_from([(each, sku) for each in OFFERS for sku in OFFERS[each]]), figure=st.integers(0, 9))
    def count_stock(self, product: tuple[str, str], figure: int) -> None:
        supplier, sku = product
        self.market.drop(supplier, self.name("stock"), f"sku,stock\n{sku},{figure}\n")
        self.step()
        self.books.figures[supplier, sku] = (figure, self.minute)

    def shipment(self, data: Any) -> Shipment:
        """One of the newest, so that much happens to few."""
        found: Shipment = data.draw(st.sampled_from(self.books.shipments[-3:]), label="shipment")
        return found

    @precondition(lambda self: self.ready and self.books.shipments)
    @rule(data=st.data(), updates=st.lists(st.tuples(words, st.none() | st.integers(0, 6), trackings), min_size=1, max_size=4))
    def deliver(self, data: Any, updates: list[tuple[str | None, int | None, str]]) -> None:
        """A supplier's updates of one shipment, possible or not; the last one once more changes nothing."""
        shipment = self.shipment(data)
        for word, quantity, tracking in [*updates, updates[-1]]:
            line = shipment.lines[0] if tracking else shipment.lines[-1]
            row = {"shipment": shipment.number, "status": word or "", "sku": line.sku if quantity is not None else ""}
            row |= {"qty": str(quantity), "tracking": tracking or "T1"} if quantity is not None else {}
            self.market.deliveries(shipment.supplier, row, name=self.name("delivery"))
            shipment.update(word, line, quantity, tracking or "T1")
        self.step()

    @precondition(lambda self: self.ready and self.books.shipments)
    @rule(data=st.data(), word=st.sampled_from(FINAL))
    def meddle(self, data: Any, word: str) -> None:
        """Another supplier names the shipment: for him it does not exist."""
        shipment, name = self.shipment(data), self.name("delivery")
        other = next(each for each in OFFERS if each != shipment.supplier)
        self.market.deliveries(other, {"shipment": shipment.number, "status": word}, name=name)
        self.step()
        assert self.codes(other, name) == {"404.shipment"}

    @precondition(lambda self: self.ready and self.books.lines)
    @rule(data=st.data(), retailer=retailers, whole=st.booleans())
    def cancel(self, data: Any, retailer: str, whole: bool) -> None:
        """A retailer's cancellation: of a draft at once, later only a request; another's order does not exist for him."""
        number = data.draw(st.sampled_from(sorted(self.books.lines)), label="order")
        line = data.draw(st.sampled_from(self.books.lines[number]), label="line")
        row = {"order": number} | ({} if whole else {"line": line.line_no})
        name = self.name("cancel")
        self.market.cancel(retailer, row, name=name)
        self.step()
        if retailer != self.books.retailer[number]:
            assert self.codes(retailer, name) == {"404.order"}
        elif number in self.books.drafts:
            self.books.cancel_draft(number, None if whole else line)

    @precondition(lambda self: self.ready and self.books.lines)
    @rule(data=st.data(), how=st.sampled_from([release, reopen]))
    def command(self, data: Any, how: Any) -> None:
        """The operator sends on a draft, or opens a final order again."""
        number = data.draw(st.sampled_from(sorted(self.books.lines)), label="order")
        self.minute += 1
        done = how(self.hub, number)[0].done
        work_off(self.hub)
        if how is release:
            goes_on = number in self.books.drafts and self.books.status(number) == "Draft"
            if goes_on:
                self.books.send(number, self.minute)
            assert done == goes_on
        else:
            assert done == self.books.reopen(number, self.minute)

    @precondition(lambda self: self.ready)
    @rule()
    def restart(self) -> None:
        self.hub.store.close()
        self.hub = self.market.open()

    @invariant()
    def the_books_agree(self) -> None:
        if not self.ready:
            return
        shipments = self.export("shipments")
        for mine, row in zip(self.books.shipments, shipments, strict=True):
            mine.number = row["shipment"]
            assert (row["order"], row["supplier"], row["status"]) == (mine.order, mine.supplier, mine.status)
            assert self.finals.setdefault(mine.number, mine.status) == mine.status or self.finals[mine.number] not in FINAL
            self.finals[mine.number] = mine.status
        self._lines()
        orders = {row["number"]: row["status"] for row in self.export("orders")}
        assert orders == {number: self.books.status(number) for number in self.books.lines}
        for row in self.export("balances"):  # a figure without catalogue is one pool for all of them
            assert row["available"] == str(self.books.available(row["supplier"], row["sku"])), row
        self._nobody_sees_anothers()
        self._numbers_are_drawn_once()

    def _numbers_are_drawn_once(self) -> None:
        """Tracking numbers of the hub's: one for each of ahti's shipments that went out, without a gap or a double."""
        drawn = [row["to"] for row in self.export("events") if row["what"] == "parcel"]
        assert drawn == [f"JJFI12345{serial:012d}" for serial in range(1, len(drawn) + 1)]
        assert len(drawn) == sum(each.supplier == "ahti" and not each.regretted for each in self.books.shipments)

    def _lines(self) -> None:
        """Every routed line on exactly one shipment, and nothing lost of what was ordered."""
        exported = self.export("shipment-lines")
        rows = sorted((row["shipment"], row["line_no"], row["sku"]) for row in exported)
        mine = sorted((each.number, line.line_no, line.sku) for each in self.books.shipments for line in each.lines)
        assert rows == mine
        booked = {(each.number, line.line_no): line for each in self.books.shipments for line in each.lines}
        for row in exported:
            line = booked[row["shipment"], row["line_no"]]
            delivered = None if line.delivered is None else str(line.delivered)
            told = (row["quantity"], row["delivered_quantity"], row["cancelled_quantity"])
            assert told == (str(line.quantity), delivered, str(line.cancelled))
            assert int(row["delivered_quantity"] or 0) + int(row["cancelled_quantity"]) <= int(row["quantity"])

    def _nobody_sees_anothers(self) -> None:
        own = {each.number: each.supplier for each in self.books.shipments}
        for supplier in OFFERS:
            assert {own[row["shipment"]] for row in self.market.rows(supplier, "shipment_*.csv")} <= {supplier}


def test_the_hub_and_the_books_agree_whatever_happens() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    steps, examples = (30, 40) if LONG else (12, 6)
    every = (Phase.generate, Phase.shrink) if LONG else (Phase.generate,)
    run_state_machine_as_test(
        HubAndBooks,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not LONG,
            phases=every,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    structlog.reset_defaults()
