"""The command `hub`, which `python -m hub` is too."""

from __future__ import annotations

import os

from hub.service.memory import keep_what_is_left, look_for_cycles_rarely


def main() -> None:
    """Run the command line. Its imports make objects by the hundred thousand, none of them rubbish."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    look_for_cycles_rarely()
    try:
        from hub.cli.main import main as run

        run()
    finally:
        keep_what_is_left()


if __name__ == "__main__":
    main()
