"""Look at an XML or JSON file nobody has described: what is a record, what are its lines, and which paths there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hub.domain.fields import fields_read, list_of
from hub.domain.kinds import Kind
from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.frame import Cell
from hub.formats.json import values_of_json
from hub.formats.layout import Format, Layout
from hub.formats.nested import refuse_larger
from hub.formats.xml import parse_xml
from hub.mapping.lexicon import Lexicon
from hub.mapping.match import PARCELS, Corrections
from hub.mapping.outline import Outline, outline_of_json, outline_of_xml
from hub.mapping.sighted import ELSEWHERE, Sighted, Source, matched

LINES = "lines"
_MOST = 24  # places that are looked at as a record, or as lines
_NAMED = {
    Kind.ORDERS: "order",
    Kind.CANCELLATIONS: "order",
    Kind.PRODUCTS: "product",
    Kind.STOCK: "stock",
    Kind.DELIVERIES: "shipment",
    Kind.BOOKING_ANSWERS: "shipment",
}
_ABOVE = 0.8  # what a field is worth that stands above the record
_DATE_PARTS = ("year", "month", "day")
_UNIT_NAMES = frozenset({"unit", "uom", "units", "unitcode", "unitofmeasure", "yksikko", "enhet", "einheit"})


def sight_xml(kind: Kind, data: bytes, corrections: Corrections) -> Sighted:
    """The record, the lines and the paths of an XML file. Raises FileRefused for what is no sound XML."""
    refuse_larger(data, "XML")
    top = outline_of_xml(parse_xml(Layout(format=Format.XML), data))
    return _Look(kind, corrections, top).result({"format": "xml"})


def sight_json(kind: Kind, data: bytes, corrections: Corrections) -> Sighted:
    """The record, the lines and the paths of a JSON file, one value or one a line. Raises FileRefused for what is none."""
    refuse_larger(data, "JSON")
    top = outline_of_json(values_of_json(data, "auto"))
    return _Look(kind, corrections, top).result({"format": "json"})


@dataclass(slots=True)
class _Look:
    """The search for the record and the lines that make most sense as a kind of document."""

    kind: Kind
    corrections: Corrections
    top: Outline
    worth: dict[int, float] = field(default_factory=dict)

    def result(self, file: dict[str, str]) -> Sighted:
        """What the best record makes of the file."""
        records = [each for each in self.top.everything() if each.below and (each.count or each.repeats)][: 4 * _MOST]
        if not records:
            say = "there is no record in it, only single values"
            raise FileRefused(Problem(Code.HEADER, say, "Name a file with records: objects, or elements with something in them."))
        records = sorted(records, key=lambda each: -each.count)[:_MOST]
        record = max(records, key=lambda each: (round(self._value(each), 3), len(each.line())))
        lists = self._lists(record)
        seen = Sighted(dict(file), self._sources(record, lists), repeat=_paths(record, lists))
        path = _path(record.line()[1:])
        if path or file["format"] == "xml":
            seen.file["record"] = f"/{path}"
        more = [f"/{_path(each.line()[1:])}" for each in _apart(record, list(lists.values()))]
        if more:
            seen.notes.append(f"Lists of which nothing is read: {', '.join(more[:10])}.")
        return seen

    def _value(self, record: Outline) -> float:
        """How much of the kind of document a record would hold, its lines included."""
        lists = self._lists(record)
        inside = "" if lists else None
        own = self._matched(_dates(_within(record, inside, list(lists.values()))))
        above = self._matched([each for each in self._sources(record, lists) if each.inside == inside]) - own
        named = _NAMED[self.kind] in Lexicon.of([record.name]).meaning(record.name).concepts
        of_lists = sum(self._list_value(each) for each in lists.values())
        return own + _ABOVE * above + of_lists + 0.5 * record.repeats + 0.5 * named

    def _lists(self, record: Outline) -> dict[str, Outline]:
        """Where the items of the lists lie that a record has: lines, and parcels apart from them."""
        names = {list_of(each) for each in fields_read(self.kind)} - {None}
        found: dict[str, Outline] = {}
        if LINES in names:
            best = self._best_list(record)
            found |= {LINES: best} if best is not None else {}
        if PARCELS in names and found:
            taken = found[LINES].line()
            others = [each for each in _apart(record, [found[LINES]]) if each not in taken]
            rated = [(self._matched(_within(each, PARCELS)), each) for each in others[:_MOST]]
            value, parcels = max(rated, key=lambda each: each[0], default=(0.0, None))
            found |= {PARCELS: parcels} if parcels is not None and value > 0.8 else {}
        return found

    def _best_list(self, record: Outline) -> Outline | None:
        """The lines of a record: what lies in it, most often several times, and reads like lines."""
        below = [each for each in record.everything() if each.below and each is not record]
        rated = [(self._list_value(each) + 0.5 * each.repeats, len(each.line()), each) for each in below[:_MOST]]
        value, _, best = max(rated, key=lambda each: each[:2], default=(0.0, 0, None))
        return best if best is not None and (value >= 1.5 or (best.repeats and value >= 1.0)) else None

    def _list_value(self, each: Outline) -> float:
        if id(each) not in self.worth:
            self.worth[id(each)] = self._matched(_within(each, LINES))
        return self.worth[id(each)]

    def _matched(self, sources: Sequence[Source]) -> float:
        return sum(each.sure for each in matched(self.kind, sources, self.corrections) if each.field is not None)

    def _sources(self, record: Outline, lists: dict[str, Outline]) -> list[Source]:
        """Every path from a record: its own, those of its lists' items, those above it, and what nothing is read from."""
        inside = "" if lists else None
        found = list(_within(record, inside, passed=list(lists.values())))
        found += _above(record, inside)
        for name, each in lists.items():
            found += _within(each, name, passed=[other for other in lists.values() if other is not each])
            found += _between(record, each, name)
        return _dates(found)


