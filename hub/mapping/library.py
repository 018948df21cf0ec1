"""The mappings of a workspace: found, merged with their base, checked, and compiled when somebody asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hub.config.yaml import Data, Finding, Loaded, check, load, load_text
from hub.domain.kinds import READ_FROM, Kind, Role
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Level, Misconfigured, NotFound
from hub.mapping.compile import Mapping
from hub.mapping.lint import Known, lint_template
from hub.mapping.lint_raw import lint_raw
from hub.mapping.maps import MapTable, map_of, read_map_file
from hub.mapping.template import Spec, Template

FOLDER = "mappings"
BASE = "base/"
_NOT_CONTENT = ("note", "extends")
_SOURCES = frozenset({"from", "join", "value"})


@dataclass(slots=True)
class Entry:
    """One mapping file as far as it could be understood."""

    findings: list[Finding] = field(default_factory=list)
    mapping: Mapping | None = None


def shipped_folder() -> Path:
    """Where the base mappings of the hub lie: in the package, or in the repository when the hub runs from there."""
    packaged = Path(__file__).parent / "base"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / FOLDER / "base"


class Library:
    """The mappings under `mappings/` of a workspace and the base mappings of the hub; each is read when first asked for.

    A base mapping of the workspace's own stands in for the shipped one of that name.
    """

    def __init__(self, home: Path, shipped: Path | None = None) -> None:
        self.home = home
        self.shipped = shipped_folder() if shipped is None else shipped
        self._entries: dict[str, Entry] = {}

    def own(self) -> list[str]:
        """The mappings that lie in the workspace, by name: what its admin answers for."""
        folder = self.home / FOLDER
        return _stems(folder) + [f"{BASE}{stem}" for stem in _stems(folder / "base")]

    def names(self) -> list[str]:
        """Every mapping by name, the shipped ones too: `nordshop-orders`, `base/shopify-orders`."""
        own = self.own()
        base = {name for name in own if name.startswith(BASE)} | {f"{BASE}{stem}" for stem in _stems(self.shipped)}
        return [name for name in own if name not in base] + sorted(base)

    def get(self, name: str) -> Mapping:
        """A mapping ready for work; raises NotFound for no such name, Misconfigured with every finding when it is wrong."""
        if name not in self._entries and name not in self.names():
            raise NotFound(f"there is no mapping {name!r} under {FOLDER}/. {did_you_mean(name, self.names())}")
        entry = self._entry(name)
        if entry.mapping is None:
            raise Misconfigured([str(each) for each in entry.findings if each.level is Level.ERROR])
        return entry.mapping

    def as_written(self, name: str) -> dict[str, Data]:
        """What a mapping's own file says, without its base; raises Misconfigured when it cannot be read."""
        loaded, findings = self._load(name)
        if loaded is None:
            raise Misconfigured([str(each) for each in findings])
        return _table(loaded.data)

    def findings(self, name: str | None = None) -> list[Finding]:
        """Everything wrong with one mapping, or with all of the workspace's own; warnings too."""
        wanted = self.own() if name is None else [name]
        return [finding for each in wanted for finding in self._entry(each).findings]

    def candidates(self, role: Role | None = None, kinds: Collection[Kind] = frozenset(Kind)) -> list[Mapping]:
        """The sound reading mappings for what a role may send, own ones before base ones (choice by headings)."""
        sound = [entry.mapping for name in self.names() if (entry := self._entry(name)).mapping is not None]
        return [
            each
            for each in sound
            if each is not None and each.reading and each.kind in kinds and (role is None or role in READ_FROM[each.kind])
        ]

    def examples_folder(self, name: str) -> Path:
        """Where the files lie that prove a mapping: beside it."""
        return self._file(name).with_suffix(".examples")

    def _file(self, name: str) -> Path:
        """Where a mapping lies, or would lie; a shipped one only where the workspace has none of that name."""
        own = self.home / FOLDER / f"{name}.yaml"
        shipped = self.shipped / f"{name.removeprefix(BASE)}.yaml"
        return shipped if name.startswith(BASE) and not own.is_file() and shipped.is_file() else own

    def entry(self, name: str) -> Entry:
        """One mapping with its findings, as far as it could be understood."""
        return self._entry(name)

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            self._entries[name] = self._read(name)
        return self._entries[name]

    def _read(self, name: str) -> Entry:
        loaded, findings = self._load(name)
        return Entry(findings) if loaded is None else self._checked(name, loaded, findings)

    def of_text(self, name: str, text: str) -> Entry:
        """A mapping that lies in no file yet, checked as if it stood under that name."""
        loaded, findings = load_text(text.encode(), f"{FOLDER}/{name}.yaml")
        return Entry(findings) if loaded is None else self._checked(name, loaded, findings)

    def _checked(self, name: str, loaded: Loaded, findings: list[Finding]) -> Entry:
        """What can be made of a mapping as it was written."""
        merged, more = self._merged(name, loaded)
        findings = findings + more + lint_raw(loaded)
        if more:
            return Entry(findings)
        template, wrong = check(Template, merged)
        findings += wrong
        usable = template if template is not None else _pruned(merged, wrong)
        if usable is None:
            return Entry(findings)
        maps, map_findings = self._maps(usable)
        known = Known(maps=maps, all_fields=frozenset(_field_names(merged.data)), has_examples=self._has_examples(name))
        findings += map_findings + lint_template(usable, merged, known)
        findings = sorted(dict.fromkeys(findings), key=lambda each: (each.file, each.line))
        if template is None or any(each.level is Level.ERROR for each in findings):
            return Entry(findings)
        version = _version(merged.data, template, maps)
        return Entry(findings, Mapping(name, version, loaded.file, template, maps, merged.data))

    def _load(self, name: str) -> tuple[Loaded | None, list[Finding]]:
        shown = f"{FOLDER}/{name}.yaml"
        loaded, findings = load(self._file(name), shown)
        if loaded is not None and not isinstance(loaded.data, dict):
            return None, [Finding(shown, 1, "", "is no mapping", "begin with `reads: orders` or `writes: statuses`")]
        return loaded, findings

    def _merged(self, name: str, loaded: Loaded) -> tuple[Loaded, list[Finding]]:
        own = _table(loaded.data)
        base_name = own.get("extends")
        if base_name is None:
            return loaded, []
        if not isinstance(base_name, str) or base_name == name or base_name not in self.names():
            bases = [each for each in self.names() if each.startswith(BASE)]
            cure = did_you_mean(str(base_name), bases)
            return loaded, [loaded.finding(("extends",), f"there is no mapping {base_name!r}", cure)]
        base, findings = self._load(base_name)
        if base is None:
            return loaded, [loaded.finding(("extends",), f"{base_name} cannot be read", "mend it first"), *findings]
        if "extends" in _table(base.data):
            return loaded, [loaded.finding(("extends",), f"{base_name} extends another mapping", "extend only one level")]
        return replace(loaded, data=_merged_mapping(_table(base.data), own)), []

    def _maps(self, template: Template) -> tuple[dict[str, MapTable], list[Finding]]:
        """The word lists that a mapping names: its own, and those of `mappings/maps/`, read backwards when writing."""
        maps = {name: map_of(pairs) for name, pairs in template.maps.items()}
        findings: list[Finding] = []
        for name in sorted(set(_named_maps(template)) - set(maps)):
            path = self.home / FOLDER / "maps" / f"{name}.csv"
            if not path.is_file():
                continue
            try:
                table = read_map_file(path.read_bytes())
            except (ValueError, OSError) as error:
                findings.append(
                    Finding(f"{FOLDER}/maps/{name}.csv", 1, "", str(error), "write it as `theirs,ours`, a pair a row")
                )
                continue
            maps[name] = table.backwards() if template.writes is not None else table
        return maps, findings

    def _has_examples(self, name: str) -> bool:
        folder = self.examples_folder(name)
        return folder.is_dir() and any(folder.iterdir())


