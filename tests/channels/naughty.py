"""A partner's server that misbehaves in one way at a time; in process, on loopback."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from hub.channels.sftp import Patience, SftpChannel
from hub.channels.ssh import Login
from hub.config.channels import After

HASTE = Patience(answer=1.0, transfer=3.0, slowest=1 << 20)


@dataclass
class Faults:
    """What the server does wrong; a test sets one of them."""

    hang_at_read: int | None = None  # from this offset on it says nothing more
    trickle: bool = False  # a few bytes now and then, so that no single answer is late
    truncate_to: int | None = None  # it forgets the rest of a file that is being read
    grow_on_read: bytes = b""
    close_at_read: int | None = None
    hang_at_list: bool = False
    extra_names: list[bytes] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)  # rename, posix_rename, remove, mkdir, read
    unknown: set[str] = field(default_factory=set)  # posix_rename
    room: int | None = None  # so many bytes and its disk is full
    close_at_write: int | None = None
    keep_of_write: int | None = None  # of a file that is written it keeps so many bytes, and says that all is well
    endless_list: bool = False
    most_open: int = 0  # no fault: so many files the hub had open at a time


class Naughty(asyncssh.SFTPServer):
    """The server's side of one conversation."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, faults: Faults) -> None:
        super().__init__(channel, chroot=os.fsencode(root))
        self._link = channel.get_connection()
        self.root, self.faults = root, faults
        self.opened = 0

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        self.opened += 1
        self.faults.most_open = max(self.faults.most_open, self.opened)
        return super().open(path, pflags, attrs)

    def close(self, file_obj: Any) -> Any:
        self.opened -= 1
        return super().close(file_obj)

    def _refuse(self, what: str) -> None:
        if what in self.faults.unknown:
            raise asyncssh.SFTPOpUnsupported("operation unsupported")
        if what in self.faults.refuse:
            raise asyncssh.SFTPPermissionDenied("permission denied")

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        if self.faults.hang_at_list:
            await asyncio.sleep(3600)
        async for each in super().scandir(path):
            yield each
        if not path.endswith(b".hub"):
            for name in self.faults.extra_names:
                yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=4, permissions=0o100644, atime=1, mtime=1))
        number = 0
        while self.faults.endless_list:
            number += 1
            await asyncio.sleep(0)
            yield asyncssh.SFTPName(b"%d.csv" % number, attrs=asyncssh.SFTPAttrs(size=4, permissions=0o100644, atime=1, mtime=1))

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        self._refuse("read")
        if self.faults.hang_at_read is not None and offset >= self.faults.hang_at_read:
            await asyncio.sleep(3600)
        if self.faults.close_at_read is not None and offset >= self.faults.close_at_read:
            self._link.abort()
        if self.faults.trickle:
            await asyncio.sleep(0.7)
            size = 10
        if self.faults.truncate_to is not None:
            os.truncate(file_obj.name, self.faults.truncate_to)
        if self.faults.grow_on_read:
            with Path(os.fsdecode(file_obj.name)).open("ab") as grown:
                grown.write(self.faults.grow_on_read)
        file_obj.seek(offset)
        data: bytes = file_obj.read(size)
        return data

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        if self.faults.room is not None and offset + len(data) > self.faults.room:
            raise asyncssh.SFTPFailure("no space left on device")
        if self.faults.close_at_write is not None and offset >= self.faults.close_at_write:
            self._link.abort()
        if self.faults.keep_of_write is not None:
            data = data[: max(self.faults.keep_of_write - offset, 0)]
        file_obj.seek(offset)
        written: int = file_obj.write(data)
        return written

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._refuse("rename")
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._refuse("posix_rename")
        return super().posix_rename(oldpath, newpath)

    def remove(self, path: bytes) -> Any:
        self._refuse("remove")
        return super().remove(path)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        self._refuse("mkdir")
        return super().mkdir(path, attrs)


class _Door(asyncssh.SSHServer):
    """Lets in who has the password, and counts who tries."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.server.links.append(conn)

    def begin_auth(self, username: str) -> bool:
        return bool(username)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.server.logins += 1
        return password == self.server.password and username == "hub"


class Server:
    """One server with its folders; `faults` may be changed at any time."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox, self.outbox = home / "to-hub", home / "from-hub"
        self.inbox.mkdir(parents=True)
        self.outbox.mkdir()
        self.faults = Faults()
        self.password = "let me in"
        self.logins = 0
        self.links: list[asyncssh.SSHServerConnection] = []
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.algorithms: dict[str, list[str]] = {}
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._listener: asyncssh.SSHAcceptor | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, what: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return await what()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    def start(self) -> Server:
        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.create_server(
                lambda: _Door(self),
                "127.0.0.1",
                self.port,
                server_host_keys=[self.key],
                sftp_factory=lambda channel: Naughty(channel, self.home, self.faults),
                reuse_address=True,
                **self.algorithms,
            )

        self._listener = self.call(listen)
        assert self._listener is not None
        self.port = self._listener.get_port()
        return self

    def stop(self) -> None:
        """Stop to listen, and break off who is there."""
        listener = self._listener

        async def close() -> None:
            if listener is not None:
                listener.close()
            for link in self.links:
                link.abort()
            self.links.clear()

        self.call(close)

    def end(self) -> None:
        self.stop()

        async def cancel() -> None:
            mine = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for each in mine:
                each.cancel()
            await asyncio.wait(mine, timeout=5) if mine else None
            gc.collect()  # what a conversation that was broken off had open

        self.call(cancel)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    @property
    def host_key(self) -> str:
        return self.key.export_public_key().decode().strip()

    def channel(
        self,
        after: tuple[After, str] = (After.REMOVE, ""),
        pinned: str | None = None,
        patience: Patience = HASTE,
        port: int | None = None,
    ) -> SftpChannel:
        login = Login("127.0.0.1", port or self.port, "hub", lambda: "let me in", by_key=False, pinned=pinned or self.host_key)
        return SftpChannel(login, "to-hub", "from-hub", after, patience)


@contextmanager
def naughty_server(home: Path) -> Iterator[Server]:
    server = Server(home)
    try:
        yield server.start()
    finally:
        server.end()
