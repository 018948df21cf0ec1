"""Print invented labels, for bench.prints to measure: `python -m bench.labels merged|single|zpl MANY`."""

from __future__ import annotations

import sys

from hub.domain.paper import Label, Mark, Party
from hub.prints.label_zpl import label_zpl
from hub.prints.press import Press

_SHOP = Party("Nordshop Oy", ("Testikatu 1",), "00100 Helsinki", "FINLAND", "+358401234567", "help@nordshop.test")


def label(n: int) -> Label:
    """One of many labels: every one has another name, address and number, as many as in life have marks."""
    street = (f"c/o Kaisa Mallikas {n}", f"Pitkänsillanranta {n} B 34") if n % 4 == 0 else (f"Koekatu {n}",)
    return Label(
        sender=_SHOP,
        receiver=Party(f"Žanna Öhman-Esimerkki {n}", street, f"{n % 99999:05d} Helsinki", "FINLAND", f"+35840{n:07d}"),
        shipment=f"S{n:08d}",
        order=str(5000 + n),
        parcel="1",
        place=1,
        of=1,
        tracking_number=f"JJFI65432{n:012d}",
        reference=f"W-{n}",
        service="2103",
        service_name="Postal Parcel",
        operator="Posti",
        weight="2.5 kg",
        marks=(Mark.FRAGILE,) if n % 5 == 0 else (),
    )


def make(how: str, many: int) -> None:
    """Print so many labels in one of the three ways."""
    some = [label(n) for n in range(many)]
    with Press() as press:
        match how:
            case "merged":
                press.labels(some)
            case "single":
                for each in some:
                    press.labels([each])
            case _:
                for each in some:
                    label_zpl(each)


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
