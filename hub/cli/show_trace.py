"""The life of an order or a shipment, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from hub.cli.paper import clean, console, local, print_table, state_text, styled
from hub.domain.values import canonical

_STATUS_COLOURS = {"Delivered": "green", "Cancelled": "red", "Error": "red", "On Hold": "yellow"}
_PARTY = ("name", "name2", "address1", "address2", "postcode", "city", "country", "phone", "email")


def show_trace(found: Sequence[dict[str, Any]], zone: str) -> None:
    """Print lives, one after another."""
    for at, life in enumerate(found):
        if at:
            console().rule(style="dim")
        _life(life, zone)


def _life(life: dict[str, Any], zone: str) -> None:
    out = console()
    title = styled(f"Order {life['order']} of {life['retailer']}: ", "bold")
    out.print(title.append_text(styled(life["status"], _STATUS_COLOURS.get(life["status"], "bold"))))
    for line in _facts(life, zone):
        out.print(styled(f"  {line}"))
    out.print()
    print_table(
        ("line", "product", "ordered", "delivered", "supplier", "+routed by", "shipment", "status"),
        [_line(each) for each in life["lines"]],
        right=("ordered", "delivered"),
    )
    for text in _settled(life["lines"]):
        out.print(styled(text))
    for each in life["shipments"]:
        out.print()
        for text in _shipment(each, zone):
            out.print(styled(text))
    out.print()
    print_table(("when", "shipment", "+what happened", "by", "+why"), [_event(each, zone) for each in life["events"]])
    if life["files"]:
        out.print()
        rows = [
            [each["id"], local(each["at"], zone), each["partner"], each["name"], state_text(each["state"])]
            for each in life["files"]
        ]
        print_table(("file", "when", "to", "+name", "state"), rows)


def _facts(life: dict[str, Any], zone: str) -> Iterator[str]:
    source, head = life["source"], life["head"]
    row = f" row {source['row']}" if source["row"] is not None else ""
    yield f"from file {source['file']}, {source['name']}{row}, accepted {local(life['accepted_at'], zone)}"
    if life["date"]:
        yield f"{life['document_type']} of {local(life['date'], zone)}, {life['currency']}"
    ship_to = [str(head[f"ship_to.{part}"]) for part in _PARTY if head.get(f"ship_to.{part}")]
    if ship_to:
        yield f"to {', '.join(ship_to)}"
    other = {name: value for name, value in head.items() if "." not in name and name not in ("date", "currency", "document_type")}
    if other:
        yield "; ".join(f"{name} {_joined(value)}" for name, value in other.items())


def _joined(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _settled(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What was said of lines beside their quantities: how much is cancelled, why, and when the rest is expected."""
    for each in lines:
        cancelled = f"{canonical(each['cancelled_quantity'])} cancelled" if each["cancelled_quantity"] else ""
        expected = f"expected {each['expected_date']}" if each["expected_date"] else ""
        told = [text for text in (cancelled, each["cancel_reason"], expected) if text]
        if told:
            yield clean(f"  line {each['line_no']}: {', '.join(told)}")


def _line(each: dict[str, Any]) -> list[object]:
    routed = [f"{each['routed_by']}" if each["routed_by"] else "", each["catalog"] or ""]
    price = f"at {canonical(each['wholesale_price'])}" if each["wholesale_price"] is not None else ""
    return [
        each["line_no"],
        each["sku"] or each["ean"] or "",
        canonical(each["quantity"]),
        canonical(each["delivered_quantity"]) or "",
        each["supplier"] or "",
        " ".join(part for part in (*routed, price) if part),
        each["shipment"] or "",
        styled(each["status"], _STATUS_COLOURS.get(each["status"], "")),
    ]


def _shipment(each: dict[str, Any], zone: str) -> Iterator[str]:
    told = [f"made {local(each['created_at'], zone)}"]
    told += [f"handed over {local(each['submitted_at'], zone)}"] if each["submitted_at"] else []
    told += [f"reference {each['supplier_reference']}"] if each["supplier_reference"] else []
    told += [f"cancellation asked {local(each['cancel_asked_at'], zone)}"] if each["cancel_asked_at"] else []
    yield f"Shipment {each['shipment']} of {each['supplier']}: {each['status']}"
    yield f"  {', '.join(told)}"
    for parcel in each["parcels"]:
        inside = ", ".join(f"{canonical(line['quantity']) or '?'} × {line['sku'] or line['line_no']}" for line in parcel["lines"])
        numbers = " ".join(part for part in (parcel["carrier"], parcel["tracking_number"]) if part)
        yield clean(f"  parcel {parcel['parcel']}: {numbers or 'no tracking number'}; {inside or 'contents unknown'}")


def _event(each: dict[str, Any], zone: str) -> list[object]:
    change = " → ".join(part for part in (each["from"], each["to"]) if part)
    happened = change if each["what"] == "status" else f"{each['what']} {change}".strip()
    why = [each["reason"] or "", f"file {each['file']}, {each['name']}" if each["file"] else ""]
    claimed = each["occurred_at"]
    if isinstance(claimed, datetime):
        why.append(f"said to be of {local(claimed, zone)}")
    return [local(each["at"], zone), each["shipment"] or "", happened, each["by"], "; ".join(part for part in why if part)]
