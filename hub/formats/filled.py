"""What `fill` took from the rows above, for rows that are to stand alone."""

from __future__ import annotations

from hub.formats.frame import Cell, find_heading
from hub.formats.grid import Row
from hub.formats.layout import Layout


class Filling:
    """Look at the rows of a table in order and complete those whose blanks mean "as above"."""

    def __init__(self, layout: Layout, headings: list[str]) -> None:
        """Resolve the headings of `fill`; rules that name helpers or absent headings fill nothing."""
        self._rules: list[tuple[int, list[int]]] = []
        for key, columns in layout.fill.items():
            keys = find_heading(headings, key)
            targets = [at for column in columns for at in find_heading(headings, column)[:1]]
            if keys and targets:
                self._rules.append((keys[0], targets))
        self._keys: dict[int, str] = {}
        self._above: dict[tuple[int, int], Cell] = {}

    def see(self, cells: Row) -> dict[int, Cell]:
        """What the row leaves to those above it, by column; nothing when it says everything itself."""
        changed: dict[int, Cell] = {}
        for key, targets in self._rules:
            self._turn(key, _at(cells, key), targets)
            if key in self._keys and not _at(cells, key):
                changed[key] = self._keys[key]
            for target in targets:
                own = _at(cells, target)
                if own:
                    self._above[key, target] = cells[target]
                elif self._above.get((key, target)):
                    changed[target] = self._above[key, target]
        return changed

    def _turn(self, key: int, name: str, targets: list[int]) -> None:
        """Forget what stood above when another key begins."""
        if name and name != self._keys.get(key):
            self._keys[key] = name
            for target in targets:
                self._above.pop((key, target), None)


def _at(cells: Row, column: int) -> str:
    return (cells[column] or "").strip() if column < len(cells) else ""
