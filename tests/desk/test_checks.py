"""Everything that is wrong with what admins wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config.init import init_workspace
from hub.config.workspace import open_workspace
from hub.config.yaml import Finding
from hub.desk.checks import all_findings, unreachable
from hub.domain.problems import Level
from hub.mapping.library import Library


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "w")
    return tmp_path / "w"


def findings(home: Path) -> list[Finding]:
    return all_findings(open_workspace(home), Library(home))


def edit(home: Path, partner: str, before: str, after: str) -> None:
    path = home / "config" / "partners" / f"{partner}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_new_workspace_has_no_findings(home: Path) -> None:
    assert findings(home) == []


@pytest.mark.parametrize(
    ("partner", "before", "after", "path", "said"),
    [
        ("webshop", "mapping: webshop-orders", "mapping: webshop-statuses", "receive.mapping", "writes statuses"),
        ("webshop", "mapping: webshop-orders", "mapping: supplier-products", "receive.mapping", "products come from"),
        ("supplier", "mapping: supplier-shipments", "mapping: supplier-products", "send.mapping", "reads products"),
        ("supplier", "mapping: supplier-shipments", "mapping: webshop-statuses", "send.mapping", "statuses are written to"),
        ("webshop", "mapping: webshop-orders", "mapping: webshop-order", "receive.mapping", "there is no mapping"),
        ("webshop", 'files: "orders*.csv"', 'files: "orders{.csv"', "receive.files", "brace"),
    ],
)
def test_a_mapping_in_the_wrong_place_is_an_error_at_its_line(
    home: Path, partner: str, before: str, after: str, path: str, said: str
) -> None:
    edit(home, partner, before, after)
    (found,) = [each for each in findings(home) if each.level is Level.ERROR]
    assert found.file == f"config/partners/{partner}.yaml"
    assert found.line > 1
    assert found.path == path
    assert said in found.what


@pytest.mark.parametrize(
    ("partner", "before", "after", "said"),
    [
        ("supplier", "\nsend:\n  - {mapping: supplier-shipments, on: change}", "", "no shipments are sent to supplier"),
        ("webshop", "\nsend:\n  - {mapping: webshop-statuses, every: 1h}", "", "no statuses are sent to webshop"),
    ],
)
def test_what_is_left_out_is_a_warning(home: Path, partner: str, before: str, after: str, said: str) -> None:
    edit(home, partner, before, after)
    (found,) = findings(home)
    assert (found.level, said in found.what) == (Level.WARNING, True)


def test_a_retailer_without_catalogue_is_a_warning(home: Path) -> None:
    text = (home / "config/partners/webshop.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("catalogs:", "  - {id: main"))]
    (home / "config/partners/webshop.yaml").write_text("\n".join(kept), encoding="utf-8")
    (found,) = findings(home)
    assert (found.level, found.path) == (Level.WARNING, "catalogs")


def test_a_partner_who_is_switched_off_need_not_be_told_anything(home: Path) -> None:
    edit(home, "supplier", "\nsend:\n  - {mapping: supplier-shipments, on: change}", "\nactive: no")
    assert findings(home) == []


def test_a_folder_that_cannot_be_made_is_found_when_channels_are_tried(home: Path) -> None:
    assert unreachable(open_workspace(home)) == []
    (home / "blocked").write_text("a file", encoding="utf-8")
    edit(home, "supplier", "channel: {type: local}", "channel: {type: local, inbox: blocked/in}")
    (found,) = unreachable(open_workspace(home))
    assert found.path == "channel.inbox"
