"""Changes of one device from outside: a table of keys, each checked before anything is changed.

behaviour: one of device.BEHAVIOURS, or "reboot" (silence, then sysUpTime from zero)
serial: text; total, color, duplex, copies: numbers; supplies, trays: {index: level}
error_bits: 0 to 65535 or null (follow the levels); config_changes: number
alerts: [{"severity", "group", "code", "description"}] beside those that follow from the levels
oids: {"1.3.…": number, text, {"hex": "…"} or null (row vanishes)} for rows of the model; {} removes all
"""

from collections.abc import Callable
from typing import Any

from lab.fleet.alerts import MAX_MANUAL, refresh
from lab.fleet.ber import COUNTER32, GAUGE32, INTEGER, OCTETS, OID, TIME_TICKS, encode_integer, encode_oid_content, tlv
from lab.fleet.device import BEHAVIOURS, Device
from lab.fleet.tree import Live, oid

MAX_TEXT = 8192
MAX_OIDS = 64
MAX_COUNTER = 2**32 - 1
NUMBER_TAGS = frozenset((INTEGER, COUNTER32, GAUGE32, TIME_TICKS))


class ChangeError(ValueError):
    """What was asked for is not possible; the text says why."""


Apply = Callable[[], None]


def change(device: Device, wanted: dict[str, Any], reboot_silence: float) -> None:
    """Check all changes, then make them. Raises `ChangeError`, and then nothing has changed."""
    if unknown := set(wanted) - set(_CHECKS) - {"behaviour"}:
        known = ", ".join(sorted({*_CHECKS, "behaviour"}))
        raise ChangeError(f"unknown: {', '.join(sorted(unknown))}; there are {known}")
    todo = [_CHECKS[key](device, key, value) for key, value in wanted.items() if key != "behaviour"]
    behaviour = wanted.get("behaviour", device.behaviour)
    if behaviour not in (*BEHAVIOURS, "reboot"):
        raise ChangeError(f"behaviour must be one of {', '.join((*BEHAVIOURS, 'reboot'))}")
    for apply in todo:
        apply()
    refresh(device)
    if behaviour == "reboot":
        device.reboot(reboot_silence)
    else:
        device.behaviour = behaviour


def _number(key: str, value: object, most: int = MAX_COUNTER, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ChangeError(f"{key} must be a whole number from {least} to {most}")
    return value


def _counter(device: Device, key: str, value: object) -> Apply:
    number = _number(key, value)
    return lambda: setattr(device, key, number)


def _text(device: Device, key: str, value: object) -> Apply:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ChangeError(f"{key} must be a text of at most {MAX_TEXT} characters")
    return lambda: setattr(device, key, value)


def _error_bits(device: Device, key: str, value: object) -> Apply:
    bits = None if value is None else _number(key, value, 0xFFFF)
    return lambda: setattr(device, "error_bits_set", bits)


def _levels(device: Device, key: str, value: object) -> Apply:
    model = device.model
    if key == "supplies":
        sizes = {row.index: row.size for row in model.supplies}
    else:
        sizes = {f"1.{at + 1}": row.capacity for at, row in enumerate(model.trays)}
    if not isinstance(value, dict) or not set(value) <= set(sizes):
        raise ChangeError(f"{key} must be an object whose keys are among {', '.join(sizes)}")
    levels = {list(sizes).index(at): _number(f"{key} {at}", level, sizes[at]) for at, level in value.items()}

    def apply() -> None:
        for at, level in levels.items():
            if key == "supplies":
                device.levels[at] = float(level)
            else:
                device.tray_levels[at] = level

    return apply


def _alerts(device: Device, key: str, value: object) -> Apply:
    if not isinstance(value, list) or len(value) > MAX_MANUAL:
        raise ChangeError(f"{key} must be a list of at most {MAX_MANUAL}")
    rows: list[tuple[int, int, int, str]] = []
    for row in value:
        if not isinstance(row, dict) or not isinstance(row.get("description", ""), str):
            raise ChangeError("an alert is an object of severity, group, code and description")
        numbers = [_number(f"alert {name}", row.get(name), 2**31 - 1) for name in ("severity", "group", "code")]
        rows.append((numbers[0], numbers[1], numbers[2], str(row.get("description", ""))[:255]))
    return lambda: setattr(device, "manual_alerts", rows)


def _oids(device: Device, key: str, value: object) -> Apply:
    if not isinstance(value, dict) or len(value) > MAX_OIDS:
        raise ChangeError(f"{key} must be an object of at most {MAX_OIDS} OIDs")
    places = {_place(device, row): _value(device, row, wanted) for row, wanted in value.items()}

    def apply() -> None:
        device.overrides = places if not places else device.overrides | places

    return apply


def _place(device: Device, row: str) -> int:
    try:
        at = device.model.tree.index.get(encode_oid_content(oid(row)))
    except ValueError:
        at = None
    if at is None:
        raise ChangeError(f"{row} is no row of this device")
    return at


def _value(device: Device, row: str, wanted: object) -> bytes | None:
    cell = device.model.tree.cells[_place(device, row)]
    tag = cell.tag if isinstance(cell, Live) else cell[0]
    if wanted is None:
        return None
    try:
        if tag in NUMBER_TAGS:
            least = -(2**31) if tag == INTEGER else 0
            return encode_integer(_number(row, wanted, least=least), tag)
        if tag == OID and isinstance(wanted, str):
            return tlv(OID, encode_oid_content(oid(wanted)))
        if tag == OCTETS and isinstance(wanted, dict) and isinstance(wanted.get("hex"), str):
            return tlv(OCTETS, bytes.fromhex(wanted["hex"])[:MAX_TEXT])
        if tag == OCTETS and isinstance(wanted, str):
            return tlv(OCTETS, wanted.encode(device.model.encoding)[:MAX_TEXT])
    except ChangeError:
        raise
    except ValueError as error:
        raise ChangeError(f"{row}: {error}") from None
    raise ChangeError(f"{row}: {wanted!r} is not of the row's type")


_CHECKS: dict[str, Callable[[Device, str, object], Apply]] = {
    "serial": _text,
    **dict.fromkeys(("total", "color", "duplex", "copies", "config_changes"), _counter),
    "error_bits": _error_bits,
    "supplies": _levels,
    "trays": _levels,
    "alerts": _alerts,
    "oids": _oids,
}
