"""A product list as a workbook, against calamine's bare `to_python` of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench import data
from bench.catalogue import load, shop
from bench.measure import median, run
from bench.place import HERE, cached, place
from bench.report import Result, Run, main

FULL = 100_000


def jobs(run_: Run) -> Iterator[Result]:
    """Hub and limit in turn."""
    count = run_.of(FULL)
    source = cached(f"products-{count}.xlsx", lambda path: data.write_workbook(path, count))
    hub, limit = [], []
    for _ in range(run_.times):
        with place() as made:
            hub.append(load(shop(made), source, "book1.xlsx"))
        limit.append(run([sys.executable, "-m", "bench.limits.workbook", str(source)], cwd=HERE))
    own, least = median(hub), median(limit)
    yield Result("excel.products", own.cpu / least.cpu, own, least)


if __name__ == "__main__":
    main(jobs)
