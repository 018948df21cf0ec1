"""What a partner's server can do wrong, and what becomes of it."""

from __future__ import annotations

import os
import pwd
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from hub.channels.channel import Claim, Left, Letter, Untaken
from hub.channels.sftp import Patience, SftpChannel
from hub.config.channels import After
from hub.domain.problems import HostKeyRefused, LoginRefused, Unreachable
from tests.channels.naughty import Server, naughty_server
from tests.channels.openssh import Servers, Sshd, make_key
from tests.channels.relay import relay_to

# the server in this process is broken off in the middle of what it does
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with naughty_server(tmp_path / "partner") as made:
        yield made


@pytest.fixture
def channel(server: Server) -> Iterator[SftpChannel]:
    made = server.channel()
    yield made
    made.close()


def claims_of(channel: SftpChannel) -> list[Claim]:
    listed = [each for each in channel.listing() if not each.left]
    return [each for each in channel.claim(listed, 1) if isinstance(each, Claim)]


def fetch_all(channel: SftpChannel) -> dict[str, bytes]:
    return {claim.name: b"".join(chunks) for claim, chunks in channel.fetch(claims_of(channel))}


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_server_that_falls_silent_is_out_of_reach_after_a_while(server: Server, channel: SftpChannel, size: int) -> None:
    (server.inbox / "a.csv").write_bytes(b"x" * size)
    server.faults.hang_at_read = size // 2 if size > 1000 else 0
    started = time.monotonic()
    with pytest.raises(Unreachable, match="took too long"):
        fetch_all(channel)
    assert time.monotonic() - started < 10
    server.faults.hang_at_read = None
    (left_over,) = channel.leftovers()
    assert [b"".join(chunks) for _, chunks in channel.fetch([left_over])] == [b"x" * size]


def test_a_server_that_trickles_is_out_of_reach_when_the_time_for_the_transfer_is_up(
    server: Server, channel: SftpChannel
) -> None:
    (server.inbox / "a.csv").write_bytes(b"x" * 100_000)
    server.faults.trickle = True
    with pytest.raises(Unreachable, match="took too long"):
        fetch_all(channel)


def test_one_answer_that_is_late_ends_a_transfer_long_before_its_time_is_up(server: Server) -> None:
    (server.inbox / "a.csv").write_bytes(b"x")
    server.faults.hang_at_read = 0
    channel = server.channel(patience=Patience(answer=0.3, transfer=3600))
    with pytest.raises(Unreachable, match="took too long"):
        fetch_all(channel)


