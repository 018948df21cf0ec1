"""How a command fails: one readable line and an exit code, never a traceback on the screen."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from hub.cli.paper import say
from hub.cli.place import home_in
from hub.config.private import private_folder
from hub.domain.problems import HubError, Misconfigured

COULD_NOT = 1
_LOG = Path("var") / "log" / "errors.log"


class HubGroup(TyperGroup):
    """The commands of the hub; what they raise becomes a line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the line names."""
        try:
            return super().invoke(ctx)
        except Misconfigured as error:
            say("\n".join(error.findings))
        except HubError as error:
            say(f"hub: {error}")
        except BrokenPipeError:
            stop_quietly()
        except OSError as error:
            say(f"hub: {error.filename or 'system'}: {error.strerror or error}")
        except typer.BadParameter as error:
            error.message = _in_our_words(error)
            raise
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if not _is_ours(error):
                raise
            say(f"hub: internal error, {type(error).__name__}; {_note(home_in(ctx))}")
        raise typer.Exit(COULD_NOT)


def wrong_word(option: str, word: str, known: Collection[str]) -> typer.BadParameter:
    """What to raise for a word behind an option that is none of those it takes."""
    from hub.domain.nearest import did_you_mean

    return typer.BadParameter(f"saw {word!r}. {did_you_mean(word, known)}", param_hint=option)


def _in_our_words(error: typer.BadParameter) -> str:
    """What was typed wrongly and how it is typed, where the command line only passes on what its schema library says."""
    from pydantic import ValidationError

    from hub.config.wording import explain_value

    return explain_value(error.__cause__.errors()[0]) if isinstance(error.__cause__, ValidationError) else error.message


def _is_ours(error: Exception) -> bool:
    """Whether it is a fault of the hub, and not the command line's own way to say what was typed wrongly."""
    return not isinstance(error, typer.TyperException) and not hasattr(error, "exit_code")


def _note(home: Path) -> str:
    """Write the traceback where it can be found, and say where; without a workspace it goes to the screen."""
    told = _story()
    if not (home / "config").is_dir():
        return f"please report it:\n{told}"
    path = home / _LOG
    private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC).isoformat()} {Path(sys.argv[0]).name} {' '.join(sys.argv[1:2])}\n{told}\n")
    return f"the whole story is in {_LOG}"


def _story() -> str:
    """Where it happened, frame by frame, and the kind of error: messages could show what stands in a partner's file."""
    kind, error, trace = sys.exc_info()
    lines = traceback.format_tb(trace)
    causes = error.__cause__ or error.__context__ if error else None
    lines += [f"{kind.__module__}.{kind.__qualname__}\n"] if kind else []
    return "".join(lines) + (f"after {type(causes).__name__}\n" if causes else "")


def stop_quietly() -> None:
    """Whoever read our output wants no more of it: that is no failure."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.EBADF, None):
            raise
    raise typer.Exit(0)
