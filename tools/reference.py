"""Write docs/reference and the schema of mappings from the code, so that they say what the hub does: `make docs`."""

from __future__ import annotations

import math
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.cli.main import app
from hub.config.channels import LocalChannel, SftpChannel
from hub.config.partners import KEYS_OF_SOME, Partner
from hub.config.settings import Settings
from hub.domain.fields import TRANSLATED, Charset, Field, Type, fields_read, fields_written
from hub.domain.kinds import READ_FROM, WRITTEN_TO, Kind
from hub.domain.problems import MEANING, Code
from hub.domain.status import ASIDE, FINAL, RANK, SETS, Setter, Status, Words, told
from hub.formats.layout import Layout
from hub.mapping.notation import Notation
from hub.mapping.schema import SCHEMA, schema_text
from hub.mapping.template import Bounds, Check, Spec, Template
from tools.base_mappings import base_mappings
from tools.mapping_keys import mapping_keys_page

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
MAPPINGS = REFERENCE.parents[1] / "mappings"
_MADE = "<!-- Made by `make docs` from the code; change it there. -->\n\n"

_ANSWERS = {
    207: "accepted, with something to know",
    400: "the file or a value cannot be used",
    401: "the sender may not",
    404: "refers to what does not exist for this sender",
    409: "conflicts with what is known",
    500: "the hub failed",
    503: "the store is out of reach",
    504: "the partner is out of reach",
}
_STATUS_MEANING = {
    Status.DRAFT: "registered and reserved, not sent on (`submit: no`)",
    Status.ACCEPTED: "checked and stored",
    Status.ORDER_ROUTED: "v2's word for Routed, Created and Submitted",
    Status.ROUTED: "every line has a supplier",
    Status.CREATED: "the shipments exist",
    Status.SUBMITTED: "the shipment's file has been delivered to the supplier",
    Status.VIEWED: "the supplier has seen it",
    Status.PICKING: "the supplier collects the goods",
    Status.PACKING: "the supplier packs the goods",
    Status.SHIPPING: "a part has left, or the carrier has it",
    Status.ERROR: "routing or writing failed; it leaves by a retry",
    Status.ON_HOLD: "waits for stock",
    Status.RECEIVING: "a purchase order that is being received",
    Status.CANCELLED: "will not come",
    Status.DELIVERED_PARTIALLY: "one shipment is delivered, others are open",
    Status.DELIVERED: "delivered; the quantity says how much",
}


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as Markdown has it; a cell may hold no line break and no bare `|`."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _code(text: object) -> str:
    return f"`{text}`" if text not in (None, "") else ""


def fields_page() -> str:
    """Every field of every kind of document."""
    parts = [
        f"{_MADE}# Fields\n\nThe left side of a reading mapping, the right side of a writing one. A field marked * is mandatory.",
        "`x.NAME` and `lines.x.NAME` hold foreign values: kept as text and given back in files about the same order.",
        f"{', '.join(_code(name) for name in sorted(TRANSLATED))} may carry a language: `name.fi`, `description.sv`.\n",
    ]
    for kind in Kind:
        known = fields_read(kind)
        if known:
            who = " or ".join(sorted(READ_FROM[kind]))
            parts.append(f"## {kind} (read, from a {who})\n\n{_fields(known.values())}")
    of_order = fields_read(Kind.ORDERS)
    for kind in Kind:
        known = fields_written(kind)
        if known:
            who = " or ".join(sorted(WRITTEN_TO[kind]))
            base = fields_read(Kind.PRODUCTS) if kind is Kind.CATALOG else of_order
            named = "products" if kind is Kind.CATALOG else "orders"
            own = [each for name, each in known.items() if name not in base]
            parts.append(f"## {kind} (written, to a {who})\n\nEvery field of {named} above, and:\n\n{_fields(own)}")
    return "\n".join(parts)


def _fields(fields: Iterable[Field]) -> str:
    rows = [(_code(each.name) + ("*" if each.mandatory else ""), _type(each), _code(each.default), each.doc) for each in fields]
    return table(("field", "type", "default", "what it is"), rows)


def _type(each: Field) -> str:
    kind = f"text({each.limit})" if each.type is Type.TEXT and each.limit else each.type.value
    notes = [" or ".join(each.choices)] if each.choices else []
    notes += [each.unit] if each.unit else []
    notes += [f"more than {each.above}"] if each.above is not None else []
    notes += [f"{each.least} or more"] if each.least is not None else []
    notes += ["a list"] if each.many else []
    notes += [_CHARSETS[each.charset]] if each.charset is not Charset.ANY else []
    return ", ".join([kind, *notes])


