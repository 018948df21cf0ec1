"""The commands that draft, teach, show, turn and compare mappings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.config.yaml import load_text
from hub.flow.parser import InProcess
from hub.mapping.library import Library
from hub.service.once import once
from hub.service.wiring import open_hub
from tests.cli.conftest import Run, write

PRODUCTS = "supplier-products"
ORDERS = "webshop-orders"


def test_suggest_prints_a_draft_that_checks_and_tries(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Order;Date;Name;Street;Zip;City;SKU;Qty\n1;2026-11-22;Jo;Elm 1;00100;X;A-1;2\n", encoding="utf-8")
    told = run("mapping", "suggest", file, "--kind", "orders", "--partner", "webshop", "--home", home)
    assert told.exit_code == 0
    assert "config/partners/webshop.yaml" in told.stdout
    write(home, "mappings/new.yaml", told.stdout)
    assert run("mapping", "check", "new", "--home", home).exit_code == 0
    assert json.loads(run("mapping", "try", "new", file, "--json", "--home", home).stdout)[0]["value"] == "1"


def test_suggest_works_without_a_workspace_and_says_what_is_wrong(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("SKU,Qty on hand\n", encoding="utf-8")
    assert "stock: {from:" in run("mapping", "suggest", file, "--kind", "stock", "--home", tmp_path).stdout
    wrong = run("mapping", "suggest", file, "--kind", "stocks", "--home", tmp_path)
    assert (wrong.exit_code, "Did you mean stock?" in wrong.stderr) == (2, True)
    file.write_bytes(b"%PDF-1.7")
    assert run("mapping", "suggest", file, "--kind", "stock", "--home", tmp_path).exit_code == 1


def test_an_unknown_partner_is_told_apart(run: Run, home: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "SKU,Qty\n")
    told = run("mapping", "suggest", file, "--kind", "stock", "--partner", "webshp", "--home", home)
    assert (told.exit_code, "webshop" in told.stderr) == (1, True)


def test_learn_writes_what_suggest_reads(run: Run, home: Path, tmp_path: Path) -> None:
    write(home, "mappings/odd.yaml", "reads: stock\nfields:\n  sku: Zorp\n  stock: Blib\n")
    assert "Zorp = sku" in run("mapping", "learn", "odd", "--home", home).stdout
    told = run("mapping", "suggest", write(tmp_path, "a.csv", "ZORP,Blib\n"), "--kind", "stock", "--home", home)
    assert "sku: {from: ZORP}" in told.stdout
    assert run("mapping", "learn", "webshop-statuses", "--home", home).exit_code == 1


@pytest.mark.parametrize("name", [PRODUCTS, ORDERS, "supplier-shipments", "webshop-statuses", "base/dropstream-orders"])
def test_a_workbook_says_the_same_as_its_mapping(run: Run, home: Path, tmp_path: Path, name: str) -> None:
    book = tmp_path / "m.xlsx"
    assert run("mapping", "export", name, book, "--home", home).exit_code == 0
    text = run("mapping", "import", book).stdout
    before = Library(home).get(name).version
    write(home, f"mappings/{name}.yaml", text)
    assert Library(home).get(name).version == before


def test_a_workbook_that_is_none_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    told = run("mapping", "import", write(tmp_path, "m.xlsx", "no workbook"))
    assert (told.exit_code, "m.xlsx" in told.stderr) == (1, True)


@pytest.mark.parametrize("name", [PRODUCTS, ORDERS, "supplier-shipments", "webshop-statuses"])
def test_show_flat_is_a_mapping_of_the_same_meaning(run: Run, home: Path, name: str) -> None:
    text = run("mapping", "show", name, "--flat", "--home", home).stdout
    assert "#" not in text
    write(home, "mappings/flat.yaml", text)
    assert Library(home).get("flat").template.fields == Library(home).get(name).template.fields
    assert run("mapping", "show", name, "--home", home).stdout == (home / f"mappings/{name}.yaml").read_text(encoding="utf-8")


def test_show_flat_puts_base_and_word_lists_in(run: Run, home: Path) -> None:
    write(home, "mappings/base/b.yaml", "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n  catalog: {from: C, map: shops}\n")
    write(home, "mappings/maps/shops.csv", "theirs,ours\nA,main\n")
    write(home, "mappings/own.yaml", "extends: base/b\nfields: {stock: Amount}\n")
    text = run("mapping", "show", "own", "--flat", "--home", home).stdout
    loaded, _ = load_text(text.encode(), "x")
    assert loaded is not None
    assert loaded.data == {
        "reads": "stock",
        "fields": {"sku": "SKU", "stock": "Amount", "catalog": {"from": "C", "map": "shops"}},
        "maps": {"shops": {"A": "main"}},
    }


@pytest.mark.parametrize("name", [PRODUCTS, ORDERS, "supplier-shipments", "webshop-statuses"])
def test_the_other_direction_of_a_mapping_is_drafted(run: Run, home: Path, name: str) -> None:
    text = run("mapping", "invert", name, "--home", home).stdout
    write(home, "mappings/turned.yaml", text)
    findings = [each for each in Library(home).findings("turned") if "mandatory" not in each.what and "examples" not in each.what]
    assert findings == []
    assert Library(home).get(name).reading is ("writes:" in text)


def test_the_schema_knows_every_key_and_the_fields_of_each_kind(run: Run) -> None:
    schema = json.loads(run("mapping", "schema").stdout)
    assert set(schema["properties"]) >= {"reads", "writes", "file", "notation", "fields", "checks", "limits", "extends"}
    orders = next(each for each in schema["allOf"] if each["if"]["properties"] == {"reads": {"const": "orders"}})
    assert "ship_to.city" in orders["then"]["properties"]["fields"]["propertyNames"]["anyOf"][0]["enum"]
    assert {"semicolon", "tab"} <= set(schema["$defs"]["Delimiter"]["enum"])


def test_diff_shows_text_and_what_becomes_of_the_last_real_files(run: Run, worked: Path) -> None:
    text = (worked / f"mappings/{PRODUCTS}.yaml").read_text(encoding="utf-8")
    write(worked, "mappings/new.yaml", text.replace("  name: Name", "  name: SKU"))
    assert "name: SKU" in (worked / "mappings/new.yaml").read_text(encoding="utf-8")
    told = json.loads(run("mapping", "diff", PRODUCTS, "new", "--json", "--home", worked).stdout)
    assert any(line.startswith("+") and "SKU" in line for line in told["text"])
    [file] = told["files"]
    assert file["changed"] == file["before"] == file["after"]
    assert list(file["fields"]) == ["name"]
    same = run("mapping", "diff", PRODUCTS, "--home", worked)
    assert "the mappings say the same" in same.stderr
    shown = run("mapping", "diff", PRODUCTS, "new", "--home", worked)
    assert "1 would differ" in shown.stderr
    write(worked, "mappings/new.yaml", text.replace("  name: Name", "  name: Nmae"))
    gone = run("mapping", "diff", PRODUCTS, "new", "--home", worked).stdout
    assert "→ nothing" in gone
    assert "None" not in gone


def test_status_says_which_changed_mapping_is_not_taken_up_and_why(run: Run, worked: Path) -> None:
    path = worked / f"mappings/{PRODUCTS}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("fields:", "fields:\n  prise: P"), encoding="utf-8")
    told = json.loads(run("status", "--json", "--home", worked).stdout)
    [held] = told["held"]
    assert held["mapping"] == PRODUCTS
    assert "prise" in held["reasons"][0]
    assert "not taken up" in run("status", "--home", worked).stdout
    hub = open_hub(worked, parser=InProcess())
    write(worked, "inbox/supplier/products.csv", next((worked / f"mappings/{PRODUCTS}.examples").glob("*.csv")).read_text())
    assert once(hub).taken == 1, "the last good version is in force"
    hub.close()
