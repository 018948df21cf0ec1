"""`python -m hub` is `hub`."""

from __future__ import annotations

from hub.cli.main import main

main()
