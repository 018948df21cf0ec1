"""Put a file on a partner's server: written aside, compared, and only then given its name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from hub.channels import wire
from hub.channels.channel import Delivered, Letter
from hub.channels.wire import Answer, Ask, Facts, Refusal, Wire, joined


def put(talk: Wire, folder: str, letters: Sequence[Letter]) -> Iterator[Delivered]:
    """Deliver letters into a folder, each step for all of them at once; the same again is no harm.

    Give it few large ones at a time: what is under way with a server is bounded, what breaks off is done again.
    """
    failed: dict[int, str] = {}
    handles = talk.ask_all([wire.open_to_write(joined(folder, each.aside)) for each in letters])
    opened = [(each, handle) for each, handle in zip(letters, handles, strict=True) if isinstance(handle, bytes)]
    failed |= {
        each.file: f"{folder} takes no file: {answer}"
        for each, answer in zip(letters, handles, strict=True)
        if not isinstance(answer, bytes)
    }
    failed |= _written(talk, opened)
    closed = talk.ask_all([wire.close_file(handle) for _, handle in opened])
    facts = talk.ask_all([wire.look_at(joined(folder, each.aside)) for each, _ in opened])
    for (each, _), close, found in zip(opened, closed, facts, strict=True):
        if each.file not in failed and (isinstance(close, Refusal) or not _is_whole(each, found)):
            why = close if isinstance(close, Refusal) else "it came out with another size"
            failed[each.file] = f"{each.name} could not be written: {why}"
    talk.ask_all([wire.remove(joined(folder, each.aside)) for each, _ in opened if each.file in failed])
    failed |= _shown(talk, folder, [each for each in letters if each.file not in failed])
    yield from (Delivered(each.file, failed.get(each.file, "")) for each in letters)


def _written(talk: Wire, opened: Sequence[tuple[Letter, bytes]]) -> dict[int, str]:
    """Write letters into their open files. Out: those of which the server refused a piece."""
    sent: list[Letter] = []

    def pieces() -> Iterator[Ask]:
        for letter, handle in opened:
            with letter.open() as body:
                for piece in wire.pieces_of(handle, body):
                    sent.append(letter)
                    yield piece

    answers = list(talk.stream(pieces()))
    refused = [(each, answer) for each, answer in zip(sent, answers, strict=True) if isinstance(answer, Refusal)]
    return {each.file: f"{each.name} could not be written: {answer}" for each, answer in reversed(refused)}


def _is_whole(letter: Letter, found: Answer) -> bool:
    return isinstance(found, Facts) and found.size == letter.size


def _shown(talk: Wire, folder: str, letters: Sequence[Letter]) -> dict[int, str]:
    """Give whole files their names, in their order. Out: those that could not get theirs."""
    ways = [(joined(folder, each.aside), joined(folder, each.name)) for each in letters]
    answers = talk.ask_all([wire.rename_over(*way) for way in ways])
    failed: dict[int, str] = {}
    for each, way, answer in zip(letters, ways, answers, strict=True):
        refused = _show(talk, each, *way) if isinstance(answer, Refusal) else None
        if refused is not None:
            failed[each.file] = f"{each.name} could not be renamed: {refused}"
    return failed


def _show(talk: Wire, letter: Letter, aside: str, goal: str) -> Refusal | None:
    """Give a whole file its name on a server that cannot rename over another; the same file there is enough."""
    answer = talk.ask(wire.rename(aside, goal))
    if isinstance(answer, Refusal) and not answer.forbidden and isinstance(talk.ask(wire.look_at(goal)), Facts):
        if _is_there(talk, letter, goal):
            talk.ask(wire.remove(aside))
            return None
        # another file of that name: for a moment there is none, which no such server lets us avoid
        talk.ask(wire.remove(goal))
        answer = talk.ask(wire.rename(aside, goal))
    return answer if isinstance(answer, Refusal) else None


def _is_there(talk: Wire, letter: Letter, goal: str) -> bool:
    """Whether the file that has the name already is the letter, byte for byte."""
    facts = talk.ask(wire.look_at(goal))
    handle = talk.ask(wire.open_to_read(goal)) if isinstance(facts, Facts) and facts.size == letter.size else None
    if not isinstance(handle, bytes):
        return False
    there = hashlib.sha256()
    for chunk in talk.bytes_of(handle, letter.size + 1):
        there.update(chunk)
    talk.ask(wire.close_file(handle))
    with letter.open() as body:
        return there.digest() == hashlib.file_digest(body, "sha256").digest()


def try_folder(talk: Wire, folder: str) -> str:
    """Write a file of the hub's own in a folder, rename it, remove it. Out: what is refused, empty when nothing is."""
    first, second = (joined(folder, f".hub-check-{each}.part") for each in "ab")
    handle = talk.ask(wire.open_to_write(first))
    if not isinstance(handle, bytes):
        return f"write: {handle}"
    answers: dict[str, Answer] = {
        "write": talk.ask(wire.write_piece(handle, 0, b"hub check")),
        "close": talk.ask(wire.close_file(handle)),
        "rename": talk.ask(wire.rename_over(first, second)),
    }
    if isinstance(answers["rename"], Refusal):
        answers["rename"] = talk.ask(wire.rename(first, second))
    answers["delete"] = talk.ask(wire.remove(first if isinstance(answers["rename"], Refusal) else second))
    return ", ".join(f"{step}: {each}" for step, each in answers.items() if isinstance(each, Refusal))
