"""What stands before the first element of an XML file: a DOCTYPE is seen there however far from the beginning it is."""

from __future__ import annotations

import re
from collections.abc import Callable

_FIRST = 1 << 16
_BLANK = re.compile(rb"[\s\x00\xef\xbb\xbf]*")
_PASSED = ((b"<?", b"?>"), (b"<!--", b"-->"))
_DOCTYPE = b"<!DOCTYPE"
_TO_ITS_END = re.compile(rb"<!DOCTYPE(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*')*")


def doctype(read: Callable[[int], bytes], most: int) -> str | None:
    """The DOCTYPE of an XML file, up to its `[` where it declares things itself; empty when there is none.

    In: how to read the next so many bytes, and how many bytes may stand before the first element. Out: None when there
    are more.
    """
    head, wanted = b"", _FIRST
    while True:
        more = read(wanted)
        head += more
        found = _in(_narrow(head))
        if found is not None:
            return found
        if len(head) > most:
            return None
        if not more:
            return ""  # it breaks off: no sound XML, which its parser will say
        wanted = len(head)


def _narrow(head: bytes) -> bytes:
    """UTF-16 as single bytes; what needs more of them does not matter here."""
    if not (head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4]):
        return head
    big = head[:2] == b"\xfe\xff" or (head[0] == 0 and head[:2] != b"\xff\xfe")
    return head.decode("utf-16-be" if big else "utf-16-le", errors="replace").lstrip("\ufeff").encode("latin-1", errors="replace")


def _in(head: bytes) -> str | None:
    """The DOCTYPE in a beginning of a file; empty when an element comes first, None when neither is reached."""
    at = 0
    while True:
        blank = _BLANK.match(head, at)
        at = blank.end() if blank else at
        passed = next(((opened, closed) for opened, closed in _PASSED if head.startswith(opened, at)), None)
        if passed is None:
            break
        end = head.find(passed[1], at + len(passed[0]))
        if end < 0:
            return None
        at = end + len(passed[1])
    if len(head) - at < len(_DOCTYPE):
        return None
    if not head.startswith(_DOCTYPE, at):
        return ""
    found = _TO_ITS_END.match(head, at)
    end = found.end() if found else at
    return None if end == len(head) else head[at : end + 1].decode("latin-1")
