"""Brother. Sources: GLPI-agent's MibSupport, bieniu/brother, recorded walks, a meter program (pages by function).

Toner and ink in percent, counters by colour and the pages until the next care stand only in records (see
brother_records); the standard table mostly says "some". Old cards answer with HP's root.
"""

import re
from typing import Any, NamedTuple

from services.collector.mib.counters import unit_of
from services.collector.mib.oids import dotted
from services.collector.mib.text import decoded
from services.collector.mib.values import supply_state
from services.collector.read.facts import Facts
from services.collector.vendors.brother_records import Record, records
from services.collector.vendors.table import Vendor, at, beginning, counts, device_id, enterprise, hp_at, within

_B = "2435.2.3.9.4.2.1.5"
_ID = "2435.2.3.9.1.1.7.0"
_COUNTERS, _CARE, _NEXT = (enterprise(f"{_B}.5.{n}.0") for n in (10, 8, 11))
_STATUS_TEXT = enterprise(f"{_B}.4.5.2.0")
_MOST_CONSOLE = 32

_COUNTER_KEYS = {
    0x00: "total", 0x01: "mono", 0x02: "color", 0x06: "duplex", 0x12: "toner_black", 0x13: "toner_cyan",
    0x14: "toner_magenta", 0x15: "toner_yellow", 0x16: "images",
}  # fmt: skip
_DRUM_PAGES = {0x11: "drum", 0x73: "drum_cyan", 0x74: "drum_magenta", 0x75: "drum_yellow", 0x7E: "drum_black"}


class Part(NamedTuple):
    """A part that is used up. `shares`: the records that tell its percentage, in order of trust. `states`: those that
    tell 1 (good), 2 (soon) or 3 (now). `pages`: those that tell the pages until it is to be replaced."""

    kind: str
    color: str | None
    name: str
    shares: tuple[int, ...] = ()
    states: tuple[int, ...] = ()
    pages: tuple[int, ...] = ()


# "toner" stands for whatever the device prints with; see _print_kind.
_PARTS = (
    Part("toner", "black", "Black", (0x6F, 0x81, 0xA1), (0x31,)),
    Part("toner", "cyan", "Cyan", (0x70, 0x82, 0xA2), (0x32,)),
    Part("toner", "magenta", "Magenta", (0x71, 0x83, 0xA3), (0x33,)),
    Part("toner", "yellow", "Yellow", (0x72, 0x84, 0xA4), (0x34,)),
    Part("opc", "black", "Black drum", (0x80,), (), (0xA4,)),
    Part("opc", "cyan", "Cyan drum", (0x79,), (), (0xA5,)),
    Part("opc", "magenta", "Magenta drum", (0x7A,), (), (0xA6,)),
    Part("opc", "yellow", "Yellow drum", (0x7B,), (), (0xA7,)),
    Part("opc", None, "Drum", (0x41,), (0x63, 0x41), (0x82,)),
    Part("transferUnit", None, "Belt unit", (0x69,), (), (0x88,)),
    Part("fuser", None, "Fuser unit", (0x6A,), (), (0x89,)),
    Part("other", None, "Laser unit", (0x6B,), (), (0x73,)),
    Part("other", None, "Paper feeding kit, multi-purpose tray", (0x6C,), (), (0x86,)),
    Part("other", None, "Paper feeding kit 1", (0x6D,), (), (0x77,)),
)
_STATES = {1: "ok", 2: "low", 3: "empty"}
_PRINTS_WITH = {"toner", "tonerCartridge", "ink", "inkCartridge"}
_INK = re.compile(r"\b(?:DCP|MFC|HL)-[JT]\d", re.IGNORECASE)
_LASER = re.compile(r"\bCID:Brother Laser|\b(?:DCP|MFC|HL)-L\d|\bHL-\d", re.IGNORECASE)


def _counted(facts: Facts, counters: dict[str, Any]) -> None:
    """The counters of both record strings, beside the standard total."""
    found = [(_COUNTERS, "brother counters", _COUNTER_KEYS)]
    if _print_kind(facts) != "ink":  # inkjets keep these records too, and have no drum
        found.append((_CARE, "brother maintenance", _DRUM_PAGES))
    for oid, rule, keys in found:
        held = records(facts.octets(oid))
        for number, key in keys.items():
            record = held.get(number)
            if record is not None and record.length == 4 and key not in counters:
                counters[key] = {
                    "value": record.number, "oid": dotted(oid), "rule": f"{rule}, record {number:02x}",
                    "unit": unit_of(key),
                }  # fmt: skip


def _maintained(facts: Facts, reading: dict[str, Any]) -> None:
    """What the maintenance records tell of each part: into the standard row that is it, else as a row of its own."""
    care, following = records(facts.octets(_CARE)), records(facts.octets(_NEXT))
    rows: list[dict[str, Any]] = reading["supplies"]
    standard, kind = list(rows), _print_kind(facts)
    for part in _PARTS:
        told = _told(part, care, following)
        if told is None or (kind == "ink" and part.kind != "toner"):
            continue
        row = _row_of(standard, part)
        if row is None:
            row = _own_row(part, told["number"], kind)
            rows.append(row)
        if row["percent"] is None and told["percent"] is not None:
            row["percent"], row["oid"] = told["percent"], told["oid"]
            row["state"] = supply_state(told["percent"], 100, None)
        elif row["percent"] is None and told["state"]:
            row["state"], row["oid"] = told["state"], told["oid"]
        if row["level"] is None and told["pages"] is not None and row["unit"] in (None, "impressions"):
            row["level"], row["unit"] = told["pages"], "impressions"


