"""Whether the hub can work with each partner's end: reach it, know it, log in, list, write, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hub.config.channels import SftpChannel
from hub.config.partners import Partner
from hub.config.workspace import Workspace
from hub.config.yaml import Finding
from hub.domain.problems import HostKeyRefused, LoginRefused, Unreachable

_AT_ONCE = 16
_CURES: dict[type[Unreachable], tuple[str, str]] = {
    LoginRefused: ("username", "mend username, key or password, or have the partner enter the hub's public key"),
    HostKeyRefused: ("host_key", "ask the partner for his key's fingerprint; write the new key only when it is the same"),
    Unreachable: ("host", "look at host, port and what stands between; ask the partner whether the hub's address is let in"),
}
_STEP_CURES = {
    "list": "mend the folder's name, or ask the partner for the right to read it",
    "take": "ask the partner for the right to rename and delete there, or write after: keep",
    "write": "ask the partner for the right to write, rename and delete there",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One partner's end as it was found: what works, in words, and what does not."""

    partner: str
    works: str
    findings: tuple[Finding, ...]


def try_servers(workspace: Workspace) -> list[Tried]:
    """Try the servers of all active partners, side by side; each is asked for all that the hub will do with it."""
    partners = [each for each in workspace.partners.values() if each.active and isinstance(each.channel, SftpChannel)]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="check") as pool:
        return list(pool.map(lambda each: _try(workspace, each), partners))


def _try(workspace: Workspace, partner: Partner) -> Tried:
    from hub.channels.sftp import channel_of

    assert isinstance(partner.channel, SftpChannel)  # noqa: S101 - only those are tried
    channel = channel_of(partner.channel, workspace.home)
    steps: list[tuple[str, str]] = []
    try:
        steps += channel.trial()
    except Unreachable as error:
        key, cure = next(found for kind, found in _CURES.items() if isinstance(error, kind))
        return Tried(partner.id, "", (workspace.finding(partner.id, ("channel", key), str(error), cure),))
    finally:
        channel.close()
    wrong = [_finding(workspace, partner, step, why) for step, why in steps if why]
    return Tried(partner.id, _works(channel.login.where, steps), tuple(wrong))


def _works(where: str, steps: Sequence[tuple[str, str]]) -> str:
    right = ", ".join(step for step, why in steps if not why)
    return f"reach {where}, host key, log in{', ' if right else ''}{right}"


def _finding(workspace: Workspace, partner: Partner, step: str, why: str) -> Finding:
    verb = step.split(" ", 1)[0]
    side = "outbox" if verb == "write" or step == f"list {getattr(partner.channel, 'outbox', None)}" else "inbox"
    return workspace.finding(partner.id, ("channel", side), f"the hub cannot {step}: {why}", _STEP_CURES[verb])
