"""What a workbook says of its cells outside its sheets: the texts that they share, and how their numbers are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy as np
import pyarrow.compute as pc

from hub.formats.arrow import pa
from hub.formats.unpack_wide import TAIL, Numbers, loses_blanks, stands, strays

if TYPE_CHECKING:
    from lxml.etree import _Element

_SHARED, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_NUMBERS = frozenset({0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 37, 38, 39, 40, 48, 49})
"""The formats that every program has, and which show a number as such."""

_NO_DATE = re.compile(r"(?:General|[0#.,%? ]+)")
_ENTITIES = ((b"&lt;", "<"), (b"&gt;", ">"), (b"&quot;", '"'), (b"&apos;", "'"), (b"&amp;", "&"))  # the last one last
PRESERVED, _PLAIN = b'<t xml:space="preserve">', b"<t>"
_EACH = 4  # tags of a shared text
_AROUND = 1 << 20  # bytes before and behind the shared texts


class NotPlain(Exception):
    """Something is there that only calamine reads."""


class Beside:
    """The parts of a workbook beside its sheets; each is looked at when it is asked for."""

    def __init__(self, archive: ZipFile) -> None:
        """`archive` is the workbook, and stays open."""
        self._archive = archive
        self._texts: pa.Array | None = None
        self._styles: list[bool] | None = None

    def texts(self) -> pa.Array:
        """The texts that cells share, by place. Raises NotPlain when one is more than a text."""
        if self._texts is None:
            self._texts = _shared_texts(self._archive.read(_SHARED)) if self._has(_SHARED) else pa.array([], pa.string())
        return self._texts

    def are_plain(self, styles: Numbers) -> bool:
        """Whether numbers of these styles (-1: none) are shown as numbers, not as dates or times."""
        named = np.unique(styles)
        named = named[named >= 0]
        if not len(named):
            return True
        if self._styles is None:
            self._styles = _plain_styles(self._archive.read(_STYLES)) if self._has(_STYLES) else []
        return bool(named[-1] < len(self._styles)) and all(self._styles[each] for each in named.tolist())

    def _has(self, path: str) -> bool:
        return path in self._archive.namelist()


def is_plain_workbook(archive: ZipFile) -> bool:
    """Whether it can be no question which part of the archive is meant: each name once, and no comments where they are told."""
    names = [each.lower() for each in archive.namelist()]
    if len(set(names)) < len(names) or any(
        each.lower() in names and each not in archive.namelist() for each in (_SHARED, _STYLES)
    ):
        return False
    told = [archive.read(each) for each in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels") if each in archive.namelist()]
    return len(told) == 2 and not any(b"<!" in each for each in told)


def decoded(texts: pa.Array) -> pa.Array:
    """Texts as they stand in XML as the texts that they mean. Raises NotPlain where that is more than a few entities."""
    buffer = texts.buffers()[2]
    data = buffer.to_pybytes() if buffer is not None else b""
    if b"\r" in data or (b"_" in data and b"_x" in data):
        raise NotPlain
    if not data.isascii():
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            raise NotPlain from None
    if b"&" in data:
        counts = [(entity, data.count(entity), text) for entity, text in _ENTITIES]
        if sum(count for _, count, _ in counts) != data.count(b"&"):
            raise NotPlain
        for entity, count, text in counts:
            if count:
                texts = pc.replace_substring(texts, entity.decode(), text)
    return texts


def _shared_texts(part: bytes) -> pa.Array:
    """Every text of the part, when each is a text and nothing else."""
    begin, end = part.find(b"<si>"), part.rfind(b"</sst>")
    if not 0 <= begin < end or begin + len(part) - end > _AROUND:
        raise NotPlain
    if local_name(parsed(part[:begin] + part[end:])) != "sst":
        raise NotPlain
    data = np.frombuffer(part[begin:end] + TAIL, np.uint8)
    tags = np.flatnonzero(data == ord("<"))
    if len(tags) % _EACH:
        raise NotPlain
    item, opens, closes, ends = tags.reshape(-1, _EACH).T
    start = opens + len(_PLAIN)
    kept = np.flatnonzero(data[opens + 2] != ord(">"))
    start[kept] = opens[kept] + len(PRESERVED)
    words = ((item, b"<si>"), (opens, b"<t"), (opens[kept], PRESERVED), (closes, b"</t>"), (ends, b"</si>"))
    if not all(stands(data, at, word).all() for at, word in words) or loses_blanks(data, start, closes):
        raise NotPlain
    if strays(data, 0, end - begin, start, closes):
        raise NotPlain
    between = np.empty(2 * len(start) + 1, np.int32)
    between[:-1:2], between[1::2], between[-1] = start, closes, closes[-1]
    texts = pa.StringArray.from_buffers(2 * len(start), pa.py_buffer(between), pa.py_buffer(part[begin:end]))
    return decoded(texts.take(pa.array(np.arange(0, 2 * len(start), 2))))


def parsed(part: bytes) -> _Element:
    """A part's root. Raises NotPlain for one that is not sound."""
    from lxml import etree

    try:
        return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        raise NotPlain from None


def local_name(element: _Element) -> str:
    """The name without its namespace; empty for a comment and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _plain_styles(part: bytes) -> list[bool]:
    """By number, whether a style shows numbers as numbers."""
    root = parsed(part)
    own = {each.get("numFmtId"): each.get("formatCode", "") for each in root.iter("{*}numFmt")}
    found = []
    for formats in root.iter("{*}cellXfs"):
        for each in formats.iterchildren("{*}xf"):
            number = each.get("numFmtId", "0")
            is_own = number in own
            found.append(_NO_DATE.fullmatch(own[number]) is not None if is_own else number.isdigit() and int(number) in _NUMBERS)
    return found
