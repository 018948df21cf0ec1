"""An invented town of partners: two retailers, two suppliers, and orders in every state that a desk must tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from hub.config.workspace import Workspace, open_workspace
from hub.domain.problems import Code, Counts, Level, Problem, Verdict
from hub.store import ledger
from hub.store.connection import Store, open_store
from hub.store.dialect import put
from hub.store.events import Event, note
from hub.store.ledger import Arrival, Ended, Outgoing
from hub.store.outbox import Schedule, carry, set_schedule
from hub.store.schema import balances, order_lines, orders, parcel_lines, parcels, products, shipments
from hub.store.types import NEVER

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

ADDRESS = 'address: {address1: Testikatu 1, postcode: "00100", city: Helsinki, country: FI}\n'
PARTNERS = {
    "nord": "name: Nord Oy\nrole: retailer\nchannel: {type: local}\n"
    + ADDRESS
    + "catalogs: [{id: main, suppliers: [ahti, kivi]}]\nsend: [{mapping: nord-statuses, every: 2h}]\n",
    "east": "name: East Oy\nrole: retailer\nchannel: {type: local}\nall_cancelled: Delivered\n"
    + ADDRESS
    + "catalogs: [{id: far, suppliers: all}]\n",
    "ahti": "name: Ahti\nrole: supplier\nchannel: {type: local}\n",
    "kivi": "name: Kivi Oy\nrole: supplier\nchannel: {type: local}\nactive: no\n",
}


class Town:
    """A workspace with a store full of invented business."""

    def __init__(self, home: Path, *, empty: bool = False) -> None:
        for partner, text in PARTNERS.items():
            path = home / "config" / "partners" / f"{partner}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.home = home
        self.workspace: Workspace = open_workspace(home)
        self.store: Store = open_store("sqlite:///var/hub.db", home)
        if not empty:
            with self.store.change() as db:
                fill(db)


def arrive(db: Connection, partner: str, name: str, at: datetime = NOON) -> int:
    return ledger.take(db, [Arrival(partner, name, 100, "a" * 64, f"{partner}/{name}/{at}", at)], at, 1)[0]


def send(db: Connection, partner: str, name: str, kind: str, about: int | None = None) -> int:
    return ledger.ready(db, [Outgoing(partner, name, kind, f"{partner}-{kind}", "1", 50, "b" * 64, 1, about=about)], NOON, 1)[0]


def add_order(db: Connection, order: int, retailer: str, number: str, *, file: int, draft: bool = False, row: int = 2) -> None:
    db.execute(
        insert(orders).values(
            id=order,
            retailer=retailer,
            number=number,
            made=False,
            content="c",
            date=NOON - timedelta(days=1),
            currency="EUR",
            document_type="SalesOrder",
            draft=draft,
            head={"ship_to.name": "Aino Testi", "ship_to.city": "Turku", "note": "ring\nthe bell"},
            accepted_at=NOON,
            updated_at=NOON,
            file=file,
            row=row,
        )
    )
    note(db, [Event(NOON, "status", "hub", retailer, order, after="Draft" if draft else "Accepted", file=file)])


def add_shipment(db: Connection, shipment: int, order: int, retailer: str, supplier: str, status: str) -> None:
    times = {"created_at": NOON, "status_at": NOON, "updated_at": NOON}
    db.execute(
        insert(shipments).values(
            id=shipment, number=f"S{shipment:08d}", order=order, retailer=retailer, supplier=supplier, status=status, **times
        )
    )
    note(db, [Event(NOON, "status", "hub", retailer, order, shipment, after="Created", reason=f"split to {supplier}")])


def add_line(db: Connection, order: int, position: int, sku: str, quantity: str, **more: Any) -> int:
    row: dict[str, Any] = {
        "order": order,
        "position": position,
        "line_no": str(position + 1),
        "sku": sku,
        "quantity": Decimal(quantity),
        "x": {},
        "submitted_at": NEVER,
        "cancelled_quantity": Decimal(0),
    } | more
    return int(db.execute(insert(order_lines).values(row).returning(order_lines.c.id)).scalar_one())


def add_parcel(db: Connection, shipment: int, name: str, tracking: str | None, **lines: str) -> None:
    row = {"shipment": shipment, "parcel": name, "tracking_number": tracking, "carrier": "Posti"}
    parcel = int(db.execute(insert(parcels).values(row).returning(parcels.c.id)).scalar_one())
    contents = [{"parcel": parcel, "line": int(key[1:]), "quantity": Decimal(many)} for key, many in lines.items()]
    if contents:
        db.execute(insert(parcel_lines), contents)


def fill(db: Connection) -> None:
    """Orders in every state, files in every state, products and balances."""
    first = arrive(db, "nord", "orders.csv")
    problems = [
        Problem(
            Code.NUMBER, "is no number", "Write 12,50.", row=7, column="Hinta", field="lines.price", record="1", value="=1+1"
        ),
        Problem(Code.PHONE, "looks odd", level=Level.WARNING, row=8, sheet="Sivu"),
    ]
    verdict = Verdict(207, Counts(read=8, accepted=6, refused=1, unchanged=1), problems)
    ledger.finish(db, [Ended(first, verdict, "orders", "nord-orders", "v1")], NOON)
    second = arrive(db, "east", "orders.csv")
    fine = Verdict(200, Counts(read=1, accepted=1))
    ledger.finish(db, [Ended(second, fine, "orders", "east-orders", "v1")], NOON)
    broken = arrive(db, "kivi", "broken_50%.xlsx")
    ledger.quarantine(db, broken, "crashed three times alone", NOON)
    _fill_orders(db, first, second)
    _fill_files(db, first)
    _fill_products(db, first)
    set_schedule(db, "nord", "nord-statuses", Schedule(NOON - timedelta(hours=3), 0))


def _fill_orders(db: Connection, first: int, second: int) -> None:
    add_order(db, 1, "nord", "1001", file=first)
    add_shipment(db, 1, 1, "nord", "ahti", "Delivered")
    add_shipment(db, 2, 1, "nord", "kivi", "Submitted")
    two = Decimal(2)
    routed = {"catalog": "main", "routed_by": "price", "wholesale_price": Decimal("1.5")}
    came = add_line(db, 1, 0, "A1", "2", supplier="ahti", shipment=1, delivered_quantity=two, price=Decimal("9.90"), **routed)
    add_line(db, 1, 1, "K1", "0.5", supplier="kivi", product="K1", shipment=2, catalog="far")
    add_parcel(db, 1, "1", "JJFI1", **{f"l{came}": "2"})
    add_parcel(db, 1, "2", "JJFI2")
    add_order(db, 2, "nord", "1002", file=first, draft=True)
    add_line(db, 2, 0, "A1", "1", supplier="ahti")
    add_order(db, 3, "nord", "1003", file=first)
    add_shipment(db, 3, 3, "nord", "ahti", "Cancelled")
    add_line(db, 3, 0, "A1", "1", supplier="ahti", shipment=3)
    add_order(db, 4, "nord", "1004", file=first)
    add_line(db, 4, 0, "??", "1")
    add_order(db, 5, "nord", "1005", file=first)
    add_shipment(db, 4, 5, "nord", "ahti", "Delivered")
    add_line(db, 5, 0, "A1", "1", supplier="ahti", shipment=4)
    add_order(db, 6, "nord", "7", file=first)
    add_shipment(db, 5, 6, "nord", "ahti", "Shipping")
    add_line(db, 6, 0, "A1", "3", supplier="ahti", shipment=5, cancelled_quantity=Decimal(3))
    add_line(db, 6, 1, "A2", "1", supplier="ahti", shipment=5)
    add_order(db, 7, "east", "1001", file=second)
    add_shipment(db, 6, 7, "east", "kivi", "Cancelled")
    add_line(db, 7, 0, "K1", "4", supplier="kivi", shipment=6)


def _fill_files(db: Connection, first: int) -> None:
    told = send(db, "ahti", "ship_1.csv", "shipments")
    carry(db, [(told, 1, 1)])
    ledger.sent(db, [told], NOON)
    statuses = send(db, "nord", "statuses_1.csv", "statuses")
    carry(db, [(statuses, 1, None)])
    ledger.try_again(db, statuses, "outbox: no space left", NOON + timedelta(minutes=1))
    ledger.sent(db, [send(db, "nord", "orders.csv.answer.json", "answer-json", about=first)], NOON)


def _fill_products(db: Connection, file: int) -> None:
    known: dict[str, Any] = {"more": {}, "told": 0, "updated_at": NOON, "file": file}
    common: dict[str, Any] = {
        "ean": None,
        "currency": "EUR",
        "vat_rate": Decimal("25.5"),
        "unit": "PCE",
        "brand": None,
        "category": None,
    } | known
    rows: list[dict[str, Any]] = [
        {
            "supplier": "ahti",
            "sku": "A1",
            "name": "Muki ä €",
            "price": Decimal("12.50"),
            "weight": Decimal("0.35"),
            "active": True,
        },
        {"supplier": "ahti", "sku": "A2", "name": None, "price": None, "weight": None, "active": False},
        {"supplier": "kivi", "sku": "K1", "name": "=1+1", "price": Decimal(1000), "weight": None, "active": True},
    ]
    put(db, products, ["supplier", "sku"], [row | common for row in rows])
    times: dict[str, Any] = {"as_of": NOON, "updated_at": NOON, "file": file, "available_date": None, "incoming": None}
    figures: list[dict[str, Any]] = [
        {"supplier": "ahti", "sku": "A1", "catalog": "main", "stock": Decimal(10), "published": True, "pool": True},
        {"supplier": "ahti", "sku": "A2", "catalog": "main", "stock": Decimal(5), "published": True, "pool": True},
        {"supplier": "kivi", "sku": "K1", "catalog": "far", "stock": Decimal(3), "published": True, "pool": False},
        {"supplier": "kivi", "sku": "K1", "catalog": "gone", "stock": Decimal(3), "published": False, "pool": False},
    ]
    put(db, balances, ["supplier", "sku", "catalog"], [each | times | {"wholesale_price": Decimal("7.10")} for each in figures])
