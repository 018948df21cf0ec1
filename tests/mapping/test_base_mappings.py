"""The base mappings: each proves itself on files that are hard to read, and is the only one that its files choose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.config.init import init_workspace
from hub.domain.kinds import Kind
from hub.domain.problems import Level
from hub.domain.values import canonical
from hub.formats.csv import csv_grids
from hub.formats.layout import Format, Quote
from hub.formats.table import open_tables
from hub.mapping.bind import fits
from hub.mapping.choice import best_fit, fit
from hub.mapping.compile import Mapping
from hub.mapping.examples import EXPECTED, canonical_record, run_examples
from hub.mapping.library import BASE, Library, shipped_folder
from hub.mapping.read import read_file
from hub.mapping.write import write_file
from tests.mapping.conftest import LIMITS, Bench, a_context, a_write_context
from tools.base_mappings import ROOT, base_names

LIBRARY = Library(ROOT)
SHIPPED = Library(ROOT / "nowhere")  # as a workspace without mappings of its own sees them
NAMES = base_names()
READING = [name for name in NAMES if LIBRARY.get(name).reading]
HOSTILE = {
    "a quote": '"',
    "a comma": ",",
    "a semicolon": ";",
    "a line break": "\n",
    "a word that looks like a number": "1E5",
    "a word that looks like nothing": "NA",
    "a formula": "=1+1",
    "an umlaut": "ä",
    "a tilde": "õ",
    "a Cyrillic letter": "ж",
}
LONG = 90
SHORT = {"base/walmart-status-out"}  # whose fields are all shorter than a long text
UNSENT = {"base/amazon-confirmation", "base/walmart-status-out"}  # what a partner is told and never sends
TWINS = {"base/dropstream-shipments-out": "base/dropstream-orders"}  # where the name does not say who reads it back


def _example_files(name: str) -> list[Path]:
    folder = LIBRARY.examples_folder(name)
    return sorted(path for path in folder.iterdir() if not path.name.endswith(EXPECTED))


def _cells(mapping: Mapping, path: Path) -> Iterator[str]:
    """Every text of a file: of an XML file's elements and attributes, of a table's rows below its headings."""
    if mapping.layout.format is Format.XML:
        for element in etree.fromstring(path.read_bytes()).iter():
            yield from (each for each in [element.text, *element.attrib.values()] if each)
        return
    if mapping.layout.types:
        [grid] = csv_grids(mapping.layout, path.read_bytes(), LIMITS)
        yield from (cell for row in grid.rows() for cell in row if cell)
        return
    for table in open_tables(mapping.layout, path.read_bytes(), LIMITS):
        for frame in table.blocks():
            yield from (cell for column in frame.columns for cell in column if cell)


def _missing(mapping: Mapping, cells: list[str]) -> set[str]:
    """What of the hostile is in no cell, but for what a format or its character set cannot hold."""
    found = {what for what, text in HOSTILE.items() if any(text in cell for cell in cells)}
    found |= {"leading zeros"} if any(cell.strip("'").startswith("00") for cell in cells) else set()
    found |= {"a long text"} if any(len(cell) >= LONG for cell in cells) else set()
    wanted = {*HOSTILE, "leading zeros", "a long text"}
    if mapping.layout.quote is Quote.NONE:
        wanted -= {"a line break"}
    if mapping.layout.encoding == "cp1252":
        wanted -= {"a Cyrillic letter"}
    if mapping.name in SHORT:
        wanted -= {"a long text"}
    return wanted - found


def test_every_layout_that_is_promised_is_there() -> None:
    wanted = """
        shopify-orders shopify-products shopify-inventory woocommerce-products amazon-orders amazon-confirmation shipstream-orders
        35up-orders 35up-shipments ebay-orders etsy-order-items magento-products mirakl-offers corporategift-inventory
        corporategift-ship-confirm hublogix-inventory posti-glue-products dropstream-orders dropstream-orders-v1 walmart-orders
        walmart-status-out
    """
    assert {f"{BASE}{each}" for each in wanted.split()} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_base_mapping_has_nothing_against_it_and_a_note(name: str) -> None:
    assert [str(each) for each in LIBRARY.findings(name)] == []
    assert LIBRARY.get(name).template.note


@pytest.mark.parametrize("name", NAMES)
def test_a_base_mapping_does_what_its_examples_say(name: str) -> None:
    results = run_examples(LIBRARY.get(name), LIBRARY.examples_folder(name))
    assert results
    assert {each.case: each.diff for each in results if not each.passed} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_base_mapping_has_an_example_with_hostile_content(name: str) -> None:
    mapping = LIBRARY.get(name)
    left = {path.name: _missing(mapping, list(_cells(mapping, path))) for path in _example_files(name)}
    assert set() in left.values(), left


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in READING for path in _example_files(name)])
def test_a_file_chooses_its_own_mapping_among_all_base_mappings(name: str, path: Path) -> None:
    """Each candidate is asked alone, so that no order of names decides."""
    data = path.read_bytes()
    candidates = SHIPPED.candidates()
    assert {each.name for each in candidates} == set(READING)
    alone = [each.name for each in candidates if fit(each, data, LIMITS)]
    assert alone == [name]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in READING])
def test_a_written_file_is_read_by_the_base_mapping_of_that_layout(name: str) -> None:
    """The same partner's two directions have the same layout, but for what nobody sends back."""
    [path] = _example_files(name)
    data = path.read_bytes()
    fitting = [each.name for each in SHIPPED.candidates() if fit(each, data, LIMITS)]
    assert fitting == ([] if name in UNSENT else [TWINS.get(name, name.removesuffix("-out"))])


