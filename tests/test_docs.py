"""Documents that cannot lie: what is made from the code is compared with it, what is written by hand is tried."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from hub.domain.problems import MEANING, Code
from hub.mapping.library import Library
from hub.mapping.schema import SCHEMA, schema_text
from tests.ends.place import Place
from tools.reference import PAGES, commands

ROOT = Path(__file__).parents[1]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HUB = re.compile(r"(?:^|`|\s|/)hub ((?:mapping )?[a-z]+)\b(?! is\b)")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    """When it is not: make docs."""
    assert text(ROOT / "docs/reference" / name) == PAGES[name]()


def test_the_schema_beside_the_mappings_is_what_the_code_says() -> None:
    """When it is not: make docs."""
    assert text(ROOT / "mappings" / SCHEMA) == schema_text()
    assert {path.name for path in (ROOT / "mappings").glob("*.yaml") if f"$schema={SCHEMA}" not in text(path)} == set()


def test_every_code_has_a_meaning_of_one_sentence() -> None:
    assert set(MEANING) == set(Code)
    assert not [says for says in MEANING.values() if not says.strip() or "\n" in says or says.endswith(".")]


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(text(path)):
        if link.startswith(("http://", "https://")):
            continue
        file, _, heading = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if heading:
            assert heading in {_anchor(line) for line in text(target).splitlines() if line.startswith("#")}, link


def _anchor(line: str) -> str:
    return re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_knows_this_machine(path: Path) -> None:
    assert not re.search(r"/(work|tmp|root|home/\w+)/", text(path))
    assert str(ROOT) not in text(path)


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_shows_exists(path: Path) -> None:
    known = {name.removeprefix("hub ") for name, _ in commands()}
    for word in _HUB.findall("\n".join(_shown(text(path)))):
        assert word in known or word == "mapping", f"hub {word}"


def _shown(page: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    plain = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    return [*blocks, *(each for each in re.findall(r"`([^`\n]+)`", plain) if each.startswith(("hub ", ".venv/bin/hub ")))]


def test_the_readme_names_every_command_and_every_make_target_that_it_shows_exists() -> None:
    readme = text(ROOT / "README.md")
    missing = [name for name, _ in commands() if name not in readme]
    assert missing == []
    targets = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b *(?:#|`|$)", readme, re.MULTILINE)) <= targets


_TEST = re.compile(r"`((?:[a-z_]+/)+[a-z_]+(?:\.py)?)(?:::(\w+))?`")


@pytest.mark.parametrize("page", ["README.md", "docs/reference/faults.md"])
def test_every_test_that_a_table_of_faults_names_is_there(page: str) -> None:
    rows = [line for line in text(ROOT / page).splitlines() if line.startswith("|") and re.search(r"test_|tests/", line)]
    named = [each for line in rows for each in _TEST.findall(line) if "test" in each[0] or each[0].startswith("crash")]
    assert len(named) > 20
    for path, name in named:
        where = ROOT / "tests" / path.removeprefix("tests/")
        assert where.exists(), path
        assert not name or f"def {name}(" in text(where), f"{path}::{name}"


def test_the_readme_shows_what_the_hub_really_answers(tmp_path: Path) -> None:
    dropped, marked = re.findall(r"```csv\n(.*?)```", text(ROOT / "README.md"), re.DOTALL)
    for folder in ("config", "mappings"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    place = Place(tmp_path)
    place.drop("kivi", "tuotteet.csv", dropped)
    assert place.once().answers == {207: 1}
    assert (tmp_path / "outbox/kivi/tuotteet.marked.csv").read_text("utf-8") == marked
    assert place.answer("kivi", "tuotteet.csv")["counts"]["accepted"] == 2


def test_the_mappings_that_the_guide_shows_are_sound(tmp_path: Path) -> None:
    whole = [
        each for each in re.findall(r"```yaml\n(.*?)```", text(ROOT / "docs/guide/mappings.md"), re.DOTALL) if "fields:" in each
    ]
    (tmp_path / "mappings").mkdir()
    shutil.copytree(ROOT / "mappings/maps", tmp_path / "mappings/maps")
    for number, each in enumerate(whole):
        (tmp_path / f"mappings/shown{number}.yaml").write_text(each, "utf-8")
    findings = [str(each) for each in Library(tmp_path).findings() if "has no examples" not in str(each)]
    assert len(whole) == 2
    assert findings == []