_CHARSETS = {Charset.CODE128: "characters of Code 128", Charset.SKU: "digits, letters, - and ."}


def codes_page() -> str:
    """Every problem code with its meaning, by answer."""
    parts = [
        f"{_MADE}# Problem codes\n\nA code is the answer and a word; words are never renamed. A problem of level info never "
        "changes an answer, a warning makes it 207, an error costs the record.\n"
    ]
    for answer, says in _ANSWERS.items():
        rows = [(_code(code.value), MEANING[code]) for code in Code if code.answer == answer]
        parts.append(f"## {answer}: {says}\n\n{table(('code', 'meaning'), rows)}")
    return "\n".join(parts)


def statuses_page() -> str:
    """The table of statuses, from the code that moves them."""
    rows = [
        (
            f"**{each}**",
            "yes" if each in RANK or each in ASIDE else "",
            ", ".join(setter.value for setter in Setter if each in SETS[setter]),
            _told(each, Words.V3),
            _told(each, Words.V2),
            "yes" if each in FINAL else "",
            _STATUS_MEANING[each],
        )
        for each in Status
    ]
    order = " < ".join(str(each) for each in sorted(set(RANK) - FINAL, key=RANK.__getitem__))
    head = ("status", "of a shipment", "set there by", "told in v3", "told in v2", "final", "meaning")
    return (
        f"{_MADE}# Statuses\n\nWritten exactly so; capitals count. A shipment only moves forward: {order} < Delivered or "
        "Cancelled; steps may be skipped. An order's status is computed from its shipments and never stored.\n\n"
        f"{table(head, rows)}"
    )


def _told(status: Status, words: Words) -> str:
    if status is Status.ORDER_ROUTED:
        return str(status) if words is Words.V2 else ""
    heard = told(status, words)
    return str(heard) if heard else "–"


def settings_page() -> str:
    """Every key of the hub's settings, of a partner's file and of a mapping."""
    local, sftp = _models("channel", LocalChannel), _models("channel", SftpChannel)
    return (
        f"{_MADE}# Settings\n\nYAML; every value is read as text, so `NO`, `0123` and `12:30` stay what they are. One value may "
        "stand for a list. A key marked * must be there.\n\n"
        f"## config/hub.yaml\n\n{_keys(_models('', Settings))}\n"
        "## config/partners/PARTNER.yaml\n\nThe file's name is the partner's id.\n\n"
        f"{_keys(_models('', Partner))}\n"
        f"### channel with type: local\n\n{_keys(local)}\n"
        f"### channel with type: sftp\n\n{_keys(sftp)}\n"
        f"## mappings/NAME.yaml\n\nExplained in [mappings.md](../guide/mappings.md).\n\n{_keys(_models('', Template))}\n"
        f"### file\n\n{_keys(_models('file', Layout))}\n"
        f"### notation\n\n{_keys(_models('notation', Notation))}\n"
        f"### a field's long form\n\n{_keys(_models('', Spec))}\n"
        f"### checks\n\n{_keys(_models('', Check))}\n"
        f"### limits\n\n{_keys(_models('limits', Bounds))}"
    )


_APART = {"channel", "file", "notation", "fields", "checks", "limits"}


def _keys(rows: Iterable[tuple[str, str, str, str]]) -> str:
    found = list(rows)
    if any(about for *_, about in found):
        return table(("key", "default", "values", "what it is"), found)
    return table(("key", "default", "values"), [row[:3] for row in found])


def _models(above: str, model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    """Rows for every key of a model, those of models inside it by their full names."""
    for name, info in model.model_fields.items():
        key = info.alias or name
        full = f"{above}.{key}" if above else key
        inner = _inner(info.annotation)
        star = "*" if info.is_required() else ""
        if inner is not None and inner not in (model, Spec) and not (model in (Partner, Template) and key in _APART):
            many = "[]" if _is_list(info.annotation) else ""
            yield (_code(full) + star, "", "a list of tables" if many else "a table", _about(key, model, info))
            yield from _models(full + many, inner)
        else:
            yield (_code(full) + star, _code(_default(info)), _values(info.annotation), _about(key, model, info))


def _about(key: str, model: type[BaseModel], info: FieldInfo) -> str:
    roles = KEYS_OF_SOME.get(key) if model is Partner else None
    who = [f"{', '.join(sorted(roles))} only"] if roles else []
    example = [f"such as {_code(info.examples[0])}"] if info.examples else []
    return "; ".join([*([info.description] if info.description else []), *who, *example])


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for each in get_args(annotation) for inner in _alternatives(each)]
    if get_origin(annotation) in (tuple, list):
        return [inner for each in get_args(annotation) if each is not Ellipsis for inner in _alternatives(each)]
    return [annotation]


