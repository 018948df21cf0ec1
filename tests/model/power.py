"""Power that fails in the middle of a round, in this process: nothing after that moment happens, nothing is tidied up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from hub.flow import round as rounds

CUTS = (
    "_keep_all",
    "hold.hold_and_release",
    "prints.print_all",
    "answer.answer_all",
    "render.render_all",
    "deliver.deliver_all",
    "deliver.submit_delivered",
    "rounds.end",
)
"""What a round does, in this order."""


class PowerCut(BaseException):
    """No `except Exception` survives a power cut."""


def lived_through(cut: str | None, work: Callable[[], object], restart: Callable[[], object]) -> None:
    """Work; where power fails at `cut` restart and work again, to the end."""
    with power_fails_before(cut):
        try:
            work()
        except PowerCut:
            restart()
    if cut is not None:
        work()


@contextmanager
def power_fails_before(what: str | None) -> Iterator[None]:
    """Within this, a round dies when it comes to one of `CUTS` (`None`: it lives)."""

    def dies(*_: object, **__: object) -> NoReturn:
        raise PowerCut(what)

    with pytest.MonkeyPatch.context() as patch:
        if what is not None:
            module, _, name = what.rpartition(".")
            patch.setattr(getattr(rounds, module) if module else rounds, name, dies)
        yield
