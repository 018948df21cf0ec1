"""Every file gets one answer: what was wrong, where, and how to mend it (contract §6)."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
import xlsxwriter

from tests.ends.conftest import ORDER_HEADINGS, PRODUCT_HEADINGS, Market
from tests.ends.place import table

PRODUCTS_XLSX = """
reads: products
file: {format: excel, header: [Koodi, Hinta], skip: {Koodi: "Yhteensä*"}}
fields: {sku: Koodi, ean: EAN, name: Nimi, price: Hinta, stock: Saldo}
"""


def workbook(rows: list[list[object]]) -> bytes:
    """A supplier's own workbook: a letterhead above the table, a total row below."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Hinnasto")
        sheet.write_row(0, 0, ["Ahti Oy", "Hinnasto 2026"])
        table_rows: list[list[object]] = [["Koodi", "EAN", "Nimi", "Hinta", "Saldo"], *rows, ["Yhteensä", None, None, 1000, 50]]
        for at, row in enumerate(table_rows, start=2):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(at, column, value)
    return out.getvalue()


@pytest.fixture
def excel(market: Market) -> Market:
    market.mapping("products-excel", PRODUCTS_XLSX)
    market.supplier("ahti", "receive: [{files: '*.xlsx', mapping: products-excel}]\nsend: [{mapping: shipments}]\n")
    return market


def test_three_bad_rows_of_a_hundred_cost_three_rows_and_come_back_marked(excel: Market) -> None:
    rows: list[list[object]] = [[f"E{n:03d}", None, f"Tuote {n}", 10.5, n] for n in range(100)]
    rows[7][3] = "12,50 tai sopimus"
    rows[40][1] = "6416453061904"
    rows[77][4] = -3
    excel.drop("ahti", "hinnasto.xlsx", workbook(rows))
    excel.once()
    answer = excel.answer("ahti", "hinnasto.xlsx")
    assert answer["answer"] == 207
    assert answer["counts"] == {"read": 101, "accepted": 97, "unchanged": 0, "refused": 3, "skipped": 1}
    assert [(each["code"], each["cell"], each["column"]) for each in answer["problems"]] == [
        ("400.number", "D11", "Hinta"),
        ("400.ean", "B44", "EAN"),
        ("400.range", "E81", "Saldo"),
    ]
    assert all(each["hint"] for each in answer["problems"])

    book = openpyxl.load_workbook(excel.home / "outbox/ahti/hinnasto.marked.xlsx")
    assert book.sheetnames[0] != "Hinnasto"
    assert "Hinnasto" in book.sheetnames
    sheet = book["Hinnasto"]
    plain = sheet["D12"].fill.fgColor.rgb
    for cell in ("D11", "B44", "E81"):
        assert sheet[cell].comment is not None
        assert "400." in sheet[cell].comment.text
        assert sheet[cell].fill.fgColor.rgb != plain
    assert sheet["D12"].comment is None

    refused = openpyxl.load_workbook(excel.home / "outbox/ahti/hinnasto.refused.xlsx")
    sheet = refused["Hinnasto"]
    assert [sheet.cell(row, 1).value for row in range(4, 7)] == ["E007", "E040", "E077"]
    assert sheet["A1"].value == "Ahti Oy"
    sheet["D4"], sheet["B5"], sheet["E6"] = 12.5, "6416453061903", 3
    out = io.BytesIO()
    refused.save(out)
    excel.drop("ahti", "hinnasto.refused.xlsx", out.getvalue())
    excel.once()
    assert excel.answer("ahti", "hinnasto.refused.xlsx")["counts"]["accepted"] == 3
    assert sum(row["sku"].startswith("E") for row in excel.export("products")) == 100


def test_a_csv_comes_back_with_what_was_wrong_beside_each_row(market: Market) -> None:
    text = table(
        PRODUCT_HEADINGS, [["C1", "", "Hyvä", "1,00", "3", "", "", ""], ["C2", "", "Väärä", "1.2.3", "4", "", "", ""]], ";"
    )
    market.drop("ahti", "products.csv", text.encode("cp1252"))
    market.once()
    marked = (market.home / "outbox/ahti/products.2.marked.csv").read_bytes().decode("cp1252")
    rows = list(csv.DictReader(io.StringIO(marked, newline=""), delimiter=";"))
    assert [row["hub_answer"] for row in rows] == ["200", "400"]
    assert rows[1]["hub_problem"].startswith("400.number [Hinta]")
    assert rows[0]["hub_problem"] == ""
    refused = (market.home / "outbox/ahti/products.2.refused.csv").read_bytes().decode("cp1252")
    assert refused.splitlines() == [text.splitlines()[0], text.splitlines()[2]]
    market.drop("ahti", "products.refused.csv", refused.replace("1.2.3", "1,23").encode("cp1252"))
    market.once()
    assert market.answer("ahti", "products.refused.csv")["answer"] == 200
    assert {row["sku"] for row in market.export("products") if row["supplier"] == "ahti"} == {"A1", "A2", "C1", "C2"}


