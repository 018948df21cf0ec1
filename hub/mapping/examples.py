"""Files that prove a mapping: `<case>.<ext>` beside `<case>.expected.json`, run like tests.

The pair is the same in both directions: a file of the partner's, and what the hub makes of it (reading) or makes it of
(writing). The JSON holds `records` in flattened, canonical text; reading also `problems` (each compared in the keys that
it names) and `refused: true` where the whole file is; and `context` where a file depends on the time or the partner.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.domain.fields import LISTS, Field, fields_written, find_field
from hub.domain.kinds import Kind
from hub.domain.problems import Fault, FileRefused, Problem
from hub.domain.values import Doubt, canonical, parse_value
from hub.formats.grid import Limits
from hub.formats.layout import Format
from hub.formats.table import READERS
from hub.formats.text import open_text
from hub.mapping.compile import Mapping
from hub.mapping.read import read_file
from hub.mapping.reading import Context
from hub.mapping.write import WriteContext, write_file

EXPECTED = ".expected.json"
_LIMITS = Limits(file_size=100_000_000, rows=1_000_000, unpacked_ratio=100)
_CONTEXT = {
    "partner_id": "example",
    "partner_name": "Example",
    "timezone": "Europe/Helsinki",
    "received": "2026-01-02T03:04:05Z",
    "now": "2026-01-02T03:04:05Z",
    "seq": "1",
}
_SHOWN_PROBLEM = ("code", "row", "column", "field", "value")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What became of one example: `diff` is empty when it holds, `wrote` names the file that was written."""

    mapping: str
    case: str
    diff: list[str]
    wrote: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the mapping does what the example says."""
        return not self.diff


def run_examples(mapping: Mapping, folder: Path, *, write: bool = False) -> list[ExampleResult]:
    """Run every example of a mapping.

    In: the mapping, the folder of its examples, and whether to write down what comes out as what is expected from now
    on. Out: a result per case, in order of names; a folder that is not there has none.
    """
    if not folder.is_dir():
        return []
    work = _read_case if mapping.reading else _write_case
    return [work(mapping, folder, case, write=write) for case in _cases(folder)]


def _cases(folder: Path) -> list[str]:
    names = {path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}
    return sorted({name.removesuffix(EXPECTED) if name.endswith(EXPECTED) else Path(name).stem for name in names})


def _file_of(folder: Path, case: str) -> Path | None:
    found = sorted(path for path in folder.glob(f"{_literal(case)}.*") if path.stem == case and not path.name.endswith(EXPECTED))
    return found[0] if found else None


def _literal(case: str) -> str:
    return "".join(f"[{each}]" if each in "[]*?" else each for each in case)


def _expected(folder: Path, case: str) -> dict[str, Any]:
    path = folder / f"{case}{EXPECTED}"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except json.JSONDecodeError as error:
        return {"error": f"{path.name}:{error.lineno}: is no JSON ({error.msg})"}
    return found if isinstance(found, dict) else {"error": f"{path.name}: an object with `records` is wanted"}


def _read_case(mapping: Mapping, folder: Path, case: str, *, write: bool) -> ExampleResult:
    path = _file_of(folder, case)
    expected = _expected(folder, case)
    if path is None or "error" in expected:
        return ExampleResult(
            mapping.name,
            case,
            [expected.get("error") or f"{case}{EXPECTED} stands alone: put the file beside it that it is about"],
        )
    found = read_example(mapping, path, expected.get("context", {}))
    target = folder / f"{case}{EXPECTED}"
    if write:
        kept = {"context": expected["context"]} if "context" in expected else {}
        return ExampleResult(mapping.name, case, [], _write_down(target, (json_text(kept | found) + "\n").encode()))
    if not target.is_file():
        return ExampleResult(
            mapping.name, case, [f"{target.name} is missing: look at the file, then run hub mapping test --write {mapping.name}"]
        )
    wanted = {"records": expected.get("records", []), "problems": expected.get("problems", [])} | (
        {"refused": True} if expected.get("refused") else {}
    )
    found["problems"] = _like(wanted["problems"], found["problems"])
    return ExampleResult(mapping.name, case, _diff(json_text(wanted), json_text(found)))


def read_example(mapping: Mapping, path: Path, context: dict[str, Any]) -> dict[str, Any]:
    """What a mapping makes of a file, as an expected file says it: the records it accepts, and every problem."""
    try:
        reading = read_file(mapping, path.read_bytes(), _context(context, path.name))
    except FileRefused as refused:
        return {"records": [], "problems": [_shown(problem) for problem in refused.problems], "refused": True}
    records = [
        canonical_record(batch.record(position))
        for batch in reading.batches
        for position in range(len(batch))
        if position not in batch.refused
    ]
    return {"records": records, "problems": [_shown(problem) for problem in reading.problems]}


def _context(given: dict[str, Any], name: str) -> Context:
    known = {key: str(value) for key, value in (_CONTEXT | given).items()}
    return Context(
        known.get("file_name", name),
        known["partner_id"],
        known["partner_name"],
        known["timezone"],
        _time(known["received"]),
        _time(known["now"]),
        _LIMITS,
    )


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(problem: Problem) -> dict[str, Any]:
    shown = {key: getattr(problem, key) for key in _SHOWN_PROBLEM}
    return {key: str(value) if key == "code" else value for key, value in shown.items() if value is not None}


def _like(wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The problems found, cut to the keys that the expected one beside each names."""
    return [
        {key: each[key] for key in (wanted[at] if at < len(wanted) else each) if key in each} for at, each in enumerate(found)
    ]


