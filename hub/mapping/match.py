"""Give the headings of a file to the hub's fields: each field its best heading, no heading twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hub.domain.fields import TRANSLATED, Type, fields_read, list_of
from hub.domain.kinds import Kind
from hub.formats.frame import heading_key
from hub.mapping.lexicon import LANGUAGES, Lexicon, Meaning
from hub.mapping.meanings import BUYER, CUSTOMER, LOOSE, PARTY_WORDS, SHIP_TO, Guess, guesses

LEAST = 0.52  # below this a heading is only mentioned, not mapped
_FITTING = 0.06  # what values add that look right: enough between two headings that mean nearly the same
_PLACE = frozenset({"address1", "city", "postcode", "country"})
_TOLD = 1.0  # how sure an admin's own word list is
_JOINED = {"name": ("first", "last"), "address1": ("street", "house")}
_LANGUAGES = frozenset({*LANGUAGES, "no", "nn", "fr", "es", "it", "nl", "pl", "lv", "lt", "ru"})
_SEVERAL = frozenset({"images"})
_FARTHEST_NAME = 2  # how many names above a heading are read with it
_FARTHER = 0.99  # what each of them costs
_NONE = Guess("", 0.0)
_OF_A_LINE = {f"{BUYER}.name": "lines.name"}
_NAMES = ("name", "short_description")
PARCELS = "parcels"


@dataclass(slots=True)
class Match:
    """What a heading was taken for: a field, or none; `guesses` are the other fields it may mean."""

    heading: str
    at: int
    meaning: Meaning
    guesses: list[Guess]
    field: str | None = None
    sure: float = 0.0
    told: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a heading stands in a file that is no plain table.

    `name` is the word that it goes by, where the heading is a path; `inside` the list that it lies in ("" for a record
    beside lists, None where a row is both), `above` the names of what it lies in, outermost first.
    """

    name: str | None = None
    inside: str | None = None
    above: tuple[str, ...] = ()


_NOWHERE = Place()

Corrections = Mapping[tuple[str, str], str | None]
"""What an admin says that headings mean: (kind or "", heading key) -> field, or None for nothing."""


def match(
    kind: Kind,
    headings: Sequence[str],
    corrections: Corrections | None = None,
    evidence: Mapping[int, frozenset[str]] | None = None,
    places: Mapping[int, Place] | None = None,
    roles: Mapping[int, Sequence[Guess]] | None = None,
) -> list[Match]:
    """What each heading of a file most likely means.

    In: the kind of document, the headings in order, an admin's own words, the shapes of the values below each
    heading (they break ties only), where each stands in a file that is no plain table, and for columns without a
    heading what their values look like. Out: one match for each heading that is not blank, in order.
    """
    lexicon = Lexicon.of(headings)
    shapes = evidence or {}
    found = [Match(each, at, lexicon.meaning(each), []) for at, each in enumerate(headings) if each.strip()]
    for each in found:
        place = (places or {}).get(each.at, _NOWHERE)
        told = _told(kind, each.heading, corrections or {})
        if told is not None:
            each.told, each.guesses = True, told
        elif roles is not None and each.at in roles:
            each.meaning, each.guesses = Meaning(frozenset()), list(roles[each.at])
        else:
            _guess(kind, each, place, lexicon)
            each.guesses = _in_language(kind, each, place) or each.guesses
    if kind is Kind.ORDERS:
        _say_whose(found)
    _give(found, shapes)
    if kind is Kind.ORDERS:
        _number_by_reference(found)
    if kind is Kind.PRODUCTS:
        _name_by_description(found)
    return found


def _number_by_reference(found: list[Match]) -> None:
    """Where no heading says order number, a plain reference number is the order's."""
    if any(each.field == "number" for each in found):
        return
    for each in found:
        if each.field == "sales_reference" and each.meaning.concepts <= {"ref", "number"} and not each.told:
            each.field, each.sure = "number", LEAST
            return


