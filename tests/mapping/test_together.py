"""Many features of the language in one mapping: what each promises alone it keeps beside the others."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.domain.problems import Code, FileRefused
from hub.domain.values import canonical
from hub.mapping import read
from tests.mapping.conftest import Bench

TYPED = """
reads: orders
file:
  delimiter: pipe
  types:
    H: {once: start, columns: [type, sender]}
    PH: {columns: [type, order_no, day, name, currency]}
    PD: {under: PH, key: order_no, columns: [type, order_no, sku, qty, unit, price]}
    T: {once: end, columns: [type, orders, quantity]}
notation: {decimal: ",", thousands: ".", date: [D.M.YYYY]}
fields:
  number: {from: PH/order_no, do: {prefix: "W-"}}
  date: day
  x.sender: H/sender
  currency: [PH/currency, {value: SEK}]
  ship_to.name: name
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  _free: {value: "yes", when: price == 0}
  note: {join: [{value: from}, H/sender], with: " "}
  lines.sku: PD/sku
  lines.quantity: {from: qty, default: "1"}
  lines.unit: {from: unit, map: units, else: keep}
  lines.price: PD/price
  lines.total: =round(quantity * price, 2)
  lines.x.of: "=record.number ~ '/' ~ sku"
  lines.x.free: _free
maps: {units: {kpl: PCE, "krt*": BX}}
checks:
  - {that: number(T.orders) == records | length, say: orders are missing, on: file}
  - {that: number(T.quantity) == lines.quantity | sum, say: quantities are missing, on: file}
  - {that: lines | length > 1, say: one line only, level: warning}
"""
ROWS = """H|ACME
PH|1|20.11.2026|Aino|EUR
PD|2|B||m|0
PH|2|21.11.2026|Eero|
PD|1|A|1.200,5|KPL|2,25
PD|1|C|2|krt6|
T|2|1.203,5
"""


def test_kinds_of_rows_with_foreign_values_words_aliases_defaults_and_a_trailer(bench: Bench) -> None:
    reading = bench.read(TYPED, ROWS)
    assert [(each.code, each.level.value, each.row) for each in reading.problems] == [(Code.CHECK, "warning", 4)]
    one, two = (record for batch in reading.batches for record in batch.records())
    assert (one["number"], one["date"], one["currency"], one["x.sender"], one["note"]) == (
        *("W-1", date(2026, 11, 20)),
        *("EUR", "ACME", "from ACME"),
    )
    assert (two["number"], two["currency"]) == ("W-2", "SEK")
    names = ("sku", "quantity", "unit", "total", "x.of", "x.free")
    told = [[canonical(line.get(name)) for name in names] for order in (one, two) for line in order["lines"]]
    assert told == [
        ["A", "1200.5", "PCE", "2701.13", "W-1/A", None],
        ["C", "2", "BX", None, "W-1/C", None],
        ["B", "1", "m", "0", "W-2/B", "yes"],
    ]


@pytest.mark.parametrize("trailer", ["T|3|1.203,5", "T|2|1.203,6", "T|2|1203.5.0"])
def test_a_trailer_counts_in_the_partners_notation(bench: Bench, trailer: str) -> None:
    with pytest.raises(FileRefused) as refused:
        bench.read(TYPED, ROWS.replace("T|2|1.203,5", trailer))
    assert refused.value.problems[0].code is Code.TRAILER


WRITTEN = """
writes: shipments
file:
  name: "{number}.txt"
  delimiter: pipe
  line_end: lf
  types:
    H: {once: start, columns: [type, sender]}
    PH: {columns: [type, order_no, day, name, currency]}
    PD: {under: PH, columns: [type, order_no, sku, qty, unit, price]}
    T: {once: end, columns: [type, orders, quantity]}
notation: {decimal: ",", date: [D.M.YYYY]}
fields:
  H/sender: {from: x.sender, take: first}
  PH/order_no: {from: number, do: {after: "W-"}}
  day: date
  name: ship_to.name
  PH/currency: currency
  PD/order_no: {from: number, do: {after: "W-"}}
  PD/sku: lines.sku
  PD/qty: lines.quantity
  PD/unit: {from: lines.unit, map: {PCE: kpl}, else: keep}
  PD/price: {from: lines.price, default: ""}
  T/orders: =records | length
  T/quantity: {from: lines.quantity, take: sum}
