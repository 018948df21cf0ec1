"""Build a hub from a workspace: the only place that puts the parts together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hub.channels.channel import Channel
from hub.channels.local import LocalChannel
from hub.channels.settle import Settle
from hub.config.channels import LocalChannel as LocalSettings
from hub.config.partners import Partner
from hub.config.private import CLAIMED, TEMPORARY, VAR, private_folder
from hub.config.workspace import Workspace, open_workspace
from hub.domain.problems import Misconfigured
from hub.flow.drain import undrained
from hub.flow.hub import Hub
from hub.flow.parser import Parser
from hub.mapping.library import Library
from hub.mapping.living import LivingLibrary
from hub.service.children import Children
from hub.store.archive import Archive
from hub.store.connection import Store, open_store


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def open_hub(home: Path, *, clock: Callable[[], datetime] = utc_now, upgrade: bool = True, parser: Parser | None = None) -> Hub:
    """A hub at work on the workspace `home`; see `open_store` for `upgrade`.

    Without another `parser` partners' files are read in limited children.

    Raises Misconfigured with every error of the configuration at once.
    """
    home = home.resolve()
    workspace = open_workspace(home)
    workspace.require()
    library = LivingLibrary(home)
    _require_mappings(workspace, library)
    settings = workspace.settings
    private_folder(home / VAR)
    store = open_store(settings.store, home, upgrade=upgrade)
    _require_drained(workspace, store)
    return Hub(
        home=home,
        workspace=workspace,
        library=library,
        store=store,
        archive=open_archive(workspace),
        channels=_channels(workspace),
        settle=Settle(settings.settle.total_seconds()),
        clock=clock,
        parser=parser or Children(home / VAR / TEMPORARY),
    )


def open_archive(workspace: Workspace) -> Archive:
    """The archive of a workspace."""
    return Archive(workspace.settings.archive_folder(workspace.home) or workspace.home / VAR / "archive")


def _require_mappings(workspace: Workspace, library: Library) -> None:
    """Every mapping that a partner names must be there and sound."""
    wrong: list[str] = []
    for partner in workspace.partners.values():
        names = [name for entry in partner.receive for name in entry.mapping] + [entry.mapping for entry in partner.send]
        for name in names:
            try:
                library.get(name)
            except Misconfigured as error:
                wrong += error.findings
    if wrong:
        raise Misconfigured(list(dict.fromkeys(wrong)))


def _require_drained(workspace: Workspace, store: Store) -> None:
    wrong = [str(each) for each in undrained(workspace, store)]
    if wrong:
        store.close()
        raise Misconfigured(wrong)


def _channels(workspace: Workspace) -> dict[str, Channel]:
    """A channel for each active partner."""
    return {partner.id: _channel(workspace, partner) for partner in workspace.partners.values() if partner.active}


def _channel(workspace: Workspace, partner: Partner) -> Channel:
    if isinstance(partner.channel, LocalSettings):
        claims = workspace.home / VAR / CLAIMED / partner.id
        return LocalChannel(workspace.inbox_of(partner), workspace.outbox_of(partner), claims)
    from hub.channels.sftp import channel_of  # paramiko is only loaded where a partner has a server

    return channel_of(partner.channel, workspace.home)
