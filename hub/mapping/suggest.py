"""From a file that nobody has described to the draft of its mapping: look, match, learn the notation, say what is doubtful."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Names
from dataclasses import dataclass

from hub.domain.checks import ONE_OF
from hub.domain.fields import Field, Type, fields_read, list_of
from hub.domain.kinds import Kind
from hub.domain.problems import FileRefused, HubError
from hub.domain.status import Status
from hub.formats.grid import Limits
from hub.formats.layout import DOCUMENTS
from hub.mapping import shapes
from hub.mapping.bind import fits, likeness, wanted_headings
from hub.mapping.compile import Mapping
from hub.mapping.detect import sight
from hub.mapping.draft import Draft, Line, Part, flow
from hub.mapping.lexicon import Lexicon, pieces_of, word_lists
from hub.mapping.match import LEAST, Corrections, Match
from hub.mapping.opened import open_file
from hub.mapping.sighted import Sighted, Source, matched
from hub.mapping.trial import try_draft
from hub.mapping.units import fits as fits_unit
from hub.mapping.units import normal_unit

KINDS = tuple(each for each in Kind if fields_read(each))
_GROUPED = {Kind.ORDERS: ("number",), Kind.CANCELLATIONS: ("number",), Kind.DELIVERIES: ("shipment", "number")}
_NUMBERS = (Type.DECIMAL, Type.INTEGER)
_TIMES = (Type.DATE, Type.TIME)
_AT_LEAST = 0.4  # how sure a heading must be of a mandatory field that no other heading fills
_MENTIONED = 0.3  # how sure a guess must be to be named
_LIKELY = 0.6  # share of a base mapping's headings that a file must have


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known beside the file: its name, the country to fall back on, the workspace's words and base mappings."""

    file_name: str
    limits: Limits
    country: str | None = None
    partner: str | None = None
    corrections: Corrections | None = None
    bases: Sequence[Mapping] = ()


def suggest(kind: Kind, data: bytes, setting: Setting) -> str:
    """The draft of a mapping that reads such a file, as commented YAML.

    Raises FileRefused for what is no table, HubError for a kind that is not read.
    """
    if kind not in KINDS:
        raise HubError(f"{kind} are written, not read; drafts are made for {', '.join(KINDS)}")
    seen = sight(kind, data, setting.limits, setting.corrections or {})
    found = matched(kind, seen.sources, setting.corrections or {})
    _fill_mandatory(kind, found, seen)
    draft = Draft(kind, dict(seen.file), {}, [], notes=list(seen.notes), repeat=dict(seen.repeat), word=_word(seen))
    draft.head = _head(kind, data, setting, seen, found)
    lines = [_line(kind, group, seen) for group in _by_field(found)]
    draft.lines = sorted([*lines, *_stand_ins(kind, lines, setting)], key=lambda line: _rank(kind, line.name))
    draft.notation = _notation(kind, found, seen, draft)
    _rules(draft, found, seen)
    draft.missing = list(_missing(kind, draft.lines))
    draft.left = _left_over(kind, [each for each in found if each.field is None], seen, _units(draft.lines))
    draft.tried = try_draft(draft.text(), data, setting.file_name, setting.limits)
    return draft.text()


def _fill_mandatory(kind: Kind, found: list[Match], seen: Sighted) -> None:
    """A mandatory field takes the likeliest place left, though it is unlikely: without one nothing can be read."""
    mapped = {each.field for each in found}
    asked = [(each.name,) for each in fields_read(kind).values() if each.mandatory and each.default is None]
    for names in [*asked, *ONE_OF.get(kind, ())]:
        free = [
            (guess.sure, -each.at, each, guess)
            for each in found
            if each.field is None
            for guess in each.guesses
            if guess.field in names and (guess.sure >= _AT_LEAST or seen.sources[each.at].roles is not None)
        ]
        if free and not mapped & set(names):
            _, _, each, guess = max(free, key=lambda one: one[:2])
            each.field, each.sure = guess.field, guess.sure
            mapped.add(guess.field)


