"""What the words of a heading mean, in any of seven languages: word lists are data, compounds are taken apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from hub.config.yaml import load
from hub.mapping.units import normal_unit

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "fi", "sv", "de", "et", "nb", "da")
NOTHING = "-"  # the concept of words that add nothing: `the`, `ja`, `und`

_FOLD = str.maketrans(
    {"ä": "a", "å": "a", "á": "a", "à": "a", "ö": "o", "ø": "o", "õ": "o", "ó": "o", "ü": "u", "é": "e", "è": "e"}
    | {"æ": "ae", "ß": "ss", "š": "s", "ž": "z", "²": "2", "³": "3"}
)
_CAMEL = re.compile(r"(?<=[a-zäöåæøõü])(?=[A-ZÄÖÅÆØÕÜ])|(?<=[A-Z])(?=[A-Z][a-z])")
_PIECES = re.compile(r"[^\W\d_]+|\d+|[%#]")
_GLUE = ("s", "n", "en", "et", "er", "es", "e", "a", "t")
_REMARK = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_LONGEST_PHRASE = 5
_SHORT_TAILS = frozenset({"nr", "no", "id", "kp", "by"})
MEASURES = frozenset({"weight", "length", "width", "height", "volume"})
_FUZZY_FROM = 6
_FUZZY_SCORE = 86


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading says: its concepts, how many of its words nobody knows, and the unit that it names.

    `internal` is an ID, perhaps of a database; a `question` is answered by yes or no.
    """

    concepts: frozenset[str]
    strange: int = 0
    doubtful: int = 0
    unit: str | None = None
    internal: bool = False
    question: bool = False


@dataclass(slots=True)
class _Found:
    """The best way to read the pieces up to a place: fewest strange ones, then fewest words."""

    strange: int = 0
    words: int = 0
    concepts: tuple[str, ...] = ()
    doubtful: int = 0

    def key(self) -> tuple[int, int, int]:
        return self.strange, self.words, self.doubtful


def squeezed(text: str) -> str:
    """What two spellings of a phrase share: no case, accents, spaces or signs."""
    return "".join(pieces_of(text))


@lru_cache(maxsize=50_000)
def pieces_of(heading: str) -> tuple[str, ...]:
    """The words, numbers and signs of a heading, in plain letters: `shipToZip2` is ship, to, zip, 2."""
    spaced = _CAMEL.sub(" ", heading.strip())
    return tuple(each.translate(_FOLD) for each in _PIECES.findall(spaced.casefold()))


