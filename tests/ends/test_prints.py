"""Labels and delivery notes lie in the supplier's outbox, each parcel's own and all of a run in one (contract §9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ends.conftest import Market
from tests.prints.reading import barcodes, pages, words

TRACKING = "tracking: {prefix: JJFI12345, digits: 17, from: 1, to: 999999}\n"
FIRST, SECOND = "JJFI12345000000000001", "JJFI12345000000000002"


def prints(on: str, more: str = "") -> str:
    return f"prints: [{{what: label, format: pdf, on: {on}}}, {{what: note, format: pdf, on: {on}}}]\n" + TRACKING + more


def printed(market: Market, supplier: str = "ahti") -> list[str]:
    return [each.name for each in market.outbox(supplier) if each.suffix in (".pdf", ".zpl")]


def read(market: Market, name: str, supplier: str = "ahti") -> bytes:
    return (market.home / "outbox" / supplier / name).read_bytes()


def tracking_numbers(market: Market, number: str) -> list[str]:
    found: list[str] = next(row["tracking_numbers"] for row in market.export("shipments") if row["shipment"] == number)
    return found


def test_with_the_order_the_hub_makes_parcel_1_its_number_its_label_and_its_note(market: Market) -> None:
    market.settings(ahti=prints("created"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"}, {"order": "1", "sku": "K1", "qty": "1"})
    market.once()
    number = market.shipment("1")
    assert printed(market) == [f"{number}-1.label.pdf", f"{number}-1.note.pdf", "labels_1.pdf", "notes_1.pdf"]
    assert printed(market, "kivi") == []
    assert barcodes(read(market, f"{number}-1.label.pdf")) == [FIRST] == tracking_numbers(market, number)
    assert barcodes(read(market, "labels_1.pdf")) == [FIRST]
    label = words(read(market, f"{number}-1.label.pdf"))
    assert {"Maija", "Esimerkki", "Testikatu", "00100", "Helsinki", "FINLAND", "Nord", FIRST} <= label
    note = words(read(market, f"{number}-1.note.pdf"))
    assert {"A1", "2"} <= note
    assert "K1" not in note


def test_a_day_of_orders_is_one_file_to_print(market: Market) -> None:
    market.settings(ahti=prints("created"))
    market.orders("nord", *({"order": str(n), "sku": "A1", "qty": "1"} for n in range(1, 6)))
    market.once()
    assert len(list(pages(read(market, "labels_1.pdf")))) == 5
    assert barcodes(read(market, "labels_1.pdf")) == [f"JJFI12345{n:012d}" for n in range(1, 6)]
    market.once()
    assert [name for name in printed(market) if name.startswith("labels")] == ["labels_1.pdf"]
    market.orders("nord", {"order": "6", "sku": "A1", "qty": "1"}, name="orders2.csv")
    market.once()
    assert barcodes(read(market, "labels_2.pdf")) == ["JJFI12345000000000006"]


def test_while_packing_each_parcel_gets_its_own_when_it_arrives(market: Market) -> None:
    market.settings(ahti=prints("parcels", "short: stays_open\n"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"})
    market.once()
    assert printed(market) == []
    number = market.shipment("1")
    market.deliveries("ahti", {"shipment": number, "status": "Packing", "sku": "A1", "qty": "2", "parcel": "1"})
    market.once()
    assert printed(market) == [f"{number}-1.label.pdf", f"{number}-1.note.pdf", "labels_1.pdf", "notes_1.pdf"]
    market.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "3", "parcel": "2"}, name="delivery2.csv")
    market.once()
    assert f"{number}-2.label.pdf" in printed(market)
    assert barcodes(read(market, "labels_2.pdf")) == [SECOND]
    assert "3" in words(read(market, f"{number}-2.note.pdf"))
    assert tracking_numbers(market, number) == [FIRST, SECOND]


def test_a_note_waits_for_what_the_supplier_says_although_its_label_was_printed_with_the_order(market: Market) -> None:
    market.settings(ahti="prints: [{what: label, on: created}, {what: note, on: parcels}]\n" + TRACKING)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"})
    market.once()
    number = market.shipment("1")
    market.deliveries("ahti", {"shipment": number, "status": "Picking"})
    market.once()  # the parcel that the hub has made with the order is nothing that has arrived
    assert printed(market) == [f"{number}-1.label.pdf", "labels_1.pdf"]
    market.deliveries("ahti", {"shipment": number, "sku": "A1", "qty": "3"}, name="delivery2.csv")
    market.once()
    assert {"5", "3"} <= words(read(market, f"{number}-1.note.pdf"))


def test_a_quantity_told_of_several_parcels_together_is_on_the_note_of_none(market: Market) -> None:
    """Nobody said how much lies in each: neither note may claim that all of it does."""
    market.settings(ahti=prints("parcels"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "7"}, {"order": "1", "sku": "A2", "qty": "9"})
    market.once()
    number = market.shipment("1")
    rows = [{"sku": "A1", "qty": "6", "tracking": "T1, T2"}, {"sku": "A2", "qty": "8", "tracking": "T1"}]
    market.deliveries("ahti", *({"shipment": number, "status": "Delivered"} | row for row in rows))
    market.once()
    one, two = words(read(market, f"{number}-1.note.pdf")), words(read(market, f"{number}-2.note.pdf"))
    assert {"A1", "7", "A2", "9", "8"} <= one
    assert {"A1", "7"} <= two
    assert "6" not in one | two
    assert "A2" not in two


def test_when_delivered_the_note_says_what_came(market: Market) -> None:
    market.settings(ahti=prints("delivered"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "7"})
    market.once()
    number = market.shipment("1")
    market.deliveries("ahti", {"shipment": number, "status": "Packing", "sku": "A1", "qty": "4"})
    market.once()
    assert printed(market) == []
    market.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "4"})
    market.once(now=True)
    assert printed(market) == [f"{number}-1.label.pdf", f"{number}-1.note.pdf", "labels_1.pdf", "notes_1.pdf"]
    assert {"7", "4"} <= words(read(market, f"{number}-1.note.pdf"))
    assert {row["tracking"] for row in market.rows("nord", "status_*.csv") if row["status"] == "Delivered"} == {FIRST}


def test_a_suppliers_own_tracking_number_means_no_label_only_the_note(market: Market) -> None:
    market.settings(ahti=prints("parcels"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    number = market.shipment("1")
    market.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "1", "tracking": "OWN-1"})
    market.once()
    assert printed(market) == [f"{number}-1.note.pdf", "notes_1.pdf"]
    assert "OWN-1" in words(read(market, "notes_1.pdf"))
    assert tracking_numbers(market, number) == ["OWN-1"]


def test_his_own_number_takes_the_place_of_the_hubs_which_he_may_also_send_back(market: Market) -> None:
    market.settings(ahti=prints("created"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "A2", "qty": "1"})
    market.once()
    one, two = market.shipment("1"), market.shipment("2")
    market.deliveries(
        "ahti",
        {"shipment": one, "status": "Delivered", "sku": "A1", "qty": "1", "tracking": "OWN-1"},
        {"shipment": two, "status": "Delivered", "sku": "A2", "qty": "1", "tracking": SECOND},
    )
    market.once()
    assert (tracking_numbers(market, one), tracking_numbers(market, two)) == (["OWN-1"], [SECOND])
    assert len(printed(market)) == 6


def test_a_label_printer_gets_zpl(market: Market) -> None:
    market.settings(ahti="prints: [{what: label, format: zpl, on: created}]\n" + TRACKING)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "name": "^XZ ~DG Ääkkönen"})
    market.once()
    number = market.shipment("1")
    assert printed(market) == [f"{number}-1.label.zpl", "labels_1.zpl"]
    zpl = read(market, f"{number}-1.label.zpl").decode()
    assert (zpl[:3], zpl.count("^XZ")) == ("^XA", 1)
    assert "_5EXZ _7EDG Ääkkönen" in zpl
    assert FIRST in zpl


def test_a_used_up_range_costs_the_label_not_the_shipment_and_retry_mends_it(market: Market) -> None:
    short = prints("created").replace("to: 999999", "to: 1")
    market.settings(ahti=short)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "A1", "qty": "1"})
    market.once()
    answer = market.answer("nord", "orders.csv")
    assert (answer["answer"], answer["problem_counts"], answer["counts"]["accepted"]) == (207, {"207.carrier": 1}, 2)
    one, two = market.shipment("1"), market.shipment("2")
    assert printed(market) == [f"{one}-1.label.pdf", f"{one}-1.note.pdf", f"{two}-1.note.pdf", "labels_1.pdf", "notes_1.pdf"]
    assert market.status("2") == "Submitted"
    told = market.status_page()
    assert [(each["supplier"], each["shipment"], each["what"]) for each in told["prints"]] == [("ahti", two, "label")]
    assert [(each["what"], each["level"]) for each in told["findings"]] == [("none of 1 tracking numbers are left", "error")]
    market.settings(ahti=prints("created"))
    assert "the label" in market.retry(two)
    assert market.status_page()["prints"] == []
    assert barcodes(read(market, "labels_2.pdf")) == [SECOND]


def test_who_prints_his_own_labels_gets_no_shipment_without_a_number_and_retry_mends_it(market: Market) -> None:
    """His labels need the hub's number: without one the shipment waits in Error."""
    market.settings(ahti=TRACKING.replace("to: 999999", "to: 1"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "A1", "qty": "1"})
    market.once()
    assert (market.status("1"), market.status("2")) == ("Submitted", "Error")
    assert market.problems("nord", "orders.csv") == [("207.carrier", None)]
    two = market.shipment("2")
    assert [row["shipment"] for row in market.rows("ahti", "shipment_*.csv")] == [market.shipment("1")]
    assert [(each["shipment"], each["why"]) for each in market.status_page()["stuck"]] == [
        (two, "the range of tracking numbers of ahti is used up")
    ]
    market.retry("2")
    assert market.status("2") == "Error"
    market.settings(ahti=TRACKING)
    market.retry("2")
    assert (market.status("2"), tracking_numbers(market, two)) == ("Submitted", [SECOND])


