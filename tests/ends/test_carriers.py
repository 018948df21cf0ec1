"""Carriers: a parcel without a tracking number is booked by a file, and the answer brings its number or an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from hub.config.workspace import open_workspace
from hub.desk.mend import retry, work_off
from tests.ends.conftest import ORDERS, Market
from tests.ends.place import table

BOOKINGS = """
writes: bookings
file: {format: xml, encoding: iso-8859-1, name: "{shipment}.xml", record: /unifaunonline}
repeat: {shipment/service/addon: additional_services, shipment/container: parcels}
fields:
  meta/val(n=origin): {value: HUB}
  sender/@sndid: {value: "1"}
  sender/val(n=name): [sender.name, vendor.name]
  receiver/@rcvid: shipment
  receiver/val(n=name): {from: ship_to.name, required: yes}
  receiver/val(n=phone): {from: ship_to.phone, default: ""}
  shipment/@orderno: shipment
  shipment/val(n=reference): number
  shipment/service/@srvid: {from: service_code, do: {prefix: PO}}
  shipment/service/addon/@adnid: additional_services
  shipment/container/@type: {value: parcel}
  shipment/container/val(n=id): parcels.parcel
  shipment/container/val(n=weight): {from: parcels.weight, places: 2}
"""
ANSWERS = """
reads: booking_answers
file: {format: csv, delimiter: comma}
fields: {shipment: shipment, parcel: parcel, tracking_number: number, error: error}
"""
CARRIER = """
name: {name}
role: carrier
channel: {{type: local}}
receive:
  - {{files: "answer*", mapping: answers}}
send:
  - {{mapping: bookings}}
