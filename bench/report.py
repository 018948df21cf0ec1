"""What was measured: a table for the eye, dated JSON for later, and a picture of how the ratios moved."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.goals import GOALS, Unit
from bench.measure import Cost

RESULTS = Path(__file__).parent / "results"
PICTURE = RESULTS / "ratios.png"
TABLE = RESULTS / "README.md"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure against its goal; `value` is None where the hub cannot do the job yet, and `note` says why."""

    key: str
    value: float | None
    hub: Cost | None = None
    limit: Cost | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run is made: the share of the full size, how often each side runs."""

    share: float = 1.0
    times: int = 3

    def of(self, full: int) -> int:
        """The number of rows, files or labels that this run takes."""
        return max(int(full * self.share), 1)


Job = Callable[[Run], Iterator[Result]]


def main(job: Job, arguments: Sequence[str] | None = None) -> None:
    """Run one job as a command: `python -m bench.catalogue [--share 0.1] [--times 3]`."""
    run = parse(sys.argv[1:] if arguments is None else arguments)
    for result in job(run):
        print(line(result), flush=True)


def parse(arguments: Sequence[str]) -> Run:
    """The run that a command line asks for."""
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    parser.add_argument("--times", type=int, default=3, help="runs of each side")
    found, _ = parser.parse_known_args(arguments)
    return Run(found.share, found.times)


def met(result: Result) -> bool | None:
    """Whether a figure reaches its goal; None when there is no figure."""
    return None if result.value is None else result.value <= GOALS[result.key].most


def line(result: Result) -> str:
    """One row of the table."""
    goal = GOALS[result.key]
    bound = f"≤ {_number(goal.most, goal.unit)} {goal.unit}"
    value = "–" if result.value is None else _number(result.value, goal.unit)
    verdict = {True: "reached", False: "NOT reached", None: "not measured"}[met(result)]
    costs = " ".join(f"{who} {_cost(cost)}" for who, cost in (("hub", result.hub), ("limit", result.limit)) if cost is not None)
    row = f"{goal.job:<66}{value:>8}  {bound:<14}{verdict:<13}{costs}{'  ' if costs else ''}{result.note}".rstrip()
    return f"{row}\n      {goal.reason}" if met(result) is False and goal.reason else row


def _number(value: float, unit: Unit) -> str:
    return f"{value:.0f}" if unit is Unit.MEGABYTES else f"{value:.3g}" if value < 1 else f"{value:.2f}"


def _cost(cost: Cost) -> str:
    memory = f", {cost.megabytes:.0f} MB" if cost.megabytes else ""
    return f"{cost.cpu:.2f} CPU s, {cost.wall:.2f} s{memory};"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    cpus = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((each.partition(":")[2].strip() for each in cpus.splitlines() if each.startswith("model name")), "unknown")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": os.getloadavg()[0],
    }


def save(results: Iterable[Result], run: Run, at: datetime) -> Path:
    """Write the results of a run as dated JSON."""
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "at": at.isoformat(timespec="seconds"),
        "share": run.share,
        "times": run.times,
        "machine": machine(),
        "results": [_as_json(each) for each in results],
    }
    path = RESULTS / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _as_json(result: Result) -> dict[str, Any]:
    goal = GOALS[result.key]
    return {
        **asdict(result),
        "job": goal.job.strip(),
        "goal": goal.most,
        "unit": goal.unit.value,
        "reached": met(result),
        "reason": goal.reason if met(result) is False else "",
    }


def tell(results: Sequence[Result], run: Run, at: datetime) -> Path | None:
    """Write the table for people to read beside the results; None when this is no run at full size of everything."""
    if run.share != 1 or {each.key for each in results} != set(GOALS):
        return None
    made = machine()
    rows = [f"| {_cell(GOALS[each.key].job)} | {_figure(each)} | {_most(each)} | {_verdict(each)} |" for each in results]
    reached = sum(met(each) is True for each in results)
    text = f"""# How fast the hub is

Measured on {at:%Y-%m-%d} by `make bench`: {made["cores"]} cores of {made["cpu"]}, Python {made["python"]}, SQLite
{made["sqlite"]};
medians of {run.times} runs, the hub and the script it is held against in turns. {reached} of {len(results)} goals are reached.
"× CPU" and "× wall" are the hub's cost over that of a script written by hand for the one job alone, without the hub's
promises (`bench/limits`), or over the run that the line names; the hub's own start is a part of its cost.

| job | figure | goal | |
| --- | ---: | ---: | --- |
""" + "\n".join(rows)
    TABLE.write_text(text + "\n", encoding="utf-8")
    return TABLE


def _cell(job: str) -> str:
    return f"… {job.strip()}" if job.startswith(" ") else job


def _figure(result: Result) -> str:
    return "–" if result.value is None else f"{_number(result.value, GOALS[result.key].unit)} {GOALS[result.key].unit}"


def _most(result: Result) -> str:
    return f"≤ {_number(GOALS[result.key].most, GOALS[result.key].unit)}"


def _verdict(result: Result) -> str:
    match met(result):
        case None:
            return f"not measured: {result.note}"
        case True:
            return "reached"
        case False:
            return f"**not reached**: {GOALS[result.key].reason}"


_STYLES = ("-", "--", ":")


def draw() -> Path | None:
    """Draw each figure as a share of its goal over the dated results of whole runs at full size; None when there are none."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    lines: dict[str, list[tuple[datetime, float]]] = {}
    for path in sorted(RESULTS.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        for each in kept["results"] if kept["share"] == 1 else []:
            if each["value"] is not None and each["goal"]:
                lines.setdefault(each["key"], []).append((datetime.fromisoformat(kept["at"]), each["value"] / each["goal"]))
    if not lines:
        return None
    figure, axes = pyplot.subplots(figsize=(11, 6.5))
    for nth, key in enumerate(each for each in GOALS if each in lines):
        moments, shares = zip(*lines[key], strict=True)
        style = _STYLES[nth // 10 % len(_STYLES)]  # ten colours come round again
        axes.plot(moments, shares, style, marker="o", markersize=4, linewidth=1.2, label=key)
    axes.axhline(1.0, color="black", linewidth=1, linestyle="--")
    axes.set_yscale("log")
    axes.set_ylabel("figure ÷ goal (below the line: reached)")
    axes.legend(fontsize=7, ncols=2, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.grid(visible=True, which="both", linewidth=0.3)
    figure.autofmt_xdate()
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=110)
    pyplot.close(figure)
    return PICTURE
