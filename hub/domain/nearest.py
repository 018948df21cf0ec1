"""Name the likeliest word that somebody meant, for hints and cures."""

from __future__ import annotations

from collections.abc import Collection, Iterable

_LIKE_ENOUGH = 70  # of 100
_LONGEST_WORD = 80


def nearest(word: str, choices: Iterable[str], like_enough: int = _LIKE_ENOUGH) -> str | None:
    """The choice most like `word` without regard to case, or None when nothing comes near (`like_enough` of 100)."""
    by_key = {each.casefold(): each for each in choices}
    key = word.casefold()
    found = key if key in by_key else nearest_key(key, by_key.keys(), like_enough)
    return by_key[found] if found else None


def nearest_key(key: str, keys: Collection[str], like_enough: int = _LIKE_ENOUGH) -> str | None:
    """The one of many keys most like `key`, letter by letter; quick enough to ask for each of a file's bad cells."""
    from rapidfuzz import fuzz, process

    if len(key) > _LONGEST_WORD:
        return None
    found = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=like_enough)
    return found[0] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A sentence: the nearest choice as a question, else what may be written."""
    known = list(choices)
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else f"Write one of: {', '.join(known)}."
