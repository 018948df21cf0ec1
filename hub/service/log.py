"""Logs: one event a line with fixed names and fields, never a person's data, never a secret."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

from hub.config.private import private_folder


def start_log(home: Path, *, on_screen: bool = False) -> Path:
    """Write the log to `var/log/hub.log` (rotated), and to stderr too when a daemon is watched. Returns the file."""
    folder = private_folder(home / "var" / "log")
    path = folder / "hub.log"
    handlers: list[logging.Handler] = [RotatingFileHandler(path, maxBytes=10_000_000, backupCount=5, encoding="utf-8")]
    if on_screen:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    logging.raiseExceptions = False  # a full disk stops the log, not the hub, and fills no screen
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # its ticks are not the hub's events
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # what it reports is raised too, and told as the hub's own event
    path.chmod(0o600)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return path
