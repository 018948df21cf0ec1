"""What partners are told, as records: orders, shipments and products in flattened form, ready for a writing mapping."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row

from hub.config.partners import Partner
from hub.domain.despatch import receiver, with_loose
from hub.domain.foreign import foreign, joined
from hub.domain.orders import Record
from hub.domain.problems import Fault, Problem
from hub.domain.status import Status, Words, roll_up, status_without_shipments, told
from hub.domain.terms import RetailerTerms
from hub.domain.tracking import tracking_url
from hub.flow.hub import Hub
from hub.mapping import compile as compiled
from hub.store.many import among, chunks
from hub.store.orders import thaw
from hub.store.schema import events, order_lines, orders, parcel_lines, parcels, shipments
from hub.store.shipments import elsewhere

_LINE = ("line_no", "sku", "ean", "name", "quantity", "unit", "price", "vat_rate", "total", "wholesale_price", "cancel_reason")
_facts = attrgetter(*_LINE)
_BRIEF = ("line_no", "sku", "ean", "quantity", "cancel_reason")
_BRIEF_ROW = (
    "id",
    "order",
    "position",
    *_BRIEF,
    "supplier",
    "shipment",
    "delivered_quantity",
    "cancelled_quantity",
    "expected_date",
    "product",
)
_BRIEF_FACTS = slice(_BRIEF_ROW.index(_BRIEF[0]), _BRIEF_ROW.index(_BRIEF[0]) + len(_BRIEF))
_LEFT_OUT = (*(name for name in _LINE if name not in _BRIEF), "x", "supplier_x", "catalog")
_LINE_ROW = (*_BRIEF_ROW, *_LEFT_OUT)
"""What of a line's row is told to anybody."""
_BRIEF_ORDER = ("id", "retailer", "number", "draft", "head")


def looked_at(mapping: compiled.Mapping) -> frozenset[str]:
    """The names by which a writing mapping looks at a record, anywhere."""
    return mapping.written_names.union(mapping.layout.skip, mapping.layout.only)


def shows_brief(mapping: compiled.Mapping) -> bool:
    """Whether a mapping shows of an order's lines only what becomes of them, and no parcels: the rest need not be fetched."""
    shorts = {name.removeprefix("lines.") for name in looked_at(mapping)}
    return not any(name in _LEFT_OUT or name.partition(".")[0] in ("x", "lines", "parcels") for name in shorts)


