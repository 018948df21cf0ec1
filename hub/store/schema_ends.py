"""The tables about partners' ends: what lies there, and who could not be reached."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from hub.store.metadata import metadata
from hub.store.types import Instant

lying = Table(  # files at a partner's end that are not to be taken (again)
    "lying",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified_at", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("file", BigInteger, ForeignKey("files.id")),
    Column("why", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

reach = Table(  # partners who could not be reached at the last try
    "reach",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("next_try", Instant),
    Column("code", String(30), nullable=False),
    Column("error", Text, nullable=False),
)

claims = Table(  # places outside the workspace where claimed files of partners lie, for as long as they may
    "claims",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("place", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)
