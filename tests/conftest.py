"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadline: how long an example takes says something of the machine, not of the hub.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")
