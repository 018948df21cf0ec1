"""A file of columns looked at in place: its pages come when somebody looks and may go again."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow import NativeFile


def mapped(path: Path, start: int = 0) -> tuple[NativeFile, Callable[[], None]]:
    """A file mapped for reading from a byte on, and what gives the memory back that it takes: what is in use is fetched again.

    The mapping lives as long as an array out of it. Raises ValueError where there is nothing to map.
    """
    from hub.formats.arrow import pa

    before = start % mmap.ALLOCATIONGRANULARITY
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ, offset=start - before)
    return pa.BufferReader(pa.py_buffer(pages).slice(before)), partial(pages.madvise, mmap.MADV_DONTNEED)
