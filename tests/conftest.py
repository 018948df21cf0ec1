"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

from hub.mapping import read

# No deadline: how long an example takes says something of the machine, not of the hub.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")

# `make test-wide`: every catalogue, however small, goes the way of the large ones.
if os.environ.get("HUB_TEST_WIDE"):
    read.WIDE_FROM = 0
