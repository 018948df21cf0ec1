"""Servers for the channel tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.openssh import Servers, Sshd


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("sshd"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def one_server(servers: Servers) -> Sshd:
    return servers.start()


@pytest.fixture
def sshd(one_server: Sshd) -> Sshd:
    """The server with empty folders."""
    for folder in (one_server.inbox, one_server.outbox):
        empty(folder)
    return one_server


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
