"""From a fleet of devices to a GLPI that knows most of them, and to the verdict that is right for each.

The awkward cases are dealt out by share, from a shuffle with a fixed seed: the same fleet and seed give the same world.
"""

import random
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lab.glpi.dialect import DIALECTS, Version
from lab.glpi.people import Entity, Grant, User
from lab.glpi.world import World

ROOT, NORTH, NORTH_DEPOT, SOUTH = 0, 1, 2, 3
ENTITIES = (
    Entity(ROOT, "Root entity", None),
    Entity(NORTH, "Client North", ROOT),
    Entity(NORTH_DEPOT, "Depot", NORTH),
    Entity(SOUTH, "Client South & Sons", ROOT),
)

PLACEHOLDERS = re.compile(
    r"(?i)^(0+|x+|n/?a|none|unknown|1234567(8(90*)?)?|to be filled by o\.?e\.?m\.?|default string|npi[0-9a-f]{6})$"
)
"""What a careful person takes for no serial at all."""

SHARES: tuple[tuple[str, float], ...] = (
    ("duplicate", 0.05),
    ("trashed", 0.04),
    ("missing", 0.05),
    ("lookalike", 0.02),
    ("twin_in_trash", 0.02),
    ("template_too", 0.02),
    ("odd_spelling", 0.05),
    ("agent", 0.10),
)
"""Which share of the fleet gets which treatment; the rest is found once, plainly."""

_PLACEHOLDER_ROWS = ("To Be Filled By O.E.M.", "To be filled by O.E.M.", "0000000000", "N/A", "123456789", "", None)


@dataclass(frozen=True)
class Device:
    """What the world needs to know of a device."""

    id: str
    name: str
    serial: str
    model: str
    manufacturer: str


@dataclass
class Expected:
    """The verdict that a correct client reaches for a device: the ids of the printers that carry its serial."""

    serial: str
    verdict: str
    ids: list[int]
    trashed_ids: list[int]

    def document(self, world: World) -> dict[str, Any]:
        """As JSON, with the entities that the printers are in."""
        entities = [world.printers[number]["entities_id"] for number in self.ids or self.trashed_ids]
        return {"serial": self.serial, "verdict": self.verdict, "ids": self.ids, "trashed_ids": self.trashed_ids} | {
            "entities": entities
        }


def devices_of(document: dict[str, Any]) -> list[Device]:
    """The devices of a fleet simulator's `GET /devices` document; TypeError or ValueError says what is missing."""
    rows = document.get("devices")
    if not isinstance(rows, list):
        raise TypeError('the fleet document has no list "devices"')
    found = []
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or "id" not in row:
            raise ValueError(f'device {index} of the fleet document has no "id"')
        texts = {key: str(row.get(key) or "") for key in ("name", "serial", "model", "manufacturer")}
        found.append(Device(id=str(row["id"]), **texts))
    return found


def _plain(serial: str) -> str:
    """The serial as people compare it."""
    return unicodedata.normalize("NFC", serial).replace("\0", "").strip().upper()


def _treatments(devices: list[Device], chance: random.Random) -> dict[str, str]:
    """Which device gets which treatment, by device id."""
    able = [device.id for device in devices]
    chance.shuffle(able)
    found: dict[str, str] = {}
    for treatment, share in SHARES:
        count = round(len(devices) * share)
        if not count and len(able) > len(devices) // 2 and len(devices) >= 2 * len(SHARES):
            count = 1
        for device_id in able[:count]:
            found[device_id] = treatment
        able = able[count:]
    return found