def _told(part: Part, care: dict[int, Record], following: dict[int, Record]) -> dict[str, Any] | None:
    percent = next((p for n in part.shares if (p := _share(n, care.get(n))) is not None), None)
    number = next((n for n in (*part.shares, *part.states) if n in care), None)
    state = next((_STATES.get(care[n].number) for n in part.states if n in care and _is_state(care[n])), None)
    pages = next((following[n].number for n in part.pages if n in following and following[n].length == 4), None)
    if percent is None and state is None and pages is None:
        return None
    if state is None and pages is not None:
        state = "some" if pages else "empty"
    place = _CARE if percent is not None or number is not None else _NEXT
    if number is None:
        number = next(n for n in part.pages if n in following)
    return {"percent": percent, "state": state, "pages": pages, "number": number, "oid": dotted(place)}


def _share(number: int, record: Record | None) -> int | None:
    """The percentage: hundredths in records of four octets, save 81 to 84 and a1 to a4, which hold whole percent."""
    if record is None or record.length == 1:
        return None
    if record.length == 2:
        return record.share
    percent = record.number if number in range(0x81, 0x85) or number in range(0xA1, 0xA5) else record.number // 100
    return percent if percent <= 100 else None


def _is_state(record: Record) -> bool:
    return record.number in _STATES and (record.length == 1 or record.id != 0x41)


def _row_of(rows: list[dict[str, Any]], part: Part) -> dict[str, Any] | None:
    """The standard row of this part: of its type, and of its colour where both have one."""
    kinds = _PRINTS_WITH if part.kind == "toner" else {part.kind}
    if part.kind == "other":
        return None
    of_kind = [row for row in rows if row["type"] in kinds]
    same = [row for row in of_kind if row["color"] == part.color]
    if len(same) == 1:
        return same[0]
    single = of_kind if len(of_kind) == 1 and (part.color is None or of_kind[0]["color"] is None) else []
    return single[0] if single else None


def _own_row(part: Part, number: int, print_kind: str | None) -> dict[str, Any]:
    kind = print_kind if part.kind == "toner" else part.kind
    return {
        "index": f"record.{number}", "type": kind, "color": part.color, "description": part.name, "unit": None,
        "max": None, "level": None, "percent": None, "state": "unknown", "oid": dotted(_CARE),
    }  # fmt: skip


def _print_kind(facts: Facts) -> str | None:
    """Toner or ink, where the device id leaves no doubt."""
    text = facts.text(enterprise(_ID), 2000) or ""
    return "ink" if _INK.search(text) else "toner" if _LASER.search(text) else None


def _status(facts: Facts, reading: dict[str, Any]) -> None:
    """The text on the panel, where the standard console tells none."""
    octets = facts.octets(_STATUS_TEXT)
    text = decoded(octets, facts.charset) if octets else None
    if text and not reading["console"]:
        reading["console"] = [text][:_MOST_CONSOLE]


def _named(facts: Facts, reading: dict[str, Any]) -> None:
    """ "HL-2270DW series" is the HL-2270DW."""
    identity = reading["identity"]
    if identity["model"]:
        identity["model"] = re.sub(r"\s+series$", "", identity["model"], flags=re.IGNORECASE)


BROTHER = Vendor(
    "brother",
    "Brother",
    (enterprise("2435.2.3.9.1"), enterprise("2435")),
    claims=beginning("brother"),
    probe=enterprise(_ID),
    serials=(
        at(f"{_B}.5.1.0", "brother serial"),
        device_id(_ID, "SN|SERN", "IEEE 1284 device id"),
        hp_at("11.2.3.9.4.2.1.1.3.3.0", "hp PML serial"),  # another number than on the housing, on the recorded one
    ),
    models=(
        at("2435.2.4.3.2435.5.13.3.0", "brother model"),
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
    ),
    firmware=(
        at(f"{_B}.5.17.0", "brother firmware"),
        within(enterprise("2435.2.4.3.1240.6.5.0"), r"Firmware Ver\.?\s*(\S+)", "brother main firmware"),
    ),
    names=(at("2435.2.4.3.1240.1.1.0", "brother node name"),),
    counts=(
        *counts("brother pages by function", f"{_B}.5.52.21.1.3", {"1": "print", "2": "copy", "4": "other"},
                group="functions"),
        # Row 4 counts all scans where there is one; elsewhere GLPI-agent takes row 3.
        *counts("brother scans", f"{_B}.5.54.2.2.1.3", {"4": "scan", "3": "scan"}, group="scans"),
    ),
    asks=(_COUNTERS, _CARE, _NEXT, _STATUS_TEXT),
    countings=(_counted,),
    refiners=(_maintained, _status, _named),
)  # fmt: skip
