"""The kinds of single values that admins write (`60s`, `512MB`, `20%`, `env:NAME`), each typed from its text."""

from __future__ import annotations

import math
import os
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from hub.config.wording import Saw, see
from hub.domain.nearest import nearest
from hub.domain.problems import Misconfigured

T = TypeVar("T")


class Section(BaseModel):
    """A table that admins write: unknown keys are refused, and a key left blank counts as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, data: Any) -> Any:
        """Drop the keys that have no value, as they stand above commented-out entries."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


def _text(value: Any, cure: str) -> str:
    """The one text that a scalar was written as; a list or table is refused without showing what is in it."""
    if not isinstance(value, str):
        raise Saw(f"saw {see(value)}", cure)
    return value.strip()


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"(\d{1,9}(?:w|d|h|m|s|y))+", re.ASCII)
_SPAN_PART = re.compile(r"(\d+)(\w)", re.ASCII)
_LONGEST = timedelta(days=366 * 200)


def duration(text: Any) -> timedelta:
    """A time span: `60s`, `5m`, `2h`, `400d`, `7y`, also `1h30m` and `0`.

    A year is rounded up to whole days, since what must be kept for years must not go a day early.
    """
    if isinstance(text, timedelta):
        return text
    cure = "a time span is written 60s, 5m, 2h or 1d"
    seen = _text(text, cure)
    if seen == "0":
        return timedelta(0)
    if not _SPAN.fullmatch(seen):
        raise Saw(f"saw {see(seen)}", cure)
    seconds = 0
    for count, unit in _SPAN_PART.findall(seen):
        seconds += math.ceil(int(count) * 365.25) * 86400 if unit == "y" else int(count) * _SECONDS[unit]
    if seconds > _LONGEST.total_seconds():
        raise Saw(f"saw {see(seen)}", "a time span is at most 200y")
    return timedelta(seconds=seconds)


_BYTES = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_SIZE = re.compile(r"(\d{1,15})\s?([A-Za-z]{0,3})", re.ASCII)


def size(text: Any) -> int:
    """A number of bytes: `512MB`, `64kB`, `1GiB`, or plain digits."""
    if isinstance(text, int):
        return text
    cure = "a size is written 64kB, 512MB or 2GB"
    seen = _text(text, cure)
    parts = _SIZE.fullmatch(seen)
    if parts is None or parts[2].upper() not in _BYTES:
        raise Saw(f"saw {see(seen)}", cure)
    return int(parts[1]) * _BYTES[parts[2].upper()]


_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?(%?)", re.ASCII)


def share(text: Any) -> Decimal:
    """A share between 0 and 1: `20%`, `0.2`, `0`."""
    if isinstance(text, Decimal):
        return text
    cure = "a share is written 20% or 0.2"
    seen = _text(text, cure)
    parts = _SHARE.fullmatch(seen)
    value = Decimal(parts[1]) / (100 if parts[2] else 1) if parts else None
    if value is None or value > 1:
        raise Saw(f"saw {see(seen)}", cure)
    return value


_YES = {"yes": True, "true": True, "no": False, "false": False}


def yes_no(text: Any) -> bool:
    """`yes` or `no`, in any case; `true` and `false` are taken too."""
    if isinstance(text, bool):
        return text
    seen = _text(text, "write yes or no")
    if seen.lower() not in _YES:
        raise Saw(f"saw {see(seen)}", "write yes or no")
    return _YES[seen.lower()]


def whole(text: Any) -> int:
    """A whole number, 0 or more."""
    if isinstance(text, int):
        return text
    seen = _text(text, "a whole number is wanted")
    if not re.fullmatch(r"\d{1,15}", seen, re.ASCII):
        raise Saw(f"saw {see(seen)}", "a whole number is wanted")
    return int(seen)


def zone(text: Any) -> str:
    """The name of a time zone, such as Europe/Helsinki."""
    seen = _text(text, "a time zone is written Europe/Helsinki")
    try:
        zoneinfo.ZoneInfo(seen)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = nearest(seen, zoneinfo.available_timezones())
        raise Saw(f"saw {see(seen)}", f"did you mean {near}?" if near else "a time zone is written Europe/Helsinki") from None
    return seen


def filled(text: Any) -> str:
    """Some text, trimmed and not empty."""
    seen = _text(text, "one value is wanted")
    if not seen:
        raise Saw("is empty", "write a value, or leave the key out")
    return seen


def as_list(value: Any) -> Any:
    """One value standing for a list of itself."""
    return value if isinstance(value, list | tuple) else [value]


def at_least(least: Any, said: str) -> Callable[[T], T]:
    """A check that a value is no smaller than `least`, said as the admin would write it."""

    def checked(value: T) -> T:
        if value < least:
            raise Saw("is too small", f"the least is {said}")
        return value

    return checked


Duration = Annotated[timedelta, BeforeValidator(duration)]
Size = Annotated[int, BeforeValidator(size)]
Share = Annotated[Decimal, BeforeValidator(share)]
YesNo = Annotated[bool, BeforeValidator(yes_no)]
Int = Annotated[int, BeforeValidator(whole)]
Zone = Annotated[str, BeforeValidator(zone)]
Text = Annotated[str, BeforeValidator(filled)]
ListOf = Annotated[tuple[T, ...], BeforeValidator(as_list)]
"""`ListOf[Text]`: a list in which one value may stand for a list of itself."""

_REFERENCE = re.compile(r"(env|file):(.+)")
_NEVER_HERE = "a secret is never written here; write env:NAME or file:PATH"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept; what is shown, logged or compared is the reference and never the secret."""

    reference: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a model take `env:NAME` or `file:PATH` and write it back the same way."""
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def parse(cls, text: Any) -> Secret:
        """Take a reference; a literal is refused without being shown."""
        if isinstance(text, Secret):
            return text
        if not isinstance(text, str) or not _REFERENCE.fullmatch(text.strip()):
            raise Saw("a secret stands here in plain text", _NEVER_HERE)
        return cls(text.strip())

    def __str__(self) -> str:
        return self.reference

    @property
    def place(self) -> tuple[str, str]:
        """Its kind, `env` or `file`, and the name of the variable or the path."""
        kind, _, name = self.reference.partition(":")
        return kind, name

    def is_there(self, home: Path) -> bool:
        """Whether the secret can be read; relative files start at the workspace."""
        return bool(self._found(home))

    def read(self, home: Path) -> str:
        """The secret itself, without its last line break. Raises Misconfigured when there is none."""
        found = self._found(home)
        if not found:
            raise Misconfigured([f"the secret {self.reference} is not there or empty, set it before starting the hub"])
        return found

    def _found(self, home: Path) -> str:
        """The secret, empty where there is none."""
        kind, name = self.place
        if kind == "env":
            return os.environ.get(name, "")
        try:
            return (home / name).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError):
            return ""
