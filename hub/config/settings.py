"""The hub's own settings, `config/hub.yaml`: every key optional, the defaults here are the contract's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field

from hub.config.scalars import Duration, Int, Section, Size, Text, Zone, at_least
from hub.config.wording import Saw

_SECOND = timedelta(seconds=1)
_ONE = AfterValidator(at_least(1, "1"))

_SQLITE = "sqlite:///"
_STORE_CURE = "write sqlite:///var/hub.db or postgresql+psycopg://user@host/db"
_STORES = ("sqlite:///", "postgresql+psycopg://")


def _without_secret(url: str) -> str:
    """Refuse an address that carries a password, without showing it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Saw("is no address", _STORE_CURE) from None
    if parts.password is not None or "password" in parse_qs(parts.query):
        raise Saw("an address with a password in it", "leave the password out and give it as PGPASSWORD or in a .pgpass file")
    return url


def _is_store(url: str) -> str:
    if not url.startswith(_STORES) or url == _SQLITE:
        raise Saw(
            f"saw {url.partition('://')[0] + '://…' if '://' in url else 'no address'!r}",
            _STORE_CURE,
        )
    return url


Store = Annotated[Text, AfterValidator(_without_secret), AfterValidator(_is_store)]
Place = Annotated[Text, AfterValidator(_without_secret)]


class Limits(Section):
    """How large a partner's file may be before it is refused as 400.too-large."""

    file_size: Annotated[Size, _ONE] = Field(512_000_000, description="greatest size of one file")
    rows: Annotated[Int, _ONE] = Field(5_000_000, description="greatest number of rows in one file")
    unpacked_ratio: Annotated[Int, _ONE] = Field(100, description="how many times larger a workbook may be when unpacked")


class Retention(Section):
    """How long what is kept: the archive, persons' data after the final status, and records."""

    archive: Duration = Field(timedelta(days=400), description="files in and out")
    personal_data: Duration = Field(timedelta(days=90), description="names and addresses, from the final status on")
    records: Duration = Field(timedelta(days=2557), description="orders, shipments, events")


class Retry(Section):
    """How often a delivery is tried and how the pauses grow."""

    attempts: Annotated[Int, _ONE] = Field(8, description="after so many the file waits in quarantine")
    first: Annotated[Duration, AfterValidator(at_least(_SECOND, "1s"))] = Field(
        timedelta(seconds=30), description="pause after the first failure"
    )
    longest: Annotated[Duration, AfterValidator(at_least(_SECOND, "1s"))] = Field(
        timedelta(hours=1), description="no pause is longer"
    )

    def pause(self, attempt: int) -> timedelta:
        """How long to wait after the failure of attempt 1, 2, 3 …: doubled each time up to `longest`."""
        doublings = min(attempt - 1, 30)
        return min(self.first * (1 << doublings), self.longest)


class Settings(Section):
    """Everything in `config/hub.yaml`."""

    store: Store = Field("sqlite:///var/hub.db", description="where orders, shipments and the ledger are kept")
    archive: Place = Field("var/archive", description="where every file in and out is kept as it was")
    timezone: Zone = Field("Europe/Helsinki", description="zone of times without one, unless the partner has his own")
    poll: Annotated[Duration, AfterValidator(at_least(_SECOND, "1s"))] = Field(
        timedelta(seconds=60), description="how often channels are looked at"
    )
    settle: Duration = Field(
        timedelta(seconds=10), description="a file must stand unchanged this long before it is taken; 0s: take at once"
    )
    limits: Limits = Field(default_factory=Limits, description="greatest size of partners' files")
    retention: Retention = Field(default_factory=Retention, description="how long what is kept")
    retry: Retry = Field(default_factory=Retry, description="how deliveries are tried again")

    def sqlite_file(self, home: Path) -> Path | None:
        """Where the SQLite store lies, relative paths starting at the workspace; None for another store."""
        if not self.store.startswith(_SQLITE):
            return None
        return home / self.store.removeprefix(_SQLITE)

    def archive_folder(self, home: Path) -> Path | None:
        """The folder of the archive; None when it is an address such as s3://bucket/prefix."""
        return None if "://" in self.archive else home / self.archive
