"""Every kind of update, from everybody who may send it, with every id that is another's: the store stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.ends.conftest import Market
from tests.ends.place import table
from tests.ends.test_carriers import ANSWERS, BOOKINGS, carrier
from tests.ends.test_isolation import business

STATUSES = ("Viewed", "Packing", "Shipping", "Delivered", "Cancelled", "Error")
Rows = list[dict[str, str]]


@pytest.fixture
def town(market: Market) -> Market:
    """Both suppliers and both retailers have orders with each other; a carrier was asked for ahti's parcels, another for none."""
    market.mapping("bookings", BOOKINGS)
    market.mapping("answers", ANSWERS)
    carrier(market, "nshift", "nShift")
    carrier(market, "other", "Other")
    market.settings(ahti="carrier: nshift\n")
    market.orders("nord", {"order": "7", "sku": "A1", "qty": "2"}, {"order": "8", "sku": "K1", "qty": "1"})
    market.orders("sud", {"order": "17", "sku": "A2", "qty": "1"}, {"order": "9", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "7", "status": "Packing", "sku": "A1", "qty": "2", "parcel": "1"})
    market.once()
    assert {row["supplier"] for row in market.export("shipments")} == {"ahti", "kivi"}
    assert market.outbox("nshift", "*.xml")
    return market


def shipments(market: Market, *, not_of: str) -> list[str]:
    return [str(row["shipment"]) for row in market.export("shipments") if row["supplier"] != not_of]


def orders(market: Market, *, not_of: str) -> list[tuple[str, str]]:
    """Order numbers, with their retailers, in which a supplier has no part (or that another retailer sent)."""
    own = {(row["retailer"], row["order"]) for row in market.export("shipments") if not_of in (row["supplier"], row["retailer"])}
    return sorted(
        (str(row["number"]), str(row["retailer"]))
        for row in market.export("orders")
        if (row["retailer"], row["number"]) not in own
    )


def delivered(market: Market, supplier: str) -> Rows:
    ids: Rows = [{"shipment": each} for each in shipments(market, not_of=supplier)]
    for number, retailer in orders(market, not_of=supplier):
        ids += [{"order": number}, {"order": number, "retailer": retailer}]
    facts = {"qty": "1", "tracking": "JJFI1", "parcel": "9", "ref": "mine"}
    return [{**each, **facts, "status": status, "sku": sku} for each, status, sku in product(ids, STATUSES, ("A1", "K1"))]


def cancelled(market: Market, retailer: str) -> Rows:
    numbers = [number for number, _ in orders(market, not_of=retailer)]
    return [{"order": number, "reason": "not mine", **more} for number in numbers for more in ({}, {"sku": "A1", "qty": "1"})]


def counted(market: Market, supplier: str) -> Rows:
    skus = [str(row["sku"]) for row in market.export("products") if row["supplier"] != supplier]
    return [{"sku": sku, "catalog": catalog, "stock": "1"} for sku in skus for catalog in ("", "main", "south")]


def answered(market: Market, partner: str) -> Rows:
    """What a carrier was never asked for."""
    numbers = [str(row["shipment"]) for row in market.export("shipments") if partner != "nshift" or row["order"] != "7"]
    return [{"shipment": each, "parcel": parcel, "number": "X1", "error": ""} for each in numbers for parcel in ("", "1")]


def dropped(market: Market) -> Iterator[tuple[str, str, Rows]]:
    """Sender, file name and rows of every kind of update that can name what is another's."""
    for supplier in ("ahti", "kivi"):
        yield supplier, "delivery_x.csv", delivered(market, supplier)
        yield supplier, "stock_x.csv", counted(market, supplier)
    for retailer in ("nord", "sud"):
        yield retailer, "cancel_x.csv", cancelled(market, retailer)
    for each in ("nshift", "other"):
        yield each, "answer_x.csv", answered(market, each)


def test_no_update_with_anothers_ids_changes_a_byte_of_the_store_or_tells_more_than_404(town: Market) -> None:
    sent = list(dropped(town))
    for partner, name, rows in sent:
        assert len(rows) > 1, f"{partner} has somebody else's ids to name"
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        town.drop(partner, name, table(headings, [{**dict.fromkeys(headings, ""), **row} for row in rows]))
    before = business(town)
    town.once()
    assert business(town) == before
    for partner, name, _ in sent:
        answer = town.answer(partner, name)
        assert answer["answer"] == 404, (partner, name)
        assert (answer["counts"]["accepted"], answer["counts"]["unchanged"]) == (0, 0)
        assert {each["code"].partition(".")[0] for each in answer["problems"]} == {"404"}
