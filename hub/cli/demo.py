"""The main job as a story: the sample partners at work in a throw-away workspace, step by step.

What partners drop lies under `story/`, a folder for each scene; what must come of it stands here beside each
scene and is compared, so that the demonstration cannot tell what the hub does not do.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from hub.cli.show_demo import Stage
    from hub.flow.hub import Hub

_STORY = Path(__file__).parent / "story"
_SETTLE = ("settle: 10s", "settle: 0s")


@dataclass(frozen=True, slots=True)
class Scene:
    """One step: what is dropped, in this order, and what must be answered and owed afterwards.

    `drops` are `partner/file` and the answer that each must get; `sends` the kinds of files that are shown
    going out and how many there must be; `orders` the status that each order must have afterwards.
    """

    title: str
    say: str
    folder: str
    drops: Mapping[str, int]
    sends: Mapping[str, int] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    split: bool = False


PRODUCTS = Scene(
    "Suppliers publish products and stock",
    "Ahti sends Excel with a letterhead, Kivi semicolons and decimal commas in an old Windows character set, "
    "Solros plain CSV. Three of Kivi's rows are wrong: the other fifteen are taken.",
    "1-products",
    {
        "ahti/tuotteet.xlsx": 200,
        "kivi/tuotteet.csv": 207,
        "kivi/saldot.csv": 200,
        "solros/products.csv": 200,
        "solros/stock_{counted}.csv": 200,
    },
    {"catalog": 1},
)
CORRECTED = Scene(
    "Kivi corrects the three rows and drops them back",
    "His own file came back twice: marked, with what is wrong beside each row, and as a refused file with those "
    "rows alone. He mends the three cells in it and drops it as it is.",
    "",
    {"kivi/tuotteet.refused.csv": 200},
)
ORDERS = Scene(
    "Two shops send orders; each order is split per supplier",
    "Nordshop writes Finnish CSV, Merepood exports from Shopify. One order names a product that nobody has, one "
    "comes a second time, and #1003 is not paid yet: it is registered and waits. Kivi gets labels and notes to print.",
    "2-orders",
    {"nordshop/tilaukset_1.csv": 207, "nordshop/tilaukset_2.csv": 409, "merepood/orders_export_1.csv": 200},
    {"shipments": 6, "labels": 1, "notes": 1},
    {"5001": "Submitted", "5002": "Submitted", "5003": "Submitted", "1001": "Submitted", "1002": "Submitted", "1003": "Draft"},
    split=True,
)
DELIVERIES = Scene(
    "Suppliers deliver: whole, in part, not at all; a shop changes its mind",
    "Kivi sends 3 mortars of 5 and the rest later. Solros cancels a sold-out basket and writes one status in small "
    "letters. Merepood cancels #1003 at once; for #1002, which Solros has already, it can only ask. One of Ahti's parcels "
    "has no tracking number: the carrier Lumi is asked to book it.",
    "3-deliveries",
    {
        "ahti/toimitukset.xlsx": 200,
        "kivi/toimitukset_1.csv": 200,
        "solros/deliveries_1.csv": 207,
        "merepood/cancel.csv": 207,
    },
    {"cancellations": 1, "statuses": 2, "despatches": 2, "bookings": 1, "notes": 1},
    {
        "5001": "Delivered Partially",
        "5002": "Delivered",
        "5003": "Delivered Partially",
        "1001": "Delivered",
        "1002": "Submitted",
        "1003": "Cancelled",
    },
)
THE_REST = Scene(
    "The rest arrives",
    "Kivi sends the last two mortars by another carrier, whose number needs no label of ours. Solros writes Delivered "
    "as it should and agrees to the cancellation. Lumi answers with the tracking number, which the shop hears at once.",
    "4-the-rest",
    {"kivi/toimitukset_2.csv": 200, "solros/deliveries_2.csv": 200, "lumi/answers_1.csv": 200},
    {"statuses": 2, "despatches": 1, "notes": 1},
    {
        "5001": "Delivered",
        "5002": "Delivered",
        "5003": "Delivered",
        "1001": "Delivered",
        "1002": "Cancelled",
        "1003": "Cancelled",
    },
)
SCENES = (PRODUCTS, CORRECTED, ORDERS, DELIVERIES, THE_REST)

SHIPMENTS = {"5001": 3, "5002": 2, "5003": 2, "1001": 2, "1002": 1, "1003": 0}
"""Into how many shipments each order must be split."""

_CORRECTIONS = {"noin 45": "44,90", "2,00123E+12": "2001234500296", "laatikko": "pari"}


class NotAsTold(Exception):
    """The story did not come out as it is told; the hub or the story is wrong."""


def demo() -> None:
    """Tell the story on stdout; exits 1 when it does not come out as told."""
    from hub.cli.paper import say
    from hub.cli.show_demo import Stage

    began = time.monotonic()
    home = _workspace()
    with _hub_at(home) as hub:
        stage = Stage(hub)
        stage.open(home)
        try:
            for number, scene in enumerate(SCENES, start=1):
                _play(hub, stage, scene, number)
        except NotAsTold as error:
            say(f"hub: the story did not come out as told: {error}; the workspace is {home}")
            raise typer.Exit(1) from error
        stage.close(home, time.monotonic() - began)


def _workspace() -> Path:
    """The sample workspace, copied to where it may be used up; files are taken at once there."""
    home = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    source = sample_workspace()
    for folder in ("config", "mappings"):
        shutil.copytree(source / folder, home / folder)
    settings = home / "config" / "hub.yaml"
    settings.write_text(settings.read_text("utf-8").replace(*_SETTLE), "utf-8")
    return home


def sample_workspace() -> Path:
    """Where the sample partners lie: in the package, or in the repository when the hub runs from there."""
    packaged = _STORY / "workspace"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


@contextmanager
def _hub_at(home: Path) -> Iterator[Hub]:
    from hub.service.lock import SECOND_HUB, hold
    from hub.service.log import start_log
    from hub.service.wiring import open_hub

    start_log(home)
    hub = open_hub(home)
    try:
        with hold(hub.workspace, SECOND_HUB):
            yield hub
    finally:
        hub.close()


def _play(hub: Hub, stage: Stage, scene: Scene, number: int) -> None:
    from hub.service.once import once

    stage.scene(number, scene.title, scene.say)
    if scene is CORRECTED:
        _drop(hub, "kivi", "tuotteet.refused.csv", _corrected(hub))
    for drop in scene.drops if scene.folder else ():
        partner, _, name = drop.partition("/")
        _drop(hub, partner, _dated(hub, partner, name), (_STORY / scene.folder / partner / name).read_bytes())
    once(hub, send_all="statuses" in scene.sends)
    came, went = stage.since()
    stage.came_in(came)
    if scene.split:
        stage.split()
    stage.went_out([each for each in went if each["kind"] in scene.sends])
    if "statuses" in scene.sends:
        stage.told([each for each in went if each["kind"] == "statuses"])
    _compare(stage, scene, came, went)


def _drop(hub: Hub, partner: str, name: str, data: bytes) -> None:
    """Drop a file as a partner does; a moment apart, since files are taken in order of their times."""
    path = hub.workspace.inbox_of(hub.partner(partner)) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    time.sleep(0.005)


def _dated(hub: Hub, partner: str, name: str) -> str:
    """A name with the time at which stock was counted, as its partner writes it."""
    zone = ZoneInfo(hub.partner(partner).zone(hub.workspace.settings))
    return name.format(counted=datetime.now(zone).strftime("%Y%m%d-%H%M%S"))


def _corrected(hub: Hub) -> bytes:
    """Kivi's refused file with its three cells mended."""
    path = hub.workspace.outbox_of(hub.partner("kivi")) / "tuotteet.refused.csv"
    text = path.read_bytes().decode("cp1252")
    for wrong, right in _CORRECTIONS.items():
        if text.count(wrong) != 1:
            raise NotAsTold(f"{wrong!r} does not stand once in {path.name}")
        text = text.replace(wrong, right)
    return text.encode("cp1252")


def _compare(stage: Stage, scene: Scene, came: list[dict[str, Any]], went: list[dict[str, Any]]) -> None:
    """Hold what happened against what is told."""
    wanted = sorted((drop.partition("/")[0], answer) for drop, answer in scene.drops.items())
    _same("answers", wanted, sorted((each["partner"], each["answer"]) for each in came))
    made = {kind: sum(each["kind"] == kind for each in went) for kind in scene.sends}
    _same("files sent", dict(scene.sends), made)
    orders = stage.orders()
    if scene.orders:
        _same("statuses", dict(scene.orders), {each["number"]: each["status"] for each in orders})
        _same("shipments", SHIPMENTS, {each["number"]: each["shipments"] for each in orders})
        stage.standing(orders)


def _same(what: str, wanted: object, found: object) -> None:
    if wanted != found:
        raise NotAsTold(f"{what}: {wanted} expected, {found} found")