def test_the_answer_has_exactly_the_keys_of_the_contract(market: Market) -> None:
    answer = market.answer("ahti", "products.csv")
    assert list(answer) == [
        "file", "sha256", "partner", "mapping", "mapping_version", "received_at", "answered_at", "answer",
        "counts", "problem_counts", "made", "problems",
    ]  # fmt: skip
    assert list(answer["counts"]) == ["read", "accepted", "unchanged", "refused", "skipped"]
    assert not market.outbox("ahti", "*.marked.*")
    assert not market.outbox("ahti", "*.refused.*")


def test_the_second_arrival_of_a_name_is_answered_under_its_own(market: Market) -> None:
    first = (market.home / "outbox/ahti/products.csv.answer.json").read_bytes()
    for _ in range(2):
        market.products("ahti", ("A1", "9"))
        market.once()
    assert (market.home / "outbox/ahti/products.csv.answer.json").read_bytes() == first
    assert {path.name for path in market.outbox("ahti", "*.json")} == {
        f"products.csv{nth}.answer.json" for nth in ("", ".2", ".3")
    }


def test_a_partner_gets_the_answers_he_wants(market: Market) -> None:
    market.settings(ahti="answers: [refused]\n")
    market.products("ahti", ("A 1", "x"), name="products2.csv")
    market.once()
    assert {path.name for path in market.outbox("ahti", "products2*")} == {"products2.refused.csv"}


HEADER = ",".join(ORDER_HEADINGS)
GOOD = "1,2026-11-20,,,Maija Esimerkki,Testikatu 1,00100,Helsinki,FI,1,A1,,2,10.50,,"