def _is_list(annotation: Any) -> bool:
    plain = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(plain) in (tuple, list)


def _inner(annotation: Any) -> type[BaseModel] | None:
    found = [each for each in _alternatives(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
    return found[0] if len(found) == 1 else None


def _values(annotation: Any) -> str:
    """The words that a key may hold, where they are few."""
    words: list[str] = []
    for each in _alternatives(annotation):
        if isinstance(each, type) and issubclass(each, Enum):
            words += [_code(_word(item)) for item in each]
        elif get_origin(each) is Literal:
            words += [_code(word if word.isalpha() else f'"{word}"') for word in get_args(each)]
        elif each is bool:
            words += ["`yes`", "`no`"]
        elif each is timedelta:
            words += ["a span such as `30s`", "`5m`", "`2h`", "`7d`", "`1y`"]
    return ", ".join(words)


_SIGNS = {",", ";", "\t", "|"}


def _word(item: Enum) -> str:
    """A choice as an admin writes it: a delimiter has a name."""
    return item.name.lower() if item.value in _SIGNS else str(item.value)


def _default(info: FieldInfo) -> str:
    value = info.default
    if info.is_required() or info.default_factory is not None or isinstance(value, BaseModel) or value in (None, "", (), [], {}):
        return ""
    return _written(value)


def _written(value: Any) -> str:
    """A default as an admin writes it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return _span(int(value.total_seconds()))
        case Enum():
            return _word(value)
        case tuple() | list():
            return f"[{', '.join(map(_written, value))}]"
        case Decimal():
            return f"{value:.0%}"
        case int() if value >= 100_000_000 and value % 1_000_000 == 0:
            return f"{value // 1_000_000}MB"
        case _:
            return str(value)


def _span(seconds: int) -> str:
    """A span of time in its greatest whole unit: `7y`, `400d`, `1h`, `60s`."""
    years = round(seconds / 86400 / 365.25)
    if years and seconds == math.ceil(years * 365.25) * 86400:
        return f"{years}y"
    for length, unit in ((86400, "d"), (3600, "h")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def commands_page() -> str:
    """Every command with its arguments and options, as --help tells them."""
    parts = [
        f"{_MADE}# Commands\n\nEvery command takes `--home DIR`, before or after it (or `HUB_HOME`; else the current folder "
        "is the workspace). Exit codes: 0 done (refused rows are business, not failure), 1 could not do it, 2 wrong usage.\n"
    ]
    parts += [_command(name, command) for name, command in commands()]
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its full name: `hub once`, `hub mapping try`."""
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]  # a group has commands
        for inner, nested in getattr(command, "commands", {}).items():
            yield f"hub {name} {inner}", nested
        if not hasattr(command, "commands"):
            yield f"hub {name}", command


def _command(name: str, command: Any) -> str:
    rows, usage = [], [name]
    for each in command.params:
        if each.name in ("home", "help"):
            continue
        if each.param_type_name == "argument":
            shown = each.metavar or each.name.upper()
            usage.append(shown if each.required or shown.startswith("[") else f"[{shown}]")
            rows.append((_code(shown), each.help or ""))
        else:
            shown = " ".join([each.opts[0], *([each.metavar] if each.metavar and not each.is_flag else [])])
            usage.append(shown if each.required else f"[{shown}]")
            rows.append((_code(shown), each.help or ""))
    said, _, example = re.sub(r"(?<!\n)\n(?!\n)", " ", command.help or "").partition("Example: ")
    listed = table(("", "what it means"), rows) if rows else ""
    shown_example = f"\nExample: `{example.strip()}`\n" if example else ""
    return f"## {name}\n\n`{' '.join(usage)}`\n\n{said.strip()}\n{shown_example}\n{listed}"


PAGES: dict[str, Callable[[], str]] = {
    "fields.md": fields_page,
    "problem-codes.md": codes_page,
    "statuses.md": statuses_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "mapping-keys.md": mapping_keys_page,
    "base-mappings.md": base_mappings,
}


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(REFERENCE.name, name, file=sys.stderr)  # noqa: T201 - a tool tells what it wrote
    (MAPPINGS / SCHEMA).write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
