"""The reference mappings work as they stand over small invented files in the layouts that they were written for."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hub.domain.problems import Code
from hub.mapping.library import Library
from hub.mapping.read import read_file
from hub.mapping.reading import Reading
from hub.mapping.write import write_file
from tests.mapping.conftest import Bench, a_context, a_write_context

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE = SHARED / "reference" / "mappings"
LATER = ("18", "19")

needs_northwind = pytest.mark.skipif(not (SHARED / "data" / "northwind").is_dir(), reason="../shared/data/northwind is not there")

SHOPIFY = [
    "Name",
    "Email",
    "Financial Status",
    "Currency",
    "Total",
    "Shipping Method",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem sku",
    "Billing Name",
    "Billing Zip",
    "Billing Country",
    "Billing Phone",
    "Shipping Name",
    "Shipping Address1",
    "Shipping Zip",
    "Shipping City",
    "Shipping Country",
    "Shipping Phone",
    "Notes",
    "Note Attributes",
    "Cancelled at",
    "Phone",
]


@pytest.fixture
def reference(tmp_path: Path) -> Library:
    if not REFERENCE.is_dir():
        pytest.skip("../shared/reference/mappings is not there")
    bench = Bench(tmp_path)
    for path in REFERENCE.glob("*.yaml"):
        bench.put(path.stem, path.read_text(encoding="utf-8"))
    bench.put("base/dropstream-in", (REFERENCE / "06-dropstream-in.yaml").read_text(encoding="utf-8"))
    return bench.library()


def _table(headings: list[str], *rows: dict[str, Any], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, headings, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _read(library: Library, name: str, data: bytes, **context: Any) -> Reading:
    return read_file(library.get(name), data, a_context(**context))


def _records(reading: Reading) -> list[dict[str, Any]]:
    assert not reading.refused, list(map(str, reading.problems))
    return [record for batch in reading.batches for record in batch.records()]


def test_every_reference_mapping_is_sound_or_says_what_comes_later(reference: Library) -> None:
    for name in reference.names():
        errors = [str(each) for each in reference.findings(name) if each.level.value == "error"]
        if name.startswith(LATER):
            assert errors
            assert all("not available" in each for each in errors), errors
        else:
            assert not errors


def test_shopify_orders_fill_down_and_pass_cancelled_ones_over(reference: Library) -> None:
    address = {
        "Shipping Name": "Aino Aalto",
        "Shipping Address1": "Kuja 1",
        "Shipping Zip": "'00100",
        "Shipping City": "Helsinki",
        "Shipping Country": "FI",
    }
    head = {
        "Currency": "EUR",
        "Created at": "2026-10-02 17:09:34 -0300",
        "Shipping Method": "Express Delivery",
        "Financial Status": "paid",
    } | address
    line = {"Lineitem quantity": "2", "Lineitem price": "4.50"}
    data = _table(
        SHOPIFY,
        {
            "Name": "#1001",
            **head,
            **line,
            "Lineitem sku": "A",
            "Total": "18.00",
            "Note Attributes": "Phone number: +358401234567",
        },
        {"Name": "#1001", **line, "Lineitem sku": "B"},
        {"Name": "#1002", **head, **line, "Lineitem sku": "C", "Cancelled at": "2026-10-03 10:00:00 -0300"},
        {"Name": "#1002", **line, "Lineitem sku": "D"},
        {"Name": "#1003", **head, **line, "Lineitem sku": "E", "Financial Status": "pending"},
    )
    reading = _read(reference, "01-shopify-orders", data)
    one, three = _records(reading)
    assert (one["number"], one["service_code"], one["submit"], three["submit"]) == ("1001", "2103", True, False)
    assert one["date"] == datetime(2026, 10, 2, 20, 9, 34, tzinfo=UTC)
    assert (one["ship_to.postcode"], one["ship_to.phone"]) == ("00100", "+358401234567")
    assert [(each["sku"], each["total"]) for each in one["lines"]] == [("A", Decimal(9)), ("B", Decimal(9))]
    assert (reading.read, reading.skipped) == (3, 1)


def test_shopify_inventory_sums_the_locations_of_a_sku(reference: Library) -> None:
    headings = ["Handle", "SKU", "Location", "Incoming (not editable)", "Available (not editable)"]
    rows = [{"SKU": f"S{n}", "Incoming (not editable)": "1", "Available (not editable)": str(n)} for n in range(50)]
    data = _table(headings, *rows, *rows, {"Handle": "x"})
    records = _records(_read(reference, "02-shopify-inventory", data))
    assert len(records) == 50
    assert records[7] == {"sku": "S7", "stock": Decimal(14), "incoming": Decimal(2)}
    old = _table(["SKU", "Incoming", "Available"], *({"SKU": f"S{n}", "Incoming": "", "Available": "3"} for n in range(50)))
    assert _records(_read(reference, "02-shopify-inventory", old))[0] == {"sku": "S0", "stock": Decimal(3)}


def test_amazon_orders_count_the_price_per_piece(reference: Library) -> None:
    headings = [
        "order-id",
        "order-item-id",
        "purchase-date",
        "buyer-email",
        "buyer-name",
        "buyer-phone-number",
        "sku",
        "product-name",
        "quantity-purchased",
        "currency",
        "item-price",
        "ship-service-level",
        "recepient-name",
        "ship-address-1",
        "ship-address-2",
        "ship-address-3",
        "ship-city",
        "ship-state",
        "ship-postal-code",
        "ship-country",
    ]
    row = {
        "order-id": "303-1",
        "order-item-id": "00012345678901",
        "purchase-date": "2026-11-20T10:00:00+00:00",
        "buyer-name": "Jörg",
        "sku": "1E5",
        "product-name": 'Rohr 5"',
        "quantity-purchased": "3",
        "currency": "EUR",
        "item-price": "10.00",
        "ship-service-level": "Expedited",
        "recepient-name": "Jörg Müller",
        "ship-address-1": "Weg 1",
        "ship-address-2": "Hof",
        "ship-address-3": "links",
        "ship-city": "Köln",
        "ship-postal-code": "50667",
        "ship-country": "DE",
    }
    data = "\t".join(headings) + "\n" + "\t".join(row.get(each, "") for each in headings) + "\n"
    [record] = _records(_read(reference, "03-amazon-orders", data.encode("cp1252")))
    assert (record["ship_to.name"], record["ship_to.address2"], record["service_code"]) == ("Jörg Müller", "Hof, links", "2102")
    assert record["lines"][0] | {} == {
        "x.item": "00012345678901",
        "sku": "1E5",
        "name": 'Rohr 5"',
        "quantity": Decimal(3),
        "total": Decimal(10),
        "price": Decimal("3.3333"),
    }


def test_amazon_confirmation_has_a_row_for_each_line_in_each_parcel(reference: Library) -> None:
    lines = [{"sku": "A", "x.item": "001", "delivered_quantity": Decimal(2)}]
    parcels = [
        {"tracking_number": "JJ1", "carrier": "Posti", "lines": lines},
        {"tracking_number": "ZZ9", "carrier": "Matkahuolto", "lines": lines},
    ]
    record = {"number": "303-1", "ship_date": datetime(2026, 11, 22, 10, tzinfo=UTC), "parcels": parcels}
    written = write_file(reference.get("04-amazon-confirm-out"), [record], a_write_context())
    assert written.name == "shipconfirm_202611231030.txt"
    assert written.data.decode("cp1252").split("\r\n")[1:] == [
        "303-1\t001\t2\t2026-11-22\tPosti\t\tJJ1\t",
        "303-1\t001\t2\t2026-11-22\tOther\tMatkahuolto\tZZ9\t",
        "",
    ]


def test_woocommerce_products_know_units_in_headings(reference: Library) -> None:
    headings = [
        "ID",
        "Type",
        "SKU",
        "GTIN, UPC, EAN, or ISBN",
        "Name",
        "Published",
        "Short description",
        "Description",
        "Stock",
        "Weight (lbs)",
        "Length (cm)",
        "Width (cm)",
        "Height (in)",
        "Regular price",
        "Categories",
        "Images",
        "Attribute 1 name",
        "Attribute 1 value(s)",
    ]
    row = {
        "Type": "simple",
        "SKU": "A-1",
        "Name": "Kirves",
        "Published": "1",
        "Description": "<p>Hyvä &amp; terävä</p>",
        "Stock": "4",
        "Weight (lbs)": "2",
        "Length (cm)": "45",
        "Height (in)": "10",
        "Regular price": "29.90",
        "Categories": "Työkalut > Kirveet, Ale",
        "Images": "https://a.test/1.jpg, https://a.test/2.jpg",
        "Attribute 1 name": "Brand",
        "Attribute 1 value(s)": "Fiskari",
    }
    data = _table(
        headings,
        row,
        {"Type": "variable", "SKU": "A"},
        {"Type": "simple"},
        row | {"SKU": "A-2", "Attribute 1 name": "Color", "Published": "0"},
    )
    reading = _read(reference, "05-woocommerce-products", data)
    one, two = _records(reading)
    assert (one["length"], one["height"], one["weight"]) == (Decimal("0.45"), Decimal("0.254"), Decimal("0.907185"))
    assert (one["description"], one["category"], len(one["images"])) == ("Hyvä & terävä", "Työkalut > Kirveet", 2)
    assert (one["brand"], one["active"], "brand" in two, two["active"]) == ("Fiskari", True, False, False)
    assert reading.skipped == 2


def test_ebay_orders_have_a_summary_row_and_a_footer(reference: Library) -> None:
    headings = [
        "Sales Record Number",
        "Order Number",
        "Buyer Name",
        "Buyer Email",
        "Ship To Name",
        "Ship To Address 1",
        "Ship To City",
        "Ship To Zip",
        "Ship To Country",
        "Item Number",
        "Item Title",
        "Custom Label",
        "Quantity",
        "Sold For",
        "Total Price",
        "Sale Date",
        "Transaction ID",
    ]
    buyer = {
        "Buyer Name": "Anna",
        "Ship To Name": "Anna Berg",
        "Ship To Address 1": "Weg 1",
        "Ship To City": "Wien",
        "Ship To Zip": "1010",
        "Ship To Country": "Austria",
    }
    rows = [
        {},
        {
            "Sales Record Number": "77",
            "Order Number": "12-1",
            **buyer,
            "Quantity": "3",
            "Total Price": "EUR 90,00",
            "Sale Date": "Oct-05-26",
        },
        {
            "Order Number": "12-1",
            "Item Number": "1",
            "Item Title": "A",
            "Custom Label": "SA",
            "Quantity": "1",
            "Sold For": "30,00 €",
        },
        {
            "Order Number": "12-1",
            "Item Number": "2",
            "Item Title": "B",
            "Custom Label": "SB",
            "Quantity": "2",
            "Sold For": "EUR 60,00",
        },
        {
            "Sales Record Number": "78",
            **buyer,
            "Item Number": "3",
            "Custom Label": "SC",
            "Quantity": "1",
            "Total Price": "EUR 5,00",
            "Sale Date": "26-May-26",
        },
    ]
    data = b";;;\r\n" + _table(headings, *rows, delimiter=";") + b'"2 record(s) downloaded"\r\n"Seller ID : x"\r\n'
    reading = _read(reference, "08-ebay-orders", data)
    one, two = _records(reading)
    assert (one["number"], one["currency"], one["total"], [each["sku"] for each in one["lines"]]) == (
        "12-1",
        "EUR",
        Decimal(90),
        ["SA", "SB"],
    )
    assert (two["number"], two["ship_to.country"], [each["sku"] for each in two["lines"]]) == ("78", "AT", ["SC"])


def test_mirakl_offers_keep_clear_and_end(reference: Library) -> None:
    headings = ["sku", "product-id", "product-id-type", "price", "quantity", "description", "update-delete"]
    data = _table(
        headings,
        {
            "sku": "A",
            "product-id": "6411300000494",
            "product-id-type": "EAN",
            "price": "9.9",
            "quantity": "3",
            "description": "NULL",
        },
        {"sku": "B", "product-id": "B00X", "product-id-type": "ASIN", "update-delete": "delete"},
        delimiter=";",
    )
    one, two = _records(_read(reference, "11-mirakl-offers", data))
    assert (one["ean"], bool(one["description"]), "description" in two, one["active"]) == ("6411300000494", False, False, True)
    assert two == {"sku": "B", "active": False}


def test_35up_shipments_group_lines_of_a_shipment(reference: Library) -> None:
    headings = [
        "shipment_id",
        "order_id",
        "item_id",
        "item_sku",
        "shipped_qty",
        "shipped_at",
        "shipping_provider",
        "shipping_method",
        "tracking_code",
    ]
    row = {
        "shipment_id": "s1",
        "order_id": "1001",
        "item_id": "1",
        "item_sku": "A",
        "shipped_qty": "2",
        "shipped_at": "1795000000",
        "tracking_code": "T1",
    }
    [record] = _records(_read(reference, "12-35up-shipments", _table(headings, row, row | {"item_id": "2", "item_sku": "B"})))
    assert (record["number"], record["status"], len(record["lines"])) == ("1001", "Delivered", 2)
    assert record["ship_date"] == datetime.fromtimestamp(1795000000, UTC)


def test_hublogix_inventory_guards_against_a_small_file(reference: Library) -> None:
    rows = [{"SKU": f"A{n}", "Quantity Available": "1,200", "Retailer's Cost": "3.50"} for n in range(500)]
    data = _table(["SKU", "UPC", "Quantity Available", "Retailer's Cost"], *rows)
    assert _records(_read(reference, "13-hublogix-inventory", data))[0]["stock"] == Decimal(1200)


def test_corporate_gift_confirmations_cancel_with_nothing_delivered(reference: Library) -> None:
    headings = ["Order Number", "Po Number", "Item SKU", "Quantity", "Shipping method", "Carrier code", "Tracking code"]
    data = _table(
        headings,
        {"Order Number": "77", "Po Number": "S1", "Item SKU": "A", "Quantity": "2", "Tracking code": "T1"},
        {"Order Number": "REJECTED", "Po Number": "S2", "Item SKU": "B", "Quantity": "4"},
        delimiter="|",
    )
    one, two = _records(_read(reference, "14-corporategift-ship-confirm", data))
    assert (one["status"], one["supplier_reference"], one["lines"][0]["delivered_quantity"]) == ("Delivered", "77", Decimal(2))
    assert (two["status"], "supplier_reference" in two, two["lines"][0]["delivered_quantity"]) == ("Cancelled", False, Decimal(0))


def test_a_workbook_has_a_sheet_per_warehouse(reference: Library) -> None:
    book = openpyxl.Workbook()
    helsinki = book.active
    assert helsinki is not None
    helsinki.title = "Helsinki"
    turku, help_sheet, hidden = book.create_sheet("Turku"), book.create_sheet("Ohje"), book.create_sheet("Piilo")
    hidden.sheet_state = "hidden"
    sheets: list[tuple[Any, list[list[Any]]]] = [
        (helsinki, [["Saldot"], ["Koodi", "Nimi", "Saldo"], ["A1", "Kirves", 3], [123, "Saha", 2.5], ["Yhteensä", None, 5.5]]),
        (turku, [["Koodi", "Saldo"], ["A1", "1,5"]]),
        (help_sheet, [["Näin täytät"]]),
        (hidden, [["Koodi", "Saldo"], ["Z", 1]]),
    ]
    for sheet, rows in sheets:
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    reading = _read(reference, "15-excel-sheet-per-warehouse", out.getvalue())
    assert [(each["catalog"], each["sku"], each["stock"]) for each in _records(reading)] == [
        ("main", "A1", Decimal(3)),
        ("main", "123", Decimal("2.5")),
        ("turku", "A1", Decimal("1.5")),
    ]
    assert reading.skipped == 1


def test_magento_products_unpack_their_attributes(reference: Library) -> None:
    headings = [
        "sku",
        "store_view_code",
        "product_type",
        "name",
        "weight",
        "product_online",
        "price",
        "additional_attributes",
        "additional_images",
        "qty",
    ]
    row = {"sku": "A", "product_type": "simple", "name": "Axe", "weight": "1.2", "product_online": "1", "price": "9", "qty": "3"}
    packed = row | {
        "additional_attributes": "manufacturer=Fiskari,ean=6411300000494",
        "additional_images": "https://a.test/1.jpg,https://a.test/2.jpg",
    }
    reading = _read(reference, "16-packed-cell", _table(headings, packed, row | {"store_view_code": "fi"}))
    [record] = _records(reading)
    assert (record["brand"], record["ean"], len(record["images"])) == ("Fiskari", "6411300000494", 2)
    assert reading.skipped == 1


def test_shopify_products_fill_titles_down(reference: Library) -> None:
    headings = [
        "Handle",
        "Title",
        "Body (HTML)",
        "Vendor",
        "Type",
        "Variant SKU",
        "Variant Grams",
        "Variant Inventory Qty",
        "Variant Price",
        "Variant Barcode",
        "Image Src",
        "Status",
    ]
    first = {
        "Handle": "axe",
        "Title": "Axe",
        "Vendor": "F",
        "Status": "active",
        "Variant SKU": "'001",
        "Variant Grams": "900",
        "Variant Price": "9",
        "Image Src": "https://a.test/1.jpg",
    }
    data = _table(
        headings, first, {"Handle": "axe", "Variant SKU": "'002"}, {"Handle": "axe", "Image Src": "https://a.test/2.jpg"}
    )
    one, two = _records(_read(reference, "16b-shopify-products", data))
    assert (one["sku"], one["weight"], one["images"]) == ("001", Decimal("0.9"), ["https://a.test/1.jpg"])
    assert (two["sku"], two["name"], two["active"]) == ("002", "Axe", True)


def test_several_tracking_numbers_stay_in_one_cell_for_the_domain(reference: Library) -> None:
    data = _table(
        ["sales_order", "carrier", "tracking_numbers"], {"sales_order": "S1", "carrier": "UPSN", "tracking_numbers": "1Z1, 1Z2"}
    )
    [record] = _records(_read(reference, "17-several-tracking-in-one-cell", data))
    assert record["shipment"] == "S1"
    assert record["lines"] == [{"carrier": "UPS", "tracking_number": "1Z1, 1Z2"}]


def test_a_suppliers_order_is_written_with_a_letterhead(reference: Library) -> None:
    record = {
        "shipment": "S00000001",
        "date": datetime(2026, 11, 22, 22, 30, tzinfo=UTC),
        "ship_to.name": "Aino",
        "ship_to.address1": "Kuja 1",
        "ship_to.postcode": "00100",
        "ship_to.city": "Helsinki",
        "lines": [
            {"sku": "001", "name": "Kirves", "quantity": Decimal(2), "unit": "PCE"},
            {"sku": "=1+1", "quantity": Decimal(1), "unit": "M"},
        ],
    }
    mapping = reference.get("21-supplier-excel-out")
    written = write_file(mapping, [record], a_write_context())
    sheet = openpyxl.load_workbook(io.BytesIO(written.data))["Tilaus"]
    assert (written.name, mapping.one_file_per) == ("tilaus_S00000001.xlsx", "shipment")
    assert [sheet[place].value for place in ("A1", "B2", "B5", "B6")] == ["TILAUS", "S00000001", "Kuja 1, 00100, Helsinki", 3]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=8)] == [
        ["Koodi", "Nimike", "Määrä", "Yks"],
        ["001", "Kirves", 2, "kpl"],
        ["=1+1", None, 1, "M"],
    ]
    assert sheet["A10"].data_type == "s"


@needs_northwind
def test_northwind_reads_as_its_readme_says(bench: Bench) -> None:
    mapping = """reads: orders
file: {delimiter: comma, group: order_no}
fields:
  number: order_no
  date: order_date
  requested_date: required_date
  ship_to.name: ship_name
  ship_to.address1: ship_address
  ship_to.city: ship_city
  ship_to.region: ship_region
  ship_to.postcode: ship_postal_code
  ship_to.country: ship_country
  lines.line_no: line_no
  lines.sku: sku
  lines.name: name
  lines.quantity: qty
  lines.price: unit_price
"""
    reading = bench.read(mapping, (SHARED / "data" / "northwind" / "orders.csv").read_bytes())
    assert reading.refused == 0
    assert {each.code for each in reading.problems} <= {Code.POSTCODE}
    records = [record for batch in reading.batches for record in batch.records()]
    assert (len(records), sum(len(record["lines"]) for record in records)) == (100, 269)
    assert sum(line["quantity"] for record in records for line in record["lines"]) == 6036
