"""From a file that nobody has described to a mapping that is sound and reads it."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from hub.config.yaml import load_text
from hub.domain.kinds import Kind
from hub.domain.problems import FileRefused, HubError, Misconfigured
from hub.mapping.corrections import learn, read_corrections
from hub.mapping.read import read_file
from hub.mapping.suggest import Setting, suggest
from tests.mapping.conftest import LIMITS, Bench, a_context

LETTERHEAD = """Nordshop Oy;;;;;;;;;
Tilausraportti 23.11.2026;;;;;;;;;

Tilausnro;Pvm;Vastaanottaja;Katuosoite;Postinumero;Paikkakunta;Tuotekoodi;Määrä;A-hinta;Etutaso
1001;22.11.2026;Maija Meikäläinen;Testikatu 1;00100;Helsinki;A-1;2;1 012,50;x
1001;22.11.2026;Maija Meikäläinen;Testikatu 1;00100;Helsinki;A-2;1;9,90;x
1002;23.11.2026;Ahti Oy;Rantatie 2;20100;Turku;A-1;1;9,90;
Yhteensä;;;;;;;4;;
"""


def drafted(kind: Kind, data: str | bytes, **known: Any) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return suggest(kind, raw, Setting("file.csv", LIMITS, **known))


def fields(text: str) -> dict[str, Any]:
    loaded, findings = load_text(text.encode(), "draft")
    assert loaded is not None
    assert isinstance(loaded.data, dict)
    assert not findings, findings
    found = loaded.data["fields"]
    assert isinstance(found, dict)
    return found


def test_a_draft_is_sound_and_reads_its_file(bench: Bench) -> None:
    text = drafted(Kind.ORDERS, LETTERHEAD)
    assert bench.told(text) == []
    reading = read_file(bench.library().get("m"), LETTERHEAD.encode(), a_context())
    assert not reading.problems, reading.problems
    records = [record for batch in reading.batches for record in batch.records()]
    assert [len(record["lines"]) for record in records] == [2, 1]
    assert records[0]["lines"][0]["price"] == Decimal("1012.5")
    assert reading.skipped == 1


def test_every_field_is_written_in_full_with_how_sure_it_is() -> None:
    text = drafted(Kind.ORDERS, LETTERHEAD)
    assert all(isinstance(each, dict) for each in fields(text).values())
    rows = text[text.index("fields:") :].split("\n\n")[0].splitlines()[1:]
    assert all(row.rsplit("#", 1)[1].strip().startswith(tuple("0123456789")) or "no heading" in row for row in rows)
    assert "x.etutaso" in text.rsplit("not mapped", 1)[1]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "name"), [("utf-8", ";", "semicolon"), ("cp1252", "\t", "tab"), ("utf-16", "|", "pipe")]
)
def test_encoding_and_delimiter_are_found(bench: Bench, encoding: str, delimiter: str, name: str) -> None:
    data = f"Tuotekoodi{delimiter}Nimi{delimiter}Määrä\nA1{delimiter}Kärry{delimiter}3\n".encode(encoding)
    text = drafted(Kind.PRODUCTS, data)
    assert f"delimiter: {name}" in text
    assert f"encoding: {encoding}" in text
    assert bench.records(text, data)[0]["name"] == "Kärry"


def test_headings_alone_will_do(bench: Bench) -> None:
    text = drafted(Kind.STOCK, "Artikelnummer;Lagerbestand;Verfügbar ab\n")
    assert {name: form["from"] for name, form in fields(text).items()} == {
        "sku": "Artikelnummer",
        "stock": "Lagerbestand",
        "available_date": "Verfügbar ab",
    }
    assert bench.told(text) == []


def test_a_workbook_is_read_from_the_sheet_that_looks_right(bench: Bench) -> None:
    workbook = Workbook()
    cover = workbook.active
    assert cover is not None
    cover.append(["Hinnasto 2026"])
    sheet = workbook.create_sheet("Tuotteet")
    for row in (["Ahti Oy"], [], ["Tuotekoodi", "Tuotenimi", "Hinta sis. alv", "Paino (g)"], ["A1", "Soutuvene", 12.5, 900]):
        sheet.append(row)
    raw = io.BytesIO()
    workbook.save(raw)
    text = drafted(Kind.PRODUCTS, raw.getvalue())
    record = bench.records(text, raw.getvalue())[0]
    assert (record["name"], record["price"], record["weight"]) == ("Soutuvene", Decimal("12.5"), Decimal("0.9"))


def test_names_and_streets_in_two_columns_are_joined(bench: Bench) -> None:
    data = "Order ID,Order Date,Last Name,First Name,Street,House Number,ZIP,City,Country,SKU,Qty\n"
    data += "1,2026-11-22,Doe,Jo,Elm St,5,00100,X,FI,A,1\n"
    text = drafted(Kind.ORDERS, data)
    record = bench.records(text, data)[0]
    assert (record["ship_to.name"], record["ship_to.address1"]) == ("Jo Doe", "Elm St 5")


def test_values_warn_and_never_override_a_clear_heading() -> None:
    text = drafted(Kind.PRODUCTS, "SKU,EAN,Name,Price\n6417555000012,A-1,x,12\n6417555000029,A-2,y,cheap\n")
    assert fields(text)["sku"]["from"] == "SKU"
    assert fields(text)["ean"]["from"] == "EAN"
    assert "check digit" in next(row for row in text.splitlines() if row.startswith("  ean:"))
    assert "do not look like numbers" in next(row for row in text.splitlines() if row.startswith("  price:"))


def test_values_break_a_tie_between_two_headings() -> None:
    data = "SKU,Name,Barcode,EAN Barcode\nA,x,none,6417555000012\nB,y,,6417555000029\n"
    assert fields(drafted(Kind.PRODUCTS, data))["ean"]["from"] == "EAN Barcode"


def test_yes_and_no_dates_and_blank_words_are_learnt(bench: Bench) -> None:
    data = "Tuotekoodi;Nimi;Aktiivinen;Hinta\nA;x;kyllä;1,5\nB;y;ei;-\n"
    text = drafted(Kind.PRODUCTS, data)
    records = bench.records(text, data)
    assert [each["active"] for each in records] == [True, False]
    doubtful = drafted(Kind.STOCK, "SKU,Stock,Stock date\nA,1,03/04/2026\n")
    assert "other way round" in doubtful
    assert "M/D/YYYY" in drafted(Kind.STOCK, "SKU,Stock,Stock date\nA,1,03/24/2026\n")


def test_what_a_supplier_calls_a_status_is_drafted() -> None:
    data = "Ordernr;Status;Artikelnr;Levererat\n1;Levererad;A;1\n2;Annullerad;A;0\n3;Plock;A;0\n"
    status = fields(drafted(Kind.DELIVERIES, data))["status"]
    assert status["map"] == {"Levererad": "Delivered", "Annullerad": "Cancelled"}


def test_the_base_mapping_that_fits_is_named(bench: Bench) -> None:
    bench.put("base/shop", "reads: stock\nfields:\n  sku: SKU\n  stock: Qty on hand\n")
    bench.put("base/other", "reads: stock\nfields:\n  sku: SKU\n  stock: Saldo\n")
    text = drafted(Kind.STOCK, "SKU,Qty on hand\nA,1\n", bases=bench.library().candidates())
    assert "base/shop" in text
    assert "base/other" not in text


def test_an_admins_words_come_first(bench: Bench) -> None:
    bench.put("words/own.csv", "heading,kind,field\nEtutaso,orders,note\nPaikkakunta,,\n")
    text = drafted(Kind.ORDERS, LETTERHEAD, corrections=read_corrections(bench.home))
    assert fields(text)["note"]["from"] == "Etutaso"
    assert "ship_to.city" not in fields(text)


def test_a_name_among_the_headings_of_a_line_is_the_products_and_nobodys() -> None:
    among = fields(drafted(Kind.ORDERS, "order_no,customer,ship_name,ship_city,line_no,sku,name,qty\n"))
    assert (among["lines.name"]["from"], among["buyer.name"]["from"]) == ("name", "customer")
    beside = fields(drafted(Kind.ORDERS, "order_no,name,email,ship_name,ship_city,sku,qty\n"))
    assert beside["buyer.name"]["from"] == "name"


def test_a_finished_mapping_teaches_its_headings(bench: Bench) -> None:
    bench.put("shop", "reads: stock\nfields:\n  sku: [Zorp, SKU]\n  stock: {from: Blib}\n")
    mapping = bench.library().get("shop")
    assert learn(bench.home, mapping) == [("Zorp", "sku"), ("SKU", "sku"), ("Blib", "stock")]
    assert learn(bench.home, mapping) == []
    found = fields(drafted(Kind.STOCK, "zorp,BLIB\nA,1\n", corrections=read_corrections(bench.home)))
    assert {name: form["from"] for name, form in found.items()} == {"sku": "zorp", "stock": "BLIB"}


@pytest.mark.parametrize("text", ["a,b\n", "heading,kind,field\nX,order,number\n", "heading,kind,field\nX,orders,numbr\n"])
def test_a_wrong_word_list_is_refused_with_its_line(bench: Bench, text: str) -> None:
    bench.put("words/own.csv", text)
    with pytest.raises(Misconfigured, match=r"mappings/words/own\.csv:"):
        read_corrections(bench.home)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"[1, 2]", b"<a/>", b"<html><p>", b"UNA:+.? '", b"PK\x03\x04broken", b"%PDF-1.7", b"\xff\xfe"]
)
def test_what_holds_no_records_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FileRefused):
        drafted(Kind.ORDERS, data)


def test_a_kind_that_is_only_written_is_refused() -> None:
    with pytest.raises(HubError, match="written, not read"):
        drafted(Kind.STATUSES, "a,b\n")


def test_headings_that_yaml_would_swallow_are_quoted(bench: Bench) -> None:
    data = 'SKU #,"Stock: pcs, now","Name ""x""\nsecond [line]"\nA,1,x\n'
    text = drafted(Kind.STOCK, data)
    assert bench.told(text) == []
    assert fields(text)["sku"]["from"] == "SKU #"
