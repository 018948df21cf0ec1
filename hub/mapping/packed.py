"""Cells that hold more than one thing: packed `a=b,c=d` attributes, and HTML."""

from __future__ import annotations

import re
from html import unescape

_BLOCK_TAGS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "section"})
_TAG_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9]*)")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_BETWEEN_ENTRIES = ("\n", ";", ",", "|")


def packed_value(text: str, name: str) -> str:
    """The value of `name` in a packed cell (`a=b,c=d`, or `a: b` line by line); "" when it is not there.

    A value may hold the separator: what follows it without a name of its own belongs to the value.
    """
    between, sign = _signs(text)
    entries: list[tuple[str, list[str]]] = []
    for piece in text.split(between) if between else [text]:
        key, found, value = piece.partition(sign)
        if found and key.strip():
            entries.append((key, [value]))
        elif entries:
            entries[-1][1].append(piece)
    wanted = _plain(name)
    return next((_bare(between.join(values)) for key, values in entries if _plain(key) == wanted), "")


def _signs(text: str) -> tuple[str, str]:
    """What stands between entries ("" when there is one) and between a name and its value."""
    first = next((each for each in text if each in "=:"), "=")
    most, between = max(((_entries(text, each, first), each) for each in _BETWEEN_ENTRIES), key=lambda found: found[0])
    return (between, first) if most > 1 else ("", first)


def _entries(text: str, between: str, sign: str) -> int:
    """How many entries there are with this sign between them; a name holds none of the others, as a value may."""
    keys = (key for key, found, _ in (piece.partition(sign) for piece in text.split(between)) if found)
    return sum(not any(each in key for each in _BETWEEN_ENTRIES) for key in keys)


def _plain(name: str) -> str:
    return " ".join(name.strip().strip("\"'").casefold().split())


def _bare(value: str) -> str:
    short = value.strip().rstrip(",;").strip() if value.strip().endswith(('",', '";')) else value.strip()
    return short.strip('"').strip() if short.startswith('"') or short.endswith('"') else short


def without_html(text: str) -> str:
    """The text without tags, comments, scripts and styles, with entities as characters; blocks end a line.

    Linear in the length of the text, whatever stands in it.
    """
    if "<" not in text and "&" not in text:
        return text
    pieces: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        pieces.append(text[at:start])
        piece, at = _tag(text, start)
        pieces.append(piece)
    pieces.append(text[at:])
    lines = (_BLANKS.sub(" ", line).strip() for line in unescape("".join(pieces)).splitlines())
    return "\n".join(line for line in lines if line)


def _tag(text: str, start: int) -> tuple[str, int]:
    """What the tag that opens at `start` leaves in the text, and where the text goes on."""
    if text.startswith("<!--", start):
        return "", _past(text, "-->", start)
    name = _TAG_NAME.match(text, start + 1)
    if name is None and text[start + 1 : start + 2] not in ("!", "?"):
        return "<", start + 1  # a plain "less than"
    end = _past(text, ">", start)
    word = name[1].lower() if name else ""
    if word in ("script", "style") and not text.startswith("/", start + 1):
        closing = re.compile(rf"</{word}", re.IGNORECASE).search(text, end)
        return "", _past(text, ">", closing.start()) if closing else len(text)
    return "\n" if word in _BLOCK_TAGS else "", end


def _past(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return found + len(mark) if found >= 0 else len(text)
