"""The page docs/reference/base-mappings.md, from the base mappings themselves, so that it names what there is and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.formats.layout import Format
from hub.mapping.compile import Mapping
from hub.mapping.library import BASE, Library, shipped_folder

ROOT = Path(__file__).parents[1]
_MADE = "<!-- Made from mappings/base by tools/base_mappings.py; change it there. -->\n\n"
_OPENING = """# Base mappings
What the hub reads and writes without a mapping of one's own. They lie under `mappings/base/` with files that prove them, come
with every installation, and need not be copied: a workspace names them (`mapping: base/shopify-orders`), or extends them.

- **Chosen by headings.** A file for which a partner names no mapping is read by the first mapping that finds its headings: the
  workspace's own first, then these. No two of these fit the same file. The headings of mandatory fields must be there as well.
- **Without headings.** An XML file is chosen by its record, a file of several kinds of rows by its first row: it must be of a
  kind that the mapping knows, and have exactly as many cells. Both need their mandatory fields besides.
- **Extended.** `extends: base/shopify-orders` takes everything over and adds or changes what is said beside it.
- **Replaced.** A file `mappings/base/<name>.yaml` in a workspace stands in for the shipped one of that name.
- **Service codes** are agreed between partners and not in any of these: where a file has the shop's own word for the delivery,
  it is kept as a foreign value (`x.shipping_method`).
"""


def base_names() -> list[str]:
    """The shipped mappings by name."""
    return sorted(f"{BASE}{path.stem}" for path in shipped_folder().glob("*.yaml"))


def base_mappings() -> str:
    """The page: a table of what is read, one of what is written, and what each mapping says about itself."""
    library = Library(ROOT)
    mappings = [library.get(name) for name in base_names()]
    read = [each for each in mappings if each.reading]
    written = [each for each in mappings if not each.reading]
    return _MADE + "\n".join([_OPENING, *_read(read), "", *_written(written), "", *_notes(mappings)])


def _read(mappings: list[Mapping]) -> Iterator[str]:
    yield "## Read\n"
    yield "| mapping | reads | format | chosen by the headings |"
    yield "|---|---|---|---|"
    for each in mappings:
        whole = ", whole" if each.mode == "full" else ""
        yield f"| `{each.name}` | {each.kind}{whole} | {_format(each)} | {headings(each)} |"


def _written(mappings: list[Mapping]) -> Iterator[str]:
    yield "## Written\n"
    yield "| mapping | writes | format | file name |"
    yield "|---|---|---|---|"
    for each in mappings:
        yield f"| `{each.name}` | {each.kind} | {_format(each)} | `{each.layout.name}` |"


def _notes(mappings: list[Mapping]) -> Iterator[str]:
    yield "## What each says about itself\n"
    for each in mappings:
        yield f"- `{each.name}`: {each.template.note}"
    yield ""


def headings(mapping: Mapping) -> str:
    """By what a mapping is chosen: the headings of its header row and those that its rules name; the record; the first row."""
    layout = mapping.layout
    if layout.types:
        widths = ((name, len(kind.column_names)) for name, kind in layout.types.items() if kind.under is None)
        return "; ".join(f"no headings: first row {name} of {width} cells" for name, width in widths)
    if layout.record is not None:
        return f"no headings: record {layout.record}"
    named = layout.header if isinstance(layout.header, list) else []
    ruled = [*layout.skip, *layout.only, *layout.group, *layout.fill, *(each for some in layout.fill.values() for each in some)]
    return ", ".join(dict.fromkeys([*named, *(each for each in ruled if not each.startswith(("_", "$")))]))


def _format(mapping: Mapping) -> str:
    if mapping.layout.format is not Format.CSV:
        return str(mapping.layout.format)
    return f"csv, {mapping.layout.delimiter.name.casefold()}"
