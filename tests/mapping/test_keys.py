"""Every key of a mapping file is explained, and the page about them says what the models say."""

from __future__ import annotations

import pytest

from hub.mapping.keys import SAYS, TABLES, key_names
from hub.mapping.schema import json_schema


@pytest.mark.parametrize("table", TABLES)
def test_every_key_says_what_it_is_for(table: str) -> None:
    assert set(SAYS[table]) == set(key_names(TABLES[table][0]))
    assert all(SAYS[table].values())


def test_an_editor_is_told_what_a_key_is_for() -> None:
    assert json_schema()["$defs"]["Layout"]["properties"]["group"]["description"].startswith("rows with the same value")
