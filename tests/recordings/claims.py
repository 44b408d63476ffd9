"""What others read from a recording, field by field, each held against our reading."""

from collections.abc import Callable, Iterator
from typing import Any

from services.collector.mib.names import DEVICE_STATUS, ERROR_BITS
from tests.recordings.brother import brother_claims
from tests.recordings.library import Recording
from tests.recordings.words import AGENT, MANUFACTURERS, SOURCE, Claim, amount, plain_serial, same_model

Reading = dict[str, Any]


def claims(recording: Recording, reading: Reading) -> list[Claim]:
    """All that GLPI Agent and the source's own tests say about this device."""
    found: list[Claim] = []
    for maker in _MAKERS:
        found += maker(recording, reading)
    return found


def _identity(recording: Recording, reading: Reading) -> Iterator[Claim]:
    ours = reading["identity"]
    info, expected = recording.peer.get("INFO") or {}, recording.expected
    firmwares = [entry["VERSION"] for entry in recording.peer.get("FIRMWARES") or () if entry.get("VERSION")]
    said: tuple[tuple[str, str, Any], ...] = (
        ("serial", AGENT, info.get("SERIAL")),
        ("serial", SOURCE, expected.get("serial")),
        ("model", AGENT, info.get("MODEL")),
        ("model", SOURCE, expected.get("hardware") or expected.get("model")),
        ("manufacturer", AGENT, info.get("MANUFACTURER")),
        ("firmware", AGENT, info.get("FIRMWARE") or next(iter(firmwares), None)),
        ("firmware", SOURCE, expected.get("version") or expected.get("firmware")),
        ("mac", AGENT, info.get("MAC")),
        ("mac", SOURCE, expected.get("mac")),
    )
    for field, by, value in said:
        if value:
            yield Claim(field, by, str(value), agrees=_agrees(field, str(value), ours[field]))


def _agrees(field: str, said: str, ours: str | None) -> bool:
    if ours is None:
        return False
    if field == "model":
        return same_model(said, ours)
    if field == "manufacturer":
        return MANUFACTURERS.get(said.lower(), said.lower()) == ours.lower()
    if field == "serial":
        return plain_serial(said) == plain_serial(ours)
    return said.strip().lower() == ours.lower()


_AGENT_COUNTERS = {
    "TOTAL": "total", "BLACK": "mono", "COLOR": "color", "RECTOVERSO": "duplex", "SCANNED": "scan",
    "PRINTTOTAL": "print", "PRINTBLACK": "print_mono", "PRINTCOLOR": "print_color",
    "COPYTOTAL": "copy", "COPYBLACK": "copy_mono", "COPYCOLOR": "copy_color", "FAXTOTAL": "fax",
}  # fmt: skip
# What the source has from another place than we.
_SOURCE_COUNTERS = {"Total page cnt": "total", "Total Mono cnt": "mono"}


def _counters(recording: Recording, reading: Reading) -> Iterator[Claim]:
    ours = reading["counters"]
    for name, value in (recording.peer.get("PAGECOUNTERS") or {}).items():
        key = _AGENT_COUNTERS[name]
        yield Claim(f"counter {key}", AGENT, str(value), key in ours and ours[key]["value"] == int(value))
    for row in recording.expected.get("counters") or ():
        if row["class"] == "count":
            # Our sums stand at the place of their first part: what the device tells there itself comes first.
            keys = [key for key, counter in ours.items() if counter["oid"] == row["oid"]]
            keys += [key for key in (_SOURCE_COUNTERS.get(row["descr"]),) if key in ours]
            mine = next((one for one in keys if ours[one]["value"] == row["value"]), next(iter(keys), None))
            agrees = mine is not None and ours[mine]["value"] == row["value"]
            yield Claim(f"counter {mine}" if mine else f"counter “{row['descr']}”", SOURCE, str(row["value"]), agrees)


def _status(recording: Recording, reading: Reading) -> Iterator[Claim]:
    """The source's error number is 0, or the place of the first bit set, counted from 1."""
    ours = reading["status"]
    for row in recording.expected.get("counters") or ():
        if row["descr"] == "Printer Device Status":
            status = DEVICE_STATUS[row["value"]]
            yield Claim("status", SOURCE, status, status == ours["device"])
        elif row["descr"] == "Printer Error Status":
            error = ERROR_BITS[row["value"] - 1] if row["value"] else "no error"
            yield Claim("errors", SOURCE, error, error in (ours["errors"] or ["no error"]))


_TYPES = {
    "TONER": ("toner", "tonerCartridge"), "CARTRIDGE": ("ink", "inkCartridge"), "DRUM": ("opc",),
    "DEVELOPER": ("developer",), "WASTETONER": ("wasteToner", "wasteInk"), "FUSERKIT": ("fuser",),
    "TRANSFERKIT": ("transferUnit",), "MAINTENANCEKIT": ("maintenanceKit", "other"),
}  # fmt: skip
_COLORS = ("BLACK", "CYAN", "MAGENTA", "YELLOW")


def _agent_supplies(recording: Recording, reading: Reading) -> Iterator[Claim]:
    """GLPI Agent names supplies by type and colour: several rows of one kind are one to it."""
    for name, value in (recording.peer.get("CARTRIDGES") or {}).items():
        color = next((word for word in _COLORS if name.endswith(word)), "")
        types = _TYPES[name.removesuffix(color) or name]
        of_type = [row for row in reading["supplies"] if row["type"] in types]
        rows = [row for row in of_type if _fits(row, color.lower(), name, alone=len(of_type) == 1)]
        fitting = [row for row in rows if _same_amount(str(value), row)]
        row = next(iter(fitting or rows), None)
        yield Claim(f"supply {row['index']}" if row else f"supply {name}", AGENT, f"{name} {value}", bool(fitting))


def _fits(row: dict[str, Any], color: str, name: str, *, alone: bool) -> bool:
    if name == "MAINTENANCEKIT":
        return "maintenance" in (row["description"] or "").lower()
    # The only drum of a device has no colour of its own; GLPI Agent calls it black.
    return not color or (alone if row["color"] is None else color in row["color"])


def _same_amount(said: str, row: dict[str, Any]) -> bool:
    if said in ("OK", "WARNING", "100?"):
        states = {"OK": ("some",), "WARNING": ("unknown",), "100?": ("some", "unknown", "ok")}
        return row["state"] in states[said]
    return amount(row, int(said))


def _source_rows(recording: Recording, reading: Reading) -> Iterator[Claim]:
    """The supplies and trays that the source's tests expect, by the OID of their level. Where the device says -3
    ("some"), the source shows 50 %, which it made up: in that case our state `some` is what the device said."""
    for row in recording.expected.get("supplies") or ():
        kind = "tray" if row["type"] == "input" else "supply"
        index = ".".join(row["level_oid"].split(".")[-2:])
        rows = reading["trays" if kind == "tray" else "supplies"]
        ours = next((one for one in rows if one["index"] == index), None)
        raw = recording.numbers.get(row["level_oid"])
        if ours is not None and raw == -3:
            yield Claim(f"{kind} {index}", SOURCE, f"{row['current']} %", ours["state"] == "some", "some")
        else:
            agrees = ours is not None and amount(ours, row["current"])
            yield Claim(f"{kind} {index}", SOURCE, f"{row['current']} %", agrees)


_MAKERS: tuple[Callable[[Recording, Reading], Iterator[Claim]], ...] = (
    _identity, _counters, _status, _agent_supplies, _source_rows, brother_claims,
)  # fmt: skip
