"""Say in an admin's words what a parser or a schema has against a file: what was seen, and the cure."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from hub.domain.nearest import nearest

Steps = tuple[str | int, ...]

_FEW = 30


class Saw(ValueError):
    """A value that a schema refuses: what was seen, and how it is written rightly."""

    def __init__(self, what: str, cure: str = "") -> None:
        """Say both halves apart, as `saw 'soon'` and `a time span is written 60s`."""
        super().__init__(f"{what}, {cure}" if cure else what)
        self.what = what
        self.cure = cure


# What the parser says, in which context: our words, the cure, and whether the place is where it opened.
_SYNTAX: tuple[tuple[str, str, str, str, bool], ...] = (
    ("'\\t'", "", "a tab stands where spaces belong", "indent with spaces", False),
    ("unexpected end of stream", "quoted scalar", "a quote opens here and never closes", "close it", True),
    ("document separator", "quoted scalar", "a quote opens here and never closes", "close it", True),
    ("unknown escape", "", "a backslash in double quotes means something else", "use single quotes", False),
    (
        "mapping values are not allowed",
        "",
        "a second colon, or a line indented too far",
        "write a value that holds ': ' in quotes",
        False,
    ),
    ("sequence entries are not allowed", "", "a list begins beside its key", "begin it on the next line, or write [a, b]", False),
    (
        "expected ',' or",
        "",
        "a list [ ] or table { } opens here and is not closed, or holds a bracket",
        "close it, or write the value in quotes",
        True,
    ),
    (
        "cannot start any token",
        "",
        "a value begins with a character that YAML keeps for itself",
        "write the value in quotes",
        False,
    ),
    ("but found ','", "", "a comma stands where a value belongs", 'write it in quotes: ","', False),
    ("could not find expected ':'", "", "a line without a colon, or without a space after it", "write it as key: value", True),
    ("expected <block end>", "", "a line that does not line up with those above", "indent it as far as its neighbours", False),
    ("found duplicate anchor", "", "a mark with & stands twice", "write the values out, in quotes", False),
    ("expected alphabetic or numeric", "", "a value begins with * or &", "write the value in quotes", False),
    ("expected the node content", "", "a bracket stands where a value belongs", "write the value in quotes", False),
    (
        "expected '<document start>'",
        "",
        "something stands after the end of the table",
        "begin each key below the one above it, or look for a bracket too many",
        False,
    ),
)


def explain_syntax(problem: str, context: str) -> tuple[str, str, bool]:
    """Our words for what the YAML parser met: what, cure, and whether the place to show is where it opened."""
    for said, within, what, cure, at_opening in _SYNTAX:
        if said in problem and within in context:
            return what, cure, at_opening
    return f"is no YAML: {problem}", "write doubtful values in quotes", False


def suggest(seen: str, known: Iterable[str]) -> str:
    """`did you mean poll?`, or the known words when none is near and they are few."""
    words = list(known)
    near = nearest(seen, words)
    if near is not None:
        return f"did you mean {near}?"
    return f"known here: {', '.join(_spelt(each) for each in words)}" if 0 < len(words) <= _FEW else ""


def _spelt(word: str) -> str:
    """A word as it is read aloud: what is no word stands in quotes."""
    return word if word[:1].isalnum() else f'"{word}"'


def explain_value(error: ErrorDetails) -> str:
    """Our words for one value that stands in no file, as it was typed behind an option."""
    told = error.get("ctx", {})
    if "error" in told:
        return str(told["error"])
    return f"saw {see(error['input'])}, " + (f"the least is {told['ge']}" if "ge" in told else _wanted(error))


def explain(error: ErrorDetails, model: type[BaseModel], data: object) -> tuple[Steps, str, str]:
    """Our words for one fault that a schema found: its route in the file, what, and the cure."""
    route = _route(error["loc"], data, absent=error["type"] == "missing")
    kind, seen, told = error["type"], error.get("input"), error.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return route, "is not a known key", suggest(str(error["loc"][-1]), _keys(model, error["loc"][:-1]))
        case "missing":
            return route, "is missing", _how_to_add(model, error["loc"])
        case "value_error" if isinstance(told.get("error"), Saw):
            return route, told["error"].what, told["error"].cure
        case "value_error" | "assertion_error":
            return route, str(told.get("error", error["msg"])), ""
        case "union_tag_not_found":
            return (*route, _tag(told)), "is missing", f"known here: {', '.join(_tags(model, error['loc'], _tag(told)))}"
        case "union_tag_invalid":
            words = _plain(told["expected_tags"]).split(", ")
            return (*route, _tag(told)), f"saw {told['tag']!r}", suggest(told["tag"], words)
        case "literal_error" | "enum":
            words = _plain(str(told["expected"])).split(", ")
            return route, f"saw {see(seen)}", suggest(str(seen), words)
    return route, f"saw {see(seen)}", _wanted(error)


def _wanted(error: ErrorDetails) -> str:
    """How a value of the right kind is written."""
    return _WANTED.get(error["type"], error["msg"].removeprefix("Input should be ").replace("valid ", ""))


_WANTED = {
    "list_type": "a list is written [a, b]",
    "tuple_type": "a list is written [a, b]",
    "dict_type": "a table is written {key: value}",
    "model_type": "a table is written {key: value}",
    "model_attributes_type": "a table is written {key: value}",
    "string_type": "one value is wanted",
    "int_parsing": "a whole number is wanted",
    "int_type": "a whole number is wanted",
    "too_short": "at least one is wanted",
    "string_too_short": "it must not be empty",
}


def see(seen: object) -> str:
    """What was seen, as it would stand in the file, cut where it is long."""
    match seen:
        case None:
            return "nothing"
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
    text = str(seen)
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _route(loc: Steps, data: object, *, absent: bool) -> Steps:
    """The way to a fault in the data: the steps of the schema without its names of alternatives.

    `absent` says that the last step is a key which the data lacks.
    """
    route: list[str | int] = []
    for position, step in enumerate(loc):
        if isinstance(data, Mapping):
            if step in data:
                data = data[step]
            elif not absent or position < len(loc) - 1:
                continue
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        route.append(step)
    return tuple(route)


def _plain(words: str) -> str:
    """`'a', 'b' or 'c'` as `a, b, c`."""
    return words.replace(" or ", ", ").replace("'", "").replace('"', "")


def _tag(told: Mapping[str, Any]) -> str:
    """The key by which an alternative is chosen: `type` for `'type'`."""
    return str(told.get("discriminator", "type")).strip("'").partition("(")[0]


def _tags(model: type[BaseModel], loc: Steps, key: str) -> list[str]:
    """The words that the key of an alternative may hold."""
    infos = (each.model_fields[key] for each in _models_at(model, loc) if key in each.model_fields)
    return [word for info in infos for word in get_args(info.annotation)]


def _keys(model: type[BaseModel], loc: Steps) -> list[str]:
    """The keys known at a place of the schema."""
    found = _models_at(model, loc)
    return [_key(name, info) for each in found for name, info in each.model_fields.items()]


def _how_to_add(model: type[BaseModel], loc: Steps) -> str:
    """How a missing key is written, by the example or the description of its field."""
    for each in _models_at(model, loc[:-1]):
        for name, info in each.model_fields.items():
            if loc[-1] not in (name, info.alias):
                continue
            if info.examples:
                return f"write {_key(name, info)}: {info.examples[0]}"
            return info.description or ""
    return ""


def _key(name: str, info: FieldInfo) -> str:
    return info.alias or name


def _models_at(model: type[BaseModel], loc: Steps) -> list[type[BaseModel]]:
    places: list[Any] = [model]
    for step in loc:
        inner = [deeper for place in places for deeper in _inside(place, step)]
        places = inner or places
    return [alternative for place in places for alternative in _alternatives(place) if _is_model(alternative)]


def _inside(annotation: Any, step: str | int) -> list[Any]:
    """The types behind one step of the way, or nothing where the step only names an alternative."""
    found: list[Any] = []
    for each in _alternatives(annotation):
        if _is_model(each):
            found += [info.annotation for name, info in each.model_fields.items() if step in (name, info.alias)]
            found += [each] if _is_tagged(each, step) else []
        elif get_origin(each) in (dict, Mapping) or get_origin(each) in (list, tuple):
            found += [part for part in get_args(each)[-1:] if part is not Ellipsis] or list(get_args(each)[:1])
    return found


def _is_tagged(model: type[BaseModel], step: str | int) -> bool:
    """Whether a step is the word by which an alternative is chosen (`type: sftp`)."""
    literals = (info.annotation for info in model.model_fields.values() if get_origin(info.annotation) is Literal)
    return any(step in get_args(each) for each in literals)


def _alternatives(annotation: Any) -> list[Any]:
    """A type without its wrappings: each member of a union, the inside of Annotated."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for each in get_args(annotation) for inner in _alternatives(each)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
