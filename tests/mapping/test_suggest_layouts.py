"""Drafts of every layout: each is sound, says what it is unsure of, and reads the file that it was made from."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from hub.domain.kinds import Kind
from hub.domain.problems import FileRefused, Level
from hub.mapping.compile import Mapping
from hub.mapping.library import Library
from hub.mapping.read import read_file
from hub.mapping.suggest import Setting, suggest
from tests.mapping.conftest import LIMITS, Bench, a_context

ORDERS: list[dict[str, Any]] = [
    {
        "number": "1001",
        "ship_to.name": "Maija Meikäläinen",
        "ship_to.address1": "Testikatu 1",
        "ship_to.postcode": "00100",
        "ship_to.city": "Helsinki",
        "ship_to.country": "FI",
        "lines": [
            {"sku": "A-1", "quantity": Decimal(2), "price": Decimal("1012.50")},
            {"sku": "A-2", "quantity": Decimal(1), "price": Decimal("9.90")},
        ],
    },
    {
        "number": "1002",
        "ship_to.name": "Pekka Puro",
        "ship_to.address1": "Rantatie 22",
        "ship_to.postcode": "20100",
        "ship_to.city": "Turku",
        "ship_to.country": "FI",
        "lines": [{"sku": "B-77", "quantity": Decimal(10), "price": Decimal("3.50")}],
    },
]

NESTED: list[dict[str, Any]] = [
    {
        "orderNumber": each["number"],
        "createdAt": "2026-11-22T08:00:00Z",
        "shippingAddress": {
            "name": each["ship_to.name"],
            "street": each["ship_to.address1"],
            "zip": each["ship_to.postcode"],
            "city": each["ship_to.city"],
            "country": each["ship_to.country"],
        },
        "billingAddress": {"name": "Firma Oy", "city": "Oulu"},
        "items": [
            {"sku": line["sku"], "quantity": int(line["quantity"]), "unitPrice": float(line["price"])} for line in each["lines"]
        ],
    }
    for each in ORDERS
]

XML = """<?xml version="1.0" encoding="UTF-8"?>
<s:Batch xmlns:s="urn:shop"><s:Header><Id>B7</Id><Created>2026-11-23</Created></s:Header><s:Orders>
<s:Order OrderNumber="1001"><Placed YEAR="2026" MONTH="3" DAY="5"/>
 <Party role="buyer"><Name>Firma Oy</Name><City>Oulu</City></Party>
 <Party role="ship"><Name>Maija Meikäläinen</Name><Street>Testikatu 1</Street>
  <Zip>00100</Zip><City>Helsinki</City><Country>FI</Country></Party>
 <Items><Item sku="A-1"><Qty>2</Qty><Price cur="EUR">1012.50</Price></Item>
  <Item sku="A-2"><Qty>1</Qty><Price cur="EUR">9.90</Price></Item></Items>
</s:Order>
<s:Order OrderNumber="1002"><Placed YEAR="2026" MONTH="3" DAY="6"/>
 <Party role="buyer"><Name>Firma Oy</Name><City>Oulu</City></Party>
 <Party role="ship"><Name>Pekka Puro</Name><Street>Rantatie 22</Street>
  <Zip>20100</Zip><City>Turku</City><Country>FI</Country></Party>
 <Items><Item sku="B-77"><Qty>10</Qty><Price cur="EUR">3.50</Price></Item></Items>
