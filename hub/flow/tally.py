"""What became of the records of a file while they were kept: counts, problems with their places, the answer of each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hub.domain.checks import Found
from hub.domain.problems import Counts, Level, Problem, Verdict, answer_of
from hub.mapping.reading import Reading

_ROWS_MARKED = 200_000  # a larger file is marked only where it has problems

About = tuple[int, int]
"""Which record: batch and position."""


@dataclass(slots=True)
class Tally:
    """Counts while a file is kept. Every record of the reading ends as accepted, unchanged or refused."""

    reading: Reading
    accepted: int = 0
    unchanged: int = 0
    known: int = 0
    refused: set[About] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Start with what the mapping refused."""
        self.refused = {(b, r) for b, batch in enumerate(self.reading.batches) for r in batch.refused}

    def open_records(self) -> Iterator[About]:
        """The records that the mapping did not refuse, in order of the file."""
        for b, batch in enumerate(self.reading.batches):
            yield from ((b, r) for r in range(len(batch)) if r not in batch.refused)

    def blame(self, about: About, found: Found, record: str | None) -> None:
        """Note a fault of a record, with the place in the file that fed the field."""
        batch = self.reading.batches[about[0]]
        place = batch.locate(found.field, about[1], found.item)
        fault = found.fault
        problem = Problem(
            code=fault.code,
            message=fault.say,
            hint=fault.hint,
            level=fault.level,
            sheet=place.sheet,
            row=place.row,
            cell=place.cell,
            column=place.column,
            field=found.field,
            record=record,
            value=fault.seen,
        )
        self.reading.add(problem, about)

    def refuse(self, about: About) -> None:
        """Count a record as refused."""
        self.refused.add(about)

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        return Counts(self.reading.read, self.accepted, self.unchanged, len(self.refused), self.reading.skipped)

    def verdict(self) -> Verdict:
        """The answer to the file; a file of nothing but known orders is 409."""
        counts = self.counts
        all_known = self.known > 0 and self.known == counts.read - counts.skipped
        answer = answer_of(counts, self.reading.problems, all_known=all_known)
        return Verdict(answer, counts, self.reading.problems)

    def by_record(self) -> dict[About, list[Problem]]:
        """The problems of each record that has some, information too; of any other an empty list."""
        found: dict[About, list[Problem]] = defaultdict(list)
        for problem, about in zip(self.reading.problems, self.reading.blamed, strict=True):
            if about is not None:
                found[about].append(problem)
        return found

    def answer_of_record(self, about: About, problems: Sequence[Problem]) -> int:
        """The answer to one record, with the problems that it has."""
        worst = max((each.code.answer for each in problems if each.level is not Level.INFO), default=0)
        if about in self.refused:
            return worst or 400
        return 207 if worst else 200

    def marks(self) -> list[tuple[str | None, int, int]]:
        """The answer of each row: sheet, row, answer."""
        blamed = self.by_record()
        marked = {about for about, some in blamed.items() if any(each.level is not Level.INFO for each in some)} | self.refused
        if sum(map(len, self.reading.batches)) <= _ROWS_MARKED:
            marked |= {(b, r) for b, batch in enumerate(self.reading.batches) for r in range(len(batch))}
        worst = {about: self.answer_of_record(about, blamed[about]) for about in sorted(marked)}
        return [(sheet, row, answer) for (b, r), answer in worst.items() for sheet, row in self.reading.batches[b].places(r)]
