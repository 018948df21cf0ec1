"""What a file's sender is told in his own form (`writes: answers`): owed when the file is kept, written when it is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from hub.domain.kinds import Kind
from hub.domain.problems import Fault, HubError
from hub.domain.values import canonical
from hub.flow.hub import Hub, InHand
from hub.flow.papers import told_of
from hub.flow.tally import Tally
from hub.mapping.compile import Mapping
from hub.store import ledger, receipts
from hub.store.orders import numbers_made

_NAMED = ("number", "shipment", "sku", "ean")


def owe(hub: Hub, db: Connection, file: InHand, tally: Tally | None = None) -> None:
    """Note that a file, and those of its set, are to be answered through the sender's own mappings.

    Without a tally nothing of the file could be used, and there are no records to tell of.
    """
    mappings = list(_answering(hub, file))
    if not mappings:
        return
    names = [each.name for each in mappings]
    wanted = tally is not None and any(_tells_records(each) for each in mappings)
    told = list(_records(db, file, tally)) if wanted and tally is not None else []
    receipts.owe(db, file.partner.id, file.id, names, told)
    for row in ledger.members(db, file.id):
        receipts.owe(db, file.partner.id, row.id, names, [])


def _answering(hub: Hub, file: InHand) -> Iterable[Mapping]:
    """The mappings by which its sender is told of his files."""
    for name in {send.mapping for send in file.partner.send}:
        try:
            mapping = hub.library.get(name)
        except HubError:
            continue  # what is wrong with it is told where it is used
        if mapping.kind is Kind.ANSWERS:
            yield mapping


def _tells_records(mapping: Mapping) -> bool:
    """Whether a mapping names anything of single records; a large file is not noted down for nothing."""
    return "records" in str(mapping.data)


def _records(db: Connection, file: InHand, tally: Tally) -> Iterable[dict[str, Any]]:
    """What became of each record, in order of the file."""
    blamed = tally.by_record()
    made = dict(numbers_made(db, [file.id]).get(file.id, []))
    for b, batch in enumerate(tally.reading.batches):
        said = {name: list(values) for name, values in batch.fields.items() if name in _NAMED or name.startswith("x.")}
        for r in range(len(batch)):
            row = batch.rows[r][0] if batch.rows[r] else None
            found: dict[str, Any] = {"row": row, "answer": tally.answer_of_record((b, r), blamed[b, r])}
            found |= {name: _shown(values[r]) for name, values in said.items() if values[r]}
            found.setdefault("number", made.get(row) if row is not None else None)
            yield found | told_of(blamed[b, r])


def _shown(value: Any) -> Any:
    """A value as text; of a bad one what stands in the file."""
    return value.seen if isinstance(value, Fault) else canonical(value)
