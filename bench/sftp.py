"""Small files over SFTP, from a real sshd on this machine, against a bare paramiko loop."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Cost, median, run
from bench.place import HERE, folder
from bench.report import Result, Run, main

FULL = 1000
SSHD = Path("/usr/sbin/sshd")
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
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(at / "config")], stderr=subprocess.DEVNULL)  # noqa: S603
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


def jobs(run_: Run) -> Iterator[Result]:
    """Only the limit runs until the hub's channel is there."""
    if not SSHD.exists() or shutil.which("ssh-keygen") is None:
        yield Result("sftp", None, note="no sshd on this machine")
        return
    count = run_.of(FULL)
    limit = []
    for _ in range(run_.times):
        with folder() as at, server(at) as (port, key):
            limit.append(_limit(at, port, key, count))
    yield Result("sftp", None, None, median(limit), f"the hub has no SFTP channel yet (as {getpass.getuser()})")


def _limit(at: Path, port: int, key: Path, count: int) -> Cost:
    inbox, done = at / "inbox", at / "done"
    done.mkdir()
    inbox.mkdir()
    for number in range(count):
        (inbox / f"{number:06}.csv").write_bytes(_FILE)
    return run([sys.executable, "-m", "bench.limits.sftp", str(port), str(key), str(inbox), str(done)], cwd=HERE)


if __name__ == "__main__":
    main(jobs)