def test_a_file_of_nobody_chooses_none() -> None:
    assert not best_fit(SHIPPED.candidates(), b"Koodi;Saldo\nA;1\n", LIMITS)[0]
    mapping = LIBRARY.get("base/mirakl-offers")
    assert not fits(mapping, open_tables(mapping.layout.model_copy(update={"header": 1}), b"Koodi;Saldo\nA;1\n", LIMITS))


PH = '"PH","1","2","a@x.test","Aino","Kuja 1","","Turku","","20100","FI",' + '"",' * 9 + '"Ground","P","","{date}","AMZ",""'
DROPSTREAM = ["base/dropstream-orders", "base/dropstream-orders-v1"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Koodi,Saldo\nA,1\n", id="another's"),
        pytest.param("PH,Saldo\nPH,1\nPD,2\n", id="another's that begins with the same word"),
        pytest.param(",".join(["Koodi", *map(str, range(25))]) + "\n" + PH + "\n", id="headings above"),
        pytest.param(PH + ',""\n', id="a cell more"),
        pytest.param(PH.replace('"PH"', '"Ph"') + "\n", id="another kind of row"),
        pytest.param('"PD","1","1","A","1","1"\n' + PH + "\n", id="a line first"),
    ],
)
def test_without_headings_a_foreign_file_is_not_taken_for_dropstream(text: str) -> None:
    data = text.replace("{date}", "2026-11-20T10:00:00Z").encode()
    assert [name for name in DROPSTREAM if fit(LIBRARY.get(name), data, LIMITS)] == []


def test_the_cells_of_the_first_row_tell_dropstreams_versions_apart() -> None:
    both = [LIBRARY.get(name) for name in DROPSTREAM]
    line = '\n"PD","1","1","A","1","1"\n'
    for row, name in ((PH, DROPSTREAM[0]), (PH.replace('"a@x.test",', ""), DROPSTREAM[1])):
        data = (row.replace("{date}", "2026-11-20T10:00:00Z") + line).encode()
        assert [each.name for each in both if fit(each, data, LIMITS)] == [name]


