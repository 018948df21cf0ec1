"""How a process that makes rows and records by the million keeps house."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 200_000, 20, 100


def look_for_cycles_rarely() -> None:
    """What a hub makes in numbers holds no cycles, and looking for some in all of it took a quarter of its time."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def keep_what_is_left() -> None:
    """Before the process ends: it would look through all that it holds for cycles, a sixth of a second at every command."""
    gc.freeze()
