"""What formulas do with values: exact, strict about types, and bounded.

A missing value makes arithmetic no value; it equals only another missing one and is neither less
nor more than anything. A bad cell (Fault) counts as missing: its own problem already stands.
Numbers and texts never turn into each other, except by `number`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from hub.domain.problems import Fault
from hub.domain.values import Clear, canonical, seen
from hub.formats.frame import Typed
from hub.mapping.numbers import NumberStyle

LONGEST = 100_000  # characters that a formula may make
_CONTEXT = Context(prec=38, Emax=60, Emin=-60, traps=[InvalidOperation, DivisionByZero, Overflow])
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_BARE_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9][0-9., '’]{0,40})")
_MOST_PLACES = 12


class Stopped(Exception):
    """A formula cannot go on; `say` is the reason, `hint` the cure."""

    def __init__(self, say: str, hint: str = "") -> None:
        super().__init__(say)
        self.say, self.hint = say, hint


def value_of(scope: Mapping[str, Any], name: str) -> Any:
    """The value of a name; None when it is missing, bad, or to be emptied."""
    found = scope.get(name)
    return None if isinstance(found, Fault | Clear) else found


def truth(value: Any) -> bool:
    """Whether a value counts as true: not missing, not empty, not 0, not no."""
    return bool(value)


def _arithmetic(sign: str, work: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Any, Any], Decimal | None]:
    def operate(one: Any, other: Any) -> Decimal | None:
        if one is None or other is None:
            return None
        left, right = _number(one, sign), _number(other, sign)
        try:
            return work(left, right)
        except DivisionByZero:
            raise Stopped("divides by zero", "Ask first: a / b if b else 0.") from None
        except DecimalException:
            return _undefined(left, sign, right)

    return operate


def _undefined(left: Decimal, sign: str, right: Decimal) -> Decimal:
    if right == 0:
        raise Stopped("divides by zero", "Ask first: a / b if b else 0.") from None
    raise Stopped(f"makes a number that is too great ({left:.6g} {sign} {right:.6g})") from None


def _number(value: Any, sign: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise Stopped(f"does {sign} with {_shown(value)}, which is no number", "Write number(x) for a text that holds one.")
    return Decimal(value)


_WORDS: tuple[tuple[type, str], ...] = (
    *((bool, "yes or no"), (Decimal, "a number"), (int, "a number")),
    *((datetime, "a time"), (date, "a date"), (list, "a list"), (type(None), "nothing")),
)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(seen(value))
    return next((words for kind, words in _WORDS if isinstance(value, kind)), f"a {type(value).__name__}")


def _floor(left: Decimal, right: Decimal) -> Decimal:
    whole, rest = _CONTEXT.divmod(left, right)
    return _CONTEXT.subtract(whole, Decimal(1)) if rest and (rest < 0) != (right < 0) else whole


def _modulo(left: Decimal, right: Decimal) -> Decimal:
    return _CONTEXT.subtract(left, _CONTEXT.multiply(_floor(left, right), right))


def _minus(value: Any) -> Decimal | None:
    return None if value is None else _CONTEXT.minus(_number(value, "-"))


def _plus(value: Any) -> Decimal | None:
    return None if value is None else _number(value, "+")


def _concat(*values: Any) -> str:
    texts = [_as_text(each) for each in values]
    if sum(map(len, texts)) > LONGEST:
        raise Stopped(f"makes a text of more than {LONGEST:,} characters")
    return "".join(texts)


def _as_text(value: Any) -> str:
    text = canonical(value)
    return ", ".join(map(str, text)) if isinstance(text, list) else text or ""


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if _are_dates(one, other):
        return _order(one, other) == 0
    return bool(one == other)


def _comparison(fits: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: one is not None and other is not None and fits(_order(one, other))


def _order(one: Any, other: Any) -> int:
    """-1, 0 or 1: numbers by size, dates by time, texts letter by letter; anything else stops."""
    if _are_dates(one, other):
        one, other = _in_time(one, other)
    elif isinstance(one, str) != isinstance(other, str) or isinstance(one, list | bool) or isinstance(other, list | bool):
        raise Stopped(
            f"compares {_shown(one)} with {_shown(other)}",
            "Compare numbers with numbers, and texts with texts; number(x) turns a text.",
        )
    elif isinstance(one, date) != isinstance(other, date):
        raise Stopped("compares a date with something else", 'Write the date as a text: date > "2026-11-22".')
    return int(one > other) - int(one < other)


def _are_dates(one: Any, other: Any) -> bool:
    dates = isinstance(one, date) + isinstance(other, date)
    return dates == 2 or (dates == 1 and isinstance(one if isinstance(other, date) else other, str))


def _in_time(one: Any, other: Any) -> tuple[str, str]:
    """Both as ISO texts, cut to the day when only one of them has a time."""
    texts = str(canonical(one)), str(canonical(other))
    if isinstance(one, datetime) and isinstance(other, datetime):
        return texts
    length = min(map(len, texts))
    return texts[0][:length], texts[1][:length]


def _within(item: Any, many: Any) -> bool:
    if item is None or many is None:
        return False
    if isinstance(many, list):
        return any(_equal(item, each) for each in many)
    if isinstance(many, str) and isinstance(item, str):
        return item in many
    raise Stopped("looks for something in what is neither a list nor a text", 'Write x in ["a", "b"].')


def _round(value: Any, places: Any = Decimal(0)) -> Decimal | None:
    if value is None:
        return None
    count = _number(places, "round")
    if count != int(count) or abs(count) > _MOST_PLACES:
        raise Stopped(f"rounds to {count} places", f"Write a whole number up to {_MOST_PLACES}.")
    try:
        return _number(value, "round").quantize(Decimal(1).scaleb(-int(count)), ROUND_HALF_UP, _CONTEXT)
    except InvalidOperation:
        raise Stopped("rounds a number that is too great") from None


def _extreme(better: Callable[[int], bool]) -> Callable[..., Any]:
    def choose(*values: Any) -> Any:
        best = None
        for each in _spread(values):
            if each is not None and (best is None or better(_order(each, best))):
                best = each
        return best

    return choose


def _spread(values: tuple[Any, ...]) -> Iterable[Any]:
    if len(values) == 1 and isinstance(values[0], list):
        return [None if isinstance(each, Fault | Clear) else each for each in values[0]]
    return values


def _sum(values: Any) -> Decimal | None:
    """The sum of a list, its missing values left out; no value when one of them is bad."""
    if values is None:
        return Decimal(0)
    if not isinstance(values, list):
        return _number(values, "sum")
    if any(isinstance(each, Fault) for each in values):
        return None
    total = Decimal(0)
    for each in values:
        if each is not None:
            total = _CONTEXT.add(total, _number(each, "sum"))
    return total


def _to_number(value: Any) -> Decimal | None:
    if not isinstance(value, str):
        return None if value is None else _number(value, "number")
    text = value.strip()
    if text and not _PLAIN_NUMBER.fullmatch(text):
        raise Stopped(f"makes a number of {_shown(value)}, which is none", "number reads 1234.5 and nothing else.")
    return Decimal(text) if text else None


def number_in(style: NumberStyle) -> Callable[[Any], Decimal | None]:
    """The function `number` for texts as a partner writes them; what is no number of his style may still be a plain one."""

    def number(value: Any) -> Decimal | None:
        if isinstance(value, str) and not isinstance(value, Typed) and (found := _BARE_NUMBER.fullmatch(value.strip())):
            meant = style.number(found["digits"])
            if meant is not None:
                return -meant if found["sign"] == "-" else meant
        return _to_number(value)

    return number


def _length(value: Any) -> Decimal:
    if isinstance(value, list | str):
        return Decimal(len(value))
    if value is None:
        return Decimal(0)
    raise Stopped(f"asks for the length of {_shown(value)}", "Lists and texts have a length.")


def _absolute(value: Any) -> Decimal | None:
    return None if value is None else abs(_number(value, "abs"))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "value": value_of,
    "truth": truth,
    "both": lambda one, other: other() if truth(one) else one,
    "either": lambda one, other: one if truth(one) else other(),
    "add": _arithmetic("+", _CONTEXT.add),
    "sub": _arithmetic("-", _CONTEXT.subtract),
    "mul": _arithmetic("*", _CONTEXT.multiply),
    "div": _arithmetic("/", _CONTEXT.divide),
    "floor": _arithmetic("//", _floor),
    "mod": _arithmetic("%", _modulo),
    "minus": _minus,
    "plus": _plus,
    "concat": _concat,
    "equal": _equal,
    "differ": lambda one, other: not _equal(one, other),
    "less": _comparison(lambda order: order < 0),
    "least": _comparison(lambda order: order <= 0),
    "more": _comparison(lambda order: order > 0),
    "most": _comparison(lambda order: order >= 0),
    "within": _within,
    "without": lambda item, many: not _within(item, many),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "round": _round,
    "min": _extreme(lambda order: order < 0),
    "max": _extreme(lambda order: order > 0),
    "abs": _absolute,
    "number": _to_number,
    "length": _length,
    "sum": _sum,
}