def _guess(kind: Kind, each: Match, place: Place, lexicon: Lexicon) -> None:
    """What a heading may mean by the words that it is read with."""
    best: dict[str, Guess] = {}
    for meaning, doubt in _readings(each.heading, place, lexicon):
        found = [guess for guess in guesses(kind, meaning) if _can_be(kind, guess, meaning)]
        for guess in map(partial(_placed, kind, place.inside), found):
            if guess is not None and guess.sure * doubt > best.get(guess.field, _NONE).sure:
                best[guess.field] = replace(guess, sure=guess.sure * doubt)
                each.meaning = meaning if max(best.values(), key=_surest).field == guess.field else each.meaning
    each.guesses = sorted(best.values(), key=_surest, reverse=True)


def _surest(guess: Guess) -> float:
    return guess.sure


def _readings(heading: str, place: Place, lexicon: Lexicon) -> Iterator[tuple[Meaning, float]]:
    """What a heading says, and how much each reading is worth; a name inside others is read with theirs too.

    A party that one of them names is the party of all below: `ShipTo/Address/City`.
    """
    if place.name is None:
        yield lexicon.meaning(heading), 1.0
        return
    party: frozenset[str] = frozenset()
    for name in reversed(place.above):
        party = party or (lexicon.meaning(name).concepts & PARTY_WORDS)
    for count in range(min(len(place.above), _FARTHEST_NAME) + 1):
        meaning = lexicon.meaning(" ".join([*place.above[len(place.above) - count :], place.name]))
        own = meaning.concepts & PARTY_WORDS
        yield replace(meaning, concepts=meaning.concepts | (frozenset() if own else party)), _FARTHER**count


def _placed(kind: Kind, inside: str | None, guess: Guess) -> Guess | None:
    """A guess where the list that the heading lies in has such a field."""
    if inside is None:
        return guess
    if inside == PARCELS and guess.field.startswith("lines."):
        guess = replace(guess, field=f"{PARCELS}.{guess.field.removeprefix('lines.')}")
        return guess if guess.field in fields_read(kind) else None
    return guess if (list_of(guess.field) or "") == inside else None


def _name_by_description(found: list[Match]) -> None:
    """Where no heading says name, the description of a price list is the name."""
    if any(each.field is not None and each.field.partition(".")[0] in _NAMES for each in found):
        return
    for each in found:
        if each.field == "description" and each.meaning.concepts <= {"description", "product"} and not each.told:
            each.field, each.sure = "name", LEAST + _FITTING
            return


def _told(kind: Kind, heading: str, corrections: Corrections) -> list[Guess] | None:
    """What the admin's lists say of a heading, an empty list for nothing; None when they do not name it."""
    for about in (kind.value, ""):
        key = (about, heading_key(heading))
        if key in corrections:
            field = corrections[key]
            return [] if field is None else [Guess(field, _TOLD)]
    return None


def _in_language(kind: Kind, each: Match, place: Place) -> list[Guess]:
    """`title_et`, `Name (sv)`: a text that is told in several languages has a field for each."""
    said = each.heading if place.name is None else place.name
    stem, _, language = said.strip(" )]").replace("(", "_").replace("[", "_").rpartition("_")
    if language.casefold() not in _LANGUAGES or kind is not Kind.PRODUCTS:
        return []
    best = next(iter(guesses(kind, Lexicon.of([stem]).meaning(stem))), None)
    if best is None or best.field not in TRANSLATED:
        return []
    return [replace(best, field=f"{best.field}.{language.casefold()}")]


def _can_be(kind: Kind, guess: Guess, meaning: Meaning) -> bool:
    """Whether a question (`In stock?`) is put to a field that answers yes or no."""
    declared = fields_read(kind).get(guess.field)
    return not meaning.question or (declared is not None and declared.type is Type.YESNO)


