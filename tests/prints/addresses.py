"""Invented labels by the thousand: names and addresses of many scripts, as long and as hostile as order files bring them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hub.domain.paper import Label, Mark, party

_NAMES = (
    "Maija Esimerkki", "Õie Žukovskaja-Šnõrr", "Алексей Щербаков-Примерный", "Nguyễn Thị Thử Nghiệm", "Łucja Przykładowa",
    "Jānis Paraugs-Ķīšezers", "Ąžuolas Pavyzdys Ūdrė", "Ødegård Åse Æbleskov", "Maximiliana-Wilhelmiina Esimerkillinen",
    "Ltd ^XZ^XA^FO0,0^FDstolen^FS", "~DGR:X.GRF,1,1,FF", r"back\slash \& _5E >0 >;", 'say "hi", it\'s {me}; #let x = $1$ *a* _b_',
    "first line\nsecond line", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "W" * 35,
    "Ελένη Παράδειγμα", "c/o Oy Välittäjä Ab",
)  # fmt: skip
_STREETS = (
    "Testikatu 1 A 23", "улица Образцовая, дом 5, корпус 2", "Số 12 ngõ 34 phố Thử, phường Ví Dụ", "Šķūņu iela 7–12",
    "^FD^FS^XZ ~JA", "Kivitie 3 c/o Välittäjä, porras B, 4. kerros, summeri Esimerkki", "A/B\\C\nbuilding 2", "x" * 60, "€ 5 St.",
)  # fmt: skip
_CITIES = (("FI", "00100", "Helsinki"), ("EE", "10111", "Tallinn"), ("LV", "LV-1050", "Rīga"), ("RU", "101000", "Москва"),
           ("VN", "100000", "Hà Nội"), ("GB", "EC1A 1BB", "London"), ("US", "12345", "Springfield"))  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöåõšžüčćłķģņąęėįųūабвгдежзийклмнопрстуфхцчшщыэюяăâêôơưđệốứữ '-./,()&^~\\_>€"


def labels(many: int, seed: int = 1) -> list[Label]:
    """That many labels, the same for the same seed, each with a tracking number of its own."""
    return list(_labels(many, Random(seed)))


def _labels(many: int, chance: Random) -> Iterator[Label]:
    for at in range(many):
        country, postcode, city = chance.choice(_CITIES)
        facts = {
            "name": _one_of(chance, _NAMES, 35),
            "name2": _one_of(chance, _NAMES, 35) if chance.random() < 0.4 else "",
            "address1": _one_of(chance, _STREETS, 50),
            "address2": _one_of(chance, _STREETS, 50) if chance.random() < 0.3 else "",
            "postcode": postcode,
            "city": city,
            "country": country,
            "phone": chance.choice(("", "+358 40 0000000")),
            "email": chance.choice(("", "maija@example.com", "a.very.long.mailbox.of.somebody@subdomain.example.com")),
        }
        yield Label(
            sender=party({"name": chance.choice(_NAMES), "address1": "Lähettäjänkuja 9", "city": "Oulu", "country": "FI"}),
            receiver=party(facts),
            shipment=f"S{at:07d}",
            order=chance.choice(("1001", "WEB-2026/000123^FS", "ORDER-" + "9" * 29)),
            parcel="1",
            place=1,
            of=chance.choice((1, 2, 12)),
            tracking_number=chance.choice((f"JJFI{at:017d}", f"CX{at:08d}5FI", f"00{at:018d}")),
            reference=chance.choice(("", "Viite 7/Ä")),
            service=chance.choice(("", "2103", "PO2104")),
            service_name=chance.choice(("", "Postal Parcel")),
            operator=chance.choice(("", "Posti")),
            pickup_point=chance.choice(("", "K-Market Esimerkki, Noutokatu 5, 00200 Helsinki")),
            routing_code=chance.choice(("", "FI-00-123")),
            weight=chance.choice(("", "12.5 kg")),
            marks=tuple(mark for mark in Mark if chance.random() < 0.3),
        )


def _one_of(chance: Random, known: tuple[str, ...], longest: int) -> str:
    """A known text, or letters of many scripts by chance."""
    if chance.random() < 0.6:
        return chance.choice(known)
    return "".join(chance.choices(_LETTERS, k=chance.randint(1, longest))).strip() or "x"
