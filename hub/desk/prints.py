"""What is wrong with prints before anybody misses one: pictures, templates, ranges of tracking numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

from sqlalchemy import Connection

from hub.config.partners import Partner
from hub.config.workspace import Workspace
from hub.config.yaml import Finding
from hub.domain.nearest import nearest
from hub.domain.problems import Level
from hub.domain.tracking import TrackingRange
from hub.prints import samples
from hub.prints.press import TEMPLATES, NotPrinted, Press
from hub.store.prints import numbers_left

FOLDER = "prints"
_PNG = b"\x89PNG\r\n\x1a\n"
_FEW = 10  # a warning when only one number in ten is left


def print_findings(workspace: Workspace) -> Iterator[Finding]:
    """Pictures that are not there, templates that do not print, ranges that two partners would number alike."""
    for partner in workspace.partners.values():
        yield from _papers(workspace, partner)
    yield from _templates(workspace.home)
    yield from _overlaps(workspace)


def _papers(workspace: Workspace, partner: Partner) -> Iterator[Finding]:
    papers = partner.papers
    named = [("logo", papers.logo), ("returns", papers.returns)] if papers is not None else []
    for key, path in named:
        if path is None or (key == "returns" and not path.endswith((".png", ".txt"))):
            continue
        where = workspace.home / path
        if Path(path).is_absolute() or not where.resolve().is_relative_to(workspace.home.resolve()):
            yield workspace.finding(
                partner.id, ("papers", key), f"{path} lies outside of the workspace", "copy it to config/papers"
            )
        elif not where.is_file():
            yield workspace.finding(partner.id, ("papers", key), f"there is no {path}", "put the file there, or delete the key")
        elif not path.endswith(".txt") and not where.read_bytes().startswith(_PNG):
            yield workspace.finding(partner.id, ("papers", key), f"{path} is no PNG picture", "save it as PNG")


def _templates(home: Path) -> Iterator[Finding]:
    """The workspace's own templates: each is tried with a label or a note that has everything."""
    own = sorted(each.name for each in (home / FOLDER).glob("*.typ"))
    for name in own:
        if name not in TEMPLATES:
            near = nearest(name, TEMPLATES)
            cure = f"did you mean {near}?" if near else f"the hub looks for {', '.join(TEMPLATES)}"
            yield Finding(f"{FOLDER}/{name}", 1, "", "is no template of the hub's", cure, Level.WARNING)
    if not set(own) & set(TEMPLATES):
        return
    told: dict[str, None] = {}
    with Press(home / FOLDER) as press:
        tries: tuple[Callable[[], bytes], ...] = (partial(press.labels, [samples.LABEL]), partial(press.notes, [samples.NOTE]))
        for try_it in tries:
            try:
                try_it()
            except NotPrinted as error:
                told[str(error)] = None
    for said in told:
        place, _, what = said.partition(": ")
        file, _, line = place.partition(":")
        yield Finding(file, int(line or 1), "", what, "nothing is printed by it; mend it or remove the file")


def _overlaps(workspace: Workspace) -> Iterator[Finding]:
    ranges = [(each.id, each.tracking.range()) for each in workspace.partners.values() if each.tracking is not None]
    for (one, mine), (other, theirs) in combinations(ranges, 2):
        if mine.overlaps(theirs):
            what = f"{one} draws some of the same tracking numbers"
            yield workspace.finding(other, ("tracking",), what, "give each numbers of its own, or both exactly the same range")


def running_out(db: Connection, workspace: Workspace) -> list[Finding]:
    """Ranges of tracking numbers that are used up (an error) or nearly so (a warning)."""
    return [
        workspace.finding(
            partner.id,
            ("tracking", "to"),
            _told(left, partner.tracking.range()),
            _CURE,
            Level.WARNING if left else Level.ERROR,
        )
        for partner in workspace.partners.values()
        if partner.tracking is not None and partner.active
        for left in [numbers_left(db, partner.tracking.range())]
        if left * _FEW < partner.tracking.range().size
    ]


_CURE = "ask the carrier for new numbers and write them as from and to"


def _told(left: int, numbers: TrackingRange) -> str:
    return f"{left or 'none'} of {numbers.size} tracking numbers {'is' if left == 1 else 'are'} left"
