"""No partner reads or touches what is another's: every kind of update with every other partner's ids (contract §11.7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.store.metadata import metadata
from tests.ends.conftest import Market

_MAILROOM = ("files", "contents", "problems", "marks", "journal", "rounds", "series", "sends", "told", "carried", "full_files")
"""Tables about files as such; everything else is business."""


def business(market: Market) -> str:
    """Every business table of the store, row by row."""
    hub = market.open()
    with hub.store.look() as db:
        rows = {
            name: sorted(json.dumps([str(value) for value in row]) for row in db.execute(table.select()))
            for name, table in metadata.tables.items()
            if name not in _MAILROOM
        }
    hub.close()
    return json.dumps(rows)


@pytest.fixture
def town(market: Market) -> Market:
    """Orders under way: of nord with ahti and kivi, of sud with ahti; both retailers use the number 7."""
    market.orders("nord", {"order": "7", "sku": "A1", "qty": "2"}, {"order": "8", "sku": "K1", "qty": "1"})
    market.orders("sud", {"order": "7", "sku": "A2", "qty": "1"}, {"order": "9", "sku": "A1", "qty": "1"})
    market.once()
    return market


Update = Callable[[Market], tuple[str, str]]
"""Drops a file of one partner that names what is another's; out: the partner and the file."""


def delivers(**row: str) -> Update:
    def drop(market: Market) -> tuple[str, str]:
        known = {"shipment": market.shipment("7")} if row.get("shipment") == "of ahti" else {}
        market.deliveries("kivi", {"status": "Delivered", "qty": "1", **row, **known}, name="delivery_x.csv")
        return "kivi", "delivery_x.csv"

    return drop


def cancels(retailer: str, order: str) -> Update:
    def drop(market: Market) -> tuple[str, str]:
        market.cancel(retailer, {"order": order, "reason": "not mine"}, name="cancel_x.csv")
        return retailer, "cancel_x.csv"

    return drop


def orders(**row: str) -> Update:
    def drop(market: Market) -> tuple[str, str]:
        market.orders("sud", {"order": "100", "qty": "1", **row}, name="orders_x.csv")
        return "sud", "orders_x.csv"

    return drop


def publishes(**cells: str) -> Update:
    def drop(market: Market) -> tuple[str, str]:
        market.products("kivi", ("K9", "5"), name="products_x.csv", **cells)
        return "kivi", "products_x.csv"

    return drop


def counts(sku: str, catalog: str = "") -> Update:
    def drop(market: Market) -> tuple[str, str]:
        market.drop("kivi", "stock_x.csv", f"sku,ean,catalog,stock,as_of,published\n{sku},,{catalog},3,,\n")
        return "kivi", "stock_x.csv"

    return drop


UPDATES: dict[str, tuple[Update, str]] = {
    "a delivery of another supplier's shipment": (delivers(shipment="of ahti", sku="A1"), "404.shipment"),
    "a delivery of an order that another supplier has": (delivers(order="7", sku="A1"), "404.order"),
    "a delivery that names retailer and order": (delivers(order="9", retailer="sud", sku="A1"), "404.order"),
    "a delivery of a shipment that does not exist": (delivers(shipment="S99999999", sku="A1"), "404.shipment"),
    "a cancellation of another retailer's order": (cancels("sud", "8"), "404.order"),
    "a cancellation of the other's order the other way": (cancels("nord", "9"), "404.order"),
    "an order through another's catalogue": (orders(sku="A1", catalog="main"), "404.catalog"),
    "an order from a supplier who does not serve the retailer": (orders(sku="K1", supplier="kivi"), "404.supplier"),
    "an order of a product that only others may sell": (orders(sku="K1"), "404.product"),
    "a product in a catalogue that the supplier is not in": (publishes(Luettelo="south"), "404.catalog"),
    "a stock figure of another's product": (counts("A1"), "404.product"),
    "a stock figure in a catalogue that the supplier is not in": (counts("K1", "south"), "404.catalog"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_what_is_anothers_stays_as_it_is_whatever_a_file_names(town: Market, name: str) -> None:
    update, code = UPDATES[name]
    partner, file = update(town)
    before = business(town)
    town.once()
    assert business(town) == before
    assert {each["code"] for each in town.answer(partner, file)["problems"]} == {code}


def told(answer: dict[str, Any], *names: str) -> list[list[object]]:
    return [[problem[name] for name in names] for problem in answer["problems"]]


def test_an_answer_does_not_tell_whether_anothers_shipment_exists(town: Market) -> None:
    theirs = town.shipment("7")
    town.deliveries("kivi", {"shipment": theirs, "status": "Delivered"}, name="delivery_a.csv")
    town.deliveries("kivi", {"shipment": "S99999999", "status": "Delivered"}, name="delivery_b.csv")
    town.once()
    names = ("code", "level", "row", "field", "message", "hint")
    assert told(town.answer("kivi", "delivery_a.csv"), *names) == told(town.answer("kivi", "delivery_b.csv"), *names)


def test_nothing_of_one_partner_stands_in_another_partners_files(tmp_path: Path) -> None:
    market = Market(tmp_path)
    market.set_up()
    canaries = {"nord": "Nordinkanaria", "sud": "Sudinkanaria"}
    market.products("ahti", ("A1", "10"), Nimi="Ahtinkanaria")
    market.products("kivi", ("K1", "10"), Nimi="Kivinkanaria")
    market.once()
    for retailer, canary in canaries.items():
        market.orders(retailer, {"order": f"{canary}-1", "sku": "A1", "qty": "1", "name": canary})
    market.orders("nord", {"order": "N2", "sku": "K1", "qty": "1", "name": "Vainkivi"}, name="orders_2.csv")
    market.once(now=True)
    seen = {
        partner: b"".join(path.read_bytes() for path in market.outbox(partner)).decode("utf-8", "replace")
        for partner in ("nord", "sud", "ahti", "kivi")
    }
    assert "Nordinkanaria" in seen["nord"]
    assert "Nordinkanaria" in seen["ahti"]
    assert "Nordinkanaria" not in seen["sud"] + seen["kivi"]
    assert "Sudinkanaria" not in seen["nord"] + seen["kivi"]
    assert "Vainkivi" not in seen["sud"] + seen["ahti"]
    assert "Kivinkanaria" not in seen["sud"] + seen["ahti"]
