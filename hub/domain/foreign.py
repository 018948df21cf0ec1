"""Foreign values (`x.NAME`): the partner's own facts, which the hub keeps as text and gives back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def foreign(said: Mapping[str, Any]) -> dict[str, str]:
    """The foreign values of a record or an item."""
    return {name: value for name, value in said.items() if name.startswith("x.") and value is not None}


def keep_foreign(kept: dict[str, str], said: Mapping[str, Any]) -> bool:
    """Keep what a record says beside what is known, in place; the last value counts. Out: whether anything changed."""
    news = {name: value for name, value in foreign(said).items() if kept.get(name) != value}
    kept.update(news)
    return bool(news)


def joined(said: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What several say; where they differ, one after the other."""
    values: dict[str, dict[str, None]] = {}
    for each in said:
        for name, value in each.items():
            values.setdefault(name, {})[value] = None
    return {name: ",".join(each) for name, each in values.items()}
