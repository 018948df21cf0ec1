"""The outline of a document: which names lie in which, how often, and what stands there, whether XML or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from hub.formats.frame import Cell, Typed

if TYPE_CHECKING:
    from lxml.etree import _Element

SAMPLE = 300  # values that are kept of each place
_LOOKED_AT = 50_000  # nodes of a document that are looked at
_DEEPEST = 40
_ALIKE = 0.5  # share of names that the values of an object have in common when its keys are ids
_MOST_PICKS = 12
_PICKERS = frozenset({"type", "role", "qualifier", "kind", "n", "name", "key", "usage", "function", "purpose", "for", "code"})


@dataclass(slots=True)
class Outline:
    """A name of a document, over all its occurrences.

    `texts` are its values, None where an occurrence has none; `below` is what lies in it, an attribute as `@name` where
    an element has the same name; `repeats` tells whether one parent has several, `keyed` whether its occurrences stand
    under keys of their own (an object of objects).
    """

    name: str
    above: Outline | None = None
    count: int = 0
    repeats: bool = False
    keyed: bool = False
    texts: list[Cell] = field(default_factory=list)
    below: dict[str, Outline] = field(default_factory=dict)

    @property
    def says(self) -> bool:
        """Whether it has a text of its own."""
        return not self.below or any(self.texts)

    def child(self, name: str) -> Outline:
        """What lies here under a name; made when it is new."""
        found = self.below.get(name)
        if found is None:
            found = self.below[name] = Outline(name, self)
        return found

    def saw(self, text: Cell) -> None:
        """Count one more occurrence, and keep its text while few are kept."""
        self.count += 1
        if len(self.texts) < SAMPLE:
            self.texts.append(text)

    def everything(self) -> Iterator[Outline]:
        """This and all below, as they stand in the file."""
        yield self
        for each in self.below.values():
            yield from each.everything()

    def line(self) -> list[Outline]:
        """Everything that this lies in, the outermost first, itself last."""
        return [*(self.above.line() if self.above is not None else []), self]


def outline_of_xml(root: _Element) -> Outline:
    """The outline of an XML document, its names without their namespaces; above the root there is one without a name."""
    top = Outline("")
    _Elements().add(top.child(_local(root.tag)), root, 0)
    return top


@dataclass(slots=True)
class _Elements:
    """A walk over elements that ends somewhere."""

    seen: int = 0

    def add(self, at: Outline, element: _Element, depth: int) -> None:
        self.seen += 1
        at.saw((element.text or "").strip() or None)
        children = _grouped((_local(each.tag), each) for each in element if isinstance(each.tag, str))
        for name, value in _attributes(element).items():
            at.child(f"@{name}" if name in children else name).saw(value)
        if depth < _DEEPEST and self.seen < _LOOKED_AT:
            for name, found in children.items():
                self._children(at, name, found, depth)

    def _children(self, at: Outline, name: str, found: list[_Element], depth: int) -> None:
        """The elements of one name below another: apart where an attribute tells what each of them is."""
        picker = _picker([_attributes(each) for each in found])
        for each in found:
            inside = at.child(f"{name}({picker}={_attributes(each)[picker]})" if picker else name)
            inside.repeats |= len(found) > 1 and not picker
            self.add(inside, each, depth + 1)


def _attributes(element: _Element) -> dict[str, str]:
    return {_local(str(name)): str(value) for name, value in element.attrib.items()}


def _grouped(children: Iterable[tuple[str, _Element]]) -> dict[str, list[_Element]]:
    found: dict[str, list[_Element]] = {}
    for name, each in children:
        found.setdefault(name, []).append(each)
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _picker(says: list[dict[str, str]]) -> str | None:
    """The attribute (or key) that tells siblings of one name apart: `type`, `role`, …; None when they are a list."""
    if not 1 < len(says) <= _MOST_PICKS:
        return None
    for name in says[0]:
        values = [each.get(name) for each in says]
        plain = all(
            isinstance(value, str) and value and not set(value) & set("(),=/") and not value.isdigit() for value in values
        )
        if name.casefold() in _PICKERS and plain and len(set(values)) == len(values):
            return name
    return None


def outline_of_json(values: list[Any]) -> Outline:
    """The outline of JSON: one value, or the objects of its lines."""
    top = Outline("")
    top.repeats = len(values) > 1
    walk = _Values()
    for each in values:
        walk.add(top, each, 0)
    return top


@dataclass(slots=True)
class _Values:
    """A walk over values that ends somewhere."""

    seen: int = 0

    def add(self, at: Outline, value: Any, depth: int) -> None:
        """One value under its name; the elements of an array are several."""
        self.seen += 1
        if self.seen > _LOOKED_AT or depth > _DEEPEST:
            return
        match value:
            case list():
                self._array(at, value, depth)
            case dict() if _is_keyed(value):
                at.repeats = at.keyed = True
                for each in value.values():
                    self._object(at, each, depth)
            case dict():
                self._object(at, value, depth)
            case bool():
                at.saw(Typed("true" if value else "false"))
            case _:
                at.saw(value)

    def _array(self, at: Outline, value: list[Any], depth: int) -> None:
        picker = _picker([each if isinstance(each, dict) else {} for each in value]) if at.above is not None else None
        if picker is None:
            at.repeats = True
            for each in value:
                self.add(at, each, depth + 1)
            return
        above = at.above
        assert above is not None  # noqa: S101 - only below something a picker is looked for
        for each in value:
            self.add(above.child(f"{at.name}({picker}={each[picker]})"), each, depth + 1)

    def _object(self, at: Outline, value: dict[str, Any], depth: int) -> None:
        at.count += 1
        for name, each in value.items():
            if name and not set(name) & set("/()@"):
                self.add(at.child(name), each, depth + 1)


def _is_keyed(value: dict[str, Any]) -> bool:
    """Whether an object holds records under their ids: objects that look alike, under keys that are no names of parts."""
    inside = list(islice(value.values(), 20))
    if len(inside) < 2 or not all(isinstance(each, dict) and each for each in inside):
        return False
    names = [set(each) for each in inside]
    together = set.intersection(*names)
    return len(together) >= 2 and len(together) >= _ALIKE * len(set.union(*names)) and not all(map(_is_name, value))


def _is_name(key: str) -> bool:
    """Whether a key is a word (`shipTo`) rather than an id (`A-17`, `1001`)."""
    return key.replace("_", "").isalpha()
