"""Delivery services of a partner who knows only some: another becomes the agreed one, or the shipment waits in Error."""

from __future__ import annotations

import pytest

from hub.desk.mend import retry, work_off
from tests.ends.conftest import ORDERS, SHIPMENTS, Market


@pytest.fixture
def served(market: Market) -> Market:
    market.mapping("orders", ORDERS.replace("lines.price: price", "service_code: price"))  # any free column will do
    market.mapping("shipments", SHIPMENTS.replace("sku: lines.sku", "sku: lines.sku, service: service_code"))
    return market


def services(market: Market) -> dict[str, str]:
    return {row["order"]: row["service"] for row in market.rows("ahti", "shipment_*.csv")}


def order(market: Market, **codes: str) -> None:
    rows = [{"order": number, "sku": "A1", "qty": "1", "price": code} for number, code in codes.items()]
    market.orders("nord", *rows)
    market.once()


def test_a_service_that_the_supplier_does_not_know_becomes_the_agreed_one(served: Market) -> None:
    served.settings(ahti='service_codes: {allowed: ["2102", "2103", "2104"], else: "2103"}\n')
    order(served, a="2104", b="2461", c="")
    assert services(served) == {"a": "2104", "b": "2103", "c": "2103"}


def test_where_nothing_is_agreed_the_shipment_waits_in_error(served: Market) -> None:
    served.settings(ahti='service_codes: {allowed: ["2102"]}\n')
    order(served, a="2102", b="2461", c="")
    assert services(served) == {"a": "2102", "c": ""}
    assert served.status("b") == "Error"
    [reason] = [row["reason"] for row in served.export("events") if row["to"] == "Error"]
    assert "2461" in reason
    served.settings(ahti='service_codes: {allowed: ["2102", "2461"]}\n')
    hub = served.open()
    assert retry(hub, ["b"])[0].done
    work_off(hub)
    hub.close()
    assert services(served)["b"] == "2461"
    assert served.status("b") == "Submitted"