def _by_field(found: list[Match]) -> list[list[Match]]:
    groups: dict[str, list[Match]] = {}
    for each in found:
        if each.field is not None:
            groups.setdefault(each.field, []).append(each)
    return list(groups.values())


def _line(kind: Kind, group: list[Match], seen: Sighted) -> Line:
    """A field with the heading, or the headings, that it is read from."""
    first = group[0]
    name = first.field or ""
    declared = fields_read(kind).get(name, Field(name))
    source = seen.sources[first.at]
    form: dict[str, Part] = {"from": first.heading}
    if source.parts:
        form = {"join": list(source.parts), "with": "-"}
    if len(group) > 1:
        form = {"from": [each.heading for each in group]} if declared.many else {"join": _in_order(group), "with": " "}
    line = Line(name, form, min(each.sure for each in group), ["as you said"] if first.told else [])
    if line.sure is not None and line.sure < LEAST:
        line.remarks.append("look: mandatory, and nothing fits better")
    if first.meaning.unit is not None and declared.unit is not None and first.meaning.unit != declared.unit:
        form["unit"] = first.meaning.unit
    told = source.unit or _unit_column(declared, first, seen)
    if told is not None and declared.unit in ("kg", "m", "m3") and "unit" not in form:
        form["unit"] = {"from": told}
    _learn_from_values(line, declared, source.values)
    return line


def _unit_column(declared: Field, match: Match, seen: Sighted) -> str | None:
    """The column that tells the unit of another: its heading has the same word in it, and units stand below."""
    words = set(pieces_of(match.heading))
    for at, each in enumerate(seen.sources):
        units = {normal_unit(value) for value in shapes.texts(each.values)}
        alike = at != match.at and words & set(pieces_of(each.called))
        if alike and units and all(unit is not None and fits_unit(unit, declared) for unit in units):
            return each.path
    return None


def _in_order(group: list[Match]) -> list[str]:
    """First name before last name, street before number."""
    order = ("first", "street", "address", "last", "house")
    return [
        each.heading
        for each in sorted(
            group, key=lambda each: next((at for at, word in enumerate(order) if word in each.meaning.concepts), 9)
        )
    ]


def _learn_from_values(line: Line, declared: Field, column: Sequence[str | None]) -> None:
    """What the values below a heading say: a warning, a unit, words for a status."""
    values = shapes.texts(column)
    _clean(line, declared, values)
    if shapes.looks_like(declared, column) is False and not line.form.get("do"):
        line.remarks.append(f"look: the values do not look like {_kind_of(declared)}")
    elif declared.unit == "percent" and values and all(shapes.is_share(each) for each in values):
        line.form["unit"] = "share"
    elif (
        declared.unit in ("kg", "m") and "unit" not in line.form and shapes.typical(values) > (60 if declared.unit == "kg" else 5)
    ):
        line.remarks.append(f"look: large for {declared.unit}; write unit: {'g' if declared.unit == 'kg' else 'cm or mm'}?")
    if line.name == "status":
        words = _status_words(values)
        if words:
            line.form |= {"map": words, "else": "keep"}
            line.remarks.append("check the statuses")


def _clean(line: Line, declared: Field, values: Sequence[str]) -> None:
    """What stands around values and does not belong to them: the apostrophe that keeps zeros in Excel, and HTML."""
    if sum(each.startswith("'") for each in values) * 2 > len(values):
        line.form["do"] = {"strip": "'"}
        line.remarks.append("an apostrophe stands before the values")
    elif declared.name.endswith("description") and any(re.search(r"</?[a-z][a-z0-9]*\s*/?>", each) for each in values):
        line.form["do"] = "no_html"
        line.remarks.append("the texts hold HTML")


def _kind_of(declared: Field) -> str:
    return {Type.GTIN: "EAN with a right check digit", Type.DECIMAL: "numbers", Type.TIME: "dates", Type.DATE: "dates"}.get(
        declared.type, f"{declared.type} values"
    )


