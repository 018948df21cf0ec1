"""A file that came packed: gzip, or a zip of one file, opened within bounds."""

from __future__ import annotations

import zlib
from gzip import GzipFile
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.grid import MEGABYTE, Limits, Source, source_bytes
from hub.formats.unpack import BROKEN_ARCHIVE

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second: a zip of nothing
_OF_A_MAC = "__MACOSX/"  # what its Finder adds of its own
_WORKBOOK = ("xl/", "content.xml", "mimetype", "[Content_Types].xml", "META-INF/")
_HARMLESS = 5 * MEGABYTE  # unpacked; below this a high ratio is only a monotonous file
_DAMAGED = "Pack it again and send it."
_SUFFIXES = frozenset({".gz", ".zip"})


def unpacked(source: Source, limits: Limits) -> bytes:
    """The bytes of a file as its format has them; a workbook is a zip by itself and stays one.

    Raises FileRefused: 400.unreadable for a damaged pack or one of several files, 400.password, 400.too-large for one
    that unpacks to more than `limits` allow.
    """
    data = source_bytes(source, limits)
    if data.startswith(_GZIP):
        return _gunzipped(data, limits)
    if data.startswith(_ZIP):
        return _unzipped(data, limits)
    return data


def plain_name(name: str) -> str:
    """The name of a packed file without what says so: `orders.csv.gz` is `orders.csv`."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in _SUFFIXES and path.stem else name


def _gunzipped(data: bytes, limits: Limits) -> bytes:
    most = _most(len(data), limits)
    try:
        with GzipFile(fileobj=BytesIO(data)) as stream:
            found = stream.read(most + 1)
    except EOFError:
        raise FileRefused(Problem(Code.UNREADABLE, "the packed file breaks off", _DAMAGED)) from None
    except (zlib.error, OSError) as broken:
        raise FileRefused(Problem(Code.UNREADABLE, f"the packed file is damaged: {broken}", _DAMAGED)) from None
    if len(found) > most:
        raise FileRefused(_bomb(most))
    return _something(found)


def _unzipped(data: bytes, limits: Limits) -> bytes:
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir() and not _is_chaff(each.filename)]
            if any(each.filename.startswith(_WORKBOOK) for each in entries):
                return data
            if len(entries) != 1:
                say = f"the zip holds {len(entries)} files"
                raise FileRefused(Problem(Code.UNREADABLE, say, "Send each file by itself, or a zip of one file."))
            if entries[0].flag_bits & 1:
                raise FileRefused(Problem(Code.PASSWORD, "the zip asks for a password", "Send it without a password."))
            most = _most(len(data), limits)
            with archive.open(entries[0]) as stream:
                found = stream.read(most + 1)
    except BROKEN_ARCHIVE as broken:
        raise FileRefused(Problem(Code.UNREADABLE, f"the zip is damaged: {broken}", _DAMAGED)) from None
    if len(found) > most:
        raise FileRefused(_bomb(most))
    return _something(found)


def _is_chaff(name: str) -> bool:
    """Whether an entry is none of the partner's: what a Mac adds, and hidden files."""
    return name.startswith(_OF_A_MAC) or PurePosixPath(name).name.startswith(".")


def _most(packed: int, limits: Limits) -> int:
    return min(limits.file_size, max(_HARMLESS, packed * limits.unpacked_ratio))


def _bomb(most: int) -> Problem:
    say = f"the file unpacks to more than {most / MEGABYTE:,.1f} MB"
    return Problem(Code.TOO_LARGE, say, "Send it in parts, or raise limits.unpacked_ratio in config/hub.yaml.")


def _something(data: bytes) -> bytes:
    if not data:
        raise FileRefused(Problem(Code.EMPTY, "the packed file is empty", "Send it again; the export may have failed."))
    return data
