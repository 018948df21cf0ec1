"""What would not print is said before anybody misses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config.workspace import open_workspace
from hub.desk.prints import print_findings, running_out
from hub.domain.problems import Level
from hub.store.connection import open_store
from hub.store.series import draw_within

SUPPLIER = (
    "name: {name}\nrole: supplier\nchannel: {{type: local}}\ntracking: {{prefix: X, digits: 3, from: {first}, to: {last}}}\n"
)
RETAILER = """name: Nord
role: retailer
address: {{name: N, address1: A, city: C, country: FI}}
channel: {{type: local}}
papers: {papers}
"""
PNG = b"\x89PNG\r\n\x1a\n rest"


def write(home: Path, name: str, text: str | bytes) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def found(home: Path) -> list[str]:
    (home / "config/partners").mkdir(parents=True, exist_ok=True)
    workspace = open_workspace(home)
    assert [str(each) for each in workspace.findings] == []
    return [str(each) for each in print_findings(workspace)]


@pytest.mark.parametrize(
    ("papers", "said"),
    [
        ("{logo: config/papers/logo.png}", []),
        ("{returns: Send it back within 14 days.}", []),
        ("{returns: config/papers/terms.txt}", []),
        ("{logo: config/papers/none.png}", ["there is no config/papers/none.png"]),
        ("{logo: config/papers/terms.txt.jpg}", ["is no PNG picture"]),
        ("{logo: ../logo.png}", ["lies outside of the workspace"]),
        ("{returns: /etc/hostname.txt}", ["lies outside of the workspace"]),
    ],
)
def test_a_picture_that_is_not_there_is_named_with_its_line(tmp_path: Path, papers: str, said: list[str]) -> None:
    write(tmp_path, "config/papers/logo.png", PNG)
    write(tmp_path, "config/papers/terms.txt", "Send it back.")
    write(tmp_path, "config/papers/terms.txt.jpg", b"\xff\xd8")
    write(tmp_path, "config/partners/nord.yaml", RETAILER.format(papers=papers))
    told = found(tmp_path)
    assert len(told) == len(said)
    for each, part in zip(told, said, strict=True):
        assert each.startswith("config/partners/nord.yaml:5: papers.")
        assert part in each


def test_a_template_of_the_workspace_is_tried_and_a_broken_one_named_with_its_line(tmp_path: Path) -> None:
    shipped = Path("hub/prints/templates/label.typ").read_text(encoding="utf-8")
    write(tmp_path, "prints/label.typ", shipped.replace("small[To]", "small[Recipient]"))
    assert found(tmp_path) == []
    write(tmp_path, "prints/label.typ", "#let papers(data) = {\n  data.papers.map(each => each.nme)\n}\n")
    (told,) = found(tmp_path)
    assert told.startswith("prints/label.typ:2: ")
    assert "nme" in told


def test_a_template_by_another_name_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "prints/labels.typ", "")
    assert found(tmp_path) == ["prints/labels.typ:1: is no template of the hub's, did you mean label.typ?"]


def test_ranges_that_overlap_are_an_error_and_the_same_range_is_shared(tmp_path: Path) -> None:
    write(tmp_path, "config/partners/ahti.yaml", SUPPLIER.format(name="Ahti", first=1, last=50))
    write(tmp_path, "config/partners/kivi.yaml", SUPPLIER.format(name="Kivi", first=51, last=99))
    assert found(tmp_path) == []
    write(tmp_path, "config/partners/kivi.yaml", SUPPLIER.format(name="Kivi", first=50, last=99))
    (told,) = found(tmp_path)
    assert told.startswith("config/partners/kivi.yaml:4: tracking: ahti draws some of the same")
    write(tmp_path, "config/partners/kivi.yaml", SUPPLIER.format(name="Kivi", first=1, last=50))
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("drawn", "said"), [(0, []), (44, []), (46, ["4 of 50"]), (49, ["1 of 50 tracking numbers is"]), (50, ["none of 50"])]
)
def test_numbers_that_run_out_are_a_warning_and_none_left_is_an_error(tmp_path: Path, drawn: int, said: list[str]) -> None:
    write(tmp_path, "config/partners/ahti.yaml", SUPPLIER.format(name="Ahti", first=1, last=50))
    workspace, store = open_workspace(tmp_path), open_store("sqlite:///var/hub.db", tmp_path)
    numbers = workspace.partners["ahti"].tracking
    assert numbers is not None
    with store.change() as db:
        for _ in range(drawn):
            draw_within(db, numbers.range().series, 1, 50)
        findings = running_out(db, workspace)
    store.close()
    told = [str(each) for each in findings]
    assert all((each.level is Level.ERROR) == (drawn == 50) for each in findings)
    assert len(told) == len(said)
    assert all(part in each for part, each in zip(said, told, strict=True))
