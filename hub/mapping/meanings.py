"""Which hub field a heading may mean: the concepts of its words against a table of ways to say each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hub.config.yaml import Data, load
from hub.domain.kinds import Kind
from hub.mapping.lexicon import FOLDER, Meaning

PARTY = "party"
SHIP_TO = "ship_to"
BUYER = "buyer"
SENDER = "sender"
LOOSE = "?"  # an address of nobody in particular; assignment says whose
CUSTOMER = "customer"

_SAID_OF: tuple[tuple[str, frozenset[str]], ...] = (
    (SENDER, frozenset({"sender"})),
    (SHIP_TO, frozenset({"ship", "recipient"})),
    (BUYER, frozenset({"bill", "buyer"})),
    (CUSTOMER, frozenset({"customer"})),
)
PARTY_WORDS = frozenset().union(*(words for _, words in _SAID_OF))
_NARROWER = {"number": {"code"}, "delivered": {"sent"}}  # a code is a number too, what was sent is delivered
_STRANGE = 0.72  # what an unknown word beside known ones costs
_INTERNAL = 0.9  # `Product ID` beside a `SKU` is the number in their own database
_DOUBTFUL = 0.985  # what a compound or a misspelling costs


@dataclass(frozen=True, slots=True)
class Way:
    """One way to say a field: concepts that must be there, others that may, and how sure that makes."""

    field: str
    needed: frozenset[str]
    allowed: frozenset[str]
    sure: float


@dataclass(frozen=True, slots=True)
class Guess:
    """A field that a heading may mean, and how sure that is (0 to 1)."""

    field: str
    sure: float


@cache
def ways(kind: Kind) -> tuple[Way, ...]:
    """Every way to say a field of a kind, addresses apart."""
    table = _table()
    groups = [kind.value, "order_line"] if kind is Kind.ORDERS else [kind.value]
    return tuple(way for group in groups for way in _ways(table.get(group)))


@cache
def _party_ways() -> tuple[Way, ...]:
    return tuple(_ways(_table()[PARTY]))


@cache
def _table() -> dict[str, Data]:
    loaded, findings = load(FOLDER / "meanings.yaml", "words/meanings.yaml")
    if loaded is None or findings or not isinstance(loaded.data, dict):
        raise ValueError(f"words/meanings.yaml: {findings[0] if findings else 'is no table'}")
    return loaded.data


def _ways(group: Data) -> Iterator[Way]:
    for name, said in group.items() if isinstance(group, dict) else ():
        for each in said if isinstance(said, list) else ():
            needed, allowed, sure = (part.strip() for part in str(each).split("|"))
            words = frozenset(needed.split())
            may = words | frozenset(allowed.split())
            yield Way(name, words, may.union(*(_NARROWER[each] for each in may & _NARROWER.keys())), int(sure) / 100)


def guesses(kind: Kind, meaning: Meaning) -> list[Guess]:
    """The fields that a heading may mean, surest first; an address of nobody in particular is told as `?.city`."""
    found = [Guess(way.field, _sure(way, meaning.concepts, meaning)) for way in ways(kind) if _says(way, meaning.concepts)]
    if kind is Kind.ORDERS:
        found += _of_parties(meaning)
    best: dict[str, float] = {}
    for each in found:
        best[each.field] = max(each.sure, best.get(each.field, 0))
    return sorted((Guess(field, sure) for field, sure in best.items()), key=lambda each: -each.sure)


def _of_parties(meaning: Meaning) -> Iterator[Guess]:
    """An address field: the party's own words, and the words of the part of an address."""
    party = next((party for party, words in _SAID_OF if words & meaning.concepts), LOOSE)
    rest = meaning.concepts - PARTY_WORDS - {"order"}
    whole = _bare(party, meaning.concepts)
    if whole is not None:
        yield Guess(whole, 0.8 * _STRANGE ** (2 * meaning.strange))
    for way in _party_ways():
        if _says(way, rest):
            yield Guess(f"{party}.{way.field}", _sure(way, rest, meaning))


def _bare(party: str, concepts: frozenset[str]) -> str | None:
    """`Mottagare`, `Ship to`: a party named alone is its name."""
    if concepts <= {"ship", "recipient"} or concepts <= {"customer"} or concepts <= {"buyer"} or concepts <= {"bill"}:
        return f"{party}.name" if concepts else None
    return None


def _says(way: Way, concepts: frozenset[str]) -> bool:
    return way.needed <= concepts <= way.allowed


def _sure(way: Way, concepts: frozenset[str], meaning: Meaning) -> float:
    spare = len(concepts - way.needed)
    sure = way.sure * 0.995**spare * _STRANGE**meaning.strange * _DOUBTFUL**meaning.doubtful
    return sure * _INTERNAL if meaning.internal and way.field.endswith("sku") else sure
