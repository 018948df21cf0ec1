"""Layouts that are no plain table: what is written reads back the same, places and checks hold, mistakes are told."""

from __future__ import annotations

import gzip
import io
import unicodedata
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.mapping.explain import explain
from hub.mapping.opened import complete_set, is_whole, set_member
from tests.mapping.conftest import Bench, a_context

ORDER = """
  number: {r}number
  date: {{value: "2026-11-22"}}
  ship_to.name: {r}name
  ship_to.address1: {r}street
  ship_to.city: {{value: Oulu}}
  ship_to.country: {{value: FI}}
  note: {r}note
  lines.line_no: {l}no
  lines.sku: {l}sku
  lines.name: {l}name
  lines.quantity: {l}qty
"""
SHIPMENT = """
  {r}number: number
  {r}name: ship_to.name
  {r}street: ship_to.address1
  {r}note: note
  {l}no: lines.line_no
  {l}sku: lines.sku
  {l}name: lines.name
  {l}qty: lines.quantity
"""
TYPES = """types:
    P: {columns: [type, number, name, street, note]}
    L: {under: P, columns: [type, no, sku, name, qty]}"""
FIXED = """types:
    P: {columns: {type: 1-1, number: 2-51, name: 52-151, street: 152-351, note: 352-751}}
    L: {under: P, columns: {type: 1-1, no: 2-51, sku: 52-151, name: 152-651, qty: 652-680}}"""
LAYOUTS = {
    "xml": ("format: xml\n  record: /Orders/Order", "Lines/Line", {"r": "", "l": ""}, {"r": "", "l": "Lines/Line/"}),
    "xml attributes": ("format: xml\n  record: /o", "l", {"r": "./@", "l": "./@"}, {"r": "./@", "l": "l/@"}),
    "xml picked": (
        "format: xml\n  record: /a/b/c",
        "d/e",
        {"r": "v(n=x)/", "l": "w(k=1)/@"},
        {"r": "v(n=x)/", "l": "d/e/w(k=1)/@"},
    ),
    "json": ("format: json\n  record: /data/orders", "items", {"r": "head/", "l": ""}, {"r": "head/", "l": "items/"}),
    "json array": ("format: json", "a/b", {"r": "", "l": ""}, {"r": "", "l": "a/b/"}),
    "csv kinds": (f"format: csv\n  header: none\n  {TYPES}", "L", {"r": "P/", "l": ""}, {"r": "P/", "l": "L/"}),
    "fixed kinds": (f"format: fixed\n  {FIXED}", "L", {"r": "P/", "l": ""}, {"r": "P/", "l": "L/"}),
}


def _pair(layout: str) -> tuple[str, str]:
    """The mapping that reads a layout and the one that writes it."""
    file, items, read, write = LAYOUTS[layout]
    reading = f"reads: orders\nfile:\n  {file}\nrepeat: {{lines: {items}}}\nfields:{ORDER.format(**read)}"
    name = "a_{number}" if layout == "xml attributes" else "a"
    writing = (
        f"writes: shipments\nfile:\n  name: '{name}'\n  {file}\nrepeat: {{{items}: lines}}\nfields:{SHIPMENT.format(**write)}"
    )
    return reading, writing


TEXT = st.text(
    st.one_of(
        st.sampled_from("<>&\"'\\;,|{}[]()=+-@#/ äöå€Ж%\u2028😀"), st.characters(codec="utf-8", exclude_categories=["C", "Z"])
    ),
    min_size=1,
    max_size=20,
).map(lambda each: unicodedata.normalize("NFC", " ".join(each.split())) or "x")
CODE128 = st.text(st.sampled_from("ABCxyz0189-_./+*#<>&\"'"), min_size=1, max_size=12)
LINE = st.fixed_dictionaries({"line_no": TEXT, "sku": TEXT, "name": TEXT, "quantity": st.decimals("0.001", "99999", places=3)})
RECORD = st.fixed_dictionaries(
    {"number": CODE128, "ship_to.name": TEXT, "ship_to.address1": TEXT, "lines": st.lists(LINE, min_size=1, max_size=3)},
    optional={"note": TEXT},
)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_reads_back_the_same(bench: Bench, layout: str, data: st.DataObject) -> None:
    most = 1 if layout == "xml attributes" else 3
    given_records = data.draw(st.lists(RECORD, min_size=1, max_size=most, unique_by=lambda each: each["number"]))
    reading, writing = _pair(layout)
    written = bench.write(writing, *given_records)
    found = [record for batch in bench.read(reading, written.data).batches for record in batch.records()]
    assert [_shared(each) for each in found] == [_shared(each) for each in given_records]


