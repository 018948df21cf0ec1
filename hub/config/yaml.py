"""Read YAML as text with places, so that `NO`, `0123` and `12:30` stay what they are and every fault has its line.

Settings, partners and mappings all come through here: `load` gives plain text, tables and lists,
`check` turns them into a model. Both give every finding at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from hub.config.wording import Saw, explain, explain_syntax
from hub.domain.problems import Level

Step = str | int
Route = tuple[Step, ...]
Data = dict[str, "Data"] | list["Data"] | str | None
M = TypeVar("M", bound=BaseModel)

LARGEST = 1_000_000
DEEPEST = 50
MOST = 50_000
"""Values in a file: what an admin writes has hundreds, and each costs the parser time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a file that an admin wrote: where, what was seen, and the cure."""

    file: str
    line: int
    path: str
    what: str
    cure: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        """`config/hub.yaml:7: poll: saw 'soon', a time span is written 60s, 5m, 2h or 1d`."""
        said = f"{self.path}: {self.what}" if self.path else self.what
        return f"{self.file}:{self.line}: {said}, {self.cure}" if self.cure else f"{self.file}:{self.line}: {said}"


@dataclass(slots=True)
class Loaded:
    """A file as it stands: its values as text, and where each of them is.

    `lines` gives the line of each key and list item by its route (`("receive", 0, "files")`);
    `plain` the routes of values that were written without quotes, `blocks` those written with | or >.
    """

    file: str
    text: str
    data: Data = None
    lines: dict[Route, int] = field(default_factory=dict)
    plain: set[Route] = field(default_factory=set)
    blocks: set[Route] = field(default_factory=set)
    _rows: list[str] | None = field(default=None, repr=False)

    def line(self, route: Route) -> int:
        """The line of a value, or of the nearest thing around it."""
        for length in range(len(route), 0, -1):
            if route[:length] in self.lines:
                return self.lines[route[:length]]
        return 1

    def source_line(self, route: Route) -> str:
        """The line as it stands in the file, comments included."""
        if self._rows is None:
            self._rows = self.text.splitlines()
        rows = self._rows
        number = self.line(route)
        return rows[number - 1] if number <= len(rows) else ""

    def finding(self, route: Route, what: str, cure: str = "", level: Level = Level.ERROR) -> Finding:
        """A finding about the value at a route."""
        return Finding(self.file, self.line(route), shown(route), what, cure, level)


def shown(route: Route) -> str:
    """A route as admins read it; the places in lists are told by the line."""
    return ".".join(step for step in route if isinstance(step, str))


def load(path: Path, shown_as: str) -> tuple[Loaded | None, list[Finding]]:
    """Read one file; None when nothing can be made of it.

    In: where it lies, and the name to give it in findings. Out: what was read, and every finding.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        return None, [Finding(shown_as, 1, "", f"cannot be read ({error.strerror})", "look at its name and its permissions")]
    return load_text(raw, shown_as)


def load_text(raw: bytes, shown_as: str) -> tuple[Loaded | None, list[Finding]]:
    """Read bytes as `load` reads a file."""
    if len(raw) > LARGEST:
        return None, [Finding(shown_as, 1, "", f"is larger than {LARGEST:,} bytes", "split it")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Finding(shown_as, line, "", "is not written in UTF-8", "save it with the encoding UTF-8")]
    return _Builder(Loaded(shown_as, text)).build()


class _Unusable(Exception):
    """The rest of the file cannot be read; the finding says why."""


