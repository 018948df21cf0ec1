"""What a supplier says of his shipments, and what the retailer hears of it (contract §8)."""

from __future__ import annotations

import pytest

from hub.cli.show_trace import show_trace
from hub.desk.trace import trace
from tests.ends.conftest import Market


@pytest.fixture
def ordered(market: Market) -> Market:
    """Order 1: five A1 and two A2 from ahti, one K1 from kivi; all Submitted."""
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "5"},
        {"order": "1", "sku": "A2", "qty": "2"},
        {"order": "1", "sku": "K1", "qty": "1"},
    )
    market.once()
    return market


def delivered(market: Market) -> dict[str, tuple[str, str | None]]:
    return {row["sku"]: (row["status"], row["delivered_quantity"]) for row in market.export("order-lines")}


def test_statuses_move_forward_and_roll_up(ordered: Market) -> None:
    number = ordered.shipment("1")
    for status, rolled in (
        ("Viewed", "Submitted"),
        ("Picking", "Submitted"),
        ("Shipping", "Submitted"),
        ("Delivered", "Delivered Partially"),
    ):
        ordered.deliveries("ahti", {"shipment": number, "status": status})
        ordered.once()
        assert ordered.status("1") == rolled
    ordered.deliveries("kivi", {"shipment": ordered.shipment("1", "kivi"), "status": "Cancelled"})
    ordered.once()
    assert ordered.status("1") == "Delivered"
    assert delivered(ordered)["K1"][0] == "Cancelled"


def test_an_older_status_is_passed_over_and_a_final_one_never_moves(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Packing"})
    ordered.once()
    ordered.deliveries("ahti", {"shipment": number, "status": "Viewed"})
    ordered.once()
    assert ordered.answer("ahti", "delivery.csv.2")["answer"] == 409
    assert ordered.problems("ahti", "delivery.csv.2") == [("409.sequence", 2)]
    ordered.deliveries("ahti", {"shipment": number, "status": "Cancelled"})
    ordered.once()
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered"})
    ordered.once()
    assert ordered.problems("ahti", "delivery.csv.4") == [("409.final", 2)]
    assert {row["shipment"]: row["status"] for row in ordered.export("shipments")}[number] == "Cancelled"


def test_a_stale_status_costs_the_status_only(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Packing"})
    ordered.once()
    ordered.deliveries("ahti", {"shipment": number, "status": "Viewed", "sku": "A1", "qty": "2", "tracking": "T1"})
    ordered.once()
    answer = ordered.answer("ahti", "delivery.csv.2")
    assert (answer["answer"], answer["counts"]["accepted"], list(answer["problem_counts"])) == (207, 1, ["409.sequence"])
    assert delivered(ordered)["A1"] == ("Packing", "2")


@pytest.mark.parametrize(
    ("word", "code", "hint"),
    [
        ("delivered", "400.status", "Write Delivered."),
        ("Deliverd", "400.status", "Write Delivered."),
        ("Shipped", "400.status", "Write Shipping."),
        ("Gone", "400.status", "Write one of"),
        ("Submitted", "409.sequence", ""),
        ("On Hold", "400.transition", "Write one of"),
        ("Delivered Partially", "400.transition", "Write one of"),
    ],
)
def test_a_status_that_is_not_his_to_set_is_answered_with_its_code_and_cure(
    ordered: Market, word: str, code: str, hint: str
) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Picking"})
    ordered.once()
    ordered.deliveries("ahti", {"shipment": number, "status": word})
    ordered.once()
    problem = ordered.answer("ahti", "delivery.csv.2")["problems"][0]
    assert problem["code"] == code
    assert hint in problem["hint"]


def test_an_unknown_status_may_be_kept_as_an_event(ordered: Market) -> None:
    ordered.settings(ahti="unknown_status: keep\n")
    ordered.deliveries("ahti", {"shipment": ordered.shipment("1"), "status": "In the oven"})
    ordered.once()
    assert ordered.answer("ahti", "delivery.csv")["answer"] == 200
    assert "In the oven" in {row["to"] for row in ordered.export("events")}
    assert ordered.status("1") == "Submitted"


def test_another_suppliers_shipment_does_not_exist(ordered: Market) -> None:
    before = ordered.export("shipments")
    ordered.deliveries(
        "kivi", {"shipment": ordered.shipment("1"), "status": "Cancelled"}, {"shipment": "S99999999", "status": "Cancelled"}
    )
    ordered.once()
    answer = ordered.answer("kivi", "delivery.csv")
    assert answer["answer"] == 404
    first, second = answer["problems"]
    assert {**first, "row": 0, "value": "", "record": "", "cell": ""} == {
        **second,
        "row": 0,
        "value": "",
        "record": "",
        "cell": "",
    }
    assert ordered.export("shipments") == before


def test_delivered_without_quantity_stays_unknown(ordered: Market) -> None:
    ordered.deliveries("ahti", {"shipment": ordered.shipment("1"), "status": "Delivered"})
    ordered.once()
    answer = ordered.answer("ahti", "delivery.csv")
    assert (answer["answer"], answer["problem_counts"]) == (207, {"207.unknown-quantity": 2})
    assert delivered(ordered)["A1"] == ("Delivered", None)


def test_quantities_are_set_and_parcels_add_up(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries(
        "ahti",
        {"shipment": number, "sku": "A1", "qty": "2", "tracking": "T1"},
        {"shipment": number, "sku": "A1", "qty": "3", "tracking": "T2"},
    )
    ordered.once()
    assert delivered(ordered)["A1"] == ("Submitted", "5")
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "1", "tracking": "T2"})
    ordered.once()
    assert delivered(ordered)["A1"] == ("Submitted", "3")
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "5"})
    ordered.once()
    assert delivered(ordered)["A1"] == ("Submitted", "5")
    shipment = next(row for row in ordered.export("shipments") if row["shipment"] == number)
    assert shipment["tracking_numbers"] == ["T1", "T2"]


