"""A workspace as its admin wrote it: settings and partners, read together so that every finding comes at once."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.config.channels import LocalChannel, SftpChannel
from hub.config.partners import EVERYBODY, KEYS_OF_SOME, Partner
from hub.config.settings import Settings
from hub.config.wording import suggest
from hub.config.yaml import Finding, Loaded, Route, check, load
from hub.domain.booking import NOBODY
from hub.domain.kinds import Role
from hub.domain.nearest import nearest
from hub.domain.problems import Level, Misconfigured
from hub.domain.terms import RetailerTerms

SETTINGS = "config/hub.yaml"
PARTNERS = "config/partners"
LONGEST_ID = 50
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)
_OWN_FOLDERS = ("config", "mappings", "var")
_SELLERS = frozenset({Role.SUPPLIER, Role.WAREHOUSE})


@dataclass(slots=True)
class Workspace:
    """A folder with its settings and partners; `findings` holds everything that is wrong with them.

    A partner whose file is wrong is missing from `partners`; `sources` keeps the files for places.
    """

    home: Path
    settings: Settings = field(default_factory=Settings)
    partners: dict[str, Partner] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    sources: dict[str, Loaded] = field(default_factory=dict)

    def require(self) -> None:
        """Raise Misconfigured when anything is wrong that is more than a warning."""
        errors = [str(each) for each in self.findings if each.level is Level.ERROR]
        if errors:
            raise Misconfigured(errors)

    def of_role(self, *roles: Role) -> list[Partner]:
        """The partners of these roles, in order of id."""
        return [each for each in self.partners.values() if each.role in roles]

    def retailer_terms(self, retailer: Partner) -> RetailerTerms:
        """What holds for a retailer's orders now: his catalogues and the public ones of others, with who sells through each."""
        terms = retailer.retailer_terms(self.settings)
        sellers = [each for each in self.of_role(*_SELLERS) if each.active]
        selling = frozenset(each.id for each in sellers)
        public = (
            each.terms()
            for other in self.of_role(Role.RETAILER)
            for each in other.catalogs
            if each.public and other.id != retailer.id
        )
        catalogs = (
            replace(each, suppliers=selling if each.suppliers is None else each.suppliers & selling)
            for each in (*terms.catalogs, *public)
        )
        strict = frozenset(each.id for each in sellers if each.require_reference)
        warehouses = frozenset(each.id for each in sellers if each.role is Role.WAREHOUSE)
        return replace(terms, catalogs=tuple(catalogs), reference_required=strict, warehouses=warehouses)

    def inbox_of(self, partner: Partner) -> Path:
        """The folder in which a partner on a local channel drops files."""
        return self._folder(partner, "inbox")

    def outbox_of(self, partner: Partner) -> Path:
        """The folder in which he collects them."""
        return self._folder(partner, "outbox")

    def claims_beside(self, partner: Partner) -> str:
        """Where claimed files of a partner wait outside `var`, as an admin names it; empty when they do not.

        That is on his server, or beside an inbox that lies on another file system.
        """
        if isinstance(partner.channel, SftpChannel):
            return partner.channel.claims_at
        inbox = self.inbox_of(partner)
        if not inbox.exists() or inbox.stat().st_dev == self.home.stat().st_dev:
            return ""
        return str(inbox.relative_to(self.home) if inbox.is_relative_to(self.home) else inbox)

    def _folder(self, partner: Partner, side: str) -> Path:
        named = getattr(partner.channel, side) if isinstance(partner.channel, LocalChannel) else None
        return self.home / (named or f"{side}/{partner.id}")

    def finding(self, partner_id: str, route: Route, what: str, cure: str = "", level: Level = Level.ERROR) -> Finding:
        """A finding about a place in a partner's file."""
        return self.sources[partner_id].finding(route, what, cure, level)


def open_workspace(home: Path) -> Workspace:
    """Read a workspace; never raises for what is wrong in it.

    In: its folder. Out: what could be read, and every finding about the rest. No `config/hub.yaml`
    means all defaults.
    """
    workspace = Workspace(home)
    if not home.is_dir():
        workspace.findings.append(Finding(str(home), 1, "", "is no folder", "make a workspace with hub init DIR"))
        return workspace
    if (home / SETTINGS).exists():
        loaded, workspace.findings = load(home / SETTINGS, SETTINGS)
        if loaded is not None:
            settings, findings = check(Settings, loaded)
            workspace.findings += findings
            workspace.settings = settings or workspace.settings
    for path in _partner_files(home):
        _read_partner(workspace, path)
    workspace.findings += _crossed(workspace)
    return workspace


def _partner_files(home: Path) -> list[Path]:
    folder = home / PARTNERS
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if each.suffix in (".yaml", ".yml") and not each.name.startswith("."))


def _read_partner(workspace: Workspace, path: Path) -> None:
    shown_as = f"{PARTNERS}/{path.name}"
    workspace.findings += _badly_named(path, shown_as)
    loaded, findings = load(path, shown_as)
    workspace.findings += findings
    if loaded is None:
        return
    partner, findings = check(Partner, loaded)
    workspace.findings += sorted([*findings, *_out_of_role(loaded)], key=lambda each: each.line)
    if partner is None:
        return
    workspace.sources[path.stem] = loaded
    workspace.partners[path.stem] = partner.named(path.stem)
    if partner.role is Role.RETAILER:
        workspace.findings += _about_address(partner, loaded)


def is_partner_id(stem: str) -> bool:
    """Whether a partner's file may be called so."""
    return bool(_ID.fullmatch(stem)) and len(stem) <= LONGEST_ID and stem not in (EVERYBODY, NOBODY)


