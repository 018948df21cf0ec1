"""Everything wrong with a mapping is told at once, with its line and a cure."""

from __future__ import annotations

import pytest

from tests.mapping.conftest import Bench

STOCK = "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n"


def _one(findings: list[str], *parts: str) -> None:
    assert any(all(part in each for part in parts) for each in findings), findings


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (STOCK + "  incomming: P\n", (":5:", "'incomming'", "did you mean incoming")),
        (STOCK + "  lines.status: S\n", (":5:", "written by the hub")),
        (STOCK + "  incoming: {from: Q, do: uper}\n", (":5:", "uper", "upper")),
        (STOCK + "  incoming: {from: Q, do: {find: '('}}\n", (":5:", "pattern")),
        (STOCK + "  incoming: {from: Q, unit: kg}\n", (":5:", "kg")),
        (STOCK + "  incoming: {from: Q, unti: kg}\n", (":5:", "unti", "unit")),
        (STOCK + "  incoming: {from: Q, map: unitz}\nmaps: {units: {a: b}}\n", (":5:", "'unitz'", "units")),
        (STOCK + "  incoming: {from: Q, decimal: ';'}\n", (":5:", "decimal")),
        (STOCK + "  incoming: {from: Q, places: 2}\n", (":5:", "places")),
        (STOCK + "  incoming: {from: Q, default: many}\n", (":5:", "many")),
        (STOCK + "  incoming: {from: Q, value: '1'}\n", (":5:", "from and value")),
        (STOCK + "  incoming: {from: Q, else: keep}\n", (":5:", "else")),
        (STOCK + "  available_date: {from: D, date: DD-QQ}\n", (":5:", "DD-QQ")),
        (STOCK + "  available_date: {from: D, date: MM/YY}\n", (":5:", "day")),
        (STOCK + "  incoming: =stock +\n", (":5:", "formula")),
        (STOCK + "  incoming: =stok + 1\n", (":5:", "stok", "stock")),
        (STOCK + "  incoming: =stock ** 2\n", (":5:", "power")),
        (STOCK + "  incoming: {from: Q, when: sku.upper()}\n", (":5:",)),
        (STOCK + "  incoming: $sheat\n", (":5:", "$sheat")),
        (STOCK + "  incoming: =wholesale_price\n  wholesale_price: =incoming\n", ("circle",)),
        (STOCK + "  incoming: =incoming + 1\n", (":5:", "its own result")),
        (STOCK + "  x.b: B\n  _h: x.b\nfile: {group: [_h]}\n", (":6:", "_h chooses rows")),
        (STOCK + "checks:\n  - {that: stok > 1, say: x}\n", ("stok",)),
        (STOCK + "file: {skip: {_gone: x}}\n", (":5:", "_gone")),
        (STOCK + "file: {delimiter: |\n", ("YAML",)),
        (STOCK + "file:\n  delimiter: |\n", (":6:", "pipe")),
        (STOCK + "file:\n  format: x12\n", (":6:", "x12", "not available")),
        (STOCK + "file: {types: {H: {columns: [a]}}}\n", (":3:", "no column 'SKU'")),
        (STOCK + "file: {delimter: tab}\n", (":5:", "delimter", "delimiter")),
        (STOCK + "repeat: {Items: lines}\n", (":5:", "{lines: rows}")),
        (STOCK + "notation: {decimal: ';'}\n", (":5:", "notation")),
        (STOCK + "limits: {refuse_above: many}\n", (":5:", "refuse_above")),
        (STOCK.replace("  stock: Qty\n", "  incoming: Qty\n"), ("stock is mandatory",)),
        (STOCK.replace("  sku: SKU\n", ""), ("sku or ean",)),
        (STOCK + "  incoming: Order #\n", (":5:", '"Order #"')),
        (STOCK + "file:\n  group: Order #\n", (":6:", '"Order #"')),
        ("writes: stock\nfile: {name: 'a.csv'}\nfields:\n  A: sku\n", (":1:", "read, not written")),
        (STOCK + "  incoming: [Coming, Order #2]\n", ("not closed",)),
        (STOCK + "  incoming:\n    - Order #2\n", (":6:", "Order #2")),
        (STOCK + "  incoming: [GTIN, UPC, EAN, or ISBN]\n", (":5:", "quotes")),
        (STOCK + "  incoming: [Weight (kg, net), W]\n", (":5:", "quotes")),
        (STOCK + "  incoming: {join: [A, B], with: }\n", ("with", "no right side")),
        (STOCK + "  sku: Other\n", (":5:", "stands twice")),
        (STOCK + "  incoming:\n", (":5:", "incoming")),
        ("reads: orders\nmode: full\nfields:\n  number: N\n", (":2:", "mode")),
        ("reads: statuses\nfields:\n  number: N\n", ("writes: statuses",)),
        ("fields:\n  number: N\n", ("reads",)),
        ("reads: stock\nwrites: catalog\nfields:\n  sku: N\n", ("either reads or writes",)),
        ("reads: stok\nfields:\n  sku: N\n", (":1:", "stok", "stock")),
        ("writes: statuses\nfields:\n  A: numbr\n", ("has no name",)),
        ("writes: statuses\nfile: {name: 'a_{seq}.csv'}\nfields:\n  A: numbr\n", (":4:", "numbr", "number")),
        (
            "writes: statuses\nfile: {name: 'a_{seq}.csv'}\nfields:\n  A: _a\n  _a: =_b ~ 'x'\n  _b: _a\n",
            ("_a needs _b needs _a",),
        ),
        ("writes: statuses\nfile: {name: 'a_{seq}.csv'}\nfields:\n  A: {from: lines.sku, unit: g}\n", (":4:", "measure")),
        (
            "writes: statuses\nfile: {name: 'a_{seq}.csv'}\nfields:\n  A: {from: _a, unit: stone}\n  _a: total\n",
            (":4:", "no unit"),
        ),
        ("writes: statuses\nfile: {name: 'a_{seq}.csv'}\nfields:\n  A: EUR\n", (":4:", "{value: EUR}")),
        ("writes: statuses\nfile: {name: 'a_{sek}.csv'}\nfields:\n  A: number\n", (":2:", "{sek}")),
        ("writes: statuses\nfile: {name: 'a.csv'}\nfields:\n  $top.A1: number\n", (":4:", "Excel only")),
        ("writes: statuses\nfile: {format: excel, name: a.xlsx}\nfields:\n  $top.A5: number\n", (":4:", "header: 6")),
        ("writes: statuses\nfile: {format: excel, name: a.xlsx}\nfields:\n  $top.Nr: number\n", (":4:", "no cell")),
        ("writes: statuses\nfile: {name: 'a.csv', columns: [B]}\nfields:\n  A: number\n", (":4:", "'A'")),
        (
            "writes: statuses\nfile: {name: 'a.csv'}\nfields:\n  A: {value: x, when: stats == 'Delivered'}\n",
            (":4:", "stats", "status"),
        ),
        ("writes: statuses\nfile: {name: 'a.csv'}\nrepeat: {rows: pallets}\nfields:\n  A: number\n", (":3:", "rows")),
        ("writes: answers\nfile: {name: 'a.csv', only: {anser: '200'}}\nfields:\n  A: file\n", (":2:", "anser", "answer")),
        ("writes: answers\nfile: {name: 'a.csv', group: file}\nfields:\n  A: file\n", (":2:", "means nothing")),
    ],
)
def test_a_mistake_is_told_with_its_line_and_cure(bench: Bench, text: str, parts: tuple[str, ...]) -> None:
    _one(bench.told(text), *parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("reads: products\nfields:\n  sku: SKU\n  currency: EUR\n", (":4:", "{value: EUR}")),
        ("reads: products\nfields:\n  sku: SKU\n  active: yes\n", (":4:", "{value: yes}")),
        ("reads: stock\nfields:\n  sku: N\n  stock: Q\n  x.pallet: P\n", (":5:", "not kept")),
        ("reads: deliveries\nfields:\n  number: N\n  status: Delivered\n", (":4:", "{value: Delivered}")),
        ("reads: deliveries\nfields:\n  number: N\n  lines.sku: S\n", ("group",)),
        ("reads: products\nfields:\n  sku: Order # the shop's\n", (":3:", "comment")),
        ("reads: products\nfile: {columns: [a, b]}\nfields: {sku: a}\n", (":2:", "header: none")),
        ("reads: stock\nfile: {name: 's_{day}.csv'}\nfields: {sku: S, stock: Q, as_of: $file.date}\n", (":3:", "no part 'date'")),
        ("reads: stock\nfields: {sku: S, stock: Q, catalog: $file.shop}\n", (":2:", "file.name")),
    ],
)
def test_what_is_only_doubtful_is_asked(bench: Bench, text: str, parts: tuple[str, ...]) -> None:
    findings = bench.told(text)
    _one(findings, *parts)
    bench.library().get("m")


@pytest.mark.parametrize(("heading", "doubtful"), [("country", False), ("Country", False), ("Suomi", True), ("FI", True)])
def test_a_heading_that_is_a_country_is_asked_about_but_not_the_word_for_one(bench: Bench, heading: str, doubtful: bool) -> None:
    findings = bench.told(f"reads: orders\nfields:\n  number: N\n  ship_to.country: {heading}\n")
    assert any(f"{{value: {heading}}}" in each for each in findings) is doubtful


def test_all_findings_come_at_once(bench: Bench) -> None:
    head = "reads: stock\nfile: {delimter: tab}\nfields:\n  sku: {from: SKU, do: uper}\n"
    findings = bench.told(head + "  stock: {from: Q, unti: kg}\n  incoming: =stok\n")
    for parts in (("delimter",), ("uper",), ("unti",), ("stok",)):
        _one(findings, *parts)
    assert not any("mandatory" in each for each in findings)


def test_a_sound_mapping_has_nothing_against_it(bench: Bench) -> None:
    assert bench.told(STOCK + "  incoming: Coming        # on its way\n") == []
