"""Data to measure with, the same on every machine: products, stock, orders, deliveries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SEED = 7
PRODUCT_HEADINGS = (
    "supplier_sku ean name_fi name_en price vat currency stock weight length width height category brand description".split()
)
_FINNISH = "teräs pöytä lamppu åhström työkalu sähkö kaapeli musta valkoinen puu keittiö retki säiliö hylly metalli muovi".split()
_ENGLISH = "steel table lamp chair tool electric cable black white wood kitchen camping tank shelf metal plastic".split()
CATEGORIES = [f"{room} > {word}" for room in ("Home > Kitchen", "Tools") for word in _ENGLISH]
_BRANDS = [f"Brand{number:02}" for number in range(60)]

Cells = list[str]


def products(count: int, *, changed: bool = False) -> Iterator[Cells]:
    """Rows of a product list, keys ascending; `changed` gives one in a hundred another price."""
    numbers = np.random.default_rng(SEED)
    words = numbers.integers(0, len(_FINNISH), (count, 6))
    prices, stocks = numbers.integers(100, 99_999, count), numbers.integers(0, 500, count)
    weights, sizes = numbers.integers(10, 30_000, count), numbers.integers(1, 200, (count, 3))
    categories, brands = numbers.integers(0, len(CATEGORIES), count), numbers.integers(0, len(_BRANDS), count)
    codes = gtins(count)
    for at in range(count):
        one, two, three, four, five, six = words[at]
        text = f"{_FINNISH[three]} {_FINNISH[four]} {_ENGLISH[five]} {_FINNISH[six]} kotiin ja mökille, kestävä malli {at % 977}"
        price = 99_999 if changed and at % 100 == 7 else prices[at]
        yield [
            f"SKU-{at:07}",
            codes[at],
            f"{_FINNISH[one]} {_FINNISH[two]} {at % 5000}",
            f"{_ENGLISH[one]} {_ENGLISH[two]} {at % 5000}",
            f"{price // 100}.{price % 100:02}",
            "25.5",
            "EUR",
            str(stocks[at]),
            f"{weights[at] // 1000}.{weights[at] % 1000:03}",
            *map(str, sizes[at]),
            CATEGORIES[categories[at]],
            _BRANDS[brands[at]],
            text + (' 5" koko' if at % 20 == 0 else ""),
        ]


def gtins(count: int) -> list[str]:
    """GTINs of 13 digits, ascending, with their check digits."""
    body = np.arange(count) + 640_000_000_000
    digits = np.stack([(body // 10 ** (11 - place)) % 10 for place in range(12)])
    check = (-(digits * np.array([1, 3] * 6)[:, None]).sum(0)) % 10
    return [str(each) for each in body * 10 + check]


def write_products(path: Path, count: int, *, changed: bool = False, shuffled: bool = False) -> None:
    """A product list as CSV: UTF-8, commas, texts in quotes."""
    rows: Iterator[Cells] | list[Cells] = products(count, changed=changed)
    if shuffled:
        rows = list(rows)
        random.Random(SEED).shuffle(rows)
    _write(path, (",".join([*cells[:-1], _quoted(cells[-1])]) for cells in rows), ",".join(PRODUCT_HEADINGS), "utf-8")


def write_foreign(path: Path, count: int) -> None:
    """The same products in Latin-1, with semicolons and decimal commas."""
    numbers = [PRODUCT_HEADINGS.index(each) for each in ("price", "vat", "weight")]

    def lines() -> Iterator[str]:
        for cells in products(count):
            for at in numbers:
                cells[at] = cells[at].replace(".", ",")
            cells[-1] = _quoted(cells[-1]) if '"' in cells[-1] else cells[-1]
            yield ";".join(cells)

    _write(path, lines(), ";".join(PRODUCT_HEADINGS), "latin-1")


def write_stock(path: Path, count: int) -> None:
    """A full stock list of the same products, every figure another one."""
    figures = np.random.default_rng(SEED + 1).integers(0, 500, count)
    _write(path, (f"SKU-{at:07},{figures[at]}" for at in range(count)), "supplier_sku,stock", "utf-8")


def write_workbook(path: Path, count: int) -> None:
    """A product list as a workbook, numbers as numbers."""
    import xlsxwriter

    typed = {PRODUCT_HEADINGS.index(each) for each in "price vat stock weight length width height".split()}
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Products")
        sheet.write_row(0, 0, PRODUCT_HEADINGS)
        for row, cells in enumerate(products(count), start=1):
            for at, cell in enumerate(cells):
                if at in typed:
                    sheet.write_number(row, at, float(cell))
                else:
                    sheet.write_string(row, at, cell)


ORDER_HEADINGS = "number,date,name,street,zip,city,country,line,sku,quantity,price,supplier"


def order_lines(number: int, count: int, skus: int, chance: random.Random) -> Iterator[str]:
    """The rows of one order, each of another product; products belong to the suppliers s0, s1, s2 by their number."""
    for line, product in enumerate(chance.sample(range(skus), count), start=1):
        yield (
            f"PO{number:07},2026-11-22,Matti Meikäläinen,Mannerheimintie {number % 200},00100,Helsinki,FI,{line},"
            f"SKU-{product:07},{chance.randrange(1, 5)},{chance.randrange(100, 9999) / 100:.2f},s{product % 3}"
        )


def write_order_files(folder: Path, count: int, skus: int) -> None:
    """So many order files of five lines."""
    chance = random.Random(SEED)
    folder.mkdir(parents=True)
    for number in range(count):
        _write(folder / f"order_{number:07}.csv", order_lines(number, 5, skus, chance), ORDER_HEADINGS, "utf-8")


def write_orders(path: Path, count: int, skus: int) -> None:
    """One file of so many orders with ten lines each."""
    chance = random.Random(SEED)
    rows = (line for number in range(count) for line in order_lines(number, 10, skus, chance))
    _write(path, rows, ORDER_HEADINGS, "utf-8")


def write_small_products(path: Path, skus: int, supplier: int) -> None:
    """The products of one of three suppliers, with plenty in stock."""
    rows = (f"SKU-{at:07},Product {at},9.90,1000000" for at in range(supplier, skus, 3))
    _write(path, rows, "supplier_sku,name_fi,price,stock", "utf-8")


def _write(path: Path, lines: Iterator[str], headings: str, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as out:
        out.write(headings + "\r\n")
        out.writelines(f"{line}\r\n" for line in lines)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