def test_a_broken_template_fails_the_print_and_says_where(market: Market) -> None:
    market.settings(ahti=prints("parcels"))
    market.write("prints/note.typ", "#let papers(data) = {\n  nothing-of-this-name(data)\n}\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    number = market.shipment("1")
    market.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "1"})
    market.once()
    assert printed(market) == [f"{number}-1.label.pdf", "labels_1.pdf"]
    problem = market.answer("ahti", "delivery.csv")["problems"][0]
    assert (problem["code"], problem["record"]) == ("207.carrier", number)
    assert "prints/note.typ:2" in problem["message"]
    (market.home / "prints/note.typ").unlink()
    market.retry(number)
    assert f"{number}-1.note.pdf" in printed(market)


@pytest.mark.parametrize("missing", ["config/papers/none.png"])
def test_the_retailers_logo_and_return_instructions_stand_on_the_note(market: Market, missing: str, tmp_path: Path) -> None:
    from PIL import Image

    logo = tmp_path / "logo.png"
    Image.new("RGB", (400, 120), (20, 90, 200)).save(logo)
    market.write("config/papers/logo.png", logo.read_bytes())
    market.settings(
        ahti=prints("created"), nord="papers: {logo: config/papers/logo.png, returns: Palauta 14 päivässä, language: fi}\n"
    )
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    page = next(pages(read(market, "notes_1.pdf")))
    assert (20, 90, 200) in {colour for _, colour in page.convert("RGB").getcolors(1 << 24) or ()}
    assert {"Lähete", "Palauta", "päivässä"} <= words(read(market, "notes_1.pdf"))
    market.settings(ahti=prints("created"), nord=f"papers: {{logo: {missing}}}\n")
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders2.csv")
    market.once()
    assert f"{missing} cannot be read" in market.answer("nord", "orders2.csv")["problems"][0]["message"]


def test_what_no_font_has_is_spelled_otherwise_and_the_sender_is_told(market: Market) -> None:
    """Never boxes, never in silence: the retailer hears of the name, once for label and note."""
    market.settings(ahti=prints("created"), kivi="prints: [{what: label, format: zpl, on: created}]\n")
    wanted = {"name": "王小明 🎁", "street": "Õismäe tee 1"}
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"} | wanted, {"order": "1", "sku": "K1", "qty": "1"} | wanted)
    market.once()
    number, other = market.shipment("1"), market.shipment("1", "kivi")
    answer = market.answer("nord", "orders.csv")
    assert (answer["answer"], answer["counts"]["accepted"]) == (207, 1)
    told = [(each["code"], each["level"], each["record"], each["field"], each["value"]) for each in answer["problems"]]
    assert told == [("400.characters", "warning", shipment, "ship_to.name", "王小明 🎁") for shipment in (number, other)]
    for name in (f"{number}-1.label.pdf", f"{number}-1.note.pdf", "labels_1.pdf", "notes_1.pdf"):
        assert {"WangXiaoMing", "Õismäe"} <= words(read(market, name))
    assert b"WangXiaoMing^FS" in read(market, f"{other}-1.label.zpl", "kivi")