def test_a_server_that_lets_the_hub_in_and_then_never_begins_is_out_of_reach(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr(asyncssh.stream.SSHServerStreamSession, "subsystem_requested", lambda *_: over.wait(30))
    channel = server.channel(patience=Patience(answer=0.3, transfer=3600))
    try:
        with pytest.raises(Unreachable, match="took too long"):
            list(channel.listing())
        assert not over.is_set()
    finally:
        over.set()


def test_a_connection_that_died_without_a_word_is_noticed_and_opened_anew(server: Server) -> None:
    (server.inbox / "a.csv").write_bytes(b"x")
    with relay_to(server.port) as relay:
        channel = server.channel(patience=Patience(answer=0.5, transfer=3600), port=relay.port)
        assert [each.name for each in channel.listing()] == ["a.csv"]
        relay.swallow()  # as a firewall does that forgot the connection: both ends believe that it stands
        with pytest.raises(Unreachable, match="took too long"):
            list(channel.listing())
        assert fetch_all(channel) == {"a.csv": b"x"}
        assert server.logins == 2
        channel.close()


def test_a_listing_that_never_comes_is_out_of_reach(server: Server, channel: SftpChannel) -> None:
    server.faults.hang_at_list = True
    with pytest.raises(Unreachable, match="took too long"):
        list(channel.listing())


def test_a_listing_is_read_only_as_far_as_it_is_asked_for(server: Server, channel: SftpChannel) -> None:
    server.faults.endless_list = True
    listing = channel.listing()
    assert len([next(listing) for _ in range(500)]) == 500


@pytest.mark.parametrize("size", [1000, 300_000])
def test_a_file_that_shrinks_while_it_is_read_is_left_for_the_next_look(server: Server, channel: SftpChannel, size: int) -> None:
    (server.inbox / "a.csv").write_bytes(b"x" * size)
    server.faults.truncate_to = size // 2
    with pytest.raises(Untaken, match="still being written"):
        fetch_all(channel)
    server.faults.truncate_to = None
    (left_over,) = channel.leftovers()
    assert [b"".join(chunks) for _, chunks in channel.fetch([left_over])] == [b"x" * (size // 2)]


@pytest.mark.parametrize("size", [1000, 300_000])
def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_look(server: Server, channel: SftpChannel, size: int) -> None:
    (server.inbox / "a.csv").write_bytes(b"x" * size)
    server.faults.grow_on_read = b"more"
    with pytest.raises(Untaken, match="still being written"):
        fetch_all(channel)
    assert len(channel.leftovers()) == 1


def test_a_file_that_may_not_be_read_does_not_hold_up_the_others(server: Server, channel: SftpChannel) -> None:
    (server.inbox / "a.csv").write_bytes(b"a")
    (server.inbox / "b.csv").write_bytes(b"b")
    claims = claims_of(channel)
    (server.home / claims[0].path).unlink()
    got: dict[str, object] = {}
    for claim, chunks in channel.fetch(claims):
        try:
            got[claim.name] = b"".join(chunks)
        except Untaken as error:
            got[claim.name] = str(error)
    assert sorted(map(str, got.values())) == sorted([str(got[claims[1].name]), "it cannot be read: not there"])


def test_a_connection_that_breaks_in_a_transfer_is_opened_anew_for_the_next(server: Server, channel: SftpChannel) -> None:
    (server.inbox / "a.csv").write_bytes(b"x" * 300_000)
    server.faults.close_at_read = 100_000
    with pytest.raises(Unreachable, match="broke off"):
        fetch_all(channel)
    server.faults.close_at_read = None
    (left_over,) = channel.leftovers()
    assert [len(b"".join(chunks)) for _, chunks in channel.fetch([left_over])] == [300_000]
    assert server.logins == 2


def test_a_connection_is_kept_between_looks(server: Server, channel: SftpChannel) -> None:
    for _ in range(3):
        list(channel.listing())
    assert server.logins == 1


def test_a_server_that_was_restarted_is_reached_again(server: Server, channel: SftpChannel) -> None:
    list(channel.listing())
    server.stop()
    with pytest.raises(Unreachable):
        list(channel.listing())
    server.start()
    (server.inbox / "a.csv").write_bytes(b"x")
    assert fetch_all(channel) == {"a.csv": b"x"}


@pytest.mark.parametrize("refused", ["rename", "mkdir"])
def test_where_files_cannot_be_moved_away_they_are_read_where_they_lie(
    server: Server, channel: SftpChannel, refused: str
) -> None:
    (server.inbox / "a.csv").write_bytes(b"x")
    server.faults.refuse = {refused}
    (claim,) = claims_of(channel)
    assert claim.lies_as == "a.csv"
    assert [b"".join(chunks) for _, chunks in channel.fetch([claim])] == [b"x"]
    assert channel.release([claim]) == []
    assert list(server.inbox.glob("*.csv")) == []


def test_a_file_that_was_replaced_where_it_lies_is_not_removed(server: Server, channel: SftpChannel) -> None:
    (server.inbox / "a.csv").write_bytes(b"x")
    server.faults.refuse = {"rename"}
    (claim,) = claims_of(channel)
    (server.inbox / "a.csv").write_bytes(b"another")
    assert channel.release([claim]) == []
    assert (server.inbox / "a.csv").read_bytes() == b"another"


def test_a_refused_removal_is_told(server: Server, channel: SftpChannel) -> None:
    (server.inbox / "a.csv").write_bytes(b"x")
    server.faults.refuse = {"remove"}
    (claim,) = claims_of(channel)
    (left,) = channel.release([claim])
    assert left == Left(claim.key, "the server does not let the hub remove it: not allowed")
    assert channel.leftovers() == [claim]


def test_a_moved_file_does_not_overwrite_an_earlier_one(server: Server) -> None:
    (server.home / "done").mkdir()
    channel = server.channel((After.MOVE, "/done"))
    for body in (b"1", b"2"):
        (server.inbox / "a.csv").write_bytes(body)
        assert channel.release(claims_of(channel)) == []
    channel.close()
    assert sorted(path.read_bytes() for path in (server.home / "done").iterdir()) == [b"1", b"2"]
    assert list(server.inbox.glob("*.csv")) == []


@pytest.mark.parametrize("lacking", [{"posix_rename"}])
def test_without_rename_over_a_plain_rename_serves(server: Server, channel: SftpChannel, lacking: set[str]) -> None:
    server.faults.unknown = lacking
    letter = Letter(1, "a.csv", b"whole")
    assert [each.why for each in channel.deliver([letter, letter])] == ["", ""]
    assert {path.name: path.read_bytes() for path in server.outbox.iterdir()} == {"a.csv": b"whole"}
    (server.outbox / "a.csv").write_bytes(b"another")
    assert [each.why for each in channel.deliver([letter])] == [""]
    assert {path.name: path.read_bytes() for path in server.outbox.iterdir()} == {"a.csv": b"whole"}


def test_a_server_that_lets_nobody_rename_gets_no_half_written_file_to_show(server: Server, channel: SftpChannel) -> None:
    server.faults.refuse = {"rename", "posix_rename"}
    (server.outbox / "other.csv").write_bytes(b"earlier")
    assert [bool(each.why) for each in channel.deliver([Letter(2, "other.csv", b"later")])] == [True]
    assert (server.outbox / "other.csv").read_bytes() == b"earlier"
    (done,) = channel.deliver([Letter(1, "a.csv", b"whole")])
    assert done.why == "a.csv could not be renamed: not allowed"
    assert [path.name for path in server.outbox.glob("*.csv")] == ["other.csv"]


@pytest.mark.parametrize(("size", "at"), [(10, 0), (300_000, 0), (300_000, 150_000), (300_000, 290_000)])
def test_a_delivery_that_breaks_off_leaves_nothing_to_see_and_is_made_whole_the_next_time(
    server: Server, channel: SftpChannel, size: int, at: int
) -> None:
    letters = [Letter(1, "a.csv", b"x" * size), Letter(2, "b.csv", b"y")]
    server.faults.close_at_write = at
    with pytest.raises(Unreachable, match="broke off"):
        list(channel.deliver(letters))
    assert [path.name for path in server.outbox.iterdir() if not path.name.startswith(".hub-")] == []
    server.faults.close_at_write = None
    assert [each.why for each in channel.deliver(letters)] == ["", ""]
    assert {path.name: path.read_bytes() for path in server.outbox.iterdir()} == {each.name: each.body for each in letters}


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_server_that_loses_bytes_without_a_word_shows_no_file_cut_short(
    server: Server, channel: SftpChannel, size: int
) -> None:
    server.faults.keep_of_write = size // 2
    letters = [Letter(1, "a.csv", b"x" * size), Letter(2, "b.csv", b"y")]
    why = {each.file: each.why for each in channel.deliver(letters)}
    assert why == {1: "a.csv could not be written: it came out with another size", 2: ""}
    assert [path.name for path in server.outbox.iterdir()] == ["b.csv"]


def test_a_full_disk_costs_the_letter_that_does_not_fit_and_leaves_nothing_of_it(server: Server, channel: SftpChannel) -> None:
    server.faults.room = 1000
    letters = [Letter(1, "small.csv", b"x"), Letter(2, "large.csv", b"x" * 100_000), Letter(3, "last.csv", b"y")]
    why = {each.file: each.why for each in channel.deliver(letters)}
    assert why == {1: "", 2: "large.csv could not be written: no space left on device", 3: ""}
    assert sorted(path.name for path in server.outbox.iterdir()) == ["last.csv", "small.csv"]


def test_small_files_share_their_round_trips_in_both_directions_and_a_server_has_few_of_them_open(
    server: Server, channel: SftpChannel
) -> None:
    for number in range(100):
        (server.inbox / f"{number:03}.csv").write_bytes(b"%d" % number)
    assert fetch_all(channel) == {f"{number:03}.csv": b"%d" % number for number in range(100)}
    assert 20 <= server.faults.most_open <= 32
    server.faults.most_open = 0
    letters = [Letter(number, f"{number:03}.csv", b"%d" % number) for number in range(100)]
    assert [(each.file, each.why) for each in channel.deliver(letters)] == [(number, "") for number in range(100)]
    assert {path.name: path.read_bytes() for path in server.outbox.iterdir()} == {each.name: each.body for each in letters}
    assert 20 <= server.faults.most_open <= 32


def test_of_two_letters_with_one_name_the_later_one_lies_there_in_the_end(server: Server, channel: SftpChannel) -> None:
    letters = [
        Letter(1, "a.csv", b"1"),
        Letter(2, "a.csv", b"2"),
        Letter(3, "large.csv", b"x" * 200_000),
        Letter(4, "a.csv", b"4"),
    ]
    assert [each.why for each in channel.deliver(letters)] == [""] * 4
    assert {path.name: len(path.read_bytes()) for path in server.outbox.iterdir()} == {"a.csv": 1, "large.csv": 200_000}
    assert (server.outbox / "a.csv").read_bytes() == b"4"


def test_letters_half_written_by_an_earlier_run_are_swept(server: Server, channel: SftpChannel) -> None:
    for name in (".hub-7.part", "other.part"):
        (server.outbox / name).touch()
    assert channel.sweep() == 1
    assert [path.name for path in server.outbox.iterdir()] == ["other.part"]


def test_hostile_names_in_a_listing_are_left_or_taken_and_lead_nowhere(server: Server, channel: SftpChannel) -> None:
    server.faults.extra_names = [b"../../etc/passwd", b"a/b.csv", b"/abs.csv", b"", b"a\\b.csv", b"nul\x00.csv", b"gone\n.csv"]
    (server.inbox / "good.csv").write_bytes(b"good")
    listed = list(channel.listing())
    assert {each.name for each in listed if each.left} == {
        "../../etc/passwd",
        "a/b.csv",
        "/abs.csv",
        "",
        "a\\b.csv",
        "nul\x00.csv",
    }
    assert fetch_all(channel) == {"good.csv": b"good"}


def test_links_on_the_server_are_left(server: Server, channel: SftpChannel) -> None:
    (server.inbox / "link.csv").symlink_to("/etc/passwd")
    (listed,) = channel.listing()
    assert listed.left.startswith("it is a link")


def test_a_host_key_that_changed_is_refused_before_anything_is_told(server: Server) -> None:
    pinned = server.host_key
    server.stop()
    server.key = asyncssh.generate_private_key("ssh-ed25519")
    server.start()
    with pytest.raises(HostKeyRefused, match="shows another host key than the pinned one: ssh-ed25519 SHA256:"):
        list(server.channel(pinned=pinned).listing())
    assert server.logins == 0


def test_a_host_key_of_another_kind_than_the_pinned_one_is_refused(server: Server, tmp_path: Path) -> None:
    make_key(tmp_path / "other", "ecdsa")
    with pytest.raises(HostKeyRefused, match="no host key of the pinned kind"):
        list(server.channel(pinned=(tmp_path / "other.pub").read_text()).listing())
    assert server.logins == 0


@pytest.mark.parametrize(
    "weak",
    [
        {"mac_algs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96"], "encryption_algs": ["aes128-ctr"]},
        {"encryption_algs": ["aes128-cbc", "3des-cbc"]},
        {"kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"]},
    ],
    ids=["mac", "cipher", "kex"],
)
def test_a_server_with_nothing_but_weak_algorithms_is_refused(server: Server, weak: dict[str, list[str]]) -> None:
    server.stop()
    server.algorithms = weak
    server.start()
    with pytest.raises(Unreachable, match="only algorithms that are not safe"):
        list(server.channel().listing())
    assert server.logins == 0


def test_a_refused_login_says_so_and_tells_no_secret(server: Server) -> None:
    server.password = "changed"
    with pytest.raises(LoginRefused, match="refuses the password of hub") as refused:
        list(server.channel().listing())
    assert "let me in" not in str(refused.value)


def test_a_machine_that_is_not_there_is_out_of_reach(server: Server) -> None:
    server.stop()
    with pytest.raises(Unreachable, match="does not answer: Connection refused"):
        list(server.channel().listing())


def test_openssh_lets_the_hub_in_by_key_and_shows_its_pinned_host_key(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sshd.port} {sshd.host_key}")
    for changes in ({}, {"pinned": None, "known_hosts": known}):
        channel = SftpChannel(sshd.login(**changes), str(sshd.inbox), None)
        assert list(channel.listing()) == []
        channel.close()


def test_a_server_that_known_hosts_does_not_name_is_never_trusted(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"other.test {sshd.host_key}")
    with pytest.raises(HostKeyRefused, match="is not in known_hosts"):
        list(SftpChannel(sshd.login(pinned=None, known_hosts=known), str(sshd.inbox), None).listing())


def test_openssh_refuses_a_strange_key(sshd: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    with pytest.raises(LoginRefused, match="refuses the key"):
        list(SftpChannel(sshd.login(secret=(tmp_path / "stranger").read_text), str(sshd.inbox), None).listing())


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds_serve_too(sshd: Sshd, tmp_path: Path, kind: str) -> None:
    make_key(tmp_path / "own", kind)
    allowed = sshd.keys / "authorized_keys"
    before = allowed.read_text()
    allowed.write_text(before + (tmp_path / "own.pub").read_text())
    channel = SftpChannel(sshd.login(secret=(tmp_path / "own").read_text), str(sshd.inbox), None)
    assert list(channel.listing()) == []
    channel.close()
    allowed.write_text(before)


def test_openssh_with_only_weak_macs_is_refused(servers: Servers) -> None:
    weak = servers.start("Ciphers aes128-ctr\nMACs hmac-sha1,hmac-sha1-96,hmac-md5", name="weak")
    with pytest.raises(Unreachable, match="only algorithms that are not safe"):
        list(weak.channel().listing())


def test_a_relative_folder_begins_where_the_login_lands(sshd: Sshd) -> None:
    relative = os.path.relpath(sshd.inbox, pwd.getpwuid(os.getuid()).pw_dir)  # where sshd lands, whatever HOME says
    (sshd.inbox / "a.csv").write_bytes(b"x")
    channel = SftpChannel(sshd.login(), relative, None)
    assert fetch_all(channel) == {"a.csv": b"x"}
    channel.close()