</s:Order></s:Orders></s:Batch>"""

PLAIN = (
    "1001;22.11.2026;Maija Meikäläinen;Testikatu 1;00100;Helsinki;FI;A-1;2;1012,50\n"
    "1001;22.11.2026;Maija Meikäläinen;Testikatu 1;00100;Helsinki;FI;A-2;1;9,90\n"
    "1002;23.11.2026;Pekka Puro;Rantatie 22;20100;Turku;FI;B-77;10;3,50\n"
)

TYPED = (
    '"PH","1001","joan@x.test","Maija Meikäläinen","Testikatu 1","","00100","Helsinki","FI","2026-11-22T00:00:00Z"\r\n'
    '"PD","1001","1","A-1","2","1012.50"\r\n"PD","1001","2","A-2","1","9.90"\r\n'
    '"PH","1002","ann@x.test","Pekka Puro","Rantatie 22","","20100","Turku","FI","2026-11-22T00:00:00Z"\r\n'
    '"PD","1002","1","B-77","10","3.50"\r\n'
)

FIXED = """\
H20261122000007
R1001                Maija Meikäläinen   Testikatu 1         00100 Helsinki   FI
L1001                A-1                 0000002   1012.50
L1001                A-2                 0000001      9.90
R1002                Pekka Puro          Rantatie 22         20100 Turku      FI
L1002                B-77                0000010      3.50
T000003
"""


def book(**sheets: list[list[Any]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    raw = io.BytesIO()
    workbook.save(raw)
    return raw.getvalue()


HEAD_AND_LINES = {
    "Ohje": [["Lue tämä ensin"]],
    "Tilaukset": [
        ["Nordshop Oy"],
        ["Tilausnumero", "Vastaanottaja", "Katuosoite", "Postinumero", "Kaupunki", "Maa"],
        *(
            [each["number"], *(each[f"ship_to.{part}"] for part in ("name", "address1", "postcode", "city", "country"))]
            for each in ORDERS
        ),
    ],
    "Tilauksen rivit": [
        ["Tilausnumero", "Tuotekoodi", "Määrä", "A-hinta"],
        *(
            [each["number"], line["sku"], int(line["quantity"]), float(line["price"])]
            for each in ORDERS
            for line in each["lines"]
        ),
    ],
}

LAYOUTS: dict[str, bytes] = {
    "json": json.dumps({"batch": {"id": "B7"}, "orders": NESTED}, ensure_ascii=False).encode(),
    "json array": json.dumps(NESTED, ensure_ascii=False).encode("utf-16"),
    "a json object a line": "\n".join(json.dumps(each) for each in NESTED).encode(),
    "a json object of objects": json.dumps(
        {each["orderNumber"]: {key: value for key, value in each.items() if key != "orderNumber"} for each in NESTED}
    ).encode(),
    "xml": XML.encode(),
    "csv without headings": PLAIN.encode("cp1252"),
    "csv with a word for each kind of row": TYPED.encode(),
    "fixed width with a letter for each kind of row": FIXED.encode(),
    "a sheet of orders and a sheet of their lines": book(**HEAD_AND_LINES),
    "gzip": gzip.compress(PLAIN.encode()),
}


def zipped(data: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.xml", data)
    return raw.getvalue()


LAYOUTS["zip"] = zipped(XML.encode())


def drafted(kind: Kind, data: bytes, **known: Any) -> str:
    return suggest(kind, data, Setting("file", LIMITS, **known))


def short(record: dict[str, Any]) -> dict[str, Any]:
    """What every layout here says of an order."""
    named = {name: record.get(name) for name in ORDERS[0] if name != "lines"}
    return named | {"lines": [{name: line.get(name) for name in ("sku", "quantity", "price")} for line in record["lines"]]}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_draft_of_any_layout_is_sound_and_reads_the_same_orders(bench: Bench, layout: str) -> None:
    text = drafted(Kind.ORDERS, LAYOUTS[layout])
    assert bench.told(text) == []
    assert [short(each) for each in bench.records(text, LAYOUTS[layout])] == ORDERS, text
    assert text.rstrip().endswith("#   2 records, no problem.")


def test_a_date_in_three_attributes_is_put_together(bench: Bench) -> None:
    record = bench.records(drafted(Kind.ORDERS, XML.encode()), XML.encode())[0]
    assert str(record["date"]).startswith("2026-03-0")
    assert record["buyer.name"] == "Firma Oy"


def test_what_stands_once_per_file_is_offered_by_its_path() -> None:
    text = drafted(Kind.ORDERS, XML.encode())
    assert 'x.id: {from: "/Batch/Header/Id"}' in text.rsplit("not mapped", 1)[1]


def test_lines_that_lie_in_parcels_know_their_parcel(bench: Bench) -> None:
    data = {
        "shipments": [
            {
                "orderNumber": "1001",
                "shipDate": "2026-11-23",
                "parcels": [
                    {
                        "trackingNumber": "JJ1",
                        "carrier": "Posti",
                        "items": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}],
                    },
                    {"trackingNumber": "JJ2", "carrier": "Posti", "items": [{"sku": "C", "quantity": 1}]},
                ],
            }
        ]
    }
    raw = json.dumps(data).encode()
    text = drafted(Kind.DELIVERIES, raw)
    assert bench.told(text) == []
    [record] = bench.records(text, raw)
    assert [(each["sku"], each["tracking_number"]) for each in record["lines"]] == [("A", "JJ1"), ("B", "JJ1"), ("C", "JJ2")]


def test_parcels_beside_lines_are_a_list_of_their_own(bench: Bench) -> None:
    raw = b"""<Despatches><Despatch><OrderNumber>1</OrderNumber>
      <Lines><Line><Sku>A</Sku><QtyShipped>1</QtyShipped></Line><Line><Sku>B</Sku><QtyShipped>1</QtyShipped></Line></Lines>
      <Parcels><Parcel><TrackingNumber>JJ1</TrackingNumber><Carrier>Posti</Carrier></Parcel>
      <Parcel><TrackingNumber>JJ2</TrackingNumber><Carrier>Posti</Carrier></Parcel></Parcels></Despatch></Despatches>"""
    text = drafted(Kind.DELIVERIES, raw)
    [record] = bench.records(text, raw)
    assert [each["sku"] for each in record["lines"]] == ["A", "B"]
    assert [each["tracking_number"] for each in record["parcels"]] == ["JJ1", "JJ2"]


def test_variants_of_a_product_are_the_records(bench: Bench) -> None:
    raw = b"""<feed><product><title>Shirt</title><brand>Acme</brand>
      <variants><variant><sku>S-1</sku><ean>6417555000012</ean><price>10.00</price><stock>3</stock></variant>
      <variant><sku>S-2</sku><ean>6417555000029</ean><price>11.00</price><stock>0</stock></variant></variants></product></feed>"""
    records = bench.records(drafted(Kind.PRODUCTS, raw), raw)
    assert [(each["sku"], each["name"], each["brand"], each["stock"]) for each in records] == [
        ("S-1", "Shirt", "Acme", Decimal(3)),
        ("S-2", "Shirt", "Acme", Decimal(0)),
    ]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_unit_beside_a_measure_is_taken_with_it(bench: Bench, form: str) -> None:
    raw = {
        "json": b'[{"sku": "A", "name": "x", "weight": {"value": 900, "unit": "g"}}, {"sku": "B", "name": "y"}]',
        "xml": b'<p><i><sku>A</sku><name>x</name><weight unit="g">900</weight></i><i><sku>B</sku><name>y</name></i></p>',
    }[form]
    assert bench.records(drafted(Kind.PRODUCTS, raw), raw)[0]["weight"] == Decimal("0.9")


def test_the_unit_in_a_column_of_its_own_is_taken_with_it(bench: Bench) -> None:
    raw = b"SKU,Name,Weight,Weight unit\nA,x,900,g\nB,y,2,kg\n"
    assert [each["weight"] for each in bench.records(drafted(Kind.PRODUCTS, raw), raw)] == [Decimal("0.9"), Decimal(2)]


PRICES = """\
A-1001    Soutuvene           0000032026112200125000PCE
A-2       Airo                0000402026112300003990PCE
B-77      Mela, lyhyt         0000012026112400001250PAR
C-1       Tulppa              0012002026112500000090PCE
"""


def test_columns_of_fixed_width_are_found_by_blanks_digits_and_dates(bench: Bench) -> None:
    text = drafted(Kind.PRODUCTS, PRICES.encode())
    assert "columns: {sku: 1-10, name: 11-30, stock: 31-36, c4: 37-44, c5: 45-52, unit: 53-55}" in text
    assert "Most doubtful are the ends of" in text
    records = bench.records(text, PRICES.encode())
    assert [(each["sku"], each["name"], each["stock"]) for each in records][3] == ("C-1", "Tulppa", Decimal(1200))


def test_fixed_width_with_headings_goes_by_them(bench: Bench) -> None:
    data = "Tuotekoodi  Nimi          Saldo\nA-1         Soutuvene         3\nB-77        Airo             40\n"
    text = drafted(Kind.PRODUCTS, data.encode())
    assert "columns: {Tuotekoodi: 1-12, Nimi: 13-26, Saldo: 27-31}" in text
    assert bench.records(text, data)[1]["stock"] == Decimal(40)


def test_sheets_with_the_same_headings_are_all_read(bench: Bench) -> None:
    raw = book(
        Ohje=[["Saldot varastoittain"]],
        Helsinki=[["Koodi", "Saldo"], ["A", 1]],
        Turku=[["Turun varasto"], [], ["Koodi", "Saldo"], ["B", 2]],
    )
    text = drafted(Kind.STOCK, raw)
    assert bench.told(text) == []
    assert [(each["sku"], each["stock"]) for each in bench.records(text, raw)] == [("A", Decimal(1)), ("B", Decimal(2))]
    assert "Passed over, since they lack these headings: Ohje." in text


def test_a_heading_that_stands_twice_is_told() -> None:
    text = drafted(Kind.STOCK, b"SKU,Stock,Note,Note\nA,1,x,y\n")
    assert "the heading 'Note' stands twice" in text


def test_what_cannot_be_read_yet_is_said_with_the_words_of_check() -> None:
    text = drafted(Kind.ORDERS, b"Order number,City\n1,Oulu\n")
    told = text.rsplit("# Tried on this file:", 1)[1]
    assert "lines.quantity is mandatory for orders and nothing fills it" in told
    assert "It does not read the file yet" in told


def test_bad_values_are_told_with_their_row() -> None:
    text = drafted(Kind.PRODUCTS, b"SKU,Name,EAN\nA,x,6417555000012\nB,y,6417555000013\n")
    assert "2 records, 1 of them with errors." in text
    assert "#     400.ean row 3 [EAN] saw '6417555000013'" in text


def test_marks_around_values_are_taken_off(bench: Bench) -> None:
    raw = b"SKU,Name,EAN,Description\nA,x,'6417555000012,<p>Good</p>\nB,y,'6417555000029,<b>Better</b> &amp; best\n"
    records = bench.records(drafted(Kind.PRODUCTS, raw), raw)
    assert [(each["ean"], each["description"]) for each in records][1] == ("6417555000029", "Better & best")


READING = [name for name in Library(Path("none")).names() if Library(Path("none")).get(name).reading]
EXAMPLES = [
    pytest.param(name, path, id=f"{name}-{path.name}")
    for name in READING
    for path in sorted(Library(Path("none")).examples_folder(name).iterdir())
    if not path.name.endswith(".expected.json")
]


@pytest.mark.parametrize(("name", "path"), EXAMPLES)
def test_a_draft_of_any_example_is_sound_or_says_exactly_what_is_missing(bench: Bench, name: str, path: Path) -> None:
    library = Library(bench.home)
    text = suggest(library.get(name).kind, path.read_bytes(), Setting(path.name, LIMITS))
    entry = library.of_text("NAME", text)
    told = [str(each) for each in entry.findings if each.level is Level.ERROR]
    assert all(each in text for each in told)
    assert (entry.mapping is None) == bool(told)
    if entry.mapping is not None:
        assert text.rsplit("# Tried on this file:\n#   ", 1)[1].startswith(_outcome(entry.mapping, path))


def _outcome(mapping: Mapping, path: Path) -> str:
    """How the trial of a draft begins that is read so."""
    try:
        reading = read_file(mapping, path.read_bytes(), a_context(file_name=path.name))
    except FileRefused as refused:
        return f"It would be refused: {refused.read} record"
    return f"{reading.read - reading.skipped} record"
