"""Orders: ten thousand small files, and one file with as many orders; split over three suppliers."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import data
from bench.measure import Cost, median, run
from bench.place import HERE, Place, cached, folder, place
from bench.report import Result, Run, main

FULL = 10_000
SKUS = 30_000
ORDERS = """reads: orders
file: {format: csv, delimiter: comma, group: number}
fields:
  number: number
  date: date
  ship_to.name: name
  ship_to.address1: street
  ship_to.postcode: zip
  ship_to.city: city
  ship_to.country: country
  lines.line_no: line
  lines.sku: sku
  lines.quantity: quantity
  lines.price: price
  lines.supplier: supplier
"""
SHIPMENTS = """writes: shipments
file: {format: csv, delimiter: comma, name: "orders_NAME.csv"}
repeat: {rows: lines}
fields:
  shipment: shipment
  order: number
  name: ship_to.name
  street: ship_to.address1
  zip: ship_to.postcode
  city: ship_to.city
  line: lines.line_no
  sku: lines.sku
  quantity: lines.quantity
"""
STATUSES = """writes: statuses
file: {format: csv, delimiter: comma, name: "statuses_{seq:6}.csv"}
repeat: {rows: lines}
fields: {number: number, status: status, line: lines.line_no, line_status: lines.status, delivered: lines.delivered_quantity}
"""
DELIVERIES = """reads: deliveries
file: {format: csv, delimiter: comma, group: shipment}
fields: {shipment: shipment, status: status, lines.sku: sku, lines.line_no: line, lines.delivered_quantity: quantity}
"""
PRODUCTS = "reads: products\nfile: {format: csv, delimiter: comma}\n" + (
    "fields: {sku: supplier_sku, name: name_fi, price: price, stock: stock}\n"
)
SUPPLIERS = ("s0", "s1", "s2")


def shop(at: Place, *, one_file_per: str) -> Place:
    """A retailer and three suppliers, their products stored; outgoing files are one per `shipment`, or per `seq`."""
    send = "send: [{mapping: statuses, every: 2h}]\nreceive: [{files: 'order*', mapping: orders}]\n"
    at.retailer("shop", ", ".join(SUPPLIERS), send)
    for mapping, text in (("orders", ORDERS), ("statuses", STATUSES), ("products", PRODUCTS), ("deliveries", DELIVERIES)):
        at.write(f"mappings/{mapping}.yaml", text)
    at.write("mappings/shipments.yaml", SHIPMENTS.replace("NAME", f"{{{one_file_per}}}"))
    for number, supplier in enumerate(SUPPLIERS):
        receive = "receive: [{files: 'products*', mapping: products}, {files: 'deliveries*', mapping: deliveries}]\n"
        at.supplier(supplier, receive + "send: [{mapping: shipments, on: change}]\n")
        source = cached(f"small-{number}.csv", lambda path, own=number: data.write_small_products(path, SKUS, own))  # type: ignore[misc]
        at.drop(supplier, source, "products.csv")
    at.once()
    return at


def jobs(run_: Run) -> Iterator[Result]:
    """Many files, then one."""
    count = run_.of(FULL)
    sources = cached(f"orders-{count}", lambda path: data.write_order_files(path, count, SKUS))
    hub, limit = [], []
    for _ in range(run_.times):
        with place() as made, folder() as beside:
            hub.append(_files(shop(made, one_file_per="shipment"), sources, count))
            limit.append(_limit(sources, beside))
    own, least = median(hub), median(limit)
    yield Result("orders.files", own.wall / least.wall, own, least)
    yield Result("orders.files.memory", own.megabytes, own)
    one = cached(f"orders-{count}.csv", lambda path: data.write_orders(path, count, SKUS))
    costs, idle = [], []
    for _ in range(run_.times):
        with place() as made:
            at = shop(made, one_file_per="seq")
            idle.append(at.once())
            at.drop("shop", one, "order.csv")
            costs.append(at.once())
            _require(len(at.collected("s0", "orders_*.csv")) == 1, "one file for each supplier")
            _require(not at.collected("shop", "*.marked.*"), "an order of each group of rows")
    own = median(costs)
    yield Result("orders.one", own.at_full_size(median(idle), run_.share), own)
    yield Result("orders.one.memory", own.megabytes, own)


def _files(at: Place, sources: Path, count: int) -> Cost:
    shutil.copytree(sources, at.home / "inbox" / "shop", dirs_exist_ok=True)
    cost = at.once()
    _require(len(at.collected("shop", "*.answer.json")) == count, "an answer for each file")
    return cost


def _limit(sources: Path, beside: Path) -> Cost:
    inbox = shutil.copytree(sources, beside / "in")
    where = [str(beside / each) for each in ("out", "archive", "limit.db")]
    return run([sys.executable, "-m", "bench.limits.orders", str(inbox), *where], cwd=HERE)


def _require(true: bool, what: str) -> None:
    if not true:
        raise RuntimeError(f"the hub did not make {what}")


if __name__ == "__main__":
    main(jobs)
