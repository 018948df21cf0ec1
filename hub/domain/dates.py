"""Dates as partners write them: patterns such as `D.M.YYYY HH:mm`, and ISO 8601.

Tokens: YYYY YY MMM MM M DD D HH mm ss ZZ, and `unix` for seconds (or milliseconds) since 1970.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache

_SHAPES = {
    "YYYY": r"[0-9]{4}",
    "YY": r"[0-9]{2}",
    "MMM": r"[^\W\d_]{3,12}\.?",
    "MM": r"[0-9]{2}",
    "M": r"[0-9]{1,2}",
    "DD": r"[0-9]{2}",
    "D": r"[0-9]{1,2}",
    "HH": r"[0-9]{2}",
    "mm": r"[0-9]{2}",
    "ss": r"[0-9]{2}",
    "ZZ": r"(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)",
}
_PARTS = {
    "YYYY": "year",
    "YY": "year",
    "MMM": "month",
    "MM": "month",
    "M": "month",
    "DD": "day",
    "D": "day",
    "HH": "hour",
    "mm": "minute",
    "ss": "second",
    "ZZ": "zone",
}
_UNIX = r"[0-9]{1,11}(?:\.[0-9]{1,9})?|[0-9]{13}"
_TOKEN = re.compile("|".join(sorted(_SHAPES, key=len, reverse=True)) + "|T")
_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN_LETTERS = frozenset("yYmMdDhHsSzZ")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)? ?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_MONTHS_EN = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS_ELSEWHERE = (
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta "
    "heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
)
_PIVOT = 70  # two-digit years from here on belong to the last century
_MILLISECONDS = 13  # digits of a unix time in milliseconds


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A compiled pattern: reads and writes dates, and is a piece of a pattern for file names.

    `regex` has no capturing groups; `complete` tells whether year, month and day are all there, so
    that a text can be read with it.
    """

    text: str
    regex: str
    complete: bool
    timed: bool
    _tokens: tuple[str, ...] = field(repr=False)
    _pieces: tuple[str, ...] = field(repr=False)  # tokens and literals in order
    _match: Callable[[str], re.Match[str] | None] = field(repr=False)

    def fits(self, text: str) -> bool:
        """Whether a text has the form, be there such a day or not."""
        return self._match(text.strip()) is not None

    def parse(self, text: str) -> date | datetime | None:
        """Read a text: a date when the pattern has no time, else a datetime, naive unless it has a zone.

        None when the text does not fit or names no day of the calendar.
        """
        found = self._match(text.strip())
        if found is None or not self.complete:
            return None
        if self.text == "unix":
            return _from_unix(found.group())
        return _build(dict(zip(self._tokens, found.groups(), strict=True)), timed=self.timed)

    def write(self, value: date | datetime) -> str:
        """Write a date or time; a date is midnight, a time without zone counts as UTC under ZZ and unix."""
        when = value if isinstance(value, datetime) else datetime.combine(value, time())
        if self.text == "unix":
            return str(int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()))
        return "".join(_WRITERS[each](when) if each in _WRITERS else each for each in self._pieces)


def _zone_text(when: datetime) -> str:
    return when.strftime("%z")[:5] or "+0000"


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda when: f"{when.year:04}",
    "YY": lambda when: f"{when.year % 100:02}",
    "MMM": lambda when: _MONTHS_EN[when.month - 1][:3].title(),
    "MM": lambda when: f"{when.month:02}",
    "M": lambda when: str(when.month),
    "DD": lambda when: f"{when.day:02}",
    "D": lambda when: str(when.day),
    "HH": lambda when: f"{when.hour:02}",
    "mm": lambda when: f"{when.minute:02}",
    "ss": lambda when: f"{when.second:02}",
    "ZZ": _zone_text,
}


@lru_cache(maxsize=512)
def compile_date(pattern: str) -> DatePattern:
    """Compile a pattern of date tokens.

    Raises ValueError, as a sentence with the cure, when it holds no token, one token twice, or
    letters that look like a token of another program (`yyyy`, `hh`).
    """
    if pattern == "unix":
        return DatePattern(pattern, f"(?:{_UNIX})", True, True, (), (), re.compile(_UNIX).fullmatch)
    pieces = _pieces(pattern)
    tokens = tuple(each for each in pieces if each in _SHAPES)
    _refuse_odd(pattern, tokens)
    shapes = [(each, _shape(pieces, place)) for place, each in enumerate(pieces)]
    regex = "".join(shape for _, shape in shapes)
    grouped = "".join(f"({shape})" if each in _SHAPES else shape for each, shape in shapes)
    parts = {_PARTS[each] for each in tokens}
    return DatePattern(
        pattern, regex, {"year", "month", "day"} <= parts, "hour" in parts, tokens, tuple(pieces), re.compile(grouped).fullmatch
    )


