"""Being told to stop: the file in hand is finished, then the process ends; what is left waits in the ledger."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def told_to_stop() -> threading.Event:
    """An event that SIGTERM or SIGINT sets. A second signal ends the process at once, as if it had been killed."""
    stopping = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
