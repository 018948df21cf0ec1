"""What all tables belong to."""

from __future__ import annotations

from sqlalchemy import MetaData

from hub.store.dialect import NAMES

metadata = MetaData(naming_convention=NAMES)
