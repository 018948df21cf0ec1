"""Labels: merged, one by one, and as ZPL."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report import Result, Run, main

FULL = 10_000


def jobs(_run: Run) -> Iterator[Result]:
    """Nothing is measured until the hub prints."""
    for key in ("labels.merged", "labels.single", "labels.zpl"):
        yield Result(key, None, note="the hub prints no labels yet")


if __name__ == "__main__":
    main(jobs)
