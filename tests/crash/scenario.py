"""A small but rich day: what lies in the inboxes when the hub is killed, and a workspace that has worked before."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from openpyxl import Workbook

from hub.service.log import start_log
from hub.service.wiring import utc_now
from tests.crash.look import FAR, inboxes, visible
from tests.ends.conftest import PRODUCT_HEADINGS, PRODUCTS, Market
from tests.ends.place import table

SETTINGS = "settle: 0s\nretry: {attempts: 8, first: 1s, longest: 1s}\n"
_WORKBOOK = PRODUCTS.replace("format: csv, delimiter: semicolon", "format: excel")
_KIVI = """
name: Kivi
role: supplier
channel: {type: local}
receive:
  - {files: "*.xlsx", mapping: products-workbook}
  - {files: "products*", mapping: products}
  - {files: "stock*", mapping: stock}
  - {files: "delivery*", mapping: deliveries}
send:
  - {mapping: shipments}
  - {mapping: wishes}
"""
_ACK = """
writes: answers
file: {delimiter: pipe, name: "ACK_{seq}.csv", only: {kind: orders}}
fields: {File: file, Order: records.number, Answer: [records.answer, answer]}
"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A prepared workspace and the hash of every file that lies in its inboxes. What lies under `far` is on a server."""

    home: Path
    dropped: frozenset[str]

    def copy(self, room: Path) -> Path:
        """A workspace of its own, as the scenario left it; the folders on a server are its own as well."""
        shutil.rmtree(room, ignore_errors=True)
        home = Path(shutil.copytree(self.home, room / "home"))
        if (home / FAR).exists():
            for config in (home / "config/partners").iterdir():
                config.write_text(config.read_text("utf-8").replace(f"{self.home}/", f"{home}/"), "utf-8")
        return home


class Day(Protocol):
    """What happens in a scenario: a market is set up, a first round is worked through, then the next files lie there."""

    def set_up(self, market: Market) -> None:
        """Partners and mappings."""

    def first(self, market: Market) -> None:
        """What was worked through before."""

    def second(self, market: Market) -> None:
        """What lies there when the hub is disturbed."""


def prepare(home: Path, day: Day) -> Scenario:
    """Make the workspace: two days ago it worked through a first round, now the next files lie there."""
    market = Market(home, SETTINGS)
    day.set_up(market)
    start_log(home)
    before = utc_now() - timedelta(days=2)
    market.clock = lambda: before
    day.first(market)
    market.once()
    for path in visible(home):
        path.unlink()  # collected long ago
    day.second(market)
    dropped = _in_order(home)
    for log in (home / "var/log").glob("*"):
        log.unlink()
    return Scenario(home, dropped)


class Trade:
    """Every kind of file between shops and suppliers: good, bad, known, large; cancellations, deliveries, workbooks."""

    def set_up(self, market: Market) -> None:
        """Two shops and two suppliers; one shop is answered in its own form too."""
        market.set_up()
        market.mapping("products-workbook", _WORKBOOK)
        market.write("config/partners/kivi.yaml", _KIVI)
        market.mapping("ack", _ACK)
        nord = market.home / "config/partners/nord.yaml"
        nord.write_text(nord.read_text().replace("send:\n", "send:\n  - {mapping: ack}\n"))

    def first(self, market: Market) -> None:
        """Four orders are with their suppliers, one of them held back."""
        _first_day(market)

    def second(self, market: Market) -> None:
        """Eleven files lie there."""
        _second_day(market, {order: market.shipment(order) for order in ("1", "2")})


def _first_day(market: Market) -> None:
    market.products("ahti", ("A1", "50"), ("A2", "50"))
    market.products("kivi", ("K1", "50"))
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "2", "line": "1"},
        {"order": "1", "sku": "K1", "qty": "1", "line": "2"},
        {"order": "2", "sku": "A2", "qty": "1"},
        {"order": "3", "sku": "K1", "qty": "3"},
        {"order": "4", "sku": "A1", "qty": "1", "submit": "no"},
    )


def _second_day(market: Market, shipments: dict[str, str]) -> None:
    market.drop("ahti", "products-2.csv", _large())
    for nth, figure in enumerate((30, 20, 30)):  # back to what it was: three messages, not two
        market.drop("ahti", f"stock-{nth}.csv", f"sku,stock\nA1,{figure}\n")
    shipped = {
        "shipment": shipments["1"],
        "status": "Delivered",
        "sku": "A1",
        "qty": "2",
        "tracking": "JJFI1",
        "carrier": "Posti",
    }
    market.deliveries("ahti", shipped, {"shipment": "S99999999", "status": "Delivered"})
    market.drop("kivi", "products.xlsx", _workbook())
    market.deliveries("kivi", {"order": "3", "retailer": "nord", "status": "Picking"})
    market.cancel("nord", {"order": "2", "reason": "late"}, {"order": "4", "reason": "changed mind"})
    market.orders(  # the name that came before, with orders known and new, one of them wrong
        "nord",
        {"order": "3", "sku": "K1", "qty": "3"},
        {"order": "5", "sku": "A1", "qty": "2", "line": "1"},
        {"order": "5", "sku": "K1", "qty": "2", "line": "2"},
        {"order": "6", "sku": "A2", "qty": "many"},
    )
    market.orders("sud", {"order": "5", "sku": "A1", "qty": "1"}, {"order": "6", "sku": "K1", "qty": "1"})
    market.drop("sud", "orders-broken.csv", b"no headings here\n\x00\xff\n")


def _large() -> str:
    """More than the store keeps in itself, with a row that comes back: archive folder, marked and refused file."""
    headings = (*PRODUCT_HEADINGS, "Muistio")
    note = "ei kuulu hubille " * 80
    rows = [(sku, "", f"Tuote {sku}", "10,50", stock, "", "main", "", note) for sku, stock in (("A1", "40"), ("L9", "paljon"))]
    rows += [(f"L{n:03d}", "", f"Tuote {n}", "9,90", str(n), "", "main", "", note) for n in range(50)]
    return table(headings, rows, ";")


def _workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(list(PRODUCT_HEADINGS))
    sheet.append(["K1", None, "Kuksa", "12,50", 9, None, None, None])
    sheet.append(["K2", None, "Kauha", "kaksi", 9, None, None, None])
    book.save(out)
    return out.getvalue()


def _in_order(home: Path) -> frozenset[str]:
    """Give the files times a second apart, in the order in which they were dropped; returns their hashes."""
    hashes = set()
    begin = int(utc_now().timestamp()) - 600
    lying = [each for inbox in inboxes(home) for each in inbox.rglob("*") if each.is_file()]
    for nth, path in enumerate(sorted(lying, key=lambda each: each.stat().st_mtime_ns)):
        os.utime(path, (begin + nth, begin + nth))
        hashes.add(hashlib.sha256(path.read_bytes()).hexdigest())
    return frozenset(hashes)