def test_more_than_ordered_is_out_of_range_and_costs_that_line_only(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries(
        "ahti",
        {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "6"},
        {"shipment": number, "sku": "A2", "qty": "2"},
    )
    ordered.once()
    answer = ordered.answer("ahti", "delivery.csv")
    assert answer["answer"] == 207
    assert answer["problem_counts"] == {"400.range": 1, "207.unknown-quantity": 1}
    assert delivered(ordered) == {"A1": ("Delivered", None), "A2": ("Delivered", "2"), "K1": ("Submitted", None)}


def test_a_final_shipment_takes_more_facts_but_never_fewer_pieces(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries(
        "ahti",
        {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "3"},
        {"shipment": number, "sku": "A2", "qty": "2"},
    )
    ordered.once()
    assert delivered(ordered)["A1"] == ("Delivered", "3")
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "5", "tracking": "T9"})
    ordered.once()
    assert ordered.answer("ahti", "delivery.csv.2")["answer"] == 200
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "1"})
    ordered.once()
    assert ordered.problems("ahti", "delivery.csv.3") == [("409.final", 2)]
    assert delivered(ordered)["A1"] == ("Delivered", "5")


def test_the_same_delivery_again_is_unchanged(ordered: Market) -> None:
    row = {
        "shipment": ordered.shipment("1"),
        "status": "Delivered",
        "sku": "A1",
        "qty": "5",
        "tracking": "T1, T2",
        "carrier": "Posti",
    }
    rest = {"shipment": row["shipment"], "sku": "A2", "qty": "2", "tracking": "T1"}
    ordered.deliveries("ahti", row, rest)
    ordered.once()
    before = [ordered.export(kind) for kind in ("shipments", "shipment-lines", "events")]
    ordered.deliveries("ahti", row, rest)
    ordered.once()
    answer = ordered.answer("ahti", "delivery.csv.2")
    assert (answer["answer"], answer["counts"]["unchanged"]) == (200, 1)
    assert [ordered.export(kind) for kind in ("shipments", "shipment-lines", "events")] == before


