"""Nested files out: a tree of parts, written as XML or JSON by one who escapes everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.carried import NOT_CARRIED
from hub.formats.layout import Layout, LineEnd
from hub.formats.paths import Step

if TYPE_CHECKING:
    from lxml.etree import _Element

_ISO = re.compile(r"iso8859-(\d+)")
_NAMES = {"utf-8-sig": "utf-8", "cp1252": "windows-1252", "cp1251": "windows-1251", "cp1250": "windows-1250"}
XML_NAME = re.compile(r"[^\W\d][\w.\-]*")


@dataclass(eq=False, slots=True)
class Part:
    """An element, or an object: its attributes, what lies in it, or what it says. `many`: one of a list."""

    name: str
    picks: tuple[tuple[str, str], ...] = ()
    many: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    inside: list[Part] = field(default_factory=list)
    value: Any = None
    lists: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What a part is picked by stands in it."""
        self.attributes.update(self.picks)

    def down(self, steps: tuple[Step, ...]) -> Part:
        """The part at the end of a path, made where it is not there yet."""
        part = self
        for step in steps:
            part = part._child(step)
        return part

    def _child(self, step: Step) -> Part:
        found = next(
            (each for each in self.inside if each.name == step.name and each.picks == step.picks and not each.many), None
        )
        return found or self._added(Part(step.name, step.picks))

    def _added(self, part: Part) -> Part:
        self.inside.append(part)
        return part

    def add(self, step: Step) -> Part:
        """One more of a list."""
        return self._added(Part(step.name, step.picks, many=True))

    def lists_begin(self, name: str) -> None:
        """Say that a list stands here, also when nothing comes."""
        if name not in self.lists:
            self.lists[name] = None
            self._added(Part(name, many=True, value=_NOTHING))

    def put(self, steps: tuple[Step, ...], value: Any) -> None:
        """Write a value (or a list of them) at a path below this part."""
        if not steps:
            self.value = value
            return
        part, last = self.down(steps[:-1]), steps[-1]
        if last.attribute:
            part.attributes[last.name] = value
        elif isinstance(value, list):
            part.inside += [Part(last.name, last.picks, many=True, value=each) for each in value]
        else:
            part.down((last,)).value = value


_NOTHING = object()


def write_xml(layout: Layout, root: Part) -> bytes:
    """The tree as XML, declared in its encoding; what that lacks is written by number."""
    from lxml import etree

    text = etree.tostring(_element(root), encoding="unicode", pretty_print=True)
    codec = layout.codec
    found = _ISO.fullmatch(codec)
    shown = f"iso-8859-{found[1]}" if found else _NAMES.get(codec, codec)
    whole = f'<?xml version="1.0" encoding="{shown.upper()}"?>\n{text}'
    return _ended(layout, whole).encode(codec, errors="xmlcharrefreplace")


def _element(part: Part) -> _Element:
    from lxml import etree

    element = etree.Element(part.name)
    for name, value in part.attributes.items():
        element.set(name, _said(value))
    if part.value is not None:
        element.text = _said(part.value)
    element.extend([_element(each) for each in part.inside if each.value is not _NOTHING])
    return element


def _said(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def refuse_unwritable(value: Any, place: str, row: int | None) -> None:
    """Raise FileRefused (400.characters) for a text that no file may hold."""
    for each in value if isinstance(value, list) else [value]:
        found = NOT_CARRIED.search(each) if isinstance(each, str) else None
        if found is not None:
            say = f"the text holds the character U+{ord(found[0]):04X}, which is no text"
            raise FileRefused(Problem(Code.CHARACTERS, say, "Replace it in the mapping.", row=row, column=place, value=each))


def write_json(layout: Layout, whole: Part | list[Part]) -> bytes:
    """The tree as JSON: numbers with their digits, letters as they are where the encoding has them."""
    plain = layout.codec.startswith("utf")
    value = [_object(each) for each in whole] if isinstance(whole, list) else _object(whole)
    text = "".join(_json(value, plain, "\n")) + "\n"
    return _ended(layout, text).encode(layout.codec)


def _ended(layout: Layout, text: str) -> str:
    """Line ends as the layout says, where it says something; line breaks inside texts are escaped already."""
    told = "line_end" in layout.model_fields_set and layout.line_end is LineEnd.CRLF
    return text.replace("\n", "\r\n") if told else text


def _object(part: Part) -> Any:
    if not part.attributes and not part.inside and not part.lists:
        return {} if part.value is None else part.value
    found: dict[str, Any] = dict(part.attributes)
    for each in part.inside:
        listed = each.many or bool(each.picks)
        if listed:
            among = found.setdefault(each.name, [])
            if each.value is not _NOTHING and isinstance(among, list):
                among.append(_object(each))
        else:
            found[each.name] = _object(each)
    return found


def _json(value: Any, plain: bool, line: str) -> Iterator[str]:
    deeper = line + "  "
    match value:
        case dict() if value:
            for at, (key, each) in enumerate(value.items()):
                yield f"{',' if at else '{'}{deeper}{json.dumps(key, ensure_ascii=not plain)}: "
                yield from _json(each, plain, deeper)
            yield f"{line}}}"
        case list() if value:
            for at, each in enumerate(value):
                yield f"{',' if at else '['}{deeper}"
                yield from _json(each, plain, deeper)
            yield f"{line}]"
        case Decimal():
            yield f"{value:f}"
        case _:
            yield json.dumps(value, ensure_ascii=not plain)
