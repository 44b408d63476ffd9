"""Alerts and error bits: what follows from a device's levels (RFC 3805 prtAlertTable, RFC 2790 error state)."""

from collections.abc import Callable

from lab.fleet.ber import OID as OID_TAG
from lab.fleet.ber import TIME_TICKS, encode_integer, encode_oid_content, tlv
from lab.fleet.device import AlertCell, AlertKey, AlertRow, Device
from lab.fleet.standard import ALERT_ENTRY
from lab.fleet.tree import integer, oid, text

CRITICAL, WARNING = 3, 4
GROUP_GENERAL, GROUP_INPUT, GROUP_SUPPLIES = 5, 8, 11
LOW_SHARE = 0.10
MAX_MANUAL = 16

# Bits of hrPrinterDetectedErrorState as a number of two octets: bit 0 is the highest.
LOW_PAPER, NO_PAPER, LOW_TONER, NO_TONER, SERVICE = 0x8000, 0x4000, 0x2000, 0x1000, 0x0100

# Supply types by what they hold: (code when low, code when empty). The default is for parts that wear out.
WORN = (10, 11)
CODES = {
    **dict.fromkeys((3, 21), (1104, 1101)),
    **dict.fromkeys((5, 6), (1105, 1102)),
    4: (1107, 1109),
    9: (1111, 1112),
    10: (1113, 1114),
}
PRINTING_TYPES = frozenset((3, 5, 6, 21))
TRAY_LOW_CODE, TRAY_EMPTY_CODE = 807, 808

_ENTRY = oid(ALERT_ENTRY)
# prtAlertTable: 3 training level "trained", 6 location unknown (-2).
_COLUMNS: dict[int, Callable[[AlertRow], bytes]] = {
    2: lambda row: integer(row.severity),
    3: lambda _: integer(4),
    4: lambda row: integer(row.group),
    5: lambda row: integer(row.group_index),
    6: lambda _: integer(-2),
    7: lambda row: integer(row.code),
    8: lambda row: text(row.text),
    9: lambda row: encode_integer(row.time, TIME_TICKS),
}


def refresh(device: Device) -> None:
    """Bring alerts, error bits and the alert table's rows into line with the levels."""
    wanted = _wanted(device)
    for key in [key for key in device.alerts if key not in wanted]:
        del device.alerts[key]
    for key, (severity, group, index, words) in wanted.items():
        if key not in device.alerts:
            device.alert_number += 1
            shown = words.encode(device.model.encoding, "replace") if device.model.alert_texts else b""
            device.alerts[key] = AlertRow(
                device.alert_number, severity, group, index, key[2], shown, device.uptime() & 0x7FFFFFFF
            )
    device.error_bits = _bits(device)
    device.alert_cells = _cells(device)
    device.changed()


def _wanted(device: Device) -> dict[AlertKey, tuple[int, int, int, str]]:
    wanted: dict[AlertKey, tuple[int, int, int, str]] = {}
    if not device.model.printer_mib:
        return wanted
    for number, row in enumerate(device.model.supplies):
        low, empty = CODES.get(row.type, WORN)
        place = int(row.index.rpartition(".")[2])
        left = device.levels[number]
        if left < 1:
            severity = CRITICAL if row.type in PRINTING_TYPES else WARNING
            wanted["supply", number, empty] = (severity, GROUP_SUPPLIES, place, f"{row.description}: empty")
        elif left < row.size * LOW_SHARE:
            wanted["supply", number, low] = (WARNING, GROUP_SUPPLIES, place, f"{row.description}: low")
    for number, tray in enumerate(device.model.trays):
        if tray.level is None and device.tray_levels[number] == 0:
            wanted["tray", number, TRAY_EMPTY_CODE] = (WARNING, GROUP_INPUT, number + 1, f"{tray.name}: empty")
        elif tray.level is None and device.tray_levels[number] <= tray.capacity // 10:
            wanted["tray", number, TRAY_LOW_CODE] = (WARNING, GROUP_INPUT, number + 1, f"{tray.name}: low")
    for number, (severity, group, code, words) in enumerate(device.manual_alerts[:MAX_MANUAL]):
        wanted["manual", number, code] = (severity, group, 1, words)
    return wanted


def _bits(device: Device) -> int:
    bits = 0
    for what, number, code in device.alerts:
        if what == "tray":
            bits |= NO_PAPER if code == TRAY_EMPTY_CODE else LOW_PAPER
        elif what == "supply":
            kind = device.model.supplies[number].type
            empty = code == CODES.get(kind, WORN)[1]
            if kind in PRINTING_TYPES:
                bits |= NO_TONER if empty else LOW_TONER
            elif empty:
                bits |= SERVICE
    return bits


def _cells(device: Device) -> list[AlertCell]:
    cells: list[AlertCell] = []
    rows = sorted(device.alerts.values(), key=lambda row: row.index)
    for column, encode in _COLUMNS.items():
        for row in rows:
            name = (*_ENTRY, column, 1, row.index)
            content = encode_oid_content(name)
            cells.append((name, content, tlv(OID_TAG, content), encode(row)))
    return cells