def _badly_named(path: Path, shown_as: str) -> Iterator[Finding]:
    if path.suffix != ".yaml":
        yield Finding(shown_as, 1, "", f"ends in {path.suffix}", f"call it {path.stem}.yaml")
    if not _ID.fullmatch(path.stem):
        yield Finding(shown_as, 1, "", "its name is no partner id", "use a-z, 0-9, - and _, beginning with a letter or digit")
    elif len(path.stem) > LONGEST_ID:
        yield Finding(shown_as, 1, "", f"its name is longer than {LONGEST_ID} characters", "shorten it")
    elif path.stem in (EVERYBODY, NOBODY):
        told = "every supplier" if path.stem == EVERYBODY else "no carrier"
        yield Finding(shown_as, 1, "", f"{path.stem} is no partner id, it means {told}", "call the file otherwise")


def _out_of_role(loaded: Loaded) -> Iterator[Finding]:
    """The keys that belong to other roles than the one the file names."""
    data = loaded.data
    if not isinstance(data, dict) or data.get("role") not in set(Role):
        return
    role = Role(str(data["role"]))
    for key in data:
        roles = KEYS_OF_SOME.get(key)
        if roles is not None and role not in roles and data[key] is not None:
            theirs = ", ".join(sorted(f"{each}s" for each in roles))
            yield loaded.finding((key,), f"does not belong to a {role}", f"delete it; only {theirs} have it")


def _about_address(partner: Partner, loaded: Loaded) -> Iterator[Finding]:
    if partner.address is None:
        yield loaded.finding(
            ("address",), "is missing", "write address: {name: …, address1: …, postcode: …, city: …, country: FI}"
        )
        return
    lacking = [key for key in ("address1", "city", "country") if getattr(partner.address, key) is None]
    if lacking:
        cure = "delivery notes and labels need it"
        yield loaded.finding(("address",), f"lacks {', '.join(lacking)}", cure, Level.WARNING)


def _crossed(workspace: Workspace) -> Iterator[Finding]:
    """What only shows when partners are looked at together."""
    yield from _repeated_catalogs(workspace)
    yield from _unknown_suppliers(workspace)
    yield from _unknown_carriers(workspace)
    yield from _shared_folders(workspace)


def _repeated_catalogs(workspace: Workspace) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for partner in workspace.partners.values():
        for place, catalog in enumerate(partner.catalogs):
            owner = owners.setdefault(catalog.id, partner.id)
            if owner != partner.id or [each.id for each in partner.catalogs].index(catalog.id) != place:
                what = f"{catalog.id!r} is a catalogue of {owner} already"
                yield workspace.finding(partner.id, ("catalogs", place, "id"), what, "catalogue ids are unique in the workspace")


def _unknown_suppliers(workspace: Workspace) -> Iterator[Finding]:
    sellers = {each.id for each in workspace.of_role(*_SELLERS)}
    broken = {Path(each.file).stem for each in workspace.findings}
    for partner in workspace.partners.values():
        for place, catalog in enumerate(partner.catalogs):
            for name in catalog.suppliers:
                if name in sellers or name == EVERYBODY or (name in broken and name not in workspace.partners):
                    continue
                known = workspace.partners.get(name)
                what = f"{name!r} is a {known.role}" if known else f"there is no supplier {name!r}"
                cure = "name suppliers or warehouses" if known else suggest(name, sorted(sellers))
                yield workspace.finding(partner.id, ("catalogs", place, "suppliers"), what, cure)


def _unknown_carriers(workspace: Workspace) -> Iterator[Finding]:
    carriers = [each.id for each in workspace.of_role(Role.CARRIER)]
    broken = {Path(each.file).stem for each in workspace.findings}
    for partner in workspace.partners.values():
        name = partner.carrier
        if name is not None and name not in (NOBODY, *carriers) and (name in workspace.partners or name not in broken):
            cure = f"write the id of a carrier, or {NOBODY}"
            yield workspace.finding(partner.id, ("carrier",), f"there is no carrier {name!r}", suggest(name, carriers) or cure)


def _shared_folders(workspace: Workspace) -> Iterator[Finding]:
    """Folders of two channels of which one is the other or lies in it: a file there would have two owners."""
    taken = [(_real(workspace.home / name), f"the hub's own folder {name}") for name in _OWN_FOLDERS]
    for partner in workspace.partners.values():
        if not isinstance(partner.channel, LocalChannel):
            continue
        for side, folder in (("inbox", workspace.inbox_of(partner)), ("outbox", workspace.outbox_of(partner))):
            real = _real(folder)
            for other, whose in taken:
                if real.is_relative_to(other) or other.is_relative_to(real):
                    told = f"the {side} is, holds or lies in {whose}"
                    yield workspace.finding(partner.id, ("channel", side), told, "give each a folder of its own")
            taken.append((real, f"the {side} of {partner.id}"))


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def cross_check(workspace: Workspace, mappings: Collection[str]) -> list[Finding]:
    """The mappings that partners name and nobody wrote; `mappings` holds the names that exist."""
    found: list[Finding] = []
    for partner in workspace.partners.values():
        named = [(("receive", place, "mapping"), name) for place, each in enumerate(partner.receive) for name in each.mapping]
        named += [(("send", place, "mapping"), each.mapping) for place, each in enumerate(partner.send)]
        for route, name in named:
            if name not in mappings:
                near = nearest(name, mappings)
                cure = f"did you mean {near}?" if near else f"write mappings/{name}.yaml"
                found.append(workspace.finding(partner.id, route, f"there is no mapping {name!r}", cure))
    return found