class _Builder:
    """Builds the data of one file out of the events of the parser."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.findings: list[Finding] = []
        self.values = 0
        self.events: Iterator[Event] = iter(())

    def build(self) -> tuple[Loaded | None, list[Finding]]:
        try:
            self.events = iter(YAML(typ="safe", pure=True).parse(self.loaded.text))
            self.document()
        except MarkedYAMLError as error:
            self.broken(error)
        except ReaderError as error:
            line = self.loaded.text.count("\n", 0, error.position) + 1
            self.say(line, (), f"holds the control character U+{error.character:04X}", "delete it")
        except _Unusable:
            pass
        else:
            return (None if self.findings else self.loaded), self.findings
        return None, self.findings

    def broken(self, error: MarkedYAMLError) -> None:
        mark = error.problem_mark
        opened = error.context_mark
        what, cure, at_opening = explain_syntax(str(error.problem or ""), str(error.context or ""))
        place = opened if at_opening and opened is not None else mark
        self.say(place.line + 1 if place is not None else 1, (), what, cure)

    def say(self, line: int, route: Route, what: str, cure: str = "") -> None:
        self.findings.append(Finding(self.loaded.file, line, shown(route), what, cure))

    def document(self) -> None:
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.say(_line(event), (), "a second document begins here", "delete the line ---")
                    return
            elif isinstance(event, NodeEvent):
                self.loaded.data = self.value(event, (), _line(event))

    def value(self, event: Event, route: Route, line: int) -> Data:
        self.values += 1
        if self.values > MOST:
            self.say(line, (), f"holds more than {MOST:,} values", "split it; long lists of words belong into mappings/maps")
            raise _Unusable
        if len(route) > DEEPEST:
            self.say(line, route, f"is nested deeper than {DEEPEST} levels")
            raise _Unusable
        if route:
            self.loaded.lines[route] = line
        self.refuse_tricks(event, route)
        if isinstance(event, MappingStartEvent):
            return self.table(route)
        if isinstance(event, SequenceStartEvent):
            return self.items(route)
        return self.scalar(event, route) if isinstance(event, ScalarEvent) else None

    def refuse_tricks(self, event: Event, route: Route) -> None:
        """References, marks and types are refused; what follows the sign may be a secret and is not shown."""
        if isinstance(event, AliasEvent):
            self.say(_line(event), route, "begins with *, a reference in YAML", "write it in quotes")
        elif isinstance(event, NodeEvent) and event.anchor is not None:
            self.say(_line(event), route, "begins with &, a mark in YAML", "write it in quotes")
        elif getattr(event, "tag", None) is not None:
            self.say(_line(event), route, "begins with !, a type in YAML", "write it in quotes")

    def scalar(self, event: ScalarEvent, route: Route) -> str | None:
        if event.style in ("|", ">"):
            self.loaded.blocks.add(route)
        elif not event.style:
            self.loaded.plain.add(route)
            if event.value == "":
                return None
        return str(event.value)

    def items(self, route: Route) -> list[Data]:
        found: list[Data] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self.value(event, (*route, len(found)), _line(event)))
        return found

    def table(self, route: Route) -> dict[str, Data]:
        found: dict[str, Data] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            line = _line(event)
            key = self.key(event, route)
            here = (*route, key)
            again = key in found
            if again:
                first = self.loaded.lines[here]
                self.say(line, here, f"stands twice, first on line {first}", "delete one of the two")
            value = self.value(next(self.events), here, line)
            if again:
                self.loaded.lines[here] = first
            else:
                found[key] = value
        return found

    def key(self, event: Event, route: Route) -> str:
        if not isinstance(event, ScalarEvent):
            self.say(_line(event), route, "a list or a table stands where a key belongs", "write the key in quotes")
            raise _Unusable
        self.refuse_tricks(event, (*route, str(event.value)))
        if event.value == "<<" and not event.style:
            self.say(_line(event), (*route, "<<"), "tables cannot be merged with <<", "write the keys out")
        if event.value == "" and not event.style:
            self.say(_line(event), route, "a colon without a key before it", 'an empty key is written ""')
        return str(event.value)


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def check(model: type[M], loaded: Loaded) -> tuple[M | None, list[Finding]]:
    """Turn what was read into a model.

    In: the model, and what `load` gave. Out: the model, or None and every finding: unknown keys with
    the nearest known one, missing keys, wrong values with what was seen. An empty file is an empty table.
    """
    data = {} if loaded.data is None else loaded.data
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        told = [explain(each, model, data) for each in error.errors(include_url=False)]
    findings = {loaded.finding(route, what, cure): None for route, what, cure in told}
    return None, sorted(findings, key=lambda each: each.line)


__all__ = ["Data", "Finding", "Loaded", "Route", "Saw", "check", "load", "load_text", "shown"]
