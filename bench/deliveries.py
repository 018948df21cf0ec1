"""Deliveries: what suppliers report of a hundred thousand lines, to one status file per retailer."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from bench import data
from bench.measure import median
from bench.orders import FULL, SKUS, SUPPLIERS, shop
from bench.place import Place, cached, place
from bench.report import Result, Run, main


def jobs(run_: Run) -> Iterator[Result]:
    """Orders are stored and sent first; only the deliveries are measured."""
    count = run_.of(FULL)
    source = cached(f"orders-{count}.csv", lambda path: data.write_orders(path, count, SKUS))
    costs, idle = [], []
    for _ in range(run_.times):
        with place() as made:
            at = shop(made, one_file_per="seq")
            at.drop("shop", source, "order.csv")
            at.once("--now")
            idle.append(at.once())
            before = len(at.collected("shop", "statuses_*.csv"))
            for supplier in SUPPLIERS:
                _report(at, supplier)
            costs.append(at.once("--now"))
            if len(at.collected("shop", "statuses_*.csv")) != before + 1:
                raise RuntimeError("the hub did not send one status file")
    own = median(costs)
    yield Result("deliveries", own.at_full_size(median(idle), run_.share), own)


def _report(at: Place, supplier: str) -> None:
    """A supplier reports everything that he was sent as delivered."""
    target: Path = at.home / "inbox" / supplier / "deliveries.csv"
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["shipment", "status", "sku", "line", "quantity"])
        for path in at.collected(supplier, "orders_*.csv"):
            with path.open(encoding="utf-8", newline="") as sent:
                writer.writerows(
                    [row["shipment"], "Delivered", row["sku"], row["line"], row["quantity"]] for row in csv.DictReader(sent)
                )


if __name__ == "__main__":
    main(jobs)
