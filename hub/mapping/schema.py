"""The JSON Schema of a mapping file, for editors that complete and check while an admin types."""

from __future__ import annotations

import json
from typing import Any

from hub.domain.fields import TRANSLATED, fields_read, fields_written
from hub.domain.kinds import Kind
from hub.formats.layout import Delimiter
from hub.mapping.keys import TABLES, says
from hub.mapping.template import Template

HINT = "# yaml-language-server: $schema="
_TEXT = ["string", "number", "boolean"]  # an editor reads `0123` as a number, the hub as text
_OWN = r"^(_.*|(lines\.)?x\..+)$"


SCHEMA = "mapping.schema.json"
"""What the schema is called where it lies beside the mappings."""


def schema_text() -> str:
    """The schema as a file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """The schema: the keys of the models, and the fields that each kind of document has."""
    schema = _eased(Template.model_json_schema(by_alias=True))
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A mapping of the hub"}
    properties = schema["properties"]
    spec = {"$ref": "#/$defs/Spec"}
    short = {"anyOf": [spec, {"type": _TEXT}, {"type": "array", "items": {"anyOf": [spec, {"type": _TEXT}]}}, {"type": "null"}]}
    properties["fields"] = {"type": "object", "additionalProperties": short}
    schema["$defs"]["Delimiter"] = {"enum": [*(each.name.lower() for each in Delimiter), *(each.value for each in Delimiter)]}
    for table, (model, about) in TABLES.items():
        _describe(schema if model is Template else schema["$defs"].get(model.__name__, {}), table, about)
    schema["allOf"] = [*(_of_kind(kind) for kind in Kind if fields_read(kind)), *_written()]
    schema["required"] = []
    return dict(schema)


def _describe(part: dict[str, Any], table: str, about: str) -> None:
    """Put what each key is for where an editor shows it."""
    part["description"] = about
    for key, each in part.get("properties", {}).items():
        if isinstance(each, dict) and says(table, key):
            each["description"] = says(table, key)


def _of_kind(kind: Kind) -> dict[str, Any]:
    """Where a mapping reads a kind, its left names are that kind's fields."""
    known = sorted(fields_read(kind))
    translated = "|".join(sorted(TRANSLATED & set(known)))
    names: list[dict[str, Any]] = [{"enum": known}, {"pattern": _OWN}]
    if translated:
        names.append({"pattern": rf"^({translated})\.[a-z]{{2,3}}$"})
    return _where("reads", kind, {"propertyNames": {"anyOf": names}, "properties": _described(kind)})


def _described(kind: Kind) -> dict[str, Any]:
    return {name: {"description": each.doc} for name, each in fields_read(kind).items() if each.doc}


def _written() -> list[dict[str, Any]]:
    """Where a mapping writes a kind, a short right side may be one of that kind's fields (others are formulas or helpers)."""
    found = []
    for kind in Kind:
        known = sorted(fields_written(kind))
        if known:
            hint = {"anyOf": [{"enum": known}, {"type": [*_TEXT, "array", "object", "null"]}]}
            found.append(_where("writes", kind, {"additionalProperties": hint}))
    return found


def _where(side: str, kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    condition = {"properties": {side: {"const": kind.value}}, "required": [side]}
    return {"if": condition, "then": {"properties": {"fields": fields}}}


def _eased(part: Any) -> Any:
    """The schema as YAML is written here: any scalar is a text, and one value may stand for a list."""
    if isinstance(part, list):
        return [_eased(each) for each in part]
    if not isinstance(part, dict):
        return part
    eased = {key: _eased(value) for key, value in part.items() if key not in ("default", "title", "properties")}
    if "properties" in part:  # a mapping has keys of these names itself
        eased["properties"] = {key: _eased(value) for key, value in part["properties"].items()}
    match eased.get("type"):
        case "string" if "enum" not in eased:
            return {key: value for key, value in eased.items() if key not in ("pattern", "format")} | {"type": _TEXT}
        case "integer" | "number" | "boolean":
            return {"type": _TEXT}
        case "array":
            return {"anyOf": [eased, eased.get("items", {}), {"type": "null"}]}
    return eased


__all__ = ["HINT", "SCHEMA", "json_schema", "schema_text"]
