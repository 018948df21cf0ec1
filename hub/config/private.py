"""The hub's state is for its owner alone (folders 0700, files 0600, since persons' data lies in them), and is to last."""

from __future__ import annotations

import os
from pathlib import Path

VAR = "var"
"""The folder of a workspace that holds its state."""
TEMPORARY = "tmp"
"""The folder in it for what lives no longer than a run; what a crash left there is swept at the next start."""
CLAIMED = "claim"
"""The folder in it for what was taken out of partners' inboxes and is not archived yet, by partner."""
FILE = 0o600
FOLDER = 0o700


def private_folder(path: Path) -> Path:
    """Make a folder and every one above it that is missing, for the owner alone and to last; returns it."""
    return lasting_folder(path, FOLDER)


def lasting_folder(path: Path, mode: int = 0o777) -> Path:
    """Make a folder and every one above it that is missing, so that a power cut does not take them; returns it."""
    if not path.is_dir():
        lasting_folder(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)
        sync_folder(path.parent)
    return path


def sync_folder(folder: Path) -> None:
    """Make what was made, renamed and removed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