@dataclass(slots=True)
class Paper:
    """An order with everything that belongs to it, as rows of the store."""

    order: Row[Any]
    lines: list[Row[Any]] = field(default_factory=list)
    shipments: dict[int, Row[Any]] = field(default_factory=dict)
    parcels: dict[int, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    contents: dict[int, dict[int, Decimal | None]] = field(default_factory=lambda: defaultdict(dict))
    status_at: datetime | None = None

    def tracking(self, line: Row[Any]) -> list[str]:
        """The tracking numbers of the parcels that a line went in: those known to hold it, else those of unknown contents."""
        mine = self.parcels.get(line.shipment)
        if not mine:
            return []
        named = [each for each in mine if line.id in self.contents[each.id]]
        holding = [each for each in named if self.contents[each.id][line.id] != 0]
        unknown = [each for each in mine if not self.contents[each.id]]
        return [each.tracking_number for each in (holding if named else unknown) if each.tracking_number]

    def loose(self, shipment: Row[Any]) -> Iterator[tuple[Row[Any], Decimal | None]]:
        """What has left with a shipment and nobody said in which parcel: its lines, each with how much.

        Where no quantity at all is known of what was delivered every line may have left, nobody knows how much of it: None.
        """
        contents = [self.contents[parcel.id] for parcel in self.parcels.get(shipment.id, ())]
        mine = [line for line in self.lines if line.shipment == shipment.id and not _gone(line)]
        silent = shipment.status == Status.DELIVERED and all(line.delivered_quantity is None for line in mine)
        for line in mine:
            packed = [inside[line.id] for inside in contents if line.id in inside]
            if silent and not packed:
                yield line, None
            elif None not in packed and (left := (line.delivered_quantity or 0) - sum(filter(None, packed), Decimal(0))) > 0:
                yield line, left

    def status(self, all_cancelled: Status) -> Status:
        """The order's status, computed from its shipments."""
        if self.shipments:
            return roll_up({Status(each.status) for each in self.shipments.values()}, all_cancelled)
        return status_without_shipments(
            draft=self.order.draft,
            all_routed=all(line.supplier or _gone(line) for line in self.lines),
            all_line_cancelled=all(_gone(line) for line in self.lines),
            all_cancelled=all_cancelled,
        )


def _gone(line: Row[Any]) -> bool:
    """Whether a line is wholly cancelled."""
    return bool(line.cancelled_quantity >= line.quantity)


def papers(
    db: Connection, order_ids: Collection[int], wanted: Mapping[int, list[int]] | None = None, *, brief: bool = False
) -> Iterator[Paper]:
    """Orders with lines, shipments and parcels, in order of their ids, a few hundred at a time.

    `wanted` names shipments by order and leaves out every other with its lines, and the orders' own times; `brief` leaves out
    what `shows_brief` says is not told.
    """
    for some in chunks(sorted(set(order_ids)), 400):
        found = {row.id: Paper(row) for row in among(db, orders, "id", some, "id", _BRIEF_ORDER if brief else ())}
        ids = []
        for row in _shipments(db, some, wanted):
            found[row.order].shipments[row.id] = row
            ids.append(row.id)
        of, keys = ("order", some) if wanted is None else ("shipment", ids)
        for row in among(db, order_lines, of, keys, "position", _BRIEF_ROW if brief else _LINE_ROW):
            found[row.order].lines.append(row)
        _add_parcels(db, found, ids)
        if wanted is None:
            _add_times(db, some, found)
        yield from found.values()


def _shipments(db: Connection, some: Sequence[int], wanted: Mapping[int, list[int]] | None) -> Iterator[Any]:
    """The shipments of some orders, all of them or those wanted."""
    if wanted is None:
        return among(db, shipments, "order", some, "id")
    return among(db, shipments, "id", [each for order in some for each in wanted[order]], "id")


def _add_parcels(db: Connection, found: dict[int, Paper], ids: list[int]) -> None:
    order_of = {shipment: paper.order.id for paper in found.values() for shipment in paper.shipments}
    holder: dict[int, int] = {}
    for row in among(db, parcels, "shipment", ids, "id"):
        found[order_of[row.shipment]].parcels[row.shipment].append(row)
        holder[row.id] = order_of[row.shipment]
    for row in among(db, parcel_lines, "parcel", holder, "line"):
        found[holder[row.parcel]].contents[row.parcel][row.line] = row.quantity


def _add_times(db: Connection, some: list[int], found: dict[int, Paper]) -> None:
    for order, what, at in among(db, events, "order", some, "id", ("order", "what", "at")):
        if what == "status":
            found[order].status_at = at


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns papers into the records of one partner: in his words, and with nothing that is not his to see."""

    hub: Hub
    partner: Partner

    _parties: dict[tuple[str, str], Record] = field(default_factory=dict, repr=False, compare=False)

    def party(self, prefix: str, partner_id: str, shown: frozenset[str] | None = None) -> Record:
        """A partner as the fields of a party with that prefix: all, or those `shown`, which for one teller are the same ones."""
        facts = self._parties.get((prefix, partner_id))
        if facts is None:
            known = self.hub.workspace.partners.get(partner_id)
            own = known.party() if known is not None else {"id": partner_id}
            named = {f"{prefix}.{name}": value for name, value in own.items()}
            facts = {name: value for name, value in named.items() if shown is None or name in shown}
            self._parties[prefix, partner_id] = facts
        return facts

    def order(self, paper: Paper, terms: RetailerTerms, *, brief: bool = False) -> Record | None:
        """An order as its retailer is told of it; None where his vocabulary is silent. `brief`: as the paper is."""
        status = told(paper.status(terms.all_cancelled), terms.status_words)
        if status is None:
            return None
        lines = self._lines(paper, paper.lines, terms.status_words, status, brief=brief)
        return self._head(paper, paper.shipments.values()) | {
            "status": status.value,
            "status_time": paper.status_at,
            "lines": lines,
            "parcels": [] if brief else self._parcels(paper, None),
        }

    def _head(self, paper: Paper, shipments: Iterable[Row[Any]]) -> Record:
        """The order's head with the foreign values that suppliers sent of these shipments; the retailer's own come first."""
        head = joined([each.x for each in shipments if each.x]) | thaw(paper.order.head)
        return head | {"number": paper.order.number} | self.party("retailer", paper.order.retailer)

    def _lines(
        self, paper: Paper, lines: Iterable[Row[Any]], words: Words, order_status: Status, *, brief: bool = False
    ) -> list[Record]:
        """Lines as the retailer's or the supplier's words have them; one on no shipment has the order's status."""
        heard = {None: word(order_status, words)}
        heard |= {each.id: word(Status(each.status), words) for each in paper.shipments.values()}
        cancelled, numbers = word(Status.CANCELLED, words), {each.id: each.number for each in paper.shipments.values()}
        records: list[Record] = []
        for line in lines:
            record: Record = dict(zip(_BRIEF, line[_BRIEF_FACTS], strict=False)) if brief else _own(line)
            gone, shipment = _gone(line), line.shipment if line.shipment in numbers else None
            record["status"] = cancelled if gone else heard[shipment]
            record["supplier"] = line.supplier
            if not brief:
                record["catalog"] = line.catalog
            record["shipment"] = numbers.get(shipment)
            record["delivered_quantity"] = Decimal(0) if gone else line.delivered_quantity
            record["cancelled_quantity"] = line.cancelled_quantity
            record["expected_date"] = date.fromisoformat(line.expected_date) if line.expected_date else None
            record["tracking_number"] = (",".join(paper.tracking(line)) or None) if paper.parcels else None
            records.append(record)
        return records

    def despatch(self, paper: Paper, shipment: Row[Any], terms: RetailerTerms) -> Record:
        """A shipment that has left, as the retailer is told of it; the supplier's own reference stays with the supplier."""
        status = told(Status(shipment.status), terms.status_words)
        mine = [line for line in paper.lines if line.shipment == shipment.id]
        lines = self._lines(paper, mine, terms.status_words, Status(shipment.status))
        loose = [_inside(line, quantity) for line, quantity in paper.loose(shipment)]
        return (
            self._head(paper, [shipment])
            | self.party("supplier", shipment.supplier)
            | {
                "shipment": shipment.number,
                "status": status.value if status else None,
                "status_time": shipment.status_at,
                "ship_date": shipment.ship_date,
                "lines": lines,
                "parcels": with_loose(self._parcels(paper, shipment.id), loose),
            }
        )

    def shipment(self, paper: Paper, shipment: Row[Any], quantities: dict[int, Decimal] | None = None) -> Record:
        """A shipment as its supplier is told of it: what he is to send, or (`quantities` by line id) to cancel."""
        mine, lines = [line for line in paper.lines if line.shipment == shipment.id], list[Record]()
        for line, told_of in zip(mine, self._lines(paper, mine, Words.V3, Status(shipment.status)), strict=True):
            wanted = (
                to_send(line.quantity, line.cancelled_quantity) if quantities is None else quantities.get(line.id, Decimal(0))
            )
            if wanted > 0:
                told_of["quantity"], told_of["sku"] = wanted, line.product or line.sku
                lines.append(told_of)
        record = self._head(paper, [shipment])
        parcels = self._parcels(paper, shipment.id)
        for each in parcels:
            each["service_code"] = self.service(each["service_code"]) if each["service_code"] else None
        return (
            record
            | self.party("supplier", shipment.supplier)
            | {
                "shipment": shipment.number,
                "status": shipment.status,
                "status_time": shipment.status_at,
                "supplier_reference": shipment.supplier_reference,
                "reason": shipment.cancel_reason,
                "service_code": self.service(record.get("service_code")),
                "lines": lines,
                "parcels": parcels,
            }
        )

    def service(self, code: str | None) -> str | None:
        """A delivery service as the partner knows it; one that nothing stands in for is told as it is."""
        codes = self.partner.service_codes
        known = codes.services().known(code) if codes is not None else code
        return code if isinstance(known, Fault) else known

    def unknown_service(self, record: Record) -> str | None:
        """Why a shipment cannot go to a partner who does not know its delivery service; None when it can."""
        codes = self.partner.service_codes
        known = codes.services().known(record.get("service_code")) if codes is not None else None
        return f"service_code {known.seen}: {known.say}" if isinstance(known, Fault) else None

    def _parcels(self, paper: Paper, shipment: int | None) -> list[Record]:
        lines = {line.id: line for line in paper.lines}
        records = []
        for owner, mine in paper.parcels.items():
            for parcel in mine if shipment in (None, owner) else ():
                inside = [(lines[line], quantity) for line, quantity in paper.contents[parcel.id].items() if line in lines]
                records.append(
                    {
                        "parcel": parcel.parcel,
                        "tracking_number": parcel.tracking_number,
                        "tracking_url": tracking_url(parcel.tracking_number, parcel.carrier),
                        "carrier": parcel.carrier,
                        "service_code": parcel.service_code,
                        "weight": parcel.weight,
                        "lines": [
                            _inside(line, quantity) for line, quantity in sorted(inside, key=lambda each: each[0].position)
                        ],
                    }
                )
        return records


def to_send(quantity: Decimal, cancelled: Decimal) -> Decimal:
    """What is left of a line's quantity."""
    return quantity - cancelled if cancelled else quantity


@lru_cache(maxsize=256)
def word(status: Status, words: Words) -> str | None:
    """How a retailer hears a status; None where his vocabulary is silent."""
    heard = told(status, words)
    return heard.value if heard else None


def _foreign(line: Row[Any]) -> Record:
    """A line's foreign values: the supplier's, and before them the retailer's own."""
    return (line.supplier_x or {}) | foreign(line.x)


def _own(line: Row[Any]) -> Record:
    """What a line says itself, foreign values included."""
    record: Record = dict(zip(_LINE, _facts(line), strict=True))
    return record | _foreign(line) if line.x or line.supplier_x else record


def _inside(line: Row[Any], quantity: Decimal | None) -> Record:
    return _own(line) | {"delivered_quantity": quantity}


def numbers_elsewhere(db: Connection, paper: Paper, shipment: int) -> set[str]:
    """The tracking numbers of a shipment that are also on goods for another receiver."""
    mine = {each.tracking_number for each in paper.parcels[shipment] if each.tracking_number}
    here = receiver(paper.order.head)
    return {number for number, head in elsewhere(db, mine, shipment) if receiver(head) != here}


def told_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """The codes of problems, each once, and what they say."""
    some = list(problems)
    return {
        "codes": list(dict.fromkeys(each.code.value for each in some)),
        "messages": [f"{each.message}. {each.hint}".strip() if each.hint else each.message for each in some],
    }


def answered(row: Row[Any], problems: Iterable[Problem]) -> Record:
    """An answered file as the record that a mapping writes."""
    some = list(problems)
    counts = {name: getattr(row, name) for name in ("read", "accepted", "unchanged", "refused", "skipped")}
    about = {"file": row.name, "sha256": row.sha256, "kind": row.kind, "answer": row.answer}
    times = {"received_at": row.at, "answered_at": row.answered_at}
    return about | times | counts | told_of(some) | {"records": row.records}
