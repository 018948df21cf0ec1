"""The whole service as eight stories through files alone: what partners drop, what the hub says, and what they collect.

Read them one after the other to know what the hub does for shops, suppliers, warehouses and carriers; the modules
beside this one prove each sentence in every case.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.desk.mend import release
from hub.desk.reopen import reopen
from tests.ends.conftest import CATALOG, ORDERS, RETAILER, SUPPLIER, Market
from tests.ends.place import table
from tests.ends.test_carriers import ANSWERS, BOOKINGS, CARRIER
from tests.ends.test_prints import printed, prints, read
from tests.ends.test_status_files import Clock
from tests.ends.test_warehouse import Warehouse
from tests.prints.reading import barcodes, pages, words

EAN = "6416453061903"


def test_1_catalogues_a_shop_hears_what_it_may_sell_and_how_much_of_it(market: Market) -> None:
    # ahti has products of his own; what he publishes in a catalogue has its own price and stock there
    market.settings(
        catalogs="catalogs: [{id: main, suppliers: [ahti]}, {id: all, public: yes, suppliers: all, priority: 5}]\n",
    )
    market.mapping("catalog", CATALOG.replace("fields: {", "fields: {catalog: catalog, cost: wholesale_price, "))
    market.products("ahti", ("A1", "7"), name="products_own.csv", Luettelo="main", Sisäänosto="4,00")
    market.products("ahti", ("A1", "3"), name="products_public.csv", Luettelo="all", Sisäänosto="5,00")
    market.once(now=True)
    told = {(row["sku"], row["catalog"]): (row["available"], row["cost"]) for row in market.told("nord", "catalog_*.csv")}
    assert (told["A1", "main"], told["A1", "all"]) == (("7", "4"), ("3", "5"))
    assert {row["catalog"] for row in market.told("sud", "catalog_*.csv")} == {"south", "all"}, "the public one is everybody's"

    # an order takes from the stock of the catalogue that it was routed through; only what changed is told
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2", "catalog": "main"})
    market.once(now=True)
    assert [(row["sku"], row["catalog"], row["available"]) for row in market.told("nord", "catalog_*.csv")] == [
        ("A1", "main", "5")
    ]

    # a count that is older than the one known is passed over, one that is equal only renews its time
    market.drop("ahti", "stock.csv", table(("sku", "catalog", "stock", "as_of"), [("A1", "main", "9", "2020-01-01 00:00")]))
    market.once()
    assert market.problems("ahti", "stock.csv") == [("409.sequence", 2)]

    # end of sale: told once with nothing available, and nobody can order it any more
    market.products("ahti", ("A1", "7"), name="products_end.csv", Myynnissä="no")
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders2.csv")
    market.once(now=True)
    ended = {(row["catalog"], row["available"], row["active"]) for row in market.told("nord", "catalog_*.csv")}
    assert ended == {("main", "0", "no"), ("all", "0", "no")}
    assert market.problems("nord", "orders2.csv") == [("404.product", 2)]
    assert market.status("1") == "Submitted", "what was ordered before goes on"


def test_2_routing_every_line_finds_its_supplier_or_the_shop_hears_why_not(market: Market) -> None:
    # both suppliers have X; the shop's own order of tie-breakers decides, the first time by price, the second by stock
    market.settings(nord="unknown_product: keep\nrouting: [stock, price]\n")
    market.products("ahti", ("X", "5"), name="products_x.csv", EAN=EAN, Sisäänosto="2,00")
    market.products("kivi", ("X", "50"), name="products_x.csv", EAN=EAN, Sisäänosto="3,00")
    market.orders("nord", {"order": "1", "sku": "X", "qty": "4"}, {"order": "2", "ean": EAN, "qty": "4"})
    market.once()
    assert [(row["order"], row["supplier"]) for row in market.export("shipments")] == [("1", "ahti"), ("2", "kivi")]

    # a purchase reference keeps the order together; sku and EAN of two products contradict each other
    market.orders(
        "nord",
        {"order": "3", "po": "PO-3", "sku": "K1", "qty": "1"},
        {"order": "3", "po": "PO-3", "sku": "X", "qty": "1"},
        {"order": "4", "sku": "A1", "ean": EAN, "qty": "1"},
        name="orders2.csv",
    )
    market.once()
    assert market.shipment("3", "kivi")
    assert [code for code, _ in market.problems("nord", "orders2.csv")] == ["400.mismatch"]

    # nobody has N yet: the order is kept in Error with an alert, and goes on when the catalogue is mended
    market.orders("nord", {"order": "5", "sku": "N", "qty": "1"}, {"order": "5", "sku": "A1", "qty": "10"}, name="orders3.csv")
    market.once()
    assert market.status("5") == "Error"
    assert [(each["order"], each["why"][:11]) for each in market.status_page()["stuck"]] == [("5", "404.product")]
    market.products("ahti", ("N", "1"), name="products_n.csv")
    market.once()
    assert "routed and split" in market.retry("5")
    assert market.status("5") == "Submitted"

    # held back: registered and reserved, sent on by the operator's word; regretted before that it is gone at once
    market.orders("nord", {"order": "6", "sku": "A2", "qty": "2", "submit": "no"}, name="orders4.csv")
    market.orders("nord", {"order": "7", "sku": "A2", "qty": "3", "submit": "no"}, name="orders5.csv")
    market.once()
    assert (market.status("6"), market.available("A2")) == ("Draft", "5")
    market.cancel("nord", {"order": "7"})
    market.once()
    assert (market.status("7"), market.available("A2")) == ("Cancelled", "8")
    assert market.mend(release, "6")[0].done
    assert market.status("6") == "Submitted"

    # a final order moves only by an explicit command, on a shipment of its own
    assert market.mend(reopen, "7")[0].done
    assert (market.status("7"), market.available("A2")) == ("Submitted", "5")


def test_3_statuses_a_shop_hears_every_change_once_until_the_order_is_final(market: Market) -> None:
    market.clock = clock = Clock()
    clock.now = datetime(2030, 3, 4, 8, 0, tzinfo=UTC)
    market.settings(ahti="short: stays_open\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "5"}, {"order": "1", "sku": "K1", "qty": "1"})
    market.once()

    def two_hours_later() -> list[tuple[str, str, str, str]]:
        """What the shop is told then: order, line by line; empty when there is no new file."""
        before = len(market.outbox("nord", "status_*"))
        clock.later(hours=2, minutes=1)
        market.once()
        new = market.outbox("nord", "status_*")[before:]
        return [
            (row["status"], row["line"], row["line_status"], row["delivered"])
            for path in new
            for row in market.rows("nord", path.name)
        ]

    # an order that was never reported is told; after that only what changed is, every two hours
    assert [(row["status"], row["line_status"]) for row in market.told("nord")] == [("Created", "Created")] * 2
    assert two_hours_later() == [("Submitted", "1", "Submitted", ""), ("Submitted", "2", "Submitted", "")]
    assert two_hours_later() == [], "nothing changed, no file"

    # parts of a line, over two parcels and two files; a late file with an older status changes nothing but its facts
    market.deliveries("ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "2", "tracking": "T1"})
    assert two_hours_later() == [("Submitted", "1", "Shipping", "2"), ("Submitted", "2", "Submitted", "")]
    market.deliveries(
        "ahti", {"order": "1", "status": "Picking", "sku": "A1", "qty": "2", "tracking": "T2"}, name="delivery2.csv"
    )
    assert two_hours_later() == [("Submitted", "1", "Shipping", "4"), ("Submitted", "2", "Submitted", "")]
    assert market.problems("ahti", "delivery2.csv") == [("409.sequence", 2)]

    # the last piece will not come: everything is delivered or cancelled, so that ahti's shipment is final
    market.deliveries("ahti", {"order": "1", "sku": "A1", "cancelled": "1", "why": "broken"}, name="delivery3.csv")
    assert two_hours_later() == [("Delivered Partially", "1", "Delivered", "4"), ("Delivered Partially", "2", "Submitted", "")]

    # kivi says Delivered without a quantity, and a word that is none: the quantity stays unknown, the word is refused
    market.deliveries("kivi", {"order": "1", "status": "Delivered"})
    market.deliveries("kivi", {"order": "1", "status": "toimitettu"}, name="delivery2.csv")
    assert two_hours_later() == [("Delivered", "1", "Delivered", "4"), ("Delivered", "2", "Delivered", "")]
    assert market.problems("kivi", "delivery.csv") == [("207.unknown-quantity", 2)]
    assert market.problems("kivi", "delivery2.csv") == [("400.status", 2)]
    assert two_hours_later() == []

    # final freezes the status, not the facts: a status is refused, a tracking number is told once more
    market.deliveries("kivi", {"order": "1", "status": "Cancelled", "sku": "K1", "tracking": "T3"}, name="delivery3.csv")
    assert [line for line, *_ in two_hours_later()] == ["Delivered", "Delivered"]
    assert market.problems("kivi", "delivery3.csv") == [("409.final", 2)]
    market.cancel("nord", {"order": "1"})
    assert two_hours_later() == []
    assert {code for code, _ in market.problems("nord", "cancel.csv")} == {"409.final"}


def test_4_warehouse_what_is_sold_out_waits_and_goes_out_when_goods_come_in(tmp_path: Path) -> None:
    place = Warehouse(tmp_path)
    place.set_up()
    place.goods(("W1", "5"), ("W0", "0"))
    place.goods(("W9", "5"), name="goods_unmeasured.csv", weight="", height="")
    place.once()
    assert [code for code, _ in place.problems("varasto", "goods_unmeasured.csv")] == ["400.missing", "400.missing"]

    # order 1 needs what is sold out: it waits whole, with what it has; order 2 does not overtake it
    place.sell("1", ("W1", "2"), ("W0", "3"))
    place.sell("2", ("W0", "1"))
    assert (place.status("1"), place.status("2"), place.available("W1")) == ("On Hold", "On Hold", "3")
    assert place.outbox("varasto", "shipment_*") == []

    # goods are ordered in: the purchase order reserves nothing, its receipt adds to the stock, each piece once
    place.purchase("P1", "W0", "4")
    place.says("P1", status="Receiving", sku="W0", qty="2", parcel="1")
    assert (place.status("P1"), place.status("1")) == ("Receiving", "On Hold"), "two are not enough for order 1"
    for _ in range(2):
        place.says("P1", status="Delivered", sku="W0", qty="2", parcel="2")
    assert (place.status("P1"), place.status("1"), place.status("2")) == ("Delivered", "Submitted", "Submitted")
    assert place.available("W0") == "0"
    sent = [(row["order"], row["sku"], row["qty"]) for row in place.rows("varasto", "shipment_*.csv") if row["order"] != "P1"]
    assert sent == [("1", "W1", "2"), ("1", "W0", "3"), ("2", "W0", "1")]


def test_5_external_systems_a_shipment_is_submitted_when_its_file_lies_there_and_error_when_it_cannot(market: Market) -> None:
    # kivi's system knows three delivery services; any other becomes the agreed one, which only kivi hears
    shipments = market.home.joinpath("mappings/shipments.yaml").read_text()
    market.mapping("shipments", shipments.replace("fields: {", "fields: {service: service_code, "))
    market.mapping("orders", ORDERS + "  service_code: service\n")
    codes = 'require_reference: yes\nservice_codes: {allowed: ["2102", "2103", "2104"], else: "2103"}\n'
    market.settings(kivi=codes)
    market.write("config/hub.yaml", market.home.joinpath("config/hub.yaml").read_text() + "retry: {attempts: 1}\n")
    market.order_headings = (*market.order_headings, "service")
    market.orders("nord", {"order": "0", "sku": "K1", "qty": "1", "service": "2461"})
    market.orders("nord", {"order": "1", "po": "PO-1", "sku": "K1", "qty": "1", "service": "2461"}, name="orders2.csv")
    market.once()
    assert market.problems("nord", "orders.csv") == [("400.missing", 2)], "kivi takes no order without a reference"
    assert market.status("1") == "Submitted"
    assert [(row["order"], row["service"]) for row in market.rows("kivi", "shipment_*.csv")] == [("1", "2103")]

    # his folder is away: the shipment is Error, its goods stay reserved; retry hands it over when the folder is back
    outbox = market.home / "outbox/kivi"
    outbox.rename(market.home / "outbox/kivi.away")
    outbox.write_text("in the way")
    market.orders("nord", {"order": "2", "po": "PO-2", "sku": "K1", "qty": "3", "service": "2104"}, name="orders3.csv")
    market.once()
    assert (market.status("2"), market.available("K1")) == ("Error", "6")
    assert "could not be handed over" in market.status_page()["stuck"][0]["why"]
    outbox.unlink()
    (market.home / "outbox/kivi.away").rename(outbox)
    market.retry("2")
    assert market.status("2") == "Submitted"
    assert [(row["order"], row["service"]) for row in market.rows("kivi", "shipment_*.csv")][-1] == ("2", "2104")


def test_6_carriers_a_parcel_without_a_number_is_booked_and_a_failed_booking_is_told_and_tried_again(market: Market) -> None:
    market.mapping("bookings", BOOKINGS)
    market.mapping("answers", ANSWERS)
    market.write("config/partners/nshift.yaml", CARRIER.format(name="nShift"))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
    market.once()
    number = market.shipment("1")

    # two parcels, one with a number of the supplier's own: the carrier is asked for the other, in his XML
    market.deliveries(
        "ahti",
        {"order": "1", "status": "Packing", "sku": "A1", "qty": "1", "parcel": "1", "tracking": "OWN-1"},
        {"order": "1", "status": "Packing", "sku": "A1", "qty": "1", "parcel": "2"},
    )
    market.once()
    [booking] = market.outbox("nshift", "*.xml")
    assert f'orderno="{number}"' in booking.read_text("iso-8859-1")

    # he cannot: what ahti sent is stored, his answer becomes 207 with the reason, and the operator sees the cure
    market.drop("nshift", "answer.csv", f"shipment,parcel,number,error\n{number},2,,Postcode unknown\n")
    market.once()
    assert market.answer("ahti", "delivery.csv")["answer"] == 200
    assert market.problems("ahti", "delivery.csv.2") == [("207.carrier", None)]
    assert [(each["shipment"], each["parcel"]) for each in market.status_page()["bookings"]] == [(number, "2")]

    # booked again by retry; his number reaches the shop, whatever spaces he prints in it
    assert "the booking" in market.retry(number)
    assert len(market.outbox("nshift", "*.xml")) == 2
    market.drop("nshift", "answer2.csv", f"shipment,parcel,number,error\n{number},2,RR 473 124 829 FI,\n")
    market.deliveries("ahti", {"order": "1", "status": "Delivered"}, name="delivery2.csv")
    market.once(now=True)
    assert market.status_page()["bookings"] == []
    assert {row["tracking"] for row in market.told("nord")} == {"OWN-1,RR473124829FI"}


def test_7_prints_a_supplier_prints_two_files_and_the_morning_is_on_paper(market: Market) -> None:
    # numbers are drawn without gaps; each parcel has its label and note, and all of a run lie in one file of each
    market.settings(ahti=prints("created"))
    long = {"name": "Anna-Kaisa Järvenpää-Öhm", "street": "Õismäe tee 12–14 korter 5", "city": "Нарва", "zip": "20308"}
    market.orders(
        "nord",
        {"order": "1", "sku": "A1", "qty": "1"},
        {"order": "2", "sku": "A2", "qty": "2", "country": "EE"} | long,
    )
    market.once()
    one, two = market.shipment("1"), market.shipment("2")
    each = [f"{number}-1.{what}.pdf" for number in (one, two) for what in ("label", "note")]
    assert printed(market) == [*each, "labels_1.pdf", "notes_1.pdf"]
    assert barcodes(read(market, "labels_1.pdf")) == ["JJFI12345000000000001", "JJFI12345000000000002"]
    assert len(list(pages(read(market, "notes_1.pdf")))) == 2
    assert {"Järvenpää-Öhm", "Õismäe", "Нарва", "ESTONIA"} <= words(read(market, f"{two}-1.label.pdf"))

    # ahti packs order 2 in two parcels: the second, with a number of his own, gets a note and no label
    rows = [{"sku": "A2", "qty": "1", "parcel": "1"}, {"sku": "A2", "qty": "1", "parcel": "2", "tracking": "OWN-2"}]
    market.deliveries("ahti", *({"shipment": two, "status": "Delivered"} | row for row in rows))
    market.once()
    assert [name for name in printed(market) if name not in {*each, "labels_1.pdf", "notes_1.pdf"}] == [
        f"{two}-2.note.pdf",
        "notes_2.pdf",
    ]
    assert "OWN-2" in words(read(market, f"{two}-2.note.pdf"))


def test_8_despatches_what_leaves_is_told_with_parcels_numbers_and_links_and_nothing_wrong_leaves(market: Market) -> None:
    despatches = market.home.joinpath("mappings/despatches.yaml").read_text()
    market.mapping("despatches", despatches + "  url: parcels.tracking_url\n  ordered: parcels.lines.quantity\n")
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "3"})
    market.orders("nord", {"order": "2", "sku": "A2", "qty": "1", "name": "Kalle Koe"}, name="orders2.csv")
    market.once()
    posti = {"order": "1", "status": "Delivered", "sku": "A1", "carrier": "Posti"}
    market.deliveries(
        "ahti", posti | {"qty": "2", "tracking": "JJFI1"}, posti | {"qty": "1", "tracking": "JJFI2"}, posti | {"qty": "1"}
    )
    market.once()
    link = "https://www.posti.fi/fi/seuranta#/lahetys/"
    told = [(row["tracking"], row["qty"], row["ordered"], row["url"]) for row in market.told("nord", "despatch_*.csv")]
    assert told == [("JJFI1", "2", "3", f"{link}JJFI1"), ("JJFI2", "1", "3", f"{link}JJFI2")]
    assert market.problems("ahti", "delivery.csv") == [("400.mismatch", 4)], "a total of 1 beside parcels that hold 3"

    # more than ordered is refused where it stands; a number that is on another receiver's parcel is held back
    number = {"order": "2", "status": "Delivered", "sku": "A2", "tracking": "JJFI1"}
    market.deliveries("ahti", number | {"qty": "2"}, name="delivery2.csv")
    market.deliveries("ahti", number | {"qty": "1"}, name="delivery3.csv")
    market.once()
    assert ("400.range", 2) in market.problems("ahti", "delivery2.csv")
    assert len(market.outbox("nord", "despatch_*.csv")) == 1
    assert "another receiver" in market.status_page()["quarantine"][0]["error"]


@pytest.mark.parametrize("words_of", ["v2", "v3"])
def test_the_two_vocabularies_tell_the_same_story_in_their_own_words(market: Market, words_of: str) -> None:
    """v2 knows no Cancelled: it hears Delivered with quantity 0, and nothing of what is only registered."""
    market.retailer("nord", RETAILER + f"catalogs: [{{id: main, suppliers: [ahti]}}]\nstatus_words: {words_of}\n")
    market.supplier("ahti", SUPPLIER)
    rows = [{"order": "1", "submit": "no"}, {"order": "2"}, {"order": "3"}]
    market.orders("nord", *({"sku": "A1", "qty": "1"} | row for row in rows))
    market.once()
    market.deliveries("ahti", {"order": "3", "status": "Cancelled"})
    market.once(now=True)
    told = {row["order"]: (row["status"], row["line_status"], row["delivered"]) for row in market.told("nord")}
    assert (
        told
        == {
            "v2": {"2": ("orderRouted", "orderRouted", ""), "3": ("Delivered", "Delivered", "0")},
            "v3": {"1": ("Draft", "Draft", ""), "2": ("Submitted", "Submitted", ""), "3": ("Cancelled", "Cancelled", "0")},
        }[words_of]
    )
