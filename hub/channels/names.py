"""Names of partners' files are hostile input: what cannot be shown or stored as it is gets an escaped name."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote_from_bytes

_NO_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, marks that turn text around, halves of letters
_LONGEST = 255
_PLAIN = re.compile(r"[\w\x20-\x7e]*")


def safe_name(name: str) -> str:
    r"""A name as the hub keeps and shows it: unharmed when every character of it is a letter, digit or sign.

    Otherwise its bytes are percent-encoded where needed: `a\nb.csv` becomes `a%0Ab.csv`. Names come from
    `os.fsdecode` or its like, so that bytes which are no UTF-8 stand in it as surrogates.
    """
    if _PLAIN.fullmatch(name) or not any(unicodedata.category(each) in _NO_TEXT for each in name):
        return name
    escaped = "".join(
        each
        if unicodedata.category(each) not in _NO_TEXT and each != "%"
        else quote_from_bytes(each.encode("utf-8", "surrogateescape"), "")
        for each in name
    )
    return escaped if len(escaped.encode()) <= _LONGEST else _shortened(escaped)


def _shortened(escaped: str) -> str:
    """Cut in the middle, so that its beginning and its ending still say which mapping reads it."""
    whole = escaped.encode()
    return whole[:150].decode(errors="ignore") + "~" + whole[-100:].decode(errors="ignore")


def is_no_name(name: str) -> bool:
    """Whether a listing gives a name that cannot be the name of a file in that folder: it leads elsewhere or nowhere."""
    return name in ("", ".", "..") or "/" in name or "\\" in name or "\x00" in name
