"""Look into a workbook's archive before a reader does: a file of a kilobyte can claim half a terabyte."""

from __future__ import annotations

import lzma
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from posixpath import join, normpath
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.extent import Inside, Seen, refuse_burst
from hub.formats.frame import cell_place
from hub.formats.grid import MEGABYTE, Limits
from hub.formats.prolog import doctype

if TYPE_CHECKING:
    from hub.formats.sheet_plain import PlainSheet
    from hub.formats.unpack_wide import Marks

_ENTRIES = 1000
_HARMLESS = 5 * MEGABYTE  # unpacked; below this a high ratio is only a monotonous table
_CHUNK = 1 << 20
_LONGEST_PROLOG = 1 << 20  # before the first element of a part
_XML_PARTS = (".xml", ".rels", ".vml")
_BESIDE = "META-INF/"  # no reader looks there, and old programs name a DTD in it
_COLUMNS = 16_384  # of any sheet
_MANY = 1 << 18  # bytes of a piece from which on it is looked at as a whole
_LARGE = 8 << 20  # bytes of a sheet from which on its plain cells are read while it is looked at

BROKEN_ARCHIVE = (
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What Python's reader of archives raises over a damaged one, by what is damaged."""

_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\s[^>]{0,200}?\br\s*=\s*["']([0-9]{1,7})["']""")
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]{0,200}?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_PLAIN_CELL = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})\"""")  # how nearly every program writes it
_CELL_STARTS = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]{0,200}\bt\s*=\s*["']e["'])[^>]{0,200}?\br\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["'][^>]{0,200}>.{0,800}?<(?:\w+:)?v>([^<]{1,20})<""",
    re.DOTALL,
)
_SHEET = re.compile(r"""<(?:\w+:)?sheet\s[^>]*>""")
_RELATION = re.compile(r"""<(?:\w+:)?Relationship\s[^>]*>""")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DAMAGED = "Open it in Excel, save it again and send that."


def look_inside(data: bytes, limits: Limits) -> Inside:
    """Refuse what would burst; out, by sheet: the cells that show an error, and the rows of large plain sheets.

    Readers give cells with errors as empty, and an empty price would pass for "keep what is stored".
    Raises FileRefused: 400.unreadable for no workbook, 400.too-large for a bomb.
    """
    found = Inside()
    try:
        with ZipFile(BytesIO(data)) as archive:
            _refuse_stranger(archive)
            check_directory(archive, len(data), limits)
            found.sheets = _sheet_names(archive)
            plain = _plain_sheets(archive)
            for path in _sheet_paths(archive):
                seen, sheet = _scan(archive, path, plain.get(path)), found.sheets.get(path)
                if sheet is None:
                    continue
                if seen.errors:
                    found.errors[sheet] = seen.errors
                pieces = plain[path].pieces() if path in plain else None
                if pieces is not None:
                    found.pieces[sheet] = pieces
    except BROKEN_ARCHIVE as broken:
        raise FileRefused(Problem(Code.UNREADABLE, f"the workbook is damaged: {broken}", _DAMAGED)) from None
    return found


def _plain_sheets(archive: ZipFile) -> dict[str, PlainSheet]:
    """Who reads the large sheets, should their cells be plain."""
    large = [path for path in _sheet_paths(archive) if archive.getinfo(path).file_size >= _LARGE]
    if not large:
        return {}
    from hub.formats.sheet_parts import Beside, is_plain_workbook
    from hub.formats.sheet_plain import PlainSheet

    beside = Beside(archive)
    return {path: PlainSheet(beside) for path in large} if is_plain_workbook(archive) else {}


def _refuse_stranger(archive: ZipFile) -> None:
    if "xl/workbook.xml" not in archive.namelist():
        cure = "Save it as Excel workbook (.xlsx) and send it again."
        raise FileRefused(Problem(Code.UNREADABLE, "the archive is no Excel workbook (.xlsx)", cure))


def check_directory(archive: ZipFile, packed: int, limits: Limits) -> None:
    """Refuse (400.too-large) an archive that unpacks to more than the limits allow."""
    entries = archive.infolist()
    unpacked = sum(each.file_size for each in entries)
    burst = unpacked > _HARMLESS and unpacked > packed * limits.unpacked_ratio
    if len(entries) > _ENTRIES or unpacked > limits.file_size or burst:
        times = unpacked // max(packed, 1)
        say = f"the workbook unpacks to {unpacked / MEGABYTE:,.1f} MB in {len(entries)} parts, {times} times its size"
        raise FileRefused(Problem(Code.TOO_LARGE, say, "Remove what is not the table (pictures, empty cells) or send CSV."))
    for each in entries:
        if each.filename.lower().endswith(_XML_PARTS) and not each.filename.startswith(_BESIDE):
            with archive.open(each) as stream:
                _refuse_strange(stream)