def test_short_stays_open_until_every_piece_is_settled(ordered: Market) -> None:
    ordered.settings(ahti="short: stays_open\n")
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "5", "tracking": "T1"})
    ordered.once()
    assert {row["shipment"]: row["status"] for row in ordered.export("shipments")}[number] == "Shipping"
    assert [(row["sku"], row["qty"]) for row in ordered.rows("nord", "despatch_*.csv")] == [("A1", "5")]
    ordered.deliveries("ahti", {"shipment": number, "sku": "A2", "cancelled": "2"})
    ordered.once()
    assert {row["shipment"]: row["status"] for row in ordered.export("shipments")}[number] == "Delivered"


def test_an_order_number_of_two_retailers_is_never_guessed(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.orders("sud", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    market.deliveries("ahti", {"order": "1", "status": "Viewed"})
    market.deliveries("ahti", {"order": "1", "retailer": "sud", "status": "Viewed"}, name="delivery2.csv")
    market.once()
    problem = market.answer("ahti", "delivery.csv")["problems"][0]
    assert problem["code"] == "400.missing"
    assert market.shipment("1") in problem["hint"]
    assert market.shipment("1", retailer="sud") in problem["hint"]
    assert {row["retailer"]: row["status"] for row in market.export("shipments")} == {"nord": "Submitted", "sud": "Viewed"}


def test_the_retailer_is_told_what_changed_and_only_then(ordered: Market) -> None:
    ordered.once(now=True)
    first = ordered.rows("nord", "status_*.csv")
    assert {row["status"] for row in first[-3:]} == {"Submitted"}
    files = len(ordered.outbox("nord", "status_*.csv"))
    ordered.once(now=True)
    assert len(ordered.outbox("nord", "status_*.csv")) == files
    ordered.deliveries(
        "ahti", {"shipment": ordered.shipment("1"), "status": "Delivered", "sku": "A1", "qty": "5", "tracking": "T1"}
    )
    ordered.once(now=True)
    last = ordered.rows("nord", f"status_{files + 1:04d}.csv")
    assert [(row["status"], row["line_status"], row["delivered"], row["tracking"]) for row in last] == [
        ("Delivered Partially", "Delivered", "5", "T1"),
        ("Delivered Partially", "Delivered", "", ""),
        ("Delivered Partially", "Submitted", "", ""),
    ]


def test_v2_hears_its_own_words(market: Market) -> None:
    market.settings(nord="status_words: v2\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"}, {"order": "2", "sku": "A2", "qty": "2", "submit": "no"})
    market.once(now=True)
    market.once(now=True)
    assert {(row["order"], row["status"]) for row in market.rows("nord", "status_*.csv")} == {("1", "orderRouted")}
    market.deliveries("ahti", {"order": "1", "status": "Cancelled"})
    market.once(now=True)
    last = market.outbox("nord", "status_*.csv")[-1].name
    assert [(row["status"], row["delivered"]) for row in market.rows("nord", last)] == [("Delivered", "0")]


def test_facts_alone_are_no_despatch_and_a_line_is_told_shipping(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Shipping", "sku": "A1", "qty": "5", "tracking": "T1"})
    ordered.once(now=True)
    assert ordered.outbox("nord", "despatch_*.csv") == []
    last = ordered.outbox("nord", "status_*.csv")[-1].name
    assert [row["line_status"] for row in ordered.rows("nord", last)] == ["Shipping", "Shipping", "Submitted"]
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A2", "qty": "2", "tracking": "T1"})
    ordered.once(now=True)
    assert [(row["sku"], row["qty"]) for row in ordered.rows("nord", "despatch_*.csv")] == [("A1", "5"), ("A2", "2")]


def test_a_part_that_will_not_come_is_told(ordered: Market) -> None:
    ordered.once(now=True)
    files = len(ordered.outbox("nord", "status_*.csv"))
    ordered.deliveries("ahti", {"shipment": ordered.shipment("1"), "sku": "A1", "cancelled": "1"})
    ordered.once(now=True)
    assert len(ordered.outbox("nord", "status_*.csv")) == files + 1


def test_a_bare_delivered_does_not_close_what_stays_open(ordered: Market) -> None:
    ordered.settings(ahti="short: stays_open\n")
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "1"})
    ordered.once()
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered"})
    ordered.once()
    assert ordered.problems("ahti", "delivery.csv") == []  # what a part does not list has not left yet
    assert ordered.problems("ahti", "delivery.csv.2") == [("207.unknown-quantity", 2)]  # A2
    assert ordered.answer("ahti", "delivery.csv.2")["counts"]["unchanged"] == 1
    assert {row["shipment"]: row["status"] for row in ordered.export("shipments")}[number] == "Shipping"


