"""The whole life of an order or shipment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.desk.export import plain_value
from hub.desk.trace import trace
from hub.domain.problems import NotFound
from tests.desk.town import Town


def lives(town: Town, number: str, partner: str | None = None) -> list[dict[str, Any]]:
    with town.store.look() as db:
        return trace(db, town.workspace, number, partner)


def test_a_number_that_several_retailers_use_shows_all_of_them_and_a_partner_narrows_to_his(town: Town) -> None:
    assert [each["retailer"] for each in lives(town, "1001")] == ["east", "nord"]
    assert [each["retailer"] for each in lives(town, "1001", "nord")] == ["nord"]


def test_a_life_tells_the_file_and_row_it_came_from_its_split_and_its_status(town: Town) -> None:
    (life,) = lives(town, "1001", "nord")
    assert (life["source"]["file"], life["source"]["name"], life["source"]["row"]) == (1, "orders.csv", 2)
    assert (life["status"], life["final"]) == ("Delivered Partially", False)
    assert [(each["shipment"], each["supplier"], each["status"]) for each in life["lines"]] == [
        ("S00000001", "ahti", "Delivered"),
        ("S00000002", "kivi", "Submitted"),
    ]
    assert (life["lines"][0]["routed_by"], life["lines"][0]["catalog"]) == ("price", "main")
    assert [parcel["tracking_number"] for parcel in life["shipments"][0]["parcels"]] == ["JJFI1", "JJFI2"]
    assert [(each["sku"], str(each["quantity"])) for each in life["shipments"][0]["parcels"][0]["lines"]] == [("A1", "2")]


def test_a_life_tells_every_event_in_order_and_every_file_that_carried_it_with_its_state(town: Town) -> None:
    (life,) = lives(town, "1001", "nord")
    assert [(each["shipment"], each["to"]) for each in life["events"]] == [
        (None, "Accepted"),
        ("S00000001", "Created"),
        ("S00000002", "Created"),
    ]
    assert [(each["name"], each["state"]) for each in life["files"]] == [("ship_1.csv", "sent"), ("statuses_1.csv", "ready")]


def test_a_shipments_life_tells_of_that_shipment_only(town: Town) -> None:
    (life,) = lives(town, "S00000002")
    assert [each["shipment"] for each in life["shipments"]] == ["S00000002"]
    assert [each["sku"] for each in life["lines"]] == ["K1"]
    assert {each["shipment"] for each in life["events"]} == {None, "S00000002"}
    assert [each["name"] for each in life["files"]] == ["statuses_1.csv"]


def test_a_supplier_narrows_an_order_to_its_own_shipments(town: Town) -> None:
    (life,) = lives(town, "1001", "ahti")
    assert [each["supplier"] for each in life["lines"]] == ["ahti"]
    assert [each["shipment"] for each in life["shipments"]] == ["S00000001"]


def test_what_is_not_there_or_not_his_is_not_found(town: Town) -> None:
    for number, partner in (("1999", None), ("1002", "east"), ("S00000001", "kivi"), ("%", None)):
        with pytest.raises(NotFound):
            lives(town, number, partner)


def test_a_life_can_be_told_as_json(town: Town) -> None:
    told = json.loads(json.dumps(lives(town, "1001"), default=plain_value))
    assert told[1]["lines"][0]["wholesale_price"] == "1.5"
    assert told[1]["accepted_at"] == "2026-11-23T10:00:00Z"