def _refuse_strange(part: IO[bytes]) -> None:
    """Programs write the parts of a workbook in UTF-8 and without a DOCTYPE, wherever it may stand."""
    begin = part.read(4)
    if b"\0" in begin or begin[:2] in (b"\xff\xfe", b"\xfe\xff") or doctype(_from(begin, part), _LONGEST_PROLOG) != "":
        raise FileRefused(Problem(Code.UNREADABLE, "the workbook's XML is not of the kind that Excel writes", _DAMAGED))


def _from(begin: bytes, rest: IO[bytes]) -> Callable[[int], bytes]:
    """How to read on in what was begun to be read."""
    pending = [begin]
    return lambda size: pending.pop() if pending else rest.read(size)


def _sheet_paths(archive: ZipFile) -> list[str]:
    return [each for each in archive.namelist() if each.startswith("xl/worksheets/") and each.endswith(".xml")]


def _scan(archive: ZipFile, path: str, plain: PlainSheet | None) -> Seen:
    """Read a sheet's XML once, in pieces, for its extent and its errors, and for its cells while they are plain."""
    seen = Seen()
    for piece in _pieces(archive, path):
        _note(seen, piece, plain if plain is not None and plain.is_plain else None)
    refuse_burst(seen, path.rsplit("/", 1)[-1].removesuffix(".xml"))
    return seen


def _pieces(archive: ZipFile, path: str) -> Iterator[bytes]:
    """A part of the archive in pieces that end between two rows, else two cells; no more than its directory entry says."""
    left = archive.getinfo(path).file_size
    rest = b""
    with archive.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise FileRefused(Problem(Code.TOO_LARGE, "the workbook unpacks to more than it says", _DAMAGED))
            piece = rest + chunk
            cut = piece.rfind(b"<row ", len(rest))
            if cut <= 0:
                cut = max(piece.rfind(b"<c "), piece.rfind(b"<", 0, max(piece.rfind(b":c "), 0)))
            rest = piece[cut:] if cut > 0 and len(piece) - cut < _CHUNK else b""
            yield piece[: len(piece) - len(rest)]
    yield rest


def _note(seen: Seen, piece: bytes, plain: PlainSheet | None) -> None:
    """Take down how far the cells of a piece reach, by their references, their rows' numbers, or their count."""
    marks = _marks_of(piece) if plain is not None or len(piece) >= _MANY else None
    if marks is not None:
        seen.cells += len(marks.cells)
        seen.last_column, seen.last_row = max(seen.last_column, marks.last_column), max(seen.last_row, marks.last_row)
    else:
        _note_each(seen, piece)
    if plain is not None and plain.take(piece, marks):
        return  # none of them shows an error
    if b'"e"' in piece or (b"'" in piece and b"'e'" in piece):
        for ref, shown in _ERROR_CELL.findall(piece):
            place = cell_place(ref.decode())
            if place:
                seen.errors.setdefault(place[1] - 1, {})[place[0]] = shown.decode(errors="replace")


def _marks_of(piece: bytes) -> Marks | None:
    from hub.formats.unpack_wide import marks_of

    return marks_of(piece)


def _note_each(seen: Seen, piece: bytes) -> None:
    """The same, however a program writes them."""
    count = sum(map(piece.count, _CELL_STARTS))
    refs = _PLAIN_CELL.findall(piece)
    if len(refs) != count:
        refs = _CELL.findall(piece)
    if len(refs) != count:  # cells may stand without a reference, each right of the one before
        widest = max(len(_ANY_CELL.findall(row)) for row in _ROW.split(piece))
        seen.last_column = max(seen.last_column, min(2 * widest, _COLUMNS))
    seen.cells += count
    letters, numbers = zip(*refs, strict=True) if refs else ((), ())
    for each in set(letters):
        place = cell_place(each.decode() + "1")
        seen.last_column = max(seen.last_column, place[0] + 1 if place else 0)
    rows = {*numbers, *_ROW_NUMBER.findall(piece)}
    seen.last_row = max(seen.last_row, max(map(int, rows), default=0))


def _sheet_names(archive: ZipFile) -> dict[str, str]:
    """The name that each sheet's part of the archive goes by."""
    from xml.sax.saxutils import unescape

    targets = relations(archive, "xl/_rels/workbook.xml.rels")
    names = {}
    for tag in _SHEET.findall(_text(archive, "xl/workbook.xml")):
        given = _attributes(tag)
        link = next((value for name, value in given.items() if name.endswith(":id")), "")
        path = targets.get(link, "")
        names[path] = unescape(given.get("name", ""), {"&quot;": '"', "&apos;": "'"})
    return names


def relations(archive: ZipFile, path: str) -> dict[str, str]:
    """The parts of a workbook by the links that its directory of relations gives them."""
    targets = {}
    for tag in _RELATION.findall(_text(archive, path)):
        given = _attributes(tag)
        targets[given.get("Id", "")] = normpath(join("/xl", given.get("Target", ""))).lstrip("/")
    return targets


def _attributes(tag: str) -> dict[str, str]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def _text(archive: ZipFile, path: str) -> str:
    return archive.read(path).decode("utf-8", errors="replace") if path in archive.namelist() else ""
