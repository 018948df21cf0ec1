"""Ends what takes too long by the clock on the wall: a server that sends a byte now and then never times out otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count


class Watchdog:
    """Barks once at everything that is still under way when its time is up; one thread for all of them."""

    def __init__(self) -> None:
        self._watched: dict[int, tuple[float, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        self._numbers = count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def within(self, seconds: float, bark: Callable[[], None]) -> Iterator[None]:
        """Call `bark` from another thread when the block lasts longer than `seconds`; it must be quick and never raise."""
        number = next(self._numbers)
        with self._changed:
            earliest = min((at for at, _ in self._watched.values()), default=None)
            at = time.monotonic() + seconds
            self._watched[number] = (at, bark)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()
            elif earliest is None or at < earliest:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.pop(number, None)

    def _watch(self) -> None:
        while True:
            with self._changed:
                earliest = min((at for at, _ in self._watched.values()), default=None)
                self._changed.wait(None if earliest is None else max(earliest - time.monotonic(), 0))
                now = time.monotonic()
                over = [number for number, (at, _) in self._watched.items() if at <= now]
                barks = [self._watched.pop(number)[1] for number in over]
            for bark in barks:
                bark()


WATCHDOG = Watchdog()
"""The one that all channels share."""
