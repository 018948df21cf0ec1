"""The `do` language: small text functions, one after the other, each bounded.

`do: upper`, `do: {strip: "#"}`, or a list in order. Steps see and make text; `split` makes a list,
and the steps after it work on each item. What is cut out of a typed cell stays typed, since its
text is in the hub's notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.nearest import did_you_mean
from hub.domain.problems import Code, Fault
from hub.domain.values import seen
from hub.formats.frame import Typed
from hub.mapping.packed import packed_value, without_html

LONGEST = 100_000  # characters that a step may make
MOST_READ = 1_000_000  # characters of a cell that a step looks at
MOST_ITEMS = 10_000  # that split may make
WIDEST = 1_000  # to which pad may fill
MOST_STEPS = 50  # of one field

_FIRST_NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,]?[0-9]|[ \u00a0\u202f'](?=[0-9]{3}(?![0-9])))*")

Step = Callable[[str], "str | list[str]"]


class _TooLong(Exception):
    """A step would make more text than is allowed."""


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _title(text: str) -> str:
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)*", lambda word: word.group()[0].upper() + word.group()[1:].lower(), text)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _number(text: str) -> str:
    found = _FIRST_NUMBER.search(text)
    return found.group() if found else ""


def _text(text: str) -> str:
    return _squeeze(_FIRST_NUMBER.sub(" ", text))


def _strip(characters: str) -> Step:
    return lambda text: text.strip().strip(characters)


def _left(length: int) -> Step:
    return lambda text: text[:length]


def _right(length: int) -> Step:
    return lambda text: text[max(len(text) - length, 0) :]


def _before(mark: str) -> Step:
    return lambda text: text.partition(mark)[0]


def _after(mark: str) -> Step:
    def after(text: str) -> str:
        head, found, tail = text.partition(mark)
        return tail if found else head

    return after


def _part(mark: str, place: int) -> Step:
    if place == 0:
        raise ValueError("part counts from 1, or from -1 at the end; 0 is no part")

    def part(text: str) -> str:
        parts = text.split(mark)
        index = place - 1 if place > 0 else len(parts) + place
        return parts[index].strip() if 0 <= index < len(parts) else ""

    return part


def _replace(old: str, new: str) -> Step:
    def replace(text: str) -> str:
        if len(text) + text.count(old) * (len(new) - len(old)) > LONGEST:
            raise _TooLong
        return text.replace(old, new)

    return replace


def _remove(part: str) -> Step:
    return lambda text: text.replace(part, "")


def _pad(width: int, filler: str = "0") -> Step:
    if len(filler) != 1:
        raise ValueError(f"pad fills with one character, saw {filler!r}")
    if abs(width) > WIDEST:
        raise ValueError(f"pad fills to {WIDEST} characters at most, saw {width}")
    return lambda text: (text.rjust(width, filler) if width > 0 else text.ljust(-width, filler)) if text else text


def _prefix(head: str) -> Step:
    return lambda text: head + text if text else text


def _suffix(tail: str) -> Step:
    return lambda text: text + tail if text else text


def _find(pattern: str) -> Step:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        search = re2.compile(pattern, options).search
    except re2.error as wrong:
        raise ValueError(f"the pattern {pattern!r} is wrong: {_why(wrong)}") from None

    def find(text: str) -> str:
        found = search(text.encode("utf-8", "replace").decode())  # half a surrogate pair is no text to RE2
        if found is None:
            return ""
        return str((found.group(1) if found.re.groups else found.group()) or "")

    return find


def _why(wrong: Exception) -> str:
    reason = wrong.args[0] if wrong.args else wrong
    said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return f"{said}. Patterns are RE2: no look-ahead, no back references"


def _split(mark: str) -> Step:
    def split(text: str) -> list[str]:
        if text.count(mark) >= MOST_ITEMS:
            raise _TooLong
        return [item for each in text.split(mark) if (item := each.strip())]

    return split


def _key(name: str) -> Step:
    return lambda text: packed_value(text, name)


def _wrap(width: int, line: int) -> Step:
    if width < 1 or line < 1:
        raise ValueError("wrap takes a width and a line, both from 1: wrap: [35, 2] is the second line of 35 characters")

    def wrap(text: str) -> str:
        lines = wrapped(text, width)
        return lines[line - 1] if line <= len(lines) else ""

    return wrap


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` characters, broken between words; a longer word is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += [word[at : at + width] for at in range(0, len(word), width)]
    return lines


@dataclass(frozen=True, slots=True)
class _Kind:
    """A step of the language: what makes it, and the types and example of its arguments."""

    make: Callable[..., Step]
    arguments: tuple[type, ...] = ()
    sample: str = ""
    optional: int = 0  # how many of the last arguments may be left out


def _plain(step: Step) -> Callable[[], Step]:
    return lambda: step


STEPS: dict[str, _Kind] = {
    "upper": _Kind(_plain(str.upper)),
    "lower": _Kind(_plain(str.lower)),
    "title": _Kind(_plain(_title)),
    "squeeze": _Kind(_plain(_squeeze)),
    "digits": _Kind(_plain(_digits)),
    "text": _Kind(_plain(_text)),
    "number": _Kind(_plain(_number)),
    "no_html": _Kind(_plain(without_html)),
    "strip": _Kind(_strip, (str,), '{strip: "#"}'),
    "left": _Kind(_left, (int,), "{left: 3}"),
    "right": _Kind(_right, (int,), "{right: 3}"),
    "before": _Kind(_before, (str,), '{before: ","}'),
    "after": _Kind(_after, (str,), '{after: ","}'),
    "part": _Kind(_part, (str, int), '{part: ["-", 2]}'),
    "replace": _Kind(_replace, (str, str), '{replace: ["/", "-"]}'),
    "remove": _Kind(_remove, (str,), '{remove: " "}'),
    "pad": _Kind(_pad, (int, str), '{pad: [6, "0"]}', optional=1),
    "prefix": _Kind(_prefix, (str,), "{prefix: PO}"),
    "suffix": _Kind(_suffix, (str,), "{suffix: -A}"),
    "find": _Kind(_find, (str,), '{find: "[A-Z]{3}"}'),
    "split": _Kind(_split, (str,), '{split: ","}'),
    "key": _Kind(_key, (str,), "{key: color}"),
    "wrap": _Kind(_wrap, (int, int), "{wrap: [35, 2]}"),
}
_MAY_BE_EMPTY = {("replace", 1), ("prefix", 0), ("suffix", 0)}


@dataclass(frozen=True, slots=True)
class Steps:
    """Compiled steps, in order, each with its text as it is shown."""

    steps: tuple[tuple[str, Step], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    def apply(self, text: str | None) -> str | list[str] | Fault | None:
        """Run the steps over a text; None stays None.

        Out: a text, a list after `split`, or a Fault when a step would make too much of it.
        """
        if text is None or not self.steps:
            return text
        if len(text) > MOST_READ:
            return Fault(
                Code.RANGE, seen(text), "is too long for a step", f"At most {MOST_READ:,} characters of a cell are worked on."
            )
        result: str | list[str] = text
        try:
            for _, step in self.steps:
                result = _run(step, result)
        except _TooLong:
            return Fault(Code.RANGE, seen(text), "becomes too long", f"At most {LONGEST:,} characters are made of one cell.")
        return _typed(result) if isinstance(text, Typed) else result

    def trace(self, text: str) -> list[tuple[str, str]]:
        """Each step as it is written, with the text after it; a list is shown item by item, a fault ends it."""
        told: list[tuple[str, str]] = []
        for count, (name, _) in enumerate(self.steps, 1):
            result = Steps(self.steps[:count]).apply(text)
            if isinstance(result, Fault):
                return [*told, (name, result.say)]
            told.append((name, " | ".join(result) if isinstance(result, list) else result or ""))
        return told


def _run(step: Step, value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        made = [step(each) for each in value]
        result: str | list[str] = [item for each in made for item in (each if isinstance(each, list) else [each])]
    else:
        result = step(value)
    if (sum(map(len, result)) if isinstance(result, list) else len(result)) > LONGEST:
        raise _TooLong
    return result


def _typed(result: str | list[str]) -> str | list[str]:
    return [Typed(each) for each in result] if isinstance(result, list) else Typed(result)


def compile_do(spec: object) -> Steps:
    """Compile the right side of `do`: a step's name, `{name: argument}`, or a list of these in order.

    Raises ValueError, as a sentence with the cure, for a step or an argument that does not exist.
    """
    steps = spec if isinstance(spec, list) else [spec]
    if len(steps) > MOST_STEPS:
        raise ValueError(f"do holds {len(steps):,} steps, and {MOST_STEPS} are the most")
    return Steps(tuple(_compile_step(each) for each in steps))


def _compile_step(spec: object) -> tuple[str, Step]:
    if isinstance(spec, str):
        return spec, _kind(spec).make(*_arguments(spec, None))
    if not isinstance(spec, dict):
        raise ValueError(f'do takes a step, saw {spec!r}. Write one such as do: upper, or do: {{strip: "#"}}.')  # noqa: TRY004 - the admin's text
    if len(spec) != 1:
        raise ValueError(f"do holds {' and '.join(spec) or 'nothing'} in one step. Write a list: do: [upper, {{left: 3}}].")
    name, given = next(iter(spec.items()))
    arguments = _arguments(str(name), given)
    shown = f"{name} {', '.join(map(repr, arguments))}" if arguments else str(name)
    return shown, _kind(str(name)).make(*arguments)


def _kind(name: str) -> _Kind:
    if name not in STEPS:
        raise ValueError(f"{name!r} is no step. {did_you_mean(name, STEPS)}")
    return STEPS[name]


def _arguments(name: str, given: object) -> list[Any]:
    kind = _kind(name)
    texts: Sequence[object] = given if isinstance(given, list) else [] if given is None else [given]
    if kind.optional == 0 and not kind.arguments and texts:
        raise ValueError(f"{name} takes nothing. Write do: {name}.")
    if not len(kind.arguments) - kind.optional <= len(texts) <= len(kind.arguments):
        count = len(kind.arguments)
        raise ValueError(f"{name} takes {count} value{'s' if count > 1 else ''}, saw {len(texts)}. Write do: {kind.sample}.")
    return [_argument(name, place, wanted, text) for place, (wanted, text) in enumerate(zip(kind.arguments, texts, strict=False))]


def _argument(name: str, place: int, wanted: type, given: object) -> str | int:
    text = str(given)
    if wanted is int:
        if not re.fullmatch(r"-?[0-9]{1,6}", text) or (text.startswith("-") and name not in ("part", "pad")):
            raise ValueError(f"{name} takes a whole number, saw {text!r}. Write do: {STEPS[name].sample}.")
        return int(text)
    if not text and (name, place) not in _MAY_BE_EMPTY:
        raise ValueError(f"{name} takes a text that is not empty. Write do: {STEPS[name].sample}.")
    return text
