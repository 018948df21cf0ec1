"""Reading a file through a mapping: the field grammar, places of problems, limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config.yaml import check, load_text
from hub.domain.problems import Code, FileRefused, Level
from hub.domain.values import CLEAR
from hub.mapping.choice import best_fit
from hub.mapping.compile import Mapping
from hub.mapping.read import read_file
from hub.mapping.reading import Reading
from hub.mapping.template import Template
from tests.mapping.conftest import LIMITS, Bench, a_context

PRODUCTS = """
reads: products
file: {format: csv, delimiter: semicolon}
notation: {decimal: ",", yes: kyllä, no: ei}
fields:
  sku: [Tuotekoodi, Tuotenro]
  name: Nimi
  price: Hinta (sis. alv)
  weight: {from: Paino (g), unit: g}
  unit: {from: Yks, map: units}
maps: {units: {kpl: PCE, pari: PR}}
"""
HEAD = "Tuotekoodi;Nimi;Hinta (sis. alv);Paino (g);Yks\n"

ORDER_FIELDS = """fields:
  number: N
  date: D
  lines.sku: S
  lines.quantity: Q
  ship_to.name: {value: Aino Aalto}
  ship_to.address1: {value: Kuja 1}
  ship_to.postcode: {value: "00100"}
  ship_to.city: {value: Helsinki}
  ship_to.country: {value: FI}
