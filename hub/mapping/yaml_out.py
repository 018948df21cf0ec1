"""Write a mapping's tables and lists as YAML that reads back as the same texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from hub.config.yaml import Data, load_text

_WIDE = 110


def dump(data: Data) -> str:
    """A whole file as YAML: tables as blocks, what fits on a line in its short form."""
    rows = list(_block(data, 0)) if isinstance(data, dict) and data else [flow(data)]
    return "\n".join(rows) + "\n"


def _block(table: dict[str, Data], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, value in table.items():
        line = f"{pad}{_inside(key)}: {flow(value)}".rstrip()
        if isinstance(value, dict) and value and ((depth == 0 and key in ("fields", "maps", "types")) or len(line) > _WIDE):
            yield f"{pad}{_inside(key)}:"
            yield from _block(value, depth + 1)
        elif isinstance(value, list) and value and len(line) > _WIDE:
            yield f"{pad}{_inside(key)}:"
            yield from (f"{pad}  - {flow(each)}" for each in value)
        else:
            yield line


def flow(value: Data) -> str:
    """A value on one line, as it may stand behind a key."""
    return _bare(value) if isinstance(value, str) else _inner(value)


def _inner(value: Data) -> str:
    match value:
        case None:
            return ""
        case str():
            return _inside(value)
        case list():
            return f"[{', '.join(map(_listed, value))}]"
        case dict():
            return "{" + ", ".join(f"{_inside(key)}: {_inner(each)}".rstrip() for key, each in value.items()) + "}"


def _listed(value: Data) -> str:
    return "~" if value is None else _inner(value)


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    """A text behind a key: as it is where YAML takes it so, else in quotes."""
    return text if _reads_as(f"x: {text}\n", text) else quoted(text)


@lru_cache(maxsize=4096)
def _inside(text: str) -> str:
    """A text in a list or a table on one line, or a key."""
    plain = _reads_as(f"x: {{y: {text}}}\n", text) and _reads_as(f"x: [{text}]\n", text)
    return text if plain and ":" not in text and text != "~" else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _reads_as(line: str, text: str) -> bool:
    if not text or text != text.strip() or not text.isprintable() or "#" in text:
        return False
    loaded, findings = load_text(line.encode(), "x")
    if loaded is None or findings or not isinstance(loaded.data, dict):
        return False
    found = loaded.data.get("x")
    found = found.get("y") if isinstance(found, dict) and list(found) == ["y"] else found
    return found in (text, [text])
