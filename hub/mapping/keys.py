"""What each key of a mapping file is for, said once: editors, the reference and help all take it from here."""

from __future__ import annotations

from pydantic import BaseModel

from hub.formats.layout import Layout
from hub.mapping.notation import Notation
from hub.mapping.template import Bounds, Check, Rows, Spec, Template, UnitFrom

TABLES: dict[str, tuple[type[BaseModel], str]] = {
    "": (Template, "a mapping"),
    "file": (Layout, "how the file is laid out"),
    "notation": (Notation, "how this partner writes things"),
    "fields.*": (Spec, "the long form of a field"),
    "unit": (UnitFrom, "a unit that stands in another column"),
    "repeat.*": (Rows, "which rows are items of a list"),
    "checks[]": (Check, "a rule of the partner's own"),
    "limits": (Bounds, "how much of a file may be wrong"),
}
"""Every table of a mapping file: its model, and what it is."""

SAYS: dict[str, dict[str, str]] = {
    "": {
        "reads": "the kind of document that files of this mapping hold",
        "writes": "the kind of document that it writes",
        "note": "free text; changes nothing",
        "extends": "a base mapping: tables are merged into it, lists replaced, an empty right side takes a key away",
        "mode": "what a file says about what it does not name: nothing (update), or that it is gone (full)",
        "file": "how the file is laid out",
        "notation": "how this partner writes numbers, dates, yes and no",
        "repeat": "where the items of a list are; for plain tables it may be left out",
        "fields": "left, where a value goes; right, where it comes from",
        "maps": "word lists by name: theirs and ours",
        "checks": "rules of the partner's own",
        "limits": "how much of a file may be wrong before none of it is believed",
    },
    "file": {
        "format": "the format of the file",
        "name": "in: a pattern that cuts the name into parts ($file.PART); out: the name, with {now:…} {seq} {number} {shipment}",
        "encoding": "auto is a mark at the beginning, else UTF-8, else cp1252; or any codec by name",
        "delimiter": "what stands between two cells",
        "quote": "how a cell is quoted; all quotes every cell that is written",
        "header": "the row of the headings by number, none, or the headings that the row has",
        "sheet": "a sheet by name, number or pattern; else the first that is visible",
        "columns": "names of the columns where there are no headings; fixed width: their places",
        "types": "several kinds of rows, sheets or files",
        "type_in": "the column that tells the kind of a row, when it is not the first",
        "group": "rows with the same value are one record; a blank means the row above",
        "record": "the path of a record, or the message and group",
        "skip": "rows passed over when any rule hits; * and ? stand for anything",
        "only": "rows are kept when all rules hit",
        "until": "the table ends at the first row that a rule hits",
        "fill": "blank means as above, while another column stays the same",
        "line_end": "what ends a written line",
        "escape_formulas": "out, for people: keeps a spreadsheet from running a cell of a CSV",
    },
    "notation": {
        "decimal": "the decimal sign",
        "thousands": "the sign between thousands",
        "date": "patterns of YYYY YY MMM MM M DD D HH mm ss ZZ, or unix; ISO is always understood",
        "timezone": "where times are that name no zone; else the partner's",
        "yes": "words for yes, besides yes, true and 1",
        "no": "words for no, besides no, false and 0",
        "empty": "words that say nothing, like a blank",
        "clear": "words that empty what is stored",
    },
    "fields.*": {
        "from": "a heading or path, or several: the first that has a value; a text that begins with = is a formula",
        "join": "several sources in one value; blanks are skipped",
        "with": "what stands between joined values",
        "value": "a constant, or a formula that begins with =",
        "take": "which value counts when a source finds several",
        "do": "steps on the text, in order",
        "map": "a word list, by name or written out; a word that is not in it is 400.list unless else says otherwise",
        "else": "what a word becomes that the list does not have; keep leaves it",
        "unit": "the unit that this partner measures in; the hub converts",
        "date": "patterns of this field's dates, in place of notation.date",
        "decimal": "the decimal sign of this field, in place of notation.decimal",
        "places": "out: so many decimals",
        "default": "what a blank becomes",
        "required": "a record without it is refused",
        "when": "a formula; the source counts only where it is true",
    },
    "unit": {"from": "the heading of the column that holds the unit"},
    "repeat.*": {"from": "where the items are; rows in a table", "skip": "rows that are no items"},
    "checks[]": {
        "that": "a formula that must be true",
        "say": "what is said when it is not",
        "level": "how much it costs: an error the record, a warning nothing",
        "on": "what it looks at: each record, each line, or the whole file",
    },
    "limits": {
        "refuse_above": "the share of bad records above which the whole file is refused, from 10 records up; 0 is all or nothing",
        "min_records": "fewer records refuse the file",
        "min_share": "mode full: the share of the last full file below which a file is refused",
        "missing_columns": "refuse: every heading must be there; ignore: none; unset: those of mandatory fields",
        "unknown_columns": "what a heading means that the mapping does not name",
    },
}
"""One sentence for each key, by table."""


def says(table: str, key: str) -> str:
    """What a key is for; empty when nobody has said it yet."""
    return SAYS.get(table, {}).get(key, "")


def key_names(model: type[BaseModel]) -> list[str]:
    """The keys of a model as they are written in the file."""
    return [info.alias or name for name, info in model.model_fields.items()]
