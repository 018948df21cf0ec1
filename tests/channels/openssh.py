"""A real OpenSSH server on loopback, run as an ordinary process with keys and folders of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.channels.sftp import Patience, SftpChannel
from hub.channels.ssh import Login
from hub.config.channels import After

SSHD = "/usr/sbin/sshd"
CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {keys}/host_ed25519
HostKey {keys}/host_ecdsa
AuthorizedKeysFile {keys}/authorized_keys
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
Subsystem sftp internal-sftp
LogLevel QUIET
{more}
"""
QUICK = Patience(answer=10.0, transfer=30.0)


@dataclass
class Sshd:
    """A server at work: where it listens, which keys it has, and the folder that partners see."""

    port: int
    keys: Path
    home: Path

    @property
    def inbox(self) -> Path:
        return self.home / "to-hub"

    @property
    def outbox(self) -> Path:
        return self.home / "from-hub"

    @property
    def host_key(self) -> str:
        return (self.keys / "host_ed25519.pub").read_text()

    def login(self, **changes: object) -> Login:
        settled: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": user(),
            "secret": (self.keys / "client").read_text,
            "by_key": True,
            "pinned": self.host_key,
        }
        return Login(**(settled | changes))  # type: ignore[arg-type]

    def channel(self, after: tuple[After, str] = (After.REMOVE, ""), patience: Patience = QUICK) -> SftpChannel:
        return SftpChannel(self.login(), str(self.inbox), str(self.outbox), after, patience)


def user() -> str:
    return subprocess.run(["/usr/bin/id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def make_key(path: Path, kind: str = "ed25519") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], check=True)


def free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def need_sshd() -> None:
    if not os.access(SSHD, os.X_OK) or shutil.which("ssh-keygen") is None:
        pytest.skip("needs the OpenSSH server (apt-get install openssh-server)")


class Servers:
    """Starts servers and stops them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, more: str = "", port: int | None = None, name: str = "sshd") -> Sshd:
        need_sshd()
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where the server locks up what is not logged in yet
        keys, home = self.folder / name, self.folder / f"{name}-home"
        if not keys.exists():
            keys.mkdir(mode=0o700, parents=True)
            for key, kind in (("host_ed25519", "ed25519"), ("host_ecdsa", "ecdsa"), ("client", "ed25519")):
                make_key(keys / key, kind)
            shutil.copy(keys / "client.pub", keys / "authorized_keys")
            for folder in (home / "to-hub", home / "from-hub"):
                folder.mkdir(parents=True)
        at = port or free_port()
        config = keys / "sshd_config"
        config.write_text(CONFIG.format(port=at, keys=keys, more=more))
        self._running.append(subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL))
        wait_until_it_listens(at)
        return Sshd(at, keys, home)

    def stop(self) -> None:
        for server in self._running:
            server.terminate()
            server.wait(timeout=10)
        self._running.clear()


def wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.recv(4)
                return
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
