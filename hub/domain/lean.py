"""Libraries without what they would load along for looks: every start of the hub pays for what is imported."""

from __future__ import annotations

import sys
from importlib import import_module


def load_without(library: str, other: str) -> None:
    """Import a library as if another, which it only uses where it finds it, were not installed."""
    if library in sys.modules or other in sys.modules:
        return
    sys.modules[other] = None  # type: ignore[assignment]  # the interpreter's own way to say that a module is not there
    try:
        import_module(library)
    finally:
        del sys.modules[other]
