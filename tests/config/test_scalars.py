"""Single values that admins write become what they mean, or are refused with the right way to write them."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hub.config.scalars import Secret, Section, duration, share, size, whole, yes_no, zone
from hub.config.wording import Saw
from hub.config.yaml import check, load_text
from hub.domain.problems import Misconfigured


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
        ("60s", timedelta(seconds=60)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("400d", timedelta(days=400)),
        ("2w", timedelta(days=14)),
        ("7y", timedelta(days=2557)),
    ],
)
def test_a_time_span_is_read(text: str, span: timedelta) -> None:
    assert duration(text) == span


def test_seven_years_never_end_before_the_seventh_anniversary() -> None:
    assert duration("7y") >= timedelta(days=7 * 365 + 2)


@pytest.mark.parametrize("text", ["soon", "60", "-1s", "1.5h", "", "5 m", "٣s", "999999999y", ["60s"], None])
def test_what_is_no_time_span_is_refused(text: object) -> None:
    with pytest.raises(Saw):
        duration(text)


@pytest.mark.parametrize(
    ("text", "count"), [("512MB", 512_000_000), ("64kB", 64_000), ("1GiB", 2**30), ("10", 10), ("2 GB", 2 * 10**9)]
)
def test_a_size_is_read(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["3XB", "MB", "-1", "1.5GB", {}])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(Saw):
        size(text)


@pytest.mark.parametrize(("text", "value"), [("20%", "0.2"), ("0.2", "0.2"), ("0", "0"), ("100%", "1"), ("12.5 %", "0.125")])
def test_a_share_is_read_exactly(text: str, value: str) -> None:
    assert share(text) == Decimal(value)


@pytest.mark.parametrize("text", ["20", "101%", "-1%", "a fifth", "0,2"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(Saw):
        share(text)


def test_yes_and_no_are_read_in_any_case() -> None:
    assert [yes_no(each) for each in ("yes", "Yes", "TRUE", "no", "False")] == [True, True, True, False, False]
    with pytest.raises(Saw, match="saw 'maybe', write yes or no"):
        yes_no("maybe")


@pytest.mark.parametrize("text", ["1.5", "-1", "x", "1_000", "١"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(Saw):
        whole(text)


@pytest.mark.parametrize("text", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "/etc/localtime"])
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    with pytest.raises(Saw):
        zone(text)


class Door(Section):
    password: Secret


def door(value: str) -> tuple[Door | None, str]:
    loaded, _ = load_text(f"password: {value}".encode(), "x.yaml")
    assert loaded is not None
    model, findings = check(Door, loaded)
    return model, "\n".join(map(str, findings))


@pytest.mark.parametrize("value", ["hunter2", '"env:"', "[hunter2]", "{a: hunter2}", "vault:hunter2", '"-----BEGIN hunter2"'])
def test_a_secret_in_plain_text_is_refused_and_never_shown(value: str) -> None:
    model, told = door(value)
    assert model is None
    assert (
        told
        == "x.yaml:1: password: a secret stands here in plain text, a secret is never written here; write env:NAME or file:PATH"
    )


def test_a_secret_shows_where_it_is_kept_and_never_what_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOOR_PASSWORD", "hunter2")
    model, _ = door("env:DOOR_PASSWORD")
    assert model is not None
    assert model.password.read(Path()) == "hunter2"
    with caplog.at_level(logging.INFO):
        logging.getLogger("hub").info("%s %r %s", model.password, model, model.model_dump_json())
    assert "hunter2" not in caplog.text
    assert '{"password":"env:DOOR_PASSWORD"}' in caplog.text


def test_a_secret_in_a_file_starts_at_the_workspace_and_loses_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/door").write_bytes(b" hunter2 \r\n")
    assert Secret.parse("file:secrets/door").read(tmp_path) == " hunter2 "


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:none"])
def test_a_secret_that_is_not_there_stops_whoever_needs_it(reference: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=reference):
        Secret.parse(reference).read(tmp_path)
