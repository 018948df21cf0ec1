"""Commands that mend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.config.workspace import open_workspace
from hub.service.lock import hold
from tests.cli.conftest import Run


@pytest.fixture
def unknown(run: Run, home: Path) -> Path:
    """A workspace in which an order was refused since one of its products was not published yet, and now is."""
    samples = home / "mappings"
    order = (samples / "webshop-orders.examples/orders.csv").read_text(encoding="utf-8")
    (home / "inbox/webshop/orders.csv").write_text(order, encoding="utf-8")
    assert run("once", "--home", home).exit_code == 0
    products = (samples / "supplier-products.examples/products.csv").read_bytes()
    (home / "inbox/supplier/products.csv").write_bytes(products)
    assert run("once", "--home", home).exit_code == 0
    return home


def file(run: Run, home: Path, number: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run("file", number, "--home", home, "--json").stdout)["file"]
    return told


def number_of(run: Run, home: Path, name: str) -> int:
    return next(int(each["id"]) for each in json.loads(run("files", "--home", home, "--json").stdout) if each["name"] == name)


def test_replay_shows_what_would_change_and_changes_nothing(run: Run, unknown: Path) -> None:
    shown = run("replay", "--dry-run", 1, "--home", unknown)
    assert shown.exit_code == 0
    assert "404 → 200" in shown.stdout
    assert "Created split to supplier" in shown.stdout
    assert file(run, unknown, 1)["answer"] == 404
    assert json.loads(run("export", "orders", "--home", unknown).stdout) == []


def test_replay_processes_a_file_once_more_and_answers_it_again(run: Run, unknown: Path) -> None:
    (told,) = json.loads(run("replay", 1, "--home", unknown, "--json").stdout)
    assert (told["before"], told["after"], told["counts"]["accepted"]) == (404, 200, 1)
    assert file(run, unknown, 1)["answer"] == 200
    assert (unknown / "outbox/webshop/orders.csv.2.answer.json").exists()
    assert list((unknown / "outbox/supplier").glob("order_*"))


def test_replay_gives_way_to_a_running_hub_but_a_dry_run_works_beside_it(
    run: Run, unknown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.service.lock.WRITER", 0.2)
    with hold(open_workspace(unknown), 0):
        assert run("replay", 1, "--home", unknown).exit_code == 1
        assert run("replay", "--dry-run", 1, "--home", unknown).exit_code == 0


def test_retry_delivers_a_file_again_at_once_or_leaves_it_to_the_running_hub(run: Run, unknown: Path) -> None:
    marked = unknown / "outbox/webshop/orders.marked.csv"
    number = number_of(run, unknown, marked.name)
    before = marked.read_bytes()
    marked.unlink()
    with hold(open_workspace(unknown), 0):
        beside = run("retry", number, "--home", unknown)
    assert beside.exit_code == 0
    assert "a hub is running" in beside.stderr
    assert not marked.exists()
    assert run("retry", number, "--home", unknown).exit_code == 0
    assert marked.read_bytes() == before


def test_retry_of_what_needs_none_says_so_and_is_exit_1(run: Run, unknown: Path) -> None:
    products = number_of(run, unknown, "products.csv")
    done = run("retry", products, "--home", unknown, "--json")
    assert done.exit_code == 1
    (only,) = json.loads(done.stdout)
    assert (only["id"], only["done"]) == (str(products), False)
    missing = run("retry", 999, "--home", unknown)
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert run("retry", "--home", unknown).exit_code == 2


def test_release_sends_on_an_order_that_was_held_back(run: Run, unknown: Path) -> None:
    assert run("replay", 1, "--home", unknown).exit_code == 0
    result = run("release", "1001", "--home", unknown)
    assert result.exit_code == 1
    assert result.stderr == "order 1001 of webshop is not held back\n"
    assert run("release", "4711", "--home", unknown).exit_code == 1
