"""A supplier's catalogue of a million products: first load, the same again, changed, shuffled, foreign; and its stock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench import data
from bench.measure import Cost, median, run
from bench.place import HERE, Place, cached, folder, place
from bench.report import Result, Run, main

FULL = 1_000_000
_CATEGORIES = "\n".join(f'    "{word}": "{word.rpartition(" > ")[2]}"' for word in data.CATEGORIES)
MAPPING = f"""reads: products
file: {{format: {{format}}}}
notation: {{notation}}
fields:
  sku: supplier_sku
  ean: ean
  name: name_fi
  name.en: name_en
  price: price
  vat_rate: vat
  currency: currency
  stock: stock
  weight: weight
  length: {{from: length, unit: cm}}
  width: {{from: width, unit: cm}}
  height: {{from: height, unit: cm}}
  category: {{from: category, map: rooms}}
  brand: brand
  description: description
maps:
  rooms:
{_CATEGORIES}
"""
STOCK = "reads: stock\nmode: full\nfile: {format: csv, delimiter: comma}\nfields: {sku: supplier_sku, stock: stock}\n"
PLAIN = ("csv, delimiter: comma", "{}")
FOREIGN = ("csv, delimiter: semicolon, encoding: iso-8859-1", '{decimal: ","}')


def mapping(form: str, notation: str) -> str:
    """The mapping of the product list in one of its layouts."""
    return MAPPING.replace("{format}", form).replace("{notation}", notation)


def shop(at: Place) -> Place:
    """A supplier who sends product lists and stock, and a retailer who sells them."""
    at.retailer("shop", "maker")
    receive = "receive:\n" + "".join(
        f'  - {{files: "{files}", mapping: {name}}}\n'
        for files, name in (("plain*", "plain"), ("foreign*", "foreign"), ("stock*", "stock"), ("book*", "book"))
    )
    at.supplier("maker", receive)
    at.write("mappings/plain.yaml", mapping(*PLAIN))
    at.write("mappings/foreign.yaml", mapping(*FOREIGN))
    at.write("mappings/book.yaml", mapping("excel", "{}"))
    at.write("mappings/stock.yaml", STOCK)
    return at


def load(at: Place, source: Path, name: str) -> Cost:
    """What it costs to take a file, store it and answer it. Raises RuntimeError unless all of it was taken."""
    at.drop("maker", source, name)
    cost = at.once()
    answers = at.collected("maker", "*.answer.json")
    if not answers or '"answer": 200' not in answers[-1].read_text(encoding="utf-8"):
        raise RuntimeError(f"{name} was not taken: {answers[-1].read_text(encoding='utf-8')[:600] if answers else 'no answer'}")
    for answer in answers:
        answer.unlink()
    return cost


def jobs(run_: Run) -> Iterator[Result]:
    """Every figure of the catalogue, hub and limit in turn."""
    count = run_.of(FULL)
    plain = cached(f"products-{count}.csv", lambda path: data.write_products(path, count))
    changed = cached(f"changed-{count}.csv", lambda path: data.write_products(path, count, changed=True))
    shuffled = cached(f"shuffled-{count}.csv", lambda path: data.write_products(path, count, shuffled=True))
    foreign = cached(f"foreign-{count}.csv", lambda path: data.write_foreign(path, count))
    stock = cached(f"stock-{count}.csv", lambda path: data.write_stock(path, count))
    hub: dict[str, list[Cost]] = {}
    limit: dict[str, list[Cost]] = {}
    for _ in range(run_.times):
        with place() as made, folder() as beside:
            at, store = shop(made), str(beside / "limit.db")
            hub.setdefault("first", []).append(load(at, plain, "plain1.csv"))
            limit.setdefault("first", []).append(_limit(plain, store))
            hub.setdefault("again", []).append(load(at, plain, "plain2.csv"))
            limit.setdefault("again", []).append(_limit(plain, store))
            hub.setdefault("changed", []).append(load(at, changed, "plain3.csv"))
            limit.setdefault("changed", []).append(_limit(plain, store, "100"))
            hub.setdefault("stock", []).append(load(at, stock, "stock1.csv"))
        for name, source in (("shuffled", shuffled), ("foreign", foreign)):
            with place() as made:
                hub.setdefault(name, []).append(load(shop(made), source, f"{'plain' if name == 'shuffled' else name}1.csv"))
    costs, least = ({name: median(some) for name, some in side.items()} for side in (hub, limit))
    for name in ("first", "again", "changed"):
        yield Result(f"catalogue.{name}", costs[name].cpu / least[name].cpu, costs[name], least[name])
        if name == "first":
            yield Result("catalogue.memory", max(each.megabytes for each in costs.values()), costs["first"])
    for key, name in (("catalogue.shuffled", "shuffled"), ("catalogue.foreign", "foreign"), ("stock.full", "stock")):
        yield Result(key, costs[name].cpu / costs["first"].cpu, costs[name])


def _limit(source: Path, store: str, *more: str) -> Cost:
    return run([sys.executable, "-m", "bench.limits.catalogue", str(source), store, *more], cwd=HERE)


if __name__ == "__main__":
    main(jobs)
