"""The hub's state is for its owner alone: folders 0700, files 0600 (contract §11, persons' data lies in them)."""

from __future__ import annotations

from pathlib import Path

VAR = "var"
"""The folder of a workspace that holds its state."""
TEMPORARY = "tmp"
"""The folder in it for what lives no longer than a run; what a crash left there is swept at the next start."""
FILE = 0o600
FOLDER = 0o700


def private_folder(path: Path) -> Path:
    """Make a folder and every one above it that is missing, for the owner alone; returns it."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)
    return path
