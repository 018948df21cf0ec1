"""The exact types of columns: decimals as scaled integers, times as UTC microseconds (SQLite and PostgreSQL alike)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

_PLACES = 6
_SCALE = 10**_PLACES
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# SQLite counts row ids only in a column that is exactly INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Exact(TypeDecorator[Decimal]):
    """A decimal with six places, kept as a scaled integer: floats would corrupt it, and SQL can still sum it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Scale on the way in; the fields' limits keep it inside 64 bits."""
        return None if value is None else int(Decimal(value) * _SCALE)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Unscale on the way out."""
        return None if value is None else _exact(int(value))


class Instant(TypeDecorator[datetime]):
    """A moment, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Only times with a zone are moments."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs its zone")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Out as an aware UTC time."""
        return None if value is None else _moment(int(value))


@lru_cache(maxsize=65_536)
def _exact(scaled: int) -> Decimal:
    """Few quantities and prices differ, so that most are known already."""
    whole, rest = divmod(scaled, _SCALE)
    return Decimal(scaled).scaleb(-_PLACES).normalize() if rest else Decimal(whole)


@lru_cache(maxsize=4096)
def _moment(microseconds: int) -> datetime:
    """What was written together has one time."""
    return EPOCH + microseconds * MICROSECOND


class When(TypeDecorator[date | datetime]):
    """A day or a moment as somebody said it: a day stays a day, which as a moment would be another day elsewhere."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: date | datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """ISO, moments in UTC."""
        return None if value is None else (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Out as it went in."""
        return None if value is None else when(value)


def when(text: str) -> date | datetime:
    """A day or a moment from its ISO text."""
    return date.fromisoformat(text) if len(text) == len("2026-11-22") else datetime.fromisoformat(text)


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Later than every moment: a line that has not been handed over yet counts against every stock figure."""
