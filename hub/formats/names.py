"""File names: patterns that cut a partner's names into parts, and templates that make ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from hub.domain.dates import DatePattern, compile_date
from hub.formats.frame import Typed

LONGEST_NAME = 200  # bytes; leaves room for `.2.answer.json` under the 255 of every file system
_PIECE = re.compile(
    r"\{(?P<part>[^{}:]+)(?::(?P<form>[^{}]*))?\}|(?P<star>\*+)|(?P<any>\?)|(?P<text>[^{}*?]+)|(?P<odd>.)", re.DOTALL
)
_BACK = re.compile(r"(?:(?:\.[0-9]+)?\.(?:refused|marked))+(?=(?:\.[^.]*)?$)")
_LONGEST_PATTERN = 500  # characters of a pattern or template
_UNSAFE = frozenset('/\\:*?"<>|%')


@dataclass(frozen=True, slots=True)
class _Pattern:
    fit: Callable[[str], Any]
    parts: tuple[tuple[str, DatePattern | None], ...]


def original_name(name: str) -> str:
    """The name of the file of which a marked or refused one was made: `stock_1.2.refused.csv` is `stock_1.csv`; else the name."""
    return _BACK.sub("", name)


def name_parts(template: str) -> set[str]:
    """The names in braces of a pattern or template: `ord_{order}_{date:YYYYMMDD}.csv` has order and date."""
    return {match["part"] for match in _pieces(template) if match["part"]}


def match_name(pattern: str, name: str) -> dict[str, str] | None:
    """Match a file name with `*`, `?`, `{part}` and `{part:YYYYMMDD}`; letters count as they are.

    Out: the parts (a dated part as Typed ISO text, since the pattern told its notation), or None
    when the name does not fit, a date is none of the calendar, or equal parts differ.
    Raises ValueError, as a sentence, for a pattern that cannot be meant.
    """
    compiled = _compile(pattern)
    found = compiled.fit(name.encode("utf-8", "replace").decode())  # what is no text to RE2 stays as long as it was
    if found is None:
        return None
    parts: dict[str, str] = {}
    for at, (part, form) in enumerate(compiled.parts, start=1):
        text = name[found.start(at) : found.end(at)]
        value = text if form is None else _dated(form, text)
        if value is None or parts.setdefault(part, value) != value:
            return None
    return parts


def _dated(form: DatePattern, text: str) -> str | None:
    if not form.complete:
        return text
    when = form.parse(text)
    return None if when is None else Typed(when.isoformat())


@lru_cache(maxsize=512)
def _compile(pattern: str) -> _Pattern:
    """A pattern for RE2, which takes time by the length of a name alone, whatever the pattern."""
    import re2

    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(f"the pattern has {len(pattern):,} characters, and {_LONGEST_PATTERN} are the most")
    parts: list[tuple[str, DatePattern | None]] = []
    regex = ""
    for match in _pieces(pattern):
        if match["star"]:
            regex += ".*?"
        elif match["part"]:
            form = compile_date(match["form"]) if match["form"] else None
            parts.append((match["part"], form))
            regex += f"({form.regex})" if form else "(.+?)"
        else:
            regex += "." if match["any"] else re2.escape(match["text"])
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return _Pattern(re2.compile(regex, options).fullmatch, tuple(parts))


def _pieces(template: str) -> Iterator[re.Match[str]]:
    for match in _PIECE.finditer(template):
        if match["odd"]:
            raise ValueError(f"{template!r} has a brace that does not close; parts are written {{name}} or {{name:YYYYMMDD}}")
        yield match


def fill_name(
    template: str, *, now: datetime, seq: int | None = None, number: str | None = None, shipment: str | None = None
) -> str:
    """Make the name of an outgoing file from `{now:…}`, `{seq}`, `{seq:6}`, `{number}` and `{shipment}`.

    `now` is in the partner's time zone. What a value must not do to a name (folders, hidden names,
    control characters) is written as %XX, so that different values stay different names; a name
    too long is cut and ends in a hash. Raises ValueError for a part that is unknown or has no value.
    """
    values = {"number": number, "shipment": shipment}
    out = ""
    for match in _pieces(template):
        part, form = match["part"], match["form"]
        match part:
            case None:
                out += match.group()
            case "now":
                out += compile_date(form or "YYYYMMDDHHmmss").write(now)
            case "seq" if seq is not None:
                out += f"{seq:0{_width(form, template)}}"
            case "number" | "shipment" if values[part] is not None:
                out += _safe(values[part] or "")
            case _:
                raise ValueError(
                    f"{{{part}}} in {template!r} has no value; a name may hold {{now:…}} {{seq}} {{number}} {{shipment}}"
                )
    return _bounded(_not_hidden(out))


def check_template(template: str) -> None:
    """Raise ValueError, as a sentence with the cure, for a template of outgoing names that can never be filled."""
    if len(template) > _LONGEST_PATTERN:
        raise ValueError(f"the name has {len(template):,} characters, and {_LONGEST_PATTERN} are the most")
    fill_name(template, now=datetime.combine(date(2026, 11, 22), datetime.min.time()), seq=1, number="1", shipment="1")
    if "/" in template or "\\" in template:
        raise ValueError(f"{template!r} names a folder; a file name stands alone, the channel says the folder")


def _width(form: str | None, template: str) -> int:
    if form is None:
        return 1
    if not (form.isascii() and form.isdigit() and 1 <= int(form) <= 18):
        raise ValueError(f"{{seq:{form}}} in {template!r} should be a number of digits, such as {{seq:6}}")
    return int(form)


def _safe(value: str) -> str:
    text = unicodedata.normalize("NFC", value)
    return "".join(_escaped(each) if _is_unsafe(each) else each for each in text)


def _is_unsafe(character: str) -> bool:
    """Whether a character would name a folder, hide, or move the text around it."""
    return character in _UNSAFE or (unicodedata.category(character)[0] in "CZ" and character != " ")


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", errors="surrogatepass"))


def _not_hidden(name: str) -> str:
    return f"%2E{name[1:]}" if name.startswith(".") else name


def _bounded(name: str) -> str:
    raw = name.encode()
    if len(raw) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"~{sha256(raw).hexdigest()[:12]}{dot}{extension if len(extension) <= 10 else ''}"
    return (stem or name).encode()[: LONGEST_NAME - len(tail.encode())].decode(errors="ignore") + tail
