"""The reference mappings over documents, fixed width and rows of several kinds work as they stand."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from hub.domain.problems import Code, FileRefused
from hub.mapping.library import Library
from hub.mapping.read import read_file
from hub.mapping.reading import Reading
from hub.mapping.write import write_file
from tests.mapping.conftest import Bench, a_context, a_write_context

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE = SHARED / "reference" / "mappings"
NORTHWIND = SHARED / "data" / "northwind" / "orders.csv"
BASE = {"06-dropstream-in": "base/dropstream-in"}

NOON = datetime(2026, 11, 22, 10, tzinfo=UTC)
SHIPMENT: dict[str, Any] = {
    "shipment": "S1",
    "number": "1001",
    "sales_reference": 'X "1"',
    "date": NOON,
    "status": "Delivered",
    "ship_to.name": "Åke & <co>",
    "ship_to.address1": "Väg 1",
    "ship_to.postcode": "00100",
    "ship_to.city": "Ö",
    "ship_to.country": "FI",
    "vendor.name": "Nord",
    "vendor.postcode": "1",
    "additional_services": ["A1", "A2"],
    "pickup_point": "77",
    "service_code": "2103",
    "parcels": [
        {"tracking_number": "JJ1", "weight": Decimal("1.234"), "lines": [{"sku": "A", "delivered_quantity": Decimal(2)}]},
        {"tracking_number": "JJ2", "weight": Decimal(1), "lines": []},
    ],
    "lines": [
        {"line_no": "1", "sku": "A", "quantity": Decimal(2), "price": Decimal("1.5")},
        {"line_no": "2", "sku": "B", "quantity": Decimal(3), "price": Decimal(10)},
    ],
}


@pytest.fixture
def reference(tmp_path: Path) -> Library:
    if not REFERENCE.is_dir():
        pytest.skip("../shared/reference/mappings is not there")
    bench = Bench(tmp_path)
    for path in REFERENCE.glob("*.yaml"):
        bench.put(path.stem, path.read_text(encoding="utf-8"))
        if path.stem in BASE:
            bench.put(BASE[path.stem], path.read_text(encoding="utf-8"))
    return bench.library()


def _read(library: Library, name: str, data: bytes, **context: Any) -> Reading:
    return read_file(library.get(name), data, a_context(**context))


def _records(reading: Reading) -> list[dict[str, Any]]:
    assert not reading.refused, list(map(str, reading.problems))
    return [record for batch in reading.batches for record in batch.records()]


def _told(reading: Reading) -> list[tuple[str, str | None, int | None, str | None, str | None]]:
    return [(str(each.code), each.sheet, each.row, each.cell, each.field) for each in reading.problems]


def _write(library: Library, name: str, *records: dict[str, Any]) -> tuple[str, str]:
    mapping = library.get(name)
    written = write_file(mapping, list(records), a_write_context())
    return written.name, written.data.decode(mapping.layout.codec)


PH = (
    '"PH","{number}","12345678","joan@x.test","JOAN HARRY","1 Main St","","Austin","TX","78701","{country}","","5125550100",'
    '"","","","","","","","Ground","P","","2020-03-07T00:00:00Z","AMZ",""\r\n'
)


def test_dropstream_orders_are_a_row_and_its_rows(reference: Library) -> None:
    data = PH.format(number="77", country="US") + '"PD","77","1","13358A","16","0.00"\r\n"PD","77","2","B","1","2.50"\r\n'
    data += PH.format(number="78", country="US") + '"PD","78","1","C","1",""\r\n'
    one, two = _records(_read(reference, "06-dropstream-in", data.encode(), file_name="ord_77_200307000000.csv"))
    assert (one["number"], one["x.channel"], one["service_code"], one["ship_to.city"]) == ("77", "AMZ", "2103", "Austin")
    assert one["lines"][0] == {"line_no": "1", "sku": "13358A", "quantity": Decimal(16), "price": Decimal("0.00")}
    assert ([each["sku"] for each in one["lines"]], [each["sku"] for each in two["lines"]]) == (["13358A", "B"], ["C"])


def test_a_bad_row_costs_its_order_and_no_neighbour(reference: Library) -> None:
    data = PH.format(number="1", country="US") + '"PD","1","1","A","1","0"\r\n"XX","a"\r\n"PD","999","1","A","1","1"\r\n'
    data += PH.format(number="2", country="Atlantis") + '"PD","2","1","B","x","1"\r\n"PD","2","2","C"\r\n'
    reading = _read(reference, "06-dropstream-in", data.encode())
    assert _told(reading) == [
        ("400.row-type", None, 3, None, None),
        ("400.orphan", None, 4, None, None),
        ("400.short-row", None, 7, None, None),
    ]
    assert (reading.read, reading.refused, reading.refused_rows) == (4, 3, {(None, row) for row in (3, 4, 5, 6, 7)})
    assert reading.batches[0].record(0)["number"] == "1"


def test_dropstream_of_the_first_version_has_no_email(reference: Library) -> None:
    row = PH.format(number="5", country="US").replace('"joan@x.test",', "")
    [record] = _records(_read(reference, "06b-dropstream-v1", (row + '"PD","5","1","A","1","1"\r\n').encode()))
    assert (record["ship_to.name"], "buyer.email" in record) == ("JOAN HARRY", False)


ORDERS = b"OrderNumber;OrderDate;ShipName;ShipAddress;ShipZip;ShipCity;ShipCountry\n" + (
    b"1;2026-11-20;Aino;Kuja 1;00100;Helsinki;FI\n2;2026-11-20;Eero;Kuja 2;00100;Helsinki;FI\n"
)
ITEMS = b"OrderNumber;OrderItemNumber;ProductCode;Title;Quantity;UnitPrice\n" + (
    b"1;1;A;Axe;2;10\n2;1;B;Saw;q;10\n1;2;C;Nail;1;1\n3;1;C;Nail;1;1\n"
)


@pytest.mark.parametrize("main", ["orders_7.csv", "orderitems_7.csv"])
def test_a_header_file_and_its_detail_file_are_one(reference: Library, main: str) -> None:
    files = {"orders_7.csv": ORDERS, "orderitems_7.csv": ITEMS, "orderitems_8.csv": b"never"}
    reading = _read(reference, "07-header-detail-files", files.pop(main), file_name=main, beside=files)
    assert reading.batches[0].record(0)["lines"][1]["sku"] == "C"
    assert _told(reading) == [
        ("400.number", "orderitems_7.csv", 3, "E3", "lines.quantity"),
        ("400.orphan", "orderitems_7.csv", 5, None, None),
    ]


def test_half_a_set_is_an_orphan(reference: Library) -> None:
    with pytest.raises(FileRefused) as refused:
        _read(reference, "07-header-detail-files", ORDERS, file_name="orders_7.csv", beside={"orderitems_8.csv": ITEMS})
    assert refused.value.problems[0].code is Code.ORPHAN


WALMART = """<?xml version="1.0"?><!DOCTYPE WMI SYSTEM "http://x.test/wmi.dtd">
<WMI xmlns:w="urn:w"><WMIFILEHEADER FILEID="F1" FILETYPE="FOR" VERSION="4.0.0"/>
<WMIORDERREQUEST>
<OR_ORDER REQUESTNUMBER="R1" ORDERNUMBER="O1"><OR_DATEPLACED DAY="5" MONTH="3" YEAR="2026"/>
<OR_SHIPPING METHODCODE="UP"><OR_PHONE PRIMARY="5125550100"/><w:OR_POSTAL w:NAME="Ann" ADDRESS1="1 Main" ADDRESS2="Apt 2"
 ADDRESS3="" ADDRESS4="x" CITY="Austin" STATE="TX" POSTALCODE="78701" COUNTRY="USA"/></OR_SHIPPING>
