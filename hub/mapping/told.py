"""What a product row says of the product, as one number: the same row again costs no write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import xxhash

from hub.domain.values import CLEAR, PLACES, canonical

NOT_TOLD = frozenset({"sku", "catalog", "stock", "incoming", "wholesale_price"})
"""The key, and the balance, which has a life of its own."""

BETWEEN, NOTHING, EMPTIED = "\x1f", "\x1d", "\x1c"  # no value holds one of these


def row_hash(record: Mapping[str, Any], mode: str) -> int:
    """What a row says of the product, as a signed 64-bit number.

    Sku and mode count; two products never have the same. `hub.mapping.wide_hash.hashes` is the same over columns.
    """
    names = sorted(name for name in record if name not in NOT_TOLD)
    said = BETWEEN.join([str(record["sku"]), *(_said(record[name]) for name in names)])
    unsigned = xxhash.xxh3_64_intdigest(said.encode(), seed_of(names, mode))
    return unsigned if unsigned < 1 << 63 else unsigned - (1 << 64)


def seed_of(names: Iterable[str], mode: str) -> int:
    """Where the hash of a row begins: which fields it tells, and what the file says of what it lacks."""
    return xxhash.xxh3_64_intdigest(BETWEEN.join([mode, *names]).encode())


def _said(value: Any) -> str:
    if value is None:
        return NOTHING
    if value is CLEAR:
        return EMPTIED
    if isinstance(value, Decimal):
        return str(int(value.scaleb(PLACES)))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(canonical(value))