def canonical_record(record: dict[str, Any]) -> dict[str, Any]:
    """A flattened record with every value in its canonical text."""
    return {
        name: [canonical_record(item) for item in value] if name in LISTS and isinstance(value, list) else canonical(value)
        for name, value in record.items()
    }


def typed_record(kind: Kind, record: dict[str, Any], inside: str = "") -> dict[str, Any]:
    """The way back: a record of canonical texts as the hub's values; raises ValueError for one that is none."""
    typed: dict[str, Any] = {}
    for name, value in record.items():
        full = f"{inside}{name}"
        if full in LISTS and isinstance(value, list):
            typed[name] = [typed_record(kind, item, f"{full}.") for item in value]
        else:
            typed[name] = _typed(find_field(fields_written(kind), full) or Field(full), value)
    return typed


def _typed(declared: Field, value: Any) -> Any:
    if isinstance(value, list) or value is None:
        return value
    found = parse_value(declared, str(value))
    if isinstance(found, Fault):
        raise ValueError(f"{declared.name}: {value!r} {found.say}. {found.hint}")  # noqa: TRY004 - a wrong text in the example
    return found.value if isinstance(found, Doubt) else found


def _write_case(mapping: Mapping, folder: Path, case: str, *, write: bool) -> ExampleResult:
    expected = _expected(folder, case)
    if "error" in expected or "records" not in expected:
        reason = expected.get("error") or f"{case}{EXPECTED} with the `records` to write is missing"
        return ExampleResult(mapping.name, case, [reason])
    known = {key: str(value) for key, value in (_CONTEXT | expected.get("context", {})).items()}
    context = WriteContext(_time(known["now"]), int(known["seq"]), known["partner_id"], known["partner_name"], known["timezone"])
    try:
        written = write_file(mapping, [typed_record(mapping.kind, each) for each in expected["records"]], context)
    except (FileRefused, ValueError) as refused:
        return ExampleResult(mapping.name, case, [str(refused)])
    path = _file_of(folder, case)
    if write:
        target = path or folder / f"{case}{Path(written.name).suffix}"
        return ExampleResult(mapping.name, case, [], _write_down(target, written.data))
    if path is None:
        return ExampleResult(
            mapping.name, case, [f"the file is missing: run hub mapping test --write {mapping.name}, then look at it"]
        )
    if path.read_bytes() == written.data:
        return ExampleResult(mapping.name, case, [])
    wanted, found = as_text(mapping, path.read_bytes()), as_text(mapping, written.data)
    same = wanted == found and mapping.layout.format is Format.EXCEL
    return ExampleResult(mapping.name, case, [] if same else _diff(wanted, found) or ["the bytes differ (encoding or line ends)"])


def as_text(mapping: Mapping, data: bytes) -> str:
    """A file as text to compare: a workbook cell by cell, anything else as it is."""
    if mapping.layout.format is not Format.EXCEL:
        return "".join(open_text(data, mapping.layout.encoding).lines())
    grids = READERS[Format.EXCEL](mapping.layout, data, _LIMITS)
    return "\n".join("\t".join(cell or "" for cell in row) for grid in grids for row in grid.rows())


def _write_down(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return path.name


def json_text(value: Any) -> str:
    """JSON as expected files have it: indented, letters as they are, keys in their order."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _diff(wanted: str, found: str) -> list[str]:
    return list(_lines(wanted, found))


def _lines(wanted: str, found: str) -> Iterator[str]:
    if wanted == found:
        return
    yield from difflib.unified_diff(wanted.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=2)
