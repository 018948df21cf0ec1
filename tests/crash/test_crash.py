"""Killed, failed and raced at a sample of its system calls, the hub comes to what an undisturbed run comes to.

All points: `make crash`. The tools run in processes of their own, since they fork.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)


def test_killed_at_any_call_the_hub_comes_to_the_same_end() -> None:
    ran = tool("tests.crash.sweep", "--sample", "6", "--seed", "1", "--jobs", "1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("; 6 disturbed, 0 with differences") == 4


def test_failed_by_the_system_at_any_call_nothing_is_lost_and_the_next_run_completes() -> None:
    ran = tool("tests.crash.sweep", "--fault", "error", "--sample", "5", "--seed", "2", "--jobs", "1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(", 0 with differences") == 4


def test_partners_and_other_hubs_at_the_worst_moment_change_nothing() -> None:
    ran = tool("tests.crash.races")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [line.partition(":")[2].strip() for line in ran.stdout.splitlines()[-6:]] == ["well"] * 6


def test_every_mutant_of_the_protocol_is_noticed() -> None:
    ran = tool("tests.crash.notice")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(": noticed ") == 11


def test_whatever_a_power_cut_leaves_on_the_disk_the_hub_comes_to_the_same_end() -> None:
    ran = tool("tests.crash.power", "--sample", "8", "--jobs", "1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(" cut, 0 with differences") == 3


def test_a_reader_that_is_killed_in_the_middle_changes_nothing() -> None:
    ran = tool("tests.crash.children", "--sample", "3")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "9 runs in which they died, 0 with differences" in ran.stdout
