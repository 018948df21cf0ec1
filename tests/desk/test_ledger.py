"""The ledger for people."""

from __future__ import annotations

import pytest

from hub.desk.ledger import Wanted, list_files, show_file
from hub.domain.problems import NotFound
from tests.desk.town import Town


def ids(town: Town, wanted: Wanted, most: int | None = None) -> list[int]:
    with town.store.look() as db:
        return [each["id"] for each in list_files(db, wanted, most)[0]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2, 3, 4, 5, 6]),
        (Wanted(partner="nord"), [1, 5, 6]),
        (Wanted(partner="nord", direction="out"), [5, 6]),
        (Wanted(state="quarantined"), [3]),
        (Wanted(answer=207), [1]),
        (Wanted(kind="orders"), [1, 2]),
        (Wanted(problems=True), [1]),
        (Wanted(name="*.csv"), [1, 2, 4, 5]),
        (Wanted(name="ship_?.csv"), [4]),
        (Wanted(name="*50%*"), [3]),
        (Wanted(name="orders%"), []),
        (Wanted(name="shipX1.csv"), []),
    ],
)
def test_a_listing_is_narrowed_by_what_is_asked(town: Town, wanted: Wanted, found: list[int]) -> None:
    assert ids(town, wanted) == found


def test_a_short_listing_has_the_newest_files_and_tells_how_many_there_are(town: Town) -> None:
    with town.store.look() as db:
        found, total = list_files(db, Wanted(), 2)
    assert ([each["id"] for each in found], total) == ([5, 6], 6)


def test_a_file_is_shown_with_its_problems_its_answers_and_the_orders_it_brought(town: Town) -> None:
    with town.store.look() as db:
        told = show_file(db, 1)
    assert (told["file"]["answer"], told["file"]["mapping_version"], told["file"]["arrival"]) == (207, "v1", 1)
    assert [each["code"] for each in told["problems"]] == ["400.number", "400.phone"]
    assert [each["name"] for each in told["answers"]] == ["orders.csv.answer.json"]
    assert [each["order"] for each in told["orders"]] == ["1001", "1002", "1003", "1004", "1005", "7"]


def test_a_file_that_was_sent_is_shown_with_what_it_carries(town: Town) -> None:
    with town.store.look() as db:
        assert show_file(db, 4)["carried"] == [{"retailer": "nord", "order": "1001", "shipment": "S00000001"}]
        assert show_file(db, 5)["carried"] == [{"retailer": "nord", "order": "1001", "shipment": None}]


def test_a_file_that_is_not_there_is_not_found(town: Town) -> None:
    with town.store.look() as db, pytest.raises(NotFound):
        show_file(db, 99)