def test_a_new_workspace_sees_the_base_mappings_and_answers_for_its_own_alone(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    library = Library(tmp_path)
    assert set(NAMES) < set(library.names())
    assert set(NAMES).isdisjoint(library.own())
    assert library.findings() == []
    assert library.examples_folder("base/shopify-orders").is_dir()
    assert set(READING) < {each.name for each in library.candidates()}
    assert not (tmp_path / "mappings" / "base").exists()


def test_a_mapping_in_any_workspace_extends_a_base_mapping(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    own = 'extends: base/shopify-orders\nfields:\n  service_code: {from: Shipping Method, map: {"*": "2103"}}\n  ship_to.email:\n'
    (tmp_path / "mappings" / "mine.yaml").write_text(own, encoding="utf-8")
    library = Library(tmp_path)
    assert [str(each) for each in library.findings("mine") if each.level is Level.ERROR] == []
    mapping = library.get("mine")
    assert {"number", "service_code"} < set(mapping.template.fields)
    assert "ship_to.email" not in mapping.template.fields


def test_a_wrong_name_of_a_base_is_met_with_the_nearest(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    (tmp_path / "mappings" / "mine.yaml").write_text("extends: base/shopfy-orders\n", encoding="utf-8")
    assert any("base/shopify-orders" in str(each) for each in Library(tmp_path).findings("mine"))


def test_a_base_mapping_of_the_workspace_stands_in_for_the_shipped_one(bench: Bench) -> None:
    bench.put("base/shopify-orders", "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n")
    library = Library(bench.home)
    assert library.get("base/shopify-orders").kind is Kind.STOCK
    assert library.own() == ["base/shopify-orders"]
    assert library.names() == NAMES
    assert library.get("base/shopify-products").kind is Kind.PRODUCTS


def test_the_shipped_mappings_lie_in_the_repository_once() -> None:
    assert shipped_folder() == ROOT / "mappings" / "base"


def test_no_example_is_a_workbook_of_a_csv_mapping() -> None:
    excel = {name for name in NAMES if LIBRARY.get(name).layout.format is Format.EXCEL}
    assert excel == {name for name in NAMES for path in _example_files(name) if path.suffix == ".xlsx"}


# Writing and reading are each other's reverse: what a base mapping writes, its twin reads as the same facts.

ADDRESS = {
    "ship_to.name": 'Äinö "Õ" Öhman, жёлтый',
    "ship_to.name2": "c/o O'Neill; NA",
    "ship_to.address1": "=1+1\nB-rappu",
    "ship_to.city": "Jyväskylä",
    "ship_to.region": "Keski-Suomi",
    "ship_to.postcode": "00100",
    "ship_to.country": "FI",
}
LINES = [
    {"line_no": "007", "sku": "1E5", "quantity": Decimal(2)},
    {"line_no": "NA", "sku": "0012", "quantity": Decimal("1.5")},
    {"line_no": "3", "sku": '=1+1, "ж";|', "quantity": Decimal("999999999999")},
]
PIECES = [
    {"line_no": "007", "sku": "1E5", "x.item": "00012345678901", "delivered_quantity": Decimal(2)},
    {"line_no": "NA", "sku": "0012", "x.item": "00012345678902", "delivered_quantity": Decimal("0.5")},
]
CONFIRMATION_BACK = """reads: deliveries
file: {delimiter: tab, quote: none, encoding: cp1252, group: order-id}
fields:
  number: order-id
  ship_date: ship-date
  lines.x.item: order-item-id
  lines.delivered_quantity: quantity
  lines.sku: order-item-id
  lines.carrier: [carrier-name, carrier-code]
  lines.tracking_number: tracking-number
  lines.service_code: ship-method
"""


def _again(mapping: Mapping, name: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
    written = write_file(LIBRARY.get(name), list(records), a_write_context())
    reading = read_file(mapping, written.data, a_context(file_name=written.name))
    assert not reading.problems, list(map(str, reading.problems))
    return [canonical_record(each) for batch in reading.batches for each in batch.records()]


def _told(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: record[name] for name in names if name in record}


@pytest.mark.parametrize(("name", "more"), [("base/35up-orders", {"ship_to.address2": "ovi 3"}), ("base/shipstream-orders", {})])
def test_orders_that_are_written_are_read_as_they_were(name: str, more: dict[str, str]) -> None:
    facts = ADDRESS | more
    records: list[dict[str, Any]] = [
        {"shipment": "S00000001", **facts, "lines": LINES},
        {"shipment": "S00000002", **facts, "ship_to.name": "Aino Aalto", "lines": LINES[:1]},
    ]
    again = _again(LIBRARY.get(name), f"{name}-out", *records)
    kept = ("line_no", "sku", "quantity") if name == "base/35up-orders" else ("sku", "quantity")
    assert [each["number"] for each in again] == ["S00000001", "S00000002"]
    for before, after in zip(records, again, strict=True):
        assert _told(after, *facts) == _told(before, *facts)
        assert after["lines"] == [canonical_record(_told(line, *kept)) for line in before["lines"]]


def test_what_a_dropstream_warehouse_is_told_is_read_as_it_was() -> None:
    facts = ADDRESS | {"ship_to.address2": "ovi 3", "ship_to.email": "aino@posti.test", "sales_reference": "PO, 77"}
    record: dict[str, Any] = {"shipment": "S00000001", "date": datetime(2026, 11, 22, 10, tzinfo=UTC), **facts}
    lines = [each | {"price": Decimal("2.5")} for each in LINES]
    [again] = _again(LIBRARY.get("base/dropstream-orders"), "base/dropstream-shipments-out", record | {"lines": lines})
    assert (again["number"], again["date"]) == ("S00000001", canonical(record["date"]))
    assert _told(again, *facts) == facts
    assert again["lines"] == [canonical_record(each) for each in lines]


def _despatch(**more: str) -> dict[str, Any]:
    parcels = [
        {"tracking_number": "T1", "carrier": 'Öölä "Kuljetus"', "service_code": "2103", "lines": PIECES},
        {"tracking_number": "=1+1", "carrier": "DHL", "service_code": "NA", "lines": PIECES[:1]},
    ]
    return {"shipment": "S00000001", "number": "00123", "parcels": parcels, **more}


def _pieces(record: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    outer = ("tracking_number", "carrier", "service_code")
    return [
        canonical_record(_told(line, *names) | _told(parcel, *outer)) for parcel in record["parcels"] for line in parcel["lines"]
    ]


def test_what_35up_is_told_is_read_as_it_was() -> None:
    record = _despatch()
    [again] = _again(LIBRARY.get("base/35up-shipments"), "base/35up-shipments-out", record)
    assert (again["number"], again["supplier_reference"]) == ("00123", "S00000001")
    assert again["lines"] == _pieces(record, "line_no", "sku", "delivered_quantity")


def test_what_corporate_gift_is_told_is_read_as_it_was() -> None:
    record = _despatch()
    [again] = _again(LIBRARY.get("base/corporategift-ship-confirm"), "base/corporategift-ship-confirm-out", record)
    assert (again["shipment"], again["supplier_reference"]) == ("00123", "S00000001")
    assert again["lines"] == _pieces(record, "sku", "delivered_quantity")


def test_what_amazon_is_told_is_read_as_it_was(bench: Bench) -> None:
    bench.put("back", CONFIRMATION_BACK)
    record = _despatch()
    [again] = _again(bench.library().get("back"), "base/amazon-confirmation", record)
    assert again["number"] == "00123"
    pieces = [each | {"sku": each["x.item"]} for each in _pieces(record, "x.item", "delivered_quantity")]
    assert again["lines"] == pieces