"""


def _orders(extra: str = "", *, group: bool = False, top: str = "") -> str:
    """An order mapping whose records all go to one address."""
    file = "{delimiter: comma, group: N}" if group else "{delimiter: comma}"
    return f"reads: orders\nfile: {file}\n{top}{ORDER_FIELDS}{extra}"


STOCK = "reads: stock\nfile: {format: csv, delimiter: comma}\nfields:\n  sku: SKU\n  stock: {from: Qty, default: '0'}\n"


def test_the_example_of_the_contract_reads_as_it_says(bench: Bench) -> None:
    [record] = bench.records(PRODUCTS, HEAD + "00123;Kirves;12,50;1500;kpl\n")
    assert record == {"sku": "00123", "name": "Kirves", "price": Decimal("12.50"), "weight": Decimal("1.5"), "unit": "PCE"}


def test_a_label_above_the_header_is_found_as_headings_are(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {delimiter: comma, header: [S]}\nfields:\n  sku: S\n  stock: Q\n  catalog: $top.price list\n"
    [record] = bench.records(mapping, "Price List:,main\nS,Q\nA,3\n")
    assert record["catalog"] == "main"


def test_a_formula_for_a_text_has_six_decimals_at_most(bench: Bench) -> None:
    [record] = bench.records(_orders("  lines.x.third: =quantity / 3\n"), "N,D,S,Q\n1,2026-01-01,A,2\n")
    assert record["lines"][0]["x.third"] == "0.666667"


def test_the_second_heading_of_a_list_counts_where_the_first_is_not_there(bench: Bench) -> None:
    [record] = bench.records(PRODUCTS, HEAD.replace("Tuotekoodi", "Tuotenro") + "1E5;NA;1;;\n")
    assert (record["sku"], record["name"]) == ("1E5", "NA")


def test_a_heading_matches_without_case_spaces_and_hyphens(bench: Bench) -> None:
    [record] = bench.records(PRODUCTS, "TUOTE-KOODI;nimi;Hinta(sis. alv)\nA1;Kirves;3\n")
    assert record["price"] == Decimal(3)


def test_files_of_one_mapping_are_each_read_by_their_own_headings_zone_and_place(bench: Bench) -> None:
    mapping = bench.mappings({"m": "reads: stock\nfile: {delimiter: comma}\nfields: {sku: [A, SKU], stock: Q, as_of: T}\n"})["m"]
    texts = ("SKU,Q,T\n1,2,2026-11-22 10:00\n", "Q,A,T\nx,3,2026-11-22 10:00\n", "SKU,Q,T\n5,y,2026-11-22 10:00\n")
    context = a_context()
    readings = [read_file(mapping, text.encode(), context) for text in texts]
    assert [each.batches[0].fields["sku"][0] for each in readings] == ["1", "3", "5"]
    assert [[problem.cell for problem in each.problems] for each in readings] == [[], ["A2"], ["B2"]]
    elsewhere = read_file(mapping, texts[0].encode(), a_context(timezone="UTC"))
    times = [each.batches[0].fields["as_of"][0] for each in (readings[0], elsewhere, readings[2])]
    assert times == [datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (8, 10, 8)]
    with pytest.raises(FileRefused, match="missing"):
        read_file(mapping, b"SKU,Z\n1,2\n", context)


def test_a_bad_cell_knows_row_cell_heading_and_what_was_seen(bench: Bench) -> None:
    reading = bench.read(PRODUCTS, HEAD + "A1;Kirves;12,50;;\nA2;Saha;12.50.1;;\n")
    [problem] = reading.problems
    assert (problem.code, problem.row, problem.cell, problem.column) == (Code.NUMBER, 3, "C3", "Hinta (sis. alv)")
    assert (problem.field, problem.record, problem.value) == ("price", "A2", "12.50.1")
    assert reading.batches[0].refused == {1}
    assert reading.refused_rows == {(None, 3)}
    assert reading.blamed == [(0, 1)]


def test_a_word_that_is_not_in_the_map_is_a_problem_with_the_known_words(bench: Bench) -> None:
    [problem] = bench.read(PRODUCTS, HEAD + "A1;Kirves;1;;laatikko\n").problems
    assert problem.code is Code.LIST
    assert "kpl" in problem.hint


@pytest.mark.parametrize(
    ("right", "cell", "value"),
    [
        ("{from: C, map: {A: '25.5'}, else: keep}", "14", Decimal(14)),
        ("{from: C, map: {A: '25.5'}, else: keep}", "a", Decimal("25.5")),
        ("{from: C, map: {A: '25.5'}, else: '10'}", "Z", Decimal(10)),
        ("{from: C, map: {'*low*': '14'}}", "very LOW rate", Decimal(14)),
        ("{from: C, map: {A: ''}, else: keep}", "A", None),
        ("{from: C, map: {A: '14'}, default: '24'}", "", Decimal(24)),
        ("{from: C, unit: share}", "0.255", Decimal("25.5")),
        ("{from: C, decimal: ','}", "25,5", Decimal("25.5")),
        ("{from: C, do: [{after: ':'}, {strip: '%'}]}", "alv: 24%", Decimal(24)),
        ("{join: [C, D], with: '.'}", "25", Decimal("25.5")),
        ("{value: '24'}", "1", Decimal(24)),
        ("{from: C, when: name == 'N'}", "24", Decimal(24)),
        ("{from: C, when: name == 'M', default: '14'}", "24", Decimal(14)),
        ("=number(_c) + 1", "24", Decimal(25)),
        ("[{from: C, when: name == 'M'}, D]", "24", Decimal(5)),
        ("[{value: '1', when: _c == '24'}, {value: '2'}]", "24", Decimal(1)),
        ("[{value: '1', when: _c == '24'}, {value: '2'}]", "25", Decimal(2)),
    ],
)
def test_a_field_is_read_from_left_to_right(bench: Bench, right: str, cell: str, value: Decimal | None) -> None:
    mapping = f"reads: products\nfile: {{delimiter: pipe}}\nfields:\n  _c: C\n  sku: S\n  name: N\n  vat_rate: {right}\n"
    [record] = bench.records(mapping, f"S|N|C|D\nA1|N|{cell}|5\n")
    assert record.get("vat_rate") == value


def test_a_unit_may_stand_in_the_heading_or_beside_the_number(bench: Bench) -> None:
    head = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n"
    [record] = bench.records(head + "  weight: Weight ({unit})\n", "S,Weight (lbs)\nA,2\n")
    assert record["weight"] == Decimal("0.907185")
    one, two = bench.records(head + "  weight: {from: W, unit: {from: Weight Unit}}\n", "S,W,Weight Unit\nA,250,g\nB,2,kg\n")
    assert (one["weight"], two["weight"]) == (Decimal("0.25"), Decimal(2))


def test_a_unit_that_nobody_knows_is_a_problem(bench: Bench) -> None:
    head = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n  weight: Weight ({unit})\n"
    reading = bench.read(head, "S,Weight (stone)\nA,2\nB,\n")
    assert [(each.code, each.row) for each in reading.problems] == [(Code.UNIT, 2)]


def test_a_bad_unit_beside_a_number_is_told_at_the_number_with_the_name_of_its_column(bench: Bench) -> None:
    head = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n  weight: {from: W, unit: {from: U}}\n"
    strange, none = bench.read(head, "S,W,U\nA,2,stone\nB,3,\nC,4,g\n").problems
    assert (strange.code, strange.cell, strange.value) == (Code.UNIT, "B2", "2")
    assert strange.message == "is in 'stone' (column 'U'), which is no unit that the hub knows"
    assert (none.code, none.cell, none.value, none.message) == (Code.UNIT, "B3", "3", "has no unit: the column 'U' is blank")


@pytest.mark.parametrize(
    ("name", "day"),
    [("s_20261120.csv", "2026-11-20"), ("s_20261120.refused.csv", "2026-11-20"), ("s_20261120.2.marked.csv", "2026-11-20")],
)
def test_a_file_that_comes_back_has_the_name_of_the_one_it_was_made_of(bench: Bench, name: str, day: str) -> None:
    mapping = (
        "reads: stock\nfile: {delimiter: comma, name: 's_{date:YYYYMMDD}.csv'}\nfields: {sku: S, stock: Q, as_of: $file.date}\n"
    )
    [record] = bench.records(mapping, "S,Q\nA,1\n", file_name=name)
    assert str(record["as_of"]) == day


def test_a_partners_word_for_nothing_is_blank_to_group_and_to_the_empty_pattern(bench: Bench) -> None:
    file = "file: {delimiter: comma, group: S, skip: {T: ''}}\nnotation: {empty: ['-']}\n"
    mapping = f"reads: stock\n{file}fields: {{sku: S, stock: {{from: Q, take: sum}}}}\n"
    [record] = bench.records(mapping, "S,Q,T\nA,1,x\n-,2,x\n,3,x\nA,7,-\n")
    assert (record["sku"], record["stock"]) == ("A", Decimal(6))


def test_a_list_holds_once_what_every_row_of_a_group_repeats(bench: Bench) -> None:
    [record] = bench.records(
        _orders("  additional_services: V\n", group=True), "N,D,S,Q,V\n1,2026-01-01,A,1,3101\n1,,B,2,3101\n,,C,1,3376\n"
    )
    assert record["additional_services"] == ["3101", "3376"]


def test_items_of_a_list_have_units_of_their_own(bench: Bench) -> None:
    mapping = (
        "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n  weight: [Weight (kg), {from: Weight (g), unit: g}]\n"
    )
    one, two = bench.records(mapping, "S,Weight (kg),Weight (g)\nA,2,\nB,,500\n")
    assert (one["weight"], two["weight"]) == (Decimal(2), Decimal("0.5"))


def test_list_fields_take_all_that_split_makes(bench: Bench) -> None:
    mapping = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n  images: {from: I, do: {split: '|'}}\n"
    one, two = bench.records(mapping, "S,I\nA,https://a.test/1.jpg | https://a.test/2.jpg\nB,\n")
    assert one["images"] == ["https://a.test/1.jpg", "https://a.test/2.jpg"]
    assert "images" not in two


def test_a_blank_keeps_what_is_stored_and_a_clear_word_empties_it(bench: Bench) -> None:
    head = "reads: products\nfile: {delimiter: comma}\nnotation: {clear: ['NULL']}\n"
    mapping = head + "fields:\n  sku: S\n  name: {from: N, do: upper}\n"
    one, two = bench.records(mapping, "S,N\nA,\nB,null\n")
    assert one == {"sku": "A"}
    assert two["name"] is CLEAR


def test_the_hubs_defaults_fill_orders_and_full_files_but_not_updates(bench: Bench) -> None:
    order = _orders("  currency: C\n")
    [record] = bench.records(order, "N,D,C,S,Q\n1,2026-11-22,,A,2\n")
    assert (record["currency"], record["document_type"], record["submit"]) == ("EUR", "SalesOrder", True)
    full = "reads: products\nmode: full\nfile: {delimiter: comma}\nfields:\n  sku: S\n"
    assert bench.records(full, "S\nA\n") == [{"sku": "A", "currency": "EUR", "active": True}]
    assert bench.records(full.replace("full", "update"), "S\nA\n") == [{"sku": "A"}]


def test_a_missing_mandatory_value_names_its_column(bench: Bench) -> None:
    order = _orders(group=True)
    reading = bench.read(order, "N,D,S,Q\n1,,A,2\n,,B,\n")
    assert [(each.code, each.field, each.row, each.column) for each in reading.problems] == [
        (Code.MISSING, "date", 2, "D"),
        (Code.MISSING, "lines.quantity", 3, "Q"),
    ]
    assert reading.refused == 1
    assert reading.refused_rows == {(None, 2), (None, 3)}


def test_a_line_without_sku_or_ean_refuses_the_order_at_its_row(bench: Bench) -> None:
    order = _orders(group=True)
    reading = bench.read(order, "N,D,S,Q\n1,2026-01-01,A,2\n1,,,3\n2,2026-01-01,B,1\n")
    [problem] = reading.problems
    assert (problem.code, problem.row, problem.record, problem.cell) == (Code.MISSING, 3, "1", "C3")
    assert reading.batches[0].refused == {0}


def test_a_phone_that_looks_odd_is_kept_with_a_warning(bench: Bench) -> None:
    order = _orders("  buyer.phone: P\n")
    reading = bench.read(order, "N,D,P,S,Q\n1,2026-01-01,ask Matti,A,2\n")
    [problem] = reading.problems
    assert (problem.code, problem.level) == (Code.PHONE, Level.WARNING)
    assert reading.batches[0].record(0)["buyer.phone"] == "ask Matti"
    assert not reading.batches[0].refused


def test_formulas_see_lines_by_short_names_and_the_record_by_its_own(bench: Bench) -> None:
    extra = """  total: =sum(lines.total)
  lines.total: =quantity * price if record.currency == "EUR" else 0
  currency: C
  note: =lines | length ~ " rows"
  lines.price: P
