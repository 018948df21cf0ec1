"""Arrow without pandas: for its first array of plain values it would import it, a quarter of a second for nothing."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import NoReturn

import pyarrow as pa

__all__ = ["pa"]


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas alone."""
        if name == "pandas":
            _refuse(name)


def _refuse(name: str) -> NoReturn:
    raise ImportError(f"{name} is not looked for")


def _look_once() -> None:
    """Arrow looks for pandas once in a process, and again when it is asked for a frame of pandas', which nobody does here."""
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(finder)


_look_once()
