"""Bars for long work, on stderr and only where somebody sits before a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bars:
    """One bar for each thing that is being done; it is the watch of `hub once` and `hub export`."""

    def __init__(self) -> None:
        """Nothing is drawn before the first step."""
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bars away: they are of no use afterwards."""
        if self._progress is not None:
            self._progress.stop()

    def step(self, what: str, done: int, total: int | None) -> None:
        """Show how far a thing is; `total` is None while nobody knows."""
        if not sys.stderr.isatty():
            return
        progress = self._progress or self._started()
        if what not in self._tasks:
            self._tasks[what] = progress.add_task(what, total=total)
        progress.update(self._tasks[what], completed=done, total=total)

    def _started(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from hub.cli.terminal import margin

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=margin(), transient=True)
        self._progress.start()
        return self._progress
