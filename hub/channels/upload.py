"""Put a file on a partner's server: written aside, compared, and only then given its name."""

from __future__ import annotations

import hashlib

from hub.channels import wire
from hub.channels.channel import Delivered, Letter
from hub.channels.wire import Answer, Facts, Refusal, Wire, joined


def put(talk: Wire, folder: str, letter: Letter) -> Delivered:
    """Deliver a letter into a folder; the same again is no harm."""
    aside, goal = joined(folder, letter.aside), joined(folder, letter.name)
    handle = talk.ask(wire.open_to_write(aside))
    if not isinstance(handle, bytes):
        return Delivered(letter.file, f"{folder} takes no file: {handle}")
    with letter.open() as body:
        refused = talk.write_all(handle, body)
    closed = talk.ask(wire.close_file(handle))
    facts = talk.ask(wire.look_at(aside))
    why = refused or (closed if isinstance(closed, Refusal) else None)
    if why is None and not (isinstance(facts, Facts) and facts.size == letter.size):
        why = Refusal(0, "it came out with another size")
    if why is not None:
        talk.ask(wire.remove(aside))
        return Delivered(letter.file, f"{letter.name} could not be written: {why}")
    refused = _show(talk, letter, aside, goal)
    return Delivered(letter.file, f"{letter.name} could not be renamed: {refused}" if refused else "")


def _show(talk: Wire, letter: Letter, aside: str, goal: str) -> Refusal | None:
    """Give a whole file its name; on a server that cannot rename over another, the same file there is enough."""
    answer = talk.ask(wire.rename_over(aside, goal))
    if isinstance(answer, Refusal):
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
