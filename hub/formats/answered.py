"""What a marked file needs to know of the answer, and how a problem is put into words there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hub.domain.problems import Counts, Level, Problem

Where = tuple[str | None, int]  # sheet and row

VERDICTS = {
    200: "all accepted",
    207: "accepted with problems",
    400: "nothing usable",
    401: "the sender may not",
    404: "refers to what does not exist",
    409: "conflicts with what is stored",
    500: "the hub failed",
}


@dataclass(slots=True)
class Answered:
    """The answer to one file: `rows` tells for each row the answer of the record it belongs to."""

    name: str
    partner: str
    received_at: datetime
    answer: int
    counts: Counts
    problems: list[Problem] = field(default_factory=list)
    rows: dict[Where, int] = field(default_factory=dict)


def in_words(problem: Problem) -> str:
    """A problem as a cell tells it: `400.number [Hinta]: is no number. Write 12,50`."""
    level = "" if problem.level is Level.ERROR else f" ({problem.level})"
    column = f" [{problem.column}]" if problem.column else ""
    return f"{problem.code}{level}{column}: {sentence(problem)}"


def sentence(problem: Problem) -> str:
    """Message and hint as whole sentences."""
    message = problem.message if problem.message.endswith((".", "!", "?")) else f"{problem.message}."
    return f"{message} {problem.hint}".rstrip()
