"""What YAML swallows in silence and an admin did not mean: signs that it keeps for itself, commas, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.config.yaml import Data, Finding, Loaded, Route
from hub.domain.problems import Level

_NAMES_HEADINGS = frozenset({"fields", "group", "skip", "only", "until", "fill", "columns"})


def lint_raw(loaded: Loaded) -> list[Finding]:
    """What YAML swallowed in silence: `delimiter: |`, `with: ,`, `Order #`, an unquoted comma in a list."""
    return [finding for route, value in _walk(loaded.data, ()) for finding in _swallowed(loaded, route, value)]


def _walk(data: Data, route: Route) -> Iterator[tuple[Route, Data]]:
    yield route, data
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from _walk(value, (*route, key))


def _swallowed(loaded: Loaded, route: Route, value: Data) -> Iterator[Finding]:
    if not route:
        return
    extends = isinstance(loaded.data, dict) and "extends" in loaded.data
    if route in loaded.blocks and not str(value or "").strip():
        yield loaded.finding(route, "saw nothing: | and > begin a block of text in YAML", "write pipe, or put the sign in quotes")
    elif value is None and not extends and route[0] != "maps" and "map" not in route[:-1]:
        yield loaded.finding(route, "has no right side", "write a comma or # in quotes, or take the key away")
    elif value is None and isinstance(route[-1], int):
        yield loaded.finding(route, "an item of the list is empty", "put a comma that belongs to a text in quotes")
    if route in loaded.plain and isinstance(value, str) and value:
        yield from _commented(loaded, route, value)
    if isinstance(value, list):
        yield from _cut_by_commas(loaded, route, value)


def _commented(loaded: Loaded, route: Route, value: str) -> Iterator[Finding]:
    """A comment right after a value that may be the end of it: `Order #`, `Item #2`."""
    row = loaded.source_line(route)
    found = re.search(re.escape(value) + r"( +)#(.*)$", row)
    if found is None or not _NAMES_HEADINGS & {str(each) for each in route[:2]}:
        return
    spaces, rest = found.groups()
    if not rest or not rest[0].isspace():
        yield loaded.finding(
            route, f"saw {value!r}: what follows # is a comment in YAML", f'write "{value} #{rest.rstrip()}" in quotes'
        )
    elif len(spaces) == 1:
        what = f"saw {value!r} with a comment close behind it"
        yield loaded.finding(route, what, f'write "{value} #{rest.rstrip()}" in quotes if the # belongs to it', Level.WARNING)


def _cut_by_commas(loaded: Loaded, route: Route, items: list[Data]) -> Iterator[Finding]:
    texts = [each for at, each in enumerate(items) if isinstance(each, str) and (*route, at) in loaded.plain]
    for text in texts:
        if text.count("(") != text.count(")") or re.match(r"(or|and)\b", text):
            whole = ", ".join(texts)
            yield loaded.finding(
                route,
                f"saw {text!r} as an item of its own: commas part a list",
                f'write a heading with a comma in quotes: "{whole}"',
            )
            return