"""


def carrier(market: Market, partner: str, name: str, more: str = "") -> None:
    market.write(f"config/partners/{partner}.yaml", CARRIER.format(name=name) + more)


@pytest.fixture
def packed(market: Market) -> Market:
    """An order of A1 and A2 on one shipment, with a carrier in the house."""
    market.mapping("bookings", BOOKINGS)
    market.mapping("answers", ANSWERS)
    market.mapping("orders", ORDERS + "  operator: operator\n  service_code: service\n")
    carrier(market, "nshift", "nShift")
    order(market, "1")
    market.once()
    return market


def order(market: Market, number: str, name: str = "orders.csv", **more: str) -> None:
    rows = [{"order": number, "sku": sku, "qty": "3"} for sku in ("A1", "A2")]
    market.orders("nord", *rows, name=name)
    path = market.home / "inbox/nord" / name
    lines = path.read_text().splitlines()
    extra = {"operator": "", "service": "2103", **more}
    path.write_text("\n".join([lines[0] + "," + ",".join(extra), *(line + "," + ",".join(extra.values()) for line in lines[1:])]))


def parcel(sku: str, name: str, **more: str) -> dict[str, str]:
    return {"order": "1", "status": "Packing", "sku": sku, "qty": "3", "parcel": name, **more}


def booked(market: Market, partner: str = "nshift", pattern: str = "*.xml") -> list[tuple[str, list[str]]]:
    """What a carrier is asked: shipment and parcels of each file."""
    trees = [etree.fromstring(path.read_bytes()) for path in market.outbox(partner, pattern)]
    return [
        (str(tree.find("shipment").get("orderno")), [str(each.text) for each in tree.iterfind("shipment/container/val[@n='id']")])
        for tree in trees
    ]


def answer(market: Market, *rows: tuple[str, str, str, str], name: str = "answer.csv", partner: str = "nshift") -> int:
    """(shipment, parcel, number, error); what the hub answers."""
    market.drop(partner, name, table(("shipment", "parcel", "number", "error"), rows))
    market.once()
    return int(market.answer(partner, name)["answer"])


def tracking(market: Market) -> list[str]:
    return [number for row in market.export("shipments") for number in row["tracking_numbers"]]


def tried_again(market: Market, what: str) -> list[bool]:
    hub = market.open()
    done = [each.done for each in retry(hub, [what])]
    work_off(hub)
    hub.close()
    return done


def test_each_parcel_is_booked_once(packed: Market) -> None:
    number = packed.shipment("1")
    assert booked(packed) == []
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    packed.once()
    assert booked(packed) == [(number, ["1"])]
    packed.deliveries("ahti", parcel("A1", "1"), parcel("A2", "2"), name="delivery2.csv")
    packed.once()
    assert sorted(booked(packed)) == [(number, ["1"]), (number, ["2"])]


def test_the_file_has_the_layout_of_online_connect(packed: Market) -> None:
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    [path] = packed.outbox("nshift", "*.xml")
    tree = etree.fromstring(path.read_bytes())
    assert tree.getroottree().docinfo.encoding.lower() == "iso-8859-1"
    assert [each.tag for each in tree] == ["meta", "sender", "receiver", "shipment"]
    assert tree.find("shipment/service").get("srvid") == "PO2103"
    assert tree.findtext("receiver/val[@n='name']") == "Maija Esimerkki"


def test_the_answer_puts_the_tracking_number_on_the_parcel_and_the_retailer_hears_it(packed: Market) -> None:
    number = packed.shipment("1")
    packed.deliveries("ahti", parcel("A1", "1"), parcel("A2", "2"))
    packed.once()
    assert answer(packed, (number, "1", "JJFI1", ""), (number, "2", "JJFI2", "")) == 200
    assert tracking(packed) == ["JJFI1", "JJFI2"]
    packed.once(now=True)
    assert [(row["line"], row["tracking"]) for row in packed.rows("nord", "status_*.csv")][-2:] == [
        ("1", "JJFI1"),
        ("2", "JJFI2"),
    ]
    assert answer(packed, (number, "1", "JJFI1", ""), (number, "2", "JJFI2", ""), name="answer2.csv") == 200
    assert packed.answer("nshift", "answer2.csv")["counts"]["unchanged"] == 2


def test_a_carrier_who_fails_is_told_to_the_supplier_and_asked_again_by_retry(packed: Market) -> None:
    number = packed.shipment("1")
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    assert packed.answer("ahti", "delivery.csv")["answer"] == 200
    assert answer(packed, (number, "1", "", "Postcode unknown")) == 200
    again = packed.answer("ahti", "delivery.csv.2")
    assert (again["answer"], again["problem_counts"]) == (207, {"207.carrier": 1})
    assert "Postcode unknown" in again["problems"][0]["message"]
    assert f"hub retry {number}" in again["problems"][0]["hint"]
    assert packed.status_page()["bookings"] == [
        {"carrier": "nshift", "shipment": number, "parcel": "1", "error": "Postcode unknown"}
    ]
    packed.deliveries("ahti", {"order": "1", "status": "Shipping"}, name="delivery2.csv")
    packed.once()
    assert packed.answer("ahti", "delivery2.csv")["problem_counts"] == {"207.carrier": 1}, "stored, but still not booked"
    assert tried_again(packed, number) == [True]
    assert booked(packed) == [(number, ["1"])] * 2
    assert answer(packed, (number, "1", "JJFI1", ""), name="answer2.csv") == 200
    assert tracking(packed) == ["JJFI1"]
    assert packed.status_page()["bookings"] == []
    assert tried_again(packed, number) == [False]


def test_a_booking_that_cannot_be_written_is_a_problem_of_the_suppliers_answer(packed: Market) -> None:
    packed.mapping("bookings", BOOKINGS.replace('{from: ship_to.phone, default: ""}', "{from: ship_to.phone, required: yes}"))
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    told = packed.answer("ahti", "delivery.csv")
    assert (told["answer"], told["counts"]["accepted"], told["problem_counts"]) == (207, 1, {"207.carrier": 1})
    assert booked(packed) == []
    packed.mapping("bookings", BOOKINGS)
    assert tried_again(packed, "1") == [True]
    assert booked(packed) == [(packed.shipment("1"), ["1"])]


def test_a_booking_file_that_cannot_be_delivered_fails_and_retry_delivers_the_same_file(packed: Market) -> None:
    packed.write("config/hub.yaml", packed.home.joinpath("config/hub.yaml").read_text() + "retry: {attempts: 1}\n")
    (packed.home / "outbox/nshift").write_text("")
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    packed.once()
    assert packed.answer("ahti", "delivery.csv.2")["problem_counts"] == {"207.carrier": 1}
    (packed.home / "outbox/nshift").unlink()
    assert tried_again(packed, packed.shipment("1")) == [True]
    assert booked(packed) == [(packed.shipment("1"), ["1"])]


def test_a_tracking_number_of_the_suppliers_own_is_not_booked(packed: Market) -> None:
    packed.deliveries("ahti", parcel("A1", "1", tracking="OWN1"))
    packed.once()
    assert booked(packed) == []


def test_goods_that_leave_without_a_parcel_being_named_are_booked_as_one(packed: Market) -> None:
    packed.deliveries(
        "ahti", {"order": "1", "status": "Delivered", "sku": "A1", "qty": "3"}, {"order": "1", "sku": "A2", "qty": "3"}
    )
    packed.once()
    assert booked(packed) == [(packed.shipment("1"), ["1"])]
    assert answer(packed, (packed.shipment("1"), "", "JJFI1", "")) == 200
    assert tracking(packed) == ["JJFI1"]


def test_a_carrier_answers_only_what_he_was_asked(packed: Market) -> None:
    carrier(packed, "other", "Other")
    packed.settings(ahti="carrier: nshift\n")
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    number = packed.shipment("1")
    assert answer(packed, (number, "1", "X1", ""), ("S99999999", "1", "X2", ""), partner="other") == 404
    told = packed.answer("other", "answer.csv")["problems"]
    assert {(each["code"], each["message"]) for each in told} == {("404.shipment", "you were not asked to book such a shipment")}
    assert tracking(packed) == []


def test_an_answer_is_checked_before_it_is_believed(packed: Market) -> None:
    number = packed.shipment("1")
    packed.deliveries("ahti", parcel("A1", "1"), parcel("A2", "2"))
    packed.once()
    rows = [
        (number, "1", "J1", ""),
        (number, "2", "J1", ""),
        (number, "1", "J9", ""),
        (number, "7", "J7", ""),
        (number, "2", "", ""),
    ]
    assert answer(packed, *rows) == 207
    problems = packed.answer("nshift", "answer.csv")["problems"]
    assert [(each["code"], each["row"]) for each in problems] == [
        ("400.duplicate-row", 3),
        ("409.changed", 4),
        ("404.shipment", 5),
        ("400.missing", 6),
    ]
    assert tracking(packed) == ["J1"]
    assert answer(packed, (number, "", "J2", ""), name="answer2.csv") == 200, "only one parcel still waits"
    assert tracking(packed) == ["J1", "J2"]


@pytest.mark.parametrize(
    ("operator", "named", "supplier", "expected"),
    [
        ("nshift", "", "", "nshift"),
        ("SECOND Oy", "", "", "second"),
        ("nshift", "second", "", "second"),
        ("", "", "carrier: second\n", "second"),
        ("nShift", "", "carrier: none\n", None),
        ("", "", "", None),
        ("", "Somebody's van", "carrier: second\n", "second"),
    ],
)
def test_the_parcel_the_order_or_the_suppliers_agreement_names_the_carrier(
    packed: Market, operator: str, named: str, supplier: str, expected: str | None
) -> None:
    carrier(packed, "second", "Second Oy")
    packed.settings(ahti=supplier)
    order(packed, "2", "orders2.csv", operator=operator)
    packed.once()
    packed.deliveries("ahti", parcel("A1", "1", order="2", carrier=named))
    packed.once()
    packed.once()
    assert [each for each in ("nshift", "second") if booked(packed, each)] == ([expected] if expected else [])


def test_a_service_that_the_carrier_does_not_know_becomes_the_agreed_one(packed: Market) -> None:
    carrier(packed, "nshift", "nShift", 'service_codes: {allowed: ["2104"], else: "2104"}\n')
    packed.deliveries("ahti", parcel("A1", "1"))
    packed.once()
    [path] = packed.outbox("nshift", "*.xml")
    assert etree.fromstring(path.read_bytes()).find("shipment/service").get("srvid") == "PO2104"


def test_a_supplier_who_names_an_unknown_carrier_is_told_by_check(tmp_path: Path) -> None:
    market = Market(tmp_path)
    market.set_up()
    carrier(market, "nshift", "nShift")
    market.settings(ahti="carrier: nshft\n")
    [finding] = [each for each in open_workspace(tmp_path).findings if each.path == "carrier"]
    assert "did you mean nshift?" in str(finding)
