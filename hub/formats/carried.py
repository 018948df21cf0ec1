"""Characters that no text in a file may hold: one list for every writer, so that no reader stumbles over what the hub sent.

Partners' values with such characters are refused on their way in; what a mapping makes of its own (a constant, a
formula) is refused on its way out, 400.characters, before anything of that record is written.
"""

from __future__ import annotations

import re

NOT_CARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Control characters but tab and line ends, halves of characters, and what is no character at all."""


def printable(text: str) -> str:
    """A text that every format carries, for what must be told whatever it holds: each such character becomes U+FFFD."""
    return NOT_CARRIED.sub("\ufffd", text)
