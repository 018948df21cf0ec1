"""A small but rich day: what lies in the inboxes when the hub is killed, and a workspace that has worked before."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook

from hub.service.log import start_log
from hub.service.wiring import utc_now
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
    """A prepared workspace and the hash of every file that lies in its inboxes."""

    home: Path
    dropped: frozenset[str]


def prepare(home: Path) -> Scenario:
    """Make the workspace: two days ago it worked through a first round, now the next files lie there."""
    market = Market(home, SETTINGS)
    market.set_up()
    market.mapping("products-workbook", _WORKBOOK)
    market.write("config/partners/kivi.yaml", _KIVI)
    market.mapping("ack", _ACK)
    nord = market.home / "config/partners/nord.yaml"
    nord.write_text(nord.read_text().replace("send:\n", "send:\n  - {mapping: ack}\n"))
    start_log(home)
    before = utc_now() - timedelta(days=2)
    market.clock = lambda: before
    _first_day(market)
    market.once()
    for path in (home / "outbox").rglob("*"):
        if path.is_file():
            path.unlink()  # collected long ago
    shipments = {order: market.shipment(order) for order in ("1", "2")}
    _second_day(market, shipments)
    dropped = _in_order(home)
    for log in (home / "var/log").glob("*"):
        log.unlink()
    return Scenario(home, dropped)


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
    lying = [each for each in (home / "inbox").rglob("*") if each.is_file()]
    for nth, path in enumerate(sorted(lying, key=lambda each: each.stat().st_mtime_ns)):
        os.utime(path, (begin + nth, begin + nth))
        hashes.add(hashlib.sha256(path.read_bytes()).hexdigest())
    return frozenset(hashes)
