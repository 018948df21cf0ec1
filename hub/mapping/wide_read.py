"""Columnar twins of the scalar readers: what is plain is read for the whole column at once, the rest cell by cell.

A twin claims only cells of which it is certain: digits in the partner's own notation, clean text, a sound GTIN. Every
other cell, and every field without a twin, goes through the scalar reader, once for each distinct text; so both ways
give the same values and the same faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from hub.domain.fields import Charset, Field, Type
from hub.domain.values import PLACES, WHOLE_DIGITS
from hub.formats.arrow import pa
from hub.formats.frame import NumberColumn, SheetColumn, TextColumn, Typed
from hub.mapping.notation import Ways
from hub.mapping.units import PERCENT, to_hub
from hub.mapping.wide import SCALE, Form, WideColumn, is_odd, narrowed, widened

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Read = Callable[[str], Any]

# Characters that are NFC by themselves and beside each other, and no blanks: Latin, Cyrillic, usual punctuation.
_CLEAN = r"!-~\x{a1}-\x{ac}\x{ae}-\x{2af}\x{400}-\x{45f}\x{2013}\x{2014}\x{2018}-\x{201e}\x{2022}\x{2026}\x{20ac}\x{2122}"
_TEXTS = {
    Charset.ANY: rf"^[{_CLEAN}](?:[ \n\t{_CLEAN}]*[{_CLEAN}])?$",
    Charset.CODE128: r"^[!-~](?:[ -~]*[!-~])?$",
    Charset.SKU: r"^[A-Za-z0-9.\-]+$",
}
# In UTF-8, bytes of which nothing but clean characters and blanks can be made: all of U+00C0 to U+027F, besides ASCII.
_LATIN = bytes([*range(0x80, 0xC0), *range(0xC3, 0xCA)])
_CLEAN_BYTES = {
    Charset.ANY: bytes(range(0x20, 0x7F)) + _LATIN,
    Charset.CODE128: bytes(range(0x20, 0x7F)),
    Charset.SKU: b"-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}
_FEW_DIGITS = 15  # a float tells all numbers of so many apart
_DIGIT = re.compile(r"\d")
_EXACT = 10**9  # below, their scaled integers too


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a twin read: values where `mask` is true; anything elsewhere."""

    form: Form
    array: pa.Array
    mask: Mask


def read_column(field: Field, column: TextColumn, ways: Ways | None, read: Read) -> Sequence[Any]:
    """Every cell of a column as a value; what came typed is in the hub's notation.

    In: the field, how the partner writes it (None where something is done to the text first), the scalar reader.
    Out: a wide column, or a list when the values have no common form.
    """
    if isinstance(column, SheetColumn) and column.typed:
        may_be_shares = field.unit == PERCENT and ways is not None and ways.unit is None
        known = None if ways is None or may_be_shares else replace(ways, decimal=".")
        return _read(field, column, known, lambda text: read(Typed(text)))
    return _read(field, column, ways, read)


def _read(field: Field, column: TextColumn, ways: Ways | None, read: Read) -> Sequence[Any]:
    claimed = _claim(field, column, ways) if ways is not None else None
    if claimed is None:
        return by_distinct(column.array, read)
    return _completed(claimed, column, read)


def by_distinct(texts: pa.Array, read: Read) -> Sequence[Any]:
    """A function of each distinct text, brought back to the rows."""
    words = texts.dictionary_encode()
    values = [read(each) for each in words.dictionary.to_pylist()]
    wide = widened(values)
    if not isinstance(wide, WideColumn):
        return [values[at] for at in words.indices.to_pylist()]
    odd: dict[int, Any] = {}
    if wide.odd:
        places = words.indices.to_numpy()
        odd = {at: wide.odd[int(places[at])] for at in np.flatnonzero(np.isin(places, list(wide.odd))).tolist()}
    return WideColumn(wide.form, wide.array.take(words.indices), odd)


def _completed(claimed: Claimed, column: TextColumn, read: Read) -> Sequence[Any]:
    """What the twin claimed, and the scalar reader's word for all other cells."""
    rest = np.flatnonzero(~claimed.mask)
    if not len(rest):
        return WideColumn(claimed.form, claimed.array)
    cells = column.array.take(pa.array(rest)).to_pylist()
    memo = {cell: read(cell) for cell in set(cells)}
    values = [memo[cell] for cell in cells]
    odd = {int(at): value for at, value in zip(rest, values, strict=True) if is_odd(value)}
    plain = [None if is_odd(value) else value for value in values]
    held = [None if value is None else narrowed(claimed.form, value) for value in plain]
    if any(one is None and other is not None for one, other in zip(held, plain, strict=True)):
        whole = list(WideColumn(claimed.form, claimed.array))
        for at, value in zip(rest.tolist(), values, strict=True):
            whole[at] = value
        return widened(whole)
    array = pc.replace_with_mask(claimed.array, pa.array(~claimed.mask), pa.array(held, WideColumn.type_of(claimed.form)))
    return WideColumn(claimed.form, array, odd)


