"""Everything that is wrong with what admins wrote, put together from settings, partners and mappings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.config.channels import LocalChannel, SftpChannel
from hub.config.partners import Partner
from hub.config.workspace import Workspace, cross_check
from hub.config.yaml import Finding, Route
from hub.desk.prints import print_findings
from hub.domain.kinds import READ_FROM, WRITTEN_TO, Kind, Role
from hub.domain.problems import Level, Misconfigured, NotFound
from hub.formats.names import match_name
from hub.mapping.compile import Mapping
from hub.mapping.library import Library

_NEEDS: dict[Role, tuple[Kind, str]] = {
    Role.RETAILER: (Kind.STATUSES, "he never hears what became of his orders"),
    Role.SUPPLIER: (Kind.SHIPMENTS, "its shipments never leave the hub"),
    Role.WAREHOUSE: (Kind.SHIPMENTS, "its shipments never leave the hub"),
    Role.CARRIER: (Kind.BOOKINGS, "he is never asked to book a parcel"),
}


def all_findings(workspace: Workspace, library: Library) -> list[Finding]:
    """Every finding about a workspace: settings, partners, mappings, and how they fit together; by file and line."""
    found = [
        *workspace.findings,
        *library.findings(),
        *cross_check(workspace, library.names()),
    ]
    found += print_findings(workspace)
    for partner in workspace.partners.values():
        for rule in _RULES:
            found += rule(workspace, partner, library)
    return sorted(dict.fromkeys(found), key=lambda each: (each.file, each.line))


def _sound(library: Library, name: str) -> Mapping | None:
    """A mapping, or None when it is missing or wrong: that has a finding of its own."""
    try:
        return library.get(name)
    except (Misconfigured, NotFound):
        return None


def _receives(workspace: Workspace, partner: Partner, library: Library) -> Iterator[Finding]:
    for place, each in enumerate(partner.receive):
        for name in each.mapping:
            mapping = _sound(library, name)
            if mapping is not None:
                yield from _fits(workspace, partner, ("receive", place, "mapping"), mapping, reading=True)


def _sends(workspace: Workspace, partner: Partner, library: Library) -> Iterator[Finding]:
    for place, each in enumerate(partner.send):
        mapping = _sound(library, each.mapping)
        if mapping is not None:
            route: Route = ("send", place, "mapping")
            yield from _fits(workspace, partner, route, mapping, reading=False)


def _fits(workspace: Workspace, partner: Partner, route: Route, mapping: Mapping, *, reading: bool) -> Iterator[Finding]:
    """Whether a mapping goes the right way and its kind of document is this role's to send or to get."""
    if mapping.reading is not reading:
        does, wanted = ("reads", "writes") if mapping.reading else ("writes", "reads")
        what, cure = f"{mapping.name} {does} {mapping.kind}", f"name a mapping that {wanted}: here"
        yield workspace.finding(partner.id, route, what, cure)
        return
    roles = (READ_FROM if reading else WRITTEN_TO)[mapping.kind]
    if partner.role not in roles:
        theirs = " or ".join(sorted(roles))
        verb = "come from" if reading else "are written to"
        yield workspace.finding(
            partner.id, route, f"{mapping.kind} {verb} a {theirs}, and {partner.id} is a {partner.role}", "name another mapping"
        )


def _patterns(workspace: Workspace, partner: Partner, _library: Library) -> Iterator[Finding]:
    for place, each in enumerate(partner.receive):
        try:
            match_name(each.files, "")
        except ValueError as error:
            yield workspace.finding(partner.id, ("receive", place, "files"), str(error))


def _tells(workspace: Workspace, partner: Partner, library: Library) -> Iterator[Finding]:
    """A warning for an active partner who is never told the main thing."""
    need = _NEEDS.get(partner.role)
    if need is None or not partner.active:
        return
    kind, otherwise = need
    mappings = [_sound(library, each.mapping) for each in partner.send]
    if None not in mappings and kind not in {each.kind for each in mappings if each}:
        what = f"no {kind} are sent to {partner.id}, {otherwise}"
        cure = f"add - {{mapping: {partner.id}-{kind}, on: change}}"
        yield workspace.finding(partner.id, ("send",), what, cure, Level.WARNING)


def _sells(workspace: Workspace, partner: Partner, _library: Library) -> Iterator[Finding]:
    """A warning for a retailer whose orders nobody can be found for."""
    public = any(each.public for other in workspace.partners.values() for each in other.catalogs)
    if partner.role is Role.RETAILER and partner.active and not partner.catalogs and not public:
        cure = "write catalogs: [{id: main, suppliers: all}]"
        yield workspace.finding(partner.id, ("catalogs",), "has no catalogue, no product can be ordered", cure, Level.WARNING)


_RULES: tuple[Callable[[Workspace, Partner, Library], Iterator[Finding]], ...] = (
    _patterns,
    _receives,
    _sends,
    _tells,
    _sells,
)


def missing_secrets(workspace: Workspace) -> Iterator[Finding]:
    """Warnings for what a login needs and is not there: the hub may be started where it is, this command is not."""
    for partner in workspace.partners.values():
        channel = partner.channel
        if not partner.active or not isinstance(channel, SftpChannel):
            continue
        for key, secret in (("key", channel.key), ("password", channel.password)):
            if secret is not None and not secret.is_there(workspace.home):
                kind, name = secret.place
                what, cure = _NOT_THERE[kind]
                yield workspace.finding(partner.id, ("channel", key), what.format(name), cure, Level.WARNING)
        if channel.known_hosts is not None and not (workspace.home / channel.known_hosts).is_file():
            what, cure = (
                f"there is no file {channel.known_hosts}",
                f"ssh-keyscan {channel.host} prints its lines, and the partner says whether they are right",
            )
            yield workspace.finding(partner.id, ("channel", "known_hosts"), what, cure, Level.WARNING)


_NOT_THERE = {
    "env": ("{} is not set or empty here", "set it where the hub is started"),
    "file": ("{} is not there, empty, or not to be read here", "put the secret there, to be read by the user who runs the hub"),
}


def unreachable(workspace: Workspace) -> list[Finding]:
    """The folders of local channels in which the hub may not work."""
    found: list[Finding] = []
    for partner in workspace.partners.values():
        if isinstance(partner.channel, LocalChannel):
            for side, folder in (("inbox", workspace.inbox_of(partner)), ("outbox", workspace.outbox_of(partner))):
                if folder.exists() and not folder.is_dir():
                    told, cure = f"its {side}, {folder.name}, is no folder", "move it away; the hub makes the folder"
                    found.append(workspace.finding(partner.id, ("channel", side), told, cure))
                elif not _writable(folder):
                    told = f"the hub may not read and write in its {side}, {folder.name}"
                    cure = f"give the user who runs the hub rights on {folder}"
                    found.append(workspace.finding(partner.id, ("channel", side), told, cure))
    return found


def _writable(folder: Path) -> bool:
    """Whether files can be made and renamed in a folder, or the folder can be made."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return there.is_dir() and os.access(there, os.R_OK | os.W_OK | os.X_OK)
