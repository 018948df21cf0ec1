"""What only a folder on this machine can do to the hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.channels.channel import Claim, Left, Letter, Untaken
from hub.channels.local import LocalChannel
from hub.domain.problems import Unreachable


@pytest.fixture
def channel(tmp_path: Path) -> LocalChannel:
    (tmp_path / "inbox").mkdir()
    return LocalChannel(tmp_path / "inbox", tmp_path / "outbox", tmp_path / "claims")


def claim_all(channel: LocalChannel, mark: int = 1) -> list[Claim | Left]:
    return list(channel.claim([each for each in channel.listing() if not each.left], mark))


def test_only_plain_files_are_taken_and_the_others_are_told_why_they_are_left(channel: LocalChannel, tmp_path: Path) -> None:
    inbox = channel.inbox
    (inbox / "real.csv").write_bytes(b"x")
    (inbox / "link.csv").symlink_to("/etc/passwd")
    os.link(inbox / "real.csv", tmp_path / "elsewhere.csv")
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "folder.csv").mkdir()
    (inbox / "plain.csv").write_bytes(b"y")
    left = {each.name: each.left for each in channel.listing()}
    assert left.pop("plain.csv") == ""
    assert {name: why.split(";")[0] for name, why in left.items()} == {
        "link.csv": "it is a link",
        "pipe.csv": "it is a pipe, no file",
        "real.csv": "it has a second name elsewhere (a hard link)",
    }


def test_a_file_that_became_a_link_after_the_look_is_put_back_unread(channel: LocalChannel) -> None:
    (channel.inbox / "a.csv").write_bytes(b"x")
    listed = list(channel.listing())
    (channel.inbox / "a.csv").unlink()
    (channel.inbox / "a.csv").symlink_to("/etc/passwd")
    (left,) = channel.claim(listed, 1)
    assert isinstance(left, Left)
    assert (channel.inbox / "a.csv").is_symlink()
    assert channel.leftovers() == []


def test_an_inbox_that_is_a_link_to_a_folder_is_the_admins_own_choice(channel: LocalChannel, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(channel.inbox)
    (channel.inbox / "a.csv").write_bytes(b"x")
    linked = LocalChannel(tmp_path / "linked", tmp_path / "outbox", tmp_path / "claims")
    assert [each.name for each in claim_all(linked) if isinstance(each, Claim)] == ["a.csv"]


def test_claims_that_a_partner_puts_there_himself_lead_nowhere(channel: LocalChannel, tmp_path: Path) -> None:
    precious = tmp_path / "precious" / f"{7:020d}"
    precious.mkdir(parents=True)
    (precious / "data.csv").write_bytes(b"not his")
    (channel.inbox / ".hub").symlink_to(tmp_path / "precious")
    assert channel.leftovers() == []
    (channel.inbox / ".hub").unlink()
    (channel.inbox / ".hub").mkdir()
    (channel.inbox / ".hub" / f"{1:020d}").symlink_to(precious)
    assert channel.leftovers() == []
    assert (precious / "data.csv").read_bytes() == b"not his"


def test_what_is_written_after_the_claim_is_another_arrival(channel: LocalChannel) -> None:
    with (channel.inbox / "a.csv").open("wb") as writer:
        writer.write(b"half")
        writer.flush()
        (claim,) = claim_all(channel)
        assert isinstance(claim, Claim)
        ((_, chunks),) = channel.fetch([claim])
        assert b"".join(chunks) == b"half"
        writer.write(b" and the rest")
    assert channel.release([claim]) == []
    (again,) = channel.leftovers()
    assert again.source != claim.source
    ((_, chunks),) = channel.fetch([again])
    assert b"".join(chunks) == b"half and the rest"
    channel.release([again])
    assert channel.leftovers() == []


def test_files_claimed_together_come_back_oldest_first_and_go_one_by_one(channel: LocalChannel) -> None:
    for name, age in (("a.csv", 10), ("b.csv", 30), ("c.csv", 20)):
        (channel.inbox / name).write_bytes(name.encode())
        os.utime(channel.inbox / name, (1_700_000_000 - age, 1_700_000_000 - age))
    claims = [each for each in claim_all(channel) if isinstance(each, Claim)]
    assert len({Path(each.path).parent for each in claims}) == 1
    left = channel.leftovers()
    assert [each.name for each in left] == ["b.csv", "c.csv", "a.csv"]
    assert channel.release(left[:1]) == []
    assert channel.leftovers() == left[1:]
    assert channel.release(left[1:]) == []
    assert list(channel.claims.iterdir()) == []


def test_a_file_that_is_gone_or_refused_takes_none_of_its_neighbours_along(channel: LocalChannel) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (channel.inbox / name).write_bytes(b"x")
    listed = sorted(channel.listing(), key=lambda each: each.name)
    (channel.inbox / "a.csv").unlink()
    (channel.inbox / "b.csv").unlink()
    (channel.inbox / "b.csv").symlink_to("/etc/passwd")
    left, claim = channel.claim(listed, 1)
    assert isinstance(left, Left)
    assert isinstance(claim, Claim)
    assert channel.leftovers() == [claim]


def test_a_file_that_grows_while_it_is_read_is_not_taken(channel: LocalChannel) -> None:
    (channel.inbox / "a.csv").write_bytes(b"x" * (3 << 20))
    (claim,) = claim_all(channel)
    assert isinstance(claim, Claim)
    ((_, chunks),) = channel.fetch([claim])
    next(chunks)
    with Path(claim.path).open("ab") as writer:
        writer.write(b"more")
    with pytest.raises(Untaken, match="still being written"):
        list(chunks)
    assert len(channel.leftovers()) == 1


def test_one_letter_that_cannot_be_put_there_does_not_hold_up_the_others(channel: LocalChannel) -> None:
    channel.outbox.mkdir()
    (channel.outbox / "folder.csv").mkdir()
    (channel.outbox / "folder.csv" / "inside").touch()
    letters = [Letter(1, "a.csv", b"a"), Letter(2, "folder.csv", b"b"), Letter(3, "x" * 300, b"c"), Letter(4, "d.csv", b"d")]
    why = {each.file: each.why for each in channel.deliver(letters)}
    assert (why[1], why[4]) == ("", "")
    assert why[2].startswith("folder.csv: ")
    assert "File name too long" in why[3]
    assert sorted(path.name for path in channel.outbox.iterdir() if path.is_file() and path.name[0] != ".") == ["a.csv", "d.csv"]


def test_letters_half_written_by_an_earlier_run_are_swept_and_nobody_elses(channel: LocalChannel) -> None:
    channel.outbox.mkdir()
    for name in (".hub-7.part", ".hub-8.part", "other.part", ".hub-x.part", ".7.part"):
        (channel.outbox / name).touch()
    assert channel.sweep() == 2
    assert sorted(path.name for path in channel.outbox.iterdir()) == [".7.part", ".hub-x.part", "other.part"]


def test_a_half_written_delivery_is_never_visible(channel: LocalChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unreachable, match="No space left"):
        list(channel.deliver([Letter(1, "a.csv", b"whole")]))
    assert list(channel.outbox.iterdir()) == []


def test_a_letter_too_large_for_the_room_there_is_holds_up_no_smaller_one(
    channel: LocalChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = LocalChannel._write_aside

    def little_room(self: LocalChannel, letter: Letter, *, sync: bool) -> None:
        if letter.size > 100:
            raise OSError(28, "No space left on device")
        write(self, letter, sync=sync)

    monkeypatch.setattr(LocalChannel, "_write_aside", little_room)
    letters = [Letter(1, "a.csv", b"a"), Letter(2, "large.csv", b"x" * 1000), Letter(3, "c.csv", b"c")]
    done: list[int] = []
    with pytest.raises(Unreachable, match="No space left"):
        done.extend(each.file for each in channel.deliver(letters))
    assert done == [1, 3]
    assert sorted(path.name for path in channel.outbox.iterdir()) == ["a.csv", "c.csv"]


def test_an_inbox_that_cannot_be_read_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file where a folder should be")
    channel = LocalChannel(tmp_path / "inbox", tmp_path / "outbox", tmp_path / "claims")
    with pytest.raises(Unreachable):
        list(channel.listing())
