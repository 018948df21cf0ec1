"""Logs: one event a line with fixed names and fields, never a person's data, never a secret."""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

from hub.config.private import private_folder

_LARGEST = 10_000_000  # bytes of a log until the next is begun


class _LogFile(RotatingFileHandler):
    """The log's file. The hub's own lines, several for each file in and out, go there past what a record of `logging` costs."""

    def line(self, text: str) -> None:
        """Write a line; what cannot be written stops the log, not the hub."""
        with self.lock or nullcontext(), suppress(OSError, ValueError):
            if self.stream is not None and self.stream.tell() + len(text) >= _LARGEST:
                self.doRollover()
            stream = self.stream = self.stream or self._open()
            stream.write(f"{text}\n")
            stream.flush()


class _Lines:
    """Takes the hub's own events as lines."""

    def __init__(self, file: _LogFile, *, on_screen: bool) -> None:
        self._file = file
        self._on_screen = on_screen

    def info(self, text: str) -> None:
        """Write an event."""
        self._file.line(text)
        if self._on_screen:
            with suppress(OSError, ValueError):
                print(text, file=sys.stderr, flush=True)  # noqa: T201 - a daemon that is watched

    warning = error = critical = info


def start_log(home: Path, *, on_screen: bool = False) -> Path:
    """Write the log to `var/log/hub.log` (rotated), and to stderr too when a daemon is watched. Returns the file."""
    folder = private_folder(home / "var" / "log")
    path = folder / "hub.log"
    file = _LogFile(path, maxBytes=_LARGEST, backupCount=5, encoding="utf-8")
    handlers: list[logging.Handler] = [file]
    if on_screen:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    logging.raiseExceptions = False  # a full disk stops the log, not the hub, and fills no screen
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # its ticks, and one left out while a look lasts, are not the hub's events
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # what it reports is raised too, and told as the hub's own event
    path.chmod(0o600)
    lines = _Lines(file, on_screen=on_screen)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    return path
