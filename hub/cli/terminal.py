"""The consoles on which tables and bars are drawn."""

from __future__ import annotations

import os
import sys
from typing import IO, NoReturn

from rich.console import Console

_WIDE = 180  # a table that is piped is not cut to somebody's terminal


class Screen(Console):
    """A console that shows text as it is; a reader who has gone away is the caller's to know."""

    def __init__(self, stream: IO[str]) -> None:
        width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDE
        super().__init__(file=stream, width=width, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        """Say that nobody reads on, instead of ending the process."""
        raise BrokenPipeError


def screen() -> Screen:
    """Where data for people goes: stdout."""
    return Screen(sys.stdout)


def margin() -> Screen:
    """Where all else goes: stderr."""
    return Screen(sys.stderr)
