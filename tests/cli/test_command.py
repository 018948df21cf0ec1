"""The command as a process: where it works, what it returns, what goes where."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from hub import __version__
from hub.cli.main import app
from hub.config.workspace import open_workspace
from hub.service.lock import hold
from tests.cli.conftest import Run


def hub(*words: object, home: Path | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "HUB_HOME"}
    if home is not None:
        environment["HUB_HOME"] = str(home)
    command = [sys.executable, "-m", "hub", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, check=False, timeout=120)


def test_home_may_stand_before_or_after_the_command_or_in_the_environment_or_be_the_current_folder(
    run: Run, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = run("files", "--json", "--home", worked).stdout
    assert len(json.loads(wanted)) > 1
    assert run("--home", worked, "files", "--json").stdout == wanted
    assert run("--home", "/nowhere", "files", "--home", worked, "--json").stdout == wanted
    assert hub("files", "--json", cwd=worked).stdout == wanted
    assert hub("files", "--json", home=worked).stdout == wanted
    monkeypatch.setenv("HUB_HOME", "/nowhere")
    assert run("files", "--json").exit_code == 1
    assert run("files", "--json", "--home", worked).stdout == wanted
    for words in (
        ("--home", worked, "mapping", "check"),
        ("mapping", "--home", worked, "check"),
        ("mapping", "check", "--home", worked),
    ):
        assert run(*words).exit_code == 0


@pytest.mark.parametrize("words", [("bogus",), ("file", "x"), ("export",), ("files", "--nope"), ("mapping", "tri")])
def test_wrong_usage_is_exit_2_with_nothing_on_stdout(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "things"), "'things' is not one of 'orders'"),
        (("export", "orders", "--format", "pdf"), "'pdf' is not one of 'json', 'csv', 'xlsx'"),
        (("files", "--limit", "ten"), "saw 'ten', a whole number is wanted"),
        (("files", "--limit", "-3"), "saw '-3', the least is 0"),
        (("mapping", "suggest", __file__, "--kind", "ordres"), "saw 'ordres'. Did you mean orders?"),
    ],
)
def test_a_word_that_was_typed_wrongly_is_told_as_a_person_would(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert f": {said}" in result.stderr
    assert "Value error" not in result.stderr
    assert "Input should" not in result.stderr


def test_a_terminal_that_lacks_letters_shows_the_rest(worked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for words in (("files",), ("status",), ("trace", "1001")):
        shown = hub(*words, home=worked)
        assert shown.returncode == 0, shown.stderr
    assert "products.csv" in hub("files", home=worked).stdout
    whole = hub("files", "--json", home=worked)
    assert json.loads(whole.stdout)[0]["name"] == "products.csv"


def test_the_version_is_told() -> None:
    told = hub("--version")
    assert (told.returncode, told.stdout) == (0, f"hub {__version__}\n")


def test_help_costs_less_than_four_tenths_of_a_second() -> None:
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert hub("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.4, spent


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "demo",
        "check",
        "once",
        "run",
        "status",
        "files",
        "file",
        "trace",
        "retry",
        "replay",
        "release",
        "export",
        "mapping",
    ],
)
def test_every_command_says_what_it_does_and_gives_an_example(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert "Example: hub " in shown.stdout or command in ("demo", "mapping")
    line = next(each for each in run("--help").stdout.splitlines() if each.strip().startswith(f"{command} "))
    assert not line.endswith("...")


def test_once_tells_what_it_did_on_stderr_and_as_json_on_stdout(run: Run, home: Path) -> None:
    shutil.copy(home / "mappings/supplier-products.examples/products.csv", home / "inbox/supplier/products.csv")
    first = run("once", "--home", home)
    assert (first.exit_code, first.stdout) == (0, "")
    assert first.stderr == "1 file taken (1 answered 200); 1 file sent\n"
    second = run("once", "--now", "--home", home, "--json")
    assert json.loads(second.stdout) == {"taken": 0, "answers": {}, "sent": 0, "quarantined": 0, "unreachable": []}


def test_once_refuses_a_wrong_configuration_with_all_its_lines(run: Run, home: Path) -> None:
    (home / "config/partners/webshop.yaml").write_text("name: W\nrole: pirate\n", encoding="utf-8")
    result = run("once", "--home", home)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "config/partners/webshop.yaml:2: role: " in result.stderr


def test_a_second_hub_waits_and_then_gives_way(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.service.lock.SECOND_HUB", 0.2)
    with hold(open_workspace(home), 0):
        result = run("once", "--home", home)
    assert result.exit_code == 1
    assert result.stderr.startswith("hub: another hub ")


def test_a_reader_that_wants_no_more_is_no_failure(worked: Path) -> None:
    for words in ("files --json", "export files", "files", "export files --format csv"):
        line = f"{sys.executable} -m hub --home '{worked}' {words}"
        reader, writer = os.pipe()
        os.close(reader)
        told = subprocess.run(["/bin/sh", "-c", line], stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        os.close(writer)
        assert (told.returncode, told.stderr) == (0, ""), words


def test_a_fault_of_the_hub_is_one_line_and_its_story_lies_in_the_log(
    run: Run, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_words: object) -> None:
        raise ZeroDivisionError("invented")

    monkeypatch.setattr("hub.desk.trace.trace", fail)
    result = run("trace", "1001", "--home", worked)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "hub: internal error, ZeroDivisionError; the whole story is in var/log/errors.log\n"
    assert "invented" in (worked / "var/log/errors.log").read_text(encoding="utf-8")


def test_data_is_utf_8_whatever_the_terminal_is_set_to(worked: Path) -> None:
    environment = os.environ | {"HUB_HOME": str(worked), "PYTHONIOENCODING": "ascii", "COLUMNS": "200"}
    command = [sys.executable, "-m", "hub", "export", "order-lines"]
    told = subprocess.run(command, capture_output=True, env=environment, check=True, timeout=60)
    assert json.loads(told.stdout.decode("utf-8"))


def test_run_works_until_sigterm_and_ends_with_0(home: Path) -> None:
    (home / "config/hub.yaml").write_text("settle: 0s\npoll: 1s\n", encoding="utf-8")
    shutil.copy(home / "mappings/supplier-products.examples/products.csv", home / "inbox/supplier/products.csv")
    command = [sys.executable, "-m", "hub", "run", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as daemon:
        answer = home / "outbox/supplier/products.csv.answer.json"
        until = time.monotonic() + 60
        while not answer.exists() and time.monotonic() < until:
            time.sleep(0.1)
        listed = hub("files", "--json", "--home", home)
        daemon.send_signal(signal.SIGTERM)
        out, err = daemon.communicate(timeout=60)
    assert answer.exists(), err
    assert (daemon.returncode, out) == (0, "")
    assert json.loads(listed.stdout)[0]["name"] == "products.csv"


def _commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += _commands(command, (*path, name)) if hasattr(command, "commands") else [(*path, name)]
    return found


@pytest.mark.parametrize("command", _commands(typer.main.get_command(app)), ids=" ".join)
def test_every_command_takes_its_workspace_behind_it(run: Run, command: tuple[str, ...]) -> None:
    assert "--home" in run(*command, "--help").stdout
