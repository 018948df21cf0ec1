"""The least that small files over SFTP cost: a bare paramiko loop of list, get, rename.

`python -m bench.limits.sftp PORT KEY INBOX DONE`: the server is on this machine.
"""

from __future__ import annotations

import sys

import paramiko


def fetch(port: int, key: str, inbox: str, done: str) -> int:
    """Read every file of a folder and move it aside; returns how many bytes there were."""
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.connect(username=_user(), pkey=paramiko.Ed25519Key.from_private_key_file(key))
    client = paramiko.SFTPClient.from_transport(transport)
    if client is None:
        raise RuntimeError("the server gives no SFTP")
    total = 0
    for each in client.listdir_attr(inbox):
        path = f"{inbox}/{each.filename}"
        with client.open(path, "rb") as file:
            total += len(file.read((each.st_size or 0) + 1))
        client.posix_rename(path, f"{done}/{each.filename}")
    transport.close()
    return total


def _user() -> str:
    import getpass

    return getpass.getuser()


if __name__ == "__main__":
    fetch(int(sys.argv[1]), *sys.argv[2:5])
