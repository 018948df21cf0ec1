"""Commands that write mappings: a draft from a partner's file, and what a finished one teaches for the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.guard import wrong_word
from hub.cli.place import Home

if TYPE_CHECKING:
    from hub.config.workspace import Workspace
    from hub.mapping.suggest import Setting


def suggest(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A file such as the partner sends; headings alone will do.", exists=True, dir_okay=False
        ),
    ],
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="What it holds: orders, products, stock, deliveries …")],
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="ID", help="Whose file it is, where he is configured.")
    ] = None,
    home: Home = None,
) -> None:
    """Draft the mapping of a file.

    Prints YAML to save under mappings/: each field with how sure it is, headings left over at the bottom.

    Example: hub mapping suggest prices.csv --kind products > mappings/ahti-products.yaml
    """
    from hub.cli.paper import binary_stdout
    from hub.domain.kinds import Kind
    from hub.domain.problems import FileRefused, HubError
    from hub.mapping.suggest import KINDS
    from hub.mapping.suggest import suggest as drafted

    if kind not in set(Kind):
        raise wrong_word("--kind", kind, [each.value for each in KINDS])
    try:
        text = drafted(Kind(kind), path.read_bytes(), _setting(path, partner, home))
    except FileRefused as refused:
        raise HubError("\n".join(f"{path.name}: {problem}" for problem in refused.problems)) from refused
    with binary_stdout() as out:
        out.write(text.encode())


def _setting(path: Path, partner: str | None, home: Path | None) -> Setting:
    """What the workspace adds: the partner's country, words and base mappings; outside a workspace nothing."""
    from hub.cli.place import home_of, workspace_at
    from hub.formats.grid import USUAL_LIMITS, Limits
    from hub.mapping.corrections import read_corrections
    from hub.mapping.library import BASE, Library
    from hub.mapping.suggest import Setting

    if partner is None and not (home_of(home) / "config").is_dir():
        return Setting(path.name, USUAL_LIMITS)
    workspace = workspace_at(home)
    bounds = workspace.settings.limits
    return Setting(
        file_name=path.name,
        limits=Limits(bounds.file_size, bounds.rows, bounds.unpacked_ratio),
        country=_country(workspace, partner),
        partner=partner,
        corrections=read_corrections(workspace.home),
        bases=[each for each in Library(workspace.home).candidates() if each.name.startswith(BASE)],
    )


def _country(workspace: Workspace, partner: str | None) -> str | None:
    """The country of the partner's own address. Raises NotFound for a partner who is not configured."""
    from hub.domain.nearest import did_you_mean
    from hub.domain.problems import NotFound

    if partner is None:
        return None
    if partner not in workspace.partners:
        raise NotFound(f"there is no partner {partner!r}. {did_you_mean(partner, list(workspace.partners))}")
    address = workspace.partners[partner].address
    return address.country if address else None


def learn(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A finished mapping that reads.")],
    home: Home = None,
) -> None:
    """Remember a mapping's headings.

    Writes to mappings/words/learnt.csv what its headings mean; suggestions read that first.

    Example: hub mapping learn nordshop-orders
    """
    from hub.cli.paper import clean, many, say
    from hub.cli.place import workspace_at
    from hub.domain.problems import HubError
    from hub.mapping.corrections import LEARNT
    from hub.mapping.corrections import learn as remember
    from hub.mapping.library import Library

    workspace = workspace_at(home)
    mapping = Library(workspace.home).get(name)
    if not mapping.reading:
        raise HubError(f"{name} writes {mapping.kind}; headings are learnt from mappings that read")
    fresh = remember(workspace.home, mapping)
    for heading, field in fresh:
        print(clean(f"{heading} = {field}"))  # noqa: T201 - data for people goes to stdout
    say(f"{many(len(fresh), 'heading')} learnt{f', in {LEARNT.as_posix()}' if fresh else ''}")


COMMANDS = (suggest, learn)