def test_a_cell_with_several_tracking_numbers_is_several_parcels_with_one_quantity(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "5", "tracking": "T1, T2"})
    ordered.once(now=True)
    assert delivered(ordered)["A1"] == ("Delivered", "5")
    assert {row["line"]: row["tracking"] for row in ordered.told("nord")} == {"1": "T1,T2", "2": "", "3": ""}
    assert contents(ordered) == [("T1", "A1", "5"), ("T2", "A1", "")]
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "5", "tracking": "T2 T1"})
    ordered.once()
    assert ordered.answer("ahti", "delivery.csv.2")["counts"]["unchanged"] == 1


def contents(market: Market) -> list[tuple[str, str, str]]:
    return [(row["tracking"], row["sku"], row["qty"]) for row in market.told("nord", "despatch_*.csv")]


def test_what_each_of_several_parcels_holds_may_be_said_later(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "5", "tracking": "T1, T2"})
    ordered.once()
    ordered.deliveries(
        "ahti",
        {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "3", "tracking": "T2"},
        {"shipment": number, "sku": "A1", "qty": "2", "tracking": "T1"},
        {"shipment": number, "sku": "A2", "qty": "2", "tracking": "T2"},
    )
    ordered.once()
    assert ordered.answer("ahti", "delivery.csv.2")["answer"] == 200
    assert contents(ordered) == [("T1", "A1", "2"), ("T2", "A1", "3"), ("T2", "A2", "2")]


def test_nothing_of_a_line_in_a_parcel_gives_it_no_tracking_number(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries(
        "ahti",
        {"shipment": number, "sku": "A1", "qty": "5", "tracking": "T1"},
        {"shipment": number, "sku": "A2", "qty": "0", "tracking": "T1"},
    )
    ordered.once(now=True)
    assert {row["line"]: row["tracking"] for row in ordered.told("nord")} == {"1": "T1", "2": "", "3": ""}


def test_a_parcel_of_unknown_contents_may_hold_any_line(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "status": "Delivered", "tracking": "T1"})
    ordered.once(now=True)
    assert {row["line"]: row["tracking"] for row in ordered.told("nord")} == {"1": "T1", "2": "T1", "3": ""}


