"""SFTP as questions and answers, many of them under way at once: a round trip for a batch, not for a file.

paramiko's own client waits for each answer and refuses a whole listing for one name that is no UTF-8. Here a refusal
by the server is a value; an exception means that the conversation is broken and the connection of no more use.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import paramiko
from paramiko import sftp as codes
from paramiko.message import Message
from paramiko.sftp import int64

from hub.channels.watchdog import WATCHDOG

_WINDOW = 16 << 20
_PACKET = 64 << 10
_PIECE = 32 << 10  # larger requests are refused by some servers
_UNDER_WAY = 64  # so many questions wait for their answers
_READ, _WRITE_ANEW = 0x1, 0x2 | 0x8 | 0x10


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server says no: its code and its words."""

    code: int
    words: str

    @property
    def gone(self) -> bool:
        """Whether it is because the file or folder is not there."""
        return self.code == codes.SFTP_NO_SUCH_FILE

    @property
    def forbidden(self) -> bool:
        """Whether the hub has not the right."""
        return self.code == codes.SFTP_PERMISSION_DENIED

    def __str__(self) -> str:
        """What it says, for people."""
        known = {codes.SFTP_NO_SUCH_FILE: "not there", codes.SFTP_PERMISSION_DENIED: "not allowed"}
        return known.get(self.code) or (self.words[:200].strip().lower() or f"refused with code {self.code}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server tells of a file; `mode` is 0 where it does not say what it is."""

    size: int
    modified_at: datetime
    mode: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: its kind, and what it is about."""

    kind: int
    about: tuple[Any, ...]


def raw(path: str) -> bytes:
    """A path as the server spells it: names are decoded as `os.fsdecode` does, so that bytes that are no text survive."""
    return path.encode("utf-8", "surrogateescape")


def rename(old: str, new: str) -> Ask:
    """Rename, where the new name is free."""
    return Ask(codes.CMD_RENAME, (raw(old), raw(new)))


def rename_over(old: str, new: str) -> Ask:
    """Rename over what may be there, at once; not every server can."""
    return Ask(codes.CMD_EXTENDED, ("posix-rename@openssh.com", raw(old), raw(new)))


def remove(path: str) -> Ask:
    """Remove a file."""
    return Ask(codes.CMD_REMOVE, (raw(path),))


def look_at(path: str) -> Ask:
    """The facts of a file, never of what a link leads to."""
    return Ask(codes.CMD_LSTAT, (raw(path),))


def look_through(path: str) -> Ask:
    """The facts of a file or folder, also through a link."""
    return Ask(codes.CMD_STAT, (raw(path),))


def make_folder(path: str) -> Ask:
    """Make a folder that only its owner may enter."""
    return Ask(codes.CMD_MKDIR, (raw(path), _attributes(0o700)))


def open_to_read(path: str) -> Ask:
    """Open a file to read it."""
    return Ask(codes.CMD_OPEN, (raw(path), _READ, _attributes(None)))


def open_to_write(path: str) -> Ask:
    """Open a file to write it anew."""
    return Ask(codes.CMD_OPEN, (raw(path), _WRITE_ANEW, _attributes(None)))


def facts_of(handle: bytes) -> Ask:
    """The facts of an open file."""
    return Ask(codes.CMD_FSTAT, (handle,))


def read_piece(handle: bytes, at: int, size: int) -> Ask:
    """A piece of an open file."""
    return Ask(codes.CMD_READ, (handle, int64(at), size))


def write_piece(handle: bytes, at: int, data: bytes) -> Ask:
    """Put a piece into an open file."""
    return Ask(codes.CMD_WRITE, (handle, int64(at), data))


def pieces_of(handle: bytes, body: io.BufferedIOBase) -> Iterator[Ask]:
    """All of a body into an open file, piece by piece."""
    at = 0
    while piece := body.read(_PIECE):
        yield write_piece(handle, at, piece)
        at += len(piece)


def close_file(handle: bytes) -> Ask:
    """Close an open file."""
    return Ask(codes.CMD_CLOSE, (handle,))


def _attributes(mode: int | None) -> paramiko.SFTPAttributes:
    found = paramiko.SFTPAttributes()
    found.st_mode = mode
    return found


Answer = bytes | Facts | list[tuple[str, Facts]] | None | Refusal
"""A handle or data, facts, names with facts, a plain yes, or a refusal."""


class _Awaited:
    """Where paramiko leaves an answer whose question was asked without waiting for it."""

    __slots__ = ("__weakref__", "message", "there", "type")

    def __init__(self) -> None:
        self.there = False
        self.type = 0
        self.message: Message | None = None

    def _async_response(self, kind: int, message: Message, _number: int) -> None:
        self.type, self.message, self.there = kind, message, True


class Wire(paramiko.SFTPClient):
    """A conversation over one connection; used by one thread at a time."""

    @classmethod
    def over(cls, transport: paramiko.Transport, seconds: float) -> Wire:
        """Begin a conversation: that, and every answer in it, may take no longer than `seconds`. Raises TimeoutError."""
        begun = time.monotonic()
        try:
            with WATCHDOG.within(seconds, transport.close):  # paramiko waits for a subsystem without an end
                channel = transport.open_session(window_size=_WINDOW, max_packet_size=_PACKET, timeout=seconds)
                channel.settimeout(seconds)
                channel.invoke_subsystem("sftp")
                return cls(channel)
        except (paramiko.SSHException, EOFError) as error:
            if time.monotonic() - begun < seconds:
                raise
            raise TimeoutError from error

    def _send(self, ask: Ask) -> _Awaited:
        awaited = _Awaited()
        self._async_request(awaited, ask.kind, *ask.about)  # type: ignore[attr-defined]
        return awaited

    def _receive(self, awaited: _Awaited) -> Answer:
        while not awaited.there:
            self._read_response(None)  # type: ignore[attr-defined]
        message = awaited.message
        assert message is not None  # noqa: S101 - set together with `there`
        return _understood(awaited.type, message)

    def ask(self, question: Ask) -> Answer:
        """Ask one thing and wait for the answer."""
        return self._receive(self._send(question))

    def ask_all(self, questions: Sequence[Ask]) -> list[Answer]:
        """Ask many things; the answers come in the order of the questions."""
        return list(self.stream(questions))

    def stream(self, questions: Sequence[Ask] | Iterator[Ask]) -> Iterator[Answer]:
        """Ask many things, a bounded number of them at once, and give each answer in its turn."""
        under_way: deque[_Awaited] = deque()
        for question in questions:
            under_way.append(self._send(question))
            if len(under_way) >= _UNDER_WAY:
                yield self._receive(under_way.popleft())
        while under_way:
            yield self._receive(under_way.popleft())

    def names(self, folder: str) -> Iterator[tuple[str, Facts]] | Refusal:
        """What lies in a folder, read as it is asked for; names are as the server gives them, and may be anything."""
        handle = self.ask(Ask(codes.CMD_OPENDIR, (raw(folder),)))
        if isinstance(handle, Refusal):
            return handle
        return self._names(_handle(handle))

    def _names(self, handle: bytes) -> Iterator[tuple[str, Facts]]:
        try:
            while True:
                some = self.ask(Ask(codes.CMD_READDIR, (handle,)))
                if not isinstance(some, list):
                    return  # the end, or a server that will say no more
                yield from (each for each in some if each[0] not in (".", ".."))
        finally:
            self.ask(close_file(handle))

    def bytes_of(self, handle: bytes, size: int, start: int = 0) -> Iterator[bytes]:
        """The bytes of an open file from `start` up to `size`, fewer when it ends before."""
        places = range(start, size, _PIECE)
        asked = (read_piece(handle, at, min(_PIECE, size - at)) for at in places)
        for at, piece in zip(places, self.stream(asked), strict=True):
            yield from self._whole(handle, at, min(_PIECE, size - at), piece)

    def _whole(self, handle: bytes, at: int, size: int, piece: Answer) -> Iterator[bytes]:
        """A piece, asked for again from where a server stopped that gives less than was asked."""
        got = 0
        while isinstance(piece, bytes) and piece:
            yield piece
            got += len(piece)
            if got >= size:
                return
            piece = self.ask(read_piece(handle, at + got, size - got))


def _handle(answer: Answer) -> bytes:
    if not isinstance(answer, bytes):
        raise paramiko.SSHException("the server gave no handle")
    return answer


def _understood(kind: int, message: Message) -> Answer:
    if kind == codes.CMD_STATUS:
        code = message.get_int()
        return None if code == codes.SFTP_OK else Refusal(code, message.get_string().decode(errors="replace"))
    if kind in (codes.CMD_HANDLE, codes.CMD_DATA):
        return bytes(message.get_string())
    if kind == codes.CMD_ATTRS:
        return _facts(message)
    if kind == codes.CMD_NAME:
        return [_name(message) for _ in range(message.get_int())]
    raise paramiko.SSHException(f"the server answered with what is no answer ({kind})")


def _name(message: Message) -> tuple[str, Facts]:
    name = message.get_string().decode("utf-8", "surrogateescape")
    message.get_string()  # the line that `ls -l` would print
    return name, _facts(message)


def _facts(message: Message) -> Facts:
    try:
        found = paramiko.SFTPAttributes._from_msg(message)  # type: ignore[attr-defined]
    except struct.error as error:
        raise paramiko.SSHException("the server cut an answer short") from error
    modified = datetime.fromtimestamp(found.st_mtime or 0, UTC)
    return Facts(found.st_size or 0, modified, found.st_mode or 0)


def joined(folder: str, name: str) -> str:
    """A path on the server; a relative folder stays relative to where the login lands."""
    return os.path.join(folder, name)  # noqa: PTH118 - a path of the server, whose names may be no text
