"""Claimed files that nobody comes for any more: their partner is gone, or his channel leads elsewhere now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hub.channels.channel import CLAIMS
from hub.channels.names import safe_name
from hub.config.channels import SERVER, LocalChannel
from hub.config.private import CLAIMED, VAR
from hub.config.workspace import Workspace
from hub.store.remote import claims_lie

_CLAIMED = Path(VAR, CLAIMED)


def strays(db: Connection, workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Each with partner, place, name (empty where only the place is known) and the cure; nothing of them is lost."""
    root = workspace.home / _CLAIMED
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if not _comes_for(workspace, folder.name, ""):
            yield from _found(workspace, folder.name, folder, (_CLAIMED / folder.name).as_posix())
    for each in claims_lie(db):
        if _comes_for(workspace, each.partner, each.place):
            continue
        place = f"{each.place}/{CLAIMS}"
        if each.place.startswith(SERVER):
            yield _stray(workspace, each.partner, place, "")
        else:
            yield from _found(workspace, each.partner, workspace.home / place, place)


def _comes_for(workspace: Workspace, partner: str, place: str) -> bool:
    """Whether the hub looks into a place when it next looks at a partner; an empty one is his folder under `var`."""
    known = workspace.partners.get(partner)
    if known is None or not known.active:
        return False
    return workspace.claims_beside(known) == place if place else isinstance(known.channel, LocalChannel)


def _found(workspace: Workspace, partner: str, folder: Path, place: str) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*/*")):
        yield _stray(workspace, partner, f"{place}/{file.parent.name}", safe_name(file.name))


def _stray(workspace: Workspace, partner: str, place: str, name: str) -> dict[str, Any]:
    own = f"config/partners/{partner}.yaml"
    if partner not in workspace.partners:
        cure = f"Put {own} back until the hub has taken it, or move it into the inbox of its partner."
    elif not workspace.partners[partner].active:
        cure = f"Write active: yes in {own} until the hub has taken it."
    else:
        cure = f"Write the channel in {own} as it was until the hub has taken it, or move it into the inbox that it has now."
    return {"partner": partner, "place": place, "name": name, "hint": cure}
