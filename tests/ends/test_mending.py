"""What an operator mends: retry, replay, release (contract §10)."""

from __future__ import annotations

import pytest

from hub.desk.mend import release, replay, retry, work_off
from hub.domain.status import Status
from tests.ends.conftest import Market


def test_a_draft_is_released_and_goes_to_its_supplier(market: Market) -> None:
    market.orders(
        "nord", {"order": "1", "sku": "A1", "qty": "4", "submit": "no"}, {"order": "1", "sku": "K1", "qty": "1", "submit": "no"}
    )
    market.once()
    hub = market.open()
    assert [each.done for each in release(hub, "1")] == [True]
    work_off(hub)
    hub.close()
    assert market.status("1") == "Submitted"
    assert [row["sku"] for row in market.rows("ahti", "shipment_*.csv")] == ["A1"]
    assert [row["sku"] for row in market.rows("kivi", "shipment_*.csv")] == ["K1"]


def test_an_order_in_error_is_routed_once_its_product_is_there(market: Market) -> None:
    market.settings(nord="unknown_product: keep\n")
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1"}, {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    hub = market.open()
    first = retry(hub, ["1"])
    assert not first[0].done
    assert "404.product" in first[0].what
    hub.close()
    market.products("kivi", ("ZZ", "5"), name="products2.csv")
    market.once()
    hub = market.open()
    assert retry(hub, ["1"])[0].done
    work_off(hub)
    hub.close()
    assert market.status("1") == "Submitted"
    assert {row["supplier"] for row in market.export("shipments")} == {"ahti", "kivi"}


@pytest.mark.parametrize("fill", ["order", "line", "partial"])
def test_what_an_order_has_reserved_does_not_stand_in_its_own_way(market: Market, fill: str) -> None:
    """It waits for one product and has taken all that there is of the other."""
    market.settings(nord=f"unknown_product: keep\nfill: {fill}\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "10"}, {"order": "1", "sku": "NEW", "qty": "1"})
    market.once()
    assert (market.status("1"), market.available("A1")) == ("Error", "0")
    market.products("ahti", ("NEW", "1"), name="products2.csv")
    market.once()
    assert "routed and split" in market.retry("1")
    assert (market.status("1"), market.available("A1"), market.available("NEW")) == ("Submitted", "0", "0")


def test_a_shipment_that_cannot_be_written_is_error_and_disturbs_no_other(market: Market) -> None:
    narrow = (
        market.home.joinpath("mappings/shipments.yaml")
        .read_text()
        .replace("delimiter: comma", "delimiter: comma, encoding: cp1252")
    )
    market.mapping("shipments", narrow)
    market.orders(
        "nord", {"order": "1", "sku": "A1", "qty": "1", "name": "Мария Пример"}, {"order": "2", "sku": "A1", "qty": "1"}
    )
    market.once()
    assert (market.status("1"), market.status("2")) == ("Error", "Submitted")
    number = market.shipment("1")
    assert market.retry(number).startswith(f"shipment {number} is in Error again: shipments: 400.characters")
    market.mapping("shipments", narrow.replace("cp1252", "utf-8"))
    hub = market.open()
    assert retry(hub, [number])[0].done
    work_off(hub)
    hub.close()
    assert market.status("1") == Status.SUBMITTED


def test_replay_shows_what_would_change_and_changes_nothing(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "ZZ", "qty": "1"}, {"order": "2", "sku": "A1", "qty": "1"})
    market.once()
    market.products("kivi", ("ZZ", "5"), name="products2.csv")
    market.once()
    file = next(row["id"] for row in market.export("files") if row["name"] == "orders.csv")
    before = {kind: market.export(kind) for kind in ("orders", "events", "files", "problems", "shipments")}
    hub = market.open()
    shown = replay(hub, [file], dry_run=True)[0]
    assert (shown.before, shown.after, shown.counts.accepted, shown.counts.unchanged) == (207, 200, 1, 1)
    assert any("split to kivi" in each for each in shown.happened)
    hub.close()
    assert {kind: market.export(kind) for kind in before} == before
    hub = market.open()
    replay(hub, [file], dry_run=False)
    work_off(hub)
    hub.close()
    assert market.status("1") == "Submitted"
    assert market.answer("nord", "orders.csv.2")["answer"] == 200


def test_an_old_price_list_of_several_catalogues_is_told_once_a_row_that_its_figures_are_old(market: Market) -> None:
    file = next(row["id"] for row in market.export("files") if row["partner"] == "ahti")
    market.drop("ahti", "stock.csv", "sku,stock\nA1,3\nA2,4\n")
    market.once()  # in the catalogues of both retailers
    hub = market.open()
    shown = replay(hub, [file], dry_run=True)[0]
    hub.close()
    assert [each.split("[")[0] for each in shown.problems] == ["409.sequence row 2 ", "409.sequence row 3 "]


def test_replay_by_another_mapping_shows_what_that_one_makes_of_the_file(market: Market) -> None:
    market.products("kivi", ("ZZ", "5"), name="products2.csv")
    market.once()
    file = next(row["id"] for row in market.export("files") if row["name"] == "products2.csv")
    own = next(row["mapping"] for row in market.export("files") if row["name"] == "products2.csv")
    path = market.home / "mappings" / f"{own}.yaml"
    text = path.read_text(encoding="utf-8")
    (market.home / "mappings" / "other.yaml").write_text(text + "  brand: {value: Kivi}\n", encoding="utf-8")
    hub = market.open()
    shown = replay(hub, [file], dry_run=True, mapping="other")[0]
    hub.close()
    assert (shown.read_before_by, shown.read_by) == (own, "other")
    assert shown.differs == ["1 changed", "brand: 1 value", "ZZ brand nothing → 'Kivi'"]


def test_a_file_out_is_delivered_again_under_its_name_with_its_bytes(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    path = market.outbox("ahti", "shipment_*.csv")[0]
    content = path.read_bytes()
    path.unlink()
    file = next(row["id"] for row in market.export("files") if row["name"] == path.name)
    hub = market.open()
    assert retry(hub, [str(file)])[0].done
    work_off(hub)
    hub.close()
    assert path.read_bytes() == content
