"""Writing records into a partner's own form."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.mapping.read import read_file
from hub.mapping.write import write_file
from tests.mapping.conftest import Bench, a_context, a_write_context

ORDER: dict[str, Any] = {
    "shipment": "S00000001",
    "number": "1001",
    "date": datetime(2026, 11, 22, 22, 30, tzinfo=UTC),
    "status": "Delivered",
    "submit": True,
    "x.channel": "web",
    "ship_to.name": "Aino Ääri",
    "ship_to.city": "Turku",
    "additional_services": ["3101", "3376"],
    "lines": [
        {
            "sku": "A1",
            "quantity": Decimal(2),
            "price": Decimal("12.5"),
            "unit": "PCE",
            "x.item": "7",
            "delivered_quantity": Decimal(2),
        },
        {"sku": "B2", "quantity": Decimal(1), "unit": "M", "delivered_quantity": Decimal(1)},
    ],
    "parcels": [
        {
            "parcel": "1",
            "tracking_number": "JJFI1",
            "weight": Decimal("1.5"),
            "lines": [{"sku": "A1", "delivered_quantity": Decimal(2)}],
        },
        {"parcel": "2", "tracking_number": "JJFI2", "lines": [{"sku": "B2", "delivered_quantity": Decimal(1)}]},
    ],
}
HEAD = 'writes: despatches\nfile: {name: "x_{seq}.csv", delimiter: semicolon, line_end: lf}\n'


def _rows(bench: Bench, fields: str, *records: dict[str, Any], head: str = HEAD) -> list[str]:
    return bench.write(head + "fields:\n" + fields, *(records or (ORDER,))).data.decode().splitlines()


def test_a_row_is_written_for_each_line_when_lines_are_named(bench: Bench) -> None:
    assert _rows(bench, "  Order: number\n  Code: lines.sku\n  Qty: lines.quantity\n") == [
        "Order;Code;Qty",
        "1001;A1;2",
        "1001;B2;1",
    ]


def test_a_record_has_one_row_when_no_line_is_named_and_several_values_are_joined(bench: Bench) -> None:
    fields = "  Order: number\n  Services: additional_services\n  Codes: {from: lines.sku, with: ' + '}\n"
    head = HEAD + "repeat: {rows: parcels}\n"
    assert _rows(bench, fields + "  T: parcels.tracking_number\n", head=head) == [
        "Order;Services;Codes;T",
        "1001;3101,3376;A1 + B2;JJFI1",
        "1001;3101,3376;A1 + B2;JJFI2",
    ]


def test_a_row_is_written_for_each_line_in_each_parcel(bench: Bench) -> None:
    fields = "  Order: number\n  T: parcels.tracking_number\n  Code: parcels.lines.sku\n  Qty: parcels.lines.delivered_quantity\n"
    unknown = ORDER | {"number": "1002", "parcels": [{"parcel": "1", "tracking_number": "JJFI9", "lines": []}]}
    assert _rows(bench, fields, ORDER, unknown, head=HEAD + "repeat: {rows: parcels.lines}\n") == [
        "Order;T;Code;Qty",
        "1001;JJFI1;A1;2",
        "1001;JJFI2;B2;1",
        "1002;JJFI9;;",
    ]


@pytest.mark.parametrize(
    ("right", "text"),
    [
        ("ship_to.city", "Turku"),
        ("x.channel", "web"),
        ("{value: EUR}", "EUR"),
        ("[ship_to.region, ship_to.city]", "Turku"),
        ("{join: [ship_to.name, ship_to.region, ship_to.city], with: ', '}", "Aino Ääri, Turku"),
        ("{from: status, map: {Delivered: D}, else: O}", "D"),
        ("{from: status, map: {Cancelled: C}, else: keep}", "Delivered"),
        ("{from: status, map: {Delivered: ''}, else: keep}", ""),
        ("{from: ship_to.region, default: none}", "none"),
        ("{from: ship_to.region, default: none, do: upper}", "NONE"),
        ("{from: total, default: '0', places: 2, decimal: ','}", "0,00"),
        ("{from: ship_to.region, map: {A: B}}", ""),
        ("{from: date, date: YYYYMMDD}", "20261123"),
        ("date", "2026-11-23T00:30:00+02:00"),
        ("{from: lines.quantity, take: sum}", "3"),
        ("{from: lines.price, take: max, decimal: ',', places: 2}", "12,50"),
        ("{from: lines.sku, take: count, do: {pad: [4, '0']}}", "0002"),
        ("{from: lines.price, unit: cent, take: first}", "1250"),
        ("{from: parcels.weight, unit: g}", "1500"),
        ("{from: ship_to.name, do: upper}", "AINO ÄÄRI"),
        ("{from: $now, date: 'YYYY-MM-DD HH:mm'}", "2026-11-23 10:30"),
        ("{from: $seq, do: {pad: [6, '0']}}", "000007"),
        ("{from: $file.name, do: {before: .csv}}", "x_7"),
        ("$partner.name", "Ahti Oy"),
        ("submit", "yes"),
        ("{from: submit, map: {yes: J, no: N}}", "J"),
        ("=lines | length", "2"),
        ("{value: late, when: status == 'Delivered'}", "late"),
        ("[{value: a, when: status == 'X'}, {value: b, when: additional_services}]", "b"),
        ("{from: _city, do: lower}", "turku"),
    ],
)
def test_a_place_is_written_from_left_to_right(bench: Bench, right: str, text: str) -> None:
    rows = _rows(bench, f"  _city: ship_to.city\n  F: {right}\n  G: number\n")
    assert rows == ["F;G", f"{text};1001"]


def test_formulas_see_the_line_by_short_names(bench: Bench) -> None:
    fields = "  C: lines.sku\n  Sum: =quantity * price\n  To: =record.ship_to.city\n  Big: {value: x, when: quantity > 1}\n"
    assert _rows(bench, fields) == ["C;Sum;To;Big", "A1;25;Turku;x", "B2;;Turku;"]


def test_a_shared_word_list_is_used_backwards_and_the_first_word_counts(bench: Bench) -> None:
    bench.put("maps/units.csv", "theirs,ours\nkpl,PCE\nst,PCE\nm,M\n")
    assert _rows(bench, "  U: {from: lines.unit, map: units}\n") == ["U", "kpl", "m"]


def test_a_word_that_the_list_lacks_stops_the_file_with_row_and_column(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        _rows(bench, "  U: {from: lines.unit, map: {PCE: kpl}}\n")
    [problem] = refused.value.problems
    assert (problem.code, problem.row, problem.column, problem.value, problem.record) == (Code.LIST, 3, "U", "M", "S00000001")


def test_a_required_value_that_is_missing_stops_the_file(bench: Bench) -> None:
    with pytest.raises(FileRefused) as refused:
        _rows(bench, "  R: {from: ship_to.region, required: yes}\n")
    assert refused.value.problems[0].code is Code.MISSING


def test_the_name_is_filled_and_says_how_many_records_a_file_takes(bench: Bench) -> None:
    template = HEAD.replace("x_{seq}", "o_{shipment}_{now:YYYYMMDD}") + "fields:\n  A: number\n"
    assert bench.write(template, ORDER).name == "o_S00000001_20261123.csv"
    assert bench.library().get("m").one_file_per == "shipment"


def test_columns_without_a_field_stay_empty_and_keep_their_place(bench: Bench) -> None:
    head = HEAD.replace("delimiter:", "header: none, columns: [a, b, c], delimiter:")
    assert _rows(bench, "  c: number\n  a: ship_to.city\n", head=head) == ["Turku;;1001"]


def test_notation_writes_its_first_words(bench: Bench) -> None:
    head = HEAD + "notation: {decimal: ',', yes: [kyllä, x], empty: ['-'], date: [D.M.YYYY]}\n"
    assert (
        _rows(bench, "  P: {from: lines.price, take: first}\n  S: submit\n  R: ship_to.region\n  D: date\n", head=head)[1]
        == "12,5;kyllä;-;23.11.2026"
    )


def test_excel_takes_typed_values_and_cells_above_the_header(bench: Bench) -> None:
    mapping = """writes: shipments
