"""The demonstration, run as people run it: it comes out as told, wherever the hub lies and however wide the screen is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli.demo import SCENES, SHIPMENTS, sample_workspace


def tell(tmp_path: Path, columns: int) -> subprocess.CompletedProcess[str]:
    around = {**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "hub", "demo"]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=around, check=False, timeout=120)


@pytest.mark.parametrize("columns", [80, 120])
def test_the_story_comes_out_as_told_and_fits_the_screen(tmp_path: Path, columns: int) -> None:
    told = tell(tmp_path, columns)
    assert (told.returncode, told.stderr) == (0, "")
    for figure in ("16 files in", "6 orders", "4 of them split", "10 shipments", "10 of 10", "Write Delivered."):
        assert figure in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= columns


def test_what_the_story_shows_lies_in_a_workspace_of_its_own(tmp_path: Path) -> None:
    tell(tmp_path, 80)
    (home,) = tmp_path.glob("hub-demo-*")
    marked = (home / "outbox/kivi/tuotteet.marked.csv").read_bytes().decode("cp1252")
    assert "400.ean [EAN]: is no EAN any more" in marked
    assert "toimitettu osittain" in (home / "outbox/nordshop/tilat_0001.csv").read_text("utf-8")
    assert "Жанна Õunapuu" in next((home / "outbox/solros").glob("orders_*.csv")).read_text("utf-8")
    assert "S00000001;1;" in next((home / "outbox/lumi").glob("bookings_*.csv")).read_text("utf-8")
    despatches = sorted((home / "outbox/merepood").glob("*despatch*"))
    assert any("LUMI0000000017" in each.read_text("utf-8") for each in despatches)
    assert "settle: 0s" in (home / "config/hub.yaml").read_text("utf-8")


def test_every_file_that_the_story_drops_is_told() -> None:
    """A file under story/ that no scene names would be shown to nobody."""
    story = Path(__file__).parents[2] / "hub/cli/story"
    there = {str(path.relative_to(story)) for path in story.rglob("*") if path.is_file()}
    told = {f"{scene.folder}/{drop}" for scene in SCENES if scene.folder for drop in scene.drops}
    assert there == told
    assert sum(SHIPMENTS.values()) == 10
    assert (sample_workspace() / "config/partners/kivi.yaml").is_file()
