"""Words that a mapping itself puts into a field, looked at before a file meets them: each row would be refused for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.domain.fields import Field
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Fault
from hub.domain.status import Status
from hub.domain.values import parse_value
from hub.mapping.maps import KEEP, MapTable
from hub.mapping.template import Spec


def wrong_words(spec: Spec, declared: Field, maps: Mapping[str, MapTable]) -> Iterator[tuple[str, str, str]]:
    """The first word under `value`, `map` and `else` that the field cannot take: its key, what is wrong, and the cure."""
    for key, words in _words(spec, maps):
        for word in words:
            fault = _fault(declared, word) if word and word != KEEP else None
            if fault is not None:
                yield key, f"{word!r} {fault[0]}", fault[1][:1].lower() + fault[1][1:]
                break


def _words(spec: Spec, maps: Mapping[str, MapTable]) -> Iterator[tuple[str, list[str | None]]]:
    """What stands in the mapping, by key; a formula and what is still worked on are none of its own words."""
    worked_on = spec.do is not None or spec.map is not None
    if spec.value is not None and not spec.value.startswith("=") and not worked_on:
        yield "value", [spec.value]
    if isinstance(spec.map, str):
        yield "map", [*(maps[spec.map].pairs.values() if spec.map in maps else ())]
    elif spec.map is not None:
        yield "map", [*spec.map.values()]
    yield "else", [spec.else_]


def _fault(declared: Field, word: str) -> tuple[str, str] | None:
    if declared.name == "status":
        names = [each.value for each in Status]
        return None if word in names else ("is no status of the hub", did_you_mean(word, names))
    value = parse_value(declared, word)
    return (value.say, value.hint) if isinstance(value, Fault) else None
