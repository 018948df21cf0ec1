"""Hostile files made out of real ones: examples of every mapping, cut, swapped, doubled, spliced; and plain noise."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st

from hub.mapping.compile import Mapping
from hub.mapping.examples import EXPECTED
from hub.mapping.library import Library

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)

_HOSTILE = (
    b"\0", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'", b"\\", b";", b",", b"|", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xc0\xaf", b"\xed\xa0\x80", b"\x1b[31m", b"=1+1", b"@SUM(A1)", b"-", b"1e999999999", b"9" * 50,
    b"NaN", b"-Infinity", b"null",
    b"{", b"}", b"[", b"]", b"[[[[[[[[", b":", b"<", b">", b"</", b"/>", b"&a;", b"&#0;", b"&#xD800;", b"<!--",
    b"]]>", b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY a 'b'>]>", b"<?xml version='1.0' encoding='UTF-7'?>", b"\\ud800", b"2026-02-30", b"0000-00-00",
    b"31.12.9999", b"99999999999999999999", b"\xe2\x80\xae", b"PK\x03\x04", b"\x1f\x8b", b"EUR", b"%", b"UNA:+.? '", b"ISA*",
)  # fmt: skip
_PACKED = b"PK\x03\x04"
_MOST = 20_000  # bytes of an example; from a long one its beginning


def reading_mappings() -> list[Mapping]:
    """Every mapping of the workspace and of the hub that reads."""
    return [mapping for name in LIBRARY.names() if (mapping := LIBRARY.get(name)).reading]


def examples_of(mapping: Mapping) -> list[bytes]:
    """The real files that prove a mapping."""
    folder = LIBRARY.examples_folder(mapping.name)
    return [path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file() and not path.name.endswith(EXPECTED)]


def hostile_files(examples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Files such as a broken or a hostile sender writes."""
    real = st.sampled_from([each[:_MOST] if not each.startswith(_PACKED) else each for each in examples])
    return st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(_HOSTILE), max_size=30).map(b"".join), mutated(real))


@st.composite
def mutated(draw: st.DrawFn, real: st.SearchStrategy[bytes]) -> bytes:
    """A real file after one to six accidents; a workbook suffers them in one of its parts, or as a whole."""
    data = draw(real)
    if data.startswith(_PACKED) and draw(st.integers(0, 3)):
        return _in_a_part(draw, data)
    return _accidents(draw, data)


def _accidents(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 6))):
        data = draw(st.sampled_from(_ACCIDENTS))(draw, data)
    return data


def _in_a_part(draw: st.DrawFn, data: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        names = book.namelist()
        hit = draw(st.sampled_from(names))
        for name in names:
            part = book.read(name)
            copy.writestr(name, _accidents(draw, part) if name == hit else part)
    return out.getvalue()


def _place(draw: st.DrawFn, data: bytes) -> int:
    return draw(st.integers(0, len(data)))


def _cut(draw: st.DrawFn, data: bytes) -> bytes:
    return data[: _place(draw, data)]


def _lose(draw: st.DrawFn, data: bytes) -> bytes:
    one, other = sorted((_place(draw, data), _place(draw, data)))
    return data[:one] + data[other:]


def _double(draw: st.DrawFn, data: bytes) -> bytes:
    one, other = sorted((_place(draw, data), _place(draw, data)))
    return data[:other] + data[one:]


def _swap(draw: st.DrawFn, data: bytes) -> bytes:
    one, two, three = sorted((_place(draw, data), _place(draw, data), _place(draw, data)))
    return data[:one] + data[two:three] + data[one:two] + data[three:]


def _splice(draw: st.DrawFn, data: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + draw(st.sampled_from(_HOSTILE)) + data[at + draw(st.integers(0, 3)) :]


def _flip(draw: st.DrawFn, data: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]


def _lines(draw: st.DrawFn, data: bytes) -> bytes:
    """A line too often, or lines in another order."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = draw(st.integers(0, len(lines) - 1))
    to = draw(st.integers(0, len(lines)))
    kept = lines if draw(st.booleans()) else [*lines[:at], *lines[at + 1 :]]
    return b"".join([*kept[:to], lines[at], *kept[to:]])


_ACCIDENTS: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (_cut, _lose, _double, _swap, _splice, _splice, _flip, _lines)