@cache
def word_lists() -> dict[str, dict[str, frozenset[str]]]:
    """Every known phrase, squeezed, with what it means in each language."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for language in LANGUAGES:
        loaded, findings = load(FOLDER / f"{language}.yaml", f"words/{language}.yaml")
        if loaded is None or findings or not isinstance(loaded.data, dict):
            raise ValueError(f"words/{language}.yaml: {findings[0] if findings else 'is no table'}")
        for concept, phrases in loaded.data.items():
            for phrase in phrases if isinstance(phrases, list) else ():
                meanings = found.setdefault(squeezed(str(phrase)) or str(phrase), {})
                meanings[language] = meanings.get(language, frozenset()) | {concept}
    return found


@dataclass(slots=True)
class Lexicon:
    """The word lists, asked in the order of the languages that a file's headings speak."""

    order: tuple[str, ...] = LANGUAGES
    _known: dict[str, Meaning] = field(default_factory=dict)

    @classmethod
    def of(cls, headings: Iterable[str]) -> Lexicon:
        """The lexicon for a header row: the language that knows most of its words comes first."""
        votes: Counter[str] = Counter()
        fresh = cls()
        for heading in headings:
            for piece in pieces_of(heading):
                languages = word_lists().get(piece) or fresh._languages_in(piece)
                for language in languages:
                    votes[language] += 100 // len(languages)
        return cls(tuple(sorted(LANGUAGES, key=lambda each: (-votes[each], LANGUAGES.index(each)))))

    def meaning(self, heading: str) -> Meaning:
        """What a heading says."""
        if heading not in self._known:
            self._known[heading] = self._read(heading)
        return self._known[heading]

    def _read(self, heading: str) -> Meaning:
        heading = self._without_remark(heading)
        pieces = list(pieces_of(heading))
        whole = self._best(pieces)
        unit, rest = _unit_of(heading, pieces)
        if unit is not None:
            shorter = self._best(rest)
            if MEASURES & set(shorter.concepts):
                return Meaning(frozenset(shorter.concepts) - {NOTHING}, shorter.strange, shorter.doubtful, unit)
        question = heading.rstrip().endswith("?") or (len(pieces) > 1 and pieces[0] == "is")
        internal = bool({"id", "uid", "guid"} & set(pieces))
        return Meaning(frozenset(whole.concepts) - {NOTHING}, whole.strange, whole.doubtful, None, internal, question)

    def _without_remark(self, heading: str) -> str:
        """A heading without brackets that say nothing we know: `Active (0/1)`, `Categories (x,y,z...)`."""
        bracket = _REMARK.search(heading)
        if bracket is None or normal_unit(bracket[1]) is not None:
            return heading
        inside = self._best(pieces_of(bracket[1]))
        said = {each for each in inside.concepts if not each.isdigit()} - {NOTHING}
        return heading if said and not inside.strange else heading[: bracket.start()] + heading[bracket.end() :]

    def _best(self, pieces: Sequence[str]) -> _Found:
        best: list[_Found] = [_Found()]
        for end in range(1, len(pieces) + 1):
            ways = [self._step(best[start], pieces[start:end]) for start in range(max(0, end - _LONGEST_PHRASE), end)]
            best.append(min((each for each in ways if each is not None), key=_Found.key))
        return best[-1]

    def _step(self, before: _Found, pieces: Sequence[str]) -> _Found | None:
        """One phrase more; None when several pieces together are no phrase."""
        known = self._look_up("".join(pieces))
        if known is not None:
            return _Found(before.strange, before.words + 1, (*before.concepts, *known), before.doubtful)
        if len(pieces) > 1:
            return None
        inside = self._compound(pieces[0]) or self._alike(pieces[0])
        if inside is not None:
            return _Found(before.strange, before.words + 1, (*before.concepts, *inside), before.doubtful + 1)
        if pieces[0].isdigit():
            return _Found(before.strange, before.words + 1, (*before.concepts, _digit(pieces[0])), before.doubtful)
        return _Found(before.strange + 1, before.words + 1, before.concepts, before.doubtful)

    def _look_up(self, squeezed_phrase: str) -> frozenset[str] | None:
        meanings = word_lists().get(squeezed_phrase)
        if meanings is None:
            return None
        return next((meanings[language] for language in self.order if language in meanings), None)

    def _compound(self, word: str) -> frozenset[str] | None:
        """What a word made of known words says: `leveransadress`, `Bestellnummer`, `tilausnumero`."""
        if len(word) < 5:
            return None
        ways: list[frozenset[str] | None] = [frozenset(), *[None] * len(word)]
        cost = [0.0, *[99.0] * len(word)]
        for start in range(len(word)):
            if ways[start] is None:
                continue
            for end in range(start + 2, len(word) + 1):
                part = self._part(word[start:end], last=end == len(word))
                if part is not None and cost[start] + part[1] < cost[end]:
                    ways[end], cost[end] = (ways[start] or frozenset()) | part[0], cost[start] + part[1]
        return ways[-1] if cost[-1] < 5 else None

    def _part(self, text: str, *, last: bool) -> tuple[frozenset[str], float] | None:
        """A part of a compound, with the letters that glue it to the next, and what it costs.

        Short parts stand only at the end; words of the file's own language come cheapest.
        """
        if len(text) < 3 and not (last and text in _SHORT_TAILS):
            return None
        stems = [text, *(text.removesuffix(glue) for glue in _GLUE if text.endswith(glue) and len(text) - len(glue) >= 4)]
        for stem in stems:
            meanings = word_lists().get(stem)
            rank = next((at for at, each in enumerate(self.order) if meanings and each in meanings), None)
            if meanings is not None and rank is not None and NOTHING not in meanings[self.order[rank]]:
                return meanings[self.order[rank]], 1 + rank * 0.05
        return None

    def _alike(self, word: str) -> frozenset[str] | None:
        """What a known word says that this one is a misspelling of."""
        if len(word) < _FUZZY_FROM:
            return None
        from rapidfuzz import fuzz, process

        near = process.extractOne(word, _starting_with(word[0]), scorer=fuzz.ratio, score_cutoff=_FUZZY_SCORE)
        return self._look_up(near[0]) if near is not None else None

    def _languages_in(self, word: str) -> list[str]:
        """The languages whose words alone make up a compound."""
        if len(word) < 5 or self._compound(word) is None:
            return []
        return [language for language in LANGUAGES if Lexicon((language,))._compound(word) is not None]


@cache
def _starting_with(letter: str) -> tuple[str, ...]:
    return tuple(each for each in word_lists() if each.startswith(letter) and len(each) >= _FUZZY_FROM - 1)


def _digit(piece: str) -> str:
    """A number in a heading: 1, 2 and 3 count lines of an address; a longer one is just a number."""
    return piece if piece in ("1", "2", "3", "4", "5") else NOTHING


def _unit_of(heading: str, pieces: Sequence[str]) -> tuple[str | None, list[str]]:
    """The unit that a heading names in brackets or at its end, and the pieces without it."""
    bracket = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", heading)
    if bracket is not None and (unit := normal_unit(bracket[1])) is not None:
        return unit, list(pieces_of(heading[: bracket.start()]))
    tail = re.split(r"[\s_,./:\-]+", heading.strip())[-1]
    unit = normal_unit(tail) if len(pieces) > 1 else None
    if unit is None:
        return None, list(pieces)
    return unit, list(pieces[: len(pieces) - len(pieces_of(tail))])
