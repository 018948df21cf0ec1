"""Serve partners side by side: networks are waited for in threads of their own, decisions are taken on one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from hub.domain.problems import StoreAway, Unreachable

T = TypeVar("T")


class Decide(Protocol):
    """Where an errand has its decisions taken: on the one thread that decides."""

    def __call__(self, decision: Callable[[], T], /) -> T:
        """Run a decision there, and wait for what it gives."""
        ...


def at_once(decision: Callable[[], T], /) -> T:
    """For an errand that the deciding thread runs itself."""
    return decision()


Errand = Callable[[Decide], None]


class Errands:
    """One errand at a time with each partner; one that takes long goes on while the others are served.

    Errands that are still under way when their time is up stay with their partner: what they hand in is decided
    upon when errands are served next, and nothing else is begun with him before.
    """

    def __init__(self) -> None:
        self._desk: queue.Queue[tuple[str, Callable[[], Any] | None, Future[Any]]] = queue.Queue()
        self._under_way: set[str] = set()

    @property
    def under_way(self) -> frozenset[str]:
        """The partners with whom an errand is still under way."""
        return frozenset(self._under_way)

    def serve(self, errands: Mapping[str, Errand], seconds: float) -> dict[str, Unreachable]:
        """Begin errands, none of which may be with a partner under way, and serve them for so many seconds at most.

        Out: those that are over, with how their partner was out of reach. Whatever else goes wrong in an errand, or
        with a decision, is raised.
        """
        for partner, errand in errands.items():
            self._begin(partner, errand)
        return self.wait(errands, seconds)

    def wait(self, partners: Collection[str], seconds: float) -> dict[str, Unreachable]:
        """Serve whatever is under way until the errands with these partners are over, or the time is."""
        away: dict[str, Unreachable] = {}
        until = time.monotonic() + seconds
        while True:
            waiting = any(partner in self._under_way for partner in partners)
            try:
                partner, decision, answer = self._desk.get(block=waiting, timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                return away
            if decision is not None:
                _decide(decision, answer)
                continue
            self._under_way.discard(partner)
            error = answer.exception()
            if isinstance(error, Unreachable) and not isinstance(error, StoreAway):
                away[partner] = error
            elif error is not None:
                raise error

    def _begin(self, partner: str, errand: Errand) -> None:
        self._under_way.add(partner)
        over: Future[Any] = Future()

        def decide(decision: Callable[[], T], /) -> T:
            answer: Future[T] = Future()
            self._desk.put((partner, decision, answer))
            return answer.result()

        def go() -> None:
            try:
                errand(decide)
                over.set_result(None)
            except BaseException as error:  # noqa: BLE001 - the deciding thread raises it again
                over.set_exception(error)
            self._desk.put((partner, None, over))

        threading.Thread(target=go, name=f"errand-{partner}", daemon=True).start()


class _Undecided(Unreachable):
    """The decision that an errand waits for could not be taken; begin it again."""


def _decide(decision: Callable[[], Any], answer: Future[Any]) -> None:
    """What goes wrong with a decision is not the partner's fault: it is raised here, and his errand ends."""
    try:
        answer.set_result(decision())
    except BaseException:
        answer.set_exception(_Undecided("a decision failed"))
        raise
