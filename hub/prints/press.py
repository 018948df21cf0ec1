"""The press: labels and notes become PDF by typst, with the hub's own fonts and the templates of the workspace."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, TypeVar

from hub.config.private import private_folder
from hub.domain.paper import Label, LabelSize, Note, NoteLine, Party
from hub.domain.problems import HubError
from hub.prints import code128

if TYPE_CHECKING:
    import typst

TEMPLATES = ("label.typ", "note.typ", "parts.typ", "words.typ")
T = TypeVar("T")
_AT_ONCE = 50
_SHIPPED = Path(__file__).parent / "templates"


class NotPrinted(HubError):
    """A print could not be made; mend its template or picture, then hub retry the shipment."""


class Press:
    """Prints with the templates and fonts in `own` (the workspace's `prints/`) before those that are shipped.

    `pictures` are PNG files by the names that notes call them; what it lays out for itself goes under `aside`.
    """

    def __init__(self, own: Path | None = None, pictures: Mapping[str, bytes] | None = None, aside: Path | None = None) -> None:
        """Nothing is read before the first print."""
        self._own = own
        self._pictures = dict(pictures or {})
        self._aside = aside

    def __enter__(self) -> Self:
        """A press at work."""
        return self

    def __exit__(self, *_: object) -> None:
        """Tidy up what it laid out for itself."""
        if "_folder" in self.__dict__:
            self._folder.cleanup()

    def labels(self, some: Sequence[Label], size: LabelSize = LabelSize.TALL) -> bytes:
        """Labels, one a page, in one PDF. Raises NotPrinted."""
        return _joined(
            [
                self._print("label.typ", {"size": size.millimetres, "papers": [_label(each) for each in part]})
                for part in _parts(some)
            ]
        )

    def notes(self, some: Sequence[Note]) -> bytes:
        """Delivery notes in one PDF, each beginning a page of its own. Raises NotPrinted."""
        return _joined([self._print("note.typ", {"papers": [_note(each) for each in part]}) for part in _parts(some)])

    def _print(self, template: str, data: dict[str, Any]) -> bytes:
        import typst

        told = json.dumps(json.dumps(data, ensure_ascii=False), ensure_ascii=False)
        undated = "#set document(date: none)"  # else the same print made a second later has other bytes
        main = f'{undated}\n#import "{template}": papers\n#papers(json(bytes({told})))\n'
        try:
            made = self._compiler.compile(input=main.encode(), format="pdf", pdf_tags=False)
        except typst.TypstError as error:
            raise NotPrinted(_said(error, template)) from error
        if not isinstance(made, bytes):
            raise NotPrinted(f"prints/{template} makes no PDF")
        return made

    @cached_property
    def _folder(self) -> TemporaryDirectory[str]:
        """The templates as they count now, and the pictures: typst reads nothing outside of it."""
        folder = TemporaryDirectory(prefix="press-", dir=None if self._aside is None else private_folder(self._aside))
        root = Path(folder.name)
        for name in TEMPLATES:
            shutil.copyfile(self._template(name), root / name)
        for name, data in self._pictures.items():
            (root / name).write_bytes(data)
        return folder

    def _template(self, name: str) -> Path:
        mine = self._own / name if self._own is not None else None
        return mine if mine is not None and mine.is_file() else _SHIPPED / name

    @property
    def _root(self) -> Path:
        return Path(self._folder.name)

    @cached_property
    def _compiler(self) -> typst.Compiler:
        import fontpkg_noto_sans
        import typst

        own = self._own / "fonts" if self._own is not None else None
        folders: list[str] = [str(fontpkg_noto_sans.ROOT / "files"), *([str(own)] if own is not None and own.is_dir() else [])]
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        packages = str(self._root / "packages")  # none there, and none is fetched
        return typst.Compiler(root=str(self._root), font_paths=fonts, package_path=packages, package_cache_path=packages)


def _parts(papers: Sequence[T]) -> Iterator[Sequence[T]]:
    """Few enough at a time: typst remembers the layouts of its last ten documents, some 0.4 MB a page."""
    return (papers[at : at + _AT_ONCE] for at in range(0, len(papers), _AT_ONCE))


def _joined(parts: Sequence[bytes]) -> bytes:
    """PDF files one after the other as one."""
    if len(parts) == 1:
        return parts[0]
    from pypdfium2 import PdfDocument

    whole, out = PdfDocument.new(), BytesIO()
    for each in parts:
        with closing(PdfDocument(each)) as part:
            whole.import_pages(part)
    with closing(whole):
        whole.save(out)
    return out.getvalue()


def _said(error: typst.TypstError, template: str) -> str:
    """Typst's complaint in one line, with the template and line it comes from."""
    text = f"{error.message} {error.diagnostic}"
    place = re.search(r"(\w+\.typ):(\d+)", text)
    where = f"prints/{place[1]}:{place[2]}" if place else f"prints/{template}"
    hints = f" ({'; '.join(error.hints)})" if error.hints else ""
    return f"{where}: {error.message}{hints}"


def _label(label: Label) -> dict[str, Any]:
    told = _fields(label) | {"sender": _party(label.sender), "receiver": _party(label.receiver)}
    return told | {"barcode": label.barcode, "bars": code128.widths(label.barcode)}


def _note(note: Note) -> dict[str, Any]:
    told = _fields(note) | {name: _party(getattr(note, name)) for name in ("vendor", "buyer", "ship_to")}
    told |= {"lines": [_fields(line) for line in note.lines], "logo": note.logo, "returns": note.returns}
    return told | {"bars": code128.widths(note.order)}


def _party(party: Party) -> dict[str, Any]:
    lines = [breakable(line) for line in party.lines]
    return _fields(party) | {"lines": lines, "contact": breakable(party.contact)}


def _fields(paper: Label | Note | NoteLine | Party) -> dict[str, Any]:
    """What a paper says, its texts breakable; `asdict` copies all the way down, which costs more than the rest."""
    told = ((name, getattr(paper, name)) for name in paper.__slots__)
    return {name: breakable(value) if type(value) is str else value for name, value in told}


_LONG_WORD = re.compile(r"\S{16,}")
_CARE_OF = re.compile(r"\bc/o\b", re.IGNORECASE)


def breakable(text: str) -> str:
    """A text whose very long words may be broken anywhere: typst breaks no word by itself, and none may leave its box."""
    return _CARE_OF.sub(_kept_together, _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), text))


def _kept_together(word: re.Match[str]) -> str:
    """No line ends after the slash: a word joiner holds what follows it."""
    return word[0].replace("/", "/\u2060")
