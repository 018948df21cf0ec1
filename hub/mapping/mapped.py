"""A file of columns looked at in place: its pages come when somebody looks and may go again."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow import NativeFile


def mapped(path: Path) -> tuple[NativeFile, Callable[[], None]]:
    """A file mapped for reading, and what gives the memory back that it takes: what is in use is fetched again.

    The mapping lives as long as an array out of it. Raises ValueError for an empty file.
    """
    from hub.formats.arrow import pa

    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return pa.BufferReader(pa.py_buffer(pages)), partial(pages.madvise, mmap.MADV_DONTNEED)
