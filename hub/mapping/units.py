"""Units that partners measure in, and their exact conversion to what a field stores."""

from __future__ import annotations

from decimal import Context, Decimal

from hub.domain.fields import Field, Type

PERCENT = "percent"
MONEY = "money"  # what a number without a unit of its own may be told in: cents

_TABLE: dict[str, tuple[str, Decimal]] = {
    "g": ("kg", Decimal("0.001")),
    "kg": ("kg", Decimal(1)),
    "lb": ("kg", Decimal("0.45359237")),
    "oz": ("kg", Decimal("0.028349523125")),
    "mm": ("m", Decimal("0.001")),
    "cm": ("m", Decimal("0.01")),
    "m": ("m", Decimal(1)),
    "in": ("m", Decimal("0.0254")),
    "l": ("m3", Decimal("0.001")),
    "cm3": ("m3", Decimal("0.000001")),
    "m3": ("m3", Decimal(1)),
    "cent": (MONEY, Decimal("0.01")),
    "share": (PERCENT, Decimal(100)),
    PERCENT: (PERCENT, Decimal(1)),
}
UNITS = tuple(_TABLE)

_OTHER_NAMES = {
    "g": "gr gram grams gramme grammes gramm gramma grammaa",
    "kg": "kgs kilo kilos kilogram kilograms kilogramme kilogramm kilogramma kilogrammaa kgm",
    "lb": "lbs pound pounds lbr #",
    "oz": "ounce ounces onz",
    "mm": "millimeter millimeters millimetre millimetres milli mmt",
    "cm": "centimeter centimeters centimetre centimetres zentimeter sentti cmt",
    "m": "meter meters metre metres metri metriä mtr",
    "in": 'inch inches " ″ zoll tuuma tum inh',
    "l": "liter liters litre litres litra litraa ltr dm3 dm³",
    "cm3": "cm³ ccm ml milliliter millilitre cmq",
    "m3": "m³ cbm mtq kuutio",
    "cent": "cents ct snt ¢ öre",
    "share": "ratio fraction",
    "percent": "% pct prosentti prosent prozent procent",
}
_NAMES = {other: unit for unit, others in _OTHER_NAMES.items() for other in others.split()} | {each: each for each in UNITS}

_NO_RATE = Decimal("0.5")  # no VAT is below half a percent but 0, none reaches 50 %
_CONTEXT = Context(prec=50)


def normal_unit(text: str) -> str | None:
    """The hub's name of a unit as a heading or a cell spells it (`lbs`, `Inch`, `m³`), or None."""
    return _NAMES.get(text.strip().strip(".").casefold())


def units_of(field: Field) -> tuple[str, ...]:
    """The units in which a partner may tell this field; empty when it is no number."""
    if field.type is not Type.DECIMAL:
        return ()
    stored = field.unit or MONEY
    return tuple(unit for unit, (dimension, _) in _TABLE.items() if dimension == stored)


def fits(unit: str, field: Field) -> bool:
    """Whether a unit (by the hub's name) measures what this field stores."""
    return unit in units_of(field)


def to_hub(number: Decimal, unit: str) -> Decimal:
    """Convert a number in `unit` (by the hub's name) to what its field stores, exactly."""
    return _CONTEXT.multiply(number, _TABLE[unit][1])


def is_typed_share(number: Decimal, field: Field) -> bool:
    """Whether a typed number of which nobody told the unit is a share: Excel keeps what it shows as 24 % as 0.24."""
    return field.unit == PERCENT and 0 < number < _NO_RATE


def to_partner(number: Decimal, unit: str) -> Decimal:
    """Convert a stored number to `unit`; exact where the division ends, else to 50 digits."""
    return _CONTEXT.divide(number, _TABLE[unit][1])