def _status_words(values: Iterable[str]) -> dict[str, str]:
    """The partner's words for statuses that the hub has under another name."""
    known = {"delivered": Status.DELIVERED, "cancel": Status.CANCELLED}
    names = {each.value for each in Status}
    words = [each for each in dict.fromkeys(values) if each not in names][:20]
    lexicon = Lexicon.of(words)
    found = {word: next((known[each] for each in known if each in lexicon.meaning(word).concepts), None) for word in words}
    return {word: status.value for word, status in found.items() if status is not None}


def _stand_ins(kind: Kind, lines: list[Line], setting: Setting) -> list[Line]:
    """What an order must say and this file does not, where something sensible can stand in."""
    mapped = {line.name for line in lines}
    found: list[Line] = []
    if kind is Kind.ORDERS and "date" not in mapped:
        found.append(Line("date", {"from": "$received"}, None, ["the time of arrival stands in"]))
    if kind is Kind.ORDERS and "ship_to.country" not in mapped:
        found.append(
            Line("ship_to.country", {"value": setting.country or "FI"}, None, ["look: is every order for this country?"])
        )
    return found


def _rank(kind: Kind, name: str) -> int:
    return list(fields_read(kind)).index(name) if name in fields_read(kind) else 999


def _notation(kind: Kind, found: list[Match], seen: Sighted, draft: Draft) -> dict[str, Part]:
    """How this partner writes numbers, dates, yes and no."""
    fields = fields_read(kind)
    columns = {each.field: seen.sources[each.at].values for each in found if each.field in fields}
    of_type = {name: fields[name].type for name in columns if name is not None}
    notation: dict[str, Part] = {}
    numbers = [columns[name] for name, type_ in of_type.items() if type_ in _NUMBERS]
    signs = shapes.decimal_sign(numbers)
    if signs is not None:
        notation |= {"decimal": signs[0]} | ({"thousands": signs[1]} if signs[1] else {})
    patterns: dict[str, None] = {}
    for name, type_ in of_type.items():
        if type_ in _TIMES:
            own, doubtful = shapes.date_patterns(columns[name])
            patterns |= dict.fromkeys(own)
            if doubtful:
                draft.notes.append(f"Look: in {name} day and month could be the other way round.")
    notation |= {"date": list(patterns)} if patterns else {}
    flags = [shapes.yes_no_words(columns[name]) for name, type_ in of_type.items() if type_ is Type.YESNO]
    for key, at in (("yes", 0), ("no", 1)):
        words = list(dict.fromkeys(word for pair in flags for word in pair[at]))
        notation |= {key: words} if words else {}
    empty = shapes.empty_words(column for name, column in columns.items() if name is not None and of_type[name] is not Type.TEXT)
    return notation | ({"empty": empty} if empty else {})


def _rules(draft: Draft, found: list[Match], seen: Sighted) -> None:
    """Which rows belong together, and which are no records."""
    by_field = {each.field: each for each in found if each.field is not None}
    key = next((name for name in _GROUPED.get(draft.kind, ()) if name in by_field), None)
    apart = bool(draft.repeat or "types" in draft.file)
    if key is not None and not apart and any(name is not None and list_of(name) for name in by_field):
        draft.file["group"] = by_field[key].heading
    totals = {word for word, meanings in word_lists().items() if any("total" in each for each in meanings.values())}
    below = shapes.total_row(seen.first_cells, totals)
    if below is not None and below[0] < len(seen.headings) and seen.headings[below[0]]:
        draft.file["skip"] = {seen.headings[below[0]]: f"{below[1]}*"}


def _missing(kind: Kind, lines: list[Line]) -> list[str]:
    mapped = {line.name for line in lines}
    lists = {list_of(name) for name in mapped} - {None} | {"lines" for _ in (1,) if kind is Kind.ORDERS}
    asked = [each for each in fields_read(kind).values() if each.mandatory and each.name not in mapped]
    found = [f"{each.name}: {flow({'from': '?'})}" for each in asked if each.list_name is None or each.list_name in lists]
    return found + [f"{' or '.join(names)}" for names in ONE_OF.get(kind, ()) if not mapped & set(names)]


def _units(lines: Iterable[Line]) -> set[str]:
    """The places that tell the unit of a field."""
    units = [line.form.get("unit") for line in lines]
    return {str(unit["from"]) for unit in units if isinstance(unit, Names)}


