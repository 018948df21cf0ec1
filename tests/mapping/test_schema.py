"""The schema that editors use accepts every mapping that the hub accepts, and refuses plain mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from hub.mapping.schema import json_schema

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared/reference/mappings"
FOLDERS = (ROOT / "mappings", ROOT / "mappings/base", ROOT / "hub/config/sample/mappings", REFERENCE)


def wrong(text: str) -> list[str]:
    mapping: Any = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(mapping)]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda each: each.name)
def test_an_editor_has_nothing_against_a_sound_mapping(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name}: ../shared is not here")
    found = {path.name: wrong(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))}
    assert found
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "text",
    [
        "reads: product\nfields: {sku: A}",
        "reads: products\nfile: {formt: csv}\nfields: {sku: A}",
        "reads: products\nfields: {sku: {form: A}}",
        "reads: products\nfields: {colour: A}",
        "reads: products\nfile: {delimiter: star}\nfields: {sku: A}",
    ],
)
def test_an_editor_shows_a_plain_mistake(text: str) -> None:
    assert wrong(text)
