"""How things stand, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.cli.paper import ago, answer_text, clean, console, local, many, print_table, span, state_text, styled
from hub.desk.overview import Overview, PartnerView
from hub.domain.problems import Level


def show_status(view: Overview, zone: str) -> None:
    """Print the overview; sections in which there is nothing to tell are left out."""
    print_table(("partner", "role", "+last file", "answer", "when", "waiting"), [_partner(each, view) for each in view.partners])
    _orders(view)
    for title, columns, rows in _sections(view, zone):
        console().print()
        print_table(columns, rows, title=title)
    _findings(view)


def _partner(each: PartnerView, view: Overview) -> list[object]:
    last = each.last_file
    oldest = f", oldest {ago(each.outbox_since, view.at)}" if each.outbox_since else ""
    waiting = (
        (each.inbox, "in the inbox"),
        (each.taken, "taken"),
        (each.ready, "to send"),
        (each.outbox, f"not collected{oldest}"),
    )
    return [
        styled(each.partner, "bold" if each.active else "dim"),
        each.role if each.active else f"{each.role} (off)",
        last["name"] if last else "",
        (answer_text(last["answer"]) if last["answer"] else state_text(last["state"])) if last else "",
        ago(last["at"], view.at) if last else "",
        ", ".join(f"{number} {where}" for number, where in waiting if number),
    ]


def _orders(view: Overview) -> None:
    out = console()
    out.print()
    if not view.orders:
        out.print("No open orders.")
    for retailer, statuses in view.orders.items():
        told = ", ".join(f"{number} {status}" for status, number in statuses.items())
        out.print(styled(f"Open orders of {retailer}: {told}"))


_Section = tuple[str, tuple[str, ...], list[list[object]]]


def _sections(view: Overview, zone: str) -> Iterator[_Section]:
    yield from _goods(view)
    yield from _files(view, zone)


def _goods(view: Overview) -> Iterator[_Section]:
    """What keeps goods from going on."""
    if view.stuck:
        rows = [
            [
                each["retailer"],
                each["order"],
                each["shipment"] or "",
                ago(each["since"], view.at),
                styled(each["why"] or "", "red"),
            ]
            for each in view.stuck
        ]
        yield f"In Error ({len(rows)}; hub retry ORDER)", ("retailer", "+order", "shipment", "since", "+why"), rows
    if view.prints:
        rows = [
            [each["supplier"], each["shipment"], f"{each['what']} ({each['format']})", styled(each["error"], "red")]
            for each in view.prints
        ]
        yield f"Not printed ({len(rows)}; hub retry SHIPMENT)", ("supplier", "shipment", "what", "+why"), rows
    if view.bookings:
        rows = [[each["carrier"], each["shipment"], each["parcel"], styled(each["error"], "red")] for each in view.bookings]
        yield f"Not booked ({len(rows)}; hub retry SHIPMENT)", ("carrier", "shipment", "parcel", "+why"), rows
    numbers = [each for each in view.findings if each.path == "tracking.to"]
    if numbers:
        colours = {Level.ERROR: "red", Level.WARNING: "yellow"}
        rows = [
            [styled(f"{each.file}:{each.line}", "bold"), styled(each.what, colours[each.level]), each.cure] for each in numbers
        ]
        yield "Tracking numbers run out", ("where", "what", "+cure"), rows


def _files(view: Overview, zone: str) -> Iterator[_Section]:
    """What keeps files from going on."""
    if view.quarantine:
        rows = [
            [each["id"], each["direction"], each["partner"], each["name"], styled(each["error"], "red")]
            for each in view.quarantine
        ]
        yield f"Quarantine ({len(rows)}; hub retry ID)", ("id", "way", "partner", "+name", "+error"), rows
    if view.late:
        yield (
            f"Late ({len(view.late)})",
            ("partner", "+what", "how late", "+why"),
            [_late(each, view, zone) for each in view.late],
        )
    if view.away:
        rows = [
            [
                each["partner"],
                styled(each["code"], "red"),
                each["error"],
                local(each["next_try"], zone) if each["next_try"] else "",
            ]
            for each in view.away
        ]
        yield "Out of reach (hub check --connect tries at once)", ("partner", "code", "+why", "next try"), rows
    if view.left:
        rows = [[each["partner"], each["name"], styled(each["why"], "red")] for each in view.left]
        yield f"Left where they lie ({len(rows)})", ("partner", "+file", "+why"), rows
    if view.held:
        rows = [[each.name, each.version, styled("; ".join(each.reasons), "red")] for each in view.held]
        yield "Mappings changed and not taken up", ("mapping", "in force", "+why"), rows
    if view.strangers:
        rows = [[styled(each["code"], "red"), f"{each['folder']}/{each['name']}", each["hint"]] for each in view.strangers]
        yield f"Files of no partner ({len(rows)})", ("code", "+file", "+cure"), rows
    if view.strays:
        rows = [[each["partner"], f"{each['place']}/{each['name']}".rstrip("/"), each["hint"]] for each in view.strays]
        yield f"Claimed files that nobody comes for ({len(rows)})", ("partner", "+file", "+cure"), rows


def _late(each: dict[str, Any], view: Overview, zone: str) -> list[object]:
    if each["what"] == "schedule":
        due = each["due"]
        return [each["partner"], each["mapping"], span(view.at - due), f"was due {local(due, zone)}"]
    return [each["partner"], each["name"], f"tried {many(each['attempts'], 'time')}", each["error"]]


def _findings(view: Overview) -> None:
    errors = sum(each.level is Level.ERROR for each in view.findings)
    warnings = len(view.findings) - errors
    if view.findings:
        out = console()
        out.print()
        told = f"Configuration: {many(errors, 'error')}, {many(warnings, 'warning')}; hub check shows them."
        out.print(styled(clean(told), "red" if errors else "yellow"))