def _paths(record: Outline, lists: dict[str, Outline]) -> dict[str, str]:
    start = len(record.line())
    return {name: _path(each.line()[start:]) for name, each in lists.items()}


def _path(line: Sequence[Outline]) -> str:
    return "/".join(each.name for each in line if each.name)


def _apart(record: Outline, lists: Sequence[Outline]) -> Iterator[Outline]:
    """The lists of a record that are none of its own lists, nor lie above one."""
    kept = {id(above) for each in lists for above in each.line()}
    waiting = list(record.below.values())
    while waiting:
        each = waiting.pop(0)
        if each.repeats and each.below and id(each) not in kept:
            yield each
        elif each not in lists:
            waiting += each.below.values()


def _within(start: Outline, inside: str | None, passed: Sequence[Outline] = ()) -> list[Source]:
    """The paths from a record or an item to the texts below it, without those of lists of its own."""
    found: list[Source] = []
    if start.keyed:
        found.append(Source("@key", [], f"{start.name} id", inside))
    _walk(start, (), inside, [id(each) for each in passed], found)
    return found


def _walk(at: Outline, names: tuple[str, ...], inside: str | None, passed: list[int], found: list[Source]) -> None:
    unit = next((each for each in at.below.values() if _plain(each.name) in _UNIT_NAMES), None)
    for each in at.below.values():
        if id(each) in passed or (each.repeats and each.below) or f"({each.name}=" in at.name:
            continue
        path = (*names, each.name)
        if each.says:
            own = next((one.name for one in each.below.values() if _plain(one.name) in _UNIT_NAMES), None)
            beside = unit is not None and each is not unit and _plain(each.name) in ("value", "amount")
            told = "/".join((*path, own)) if own else "/".join((*names, unit.name)) if beside and unit is not None else None
            measure = each is unit and (at.says or any(_plain(one) in ("value", "amount") for one in at.below))
            found.append(_source(path, each, ELSEWHERE if measure else inside, told))
        _walk(each, path, inside, passed, found)


def _source(path: tuple[str, ...], each: Outline, inside: str | None, unit: str | None = None) -> Source:
    words = [_words(name) for name in path]
    return Source("/".join(path), list(each.texts), words[-1], inside, tuple(words[:-1]), unit=unit)


def _words(name: str) -> str:
    """What a name of a path says: the word that picks one of several too."""
    stem, _, picked = name.removeprefix("@").removesuffix(")").partition("(")
    return f"{picked.partition('=')[2]} {stem}" if picked else stem


def _plain(name: str) -> str:
    return name.removeprefix("@").replace("_", "").replace("-", "").casefold()


def _above(record: Outline, inside: str | None) -> list[Source]:
    """What stands above the records: once per file, or once for several of them."""
    line = record.line()
    found: list[Source] = []
    for at, each in enumerate(line[:-1]):
        several = at > 1 or any(one.repeats for one in line[: at + 1])
        names = _up(line, at) if several else tuple(one.name for one in line[1 : at + 1])
        lead = "" if several else "/"
        mine: list[Source] = []
        _walk(each, (), inside, [id(line[at + 1])], mine)
        found += [_moved(one, names, lead) for one in mine]
    return found


def _between(record: Outline, item: Outline, inside: str) -> list[Source]:
    """What stands between a record and the items of its list where that is a list itself: a parcel with its contents."""
    line = item.line()
    start = len(record.line())
    found: list[Source] = []
    for at in range(start, len(line) - 1):
        if any(each.repeats for each in line[start : at + 1]):
            mine: list[Source] = []
            _walk(line[at], (), inside, [id(line[at + 1])], mine)
            found += [_moved(one, _up(line, at), "") for one in mine]
    return found


def _up(line: Sequence[Outline], at: int) -> tuple[str, ...]:
    """The steps up from the last of a line to one above it; a key of an object is a step more."""
    return ("..",) * sum(1 + each.keyed for each in line[at + 1 :])


def _moved(source: Source, names: tuple[str, ...], lead: str) -> Source:
    source.path = lead + "/".join((*names, source.path))
    source.above = (*(_words(each) for each in names if each != ".."), *source.above)
    return source


def _dates(sources: list[Source]) -> list[Source]:
    """Day, month and year that stand apart become one place."""
    found: list[Source] = []
    groups: dict[tuple[str | None, str], dict[str, Source]] = {}
    for each in sources:
        word = _plain(each.called)
        if word in _DATE_PARTS:
            groups.setdefault((each.inside, each.path.rpartition("/")[0]), {})[word] = each
    for each in sources:
        parts = groups.get((each.inside, each.path.rpartition("/")[0]), {})
        if len(parts) < len(_DATE_PARTS) or each not in parts.values():
            found.append(each)
        elif each is parts["year"]:
            ordered = [parts[word] for word in _DATE_PARTS]
            rows = zip(*(part.values for part in ordered), strict=False)
            values: list[Cell] = ["-".join(str(part) for part in row) if all(row) else None for row in rows]
            name = each.above[-1] if each.above else "date"
            found.append(Source(each.path, values, name, each.inside, each.above[:-1], tuple(p.path for p in ordered)))
    return found