def _claim(field: Field, column: TextColumn, ways: Ways) -> Claimed | None:
    """What a field's twin reads of a column; None when it has no twin."""
    if field.many:
        return None
    if isinstance(column, NumberColumn) and field.type is Type.DECIMAL and not any(map(_DIGIT.search, ways.words)):
        return _floats(field, column, ways)
    texts = column.array
    claimed: Claimed | None = None
    match field.type:
        case Type.DECIMAL:
            claimed = _numbers(field, texts, ways)
        case Type.TEXT:
            claimed = _texts(field, texts)
        case Type.GTIN:
            claimed = _gtins(texts)
        case _:
            pass
    if claimed is None or not ways.words:
        return claimed
    return Claimed(claimed.form, claimed.array, claimed.mask & ~_may_be_a_word(texts, ways.words))


def _may_be_a_word(texts: pa.Array, words: frozenset[str]) -> Mask:
    """Whether a cell may be one of a few folded words; folding never makes a text shorter."""
    short: Mask = _numpy(pc.less_equal(pc.utf8_length(texts), max(map(len, words))))
    same = _numpy(pc.is_in(pc.utf8_lower(texts), pa.array(sorted(words))))
    found: Mask = short & (same | ~_numpy(pc.string_is_ascii(texts)))
    return found


def _texts(field: Field, texts: pa.Array) -> Claimed:
    """Clean text within its length stands as it is; an empty cell is no value."""
    at, data = _cells(texts)
    if _all_of(data[at[0] : at[-1]], _CLEAN_BYTES[field.charset]) and not _edged(at, data, " "):
        mask = np.ones(len(texts), bool)
    else:
        mask = _numpy(pc.match_substring_regex(texts, _TEXTS[field.charset]))
    if field.limit is not None and (at[1:] - at[:-1]).max(initial=0) > field.limit:  # in bytes: seldom so long
        mask = mask & _numpy(pc.less_equal(pc.utf8_length(texts), field.limit))
    return _with_blanks(Form.TEXT, texts, mask, texts)