MOSTLY_UTF8 = f"{HEADER}\n{GOOD}\n".replace("Maija", "Päivi Äänekäs-Öhman").encode().replace(b"Testikatu", b"Testi\xffkatu")

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "400.empty"),
    "only blank lines": (b"\n\n  \n", "400.empty"),
    "headings and no rows": (f"{HEADER}\n".encode(), "400.empty"),
    "a workbook that is none": (b"PK\x03\x04 broken", "400.unreadable"),
    "wrong encoding": (MOSTLY_UTF8, "400.encoding"),
    "missing heading": (f"{HEADER}\n{GOOD}\n".replace(",sku,ean,qty", ",sku,ean,amount").encode(), "400.column"),
    "duplicate heading": (f"{HEADER}\n{GOOD}\n".replace(",price,supplier", ",qty,supplier").encode(), "400.column"),
    "a quote that never closes": (f'{HEADER}\n{GOOD.replace("Maija", chr(34) + "Maija")}\n{GOOD}\n'.encode(), "400.unreadable"),
    "a number in another notation": (f"{HEADER}\n{GOOD.replace('10.50', '1.050;20')}\n".encode(), "400.number"),
    "an EAN that Excel rounded": (f"{HEADER}\n{GOOD.replace(',A1,,', ',,6.41E+12,')}\n".encode(), "400.ean"),
    "a short row": (f"{HEADER}\n{GOOD}\n2,2026-11-20\n".encode(), "400.short-row"),
    "a long row": (f"{HEADER}\n{GOOD}\n{GOOD.replace('1,2026', '2,2026')},x,y\n".encode(), "400.long-row"),
    "an impossible date": (f"{HEADER}\n{GOOD.replace('2026-11-20', '2026-02-30')}\n".encode(), "400.date"),
    "no quantity": (f"{HEADER}\n{GOOD.replace(',A1,,2,', ',A1,,,')}\n".encode(), "400.missing"),
    "quantity nought": (f"{HEADER}\n{GOOD.replace(',A1,,2,', ',A1,,0,')}\n".encode(), "400.range"),
    "no country": (f"{HEADER}\n{GOOD.replace(',FI,', ',Atlantis,')}\n".encode(), "400.country"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_its_code_and_a_cure_and_costs_only_itself(market: Market, what: str) -> None:
    data, code = BAD[what]
    name = "orders.xlsx" if "workbook" in what else "orders.csv"
    if "workbook" in what:
        market.mapping(
            "orders",
            market.home.joinpath("mappings/orders.yaml").read_text().replace("format: csv, delimiter: comma", "format: excel"),
        )
    market.drop("nord", name, data)
    market.drop("sud", "orders.csv", table(ORDER_HEADINGS, [GOOD.split(",")]) if "workbook" not in what else b"")
    market.once()
    answer = market.answer("nord", name)
    assert code in answer["problem_counts"], answer["problems"]
    problem = next(each for each in answer["problems"] if each["code"] == code)
    assert problem["message"]
    assert problem["hint"]
    if "workbook" not in what:
        assert market.answer("sud", "orders.csv")["answer"] == 200
    assert answer["answer"] in (207, 400)


def test_the_rounded_ean_has_the_very_hint(market: Market) -> None:
    market.drop("nord", "orders.csv", BAD["an EAN that Excel rounded"][0])
    market.once()
    problem = market.answer("nord", "orders.csv")["problems"][0]
    assert "Excel" in problem["message"] + problem["hint"]
    assert problem["value"] == "6.41E+12"


def test_no_matching_mapping_is_404_with_a_hint(market: Market) -> None:
    market.drop("nord", "letter.txt", "Dear hub,\nplease send two of those.\n")
    market.once()
    answer = market.answer("nord", "letter.txt")
    assert (answer["answer"], list(answer["problem_counts"])) == (404, ["404.mapping"])
    assert answer["problems"][0]["hint"]


def test_files_of_no_partner_stay_where_they_are(market: Market) -> None:
    market.drop("stranger", "orders.csv", f"{HEADER}\n{GOOD}\n")
    market.once()
    assert (market.home / "inbox/stranger/orders.csv").exists()
    assert market.export("orders") == []


def test_files_still_being_written_are_passed_over(market: Market) -> None:
    for name in (".orders.csv", "~$orders.csv", "orders.csv.part", "orders.filepart", "orders.tmp", "orders.crdownload"):
        market.drop("nord", name, f"{HEADER}\n{GOOD}\n")
    market.once()
    assert len(list((market.home / "inbox/nord").iterdir())) == 6
    assert market.export("orders") == []


def test_a_large_file_goes_through_the_archive_folder(market: Market) -> None:
    rows = [(f"B{n:05d}", "1") for n in range(3000)]
    market.products("ahti", *rows, name="products2.csv")
    market.once()
    assert market.answer("ahti", "products2.csv")["counts"]["accepted"] == 3000
    archived = [path for path in (market.home / "var/archive").rglob("*") if path.is_file()]
    assert len(archived) == 1
    assert archived[0].stat().st_mode & 0o077 == 0


def test_problems_are_listed_up_to_a_thousand_and_counted_beyond(market: Market) -> None:
    market.products(
        "ahti", *[(f"B{n:05d}", "many") for n in range(1200)], *[(f"G{n:05d}", "1") for n in range(6000)], name="products2.csv"
    )
    market.once()
    answer = market.answer("ahti", "products2.csv")
    assert (len(answer["problems"]), answer["problem_counts"]) == (1000, {"400.number": 1200})


def test_above_the_share_of_bad_records_the_whole_file_is_refused(market: Market) -> None:
    market.products("ahti", *[(f"B{n}", "many") for n in range(4)], *[(f"G{n}", "1") for n in range(12)], name="products2.csv")
    market.once()
    answer = market.answer("ahti", "products2.csv")
    assert (answer["answer"], answer["problem_counts"]["400.too-many"]) == (400, 1)
    assert answer["counts"]["accepted"] == 0
    assert len(market.export("products")) == 3


def test_a_refused_file_is_received_as_the_file_it_was_made_of(market: Market) -> None:
    market.supplier("ahti", "receive:\n  - {files: 'stock_????.csv', mapping: stock}\n")
    market.drop("ahti", "stock_0001.csv", "sku,ean,catalog,stock,as_of,published\nA1,,,1,,\nA2,,,x,,\n")
    market.once()
    [refused] = market.outbox("ahti", "*.refused.csv")
    market.drop("ahti", refused.name, refused.read_text().replace("x", "7"))
    market.once()
    answer = market.answer("ahti", refused.name)
    assert (answer["answer"], answer["mapping"], answer["counts"]["accepted"]) == (200, "stock", 1)


@pytest.mark.parametrize(
    ("layout", "name", "data", "bad", "good"),
    [
        (
            "{format: xml, record: /rows/row}",
            "stock.xml",
            "<rows>\n<row sku='A1' q='1'/>\n<row sku='A2' q='x'/>\n</rows>",
            "'x'",
            "'7'",
        ),
        ("{format: json, record: /rows}", "stock.json", '{"rows": [{"sku": "A1", "q": 1}, {"sku": "A2", "q": "x"}]}', '"x"', "7"),
    ],
)
def test_the_refused_part_of_a_document_is_mended_and_dropped_back(
    market: Market, layout: str, name: str, data: str, bad: str, good: str
) -> None:
    market.mapping("stock", f"reads: stock\nfile: {layout}\nfields: {{sku: sku, stock: q}}\n")
    market.drop("ahti", name, data)
    market.once()
    [refused] = market.outbox("ahti", "stock.refused.*")
    text = refused.read_text("utf-8").replace('"x"/>', "'x'/>")
    assert "A2" in text
    assert "A1" not in text
    market.drop("ahti", refused.name, text.replace(bad, good))
    market.once()
    answer = market.answer("ahti", refused.name)
    assert (answer["answer"], answer["counts"]["read"], answer["counts"]["accepted"]) == (200, 1, 1)
