"""Bad data is a value: what was wrong, where, and how to mend it (contract §6)."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a problem costs: an error its record, a warning nothing, info not even the 200."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Every problem code of the contract, `<answer>.<word>`; words are never renamed."""

    CARRIER = "207.carrier"
    UNKNOWN_QUANTITY = "207.unknown-quantity"
    REQUESTED = "207.requested"

    EMPTY = "400.empty"
    UNREADABLE = "400.unreadable"
    ENCODING = "400.encoding"
    PASSWORD = "400.password"  # noqa: S105 - a problem code, not a secret
    HEADER = "400.header"
    COLUMN = "400.column"
    UNKNOWN_COLUMN = "400.unknown-column"
    ROW_TYPE = "400.row-type"
    SHORT_ROW = "400.short-row"
    LONG_ROW = "400.long-row"
    ORPHAN = "400.orphan"
    TRAILER = "400.trailer"
    ENVELOPE = "400.envelope"
    TOO_MANY = "400.too-many"
    TOO_FEW = "400.too-few"
    TOO_LARGE = "400.too-large"
    CHECK = "400.check"
    FORMULA = "400.formula"

    MISSING = "400.missing"
    NUMBER = "400.number"
    DATE = "400.date"
    YESNO = "400.yesno"
    LIST = "400.list"
    EAN = "400.ean"
    COUNTRY = "400.country"
    CURRENCY = "400.currency"
    EMAIL = "400.email"
    PHONE = "400.phone"
    POSTCODE = "400.postcode"
    LENGTH = "400.length"
    RANGE = "400.range"
    STOCK = "400.stock"
    UNIT = "400.unit"
    STATUS = "400.status"
    TRANSITION = "400.transition"
    DUPLICATE_ROW = "400.duplicate-row"
    MISMATCH = "400.mismatch"
    CHARACTERS = "400.characters"

    PARTNER = "401.partner"
    CREDENTIALS = "401.credentials"
    HOST_KEY = "401.host-key"
    SIGNATURE = "401.signature"

    NO_MAPPING = "404.mapping"
    NO_PRODUCT = "404.product"
    NO_ORDER = "404.order"
    NO_LINE = "404.line"
    NO_SHIPMENT = "404.shipment"
    NO_SUPPLIER = "404.supplier"
    NO_CATALOG = "404.catalog"

    KNOWN_ORDER = "409.order"
    CHANGED = "409.changed"
    SEQUENCE = "409.sequence"
    FINAL = "409.final"

    INTERNAL = "500.internal"
    STORE_AWAY = "503.store"
    PARTNER_AWAY = "504.partner"

    @property
    def answer(self) -> int:
        """The answer this code belongs to: 400 for `400.number`."""
        return int(self.value[:3])


MEANING: dict[Code, str] = {
    Code.CARRIER: "stored, but the label or the carrier's booking failed",
    Code.UNKNOWN_QUANTITY: "a shipment is Delivered and a line has no delivered quantity: it stays empty, never 0",
    Code.REQUESTED: "a cancellation came after the supplier had the shipment: he was asked, and he decides",
    Code.EMPTY: "the file has no content",
    Code.UNREADABLE: "the file cannot be opened or is no file of its format",
    Code.ENCODING: "the characters cannot be read in the encoding of the mapping",
    Code.PASSWORD: "the workbook is protected by a password",
    Code.HEADER: "the row of headings is not found",
    Code.COLUMN: "a heading that the mapping needs is missing, or stands twice",
    Code.UNKNOWN_COLUMN: "a heading that the mapping does not know, where it asks for that",
    Code.ROW_TYPE: "a row is of no kind that the mapping knows",
    Code.SHORT_ROW: "a row has fewer cells than the header",
    Code.LONG_ROW: "a row has more cells than the header",
    Code.ORPHAN: "a row belongs to a record that is not in the file",
    Code.TRAILER: "the closing row contradicts the rows above it",
    Code.ENVELOPE: "the envelope of the message is broken",
    Code.TOO_MANY: "more records are bad than `refuse_above` allows: the whole file is refused",
    Code.TOO_FEW: "a full file has far fewer records than the last one: it was probably cut off",
    Code.TOO_LARGE: "the file is larger than the limits of the hub",
    Code.CHECK: "a check that the mapping demands is not met",
    Code.FORMULA: "a formula of the mapping cannot be worked out for this record",
    Code.MISSING: "a mandatory value is missing",
    Code.NUMBER: "the value is no number in the partner's notation",
    Code.DATE: "the value is no date or time in the partner's notation",
    Code.YESNO: "the value is none of the partner's words for yes and no",
    Code.LIST: "the value is not in the mapping's word list, or is none of the field's choices",
    Code.EAN: "the value is no GTIN of 8, 12, 13 or 14 digits with a right check digit",
    Code.COUNTRY: "the value is no country",
    Code.CURRENCY: "the value is no currency, or another one than the record's",
    Code.EMAIL: "the value is no e-mail address",
    Code.PHONE: "the value is no telephone number",
    Code.POSTCODE: "the postal code does not fit the country",
    Code.LENGTH: "the value is too long for its field",
    Code.RANGE: "the number is too small, too large or too precise",
    Code.STOCK: "there is not enough in stock, where the retailer's `fill` asks for it",
    Code.UNIT: "the unit of measure is not known or cannot be converted",
    Code.STATUS: "the word is no status of the hub; capitals count",
    Code.TRANSITION: "this status is not the sender's to set",
    Code.DUPLICATE_ROW: "the same record or line stands twice in the file",
    Code.MISMATCH: "two values contradict each other",
    Code.CHARACTERS: "the value holds characters that the field or the format cannot carry",
    Code.PARTNER: "the folder or the sender belongs to no partner, or he may not send this kind of file",
    Code.CREDENTIALS: "the partner's server refuses the hub's login",
    Code.HOST_KEY: "the partner's server shows another host key than the one configured",
    Code.SIGNATURE: "the signature does not fit",
    Code.NO_MAPPING: "no mapping reads a file of this name with these headings",
    Code.NO_PRODUCT: "nobody offers this product to the sender, or the sender has no such product",
    Code.NO_ORDER: "the sender has no such order",
    Code.NO_LINE: "the order or shipment has no such line",
    Code.NO_SHIPMENT: "the sender has no such shipment",
    Code.NO_SUPPLIER: "the supplier named does not serve this retailer",
    Code.NO_CATALOG: "the catalogue named does not serve this partner",
    Code.KNOWN_ORDER: "the order is known already with the same content: nothing changes",
    Code.CHANGED: "the order number is known already with other content: the first one stands",
    Code.SEQUENCE: "older than what is known already: passed over",
    Code.FINAL: "the shipment is Delivered or Cancelled, and that never moves",
    Code.INTERNAL: "the hub failed on this file; it waits in quarantine",
    Code.STORE_AWAY: "the store is out of reach; it is tried again",
    Code.PARTNER_AWAY: "the partner is out of reach; it is tried again",
}
"""What each code means, in a sentence; the reference of codes is made from it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that could not become a value; it stands in the column where the value would be.

    `seen` is the text as it stood in the file, `say` the sentence without place ("is no number"),
    `hint` the cure.
    """

    code: Code
    seen: str | None
    say: str
    hint: str = ""
    level: Level = Level.ERROR