def _left_over(kind: Kind, found: list[Match], seen: Sighted, used: set[str]) -> list[str]:
    """What is not mapped; columns without headings and values are only counted."""
    left = [each for each in found if each.heading not in used]
    told = [each for each in left if seen.sources[each.at].roles is None or shapes.texts(seen.sources[each.at].values)]
    empty = [each.heading for each in left if each not in told]
    return [*(_left(kind, each, seen) for each in told), *([f"always empty: {', '.join(empty)}"] if empty else [])]


def _left(kind: Kind, each: Match, seen: Sighted) -> str:
    """A heading that is left over, with what it might be after all."""
    said = flow({"from": each.heading})
    source = seen.sources[each.at]
    column = source.values
    if each.guesses and each.guesses[0].sure >= _MENTIONED:
        best = each.guesses[0]
        return f"{best.field}: {said}  # {best.sure:.0%}{', like another heading' if best.sure > LEAST else ''}"
    ean = next((name for name in ("ean", "lines.ean") if name in fields_read(kind)), None)
    if ean is not None and shapes.is_gtin_column(column):
        return f"{ean}: {said}  # the values are EAN"
    if kind is not Kind.ORDERS or source.roles is not None or source.inside not in (None, "", "lines"):
        return each.heading.replace("\n", " ") + (
            f"  # such as {str(values[0])[:40]!r}" if (values := shapes.texts(column)) else ""
        )
    return f"{'lines.' if source.inside == 'lines' else ''}x.{_own_name(each, source)}: {said}"


def _own_name(each: Match, source: Source) -> str:
    """A name for a foreign value that is kept."""
    return "_".join(piece for piece in pieces_of(source.called) if piece.isalnum())[:40] or f"column_{each.at + 1}"


def _head(kind: Kind, data: bytes, setting: Setting, seen: Sighted, found: list[Match]) -> list[str]:
    mapped = sum(each.field is not None for each in found)
    head = [
        f"A draft for {setting.file_name}: {mapped} of {len(found)} {_where(seen)}.",
        "The percentage says how sure each line is. Look at every line, then save it as mappings/NAME.yaml and run",
        f"hub mapping check NAME, hub mapping try NAME {setting.file_name}.",
    ]
    if setting.partner:
        head.append(f'In config/partners/{setting.partner}.yaml: receive: [{{files: "...", mapping: NAME}}]')
    base = best_base(kind, data, setting.bases, setting.limits)
    if base is not None:
        head.append(
            f"{base} fits this file: a partner without a mapping is read by it, and `extends: {base}` changes only what differs."
        )
    return head


def _word(seen: Sighted) -> str:
    """What a value's place is called in such a file."""
    if seen.file["format"] in DOCUMENTS:
        return "path"
    return "heading" if seen.header_row is not None else "column"


def _where(seen: Sighted) -> str:
    """What was mapped, and where it was found."""
    if seen.file["format"] in DOCUMENTS:
        return f"paths mapped; a record is {seen.file.get('record', 'each object')}"
    if seen.header_row is None:
        return "columns mapped; it has no headings"
    return f"headings mapped; row {seen.header_row} holds the headings"


def best_base(kind: Kind, data: bytes, bases: Iterable[Mapping], limits: Limits) -> str | None:
    """The base mapping that reads this file: of those that fit, the one that names most of its headings."""
    ranked = []
    for each in bases:
        share = _share(each, data, limits) if each.kind is kind else 0.0
        if share >= _LIKELY:
            ranked.append((share, len({heading.text for heading in wanted_headings(each)}), each.name))
    return max(ranked, key=lambda one: (one[1] * one[0], one[2]))[2] if ranked else None


def _share(mapping: Mapping, data: bytes, limits: Limits) -> float:
    """How many of a mapping's headings a file has; 0 when the mapping does not read it."""
    try:
        tables = open_file(mapping, data, limits)
        return likeness(mapping, tables) if fits(mapping, tables) else 0.0
    except FileRefused:
        return 0.0


__all__ = ["KINDS", "Setting", "best_base", "suggest"]
