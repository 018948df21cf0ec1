"""One hub on a store, also when two workspaces name the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config.workspace import Workspace, open_workspace
from hub.domain.problems import Busy
from hub.service.lock import hold
from tests.ends.place import POSTGRESQL, new_database


def workspace(home: Path, store: str) -> Workspace:
    (home / "config").mkdir(parents=True)
    (home / "config/hub.yaml").write_text(f"store: {store}\n")
    return open_workspace(home)


def test_two_workspaces_on_one_store_have_one_hub(tmp_path: Path) -> None:
    here, there = (workspace(tmp_path / name, f"sqlite:///{tmp_path / 'shared.db'}") for name in ("here", "there"))
    with hold(here, 0), pytest.raises(Busy, match="another hub"), hold(there, 0):
        pass
    with hold(there, 0):
        pass


def test_two_workspaces_with_stores_of_their_own_have_two_hubs(tmp_path: Path) -> None:
    here, there = (workspace(tmp_path / name, "sqlite:///var/hub.db") for name in ("here", "there"))
    with hold(here, 0), hold(there, 0):
        pass


@pytest.mark.skipif(POSTGRESQL is None, reason="needs a PostgreSQL server: make postgresql")
def test_two_workspaces_on_one_postgresql_store_have_one_hub(tmp_path: Path) -> None:
    store = new_database(str(POSTGRESQL))
    here, there = (workspace(tmp_path / name, store) for name in ("here", "there"))
    with hold(here, 0), pytest.raises(Busy, match="another hub"), hold(there, 0):
        pass
    with hold(there, 0):
        pass
