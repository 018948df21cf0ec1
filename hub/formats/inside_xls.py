"""Look into a workbook of the old kind (.xls) before its reader does: how far its sheets reach, which cells show errors."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.extent import Errors, Seen, refuse_burst

SHOWN = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_DAMAGED = "Open it in Excel, save it again and send that."
_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_END = 0xFFFFFFFA  # sector numbers from here on are marks
_SHORT = 4096  # streams below this size lie in the small sectors
_BOF, _SHEET, _PASSWORD, _ERROR, _FORMULA = 0x0809, 0x0085, 0x002F, 0x0205, 0x0006
_ONE_CELL = frozenset({0x0201, 0x0203, 0x0204, _ERROR, 0x027E, 0x00FD, 0x00D6, _FORMULA})
_MANY_CELLS = frozenset({0x00BD, 0x00BE})


def look_inside_xls(data: bytes) -> dict[str, Errors]:
    """Refuse what would burst or asks for a password; out: the cells that show an error, by sheet.

    Raises FileRefused: 400.unreadable for what is no workbook, 400.password, 400.too-large.
    """
    try:
        stream = _workbook_stream(data)
        sheets = _sheets(stream)
    except (struct.error, IndexError, ValueError, OverflowError, MemoryError):
        raise FileRefused(Problem(Code.UNREADABLE, "the workbook (.xls) is damaged", _DAMAGED)) from None
    for name, seen in sheets.items():
        refuse_burst(seen, name)
    everything = Seen(sum(each.cells for each in sheets.values()), sum(each.last_row for each in sheets.values()))
    everything.last_column = max((each.last_column for each in sheets.values()), default=0)
    refuse_burst(everything, "all of it")  # its reader holds all sheets at once
    return {name: each.errors for name, each in sheets.items() if each.errors}


def _workbook_stream(data: bytes) -> bytes:
    """The stream of the compound file that holds the workbook."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    small = 1 << struct.unpack_from("<H", data, 32)[0]
    if size not in (512, 4096) or small != 64:
        raise ValueError("sector sizes")
    table = _fat(data, size)
    directory = _chain(data, table, struct.unpack_from("<I", data, 48)[0], size, size)
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    root = entries[0]
    for entry in entries:
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[: max(length - 2, 0)] not in _STREAMS:
            continue
        start, count = struct.unpack_from("<II", entry, 116)
        if count >= _SHORT:
            return _chain(data, table, start, size, size)[:count]
        minis = _chain(data, table, struct.unpack_from("<I", root, 116)[0], size, size)
        short = _numbers(_chain(data, table, struct.unpack_from("<I", data, 60)[0], size, size))
        return _chain(minis, short, start, small, 0)[:count]
    raise ValueError("no workbook in it")


def _fat(data: bytes, size: int) -> list[int]:
    """The table that says which sector follows which."""
    sectors = [each for each in struct.unpack_from("<109I", data, 76) if each < _END]
    following, left = struct.unpack_from("<I", data, 68)[0], len(data) // size
    while following < _END and left > 0:
        piece = struct.unpack_from(f"<{size // 4}I", data, (following + 1) * size)
        sectors += [each for each in piece[:-1] if each < _END]
        following, left = piece[-1], left - 1
    if len(sectors) > len(data) // size:
        raise ValueError("more sectors than there are")
    return [number for each in sectors for number in _numbers(data[(each + 1) * size : (each + 2) * size])]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _chain(data: bytes, table: list[int] | tuple[int, ...], start: int, size: int, before: int) -> bytes:
    """The sectors of a stream in their order; `before` is the length of the header above the first."""
    out: list[bytes] = []
    while start < _END:
        if len(out) > len(table):
            raise ValueError("a circle of sectors")
        out.append(data[before + start * size : before + (start + 1) * size])
        start = table[start]
    return b"".join(out)


def _sheets(stream: bytes) -> dict[str, Seen]:
    """What each sheet holds."""
    names: dict[int, str] = {}
    found: dict[str, Seen] = {}
    seen: Seen | None = None
    for at, kind, body in _records(stream):
        if kind == _PASSWORD:
            raise FileRefused(
                Problem(Code.PASSWORD, "the workbook asks for a password", "Save it without a password and send it again.")
            )
        if kind == _SHEET and len(body) > 8:
            names[struct.unpack_from("<I", body)[0]] = _sheet_name(body)
        elif kind == _BOF:
            seen = found.setdefault(names[at], Seen()) if at in names else None
        elif seen is not None:
            _note(seen, kind, body)
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheet_name(body: bytes) -> str:
    """The name; the newer form says whether its letters have two bytes each."""
    count, form = body[6], body[7]
    if form == 0:
        return body[8 : 8 + count].decode("latin-1")
    return body[8 : 8 + 2 * count].decode("utf-16-le") if form == 1 else body[7 : 7 + count].decode("latin-1")


def _note(seen: Seen, kind: int, body: bytes) -> None:
    if kind in _ONE_CELL:
        row, column = struct.unpack_from("<HH", body)
        seen.cell(row, column, _error(kind, body))
    elif kind in _MANY_CELLS:
        row, first = struct.unpack_from("<HH", body)
        seen.cells += struct.unpack_from("<H", body, len(body) - 2)[0] - first
        seen.cell(row, struct.unpack_from("<H", body, len(body) - 2)[0])


def _error(kind: int, body: bytes) -> str | None:
    if kind == _ERROR and body[7]:
        return SHOWN.get(body[6], "#N/A")
    if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
        return SHOWN.get(body[8], "#N/A")
    return None
