"""The hub's own settings: the contract's defaults, and every fault with its cure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hub.config.settings import Retry, Settings
from hub.config.yaml import check, load_text


def settings(text: str) -> tuple[Settings | None, list[str]]:
    loaded, findings = load_text(text.encode(), "config/hub.yaml")
    assert loaded is not None, findings
    model, findings = check(Settings, loaded)
    return model, [str(each) for each in findings]


def test_an_empty_file_gives_the_defaults_of_the_contract() -> None:
    found, _ = settings("")
    assert found == Settings()
    assert found.store == "sqlite:///var/hub.db"
    assert (found.poll, found.settle) == (timedelta(seconds=60), timedelta(seconds=10))
    assert (found.limits.file_size, found.limits.rows, found.limits.unpacked_ratio) == (512_000_000, 5_000_000, 100)
    assert found.retention.archive == timedelta(days=400)
    assert (found.retry.attempts, found.retry.first, found.retry.longest) == (8, timedelta(seconds=30), timedelta(hours=1))


def test_the_defaults_written_out_give_the_same() -> None:
    text = """
store: sqlite:///var/hub.db
archive: var/archive
timezone: Europe/Helsinki
poll: 60s
settle: 10s
limits: {file_size: 512MB, rows: 5000000, unpacked_ratio: 100}
retention: {archive: 400d, personal_data: 90d, records: 7y}
retry: {attempts: 8, first: 30s, longest: 1h}
"""
    assert settings(text) == (Settings(), [])


def test_every_fault_is_told_at_once() -> None:
    _, told = settings("pol: 60s\npoll: soon\nlimits:\n  rows: many\n  row: 1\ntimezone: Mars\nretry: {attempts: 0}\n")
    assert told == [
        "config/hub.yaml:1: pol: is not a known key, did you mean poll?",
        "config/hub.yaml:2: poll: saw 'soon', a time span is written 60s, 5m, 2h or 1d",
        "config/hub.yaml:4: limits.rows: saw 'many', a whole number is wanted",
        "config/hub.yaml:5: limits.row: is not a known key, did you mean rows?",
        "config/hub.yaml:6: timezone: saw 'Mars', a time zone is written Europe/Helsinki",
        "config/hub.yaml:7: retry.attempts: is too small, the least is 1",
    ]


def test_a_time_zone_that_is_nearly_one_is_named() -> None:
    _, told = settings("timezone: Europe/Stokholm\n")
    assert told == ["config/hub.yaml:1: timezone: saw 'Europe/Stokholm', did you mean Europe/Stockholm?"]


@pytest.mark.parametrize("url", ["postgresql+psycopg://hub:hunter2@db/hub", "postgresql+psycopg://hub@db/hub?password=hunter2"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    for key in ("store", "archive"):
        found, told = settings(f"{key}: {url}")
        assert found is None
        assert "an address with a password in it" in told[0]
        assert "hunter2" not in told[0]


@pytest.mark.parametrize(
    "url", ["mysql://db/hub", "var/hub.db", "sqlite:///", "sqlite://", "postgresql://db", "postgresql+psycopg://[x"]
)
def test_a_store_of_another_kind_is_refused(url: str) -> None:
    found, told = settings(f'store: "{url}"')
    assert found is None
    assert told[0].endswith("write sqlite:///var/hub.db or postgresql+psycopg://user@host/db")


def test_relative_places_start_at_the_workspace() -> None:
    home = Path("/somewhere")
    assert Settings().sqlite_file(home) == home / "var/hub.db"
    assert Settings().archive_folder(home) == home / "var/archive"
    away = Settings(store="postgresql+psycopg://hub@db/hub", archive="s3://bucket/prefix")
    assert away.sqlite_file(home) is None
    assert away.archive_folder(home) is None


def test_pauses_double_up_to_the_longest() -> None:
    retry = Retry()
    assert [retry.pause(attempt).total_seconds() for attempt in (1, 2, 3, 8, 500)] == [30, 60, 120, 3600, 3600]