def _cells(texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each cell begins, and the last one ends, in the bytes of all."""
    _, offsets, data = texts.buffers()
    at = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1] if offsets else np.zeros(1, np.int32)
    return at, np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def _all_of(data: npt.NDArray[np.uint8], allowed: bytes) -> bool:
    """Whether nothing but some bytes is there."""
    return not data.tobytes().translate(None, allowed)


def _edged(at: npt.NDArray[np.int32], data: npt.NDArray[np.uint8], edge: str) -> bool:
    """Whether a cell begins or ends with a character of one byte."""
    first, after = at[:-1], at[1:]
    filled = after > first
    if not filled.all():
        first, after = first[filled], after[filled]
    return bool((data[first] == ord(edge)).any() or (data[after - 1] == ord(edge)).any())


def _with_blanks(form: Form, array: pa.Array, mask: Mask, texts: pa.Array) -> Claimed:
    """Empty cells become nulls that are claimed too."""
    empty = pc.equal(pc.binary_length(texts), 0)
    nothing = _numpy(empty)
    if nothing.any():
        array = pc.if_else(empty, pa.scalar(None, array.type), array)
        mask = mask | nothing
    return Claimed(form, array, mask)


def _numbers(field: Field, texts: pa.Array, ways: Ways) -> Claimed | None:
    """Plain digits within the field's bounds, as scaled integers; a unit is converted where that is exact."""
    factor = _factor(ways.unit)
    if factor is None:
        return None
    found = _simple(texts, ways.decimal)
    scaled, mask = found if found is not None else _patterned(texts, ways.decimal)
    return _with_blanks(Form.NUMBER, *_held(field, scaled, mask, factor), texts)


def _floats(field: Field, column: NumberColumn, ways: Ways) -> Claimed | None:
    """The same of numbers that came as such."""
    factor = _factor(ways.unit)
    if factor is None:
        return None
    array, mask = _held(field, *_scaled_floats(column.numbers), factor)
    if not column.blank.any():
        return Claimed(Form.NUMBER, array, mask)
    return Claimed(Form.NUMBER, pc.if_else(pa.array(column.blank), pa.scalar(None, array.type), array), mask | column.blank)


def _held(field: Field, scaled: Numbers, mask: Mask, factor: tuple[int, int]) -> tuple[pa.Array, Mask]:
    """Scaled numbers in the hub's unit, and which of them are exact and within the field's bounds."""
    times, parts = factor
    if times != 1:
        mask = mask & (np.abs(scaled) < (1 << 62) // times)
        scaled = scaled * times
    if parts != 1:
        mask = mask & (scaled % parts == 0)
        scaled = scaled // parts
    mask = mask & (np.abs(scaled) < 10**WHOLE_DIGITS * SCALE)
    if field.least is not None:
        mask = mask & (scaled >= field.least * SCALE)
    if field.above is not None:
        mask = mask & (scaled > field.above * SCALE)
    return pa.array(scaled), mask


def _scaled_floats(numbers: npt.NDArray[np.float64]) -> tuple[Numbers, Mask]:
    """Floats as scaled integers, and which of them are the nearest to a number of at most six places, and no other."""
    mask: Mask = np.abs(numbers) < _EXACT
    scaled = np.rint(np.where(mask, numbers, 0) * SCALE)
    return scaled.astype(np.int64), mask & (scaled / SCALE == numbers)


def _simple(texts: pa.Array, sign: str) -> tuple[Numbers, Mask] | None:
    """A column of nothing but short plain numbers, scaled, by way of floats; None where another way must be gone."""
    at, data = _cells(texts)
    allowed = b"0123456789" + sign.encode()
    widths = at[1:] - at[:-1]
    short = len(widths) and widths.min() and widths.max() <= _FEW_DIGITS
    if not short or not _all_of(data[at[0] : at[-1]], allowed) or _edged(at, data, sign):
        return None
    try:
        numbers = pc.cast(texts if sign == "." else pc.replace_substring(texts, sign, "."), pa.float64()).to_numpy()
    except pa.ArrowInvalid:  # two signs in a cell
        return None
    return _scaled_floats(numbers)


def _patterned(texts: pa.Array, decimal: str) -> tuple[Numbers, Mask]:
    """Cells that are plain numbers, scaled, and which they are."""
    sign = r"\." if decimal == "." else decimal
    mask = _numpy(pc.match_substring_regex(texts, rf"^-?[0-9]{{1,{WHOLE_DIGITS}}}(?:{sign}[0-9]{{1,{PLACES}}})?$"))
    digits = texts if mask.all() else pc.if_else(pa.array(mask), texts, pa.scalar("0"))
    if decimal != ".":
        digits = pc.replace_substring(digits, decimal, ".")
    return _scaled(pc.cast(digits, pa.decimal128(WHOLE_DIGITS + PLACES, PLACES))), mask


@lru_cache(maxsize=64)
def _factor(unit: str | None) -> tuple[int, int] | None:
    """A unit's factor as a fraction; None when it is too fine to be exact here."""
    if unit is None:
        return 1, 1
    times, parts = to_hub(Decimal(1), unit).as_integer_ratio()
    return (times, parts) if max(times, parts) <= SCALE else None


def _scaled(numbers: pa.Array) -> Numbers:
    """The integers inside decimals of 18 digits: the low half of each."""
    halves = np.frombuffer(numbers.buffers()[1], np.int64)[2 * numbers.offset :]
    return halves[: 2 * len(numbers) : 2].copy()


def _gtins(texts: pa.Array) -> Claimed:
    """Digits of one of the four lengths with the right check digit."""
    mask = np.zeros(len(texts), bool)
    lengths = _numpy(pc.binary_length(texts))
    digits_only = _numpy(pc.ascii_is_decimal(texts)) & _numpy(pc.string_is_ascii(texts))
    for length in (8, 12, 13, 14):
        fits = (lengths == length) & digits_only
        if fits.any():
            mask[fits] = _sound(texts if fits.all() else texts.filter(pa.array(fits)), length)
    return _with_blanks(Form.TEXT, texts, mask, texts)


def _sound(texts: pa.Array, length: int) -> Mask:
    """Whether the last of so many digits is their check digit."""
    at, data = _cells(texts)
    first = at[0]
    digits = data[first : first + len(texts) * length].reshape(-1, length) - ord("0")
    weights = np.array([3 if place % 2 == 0 else 1 for place in range(length - 1)][::-1], np.uint16)
    total = (digits[:, :-1] * weights).sum(1, dtype=np.uint16)
    found: Mask = (total + digits[:, -1]) % 10 == 0
    return found


def _numpy(array: pa.Array) -> Any:
    return array.to_numpy(zero_copy_only=False)
