"""Bad data is a value: what was wrong, where, and how to mend it (contract §6)."""

from __future__ import annotations

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
        cure = f" {self.hint}" if self.hint else ""
        return f"{self.code} {' '.join(where)}{seen}: {self.message}{cure}".replace(" :", ":")


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


class Misconfigured(HubError):
    """The configuration is wrong; an admin must mend it. Carries one line per finding."""

    def __init__(self, findings: list[str]) -> None:
        """Carry the findings, each already `file:line: what, cure`."""
        super().__init__("\n".join(findings))
        self.findings = findings


class Busy(HubError):
    """Another hub works on this store; wait for it or stop it."""


class NotFound(HubError):
    """What the operator named does not exist; name it otherwise."""


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
