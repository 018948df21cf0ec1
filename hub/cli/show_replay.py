"""What processing a file once more did, or would do, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from hub.cli.paper import answer_text, console, styled
from hub.desk.mend import Replayed

_SHOWN = 20


def show_replay(done: Sequence[Replayed], *, dry_run: bool) -> None:
    """Print each file's answer before and after, and what happened or would happen."""
    out = console()
    for each in done:
        before, after = answer_text(each.before), answer_text(each.after)
        out.print(Text.assemble(styled(f"File {each.file}: {each.name} from {each.partner}  ", "bold"), before, " → ", after))
        counts = each.counts
        told = f"{counts.accepted} accepted, {counts.unchanged} unchanged, {counts.refused} refused, {counts.skipped} skipped"
        out.print(styled(f"  {told}"))
        if each.read_by is not None:
            told = "; ".join(each.differs) or "nothing differs"
            out.print(styled(f"  read by {each.read_by} instead of {each.read_before_by}: {told}"))
        for title, lines in (("would happen" if dry_run else "happened", each.happened), ("problems", each.problems)):
            if lines:
                out.print(styled(f"  {title}:", "dim"))
                for line in lines[:_SHOWN]:
                    out.print(styled(f"    {line}"))
            if len(lines) > _SHOWN:
                out.print(styled(f"    … and {len(lines) - _SHOWN} more", "dim"))
        if dry_run:
            out.print(styled("  nothing was changed", "dim"))