<OR_ORDERLINE LINENUMBER="1"><OR_ITEM ITEMNUMBER="55" SKU="A-1" DESCRIPTION="Axe &amp; co" QUANTITY="2"/>
<OR_COST AMOUNT="9.90"/></OR_ORDERLINE>
<OR_ORDERLINE LINENUMBER="2"><OR_ITEM ITEMNUMBER="56" SKU="A-2" DESCRIPTION="Saw" QUANTITY="1"/>
<OR_COST AMOUNT="1"/></OR_ORDERLINE>
</OR_ORDER></WMIORDERREQUEST></WMI>"""


def test_walmart_orders_sit_in_attributes_and_dates_in_three(reference: Library) -> None:
    [record] = _records(_read(reference, "09-walmart-orders", WALMART.encode()))
    assert (record["number"], record["date"], record["x.file_id"]) == ("R1", date(2026, 3, 5), "F1")
    assert (record["ship_to.name"], record["ship_to.address2"], record["ship_to.country"]) == ("Ann", "Apt 2, x", "US")
    assert [(each["sku"], each["name"], each["x.item"]) for each in record["lines"]] == [
        ("A-1", "Axe & co", "55"),
        ("A-2", "Saw", "56"),
    ]


def test_a_bad_attribute_is_told_by_line_and_path(reference: Library) -> None:
    reading = _read(reference, "09-walmart-orders", WALMART.replace('QUANTITY="1"', 'QUANTITY="zwei"').encode())
    [problem] = reading.problems
    assert (problem.code, problem.row, problem.column, problem.value) == (Code.NUMBER, 9, "OR_ITEM/QUANTITY", "zwei")


def test_walmart_is_told_file_by_file(reference: Library) -> None:
    records = [{"x.file_id": "F1", "x.file_type": "FOR"}] * 2
    name, text = _write(reference, "10-walmart-confirm-out", {"records": records}, {"records": [{"x.file_id": "F&2"}]})
    assert name == "272112.20261123.103000.000007.xml"
    assert '<WMIFILEHEADER FILEID="272112.20261123.103000.000007" FILETYPE="FFC" VERSION="4.0.0">' in text
    assert '<WMIFILECONFIRM FILEID="F1" FILETYPE="FOR"/>' in text
    assert '<WMIFILECONFIRM FILEID="F&amp;2"/>' in text


def test_walmart_statuses_are_an_element_for_each_line(reference: Library) -> None:
    lines = [
        {"line_no": "1", "quantity": Decimal(2), "status": "Delivered"},
        {"line_no": "2", "quantity": Decimal("1.5"), "status": "Picking"},
    ]
    _, text = _write(reference, "10b-walmart-status-out", {"number": "R1", "lines": lines})
    assert [each.strip() for each in text.splitlines() if "LINESTATUS" in each] == [
        '<OS_LINESTATUS REQUESTNUMBER="R1" LINENUMBER="1" QUANTITY="2" STATUSCODE="LS"/>',
        '<OS_LINESTATUS REQUESTNUMBER="R1" LINENUMBER="2" QUANTITY="1.5" STATUSCODE="LI"/>',
    ]


def test_a_carriers_booking_has_picked_elements_and_lists(reference: Library) -> None:
    name, text = _write(reference, "20-nshift-booking-out", SHIPMENT)
    lines = [each.strip() for each in text.splitlines()]
    assert (name, lines[0]) == ("S1.xml", '<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert '<val n="name">Åke &amp; &lt;co&gt;</val>' in lines
    assert '<val n="phone"></val>' in lines, "written even when empty"
    assert not any('n="address2"' in each or 'n="email"' in each for each in lines), "no value writes nothing"
    assert [each for each in lines if "addon" in each] == [
        '<addon adnid="A1"/>',
        '<addon adnid="A2"/>',
        '<addon adnid="PUPOPT"></addon>',
    ]
    assert [each for each in lines if 'n="weight"' in each] == ['<val n="weight">1.23</val>', '<val n="weight">1.00</val>']
    without = {key: value for key, value in SHIPMENT.items() if key != "pickup_point"}
    assert "PUPOPT" not in _write(reference, "20-nshift-booking-out", without)[1]


def test_what_an_encoding_lacks_is_written_by_number(reference: Library) -> None:
    _, text = _write(reference, "20-nshift-booking-out", SHIPMENT | {"ship_to.name": "Жук €"})
    assert '<val n="name">&#1046;&#1091;&#1082; &#8364;</val>' in text


def test_two_records_do_not_fit_where_the_record_is_the_whole_document(reference: Library) -> None:
    with pytest.raises(FileRefused, match="room for one record"):
        _write(reference, "20-nshift-booking-out", SHIPMENT, SHIPMENT)


def test_fixed_lines_open_close_and_count(reference: Library) -> None:
    name, text = _write(reference, "22-fixed-out", SHIPMENT, SHIPMENT | {"shipment": "S2"})
    assert name == "ORD000007.TXT"
    assert text.split("\r\n") == [
        "H20261123000007",
        "RS1                  001A                   0000002000000150",
        "RS1                  002B                   0000003000001000",
        "RS2                  001A                   0000002000000150",
        "RS2                  002B                   0000003000001000",
        "T000004000000010",
        "",
    ]


def test_too_long_for_its_column_is_never_cut(reference: Library) -> None:
    with pytest.raises(FileRefused) as refused:
        _write(reference, "22-fixed-out", SHIPMENT | {"shipment": "S" * 21})
    [problem] = refused.value.problems
    assert (problem.code, problem.column, problem.row) == (Code.LENGTH, "order", 2)


def test_despatches_nest_parcels_and_their_lines(reference: Library) -> None:
    name, text = _write(reference, "23-json-nested-out", SHIPMENT, SHIPMENT | {"number": "1002", "parcels": []})
    told = json.loads(text, parse_float=Decimal)
    assert name == "despatch_202611231030.json"
    assert (list(told), told["count"], told["sentAt"]) == (["sentAt", "count", "orders"], 2, "2026-11-23T10:30:00+02:00")
    one, two = told["orders"]
    assert one["shipTo"] == {"name": "Åke & <co>", "zip": "00100"}
    assert one["parcels"] == [{"tracking": "JJ1", "items": [{"sku": "A", "qty": 2}]}, {"tracking": "JJ2", "items": []}]
    assert two["parcels"] == []


def test_rows_of_two_kinds_go_out_quoted(reference: Library) -> None:
    name, text = _write(reference, "24-phpd-out", SHIPMENT)
    assert name == "ord_S1_261123103000.csv"
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["PH", "S1", 'X "1"', "Åke & <co>", "Väg 1", "", "Ö", "", "00100", "FI", "", ""],
        ["PD", "S1", "1", "A", "2", "1.50"],
        ["PD", "S1", "2", "B", "3", "10.00"],
    ]
    assert '"PH","S1"' in text


FIELDS = """
fields:
  number: {0}order_no
  date: {0}order_date
  requested_date: {0}required_date
  ship_to.name: {0}ship_name
  ship_to.address1: {0}ship_address
  ship_to.city: {0}ship_city
  ship_to.region: {0}ship_region
  ship_to.postcode: {0}ship_postal_code
  ship_to.country: {0}ship_country
  lines.line_no: line_no
  lines.sku: sku
  lines.name: name
  lines.quantity: qty
  lines.price: unit_price