"""
    mapping = _orders(extra, group=True)
    one, two = bench.records(mapping, "N,D,C,S,Q,P\n1,2026-01-01,EUR,A,2,1.5\n1,,,B,1,4\n2,2026-01-01,SEK,A,1,9\n")
    assert (one["total"], one["note"], two["total"]) == (Decimal(7), "2 rows", Decimal(0))


def test_a_formula_over_a_bad_value_says_nothing_twice(bench: Bench) -> None:
    order = _orders("  lines.total: =quantity * 2\n")
    reading = bench.read(order, "N,D,S,Q\n1,2026-01-01,A,two\n")
    assert [each.code for each in reading.problems] == [Code.NUMBER]


def test_what_the_file_knows_can_be_a_source(bench: Bench) -> None:
    mapping = """reads: stock
file: {delimiter: comma, name: "saldo_{date:YYYYMMDD}.csv", header: [SKU]}
fields:
  sku: SKU
  stock: Qty
  as_of: $file.date
  catalog: $top.Luettelo
"""
    reading = bench.read(mapping, "Luettelo:,main,\n,,\nSKU,Qty,\nA,1,\n", file_name="saldo_20261122.csv")
    [record] = list(reading.batches[0].records())
    assert record["as_of"] == date(2026, 11, 22)
    assert record["catalog"] == "main"


def test_money_in_another_currency_than_the_mapped_one_is_refused(bench: Bench) -> None:
    mapping = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: S\n  price: P\n  currency: C\n"
    reading = bench.read(mapping, "S,P,C\nA,12.50 €,EUR\nB,SEK 90,EUR\nC,SEK 90,SEK\n")
    assert [(each.code, each.row) for each in reading.problems] == [(Code.CURRENCY, 3)]


def test_foreign_values_are_kept_with_record_and_line(bench: Bench) -> None:
    order = _orders("  x.channel: C\n  lines.x.item: I\n")
    [record] = bench.records(order, "N,D,C,S,Q,I\n1,2026-01-01,web,A,2,007\n")
    assert record["x.channel"] == "web"
    assert record["lines"] == [{"sku": "A", "quantity": Decimal(2), "x.item": "007"}]


@pytest.mark.parametrize(
    ("how", "value"),
    [("first", 3), ("last", 1), ("sum", 9), ("min", 1), ("max", 5), ("count", 3)],
)
def test_take_chooses_among_the_rows_of_a_group(bench: Bench, how: str, value: int) -> None:
    mapping = f"reads: stock\nfile: {{delimiter: comma, group: S}}\nfields:\n  sku: S\n  stock: {{from: Q, take: {how}}}\n"
    [record] = bench.records(mapping, "S,Q\nA,\nA,3\nA,5\nA,1\n")
    assert record["stock"] == Decimal(value)


def test_count_counts_values_that_are_no_numbers(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {delimiter: comma, group: S}\nfields:\n  sku: S\n  stock: {from: N, take: count}\n"
    [record] = bench.records(mapping, "S,N\nA,one\nA,two\nA,\n")
    assert record["stock"] == Decimal(2)


def test_a_heading_matches_however_its_accents_are_encoded(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {delimiter: comma}\nfields:\n  sku: Koodi\n  stock: Määrä\n"
    [record] = bench.records(mapping, "Koodi,Ma\u0308a\u0308ra\u0308\nA,3\n")
    assert record["stock"] == Decimal(3)


@pytest.mark.parametrize("right", ["{from: I, do: {split: '|'}}", "I", "{from: I, take: all}"])
def test_a_clear_word_empties_a_list_too(bench: Bench, right: str) -> None:
    mapping = f"reads: products\nfile: {{delimiter: comma}}\nnotation: {{clear: [NULL]}}\nfields:\n  sku: S\n  images: {right}\n"
    [record] = bench.records(mapping, "S,I\nA,NULL\n")
    assert record["images"] is CLEAR


def test_a_clear_word_does_not_upset_the_smallest_of_a_group(bench: Bench) -> None:
    mapping = (
        "reads: stock\nfile: {delimiter: comma, group: S}\nnotation: {clear: [NULL]}\n"
        "fields:\n  sku: S\n  stock: {from: Q, take: min}\n"
    )
    [record] = bench.records(mapping, "S,Q\nA,NULL\nA,3\n")
    assert record["stock"] == Decimal(3)


def test_take_same_refuses_rows_that_differ(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {delimiter: comma, group: S}\nfields:\n  sku: S\n  stock: {from: Q, take: same}\n"
    reading = bench.read(mapping, "S,Q\nA,3\nA,5\nB,1\nB,1\n")
    assert [(each.code, each.row) for each in reading.problems] == [(Code.MISMATCH, 3)]


def test_the_same_sku_twice_refuses_the_later_row(bench: Bench) -> None:
    reading = bench.read(STOCK, "SKU,Qty\nA,1\nB,2\nA,3\n")
    [problem] = reading.problems
    assert (problem.code, problem.row) == (Code.DUPLICATE_ROW, 4)
    assert "row 2" in problem.message


def test_a_missing_heading_refuses_the_file_and_names_the_nearest(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        bench.read("reads: stock\nfile: {delimiter: comma}\nfields:\n  sku: SKU\n  stock: Quantity\n", "SKU,Quantitty\nA,1\n")
    [problem] = refused.value.problems
    assert problem.code is Code.COLUMN
    assert "'Quantity'" in problem.message
    assert "'Quantitty'" in problem.hint


def test_a_missing_optional_heading_is_no_matter_unless_the_mapping_says_refuse(bench: Bench) -> None:
    mapping = "reads: stock\nfile: {delimiter: comma}\nfields:\n  sku: SKU\n  stock: Qty\n  incoming: Coming\n"
    assert bench.records(mapping, "SKU,Qty\nA,1\n") == [{"sku": "A", "stock": Decimal(1)}]
    with pytest.raises(FileRefused):
        bench.read(mapping + "limits: {missing_columns: refuse}\n", "SKU,Qty\nA,1\n")


def test_a_heading_that_is_used_and_stands_twice_refuses_the_file(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        bench.read(STOCK, "SKU,Qty,Qty\nA,1,2\n")
    [problem] = refused.value.problems
    assert problem.code is Code.COLUMN
    assert "B" in problem.message
    assert "C" in problem.message


def test_unknown_columns_are_let_pass_warned_of_or_refused(bench: Bench) -> None:
    data = "SKU,Qty,Colour\nA,1,red\n"
    assert bench.read(STOCK, data).problems == []
    warned = bench.read(STOCK + "limits: {unknown_columns: warn}\n", data)
    assert [(each.code, each.level) for each in warned.problems] == [(Code.UNKNOWN_COLUMN, Level.WARNING)]
    with pytest.raises(FileRefused):
        bench.read(STOCK + "limits: {unknown_columns: refuse}\n", data)


def test_more_bad_records_than_allowed_refuse_the_file_from_ten_up(bench: Bench) -> None:
    nine = "SKU,Qty\n" + "".join(f"A{n},x\n" for n in range(9))
    assert bench.read(STOCK, nine).refused == 9
    with pytest.raises(FileRefused) as refused:
        bench.read(STOCK, "SKU,Qty\n" + "".join(f"A{n},{'x' if n < 3 else n}\n" for n in range(10)))
    assert [each.code for each in refused.value.problems] == [Code.TOO_MANY, Code.NUMBER, Code.NUMBER, Code.NUMBER]
    assert bench.read(STOCK, "SKU,Qty\n" + "".join(f"A{n},{'x' if n < 2 else n}\n" for n in range(10))).refused == 2


def test_all_or_nothing_refuses_the_file_for_one_bad_record(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        bench.read(STOCK + "limits: {refuse_above: '0'}\n", "SKU,Qty\nA,1\nB,x\n")
    assert refused.value.problems[0].code is Code.TOO_MANY


def test_a_full_file_that_is_too_small_or_empty_is_refused(bench: Bench) -> None:
    full = STOCK + "mode: full\nlimits: {min_records: 3}\n"
    for mapping, data in ((full, "SKU,Qty\nA,1\nB,1\n"), (STOCK + "mode: full\n", "SKU,Qty\n")):
        with pytest.raises(FileRefused) as refused:
            bench.read(mapping, data)
        assert refused.value.problems[0].code is Code.TOO_FEW


def test_checks_of_the_mapping_refuse_warn_or_stop_the_file(bench: Bench) -> None:
    checks = "checks:\n  - {that: stock < 100, say: too much, on: record}\n  - {that: stock != 7, say: odd, level: warning}\n"
    reading = bench.read(STOCK + checks, "SKU,Qty\nA,100\nB,7\nC,1\n")
    assert [(each.message, each.level, each.row) for each in reading.problems] == [
        ("too much", Level.ERROR, 2),
        ("odd", Level.WARNING, 3),
    ]
    whole = "checks:\n  - {that: sum(stock) == 3 and records | length == 2, say: does not add up, on: file}\n"
    assert bench.read(STOCK + whole, "SKU,Qty\nA,1\nB,2\n").problems == []
    with pytest.raises(FileRefused) as refused:
        bench.read(STOCK + whole, "SKU,Qty\nA,1\nB,3\n")
    assert refused.value.problems[0].message == "does not add up"


def test_a_warning_of_a_line_check_stands_at_the_line(bench: Bench) -> None:
    order = _orders(group=True, top="checks:\n  - {that: quantity < 10, say: many, level: warning, on: lines}\n")
    reading = bench.read(order, "N,D,S,Q\n1,2026-01-01,A,2\n1,,B,20\n")
    assert [(each.code, each.row) for each in reading.problems] == [(Code.CHECK, 3)]


def test_the_store_can_ask_where_a_value_stood(bench: Bench) -> None:
    mapping = "reads: products\nfile: {delimiter: comma}\nfields:\n  sku: [Code, Nr]\n  name: {value: Axe}\n"
    batch = bench.read(mapping, "Code,Nr\nA,\n,B\n").batches[0]
    assert batch.locate("sku", 0) == (None, 2, "A2", "Code")
    assert batch.locate("sku", 1) == (None, 3, "B3", "Nr")
    assert batch.locate("name", 1) == (None, 3, None, None)


def test_a_typed_cell_is_not_taken_for_the_same_text_in_the_partners_notation(bench: Bench) -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["SKU", "Qty"], ["A", 1.234], ["B", "1.234"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    mapping = "reads: stock\nfile: {format: excel}\nnotation: {decimal: ',', thousands: '.'}\nfields:\n  sku: SKU\n  stock: Qty\n"
    one, two = bench.records(mapping, out.getvalue())
    assert (one["stock"], two["stock"]) == (Decimal("1.234"), Decimal(1234))


def test_a_file_chooses_the_mapping_that_reads_most_of_it_the_first_of_equals(bench: Bench) -> None:
    bench.put("a", "reads: stock\nfile: {delimiter: comma}\nfields:\n  sku: Koodi\n  stock: Saldo\n")
    bench.put("b", STOCK)
    bench.put("c", STOCK)
    bench.put("d", STOCK + "  incoming: Incoming\n")
    mappings = [bench.library().get(name) for name in "abcd"]

    def chosen(data: bytes) -> str | None:
        best = best_fit(mappings, data, LIMITS)[1]
        return best.name if best is not None else None

    assert chosen(b"SKU,Qty\nA,1\n") == "b"
    assert chosen(b"SKU,Qty,Incoming\nA,1,2\n") == "d"
    assert not best_fit(mappings, b"X,Y\nA,1\n", LIMITS)[0]


def test_dates_follow_the_notation_or_the_field(bench: Bench) -> None:
    head = "reads: stock\nfile: {delimiter: comma}\nnotation: {date: [D.M.YYYY]}\n"
    mapping = head + "fields:\n  sku: S\n  stock: Q\n  available_date: A\n  as_of: {from: T, date: unix}\n"
    [record] = bench.records(mapping, "S,Q,A,T\nX,1,3.12.2026,1795000000\n")
    assert record["available_date"] == date(2026, 12, 3)
    assert record["as_of"] == datetime.fromtimestamp(1795000000, UTC)


def test_a_helper_with_a_formula_lives_where_the_fields_that_it_names_do(bench: Bench) -> None:
    extra = "  _gross: =quantity * price\n  lines.price: P\n  lines.total: =_gross\n"
    [record] = bench.records(_orders(extra, group=True), "N,D,S,Q,P\n1,2026-01-01,A,2,3\n1,,B,1,5\n")
    assert [line["total"] for line in record["lines"]] == [Decimal(6), Decimal(5)]


BYTES = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(["N", "D", "S", "Q", ",", ",", "\n", '"', "1", "2026-01-01", "A", " ", "\x00", "ä", "\r", "-", '"\n'])
    ).map(lambda parts: b"N,D,S,Q\n" + "".join(parts).encode()),
)


@given(BYTES, st.booleans())
@settings(max_examples=150)
def test_any_bytes_give_records_or_problems_and_no_row_disappears(data: bytes, group: bool) -> None:
    template = _TEMPLATES[group]
    reading = _read_or_none(template, data)
    if reading is None:
        return
    assert reading.read == reading.skipped + sum(len(batch) for batch in reading.batches)
    blamed = {about for problem, about in zip(reading.problems, reading.blamed, strict=True) if problem.level is Level.ERROR}
    assert blamed == {(at, record) for at, batch in enumerate(reading.batches) for record in batch.refused}


def _read_or_none(template: Mapping, data: bytes) -> Reading | None:
    try:
        return read_file(template, data, a_context())
    except FileRefused:
        return None


def _template(text: str) -> Mapping:
    loaded, _ = load_text(text.encode(), "m.yaml")
    assert loaded is not None
    template, findings = check(Template, loaded)
    assert template is not None, findings
    return Mapping("m", "0", "m.yaml", template)


_TEMPLATES = {group: _template(_orders(group=group)) for group in (False, True)}