@dataclass(slots=True)
class Problem:
    """What is wrong with a file, a record or a cell: code, place, what was seen and the cure.

    The domain fills in `record` and `field`; the mapping that read the file adds the place:
    `row` counts as the partner's program shows it (header included), `column` is his heading,
    `cell` the spreadsheet address (`D7`).
    """

    code: Code
    message: str
    hint: str = ""
    level: Level = Level.ERROR
    sheet: str | None = None
    row: int | None = None
    cell: str | None = None
    column: str | None = None
    field: str | None = None
    record: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        """One line: `400.number row 7 [Hinta] saw '12.50.1': is no number. Write 12,50.`."""
        where = [f"sheet {self.sheet}"] if self.sheet else []
        where += [f"row {self.row}"] if self.row is not None else []
        where += [f"[{self.column}]"] if self.column else []
        seen = f" saw {self.value!r}" if self.value is not None else ""
        cure = f". {self.hint}" if self.hint else ""
        return f"{self.code} {' '.join(where)}{seen}: {self.message.rstrip('.')}{cure}".replace(" :", ":")


class HubError(Exception):
    """Broken machinery, named by what the caller must do about it."""


class FileRefused(HubError):
    """The file as a whole cannot be used; answer its sender with these problems."""

    def __init__(self, *problems: Problem, read: int = 0) -> None:
        """Carry the problems that refuse the file, at least one, and how many records were read before."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = list(problems)
        self.read = read


class Unreachable(HubError):
    """A partner or the store cannot be reached; try again later."""

    code: Code = Code.PARTNER_AWAY


class LoginRefused(Unreachable):
    """A partner's server does not let the hub in; mend username, key or password."""

    code = Code.CREDENTIALS


class HostKeyRefused(Unreachable):
    """A partner's server is not the one that the configuration pins; ask the partner before anything is changed."""

    code = Code.HOST_KEY


class StoreAway(Unreachable):
    """The store or the archive cannot be reached or written; stop the round and try again later."""


class Misconfigured(HubError):
    """The configuration is wrong; an admin must mend it. Carries one line per finding."""

    def __init__(self, findings: list[str]) -> None:
        """Carry the findings, each already `file:line: what, cure`."""
        super().__init__("\n".join(findings))
        self.findings = findings


class Busy(HubError):
    """Another hub works on this store; wait for it or stop it."""


class LockLost(HubError):
    """The hub holds its store no longer and another may work on it: end at once and change nothing more."""


class NotFound(HubError):
    """What the operator named does not exist; name it otherwise."""


class ParserFailed(HubError):
    """The process that reads files failed, not at fault of the file as far as one can tell; try again later."""


def where_in_code(error: BaseException) -> str:
    """The innermost place in the hub's own code, without any value: a log may carry it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "hub" in frame.filename] or list(frames)
    return f"{own[-1].name}:{own[-1].lineno}" if own else "?"


@dataclass(slots=True)
class Counts:
    """What became of a file's records: read = accepted + unchanged + refused + skipped."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0

    def add_up(self) -> bool:
        """Whether no record disappeared (contract §5.3)."""
        return self.read == self.accepted + self.unchanged + self.refused + self.skipped


@dataclass(slots=True)
class Verdict:
    """The answer to a file: its number, its counts, its problems, the order numbers it was given."""

    answer: int
    counts: Counts
    problems: list[Problem] = field(default_factory=list)
    made: list[tuple[int, str]] = field(default_factory=list)


def answer_of(counts: Counts, problems: list[Problem], *, all_known: bool = False) -> int:
    """Choose the answer number of contract §6.

    In: the counts of records, all problems, and whether the file held nothing but known orders.
    Out: 200, 207, or the number that the problems share, else 400.
    """
    if all_known:
        return 409
    serious = [p for p in problems if p.level is not Level.INFO]
    if counts.accepted or counts.unchanged:
        return 207 if serious else 200
    errors = [p for p in serious if p.level is Level.ERROR] or serious
    shared = {p.code.answer for p in errors}
    if not shared:
        return 200
    return shared.pop() if len(shared) == 1 else 400
