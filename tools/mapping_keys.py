"""The page docs/reference/mapping-keys.md, from the models and the one place that says what each key is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hub.mapping.keys import TABLES, key_names, says
from hub.mapping.schema import json_schema
from hub.mapping.template import Template

_MADE = "<!-- Made from the code; change it there. -->\n\n"


def mapping_keys_page() -> str:
    """Every key of a mapping file: what it is for and which words it takes."""
    schema = json_schema()
    parts = [
        f"{_MADE}# Keys of a mapping\n\nYAML; every value is read as text. One value may stand for a list. "
        "`hub mapping schema` prints the same for editors. How they work together is told in the guide.\n"
    ]
    for table, (model, about) in TABLES.items():
        part = schema if model is Template else schema["$defs"].get(model.__name__, {})
        rows = [
            f"| `{key}` | {_words(schema, part.get('properties', {}).get(key, {}))} | {_cell(says(table, key))} |"
            for key in key_names(model)
        ]
        title = f"`{table}`: {about}" if table else about.capitalize()
        parts.append("\n".join([f"## {title}\n", "| key | words | what it is for |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _words(schema: dict[str, Any], part: dict[str, Any]) -> str:
    found = dict.fromkeys(word for word in _enums(schema, part) if word.isprintable())
    return ", ".join(f"`{_cell(word)}`" for word in found)


def _enums(schema: dict[str, Any], part: Any) -> Iterator[str]:
    """The words of a closed list, looked for through references and alternatives."""
    if not isinstance(part, dict):
        return
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name in schema["$defs"] and "enum" in schema["$defs"][name]:
        part = schema["$defs"][name]
    yield from (str(each) if isinstance(each, str) else json.dumps(each) for each in part.get("enum", []))
    for each in (*part.get("anyOf", []), *part.get("allOf", [])):
        yield from _enums(schema, each)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
