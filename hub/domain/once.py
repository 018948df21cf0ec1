"""Columns in which much recurs: a function runs once for what stands in many places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

R = TypeVar("R")


def once_each(function: Callable[[Any], R], values: Sequence[Any]) -> list[R]:
    """What a function makes of each value, asked once for the same object: equal decimals need not be written alike."""
    keys = list(map(id, values))
    distinct = dict(zip(keys, values, strict=True))
    made = {key: function(each) for key, each in distinct.items()}
    return list(map(made.__getitem__, keys))


def once_equal(function: Callable[[Any], R], values: Sequence[Any]) -> list[R]:
    """What a function makes of each value, asked once for equal ones, which then are one object."""
    made: dict[Any, R] = {}
    return [made[each] if each in made else made.setdefault(each, function(each)) for each in values]


def shared(values: Sequence[Any]) -> list[Any]:
    """Values of which equal ones are one object: less to hold, and quicker to look at again."""
    known: dict[Any, Any] = {}
    return list(map(known.setdefault, values, values))