"""


def test_what_kinds_of_rows_write_they_read_again(bench: Bench) -> None:
    orders: list[dict[str, Any]] = [
        {
            "number": f"W-{number}",
            "date": date(2026, 11, 20),
            "currency": "EUR",
            "ship_to.name": 'Aino | "A"',
            "x.sender": "ACME",
            "lines": [
                {"sku": "=A", "quantity": Decimal("1200.5"), "unit": "PCE", "price": Decimal("2.25")},
                {"sku": "0012", "quantity": Decimal(2), "unit": "m", "price": None},
            ],
        }
        for number in (1, 2)
    ]
    written = bench.write(WRITTEN, *orders).data
    assert written.decode().splitlines()[-1] == "T|2|2405"
    again = bench.records(TYPED, written)
    for order, read_back in zip(orders, again, strict=True):
        assert {name: read_back[name] for name in ("number", "date", "currency", "ship_to.name", "x.sender")} == {
            name: order[name] for name in ("number", "date", "currency", "ship_to.name", "x.sender")
        }
        for line, line_back in zip(order["lines"], read_back["lines"], strict=True):
            assert {name: line_back.get(name) for name in line} == line


CATALOGUE = """
reads: products
file: {delimiter: semicolon, skip: {Koodi: ["Yhteensä*", ""]}, only: {Myynnissä: "?*"}, until: {Koodi: LOPPU}}
notation: {decimal: ",", thousands: " ", yes: [kyllä, x], no: [ei], empty: ["-"], clear: ["NULL"]}
fields:
  sku: [Tuotekoodi, Koodi]
  name: {from: Nimi, do: [squeeze, title]}
  category: {join: [Ryhmä, {from: Alaryhmä, do: lower}], with: " > "}
  currency: {value: EUR}
  vat_rate: {from: ALV, map: {A: "25.5", "B*": "14"}, else: keep}
  weight: [Paino (kg), {from: Paino (g), unit: g}]
  stock: {from: Saldo, default: "0"}
  price: {from: Hinta, required: yes}
  active: Myynnissä
  images: {from: Kuvat, do: {split: " "}}
  x.own: {from: Oma, do: {find: "[0-9]+"}}
  x.row: $row
  _heavy: {value: raskas, when: weight > 10}
  oversized: {value: "yes", when: _heavy == "raskas"}
