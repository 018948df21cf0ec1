"""What a formula is given: the values of its fields, member by member, and whether they can be worked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.domain.problems import Code, Fault, Level
from hub.domain.values import CLEAR, Doubt

SPOILED = Fault(Code.FORMULA, None, "rests on a value that is refused already", level=Level.INFO)
"""What a formula gives when one of its values is a Fault: told once, where it stands."""


def members_of(columns: dict[str, Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """The rows of a few columns as tables by name, in the values that formulas know."""
    if not columns:
        return [{}] * count
    names = list(columns)
    lists: dict[int, list[Any] | Fault] = {}

    def operand(value: Any) -> Any:
        """A value that formulas know; a list of a record, which all its items share, is looked at once."""
        if not isinstance(value, list):
            return _operand(value)
        if id(value) not in lists:
            spoiled = any(isinstance(each, Fault) for each in value)
            lists[id(value)] = SPOILED if spoiled else [_operand(each) for each in value]
        return lists[id(value)]

    return [dict(zip(names, map(operand, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _operand(value: Any) -> Any:
    if isinstance(value, Doubt):
        return value.value
    return None if value is CLEAR else value


def is_spoiled(values: dict[str, Any]) -> bool:
    """Whether a value is bad already, or a list holds one that is."""
    return any(isinstance(each, Fault) for each in values.values())
