"""The repository's own workspace: what an admin sees first must be without fault and proved by its examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config.workspace import open_workspace
from hub.desk.checks import all_findings
from hub.domain.kinds import Kind, Role
from hub.formats.layout import Format
from hub.mapping.examples import run_examples
from hub.mapping.library import BASE, Library

ROOT = Path(__file__).parents[1]
LIBRARY = Library(ROOT)


def test_the_sample_workspace_has_no_findings() -> None:
    assert [str(each) for each in all_findings(open_workspace(ROOT), LIBRARY)] == []


@pytest.mark.parametrize("name", LIBRARY.names())
def test_a_sample_mapping_does_what_its_examples_say(name: str) -> None:
    results = run_examples(LIBRARY.get(name), LIBRARY.examples_folder(name))
    assert results
    assert {each.case: each.diff for each in results if not each.passed} == {}


def test_the_samples_show_every_document_and_both_formats() -> None:
    mappings = [LIBRARY.get(name) for name in LIBRARY.names()]
    later = {Kind.ANSWERS}
    assert {each.kind for each in mappings} == set(Kind) - later
    own = [each for each in mappings if not each.name.startswith(BASE)]
    assert {each.layout.format for each in own} == {Format.CSV, Format.EXCEL}


def test_the_samples_are_two_retailers_three_suppliers_and_a_carrier() -> None:
    roles = sorted(each.role for each in open_workspace(ROOT).partners.values())
    assert roles == [Role.CARRIER] + [Role.RETAILER] * 2 + [Role.SUPPLIER] * 3


def test_every_sample_mapping_is_used_or_extended() -> None:
    partners = open_workspace(ROOT).partners.values()
    used = {name for each in partners for receive in each.receive for name in receive.mapping}
    used |= {send.mapping for each in partners for send in each.send}
    assert {name for name in LIBRARY.names() if not name.startswith(BASE)} - used == set()
