"""Readers of live values: one per `source` of a `Live` cell."""

from collections.abc import Callable

from lab.fleet.ber import OCTETS, encode_integer, tlv
from lab.fleet.device import Device
from lab.fleet.tree import Live

# Tray status (PrtSubUnitStatusTC): 0 idle; 8 a warning; 16 + 1 critical and not available.
TRAY_IDLE, TRAY_LOW, TRAY_EMPTY = 0, 8, 17


def _text(device: Device, template: str) -> bytes:
    return device.fill(template).encode(device.model.encoding)


def _counter(device: Device, counter: str) -> int:
    return device.counters()[counter] & 0xFFFFFFFF


def _since_power_on(device: Device, counter: str) -> int:
    return min(device.counters()[counter], device.total - device.total_at_boot)


def _tray_status(device: Device, tray: str) -> int:
    row, level = device.model.trays[int(tray)], device.tray_levels[int(tray)]
    if row.level is not None or level > row.capacity // 10:
        return TRAY_IDLE
    return TRAY_LOW if level else TRAY_EMPTY


def _error_state(device: Device, _: str) -> bytes:
    bits = device.error_bits if device.error_bits_set is None else device.error_bits_set
    octets = device.model.error_octets
    if octets == 0 and not bits:
        return b""
    whole = bits.to_bytes(2, "big")
    return whole[:1] if octets <= 1 and not bits & 0xFF else whole


def _device_status(device: Device, _: str) -> int:
    """Return 5 down with a critical alert, 3 warning with another, else 2 running (RFC 2790 section 5)."""
    worst = min((row.severity for row in device.alerts.values()), default=0)
    return {3: 5, 4: 3}.get(worst, 2)


def _printer_status(device: Device, _: str) -> int:
    if _device_status(device, "") == 5:
        return 1
    return 4 if device.printing else 3


def _console(device: Device, line: str) -> bytes:
    number = int(line)
    shown = device.model.console[number]
    if number == 0 and device.alerts:
        return next(iter(device.alerts.values())).text or shown.encode(device.model.encoding)
    return shown.encode(device.model.encoding)


def _record(device: Device, records: str) -> bytes:
    """Return Brother's records `id 01 04 vvvvvvvv`, closed by ff, from `id:reader,id:reader`."""
    blob = bytearray()
    for record in records.split(","):
        number, source = record.split(":")
        value = _percent(device, source[1:]) * 100 if source[0] == "%" else _named(device, source)
        blob += bytes((int(number, 16), 1, 4)) + (value & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(blob) + b"\xff"


def _named(device: Device, source: str) -> int:
    return int(source) if source.isdigit() else device.counters()[source]


def _percent(device: Device, supply: str) -> int:
    return int(device.levels[int(supply)] * 100 / device.model.supplies[int(supply)].size)


def _hp_text(device: Device, template: str) -> bytes:
    """Return HP's PML strings: two octets of charset before, NUL after."""
    return b"\x01\x15" + device.fill(template).encode("ascii") + b"\x00"


NUMBERS: dict[str, Callable[[Device, str], int]] = {
    "uptime": lambda device, _: device.uptime(),
    "counter": _counter,
    "since_power_on": _since_power_on,
    "supply": lambda device, at: device.declared_level(int(at)),
    "supply_percent": _percent,
    "tray": lambda device, at: device.tray_levels[int(at)],
    "tray_status": _tray_status,
    "device_status": _device_status,
    "printer_status": _printer_status,
    "config_changes": lambda device, _: device.config_changes,
    "critical_alerts": lambda device, _: sum(row.severity == 3 for row in device.alerts.values()),
    "all_alerts": lambda device, _: device.alert_number,
}
OCTETS_OF: dict[str, Callable[[Device, str], bytes]] = {
    "text": _text,
    "mac": lambda device, _: device.mac,
    "error_state": _error_state,
    "console": _console,
    "records": _record,
    "hp_text": _hp_text,
}


def read(device: Device, cell: Live) -> bytes:
    """Return the value element of a live cell."""
    if cell.tag == OCTETS:
        return tlv(OCTETS, OCTETS_OF[cell.source](device, cell.argument))
    return encode_integer(NUMBERS[cell.source](device, cell.argument), cell.tag)


def check(cell: Live) -> None:
    """Raise KeyError for a cell whose source has no reader."""
    (OCTETS_OF if cell.tag == OCTETS else NUMBERS)[cell.source]
