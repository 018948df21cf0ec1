"""Any bytes, read by any mapping, are records or problems: never a traceback, and no record disappears.

`make fuzz` asks the same of thousands of files a mapping (HUB_FUZZ=2000).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.domain.kinds import READ_FROM
from hub.domain.problems import Counts, FileRefused, Level
from hub.formats.answered import Answered
from hub.formats.grid import USUAL_LIMITS
from hub.mapping.compile import Mapping
from hub.mapping.giveback import Marking, give_back
from hub.mapping.handover import pack, unpack
from hub.mapping.intake import Incoming, take_in
from hub.mapping.reading import Context, Reading
from hub.mapping.stow import InMessage
from tests.fuzz.mutate import LIBRARY, examples_of, hostile_files, reading_mappings

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
MAPPINGS = {each.name: each for each in reading_mappings()}
LONG = int(os.environ.get("HUB_FUZZ", "0"))
PHASES = tuple(Phase) if LONG else (Phase.explicit, Phase.generate)


def incoming(mapping: Mapping, data: bytes) -> Incoming:
    role = min(READ_FROM[mapping.kind])
    context = Context("file", "ahti", "Ahti", "Europe/Helsinki", NOW, NOW, USUAL_LIMITS)
    return Incoming(data, context, role, (mapping,), lambda: [mapping])


def well_formed(reading: Reading) -> None:
    assert reading.read == reading.skipped + sum(len(batch) for batch in reading.batches)
    assert len(reading.problems) == len(reading.blamed)
    for problem, about in zip(reading.problems, reading.blamed, strict=True):
        assert problem.message
        if about is not None and problem.level is Level.ERROR:
            assert about[1] in reading.batches[about[0]].refused
    for batch in reading.batches:
        assert {len(values) for values in batch.fields.values()} <= {len(batch)}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@settings(
    max_examples=LONG or 30,
    derandomize=not LONG,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(data=st.data())
def test_any_bytes_are_records_or_problems(name: str, data: st.DataObject) -> None:
    mapping = MAPPINGS[name]
    file = data.draw(hostile_files(examples_of(mapping)))
    outcome = take_in(incoming(mapping, file))
    if outcome.refusal is not None:
        assert outcome.refusal.problems
        return
    assert outcome.reading is not None
    well_formed(outcome.reading)
    assert unpack(pack(outcome.reading, InMessage()), mapping, InMessage()).problems == outcome.reading.problems
    answered(mapping, file, outcome.reading)


def answered(mapping: Mapping, file: bytes, reading: Reading) -> None:
    """The file goes back marked and cut down, or is no file that can."""
    rows = {place for batch in reading.batches for record in range(len(batch)) for place in batch.places(record)}
    counts = Counts(reading.read, reading.read - reading.refused, 0, reading.refused)
    told = Answered("file", "Ahti", NOW, 207, counts, reading.problems, dict.fromkeys(rows, 207))
    for wanted in (told, rows):
        with suppress(FileRefused):  # a file that can be read and not written again
            assert isinstance(give_back(Marking(mapping, file, wanted, USUAL_LIMITS)), bytes)


def test_every_example_is_among_what_is_mutated() -> None:
    assert len(MAPPINGS) > 20
    assert [name for name in MAPPINGS if not examples_of(LIBRARY.get(name))] == []
