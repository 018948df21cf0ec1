"""Measure every job and print one table with the goals: `python -m bench [--share 0.1] [--times 3] [--only catalogue …]`."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bench.goals import GOALS
from bench.report import Result, Run, draw, line, machine, parse, save, tell

MODULES = ("catalogue", "excel", "orders", "deliveries", "prints", "sftp", "idle", "growth", "startup")


def everything(run: Run, only: list[str]) -> Iterator[Result]:
    """Every figure, as soon as it is known."""
    for name in only or MODULES:
        began = time.monotonic()
        try:
            yield from importlib.import_module(f"bench.{name}").jobs(run)
        except (RuntimeError, OSError) as error:  # the others' hour is not lost for it
            print(f"  ({name} failed: {error})", file=sys.stderr, flush=True)
        print(f"  ({name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


def show() -> None:
    """Measure, print, keep, draw."""
    run = parse(sys.argv[1:])
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[], choices=MODULES)
    only = parser.parse_known_args()[0].only
    print(", ".join(f"{name}: {value}" for name, value in machine().items()))
    found: dict[str, Result] = {}
    for result in everything(run, only):
        found[result.key] = result
        print(line(result), flush=True)
    ordered = [found.get(key) or Result(key, None, note="its run failed") for key in GOALS if key in found or not only]
    now = datetime.now(UTC)
    print(f"\nkept in {save(ordered, run, now)}, told in {tell(ordered, run, now)}, drawn in {draw()}")


if __name__ == "__main__":
    show()
