"""Labels: merged, one by one, and as ZPL."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.measure import Cost, median, run
from bench.place import HERE
from bench.report import Result, Run, main

FULL = {"merged": 10_000, "single": 1_000, "zpl": 10_000}


def jobs(run_: Run) -> Iterator[Result]:
    """CPU milliseconds of each label, start-up taken off."""
    for how, full in FULL.items():
        many = run_.of(full)
        idle = median(_print(how, 1) for _ in range(run_.times))
        cost = median(_print(how, many) for _ in range(run_.times))
        yield Result(f"labels.{how}", 1000 * cost.less(idle).cpu / many, cost)


def _print(how: str, many: int) -> Cost:
    return run([sys.executable, "-m", "bench.labels", how, str(many)], cwd=HERE)


if __name__ == "__main__":
    main(jobs)
