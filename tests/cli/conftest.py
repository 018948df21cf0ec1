"""Workspaces for the tests of the command line, and the command itself in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli.main import app
from hub.config.init import init_workspace
from hub.flow.parser import InProcess
from hub.service.once import once
from hub.service.wiring import open_hub

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("files", "--json")` is `hub files --json`."""
    monkeypatch.delenv("HUB_HOME", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def command(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)

    return command


def write(home: Path, path: str, text: str) -> Path:
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A new workspace that takes files at once."""
    init_workspace(tmp_path / "hub home")
    write(tmp_path / "hub home", "config/hub.yaml", "settle: 0s\n")
    return tmp_path / "hub home"


@pytest.fixture(scope="session")
def _worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("worked") / "w"
    init_workspace(made)
    write(made, "config/hub.yaml", "settle: 0s\n")
    for partner, sample in (("supplier", "supplier-products"), ("webshop", "webshop-orders")):
        shutil.copytree(made / "mappings" / f"{sample}.examples", made / "inbox" / partner, dirs_exist_ok=True)
    for path in (made / "inbox").rglob("*.json"):
        path.unlink()
    (made / "inbox" / "webshop" / "orders-bad.csv").write_text("Order,Date\n", encoding="utf-8")
    (made / "inbox" / "stranger").mkdir()
    (made / "inbox" / "stranger" / "a.csv").write_text("x", encoding="utf-8")
    hub = open_hub(made, parser=InProcess())
    once(hub, send_all=True)
    hub.close()
    return made


@pytest.fixture
def worked(_worked: Path, tmp_path: Path) -> Path:
    """A workspace in which the sample order has been split and sent, and one file was refused."""
    return Path(shutil.copytree(_worked, tmp_path / "w"))
