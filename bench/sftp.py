"""Small files over SFTP, from a real sshd on this machine, against a bare paramiko loop."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Cost, median, run
from bench.place import HERE, folder, place
from bench.report import Result, Run, main

FULL = 1000
SSHD = Path("/usr/sbin/sshd")
LOG = "log"
_FILE = b"number,line,sku,quantity\r\nPO1,1,SKU-1,2\r\n" * 12


@contextmanager
def server(at: Path) -> Iterator[tuple[int, Path]]:
    """An sshd of our own: its port, and the key that it lets in."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(at / name)], check=True)  # noqa: S603, S607
    (at / "authorized").write_bytes((at / "user.pub").read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (at / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {at / 'host'}\nAuthorizedKeysFile {at / 'authorized'}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        f"MaxStartups 300:30:400\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([str(SSHD), "-D", "-E", str(at / LOG), "-f", str(at / "config")])  # noqa: S603
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, at / "user"
    finally:
        process.terminate()
        process.wait()


def partner(at: Path, port: int, key: Path, inbox: Path, after: str) -> str:
    """The `channel:` of a partner on that server."""
    kind, body = (at / "host.pub").read_text().split()[:2]
    return (
        f"channel: {{type: sftp, host: 127.0.0.1, port: {port}, username: {getpass.getuser()}, key: file:{key}, "
        f"host_key: '{kind} {body}', inbox: {inbox}, after: {after}}}\n"
    )


def jobs(run_: Run) -> Iterator[Result]:
    """Both sides list, get and rename the same files; what each costs with nothing there is taken off."""
    if not missing():
        count, hub, limit = run_.of(FULL), [], []
        for _ in range(run_.times):
            with folder() as at, server(at) as (port, key):
                hub.append(_hub(at, port, key, count).less(_hub(at, port, key, 0)))
                limit.append(_limit(at, port, key, count).less(_limit(at, port, key, 0)))
        own, least = median(hub), median(limit)
        yield Result("sftp", own.wall / least.wall, own, least, "without the start of either")
    else:
        yield Result("sftp", None, note=missing())


def missing() -> str:
    """Why there can be no server here; empty when there can."""
    return "" if SSHD.exists() and shutil.which("ssh-keygen") else "no sshd on this machine"


def _drop(at: Path, count: int) -> tuple[Path, Path]:
    """Two new folders: one with so many files, and one to move them to."""
    inbox, done = (Path(tempfile.mkdtemp(prefix=name, dir=at)) for name in ("inbox-", "done-"))
    for number in range(count):
        (inbox / f"{number:06}.csv").write_bytes(_FILE)
    return inbox, done


def _hub(at: Path, port: int, key: Path, count: int) -> Cost:
    inbox, done = _drop(at, count)
    with place() as made:
        made.write("config/partners/far.yaml", "name: Far\nrole: supplier\n" + partner(at, port, key, inbox, f"'move:{done}'"))
        cost = run([sys.executable, "-m", "bench.take", str(made.home)], cwd=HERE)
    _require_moved(done, count)
    return cost


def _limit(at: Path, port: int, key: Path, count: int) -> Cost:
    inbox, done = _drop(at, count)
    cost = run([sys.executable, "-m", "bench.limits.sftp", str(port), str(key), str(inbox), str(done)], cwd=HERE)
    _require_moved(done, count)
    return cost


def _require_moved(done: Path, count: int) -> None:
    if len(list(done.iterdir())) != count:
        raise RuntimeError("not every file was moved")


if __name__ == "__main__":
    main(jobs)