file: {format: excel, name: "t_{shipment}.xlsx", sheet: Tilaus, header: 5}
fields:
  $top.A1: {value: TILAUS}
  $top.B2: shipment
  $top.B3: date
  $top.B4: {from: lines.quantity, take: sum}
  Koodi: lines.sku
  Määrä: lines.quantity
  Hinta: {from: lines.price, places: 2}
  Yks: {from: lines.unit, map: {PCE: kpl}, else: keep}
"""
    written = bench.write(mapping, ORDER)
    sheet = openpyxl.load_workbook(io.BytesIO(written.data))["Tilaus"]
    assert (sheet["A1"].value, sheet["B2"].value, sheet["B4"].value) == ("TILAUS", "S00000001", 3)
    assert sheet["B3"].value == datetime.fromisoformat("2026-11-23T00:30:00")
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)] == [
        ["Koodi", "Määrä", "Hinta", "Yks"],
        ["A1", 2, 12.5, "kpl"],
        ["B2", 1, None, "M"],
    ]


def test_the_same_input_gives_the_same_bytes(bench: Bench) -> None:
    mapping = 'writes: shipments\nfile: {format: excel, name: "a.xlsx"}\nfields:\n  A: number\n  D: $now\n'
    assert bench.write(mapping, ORDER) == bench.write(mapping, ORDER)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


@given(
    st.lists(
        st.tuples(TEXTS.filter(bool), st.decimals(0, 999999, places=3)), min_size=1, max_size=5, unique_by=lambda pair: pair[0]
    )
)
@settings(max_examples=25)
def test_what_is_written_by_a_mapping_is_read_back_by_its_twin(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, Decimal]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("twins"))
    file = 'file: {name: "c.csv", delimiter: semicolon}\nnotation: {decimal: ","}\n'
    bench.put("out", f"writes: catalog\n{file}fields:\n  Nimi: name\n  Hinta: price\n  Koodi: sku\n")
    bench.put("in", f"reads: products\n{file}fields:\n  name: Nimi\n  price: Hinta\n  sku: Koodi\n")
    library = bench.library()
    records = [{"name": name, "price": price, "sku": f"A{at}"} for at, (name, price) in enumerate(pairs)]
    written = write_file(library.get("out"), records, a_write_context())
    reading = read_file(library.get("in"), written.data, a_context())
    wanted = [record | {"name": unicodedata.normalize("NFC", str(record["name"]))} for record in records]
    found = list(reading.batches[0].records())
    assert [each.get("price") for each in found] == [each["price"] for each in wanted]
    assert [str(each.get("name", "")).strip() for each in found] == [
        str(each["name"]).strip("\ufeff\u200b\u200e\u200f ").strip() for each in wanted
    ]


def test_what_a_formula_gives_has_six_decimals_at_most(bench: Bench) -> None:
    assert _rows(bench, "  Third: =quantity / 3\n  Code: lines.sku\n") == ["Third;Code", "0.666667;A1", "0.333333;B2"]


def test_a_helper_is_still_a_number_in_a_formula_and_written_in_the_partners_notation(bench: Bench) -> None:
    head = HEAD + 'notation: {decimal: ","}\n'
    fields = "  _half: =quantity / 4\n  Half: _half\n  More: =_half + 1\n  Code: lines.sku\n"
    assert _rows(bench, fields, head=head) == ["Half;More;Code", "0,5;1,5;A1", "0,25;1,25;B2"]


def test_a_helper_of_a_time_stays_the_same_moment(bench: Bench) -> None:
    assert _rows(bench, '  _when: date\n  Date: {from: _when, date: "D.M.YYYY HH:mm"}\n') == ["Date", "23.11.2026 00:30"]


def test_a_formula_in_a_row_knows_all_lines_of_its_record(bench: Bench) -> None:
    assert _rows(bench, "  Lines: =lines | length\n  Code: lines.sku\n") == ["Lines;Code", "2;A1", "2;B2"]