def _shared(record: dict[str, Any]) -> dict[str, Any]:
    kept = ("number", "ship_to.name", "ship_to.address1", "note", "lines")
    return {key: value for key, value in record.items() if key in kept}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_mappings_of_a_pair_are_sound(bench: Bench, layout: str) -> None:
    for each in _pair(layout):
        assert not bench.told(each)


STOCK = "reads: stock\nfile: {format: fixed, columns: {sku: 1-5, stock: 6-10}}\nfields: {sku: sku, stock: stock}\n"


def test_fixed_columns_are_counted_in_characters(bench: Bench) -> None:
    assert [(each["sku"], each["stock"]) for each in bench.records(STOCK, "A1       3\r\nB-2   4.5\r\n\r\n")] == [
        ("A1", Decimal(3)),
        ("B-2", Decimal("4.5")),
    ]


def bad(bench: Bench, mapping: str, data: str | bytes, **context: Any) -> list[tuple[str, int | None, str | None]]:
    try:
        reading = bench.read(mapping, data, **context)
    except FileRefused as refused:
        return [(str(each.code), each.row, each.column) for each in refused.problems]
    return [(str(each.code), each.row, each.column) for each in reading.problems]


def test_a_fixed_line_that_goes_on_too_long_is_damaged(bench: Bench) -> None:
    assert bad(bench, STOCK, "A1       3\nB2       4 and more\n") == [("400.long-row", 2, None)]
    [problem] = bench.read(STOCK, "A1       3\nB2       4 and more\n").problems
    assert (problem.value, problem.message) == ("and more", "the line goes on behind its last column")


def test_what_a_layout_cannot_carry_is_an_error(bench: Bench) -> None:
    fixed = "writes: statuses\nfile: {format: fixed, name: a, columns: {n: 1-3}}\nfields: {n: number}\n"
    for layout, value, code in ((fixed, "1234", Code.LENGTH), (fixed, "1\n2", Code.CHARACTERS)):
        with pytest.raises(FileRefused) as refused:
            bench.write(layout, {"number": value})
        assert refused.value.problems[0].code is code
    xml = "writes: statuses\nfile: {format: xml, name: a, record: /a/b}\nfields: {n: number}\n"
    with pytest.raises(FileRefused) as refused:
        bench.write(xml, {"number": "1"}, {"number": "a\x02"})
    assert (refused.value.problems[0].code, refused.value.problems[0].row) == (Code.CHARACTERS, 2)


COUNTED = """reads: stock
file:
  format: csv
  header: none
  types:
    S: {columns: [type, sku, stock]}
    T: {once: end, columns: [type, count, sum]}
fields: {sku: sku, stock: stock}
checks:
  - {that: number(T.count) == records | length, say: the trailer counts otherwise, on: file}
  - {that: number(T.sum) == stock | sum, say: the trailer adds up otherwise, on: file}
"""


def test_a_trailer_must_agree(bench: Bench) -> None:
    assert [each["sku"] for each in bench.records(COUNTED, "S,A,1\nS,B,2\nT,2,3\n")] == ["A", "B"]
    assert bad(bench, COUNTED, "S,A,1\nS,B,2\nT,3,3\n")[0][0] == "400.trailer"
    assert bad(bench, COUNTED, "S,A,1\nT,1,3\n")[0][0] == "400.trailer"
    assert bad(bench, COUNTED, "S,A,1\n")[0][0] == "400.trailer"


