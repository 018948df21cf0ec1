"""XML in: elements and attributes by path, without entities, without fetching anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.formats.frame import Cell
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.layout import Layout
from hub.formats.nested import Document, Wanted, document, find, refuse_larger
from hub.formats.paths import parse_path
from hub.formats.prolog import doctype

if TYPE_CHECKING:
    from lxml.etree import _Element

_APART = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z_:][\w.:-]{0,50};")
_SEND_AGAIN = "Export it again; every tag must be closed and every & written &amp;."
_PLAIN = "Send it without the block in [ ] of its DOCTYPE."
_SHOWN = 40


def open_xml(layout: Layout, source: Source, limits: Limits, wanted: Wanted) -> Document:
    """The records of an XML file.

    Raises FileRefused: 400.unreadable for what is no sound XML or declares entities, 400.header when no element lies
    at `record`, 400.too-large.
    """
    data = source_bytes(source, limits)
    refuse_larger(data, "XML")
    root = parse_xml(layout, data)
    records = records_of(layout, root)
    if not records:
        _refuse_stranger(root, _record_path(layout, root))
    return document(_XmlTree(root), records, wanted, limits.rows)


def records_of(layout: Layout, root: _Element) -> Sequence[_Element]:
    """The elements that are records, in order."""
    path = parse_path(_record_path(layout, root))
    return find(_XmlTree(root), None, path if path.absolute else parse_path(f"/{path.text}"))


def _record_path(layout: Layout, root: _Element) -> str:
    return layout.record or f"/{_local(root)}"


def parse_xml(layout: Layout, data: bytes) -> _Element:
    """The outermost element of an XML file; raises FileRefused (400.empty, 400.unreadable) for what is no sound XML."""
    from lxml import etree

    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise FileRefused(Problem(Code.EMPTY, "the file holds nothing but blanks", "Send it again; the export may have failed."))
    _refuse_subset(data)
    parser = etree.XMLParser(
        encoding=None if layout.encoding == "auto" else layout.encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as broken:
        row = broken.lineno if broken.lineno and broken.lineno > 0 else None
        raise FileRefused(Problem(Code.UNREADABLE, f"is no sound XML: {_short(str(broken))}", _SEND_AGAIN, row=row)) from None
    except (LookupError, ValueError) as odd:
        raise FileRefused(Problem(Code.UNREADABLE, f"is no XML: {_short(str(odd))}", _SEND_AGAIN)) from None
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and (any(declared.iterentities()) or any(declared.iterelements())):
        raise FileRefused(_subset())
    if declared is not None:
        _refuse_entities(data)
    return root


def _refuse_entities(data: bytes) -> None:
    """An entity that a DTD elsewhere defines would silently become nothing."""
    found = _ENTITY.search(_APART.sub(b"", data.replace(b"\0", b"")))
    if found is not None:
        say = f"the file names the entity {found[0].decode('ascii')}, which is not defined in it"
        raise FileRefused(Problem(Code.UNREADABLE, say, "Write the character itself, or its number: &#160;."))


def _short(text: str) -> str:
    return text.split(" (<string>", 1)[0][:200]


def _refuse_subset(data: bytes) -> None:
    """Refuse a DOCTYPE that declares things itself; one that only names a file elsewhere is passed over."""
    if (doctype(BytesIO(data).read, len(data)) or "").endswith("["):
        raise FileRefused(_subset())


def _subset() -> Problem:
    return Problem(Code.UNREADABLE, "the DOCTYPE declares entities or elements of its own, which is not read", _PLAIN)


def _local(element: _Element) -> str:
    return _name(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=4096)
def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _refuse_stranger(root: _Element, path: str) -> None:
    """No record: an empty batch when what should hold records is there, else another document."""
    above = path.strip("/").split("/")[:-1]
    tree = _XmlTree(root)
    if above and find(tree, None, parse_path("/" + "/".join(above))):
        return
    say = f"there is no element {path}"
    raise FileRefused(Problem(Code.HEADER, say, f"The file's outermost element is {_local(root)}: is it another document?"))


@dataclass(eq=False, slots=True)
class _Attribute:
    text: str
    owner: Any


@dataclass(frozen=True, slots=True)
class _XmlTree:
    """Elements of lxml as nodes; None is the node above the root."""

    root: _Element

    def top(self) -> None:
        return None

    def children(self, node: Any, name: str) -> Sequence[Any]:
        if node is None:
            return [self.root] if _local(self.root) == name else []
        if isinstance(node, _Attribute):
            return []
        return list(node.iterchildren(f"{{*}}{name}")) or self.attribute(node, name)

    def attribute(self, node: Any, name: str) -> Sequence[Any]:
        if node is None or isinstance(node, _Attribute):
            return []
        text = node.get(name)
        if text is None:
            text = next((value for key, value in node.attrib.items() if _name(key) == name), None)
        return [] if text is None else [_Attribute(text, node)]

    def items(self, node: Any, _names: frozenset[str]) -> Sequence[Any]:
        return (node,)

    def up(self, node: Any) -> Any | None:
        if isinstance(node, _Attribute):
            return node.owner
        return node.getparent() if node is not None else None

    def text(self, node: Any) -> Cell:
        if isinstance(node, _Attribute):
            return node.text
        if node is None:
            return None
        return "".join(node.itertext()) if len(node) else node.text or ""

    def row(self, node: Any) -> int:
        owner = node.owner if isinstance(node, _Attribute) else node
        return owner.sourceline or 1

    def fault(self, _node: Any) -> Fault | None:
        return None

    def sheet(self, _node: Any) -> str | None:
        return None

    def cell(self, _inside: str, _path: str) -> int | None:
        return None

    def leaves(self, node: Any) -> Iterator[str]:
        """The paths of a record's own values, for the hint when one is not found."""
        for at, each in enumerate(node.iter()):
            if at >= _SHOWN:
                return
            path = self._path(node, each)
            if path and not len(each):
                yield path
            yield from (f"{path}/{_name(key)}" if path else _name(key) for key in each.attrib)

    def _path(self, node: Any, each: Any) -> str:
        names: list[str] = []
        while each is not None and each is not node:
            names.append(_local(each))
            each = each.getparent()
        return "/".join(reversed(names))
