"""Partners' files are read in a limited child process: what a hostile file breaks is the child, never the hub.

The child is started with the first file and kept warm. Files are sent ahead, many at once, and answered one by one
in their order, so that while the hub keeps one the child reads the next. When the child dies, the file in hand is
tried alone in a fresh one, and its neighbours go on; a file that kills that one too is refused, where its own weight
was the cause: memory, time, or an abort of the library that reads its format.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from hub.domain.problems import Code, FileRefused, ParserFailed, Problem
from hub.formats.grid import Source
from hub.mapping.compile import Mapping
from hub.mapping.giveback import Marking
from hub.mapping.handover import pack_refusal, receive, unpack_refusal
from hub.mapping.intake import Incoming, Outcome
from hub.service.child import BURST, PROGRAM
from hub.service.frames import Head, frame
from hub.service.line import Nursery, Worker
from hub.service.messages import Named, named, tell_incoming, tell_mapping, tell_marking
from hub.service.scratch import Scratch

log = structlog.get_logger()

MEGABYTE = 1_000_000

_AHEAD = 1 << 20  # bytes sent before they are answered; a larger file is sent when it is the next
_MOST_AHEAD = 256  # files
_AT_ONCE = 16  # files that are sent together while the child has others to read
_PACKED = (b"PK", b"\x1f\x8b")
_UNPACKS = 20  # times its size that a packed file is worth
_ABORTS = frozenset({-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE})
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError")
_HUNG = -signal.SIGXCPU
_DEATHS_ALONE = 3  # so often a file is tried at once when somebody else kills its reader: a later file does not overtake it
_SMALLER = "Send it in parts, or without what is not the table (empty rows, pictures, formulas)."


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one file may cost the child: seconds of work, bytes of memory, and seconds on the wall until it hangs."""

    seconds: float = 20
    seconds_per_megabyte: float = 4
    memory: int = 2_000 * MEGABYTE
    memory_per_byte: int = 30
    patience: float = 30

    def work(self, size: int) -> int:
        """Seconds of work for a file that is worth `size` bytes."""
        return int(self.seconds + size / MEGABYTE * self.seconds_per_megabyte)

    def room(self, size: int) -> int:
        """Bytes of memory, never more than nine tenths of the machine's."""
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return min(self.memory + self.memory_per_byte * size, machine // 10 * 9)

    def wall(self, size: int) -> float:
        """Seconds until a file counts as hanging; on a busy machine work takes longer than its own time."""
        return self.patience + 4 * self.work(size)


@dataclass(eq=False, slots=True)
class _Task:
    """Something for the child to do: the message, the mappings that it must know, and what came of it.

    `deaths` are those of workers that died of something else while they were at it alone.
    """

    head: Head
    body: tuple[bytes, ...]
    mappings: Sequence[Mapping]
    worth: int
    alone: bool = False
    deaths: int = 0
    answer: tuple[Head, bytes] | None = None
    broke: ParserFailed | None = None

    @property
    def size(self) -> int:
        """How many bytes travel."""
        return sum(map(len, self.body))


class Children:
    """The parser of a hub at work. The columns of large readings pass through `folder`; `program` is the children's module."""

    def __init__(self, folder: Path, allowance: Allowance | None = None, program: str = PROGRAM) -> None:
        self._scratch = Scratch(folder)
        self._program = program
        self._allowance = allowance or Allowance()
        self._waiting: deque[_Task] = deque()
        self._sent: deque[_Task] = deque()
        self._bytes_sent = 0
        self._nursery: Nursery | None = None
        self._worker: Worker | None = None
        self._known: set[Named] = set()
        self._fat = False
        self._fresh = True

    def read(self, file: Incoming) -> Callable[[], Outcome]:
        """Begin to read a file."""
        return partial(self._outcome, file, self._begin(*tell_incoming(file, None), file.named, lies_at=file.lies_at))

    def give_back(self, marking: Marking) -> Callable[[], bytes]:
        """Begin to make a marked or refused file."""
        return partial(self._made, self._begin(*tell_marking(marking), (marking.mapping,)))

    def warm_up(self) -> None:
        """Let the nursery get ready, so that it is when the first file comes."""
        with suppress(ParserFailed):  # the first file will tell
            self._get_nursery()

    def abandon(self) -> None:
        """Forget what was begun, and end the worker that is at it."""
        self._waiting.clear()
        self._sent.clear()
        self._bytes_sent = 0
        self._bury()
        self._scratch.clear()

    def close(self) -> None:
        """End the child."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None
        self._scratch.close()

    def _begin(
        self,
        head: Head,
        body: tuple[bytes, ...],
        mappings: Sequence[Mapping],
        *,
        first: bool = False,
        lies_at: Path | None = None,
    ) -> _Task:
        worth = sum(map(_worth, body)) + (_worth(lies_at) if lies_at else 0)
        head["allow"] = [self._allowance.work(worth), self._allowance.room(worth)]
        task = _Task(head, body, mappings, worth)
        if first:
            self._waiting.appendleft(task)
        else:
            self._waiting.append(task)
        if first or not self._sent or len(self._waiting) >= _AT_ONCE:
            self._exchange(0)
        return task

    def _outcome(self, file: Incoming, task: _Task) -> Outcome:
        """What became of a file; where its mapping is one of all candidates, it is asked once more with them."""
        head, _ = self._result(task)
        mappings = list(file.named)
        if "wants" in head:
            candidates = file.candidates()
            mappings += candidates
            again = self._begin(*tell_incoming(file, candidates), mappings, first=True, lies_at=file.lies_at)
            head, _ = self._result(again)
        mapping = next((each for each in mappings if named(each) == tuple(head["mapping"] or ())), None)
        if "refusal" in head:
            return Outcome(mapping, refusal=unpack_refusal(head["refusal"]))
        if mapping is None:
            raise ParserFailed("a reading by no mapping that is known")
        return Outcome(mapping, receive(head["reading"], mapping, self._scratch.open()))

    def _made(self, task: _Task) -> bytes:
        head, body = self._result(task)
        if "refusal" in head:
            raise unpack_refusal(head["refusal"])
        return body

    def _result(self, task: _Task) -> tuple[Head, bytes]:
        """Wait until a task is done. Raises ParserFailed when the child failed and the file was not its cause."""
        while task.answer is None:
            if task.broke is not None:
                raise task.broke
            self._wait_for_next()
        return task.answer

    def _wait_for_next(self) -> None:
        """Wait until the next task has its answer, or has had its time."""
        if not self._sent and not self._send_ahead():
            return
        task = self._sent[0]
        until = time.monotonic() + self._allowance.wall(task.worth)
        while self._sent and self._sent[0] is task:
            left = until - time.monotonic()
            if left > 0:
                self._exchange(left)
            else:
                self._bury(hung=True)

    def _exchange(self, seconds: float) -> None:
        """Send what may be sent and take in what is answered, waiting so long at most for something to happen."""
        if not self._send_ahead() or self._worker is None:
            return
        answers = self._worker.exchange(seconds)
        if answers is None:
            self._bury()
            return
        for head, body in answers:
            task = self._sent.popleft()
            self._bytes_sent -= task.size
            self._fat |= head.pop("fat")
            self._fresh = False
            if "failed" in head:
                task.broke = ParserFailed(f"{head['failed']} in {head['where']}")
            else:
                task.answer = head, body
        if self._fat and not self._sent:
            self._bury()  # what it held once it would hold to its end

    def _send_ahead(self) -> bool:
        """Send the tasks whose turn it is; whether any is under way. A task that nobody can be found for is told so."""
        while self._waiting and self._may_be_sent(self._waiting[0]):
            task = self._waiting.popleft()
            try:
                worker = self._ready()
            except ParserFailed as failed:
                task.broke = failed
                continue
            for mapping in task.mappings:
                if named(mapping) not in self._known:
                    self._known.add(named(mapping))
                    worker.send(frame(tell_mapping(mapping)))
            worker.send(frame(task.head, *task.body))
            self._sent.append(task)
            self._bytes_sent += task.size
        return bool(self._sent)

    def _may_be_sent(self, task: _Task) -> bool:
        """At any time the next one; ahead of its turn a small one, unless one of them is to be alone."""
        if not self._sent:
            return True
        if self._fat or task.alone or self._sent[0].alone or len(self._sent) >= _MOST_AHEAD:
            return False
        return task.size + self._bytes_sent <= _AHEAD

    def _ready(self) -> Worker:
        """A worker, and the nursery it comes from. Raises ParserFailed."""
        nursery = self._get_nursery()
        if self._worker is None:
            self._worker, self._fresh = nursery.start(), True
        return self._worker

    def _get_nursery(self) -> Nursery:
        if self._nursery is None:
            self._nursery = Nursery(self._scratch.open(), self._program)
        return self._nursery

    def _bury(self, *, hung: bool = False) -> None:
        """End the worker, dead or not, and find out what it died of; what it had not come to goes to the next one."""
        if self._worker is None or self._nursery is None:
            return
        words, self._worker = self._worker.close(), None
        try:
            ended = self._nursery.end()
        except ParserFailed:
            self._nursery.close()
            self._nursery, ended = None, 0
        ended = _HUNG if hung else ended
        self._known.clear()
        self._fat = False
        self._bytes_sent = 0
        if self._sent:
            in_hand = self._sent.popleft()
            self._waiting.extendleft(reversed(self._sent))
            self._sent.clear()
            log.warning("child_died", ended=ended, alone=in_hand.alone or self._fresh)
            self._judge(in_hand, ended, words)

    def _judge(self, task: _Task, ended: int, words: bytes) -> None:
        """What becomes of the task that a worker died of: it is tried alone; when it was alone, its cause decides."""
        problem = self._cause(task, ended, words)
        if not (task.alone or self._fresh):
            task.alone = True
            self._waiting.appendleft(task)
        elif problem is None and task.deaths < _DEATHS_ALONE:
            task.deaths += 1
            self._waiting.appendleft(task)
        elif problem is None:
            task.broke = ParserFailed(f"the child that reads files ended with {ended}")
        else:
            chosen = task.head.get("named") or []
            refusal = pack_refusal(FileRefused(problem))
            task.answer = {"mapping": chosen[0] if len(chosen) == 1 else None, "refusal": refusal}, b""

    def _cause(self, task: _Task, ended: int, words: bytes) -> Problem | None:
        """How a file killed its worker; None when something else did."""
        if ended == BURST or (ended in _ABORTS and any(each in words for each in _OUT_OF_MEMORY)):
            room = self._allowance.room(task.worth) / MEGABYTE
            return Problem(Code.TOO_LARGE, f"reading the file takes more than the {room:,.0f} MB of memory it may have", _SMALLER)
        if ended == _HUNG:
            say = f"reading the file takes longer than the {self._allowance.work(task.worth):,} seconds of work it may have"
            return Problem(Code.TOO_LARGE, say, _SMALLER)
        if ended in _ABORTS:
            cure = "Open it in the program that made it, save it again and send that."
            return Problem(Code.UNREADABLE, "the file is damaged: it breaks the program that reads its format", cure)
        return None


def _worth(source: Source) -> int:
    """How many bytes a file is worth; a packed one more than it has."""
    if isinstance(source, bytes):
        size, head = len(source), source[: len(max(_PACKED, key=len))]
    else:
        with source.open("rb") as file:
            size, head = os.fstat(file.fileno()).st_size, file.read(len(max(_PACKED, key=len)))
    return size * (_UNPACKS if head.startswith(_PACKED) else 1)
