"""A shipment's file on its way to the system of a supplier or warehouse: handed over it is Submitted, given up it is Error."""

from __future__ import annotations

import pytest

from hub.desk.mend import retry, work_off
from tests.ends.conftest import Market


@pytest.fixture
def given_up(market: Market) -> Market:
    """Two orders whose file could not be delivered at the last attempt: the supplier's folder is a file."""
    market.write("config/hub.yaml", market.home.joinpath("config/hub.yaml").read_text() + "retry: {attempts: 1}\n")
    market.mapping("shipments", market.home.joinpath("mappings/shipments.yaml").read_text().replace("_{shipment}", "s_{seq}"))
    outbox = market.home / "outbox/kivi"
    if outbox.exists():
        outbox.rename(market.home / "outbox/kivi.away")
    outbox.write_text("")
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"}, {"order": "2", "sku": "K1", "qty": "2"})
    market.once()
    return market


def mended(market: Market, what: str) -> list[bool]:
    (market.home / "outbox/kivi").unlink()
    hub = market.open()
    done = [each.done for each in retry(hub, [what])]
    work_off(hub)
    hub.close()
    return done


def test_a_file_that_is_given_up_makes_its_shipments_error(given_up: Market) -> None:
    assert [given_up.status(order) for order in ("1", "2")] == ["Error", "Error"]
    reasons = [row["reason"] for row in given_up.export("events") if row["to"] == "Error"]
    assert len(reasons) == 2
    assert all("could not be handed over" in each for each in reasons)
    assert given_up.available("K1") == "7", "what is in Error is still reserved"


@pytest.mark.parametrize("named", ["file", "shipment", "order"])
def test_retry_of_the_file_the_shipment_or_the_order_hands_it_over(given_up: Market, named: str) -> None:
    [file] = [row for row in given_up.export("files") if row["state"] == "quarantined"]
    what = {"file": str(file["id"]), "shipment": given_up.shipment("1", "kivi"), "order": "1"}[named]
    assert mended(given_up, what) == [True]
    assert [given_up.status(order) for order in ("1", "2")] == ["Submitted", "Submitted"]
    assert [(row["order"], row["qty"]) for row in given_up.rows("kivi", "shipments_*.csv")] == [("1", "1"), ("2", "2")]


def test_what_is_in_error_may_still_be_cancelled_at_once(given_up: Market) -> None:
    given_up.cancel("nord", {"order": "1"})
    given_up.once()
    assert given_up.answer("nord", "cancel.csv")["answer"] == 200
    assert given_up.status("1") == "Cancelled"
