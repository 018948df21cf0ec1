"""What an admin has said that headings mean, in `mappings/words/*.csv` of the workspace: read before the shipped words."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hub.config.yaml import Finding
from hub.domain.fields import fields_read, find_field
from hub.domain.kinds import Kind
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Misconfigured
from hub.formats.frame import heading_key
from hub.mapping.compile import Mapping
from hub.mapping.match import Corrections
from hub.mapping.origins import Heading

FOLDER = Path("mappings") / "words"
LEARNT = FOLDER / "learnt.csv"
COLUMNS = ["heading", "kind", "field"]


def read_corrections(home: Path) -> Corrections:
    """Every correction of a workspace, by kind and heading; raises Misconfigured with each line that is wrong."""
    found: dict[tuple[str, str], str | None] = {}
    wrong: list[Finding] = []
    for path in sorted((home / FOLDER).glob("*.csv")):
        shown = (FOLDER / path.name).as_posix()
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        if not rows or [each.strip() for each in rows[0]] != COLUMNS:
            wrong.append(Finding(shown, 1, "", "has other headings", f"write {','.join(COLUMNS)} in the first line"))
            continue
        for line, row in enumerate(rows[1:], start=2):
            if any(each.strip() for each in row):
                heading, kind, field = [*(each.strip() for each in row), "", ""][:3]
                finding = _wrong(shown, line, kind, field)
                wrong += [finding] if finding else []
                found[kind, heading_key(heading)] = field or None
    if wrong:
        raise Misconfigured([str(each) for each in wrong])
    return found


def _wrong(shown: str, line: int, kind: str, field: str) -> Finding | None:
    """What is wrong with one correction: a kind or a field that the hub does not have."""
    kinds = [each.value for each in Kind if fields_read(each)]
    if kind and kind not in kinds:
        return Finding(shown, line, "kind", f"saw {kind!r}", did_you_mean(kind, kinds))
    known = {name for each in kinds if kind in ("", each) for name in fields_read(Kind(each))}
    if field and field not in known and all(find_field(fields_read(Kind(each)), field) is None for each in kinds):
        return Finding(shown, line, "field", f"saw {field!r}", did_you_mean(field, sorted(known)))
    return None


def learn(home: Path, mapping: Mapping) -> list[tuple[str, str]]:
    """Write down what a finished mapping says of its headings; returns what was not known before."""
    known = read_corrections(home)
    fresh = [
        (heading, name)
        for name, plan in mapping.plans.items()
        if not plan.is_helper and ".x." not in f".{name}."
        for heading in _headings(mapping, name)
        if known.get((mapping.kind.value, heading_key(heading)), "") != name
    ]
    if fresh:
        path = home / LEARNT
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        if not path.exists():
            writer.writerow(COLUMNS)
        writer.writerows((heading, mapping.kind.value, name) for heading, name in fresh)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
    return fresh


def _headings(mapping: Mapping, name: str) -> list[str]:
    """The plain headings that a field is read from, one by one or joined."""
    branches = mapping.plans[name].branches
    return [each.text for branch in branches if not branch.when for each in branch.headings() if _is_plain(each)]


def _is_plain(heading: Heading) -> bool:
    return not heading.names_unit