"""
ITEMS = """Koodi;Nimi;Ryhmä;Alaryhmä;ALV;Paino (kg);Paino (g);Saldo;Hinta;Myynnissä;Kuvat;Oma
A1;villa  sukka;Vaate;SUKAT;a;;250;-;1 234,50 €;kyllä;http://a.test/1.jpg http://a.test/2.jpg;n12
A2;hattu;;Päähine;24;11,5;;NULL;12,50;EI;;
A3;x;;;;;;5;;x;;
A4;x;;;bx;;;5;1.5;x;;
A5;x;;;;;;5;1;;;
Yhteensä;;;;;;;9;;x;;
;;;;;;;5;;x;;
A1;x;;;;;;5;1;x;;
LOPPU;;;;;;;;;;;
A9;x;;;;;;5;1;x;;
"""


@pytest.mark.parametrize("wide_from", [read.WIDE_FROM, 0], ids=["small", "large"])
def test_a_catalogue_with_everything_reads_alike_small_and_large(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, wide_from: int
) -> None:
    monkeypatch.setattr(read, "WIDE_FROM", wide_from)
    reading = bench.read(CATALOGUE, ITEMS)
    assert [(each.code, each.row, each.column) for each in reading.problems] == [
        (Code.MISSING, 4, "Hinta"),
        (Code.NUMBER, 5, "Hinta"),
        (Code.DUPLICATE_ROW, 9, "Koodi"),
    ]
    assert (reading.read, reading.skipped) == (8, 3)
    (batch,) = reading.batches
    one, two = ({name: canonical(value) for name, value in record.items()} for record in list(batch.records())[:2])
    shown = ("name", "category", "vat_rate", "weight", "stock", "price", "active", "x.own", "x.row", "oversized")
    assert [one.get(name) for name in shown] == [
        *("Villa Sukka", "Vaate > sukat", "25.5", "0.25", "0", "1234.5", "true", "12", "2", None),
    ]
    assert one["images"] == ["http://a.test/1.jpg", "http://a.test/2.jpg"]
    assert [two.get(name) for name in shown] == [
        *("Hattu", "päähine", "24", "11.5", "", "12.5", "false", None, "3", "true"),
    ]


def test_a_pattern_of_a_shared_word_list_is_never_written(bench: Bench) -> None:
    bench.put("maps/st.csv", "theirs,ours\nCAN*,Cancelled\nCNC,Cancelled\nDEL,Delivered\nO*,On Hold\n")
    mapping = 'writes: statuses\nfile: {name: "{seq}.csv", line_end: lf}\nfields: {s: {from: status, map: st}}\n'
    assert bench.write(mapping, {"status": "Cancelled"}, {"status": "Delivered"}).data == b"s\nCNC\nDEL\n"
    with pytest.raises(FileRefused, match="list"):
        bench.write(mapping, {"status": "On Hold"})


def test_a_column_may_be_called_as_a_foreign_value_or_helper_is(bench: Bench) -> None:
    mapping = "reads: products\nfields: {sku: sku, x.a: x.a, _h: _h, brand: _h}\n"
    (record,) = bench.records(mapping, "sku,x.a,_h\nA,b,c\n")
    assert (record["x.a"], record["brand"]) == ("b", "c")


@pytest.mark.parametrize("layout", ["file: {group: nro}", "file: {format: json}\nrepeat: {lines: rows}"])
def test_helpers_of_lines_and_of_records_may_feed_lines(bench: Bench, layout: str) -> None:
    mapping = f"""reads: cancellations
{layout}
fields:
  number: nro
  reason: why
  _many: {{value: many, when: quantity > 5}}
  _late: {{value: late, when: reason == 'slow'}}
  lines.sku: sku
  lines.quantity: qty
  lines.x.size: _many
  lines.x.why: {{join: [_late, _many]}}
"""
    data = "nro,why,sku,qty\n1,slow,A,9\n1,,B,1\n2,else,A,6\n"
    if "json" in layout:
        head, *rows = [line.split(",") for line in data.split()]
        data = json.dumps([dict(zip(head, row, strict=True)) for row in rows if row[2] != "B"])
    told = [
        [(line["sku"], line.get("x.size"), line.get("x.why")) for line in record["lines"]]
        for record in bench.records(mapping, data)
    ]
    one = [("A", "many", "late many"), ("B", None, "late")]
    assert told == [one[: len(told[0])], [("A", "many", "many")]]


def test_a_list_that_a_formula_makes_may_be_a_source(bench: Bench) -> None:
    mapping = """reads: orders
file: {group: nro}
fields:
  number: nro
  date: {value: "2026-11-20"}
  _prices: =lines.price
  note: {join: [{value: prices}, _prices], with: " "}
  ship_to.name: {value: A}
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  lines.sku: sku
  lines.quantity: {value: "1"}
  lines.price: price
"""
    (record,) = bench.records(mapping, "nro,sku,price\n1,A,2.5\n1,B,\n1,C,3\n")
    assert record["note"] == "prices 2.5,3"


def test_what_a_formula_or_a_helper_gives_has_the_unit_that_it_is_written_in(bench: Bench) -> None:
    mapping = """writes: despatches
file: {name: "{seq}.csv", line_end: lf}
notation: {decimal: ","}
repeat: {rows: parcels}
fields:
  _weight: parcels.weight
  g: {from: _weight, unit: g}
  both: {value: =weight * 2, unit: kg}
  all: {value: "=record.lines.quantity", with: "+"}
"""
    record = {"parcels": [{"weight": Decimal("1.25")}], "lines": [{"quantity": Decimal("2.5")}, {"quantity": Decimal(1)}]}
    assert bench.write(mapping, record).data.decode().splitlines() == [
        "g,both,all",
        '1250,"2,5","2,5,1"',
    ]
