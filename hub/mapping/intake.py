"""From a partner's file to its records: choose the mapping that reads it, and read it. Nothing here needs a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.domain.kinds import READ_FROM, Role
from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.grid import Source
from hub.formats.layout import TABLES
from hub.mapping.choice import alike, choose, fit
from hub.mapping.compile import Mapping
from hub.mapping.read import held, read_file
from hub.mapping.reading import Batch, Context, Reading

_A_FILE_OF_ITS_OWN = 0.5  # a file with so many of a mapping's headings was meant for it


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to be read, and who may read it.

    `source` is its bytes, or where a large one lies, so that only who parses it holds it.
    `named` are the mappings that the partner's first fitting `receive` entry names; where it names none the one of
    `candidates` that fits best reads the file. `candidates` is asked only then, and for a file that seems to be of
    another kind.
    """

    source: Source
    context: Context
    role: Role
    named: tuple[Mapping, ...]
    candidates: Callable[[], Sequence[Mapping]]

    @property
    def lies_at(self) -> Path | None:
        """Where it lies, when its bytes are not at hand."""
        return self.source if isinstance(self.source, Path) else None

    @property
    def data(self) -> bytes:
        """All its bytes."""
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    def at_hand(self) -> Incoming:
        """The same with its bytes, for who looks at them more than once."""
        return replace(self, source=self.data)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: its reading, or why it is refused; `mapping` is the one that was chosen, if any."""

    mapping: Mapping | None
    reading: Reading | None = None
    refusal: FileRefused | None = None


def take_in(file: Incoming, stow: Callable[[Batch], None] = held) -> Outcome:
    """Choose and read; `stow` is told of each batch and may put its columns somewhere else."""
    mapping: Mapping | None = None
    try:
        if len(file.named) != 1:
            file = file.at_hand()
        mapping = _choose(file)
        return Outcome(mapping, _read(file, mapping, stow))
    except FileRefused as refusal:
        return Outcome(mapping, refusal=refusal)


def _choose(file: Incoming) -> Mapping:
    """Of several mappings named the first that fits; of all there are, the one that fits best.

    Raises FileRefused: 404.mapping when there is none, or why the only one named does not open the file.
    """
    if len(file.named) == 1:
        return file.named[0]
    if file.named:
        return next((each for each in file.named if _fits(file, each)), file.named[0])  # its own refusal says what is missing
    name = file.context.file_name
    chosen = choose(file.candidates(), name, file.data, file.context.limits)
    if chosen is None:
        hint = "Check the file's name and headings, or ask the hub's admin for a mapping."
        raise FileRefused(Problem(Code.NO_MAPPING, f"no mapping fits {name}", hint))
    return chosen


def _fits(file: Incoming, mapping: Mapping) -> int:
    return fit(mapping, file.data, file.context.limits, file.context.file_name, file.context.beside)


def _read(file: Incoming, mapping: Mapping, stow: Callable[[Batch], None]) -> Reading:
    if file.role not in READ_FROM[mapping.kind]:
        hint = "Drop it where your own files go."
        raise FileRefused(Problem(Code.PARTNER, f"a {file.role} may not send {mapping.kind}", hint))
    try:
        # bytes that lie elsewhere are its own, to let go of when it may
        reading = read_file(mapping, file.data, file.context, stow)
    except FileRefused as refused:
        raise _of_another_kind(file.at_hand(), mapping) or refused from None
    if file.named and _reads_little(mapping, reading) and (other := _meant_for(file.at_hand(), mapping)) is not None:
        raise _is_of(other, file, mapping)
    return reading


def _reads_little(mapping: Mapping, reading: Reading) -> bool:
    """Whether a table fills less than half of the fields that the mapping reads from columns."""
    if mapping.layout.format not in TABLES or mapping.layout.types:
        return False
    asked = mapping.from_columns
    filled = {
        name for batch in reading.batches for name, feed in batch.feeds.items() if any(at is not None for at, _ in feed.columns)
    }
    return len(asked & filled) < len(asked) * _A_FILE_OF_ITS_OWN


def _meant_for(file: Incoming, mapping: Mapping) -> Mapping | None:
    """The mapping of another kind that reads far more of a file than its own, which asks for little."""
    own = _fits(file, mapping)
    others = [(_fits(file, each), each) for each in file.candidates() if each.kind is not mapping.kind]
    most, best = max(others, key=lambda one: one[0], default=(0, None))
    return best if own and most >= 2 * own else None


def _of_another_kind(file: Incoming, mapping: Mapping) -> FileRefused | None:
    """Whether a refused file is no file for its mapping at all: it has none of its headings, or another fits better."""
    own = _alike(file, mapping)
    if own is None or own >= _A_FILE_OF_ITS_OWN:
        return None
    others = [each for each in file.candidates() if each.name != mapping.name and _fits(file, each)]
    best = max(others, key=lambda each: _alike(file, each) or 0.0, default=None)
    if best is not None and (_alike(file, best) or 0.0) > own:
        return _is_of(best, file, mapping)
    if own == 0:
        message = f"this is no file for {mapping.name} ({mapping.kind}): it has none of its headings"
        hint = f"Look whether it is the right file; hub mapping suggest drafts a mapping for new {mapping.kind} files."
        return FileRefused(Problem(Code.HEADER, message, hint))
    return None


def _is_of(other: Mapping, file: Incoming, mapping: Mapping) -> FileRefused:
    message = f"this is no file for {mapping.name} ({mapping.kind}): its headings are those of {other.name} ({other.kind})"
    hint = f"Send it under the name that {other.kind} files have, or let {file.context.partner_id} receive it by {other.name}."
    return FileRefused(Problem(Code.HEADER, message, hint))


def _alike(file: Incoming, mapping: Mapping) -> float | None:
    return alike(mapping, file.data, file.context.limits, file.context.file_name, file.context.beside)
