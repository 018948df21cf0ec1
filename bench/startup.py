"""Start-up: the help, and the overview of a big store."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.growth import FILES, large_ledger
from bench.measure import median, run
from bench.place import HERE
from bench.report import Result, Run, main


def jobs(run_: Run) -> Iterator[Result]:
    """Commands as a person runs them."""
    shown = median(run([sys.executable, "-m", "hub", "--help"], cwd=HERE) for _ in range(run_.times))
    yield Result("start.help", shown.cpu, shown)
    at = large_ledger(run_.of(FILES))
    command = [sys.executable, "-m", "hub", "status", "--home", str(at.home)]
    status = median(run(command, cwd=HERE) for _ in range(run_.times))
    yield Result("start.status", status.cpu, status)


if __name__ == "__main__":
    main(jobs)