def test_what_a_supplier_says_of_a_missing_part_reaches_the_retailer(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries(
        "ahti", {"shipment": number, "sku": "A1", "qty": "3", "cancelled": "1", "why": "broken", "expected": "2026-12-01"}
    )
    ordered.once(now=True)
    first = ordered.told("nord")[0]
    facts = ("delivered", "cancelled", "why", "expected")
    assert tuple(first[name] for name in facts) == ("3", "1", "broken", "2026-12-01")


def test_full_quantities_do_not_make_a_shipment_delivered_that_nobody_called_so(ordered: Market) -> None:
    number = ordered.shipment("1", "kivi")
    ordered.deliveries("kivi", {"shipment": number, "status": "Shipping", "sku": "K1", "qty": "1", "tracking": "T1"})
    ordered.once()
    assert delivered(ordered)["K1"] == ("Shipping", "1")
    assert ordered.outbox("nord", "despatch_*.csv") == []


def test_a_cancelled_shipment_takes_no_delivered_quantity(ordered: Market) -> None:
    number = ordered.shipment("1", "kivi")
    ordered.deliveries("kivi", {"shipment": number, "status": "Cancelled"})
    ordered.once()
    ordered.deliveries("kivi", {"shipment": number, "sku": "K1", "qty": "1"})
    ordered.once()
    assert ordered.problems("kivi", "delivery.csv.2") == [("409.final", 2)]


def test_a_shipment_number_and_another_orders_number_contradict_each_other(ordered: Market) -> None:
    number = ordered.shipment("1")
    ordered.deliveries("ahti", {"shipment": number, "order": "2", "status": "Viewed"})
    ordered.deliveries("ahti", {"shipment": number, "order": "1", "retailer": "nord", "status": "Picking"}, name="delivery2.csv")
    ordered.once()
    assert ordered.problems("ahti", "delivery.csv") == [("400.mismatch", 2)]
    assert ordered.answer("ahti", "delivery2.csv")["answer"] == 200


def test_a_supplier_who_goes_on_before_his_file_reached_him_has_taken_over_the_goods(market: Market) -> None:
    market.supplier("ahti", 'receive: [{files: "delivery*", mapping: deliveries}, {files: "stock*", mapping: stock}]\n')
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "4"})
    market.once()
    assert (market.status("1"), market.available("A1")) == ("Created", "6")
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "4"})
    market.once()
    market.drop("ahti", "stock.csv", "sku,stock\nA1,6\n")
    market.once()
    assert market.available("A1") == "6"


def test_the_trace_shows_what_lies_in_a_parcel_without_a_known_quantity(
    ordered: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    ordered.deliveries("ahti", {"shipment": ordered.shipment("1"), "sku": "A1", "qty": "5", "tracking": "T1, T2"})
    ordered.once()
    capsys.readouterr()
    hub = ordered.open()
    with hub.store.look() as db:
        show_trace(trace(db, hub.workspace, "1"), "Europe/Helsinki")
    hub.store.close()
    told = capsys.readouterr().out
    assert "T1; 5 × A1" in told
    assert "T2; ? × A1" in told


def test_a_total_below_what_lies_in_the_parcels_is_told_and_the_retailer_hears_of_the_parcels(ordered: Market) -> None:
    ordered.deliveries(
        "ahti",
        {"order": "1", "status": "Packing", "sku": "A1", "qty": "2", "tracking": "JJFI 6543 2100 0000 00224"},
        {"order": "1", "status": "Packing", "sku": "A1", "qty": "2", "tracking": "T2"},
    )
    ordered.once()
    ordered.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "3"}, name="delivery2.csv")
    ordered.once()
    assert ordered.problems("ahti", "delivery2.csv")[0] == ("400.mismatch", 2)
    told = [(row["tracking"], row["qty"]) for row in ordered.rows("nord", "despatch_*.csv") if row["sku"] == "A1"]
    assert told == [("JJFI65432100000000224", "2"), ("T2", "2")]


def test_pieces_that_lie_in_another_parcel_than_was_said_first_are_told_again_after_delivered(ordered: Market) -> None:
    def packed(name: str, **inside: str) -> list[tuple[str, str]]:
        rows = [
            {"order": "1", "status": "Delivered", "sku": "A1", "qty": qty, "tracking": number} for number, qty in inside.items()
        ]
        ordered.deliveries("ahti", *rows, {"order": "1", "status": "Delivered", "sku": "A2", "qty": "1"}, name=name)
        ordered.once()
        newest = ordered.told("nord", "despatch_*.csv")
        return [(row["tracking"], row["qty"]) for row in newest if row["sku"] == "A1"]

    assert packed("delivery.csv", T1="3") == [("T1", "3")]
    assert packed("delivery2.csv", T1="1", T2="2") == [("T1", "1"), ("T2", "2")]
    assert ordered.problems("ahti", "delivery2.csv") == []
    assert packed("delivery3.csv", T1="0", T2="2")[-1] == ("T2", "2")
    assert ordered.problems("ahti", "delivery3.csv") == [("409.final", 2)]