def _pieces(pattern: str) -> list[str]:
    pieces: list[str] = []
    end = 0
    for run in _LETTERS.finditer(pattern):
        pieces += [pattern[end : run.start()]] if run.start() > end else []
        pieces += _tokens_of(run.group(), pattern)
        end = run.end()
    return pieces + ([pattern[end:]] if end < len(pattern) else [])


def _tokens_of(run: str, pattern: str) -> list[str]:
    tokens = _TOKEN.findall(run)
    if "".join(tokens) == run:
        return tokens
    if set(run) - _TOKEN_LETTERS:
        return [run]  # a word between the tokens, such as `klo`
    raise ValueError(f"{pattern!r} holds {run!r}, which is no date token. Write YYYY YY MMM MM M DD D HH mm ss ZZ, or unix.")


def _refuse_odd(pattern: str, tokens: tuple[str, ...]) -> None:
    if not tokens:
        raise ValueError(f"{pattern!r} holds no date token. Write it with YYYY YY MMM MM M DD D HH mm ss ZZ, or unix.")
    parts = [_PARTS[each] for each in tokens]
    twice = next((each for each in parts if parts.count(each) > 1), None)
    if twice:
        raise ValueError(f"{pattern!r} holds the {twice} twice. MM is the month, mm the minutes.")
    if "minute" in parts and "hour" not in parts:
        raise ValueError(f"{pattern!r} holds mm, which is minutes, without HH. Write MM for the month.")


def _shape(pieces: list[str], place: int) -> str:
    piece = pieces[place]
    if piece == "HH" and not {"".join(pieces[place - 1 : place]), "".join(pieces[place + 1 : place + 2])} & _SHAPES.keys():
        return r"[0-9]{1,2}"  # 9:05 is how people write it, and nothing stands beside it that it could be mistaken for
    if piece in _SHAPES:
        return _SHAPES[piece]
    return re.sub(r"(?:\\ )+", r"\\s+", re.escape(piece))


def _build(found: dict[str, str], *, timed: bool) -> date | datetime | None:
    values = {_PARTS[piece]: _number(piece, text) for piece, text in found.items() if piece != "ZZ"}
    month = values.get("month")
    if month is None:
        return None
    try:
        day = date(values["year"] or 0, month, values["day"] or 0)
        if not timed:
            return day
        zone = zone_of(found["ZZ"]) if "ZZ" in found else None
        return datetime(
            day.year, day.month, day.day, values["hour"] or 0, values.get("minute") or 0, values.get("second") or 0, tzinfo=zone
        )
    except ValueError:
        return None


def _number(piece: str, text: str) -> int | None:
    if piece == "MMM":
        return month_of(text)
    if piece == "YY":
        return int(text) + (1900 if int(text) >= _PIVOT else 2000)
    return int(text)


def _from_unix(text: str) -> datetime | None:
    whole, _, part = text.partition(".")
    seconds, rest = (int(whole[:10]), whole[10:]) if len(whole) == _MILLISECONDS else (int(whole), part)
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=int(rest[:6].ljust(6, "0")))
    except OverflowError:
        return None


def zone_of(text: str) -> timezone:
    """The time zone of `Z`, `UTC`, `+02:00`, `+0200` or `+02`; raises ValueError when it is out of range."""
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > len("+02") else 0
    if minutes >= 60:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if text[0] == "+" else -offset)


def parse_iso(text: str) -> date | datetime | None:
    """Read `2026-11-22`, `2026-11-22T10:30`, with seconds, fractions and zone, T or a space between.

    Out: a date, a datetime (naive without zone), or None when it is none of these.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day))
        micro = int((fraction or "").ljust(6, "0")[:6])
        known = zone_of(zone.upper()) if zone else None
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, tzinfo=known)
    except ValueError:
        return None


def month_of(word: str) -> int | None:
    """The month that a name or its first three or more letters mean, in English, fi, sv, de, fr or et.

    Out: 1 to 12, or None. English wins where languages differ (`mar` is March, not marraskuu).
    """
    key = _plain(word.rstrip("."))
    if len(key) < len("jan"):
        return None
    english = [number for number, name in enumerate(_MONTHS_EN, 1) if name.startswith(key)]
    if english:
        return english[0]
    others = {number for name, number in _other_months() if name.startswith(key)}
    return others.pop() if len(others) == 1 else None


@cache
def _other_months() -> tuple[tuple[str, int], ...]:
    return tuple((_plain(name), number) for names in _MONTHS_ELSEWHERE for number, name in enumerate(names.split(), 1))


def _plain(word: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(each))
