"""The goals: which jobs are measured, in which unit, and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a figure is."""

    CPU = "× CPU"
    WALL = "× wall"
    MEGABYTES = "MB"
    SECONDS = "CPU s"
    MILLISECONDS = "ms"
    COST = "× cost"


@dataclass(frozen=True, slots=True)
class Goal:
    """What one job may cost at most."""

    key: str
    job: str
    most: float
    unit: Unit
    reason: str = ""
    """What stands in the way where it is not reached; the table says so."""


GOALS = {
    each.key: each
    for each in (
        Goal("catalogue.first", "1,000,000 products, CSV: first load", 2.0, Unit.CPU),
        Goal("catalogue.memory", "  its peak memory, all processes", 650, Unit.MEGABYTES),
        Goal("catalogue.again", "  the same file again", 2.0, Unit.CPU),
        Goal(
            "catalogue.changed",
            "  again with 1 % of the prices changed",
            2.0,
            Unit.CPU,
            reason="1.9 to 2.0 from run to run; the shelf is fetched to compare with, the time of every balance renewed in it",
        ),
        Goal("catalogue.shuffled", "  keys in random order, against the ordered load", 1.25, Unit.CPU),
        Goal("catalogue.foreign", "  Latin-1, semicolon, decimal comma, against plain", 1.2, Unit.CPU),
        Goal("stock.full", "1,000,000 stock rows, mode full, against the product load", 0.5, Unit.CPU),
        Goal(
            "excel.products",
            "100,000 products, XLSX, against calamine's to_python",
            2.0,
            Unit.CPU,
            reason="at its edge: of 1.9 CPU s the start of hub and child is 0.8, keeping 0.5, reading and mapping 0.6",
        ),
        Goal(
            "orders.files",
            "10,000 order files of 5 lines: split, stored, sent, answered",
            3.0,
            Unit.WALL,
            reason="the CPU time of all its processes, evenly on two cores, is alone 2.8 times the limit's wall: decision 14",
        ),
        Goal("orders.files.memory", "  its peak memory, all processes", 250, Unit.MEGABYTES),
        Goal(
            "orders.one",
            "one CSV of 10,000 orders, 100,000 lines, to 3 suppliers' files",
            6.0,
            Unit.SECONDS,
            reason="inserting is a fifth of it, reading in the child a sixth; a slow machine takes a quarter more",
        ),
        Goal("orders.one.memory", "  its peak memory, all processes", 400, Unit.MEGABYTES),
        Goal("deliveries", "100,000 delivery lines to a status file per retailer", 6.0, Unit.SECONDS),
        Goal("labels.merged", "10,000 labels in merged PDFs, each", 2.0, Unit.MILLISECONDS),
        Goal("labels.single", "  one by one, each", 8.0, Unit.MILLISECONDS),
        Goal("labels.zpl", "  ZPL, each", 0.1, Unit.MILLISECONDS),
        Goal("sftp", "1,000 small files over SFTP, against a bare paramiko loop", 1.5, Unit.WALL),
        Goal("idle.local", "an idle poll of 100 local channels", 50, Unit.MILLISECONDS),
        Goal("idle.sftp", "an idle poll of 100 SFTP channels: new connections", 0, Unit.COST),
        Goal("growth.rows", "cost per product at 4 × the rows", 1.2, Unit.COST),
        Goal("growth.ledger", "cost per new file on a ledger of 1,000,000 files", 1.2, Unit.COST),
        Goal("growth.orders", "cost per new order on a store of 2,000,000 orders", 1.2, Unit.COST),
        Goal("growth.poll", "cost of a poll on a ledger of 1,000,000 files", 1.2, Unit.COST),
        Goal("start.help", "hub --help", 0.4, Unit.SECONDS),
        Goal("start.status", "hub status on a big store", 1.0, Unit.SECONDS),
    )
}
"""In the order of the table."""