def _say_whose(found: list[Match]) -> None:
    """Decide whose the addresses are that name nobody, or just a customer.

    An order goes to somebody: where no heading says ship or recipient, it goes to the address there is.
    """
    places = {party: _places(found, party) for party in (SHIP_TO, LOOSE, CUSTOMER, BUYER)}
    target = next((party for party in (SHIP_TO, LOOSE, CUSTOMER, BUYER) if len(places[party]) >= 2), SHIP_TO)
    alike = _parts(found, SHIP_TO)
    among = _among_lines(found)
    for each in found:
        each.guesses = [_named(guess, target, alike, places) for guess in each.guesses]
        if each.at in among and "name" in alike:
            each.guesses = [replace(guess, field=_OF_A_LINE.get(guess.field, guess.field)) for guess in each.guesses]


def _among_lines(found: list[Match]) -> set[int]:
    """Where headings stand that have a line's on both sides: `sku, name, qty` names a product and nobody."""
    is_line = [bool(each.guesses) and list_of(each.guesses[0].field) == "lines" for each in found]
    return {each.at for each, left, right in zip(found[1:], is_line, [*is_line[2:], True], strict=False) if left and right}


def _named(guess: Guess, target: str, alike: set[str], places: Mapping[str, set[str]]) -> Guess:
    party, _, part = guess.field.partition(".")
    if party not in (LOOSE, CUSTOMER, BUYER):
        return guess
    if part == "id":
        return replace(guess, field=f"{BUYER}.{part}", sure=guess.sure * (0.2 if party == LOOSE else 1))
    if party == target:
        return replace(guess, field=f"{SHIP_TO}.{part}")
    if party == LOOSE:
        # beside an address that says whose it is, a bare phone or mail still serves the receiver
        mine = target != SHIP_TO or part not in alike
        doubt = 1.0 if mine and part in ("phone", "email", "name", "name2") else 0.9
        return replace(guess, field=f"{SHIP_TO if mine else BUYER}.{part}", sure=guess.sure * doubt)
    nobody_else = part not in alike and part not in _loose_parts(places)
    if target == LOOSE and party == CUSTOMER and part in ("name", "phone", "email") and nobody_else:
        return replace(guess, field=f"{SHIP_TO}.{part}", sure=guess.sure * 0.97)
    return replace(guess, field=f"{BUYER}.{part}")


def _loose_parts(places: Mapping[str, set[str]]) -> set[str]:
    return places[LOOSE]


def _places(found: list[Match], party: str) -> set[str]:
    return {part for part in _parts(found, party) if part in _PLACE}


def _parts(found: list[Match], party: str) -> set[str]:
    tops = [each.guesses[0].field.partition(".") for each in found if each.guesses and each.guesses[0].sure >= LEAST]
    return {part for owner, _, part in tops if owner == party}


def _give(found: list[Match], shapes: Mapping[int, frozenset[str]]) -> None:
    """Surest first: a field goes to the heading that is surest of it; near equals go by their values, then from the left."""
    claims = [
        (guess.sure + _FITTING * (guess.field in shapes.get(each.at, frozenset())), -each.at, each, guess)
        for each in found
        for guess in each.guesses
        if guess.sure >= LEAST
    ]
    taken: dict[str, list[Match]] = defaultdict(list)
    for _, _, each, guess in sorted(claims, key=lambda claim: (-round(claim[0], 3), -claim[1])):
        if each.field is None and (not taken[guess.field] or _joins(guess.field, taken[guess.field], each)):
            if each.guesses[0].sure - guess.sure > 0.3 and not each.told:
                continue
            each.field, each.sure = guess.field, guess.sure
            taken[guess.field].append(each)


def _joins(name: str, others: list[Match], each: Match) -> bool:
    """Whether a second heading adds to a field: first and last name, street and house number, more pictures."""
    short = name.rpartition(".")[2]
    if short in _SEVERAL:
        return True
    wanted = _JOINED.get(short)
    if wanted is None:
        return False
    mine = [word for word in wanted if word in each.meaning.concepts]
    theirs = [word for other in others for word in wanted if word in other.meaning.concepts]
    return len(mine) == 1 and mine[0] not in theirs and len(theirs) == len(others)
