"""Where the columns of a reading lie on their way to who keeps it: in the message itself, or in a file beside it.

Those of a large catalogue go into the file block by block, while it is read: no process ever holds all of them.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from hub.mapping.mapped import mapped
from hub.mapping.reading import Batch
from hub.mapping.wide import WideColumn

if TYPE_CHECKING:
    from pyarrow import NativeFile

    from hub.formats.arrow import pa

Plain = list[Any]  # of texts, or whole numbers, or yes and no; None where there is nothing

LARGE, LARGE_WIDE = 1_500_000, 100_000  # cells; from here on a file of Arrow is quicker than JSON, its start included

_TOGETHER = 8_000_000  # bytes that are written and mapped in one go
_PARTS = 8  # and this part of what lies there: each mapping holds a file open, and a worker may open few


class Columns(Protocol):
    """Where the columns of a reading go, or come from."""

    def put(self, values: Plain) -> Any:
        """Put a column there; returns what `get` finds it by, in the message's own JSON."""

    def get(self, at: Any) -> Plain:
        """The column again."""

    def put_array(self, array: pa.Array) -> Any:
        """Put the array of a wide column there."""

    def get_array(self, at: Any, kind: pa.DataType) -> pa.Array:
        """The array again; raises ValueError for one of another type, or a broken one."""


class InMessage:
    """Columns that travel in the message itself."""

    def put(self, values: Plain) -> Any:
        """The column itself."""
        return values

    def get(self, at: Any) -> Plain:
        """The column itself."""
        return list(at)

    def put_array(self, array: pa.Array) -> Any:
        """Its values as a list."""
        return array.to_pylist()

    def get_array(self, at: Any, kind: pa.DataType) -> pa.Array:
        """An array of the listed values."""
        from hub.formats.arrow import pa

        return pa.array(at, kind)


class InFile:
    """Columns that lie one behind the other in a file, each an Arrow stream of its own, found by where it begins."""

    def __init__(self, file: NativeFile, start: int = 0) -> None:
        """`file` is open, for writing or for reading; what is at hand of it begins at the byte `start`."""
        self._file = file
        self._start = start

    def put(self, values: Plain) -> Any:
        """Write a column; one that Arrow cannot hold (half a surrogate) stays in the message."""
        from hub.formats.arrow import pa

        try:
            array = pa.array(values)
        except (pa.ArrowException, UnicodeError, OverflowError):
            return values
        return self.put_array(array)

    def put_array(self, array: pa.Array) -> Any:
        """Write an array as it is."""
        from hub.formats.arrow import pa

        batch = pa.record_batch([array], names=[""])
        at = self._file.tell()
        with pa.ipc.new_stream(self._file, batch.schema) as stream:
            stream.write_batch(batch)
        return at

    def get(self, at: Any) -> Plain:
        """Read a column."""
        if not isinstance(at, int):
            return list(at)
        values: Plain = self._stream(at).to_pylist()
        return values

    def get_array(self, at: Any, kind: pa.DataType) -> pa.Array:
        """Map an array, and look whether it is what it says: its writer is not believed."""
        chunks = self._stream(at).chunks
        if len(chunks) != 1 or chunks[0].type != kind:
            raise ValueError("a column is of another type than it says")
        chunks[0].validate(full=True)
        return chunks[0]

    def own_array(self, at: int) -> pa.Array:
        """Map an array that this process has written."""
        return self._stream(at).chunk(0)

    def _stream(self, at: int) -> pa.ChunkedArray:
        from hub.formats.arrow import pa

        self._file.seek(at - self._start)
        return pa.ipc.open_stream(self._file).read_all().column(0)


class Stow:
    """The file in which the columns of a large reading lie, made when the first of them comes.

    It is gone at the end unless all that was read is handed over.
    """

    def __init__(self, path: Path) -> None:
        """`path` is that of a new file."""
        self.path = path
        self._file: NativeFile | None = None
        self._handed_over = False
        self._waiting: list[WideColumn] = []
        self._cells = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            if failed or not self._handed_over:
                with suppress(OSError):  # the folder goes later
                    self.path.unlink()

    def add(self, batch: Batch) -> None:
        """A batch that was read: the wide columns of a large file are written soon, and looked at where they lie."""
        columns = [each for each in batch.fields.values() if isinstance(each, WideColumn)]
        self._waiting += columns
        self._cells += batch.cells if columns else 0
        size = sum(each.array.nbytes for each in self._waiting)
        if self._cells >= LARGE_WIDE and size >= max(_TOGETHER, self._written // _PARTS):
            self._write()

    def takes(self, cells: int, *, wide: bool) -> bool:
        """Whether a reading of so many cells goes into the file, with what of it lies there already."""
        return self._file is not None or cells >= (LARGE_WIDE if wide else LARGE)

    def hand_over(self) -> InFile:
        """Where the columns go that do not lie there yet; the file stays for who takes it up."""
        self._handed_over = True
        return InFile(self._open())

    def _open(self) -> NativeFile:
        if self._file is None:
            from hub.formats.arrow import pa

            self._file = pa.OSFile(str(self.path), "wb")
        return self._file

    @property
    def _written(self) -> int:
        return 0 if self._file is None else self._file.tell()

    def _write(self) -> None:
        file, start = self._open(), self._written
        to = InFile(file)
        places = [(each, to.put_array(each.array)) for each in self._waiting]
        pages, rest = mapped(self.path, start)
        there = InFile(pages, start)
        for column, at in places:
            column.array, column.lies_at = there.own_array(at), at
        rest()  # looking at where each begins has brought what lies around it
        self._waiting.clear()
