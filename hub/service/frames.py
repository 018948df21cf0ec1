"""How the hub and its children talk: frames of a JSON head and a body of bytes, over a socket."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

Head = dict[str, Any]

_LENGTHS = struct.Struct("!IQ")


def frame(head: Head, *body: bytes) -> list[bytes]:
    """A frame in pieces, ready to send one after the other."""
    text = json.dumps(head).encode()  # in ASCII: half a surrogate out of a partner's JSON travels as well
    return [_LENGTHS.pack(len(text), sum(map(len, body))) + text, *(each for each in body if each)]


class Frames:
    """Takes bytes as they arrive and gives the frames that are whole."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Head, bytes]]:
        """The frames that these bytes complete. Raises ValueError for what is none."""
        self._kept += data
        at = 0
        while (end := self._end(at)) is not None:
            head, body = _LENGTHS.unpack_from(self._kept, at)
            text = at + _LENGTHS.size
            told = json.loads(self._kept[text : text + head])
            yield told, bytes(self._kept[end - body : end])
            at = end
        del self._kept[:at]

    def _end(self, at: int) -> int | None:
        """Where the frame that begins there ends; None when it is not whole."""
        if len(self._kept) < at + _LENGTHS.size:
            return None
        head, body = _LENGTHS.unpack_from(self._kept, at)
        end: int = at + _LENGTHS.size + head + body
        return end if len(self._kept) >= end else None
