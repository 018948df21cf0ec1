"""The ledger and a single file, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from hub.cli.paper import answer_text, console, local, many, print_table, state_text, styled

_WITH_KIND = 100  # so wide a terminal must be to show the kind beside the name
_ARROW = {"in": "←", "out": "→"}
_LEVELS = {"error": "red", "warning": "yellow", "info": "dim"}


def show_files(found: Sequence[dict[str, Any]], zone: str) -> None:
    """Print a listing of the ledger."""
    columns = ["id", "when", "", "partner", "+name", "kind", "answer", "read", "bad"]
    rows = [_listed(each, zone) for each in found]
    if console().width < _WITH_KIND:
        at = columns.index("kind")
        for row in (columns, *rows):
            del row[at]
    print_table(columns, rows, right=("id", "read", "bad"))


def _listed(each: dict[str, Any], zone: str) -> list[Any]:
    return [
        each["id"],
        local(each["at"], zone)[:16],
        _ARROW[each["direction"]],
        each["partner"],
        each["name"],
        each["kind"] or "",
        _outcome(each),
        each["read"] or "",
        styled(each["refused"] or "", "red"),
    ]


def _outcome(each: dict[str, Any]) -> Text:
    settled = each["answer"] is not None and each["state"] in ("done", "refused")
    return answer_text(each["answer"]) if settled else state_text(each["state"])


def show_file(told: dict[str, Any], zone: str) -> None:
    """Print everything about one file."""
    out, each = console(), told["file"]
    out.print(styled(f"File {each['id']}: {each['name']}", "bold"))
    for label, value in _facts(each, zone):
        out.print(Text.assemble((f"  {label:<9}", "dim"), value if isinstance(value, Text) else styled(value)))
    if told["problems"]:
        out.print()
        _problems(told["problems"])
    for title, columns, rows in _came_of_it(told, zone):
        out.print()
        print_table(columns, rows, title=title)


def _facts(each: dict[str, Any], zone: str) -> Iterator[tuple[str, object]]:
    incoming = each["direction"] == "in"
    yield ("from" if incoming else "to"), each["partner"]
    yield "when", local(each["at"], zone) + (f", ended {local(each['ended_at'], zone)}" if each["ended_at"] else "")
    yield "state", state_text(each["state"])
    if each["answer"] is not None:
        yield "answer", answer_text(each["answer"])
    if each["kind"] or each["mapping"]:
        version = f" ({each['mapping_version']})" if each["mapping_version"] else ""
        yield "kind", f"{each['kind'] or 'unknown'} by {each['mapping'] or 'no mapping'}{version}"
    counted = ("read", "accepted", "unchanged", "refused", "skipped") if incoming else ("read",)
    yield "records", ", ".join(f"{each[name]} {'written' if not incoming else name}" for name in counted)
    yield "size", f"{each['size']} bytes, sha256 {each['sha256'][:16]}…"
    if each["about"]:
        yield "answers", f"file {each['about']}"
    if each["error"]:
        tried = f" (tried {many(each['attempts'], 'time')})" if each["attempts"] else ""
        again = f"; next try {local(each['next_try'], zone)}" if each["next_try"] else ""
        yield "error", styled(f"{each['error']}{tried}{again}", "red")


def _problems(problems: Sequence[dict[str, Any]]) -> None:
    columns = ("code", "where", "+record", "+saw", "+what and cure")
    print_table(columns, [_problem(each) for each in problems], title=f"Problems ({len(problems)})")


def _problem(each: dict[str, Any]) -> list[object]:
    row = "" if each["row"] is None else f"row {each['row']}"
    where = " ".join(part for part in (each["sheet"], row, f"[{each['column']}]" if each["column"] else each["field"]) if part)
    said = f"{each['message']}. {each['hint']}" if each["hint"] else each["message"]
    return [styled(each["code"], _LEVELS[each["level"]]), where, each["record"] or "", each["value"] or "", said]


def _came_of_it(told: dict[str, Any], zone: str) -> Iterator[tuple[str, tuple[str, ...], list[list[object]]]]:
    if told["answers"]:
        rows = [[a["id"], a["name"], state_text(a["state"]), local(a["at"], zone)] for a in told["answers"]]
        yield f"Answered with ({len(rows)})", ("id", "+name", "state", "when"), rows
    if told["orders"]:
        rows = [[a["retailer"], a["order"], a["row"], a["shipments"]] for a in told["orders"]]
        yield f"Orders it brought ({len(rows)})", ("retailer", "order", "row", "shipments"), rows
    if told["carried"]:
        rows = [[a["retailer"], a["order"], a["shipment"] or ""] for a in told["carried"]]
        yield f"What it carries ({len(rows)})", ("retailer", "order", "shipment"), rows
