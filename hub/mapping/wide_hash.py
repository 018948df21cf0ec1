"""What a record says, as one number and as JSON: over whole columns, and for one record the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import repeat

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import xxhash

from hub.domain.values import PLACES, WHOLE_DIGITS
from hub.formats.arrow import pa
from hub.mapping.told import BETWEEN, NOT_TOLD, NOTHING, seed_of
from hub.mapping.wide import Form, WideColumn

_TOGETHER = 50_000


def hashes(fields: Mapping[str, WideColumn], mode: str) -> npt.NDArray[np.int64]:
    """The hash of each record; see `hub.mapping.told.row_hash`, whose columnar twin this is."""
    names = sorted(name for name in fields if name not in NOT_TOLD)
    seed = seed_of(names, mode)
    count = len(fields["sku"])
    found = np.empty(count, np.uint64)
    for start in range(0, count, _TOGETHER):
        parts = [fields[name].array.slice(start, _TOGETHER).cast(pa.string()) for name in ("sku", *names)]
        joined = pc.binary_join_element_wise(*parts, BETWEEN, null_handling="replace", null_replacement=NOTHING)
        texts = joined.cast(pa.binary()).to_numpy(zero_copy_only=False)
        found[start : start + len(texts)] = np.fromiter(map(xxhash.xxh3_64_intdigest, texts, repeat(seed)), np.uint64, len(texts))
    return found.view(np.int64)


def written(fields: Mapping[str, WideColumn]) -> pa.Array:
    """Each record as the JSON text of its fields in canonical form; what says nothing is left out."""
    pieces = [_piece(name, column) for name, column in sorted(fields.items())]
    inside = pc.binary_join_element_wise(*pieces, ", ", null_handling="skip")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _piece(name: str, column: WideColumn) -> pa.Array:
    start = f"{json.dumps(name)}: "
    if column.form is Form.LISTED:
        return pc.binary_join_element_wise(start, column.array, "")
    return pc.binary_join_element_wise(f'{start}"', _canonical(column), '"', "")


def _canonical(column: WideColumn) -> pa.Array:
    match column.form:
        case Form.NUMBER:
            return plain_numbers(column.array)
        case Form.YESNO:
            return column.array.cast(pa.string())
        case _:
            return _escaped(column.array)


def _escaped(texts: pa.Array) -> pa.Array:
    """Texts as they stand inside a JSON string; control characters are those that a field may hold."""
    together = _bytes_of(texts)  # one byte is looked for in all of them ten times as fast as in each
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        if plain.encode() in together:
            texts = pc.replace_substring(texts, plain, escaped)
    return texts


def _bytes_of(texts: pa.Array) -> bytes:
    _, offsets, data = texts.buffers()
    if data is None:
        return b""
    at = np.frombuffer(offsets, np.int32)
    first, last = int(at[texts.offset]), int(at[texts.offset + len(texts)])
    return bytes(memoryview(data)[first:last])


def plain_numbers(scaled: pa.Array) -> pa.Array:
    """Scaled integers in plain notation, without zeros at their end."""
    numbers = pc.fill_null(scaled, 0).to_numpy(zero_copy_only=False)
    halves = np.empty((len(numbers), 2), np.int64)
    halves[:, 0], halves[:, 1] = numbers, numbers >> 63
    kind = pa.decimal128(WHOLE_DIGITS + PLACES + 1, PLACES)
    texts = pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(halves)]).cast(pa.string())
    texts = pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".")
    return pc.if_else(scaled.is_valid(), texts, pa.scalar(None, pa.string()))
