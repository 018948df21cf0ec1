"""Patterns with `*` and `?`, in time of text times pattern at most."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

MOST_PATTERNS = 500
"""Patterns with wildcards that one rule or word list may have: each is tried for each value."""


LONGEST_PATTERN = 500
"""Characters of a pattern with wildcards."""


def check_patterns(patterns: Collection[str]) -> None:
    """Raise ValueError, as a sentence with the cure, for more or longer patterns than can be tried for each value."""
    partly = [each for each in patterns if has_wildcard(each)]
    if len(partly) > MOST_PATTERNS:
        raise ValueError(
            f"{len(partly):,} words have * or ?, and {MOST_PATTERNS} are the most: write out the words that are known"
        )
    longest = max(map(len, partly), default=0)
    if longest > LONGEST_PATTERN:
        raise ValueError(f"a pattern with * or ? has {longest:,} characters, and {LONGEST_PATTERN} are the most: shorten it")


def has_wildcard(pattern: str) -> bool:
    """Whether a text is a pattern rather than the one word that it spells."""
    return "*" in pattern or "?" in pattern


def wildcard(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a text fits any of the patterns of skip, only, until or a map: `*`, `?`, no regard to case.

    Blanks around the text do not count, and the pattern "" fits a blank. Runs in time of text times pattern at most.
    """
    folded = [each.strip().casefold() for each in patterns]
    whole = frozenset(each for each in folded if not has_wildcard(each))
    partly = [_glob(each) for each in folded if each not in whole]

    def fits(text: str) -> bool:
        key = text.strip().casefold()
        return key in whole or any(glob(key) for glob in partly)

    return fits


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> Callable[[str], bool]:
    pieces = [re.compile(re.escape(each).replace(r"\?", "."), re.DOTALL) for each in pattern.split("*")]
    if len(pieces) == 1:
        return lambda text: pieces[0].fullmatch(text) is not None
    sizes = [len(each) for each in pattern.split("*")]

    def fits(text: str) -> bool:
        end = len(text) - sizes[-1]
        if end < sizes[0] or not pieces[0].match(text) or not pieces[-1].fullmatch(text, end):
            return False
        at = sizes[0]
        for piece in pieces[1:-1]:
            found = piece.search(text, at, end)
            if not found:
                return False
            at = found.end()
        return True

    return fits
