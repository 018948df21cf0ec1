"""Commands before the work, and those about mappings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write


def test_init_makes_a_workspace_that_check_has_nothing_to_say_about(run: Run, tmp_path: Path) -> None:
    made = run("init", tmp_path / "new")
    assert (made.exit_code, made.stdout) == (0, "")
    checked = run("check", "--connect", "--home", tmp_path / "new")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "0 errors, 0 warnings" in checked.stderr
    again = run("init", tmp_path / "new")
    assert again.exit_code == 1


def test_check_tells_every_error_as_file_line_what_cure_and_exits_1(run: Run, home: Path) -> None:
    write(home, "config/hub.yaml", "settle: 0s\npol: 5s\n")
    write(home, "mappings/bad.yaml", "reads: orders\nfields: {nubmer: A}\n")
    result = run("check", "--home", home)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any(each.startswith("config/hub.yaml:2: pol: ") for each in lines)
    assert any(each.startswith("mappings/bad.yaml:2: fields.nubmer: ") for each in lines)
    told = json.loads(run("check", "--home", home, "--json").stdout)
    assert {"file", "line", "path", "what", "cure", "level"} == set(told[0])
    assert len(told) == len(lines)


def test_warnings_are_no_failure_and_say_that_they_are_warnings(run: Run, home: Path) -> None:
    write(home, "mappings/new.yaml", "reads: stock\nfields: {sku: A, stock: B}\n")
    result = run("check", "--home", home)
    assert result.exit_code == 0
    assert result.stdout.startswith("mappings/new.yaml:1: warning: ")


def test_a_folder_that_is_no_workspace_is_said_to_be_none_and_stays_empty(run: Run, tmp_path: Path) -> None:
    for words in (("check",), ("status",), ("once",), ("run",), ("mapping", "check"), ("export", "orders")):
        result = run(*words, "--home", tmp_path)
        assert result.exit_code == 1
        assert "is no workspace" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_mapping_check_is_about_one_mapping_or_all(run: Run, home: Path) -> None:
    write(home, "mappings/bad.yaml", "reads: orders\nfields: {nubmer: A}\n")
    assert run("mapping", "check", "webshop-orders", "--home", home).exit_code == 0
    bad = run("mapping", "check", "--home", home)
    assert bad.exit_code == 1
    assert "mappings/bad.yaml:2" in bad.stdout
    unknown = run("mapping", "check", "webshop-order", "--home", home)
    assert unknown.exit_code == 1
    assert "webshop-orders" in unknown.stderr


def test_mapping_test_proves_examples_shows_what_differs_and_can_write_it_down(run: Run, home: Path) -> None:
    assert run("mapping", "test", "--home", home).exit_code == 0
    expected = home / "mappings/webshop-orders.examples/orders.expected.json"
    expected.write_text(expected.read_text(encoding="utf-8").replace("Helsinki", "Turku"), encoding="utf-8")
    failed = run("mapping", "test", "webshop-orders", "--home", home)
    assert failed.exit_code == 1
    assert "FAILED" in failed.stdout
    assert "Turku" in failed.stdout
    (only,) = json.loads(run("mapping", "test", "webshop-orders", "--home", home, "--json").stdout)
    assert (only["case"], only["passed"]) == ("orders", False)
    assert run("mapping", "test", "webshop-orders", "--write", "--home", home).exit_code == 0
    assert run("mapping", "test", "webshop-orders", "--home", home).exit_code == 0


def test_mapping_try_shows_each_field_from_its_cell_to_its_value(run: Run, home: Path) -> None:
    sample = home / "mappings/supplier-products.examples/products.csv"
    shown = run("mapping", "try", "supplier-products", sample, "--home", home)
    assert shown.exit_code == 0, shown.output
    (price,) = json.loads(
        run("mapping", "try", "supplier-products", sample, "--row", 3, "--field", "price", "--home", home, "--json").stdout
    )
    assert (price["row"], price["text"], price["value"], price["problem"]) == (3, "19,90", "19.9", None)


def test_mapping_try_shows_a_bad_cell_with_its_code_and_cure(run: Run, home: Path) -> None:
    sample = write(home, "bad.csv", "Code;EAN;Name;Price;VAT;Weight (g);Stock;Wholesale\nA-1;;Muki;12.50.1;25,5;1;1;1\n")
    shown = run("mapping", "try", "supplier-products", sample, "--home", home)
    assert shown.exit_code == 0
    assert "400.number" in shown.stdout


def test_mapping_try_says_in_a_line_why_a_file_or_row_cannot_be_shown(run: Run, home: Path) -> None:
    sample = home / "mappings/webshop-orders.examples/orders.csv"
    for words in (("webshop-orders", sample, "--row", 99), ("webshop-statuses", sample), ("supplier-products", sample)):
        result = run("mapping", "try", *words, "--home", home)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr
    assert run("mapping", "try", "webshop-orders", home / "nowhere.csv", "--home", home).exit_code == 2


SERVER = """\
name: Supplier Oy
role: supplier
channel:
  type: sftp
  host: sftp.supplier.test
  username: hub
  {login}
  known_hosts: config/known_hosts
  inbox: /to-hub
send: [{{mapping: supplier-shipments, on: change}}]
"""


@pytest.mark.parametrize(
    ("login", "said"), [("password: env:NOT_SET", "NOT_SET is not set"), ("key: file:secrets/k", "secrets/k is not")]
)
def test_check_warns_of_a_secret_and_of_known_hosts_that_are_not_there(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, login: str, said: str
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    write(home, "config/partners/supplier.yaml", SERVER.format(login=login))
    told = run("check", "--home", home)
    assert told.exit_code == 0
    assert f"config/partners/supplier.yaml:7: warning: channel.{login.split(':', maxsplit=1)[0]}: {said}" in told.stdout
    assert "config/partners/supplier.yaml:8: warning: channel.known_hosts: there is no file config/known_hosts" in told.stdout
    monkeypatch.setenv("NOT_SET", "hush")
    write(home, "secrets/k", "hush\n")
    write(home, "config/known_hosts", "sftp.supplier.test ssh-ed25519 AAAA\n")
    sound = run("check", "--home", home)
    assert (sound.exit_code, sound.stdout) == (0, "")


def test_check_connect_says_of_a_file_where_a_folder_belongs_that_it_is_none(run: Run, home: Path) -> None:
    (home / "inbox" / "supplier").rmdir()
    write(home, "inbox/supplier", "Code;Name\n")
    told = run("check", "--connect", "--home", home)
    assert told.exit_code == 1
    assert "its inbox, supplier, is no folder, move it away" in told.stdout
