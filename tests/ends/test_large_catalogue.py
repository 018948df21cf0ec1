"""A large catalogue goes another way through the hub than a small one, and ends as the same products and balances."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.formats import csv_wide
from hub.mapping import read
from hub.store import bulk, shelves
from hub.store.schema import balances
from tests.ends.place import Place, fixed_clock, table

PRODUCTS = """
reads: products
file: {format: csv, delimiter: comma}
notation: {clear: ["NULL"]}
fields:
  sku: sku
  ean: ean
  name: name
  name.sv: name_sv
  price: price
  weight: {from: weight, unit: g}
  fragile: fragile
  images: {from: images, do: {split: "|"}}
  stock: stock
  incoming: incoming
  catalog: catalog
limits: {refuse_above: 100%}
"""
FULL = PRODUCTS.replace("reads: products", "reads: products\nmode: full")
STOCK = """
reads: stock
file: {format: csv, delimiter: comma}
fields: {sku: sku, ean: ean, stock: stock, incoming: incoming, catalog: catalog, as_of: as_of}
limits: {refuse_above: 100%}
"""
FULL_STOCK = STOCK.replace("reads: stock", "reads: stock\nmode: full")
HEADINGS = "sku ean name name_sv price weight fragile images stock incoming catalog".split()  # noqa: SIM905 - a list of words
FIGURES = "sku ean stock incoming catalog as_of".split()  # noqa: SIM905

Row = dict[str, str]


def goods(count: int, **more: str) -> list[Row]:
    """Products with everything filled in."""
    full = {"name": 'Kuppi "iso"', "name_sv": "Kopp\\stor", "price": "12.50", "weight": "250", "fragile": "yes", "stock": "5"}
    pictures = {"images": "http://a.fi/1|http://a.fi/2"}
    return [dict.fromkeys(HEADINGS, "") | full | pictures | {"sku": f"A{at:03}"} | more for at in range(count)]


def changed(rows: list[Row], at: dict[int, Row]) -> list[Row]:
    """The same rows with other cells in some."""
    return [row | at.get(number, {}) for number, row in enumerate(rows)]


def figures(count: int, **more: str) -> list[Row]:
    return [dict.fromkeys(FIGURES, "") | {"sku": f"A{at:03}", "stock": str(at)} | more for at in range(count)]


ODD = changed(
    goods(40, price="13.5"),
    {
        1: {"sku": "A000"},  # twice
        2: {"price": "NULL"},
        3: {"price": "dear"},
        4: {"catalog": "south"},
        5: {"catalog": "nobody's"},
        6: {"stock": ""},
        7: {"stock": "", "incoming": "8"},
        8: {"name": "", "name_sv": ""},
        9: {"images": "NULL"},
        10: {"sku": ""},
        11: {"fragile": "no", "ean": "4006381333931"},
        12: {"stock": "-"},
    },
)
STORY: list[tuple[str, str, list[Row]]] = [
    ("2026-11-22T10:00+00:00", "products", goods(30)),
    ("2026-11-22T10:10+00:00", "products", goods(30)),
    ("2026-11-22T10:20+00:00", "products", changed(goods(30), {3: {"price": "14"}, 9: {"stock": "6"}})),
    ("2026-11-22T10:30+00:00", "products", ODD),
    ("2026-11-22T10:35+00:00", "products", [*goods(30, catalog="main"), *goods(30, catalog="south", stock="2")]),
    ("2026-11-22T10:40+00:00", "stock", figures(35)),
    ("2026-11-22T10:50+00:00", "stock", figures(20, catalog="main")),
    ("2026-11-22T11:00+00:00", "stock", changed(figures(8), {1: {"as_of": "2026-11-22"}, 2: {"sku": "Z9"}, 3: {"stock": "x"}})),
    ("2026-11-22T10:45+00:00", "stock", figures(12)),  # older than what is known
    (
        "2026-11-22T11:10+00:00",
        "fullstock",
        changed(figures(33), {5: {"sku": "A004"}, 6: {"stock": "?"}, 7: {"catalog": "south"}}),
    ),
    ("2026-11-22T11:20+00:00", "fullstock", figures(33)),
    ("2026-11-22T10:15+00:00", "products", goods(30, stock="99")),  # its figures are older
    ("2026-11-22T11:30+00:00", "full", list(reversed(goods(36)))),
    ("2026-11-22T11:40+00:00", "full", changed(goods(30), {4: {"name": ""}, 5: {"price": "?"}, 6: {"sku": "B1"}})),
]


def held(place: Place) -> list[tuple[Any, ...]]:
    """The balances with what no export shows: how old each is, and by which file."""
    hub = place.open()
    try:
        with hub.store.look() as db:
            return [tuple(row) for row in db.execute(select(balances).order_by(balances.c.sku, balances.c.catalog))]
    finally:
        hub.close()


def told(place: Place) -> list[Any]:
    """What stands in the workspace, but for what names the run."""
    answers = [place.answer("ahti", path.name.removesuffix(".answer.json")) for path in place.outbox("ahti", "*.answer.json")]
    passing = ("received_at", "answered_at")
    return [
        place.export("products"),
        place.export("balances"),
        held(place),
        sorted(
            ({key: value for key, value in each.items() if key not in passing} for each in answers), key=lambda each: each["file"]
        ),
    ]


def run(home: Path) -> list[list[Any]]:
    """The whole story, and what was to be seen after each file."""
    place = Place(home)
    for name, text in (("products", PRODUCTS), ("full", FULL), ("stock", STOCK), ("fullstock", FULL_STOCK)):
        place.mapping(name, text)
    receive = "".join(f"  - {{files: '{name}_*', mapping: {name}}}\n" for name in ("products", "full", "stock", "fullstock"))
    place.supplier("ahti", f"receive:\n{receive}")
    place.retailer("nord", "catalogs: [{id: main, suppliers: [ahti]}]\n")
    place.retailer("sud", "catalogs: [{id: south, suppliers: [ahti]}]\n")
    seen = []
    for number, (at, kind, rows) in enumerate(STORY):
        place.clock = fixed_clock(at)
        headings = HEADINGS if kind in ("products", "full") else FIGURES
        place.drop("ahti", f"{kind}_{number:02}.csv", table(headings, rows))
        place.once()
        seen.append(told(place))
    return seen


@pytest.fixture
def columns_used(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[bool]]:
    """Lets every file go the way of the large ones; tells for each whether it was kept in columns."""
    from hub.flow import wide_columns

    used: list[bool] = []
    own = wide_columns.columns_of

    def seen(reading: Any) -> Any:
        found = own(reading)
        used.append(found is not None)
        return found

    monkeypatch.setattr(wide_columns, "columns_of", seen)
    monkeypatch.setattr(read, "WIDE_FROM", 0)
    monkeypatch.setattr(csv_wide, "FIRST", 300)
    monkeypatch.setattr(csv_wide, "SIZE", 700)
    monkeypatch.setattr(shelves, "RENEWED", 7)
    monkeypatch.setattr(bulk, "PAGE", 8)
    return lambda: used


def test_a_large_catalogue_ends_as_a_small_one(tmp_path: Path, columns_used: Callable[[], list[bool]]) -> None:
    large = run(tmp_path / "large")
    assert columns_used().count(True) >= len(STORY) - 3, "most of these files stay columns all the way"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "WIDE_FROM", 1 << 40)
        small = run(tmp_path / "small")
    for number, (one, other) in enumerate(zip(large, small, strict=True)):
        assert one == other, f"after file {number}: {STORY[number][:2]}"


def test_a_file_read_twice_in_different_sizes_changes_nothing(tmp_path: Path, columns_used: Callable[[], list[bool]]) -> None:
    place = Place(tmp_path)
    place.mapping("products", PRODUCTS)
    place.supplier("ahti", "receive: [{files: '*.csv', mapping: products}]\n")
    place.retailer("nord", "catalogs: [{id: main, suppliers: [ahti]}]\n")
    place.drop("ahti", "large.csv", table(HEADINGS, goods(20)))
    place.once()
    assert columns_used() == [True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "WIDE_FROM", 1 << 40)
        place.drop("ahti", "small.csv", table(HEADINGS, goods(20)))
        place.once()
    assert place.answer("ahti", "small.csv")["counts"]["unchanged"] == 20
