"""A partner may only be switched off when nothing of his is under way: drain first (contract §2)."""

from __future__ import annotations

from hub.config.workspace import Workspace
from hub.config.yaml import Finding
from hub.store.connection import Store
from hub.store.shipments import count_open


def undrained(workspace: Workspace, store: Store) -> list[Finding]:
    """An error for each partner with `active: no` who still has open shipments."""
    inactive = [each for each in workspace.partners.values() if not each.active]
    if not inactive:
        return []
    with store.look() as db:
        left = {each.id: count_open(db, each.id) for each in inactive}
    return [
        workspace.finding(
            partner,
            ("active",),
            f"saw no, and {partner} still has {many} open shipment{'s' * (many > 1)}",
            "write yes until they are Delivered or Cancelled; hub export shipments lists them",
        )
        for partner, many in left.items()
        if many
    ]
