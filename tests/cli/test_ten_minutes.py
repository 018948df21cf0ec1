"""The guide from a dropped file to a live mapping, done step by step as it is written."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from hub.config.yaml import load_text
from tests.cli.conftest import Run, write

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "mappings-in-ten-minutes.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")) if kind == language]


def commands() -> list[str]:
    return [line for text in blocks("") for line in text.splitlines() if line.startswith(("hub ", "mkdir ", "cp "))]


def data(text: str) -> object:
    loaded, findings = load_text(text.encode(), "x")
    assert loaded is not None, findings
    return loaded.data


def obey(run: Run, home: Path, line: str) -> str:
    """Do one line of the guide in the workspace; what a command prints."""
    line, _, into = line.partition(" > ")
    words = shlex.split(line)
    match words:
        case ["mkdir", folder]:
            (home / folder).mkdir()
            return ""
        case ["cp", file, folder]:
            shutil.copy(home / file, home / folder)
            return ""
    told = run(*(str(home / word) if (home / word).is_file() else word for word in words[1:]), "--home", home)
    assert told.exit_code == 0, told.stderr
    if into:
        (home / into).write_text(told.stdout, encoding="utf-8")
    return told.stdout


@pytest.fixture
def at_work(home: Path) -> Path:
    write(home, "config/partners/ahti.yaml", blocks("yaml")[0])
    write(home, "hinnasto.csv", blocks("")[0])
    return home


def test_the_guide_is_true_from_the_file_to_the_answer(run: Run, at_work: Path) -> None:
    told = {line: obey(run, at_work, line) for line in commands()}
    drafted = (at_work / "mappings/ahti-products.yaml").read_text(encoding="utf-8")
    partner, shown, receive = blocks("yaml")
    assert data(drafted) == data(shown)
    for row in shown.splitlines():
        assert " ".join(row.split()) in " ".join(drafted.split()), row
    assert "`2 records, 1 row passed over, no problem.`" in GUIDE.read_text(encoding="utf-8")
    assert "2 records, 1 row passed over, no problem." in drafted
    tried = told["hub mapping try ahti-products hinnasto.csv --row 5"]
    assert re.search(r"weight +E5 +Paino \(g\) +85000 +unit g: 85 +85", tried), tried
    assert "wrote hinnasto.expected.json" in told["hub mapping test ahti-products --write"]
    write(at_work, "config/partners/ahti.yaml", partner + receive)
    assert run("check", "--home", at_work).exit_code == 0
    write(at_work, "inbox/ahti/hinnasto.csv", blocks("")[0])
    assert run("once", "--home", at_work).exit_code == 0
    answer = json.loads((at_work / "outbox/ahti/hinnasto.csv.answer.json").read_text(encoding="utf-8"))
    assert (answer["answer"], answer["mapping"], answer["counts"]["accepted"]) == (200, "ahti-products", 2)


def test_what_the_guide_offers_besides_is_there(run: Run, at_work: Path) -> None:
    for line in commands():
        obey(run, at_work, line)
    shutil.copy(at_work / "mappings/ahti-products.yaml", at_work / "mappings/ahti-new.yaml")
    offered = re.findall(r"`(hub mapping [^`]+)`", GUIDE.read_text(encoding="utf-8").rsplit("## And then", 1)[1])
    assert len(offered) == 7
    for line in offered:
        obey(run, at_work, re.sub(r"\bm\.xlsx", shlex.quote(str(at_work / "m.xlsx")), line))