class Builder:
    """Puts a fleet into a world, one device at a time."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.expected: dict[str, Expected] = {}

    def _add(self, device: Device, serial: str, **columns: Any) -> int:
        entity = columns.pop("entities_id", None)
        return self.world.add_printer(
            columns.pop("name", device.name),
            serial,
            manufacturer=device.manufacturer,
            model=device.model,
            entities_id=self.chance.choice([NORTH, NORTH_DEPOT, SOUTH, SOUTH, ROOT]) if entity is None else entity,
            last_pages_counter=self.chance.randrange(100, 200_000),
            **columns,
        )

    def put(self, device: Device, treatment: str) -> None:
        """Add the printers that `treatment` means for `device`."""
        live: list[int] = []
        trashed: list[int] = []
        serial = device.serial
        if treatment == "duplicate":
            live.append(self._add(device, serial, entities_id=NORTH))
            twin = self.chance.choice([serial, f"{serial.lower()}", f"{serial} ", f" {serial}"])
            entity = self.chance.choice([NORTH, SOUTH])
            live.append(self._add(device, twin, entities_id=entity, name=f"{device.name} (2)"))
        elif treatment == "trashed":
            trashed.append(self._add(device, serial, is_deleted=1))
        elif treatment == "odd_spelling":
            live.append(self._add(device, self.chance.choice([serial.lower(), f"{serial} "])))
        elif treatment == "agent":
            live.append(self._add(device, serial, is_dynamic=1, last_inventory_update="2026-11-20 03:00:00"))
        elif treatment != "missing":
            live.append(self._add(device, serial))
        if treatment == "lookalike":
            # The same to the database's collation, another serial to everybody else.
            self._add(
                device,
                re.sub("[A-Za-z]", "\u00c4", serial, count=1) if re.search("[A-Za-z]", serial) else f"{serial}\u00c4",
            )
        elif treatment == "twin_in_trash":
            trashed.append(self._add(device, serial, is_deleted=1))
        elif treatment == "template_too":
            self._add(device, serial, is_template=1, template_name=f"template of {device.name}")
        found = (
            "FOUND_MULTIPLE" if len(live) > 1 else "FOUND_SINGLE" if live else "IN_TRASH" if trashed else "NOT_FOUND"
        )
        self.expected[device.id] = Expected(serial, found, live, trashed)


def build(
    devices: Iterable[Device], version: Version, *, user_token: str, admin_token: str, seed: int = 1, others: int = 40
) -> tuple[World, dict[str, Expected]]:
    """The world and the expected verdicts by device id. `others` printers belong to nobody in the fleet.

    The sync user's default entity is Client North: right after login it sees only part of the printers.
    """
    chance = random.Random(seed)
    users = [
        User("printer-sync", user_token, default_entity=NORTH),
        User(
            "glpi",
            admin_token,
            password="glpi",
            rights=frozenset({"printer.read", "printer.update", "lockedfield"}),
            grants=(Grant(ROOT, recursive=True, profile=4, profile_name="Super-Admin"),),
            list_limit=20,
        ),
    ]
    world = World(DIALECTS[version], ENTITIES, users)
    builder = Builder(world, chance)
    all_devices = list(devices)
    seen: dict[str, str] = {}
    usual: list[Device] = []
    for device in all_devices:
        plain = _plain(device.serial)
        if not plain:
            builder.expected[device.id] = Expected(device.serial, "NO_SERIAL", [], [])
        elif PLACEHOLDERS.match(plain):
            builder.expected[device.id] = Expected(device.serial, "PLACEHOLDER_SERIAL", [], [])
        elif plain not in seen:
            seen[plain] = device.id
            usual.append(device)
    treatments = _treatments(usual, chance)
    for device in usual:
        builder.put(device, treatments.get(device.id, "plain"))
    for device in all_devices:
        # Two devices that claim one serial share what GLPI knows of it.
        if device.id not in builder.expected:
            builder.expected[device.id] = builder.expected[seen[_plain(device.serial)]]
    for index, serial in enumerate(_PLACEHOLDER_ROWS):
        world.add_printer(f"placeholder-{index}", serial, entities_id=chance.choice([NORTH, SOUTH]))
    for index in range(others):
        world.add_printer(
            f"other-{index:05}", f"OTHER{index:06}", entities_id=chance.choice([NORTH, NORTH_DEPOT, SOUTH])
        )
    world.add_printer("<office> & more", "A&B<1>", entities_id=SOUTH)
    return world, builder.expected
