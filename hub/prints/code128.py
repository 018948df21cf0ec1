"""Code 128 by ISO/IEC 15417: a text becomes the widths of bars and spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

# symbol values 0 to 105, six widths each
_PATTERNS = re.findall(
    "[0-9]{6}",
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232",
)
_STOP = "2331112"
_CODE_C, _CODE_B, _START_B, _START_C = 99, 100, 104, 105


def carries(text: str) -> bool:
    """Whether Code 128 can carry a text: printable ASCII, at least one character."""
    return bool(text) and all(" " <= each <= "~" for each in text)


def symbols(text: str) -> list[int]:
    """The symbol values of a text, start and check included, stop excluded; runs of digits go in pairs.

    Raises ValueError for a text that Code 128 cannot carry.
    """
    if not carries(text):
        raise ValueError("Code 128 carries printable ASCII only")
    values = list(_values(text))
    return [*values, (values[0] + sum(place * value for place, value in enumerate(values))) % 103]


def _values(text: str) -> Iterator[int]:
    """Set C for runs of digits where it saves symbols (four at an end, six between), else set B."""
    in_c: bool | None = None
    position = 0
    while position < len(text):
        run = re.match(r"[0-9]*", text[position:])
        digits = len(run[0]) if run else 0
        at_end = position == 0 or position + digits == len(text)
        pairs = digits // 2 if digits >= (4 if at_end else 6) or (digits == 2 == len(text)) else 0
        if pairs and digits % 2 and in_c is not True and position + digits == len(text) and position:
            yield from _in_b(text[position], in_c=in_c)  # an odd run at the end: its first digit in the set that is on already
            in_c, position = False, position + 1
            continue
        if pairs:
            if in_c is not True:
                yield _START_C if in_c is None else _CODE_C
            yield from (int(text[at : at + 2]) for at in range(position, position + 2 * pairs, 2))
            in_c, position = True, position + 2 * pairs
            continue
        yield from _in_b(text[position], in_c=in_c)
        in_c, position = False, position + 1


def _in_b(character: str, *, in_c: bool | None) -> Iterator[int]:
    if in_c is not False:
        yield _START_B if in_c is None else _CODE_B
    yield ord(character) - 32


@lru_cache(maxsize=4096)
def widths(text: str) -> tuple[int, ...]:
    """The widths of bars and spaces in turn, in modules, bar first; quiet zones are the reader's affair."""
    return tuple(int(width) for value in symbols(text) for width in _PATTERNS[value]) + tuple(int(width) for width in _STOP)
