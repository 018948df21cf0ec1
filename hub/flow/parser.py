"""Who reads partners' bytes for the flow: this process itself, or limited children that may die of a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from hub.mapping.giveback import Marking, give_back
from hub.mapping.intake import Incoming, Outcome, take_in


class Parser(Protocol):
    """Works on what a partner wrote. What is begun may be worked on at once; the result is what calling it gives."""

    def read(self, file: Incoming) -> Callable[[], Outcome]:
        """Begin to read a file. Files are read in the order in which they were begun."""

    def give_back(self, marking: Marking) -> Callable[[], bytes]:
        """Begin to make a marked or refused file; its result may raise FileRefused."""

    def warm_up(self) -> None:
        """Files are coming: get ready while they are taken."""

    def abandon(self) -> None:
        """What was begun and not asked for is not wanted any more."""

    def close(self) -> None:
        """End what was started for it."""


class InProcess:
    """Reads in this process when the result is asked for: for tests, and for files of one's own."""

    def read(self, file: Incoming) -> Callable[[], Outcome]:
        """Read when asked."""
        return partial(take_in, file)

    def give_back(self, marking: Marking) -> Callable[[], bytes]:
        """Make it when asked."""
        return partial(give_back, marking)

    def warm_up(self) -> None:
        """Always ready."""

    def abandon(self) -> None:
        """Nothing was done yet."""

    def close(self) -> None:
        """Nothing was started."""