KINDS = """reads: orders
file:
  format: csv
  delimiter: semicolon
  types:
    O: {columns: [type, no, name]}
    L: {under: O, key: no, columns: [type, no, sku, qty]}
    N: {under: L, columns: [type, text]}
    T: {once: end, columns: [type, count]}
fields:
  number: O/no
  date: {value: 2026-01-01}
  ship_to.name: name
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
  lines.sku: L/sku
  lines.quantity: qty
  lines.x.text: {from: N/text, take: all, with: " / "}
checks: [{that: number(T.count) == records | length, say: the trailer counts otherwise, on: file}]
"""
KINDS_FILE = "O;1;a\nL;1;A;1\nN;one\nN;two\nL;1;FREIGHT;1\nL;1;B;2\nO;2;b\nL;2;C;1\nT;2\n"


def test_lines_are_the_rows_that_tell_the_product_also_where_other_rows_lie_below_them(bench: Bench) -> None:
    first, second = bench.records(KINDS, KINDS_FILE)
    assert [(each["sku"], each.get("x.text")) for each in first["lines"]] == [("A", "one / two"), ("FREIGHT", None), ("B", None)]
    assert [each["sku"] for each in second["lines"]] == ["C"]


@pytest.mark.parametrize(
    ("rule", "skus"),
    [
        ("skip: {L/sku: freight}", ["A", "B"]),
        ("skip: {sku: FREI*, O/no: '2'}", ["A", "B"]),
        ("only: {sku: ['?'], qty: '1'}", ["A"]),
    ],
)
def test_skip_and_only_look_at_the_rows_whose_column_they_name(bench: Bench, rule: str, skus: list[str]) -> None:
    mapping = KINDS.partition("checks")[0].replace("  types:", f"  {rule}\n  types:")
    first = bench.records(mapping, KINDS_FILE)[0]
    assert [each["sku"] for each in first["lines"]] == skus


def test_a_row_that_belongs_to_no_record_is_refused_alone_and_no_trailer_counts_it(bench: Bench) -> None:
    stray = KINDS_FILE.replace("T;2", "L;9;X;1\nX;?\nT;2")
    assert [(code, row) for code, row, *_ in bad(bench, KINDS, stray)] == [("400.orphan", 9), ("400.row-type", 10)]


def test_a_kind_of_row_in_small_letters_is_no_missing_column(bench: Bench) -> None:
    found = bad(bench, KINDS.partition("checks")[0], "o;1;a\nL;1;A;1\nT;1\n")
    assert [(code, row) for code, row, *_ in found] == [("400.row-type", 1), ("400.orphan", 2)]


