"""How the demonstration looks: what came in, what was wrong, how orders were split, what went out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import Any

from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from hub.cli.paper import answer_text, console, many, styled, table
from hub.desk.export import plain_rows
from hub.desk.ledger import Wanted, list_files, show_file
from hub.desk.tables import ExportKind, blocks
from hub.flow.hub import Hub

_WIDEST = 110
_ANSWER_FORMS = {"answer-json": "json", "answer-marked": "marked", "answer-refused": "refused"}
_OWN_WORDS = ("Tilausnro", "+Tila", "Tuotekoodi", "+Rivin tila", "Tilattu", "Toimitettu")
_STATUS_COLOURS = {"Delivered": "green", "Cancelled": "red", "Delivered Partially": "yellow"}

Row = dict[str, Any]


class Stage:
    """Where the story is shown; it remembers which files of the ledger were shown already."""

    def __init__(self, hub: Hub) -> None:
        """Show what happens in this hub."""
        self._hub = hub
        self._shown = 0
        self._out = console()
        self._out.width = min(self._out.width, _WIDEST)

    def open(self, home: Path) -> None:
        """Say where all of it happens."""
        self._out.print(styled("Two shops, three suppliers, a carrier, six orders and what becomes of them", "bold"))
        self._print(styled(f"workspace {home}", "dim"))

    def scene(self, number: int, title: str, say: str) -> None:
        """Head a scene."""
        self._out.print()
        self._out.print(Rule(styled(f"{number}  {title}", "bold cyan"), align="left", style="cyan"))
        self._out.print(styled(say))

    def since(self) -> tuple[list[Row], list[Row]]:
        """The files that came in, and those that went out, since this was last asked."""
        with self._hub.store.look() as db:
            files, _ = list_files(db, Wanted())
        new = [each for each in files if each["id"] > self._shown]
        self._shown = max((each["id"] for each in files), default=0)
        return [each for each in new if each["direction"] == "in"], [each for each in new if each["direction"] == "out"]

    def came_in(self, files: Sequence[Row]) -> None:
        """Files with their answers, and below them every problem with its cure."""
        counted = ("accepted", "unchanged", "refused")
        rows = [
            [each["partner"], each["name"], each["kind"], answer_text(each["answer"]), *(each[name] or "" for name in counted)]
            for each in files
        ]
        columns = ("from", "+file", "holds", "answer", "taken", "known", "refused")
        self._print(table(columns, rows, title="came in", right=("taken", "known", "refused")))
        for each in files:
            self._problems(each)

    def _problems(self, file: Row) -> None:
        with self._hub.store.look() as db:
            told = show_file(db, file["id"])
        if not told["problems"]:
            return
        rows = [
            [each["row"], each["column"], styled(each["value"], "yellow"), f"{each['message']}. {each['hint']}".strip()]
            for each in told["problems"]
        ]
        forms = [_ANSWER_FORMS[name] for name in _ANSWER_FORMS if self._sent_as(told, name)]
        title = f"{file['name']} is answered {file['answer']} ({', '.join(forms)})"
        self._print(table(("row", "column", "saw", "+what is wrong, and the cure"), rows, title=title, right=("row",)))

    def _sent_as(self, told: Row, form: str) -> bool:
        part = {"answer-json": ".answer.json", "answer-marked": ".marked.", "answer-refused": ".refused."}[form]
        return any(part in str(each["name"]) for each in told["answers"])

    def split(self) -> None:
        """Each order with the shipments that it became, a column for each supplier."""
        lines = self._export(ExportKind.ORDER_LINES)
        suppliers = sorted({str(each["supplier"]) for each in lines if each["supplier"]})
        rows: dict[tuple[str, str], dict[str, list[str]]] = {}
        for each in lines:
            mine = rows.setdefault((each["retailer"], each["order"]), {})
            mine.setdefault(each["supplier"] or "", []).append(f"{each['quantity']} × {each['sku'] or each['ean']}")
        cells = [
            [retailer, order, *("\n".join(found.get(supplier, ())) for supplier in suppliers)]
            for (retailer, order), found in rows.items()
        ]
        shown = [[Text(cell) for cell in row] for row in cells]
        self._print(table(("shop", "order", *suppliers), shown, title="split: one shipment per supplier"))

    def went_out(self, files: Sequence[Row]) -> None:
        """Files that were sent, and how many records each holds."""
        if files:
            rows = [[each["partner"], each["name"], each["kind"], each["read"]] for each in files]
            self._print(table(("to", "+file", "holds", "records"), rows, title="went out", right=("records",)))

    def told(self, files: Sequence[Row]) -> None:
        """What the shop with its own words was told, as it stands in its file."""
        for each in files:
            path = self._hub.workspace.outbox_of(self._hub.partner(each["partner"])) / each["name"]
            with path.open(encoding="utf-8", newline="") as file:
                headings, *rows = csv.reader(file, delimiter=";")
            if len(headings) > 1:
                wanted = [
                    headings.index(name) for name in ("Tilausnro", "Tila", "Tuotekoodi", "Rivin tila", "Tilattu", "Toimitettu")
                ]
                title = f"{each['name']}, in {each['partner']}'s own words"
                shown = [[row[at] for at in wanted] for row in rows]
                self._print(table(_OWN_WORDS, shown, title=title, right=("Tilattu", "Toimitettu")))

    def orders(self) -> list[Row]:
        """Every order with its computed status."""
        return self._export(ExportKind.ORDERS)

    def standing(self, orders: Sequence[Row]) -> None:
        """Where every order stands."""
        by_order: dict[tuple[str, str], list[str]] = {}
        for each in self._export(ExportKind.SHIPMENTS):
            by_order.setdefault((each["retailer"], each["order"]), []).append(f"{each['supplier']} {each['status']}")
        rows = [
            [
                each["retailer"],
                each["number"],
                styled(each["status"], _STATUS_COLOURS.get(each["status"], "")),
                f"{each['delivered_quantity'] or 0} of {each['quantity']}",
                ", ".join(by_order.get((each["retailer"], each["number"]), ["–"])),
            ]
            for each in orders
        ]
        columns = ("shop", "order", "status", "delivered", "+its shipments")
        self._print(table(columns, rows, title="where the orders stand", right=("delivered",)))

    def close(self, home: Path, seconds: float) -> None:
        """Say how it went and where to look further."""
        with self._hub.store.look() as db:
            files, _ = list_files(db, Wanted())
        came = sum(each["direction"] == "in" for each in files)
        split, shipments = (sum(each["shipments"] > 1 for each in self.orders()), len(self._export(ExportKind.SHIPMENTS)))
        self._out.print()
        self._out.print(Rule(styled("The end, as told", "bold green"), align="left", style="green"))
        told = f"{many(came, 'file')} in, {many(len(files) - came, 'file')} out, {many(len(self.orders()), 'order')}, "
        self._out.print(styled(f"{told}{split} of them split, {many(shipments, 'shipment')}; {seconds:.1f} s."))
        hub = _command()
        rows = [
            ["what the partners got", f"ls {home}/outbox/*"],
            ["labels to print", f"{home}/outbox/kivi/labels_1.pdf"],
            ["an order's whole life", f"{hub} trace 5001 --home {home}"],
            ["every file in and out", f"{hub} files --home {home}"],
            ["the three bad rows", f"{hub} file 2 --home {home}"],
        ]
        self._print(table(("look at", "+with"), rows))
        self._out.print()
        self._out.print(styled("The folder is yours: drop files into its inbox and run the hub once, or delete it.", "dim"))

    def _export(self, kind: ExportKind) -> list[Row]:
        with self._hub.store.look() as db:
            return [row for block in blocks(db, kind, self._hub.workspace) for row in plain_rows(kind, block)]

    def _print(self, what: Any) -> None:
        self._out.print(Padding(what, (1, 0, 0, 2), expand=False))


def _command() -> str:
    """How the hub was called, so that the lines to try can be copied."""
    called = Path(sys.argv[0])
    here = Path.cwd()
    if called.name != "hub":
        return "hub"
    return str(called.relative_to(here)) if called.is_relative_to(here) else called.name if which("hub") else str(called)