"""
LINE = ("line_no", "sku", "name", "qty", "unit_price")


def _orders(rows: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["order_no"], []).append(row)
    return found


def _as_json(rows: list[dict[str, str]]) -> str:
    return json.dumps(
        [
            {key: value for key, value in lines[0].items() if key not in LINE}
            | {"items": [{key: each[key] for key in LINE} for each in lines]}
            for lines in _orders(rows).values()
        ]
    )


def _as_xml(rows: list[dict[str, str]]) -> str:
    orders = []
    for lines in _orders(rows).values():
        head = " ".join(f"{key}={quoteattr(value)}" for key, value in lines[0].items() if key not in LINE)
        items = "".join(f"<item {' '.join(f'{key}={quoteattr(each[key])}' for key in LINE)}/>" for each in lines)
        orders.append(f"<order {head}>{items}</order>")
    return f"<orders>{''.join(orders)}</orders>"


@pytest.mark.skipif(not NORTHWIND.is_file(), reason="../shared/data/northwind is not there")
def test_northwind_is_the_same_in_every_format(bench: Bench) -> None:
    data = NORTHWIND.read_bytes()
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    flat = "reads: orders\nfile: {delimiter: comma, group: order_no}" + FIELDS.format("")
    nested = "reads: orders\nfile: {format: json}\nrepeat: {lines: items}" + FIELDS.format("")
    lines = "reads: orders\nfile: {format: json, group: order_no}" + FIELDS.format("")
    xml = "reads: orders\nfile: {format: xml, record: /orders/order}\nrepeat: {lines: item}" + FIELDS.format("")
    wanted = _all(bench, flat, data)
    assert len(wanted) == 100
    assert _all(bench, nested, _as_json(rows)) == wanted
    assert _all(bench, lines, "\n".join(map(json.dumps, rows))) == wanted
    assert _all(bench, lines, json.dumps(rows)) == wanted
    assert _all(bench, xml, _as_xml(rows)) == wanted


def _all(bench: Bench, mapping: str, data: str | bytes) -> list[dict[str, Any]]:
    return [record for batch in bench.read(mapping, data).batches for record in batch.records()]