def test_a_document_without_records_is_empty_and_nobody_speaks_of_headings(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        bench.read("reads: stock\nfile: {format: json}\nfields: {sku: sku, stock: n}\n", "[]")
    assert (refused.value.problems[0].code, refused.value.problems[0].message) == (Code.EMPTY, "the file holds no record")


def test_the_place_of_a_list_may_be_written_from_the_top_of_the_document(bench: Bench) -> None:
    mapping = (
        "reads: deliveries\nfile: {format: xml, record: /r/o}\nrepeat: {lines: /r/o/i}\nfields: {shipment: no, lines.sku: s}\n"
    )
    records = bench.records(mapping, "<r><o no='1'><i s='A'/><i s='B'/></o><o no='2'><i s='C'/></o></r>")
    assert [[each["sku"] for each in record["lines"]] for record in records] == [["A", "B"], ["C"]]


def test_a_second_sheet_of_a_kind_of_rows_is_not_passed_over_in_silence(bench: Bench) -> None:
    book = openpyxl.Workbook()
    for name, rows in {
        "Orders": [["No"], ["1"]],
        "Items1": [["No", "SKU"], ["1", "A"]],
        "Items2": [["No", "SKU"], ["1", "B"]],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    mapping = """reads: deliveries
file: {format: excel, types: {H: {sheet: Orders}, L: {sheet: "Items*", under: H, key: No}}}
fields: {shipment: H/No, lines.sku: SKU}
"""
    assert bad(bench, mapping, out.getvalue(), file_name="a.xlsx") == [("400.header", None, None)]


def test_a_helper_once_per_file_can_be_checked(bench: Bench) -> None:
    mapping = """reads: stock
file: {format: json, record: /rows}
fields: {sku: sku, stock: n, _count: /count}
checks: [{that: number(_count) == records | length, say: counts otherwise, on: file}]
"""
    assert len(bench.records(mapping, '{"count": 2, "rows": [{"sku": "A", "n": 1}, {"sku": "B", "n": 1}]}')) == 2
    assert bad(bench, mapping, '{"count": 3, "rows": [{"sku": "A", "n": 1}, {"sku": "B", "n": 1}]}')[0][0] == "400.check"


def test_typed_json_skips_the_notation_and_helpers_reach_the_lines(bench: Bench) -> None:
    mapping = """reads: deliveries
file: {format: json, skip: {state: void}}
notation: {decimal: ",", thousands: "."}
repeat: {lines: {from: items, skip: {gift: "true"}}}
fields:
  shipment: id
  _carrier: carrier
  status: {value: Delivered}
  lines.sku: sku
  lines.delivered_quantity: qty
  lines.carrier: _carrier
  lines.tracking_number: {from: codes, take: all}
"""
    text = """[{"id": "S1", "carrier": "Posti", "items": [{"sku": "A", "qty": 1.5, "codes": ["x", "y"]},
      {"sku": "G", "gift": true}, {"sku": "B", "qty": "1.234,5"}]}, {"id": "S2", "state": "void", "items": [{"sku": "Z"}]}]"""
    reading = bench.read(mapping, text)
    [record] = [each for batch in reading.batches for each in batch.records()]
    assert (reading.read, reading.skipped) == (2, 1)
    assert record["lines"] == [
        {"sku": "A", "delivered_quantity": Decimal("1.5"), "carrier": "Posti", "tracking_number": "x,y"},
        {"sku": "B", "delivered_quantity": Decimal("1234.5"), "carrier": "Posti"},
    ]


@pytest.mark.parametrize(("take", "wants"), [("first", "1"), ("last", "4"), ("sum", "7"), ("max", "4"), ("count", "3")])
def test_take_chooses_among_repeated_elements(bench: Bench, take: str, wants: str) -> None:
    mapping = f"reads: stock\nfile: {{format: xml, record: /s/p}}\nfields: {{sku: k, stock: {{from: w/n, take: {take}}}}}\n"
    [record] = bench.records(mapping, "<s><p><k>A</k><w><n>1</n></w><w><n/><n>2</n><n>4</n></w></p></s>")
    assert record["stock"] == Decimal(wants)


def test_nested_records_can_be_grouped(bench: Bench) -> None:
    mapping = """reads: deliveries
file: {format: xml, record: /d/p, group: s}
repeat: {lines: i}
fields: {shipment: s, status: {value: Delivered}, lines.sku: k, lines.parcel: ../@n}
"""
    text = (
        '<d><p n="1"><s>S1</s><i><k>A</k></i></p><p n="2"><s>S2</s><i><k>B</k></i></p><p n="3"><s>S1</s><i><k>C</k></i></p></d>'
    )
    one, two = bench.records(mapping, text)
    assert [(each["sku"], each["parcel"]) for each in one["lines"]] == [("A", "1"), ("C", "3")]
    assert [each["sku"] for each in two["lines"]] == ["B"]


def test_a_path_that_the_whole_file_lacks_is_a_missing_column(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {format: json}\nfields: {sku: sku, stock: amount}\n"
    assert bad(bench, mapping, '[{"sku": "A", "ammount": 1}]') == [("400.column", None, "amount")]
    assert bad(bench, mapping, '[{"sku": "A", "amount": 1}, {"sku": "B"}]') == [("400.missing", 2, "amount")]
    assert bad(bench, mapping, "[]") == [("400.empty", None, None)]


def test_a_packed_file_is_read_and_its_name_still_says_its_parts(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {name: 'stock_{as_of:YYYYMMDD}.csv'}\nfields: {sku: sku, stock: n, as_of: $file.as_of}\n"
    [record] = bench.records(mapping, gzip.compress(b"sku;n\nA;1\n"), file_name="stock_20261120.csv.gz")
    assert "as_of" in record


def test_a_sheet_for_each_kind(bench: Bench) -> None:
    book = openpyxl.Workbook()
    sheets: dict[str, list[list[Any]]] = {
        "Orders": [["no", "name", "street"], ["1", "Aino", "Kuja 1"]],
        "Items": [["no", "sku", "qty"], ["1", "A", 2], ["1", "B", "x"], ["9", "C", 1]],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    mapping = """reads: orders
file: {format: excel, types: {o: {sheet: Orders}, i: {sheet: Items, under: o, key: no}}}
repeat: {lines: i}
fields:
  number: no
  date: {value: "2026-11-22"}
  ship_to.name: name
  ship_to.address1: street
  ship_to.city: {value: Oulu}
  ship_to.postcode: {value: "90100"}
  ship_to.country: {value: FI}
  lines.sku: sku
  lines.quantity: qty
"""
    reading = bench.read(mapping, out.getvalue())
    assert [(str(each.code), each.sheet, each.row, each.cell) for each in reading.problems] == [
        ("400.number", "Items", 3, "C3"),
        ("400.orphan", "Items", 4, None),
    ]


SET = """reads: orders
file:
  types:
    order: {name: "orders_{stamp}.csv"}
    item: {name: "items_{stamp}.csv", under: order, key: no}
repeat: {lines: item}
fields:
  number: no
  date: d
  ship_to.name: n
  ship_to.address1: a
  ship_to.city: c
  ship_to.country: k
  lines.sku: s
  lines.quantity: q
"""


def test_a_set_is_known_by_the_parts_of_its_names(bench: Bench) -> None:
    bench.put("m", SET)
    mapping = bench.library().get("m")
    others = ["orders_1.csv", "items_1.csv", "items_2.csv.gz", "x.csv"]
    assert (set_member(mapping, "items_2.csv"), set_member(mapping, "x.csv")) == ("item", None)
    assert complete_set(mapping, "orders_2.csv", others) == {"order": "orders_2.csv", "item": "items_2.csv.gz"}
    assert is_whole(mapping, complete_set(mapping, "items_1.csv", others))
    assert not is_whole(mapping, complete_set(mapping, "items_3.csv", others))


@pytest.mark.parametrize("row", [None, 4])
def test_explain_shows_the_way_in_a_document(bench: Bench, row: int | None) -> None:
    text = "<o>\n<r><n>1</n>\n<i><k>A</k></i>\n<i><k>B</k></i></r></o>"
    bench.put(
        "m",
        "reads: deliveries\nfile: {format: xml, record: /o/r}\nrepeat: {lines: i}\n"
        "fields: {shipment: n, lines.sku: {from: k, do: lower}}\n",
    )
    found = explain(bench.library().get("m"), text.encode(), a_context(), row)
    assert [(each.field, each.row, each.source, each.text, each.value) for each in found][-1] == ("lines.sku", 4, "k", "B", "b")
    assert found[0].value == "1"


READS = "reads: stock\nfields: {sku: sku, stock: n}\nfile: "


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (READS + "{format: fixed}\n", ("columns", "1-10")),
        (READS + "{format: fixed, columns: {sku: 1-x, n: 2-3}}\n", ("1-x", "characters")),
        (READS + "{format: fixed, columns: {sku: 5-1, n: 2-3}}\n", ("5-1",)),
        (READS + "{format: xml, record: a//b}\n", ("a//b", "path")),
        (READS + "{record: /a}\n", ("record", "csv")),
        (READS + "{format: json, types: {A: {columns: [sku, n]}}}\n", ("types", "json")),
        (READS + "{header: none, types: {A: {under: B, columns: [sku, n]}}}\n", ("under",)),
        (READS + "{header: none, types: {A: {columns: [t, sku, n]}, B: {columns: [t]}}}\n", ("only one kind",)),
        (READS + "{header: none, types: {A: {columns: [t, sku, n]}, B: {under: B, columns: [t]}}}\n", ("B",)),
        (READS + "{header: none, types: {T: {once: end, columns: [t, sku, n]}}}\n", ("record",)),
        (READS + "{types: {A: {sheet: A}, B: {sheet: B, under: A, key: k}}}\n", ("sheet",)),
        (READS + "{types: {A: {name: 'a_{x}.csv'}, B: {name: 'b_{x}.csv', under: A}}}\n", ("key",)),
        (READS + "{header: none, type_in: x, types: {A: {columns: [t, sku, n]}}}\n", ("type_in",)),
        (
            "reads: stock\nfields: {sku: sku, stock: A/m}\nfile: {header: none, types: {A: {columns: [t, sku, n]}}}\n",
            ("no column 'm'",),
        ),
        ("reads: stock\nfields: {sku: a//b, stock: n}\nfile: {format: json}\n", ("a//b",)),
        (
            "reads: orders\nfields: {}\nrepeat: {lines: X}\nfile: {header: none, types: {A: {columns: [t]}}}\n",
            ("no kind of row",),
        ),
        (READS + "{format: json, until: {sku: x}}\n", ("until", "skip and only")),
        ("reads: stock\nfields: {sku: /r/i/sku, stock: n}\nfile: {format: xml, record: /r/i}\n", ("every record", "write sku")),
        ("reads: stock\nfields: {sku: /rows/sku, stock: n}\nfile: {format: json, record: rows}\n", ("every record", "write sku")),
        (
            "reads: deliveries\nfields: {shipment: n, lines.sku: s}\nrepeat: {lines: /x/i}\nfile: {format: xml, record: /r/o}\n",
            ("same items for every record", "Items/Item"),
        ),
        (
            "reads: deliveries\nfields: {shipment: no, lines.sku: i/sku, lines.delivered_quantity: i/q}\nfile: {format: json}\n",
            ("where the lines are", "repeat: {lines: i}"),
        ),
        (READS + "{header: none, fill: {sku: n}, types: {A: {columns: [t, sku, n]}}}\n", ("fill", "plain table")),
        (
            KINDS.replace("    N: {under: L,", "    N: {under: O,")
            .replace("L/sku", "type")
            .replace("lines.quantity: qty", "lines.quantity: no"),
            ("L and N", "repeat: {lines: L}"),
        ),
        ("writes: statuses\nfields: {n: number}\nfile: {format: xml, name: a}\n", ("record",)),
        ("writes: statuses\nfields: {n: number}\nfile: {format: xml, name: a, record: /o}\n", ("whole document", "{number}")),
        ("writes: statuses\nfields: {/x/n: number}\nfile: {format: xml, name: a, record: /o/r}\n", ("/o",)),
        ("writes: statuses\nfields: {/n: number}\nfile: {format: json, name: a}\n", ("record: /orders",)),
        ("writes: statuses\nfields: {1a: number}\nfile: {format: xml, name: a, record: /o/r}\n", ("1a", "XML")),
        ("writes: statuses\nfields: {../a: number}\nfile: {format: json, name: a}\n", ("../a",)),
        ("writes: statuses\nfields: {'@a/b': number}\nfile: {format: json, name: a}\n", ("attribute",)),
        ("writes: statuses\nfields: {n: number}\nfile: {name: a, header: 1, types: {A: {columns: [t, n]}}}\n", ("header: none",)),
        ("writes: statuses\nfields: {m: number}\nfile: {name: a, header: none, types: {A: {columns: [t, n]}}}\n", ("'m'",)),
        ("writes: statuses\nrepeat: {a: pallets}\nfields: {n: number}\nfile: {format: json, name: a}\n", ("pallets", "lists")),
    ],
)
def test_a_mistake_in_a_layout_is_told(bench: Bench, text: str, parts: tuple[str, ...]) -> None:
    findings = bench.told(text)
    assert any(all(part in each for part in parts) for each in findings), findings
