"""What the tools disturb: `hub once` as the command line runs it, in a process that is forked with everything imported."""

from __future__ import annotations

import gc
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd  # noqa: F401 - pyarrow imports it for the first column that it makes, in every child anew
import typst  # noqa: F401 - likewise the first print
from sqlalchemy import URL, Engine, create_engine

from hub.channels.watchdog import WATCHDOG
from hub.cli.main import app
from hub.domain.problems import StoreAway, Unreachable
from hub.flow import prints
from hub.flow.errands import Errand, Errands, at_once
from hub.flow.parser import InProcess
from hub.mapping import stow
from hub.service import wiring
from hub.store import connection
from tests.crash.mutants import MUTANTS
from tests.crash.nursery import Acts, stand_ready

_LARGE = 400  # cells: some readings are large enough to come from the child by a file
_NURSERIES = 4  # a hub starts one; another where that one died


@dataclass(frozen=True, slots=True)
class HubOnce:
    """`hub once`, with a mutant put on; `acts` is what its workers count or die by.

    strace counts the calls of each thread apart: therefore the hub talks to servers in its only thread.
    """

    home: Path
    mutant: str | None = None
    acts: Acts | None = None

    def get_ready(self) -> None:
        """Before strace looks, which is not to hit the children."""
        stow.LARGE = stow.LARGE_WIDE = _LARGE
        stand_ready(self.acts, _NURSERIES)

    def __call__(self) -> int:
        """Run it; its exit code."""
        Errands.serve = _one_by_one  # type: ignore[assignment,method-assign]
        WATCHDOG.__init__()  # type: ignore[misc]  # its thread was not forked
        if self.mutant is not None:
            MUTANTS[self.mutant].put_on()
        return _command(self.home)


def _command(home: Path) -> int:
    try:
        app(["--home", str(home), "once"], prog_name="hub")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _one_by_one(_self: Errands, errands: Mapping[str, Errand], _seconds: float) -> dict[str, Unreachable]:
    """Serve partners one after the other; what an errand has to decide, it decides at once."""
    away: dict[str, Unreachable] = {}
    for partner, errand in errands.items():
        try:
            errand(at_once)
        except StoreAway:
            raise
        except Unreachable as error:
            away[partner] = error
    return away


def _share_statements() -> None:
    """Let all engines from here on have one dialect and one cache: statements are compiled once for all the children."""
    shared: list[Engine] = []

    def sharing(where: URL) -> Engine:
        engine = create_engine(where)
        if shared:
            engine.dialect, engine._compiled_cache = shared[0].dialect, shared[0]._compiled_cache
        else:
            shared.append(engine)
        return engine

    connection.create_engine = sharing  # type: ignore[assignment,attr-defined]


def warm_up(home: Path) -> None:
    """Run once in this process, so that every child has there what the hub imports on its way, in pages that they share.

    Nothing is printed: typst begins threads, which are not forked.
    """
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    children = wiring.Children  # type: ignore[attr-defined]
    print_all, prints.print_all = prints.print_all, lambda hub, round_id: 0
    wiring.Children = lambda _folder: InProcess()  # type: ignore[attr-defined,assignment,misc]
    _share_statements()
    try:
        _command(home)
    finally:
        wiring.Children = children  # type: ignore[attr-defined]
        prints.print_all = print_all
        for number, handler in kept.items():
            signal.signal(number, handler)
    gc.collect()
    gc.freeze()