def _stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def merge(base: dict[str, Data], own: dict[str, Data]) -> dict[str, Data]:
    """One table over another: tables are merged to the bottom, lists replaced, an empty right side takes the key away."""
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def _merged_mapping(base: dict[str, Data], own: dict[str, Data]) -> dict[str, Data]:
    """One mapping over its base: as tables are, but for the fields, whose short form is the long one's source."""
    added = _table(own.get("fields"))
    fields: dict[str, Data] = {name: _below(spec, added.get(name)) for name, spec in _table(base.get("fields")).items()}
    return merge({**base, "fields": fields}, own)


def _below(spec: Data, added: Data) -> Data:
    """What is left of a field of the base under what the mapping itself says of it; of two sources the mapping's own counts."""
    if not isinstance(added, dict):
        return spec
    spelt = {"from": spec} if isinstance(spec, str | list) else _table(spec)
    return {key: value for key, value in spelt.items() if not (key in _SOURCES and _SOURCES & added.keys())}


def _table(data: Data) -> dict[str, Data]:
    return data if isinstance(data, dict) else {}


def _field_names(data: Data) -> list[str]:
    return list(_table(_table(data).get("fields")))


def _pruned(loaded: Loaded, wrong: list[Finding]) -> Template | None:
    """The template without the keys that have findings, so that lint can tell what else is wrong; None when little is left."""
    paths = [finding.path for finding in wrong]

    def is_wrong(path: str) -> bool:
        return any(each == path or each.startswith(f"{path}.") for each in paths)

    data = {key: value for key, value in _table(loaded.data).items() if key == "fields" or not is_wrong(key)}
    data["fields"] = {name: spec for name, spec in _table(data.get("fields")).items() if not is_wrong(f"fields.{name}")}
    template, _ = check(Template, replace(loaded, data=data))
    return template


def _named_maps(template: Template) -> Iterator[str]:
    for spec in template.fields.values():
        yield from _maps_in(spec)


def _maps_in(spec: Spec) -> Iterator[str]:
    if isinstance(spec.map, str):
        yield spec.map
    for part in spec.parts:
        if isinstance(part, Spec):
            yield from _maps_in(part)


def _version(data: Any, template: Template, maps: dict[str, MapTable]) -> str:
    """The hash of what a mapping does: its content with base and word lists, without notes and layout of the text."""
    shared = {name: dict(table.pairs) for name, table in sorted(maps.items()) if name not in template.maps}
    content = [{key: value for key, value in _table(data).items() if key not in _NOT_CONTENT}, shared]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]
