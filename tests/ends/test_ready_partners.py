"""The ready partners of docs/partners at work: a warehouse system, a distributor, an appliance hub and a carrier."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lxml import etree

from hub.config.workspace import open_workspace
from hub.desk.checks import all_findings
from hub.mapping.examples import run_examples
from hub.mapping.library import BASE, Library
from tests.ends.place import Place

READY = Path(__file__).parents[2] / "docs/partners"
LIBRARY = Library(READY)
ORDER = "order,date,reference,operator,service,pickup_point,name,street,postcode,city,country,phone,sku,ean,quantity\n"
LINE = "{order},2026-11-23,{reference},,2461,,Maija Esimerkki,Koekatu 2,00100,Helsinki,FI,+358401110001,{sku},,1\n"


@pytest.fixture
def ready(tmp_path: Path) -> Place:
    """The workspace as it stands, with what its partners sell."""
    shutil.copytree(READY / "config", tmp_path / "config")
    shutil.copytree(READY / "mappings", tmp_path / "mappings")
    place = Place(tmp_path)
    for partner, example in {
        "wms": "wms-products.examples/products_1.csv",
        "distributor": "distributor-prices.examples/prices_1.txt",
        "appliances": "appliances-catalogue.examples/CATALOGUE1.xml",
    }.items():
        place.drop(partner, Path(example).name, (READY / "mappings" / example).read_bytes())
    place.once()
    return place


def order(place: Place, *skus: str, number: str = "5001", reference: str = "W-1") -> None:
    rows = "".join(LINE.format(order=number, reference=reference, sku=sku) for sku in skus)
    place.drop("shop", f"orders_{number}.csv", ORDER + rows)
    place.once()


def read(place: Place, partner: str, pattern: str) -> etree._Element:
    [path] = place.outbox(partner, pattern)
    return etree.fromstring(path.read_bytes())


def test_the_ready_partners_have_no_findings() -> None:
    assert [str(each) for each in all_findings(open_workspace(READY), LIBRARY)] == []


@pytest.mark.parametrize("name", [each for each in LIBRARY.names() if not each.startswith(BASE)])
def test_a_ready_mapping_does_what_its_examples_say(name: str) -> None:
    results = run_examples(LIBRARY.get(name), LIBRARY.examples_folder(name))
    assert results
    assert {each.case: each.diff for each in results if not each.passed} == {}


def test_each_system_gets_its_part_in_its_own_form_and_the_shipments_are_submitted(ready: Place) -> None:
    order(ready, "A-1", "0012345", "WM-8")
    [path] = ready.outbox("wms", "order_*.json")
    assert [item["sku"] for item in json.loads(path.read_text())[0]["items"]] == ["A-1"]
    told = read(ready, "distributor", "order_*.xml")
    assert (told.findtext("Head/Service"), told.findtext("Head/Reference[@type='SO']")) == ("2103", "W-1"), (
        "2461 is unknown there"
    )
    assert read(ready, "appliances", "ORDERS_*.xml").findtext("Order/Item/Model") == "WM-8"
    assert {row["status"] for row in ready.export("shipments")} == {"Submitted"}


def test_the_distributor_takes_no_order_without_a_reference(ready: Place) -> None:
    order(ready, "0012345", reference="")
    assert ready.answer("shop", "orders_5001.csv")["problem_counts"] == {"400.missing": 1}
    assert ready.outbox("distributor", "order_*") == []


def test_the_warehouse_confirms_and_the_carrier_books_what_bears_no_number(ready: Place) -> None:
    order(ready, "A-1")
    [shipment] = [row["shipment"] for row in ready.export("shipments")]
    confirmed = f"{shipment};PACKED;2026-11-24T09:00:00Z;;A-1;1;1;;\n"
    ready.drop("wms", "confirm_1.csv", "shipment;event;time;line;sku;quantity;parcel;tracking;weight_g\n" + confirmed)
    ready.once()
    booking = read(ready, "nshift", f"{shipment}.xml")
    assert booking.find("shipment/service").get("srvid") == "PO2461"
    assert booking.findtext("shipment/container/val[@n='weight']") == "1.50", "the weight of what is in it"
    ready.drop("nshift", "answer.csv", f"OrderNo;Marking;ParcelNo;Error\n{shipment};1;JJFI1;\n")
    ready.once()
    [row] = ready.export("shipments")
    assert (row["tracking_numbers"], row["status"]) == (["JJFI1"], "Packing")


def test_the_appliance_hub_reports_in_its_own_words_and_nothing_is_booked_for_it(ready: Place) -> None:
    order(ready, "WM-8")
    [shipment] = [row["shipment"] for row in ready.export("shipments")]
    inside = '<DespatchAdvice number="D"><OrderNumber>{}</OrderNumber><StatusCode>{}</StatusCode>{}</DespatchAdvice>'
    advice = f"<Message>{inside}</Message>"
    ready.drop("appliances", "DESADV1.xml", advice.format(shipment, "55", ""))
    ready.once()
    assert ready.export("shipments")[0]["status"] == "Submitted", "a word of its own is noted and changes nothing"
    ready.drop("appliances", "DESADV2.xml", advice.format(shipment, "40", '<Item line="1"><Delivered>1</Delivered></Item>'))
    ready.once()
    assert ready.export("orders")[0]["status"] == "Delivered"
    assert ready.outbox("nshift", "*.xml") == []
