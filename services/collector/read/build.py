"""Facts → reading: plain dicts in the shape of shared.messages.readings. Whatever a device does not tell is null."""

from dataclasses import replace
from typing import Any

import structlog

from services.collector import metrics
from services.collector.mib import names as n
from services.collector.mib import oids as m
from services.collector.mib.values import error_names, percent, plain, sub_unit_status, supply_state, tray_state
from services.collector.read import parts
from services.collector.read.colors import color_of
from services.collector.read.devices import printer_device
from services.collector.read.facts import Facts
from services.collector.read.identity import identity
from services.collector.snmp.exchange import Oid
from services.collector.vendors import UNKNOWN, Vendor

log = structlog.get_logger(__name__)

_INT_LIMIT = 2**31
_logged: set[str] = set()


def reading(facts: Facts, vendor: Vendor) -> dict[str, Any]:
    """The whole reading, without the figures of how it was made.

    An error in a vendor's module costs what that module would have told, and is named in `missing`.
    """
    try:
        made = _standard(facts, vendor)
        vendor.refine(facts, made)
    except Exception:  # the border of a vendor's module: tables and functions that meet any octets a device sends
        metrics.VENDOR_BUGS.labels(vendor.key).inc()
        if vendor.key not in _logged:  # once for each vendor: it would be once for each of its printers, every round
            _logged.add(vendor.key)
            log.exception("read.vendor_bug", vendor=vendor.key)
        facts.missing.add("vendor")
        made = _standard(facts, replace(UNKNOWN, manufacturer=vendor.manufacturer))
    made["complete"], made["missing"] = not facts.missing, sorted(facts.missing)
    return made


def _standard(facts: Facts, vendor: Vendor) -> dict[str, Any]:
    return {
        "status": status(facts),
        "identity": identity(facts, vendor),
        "counters": counters(facts),
        "supplies": [supply(facts, i) for i in facts.indexes(m.SUPPLY_LEVEL, parts.SUPPLIES.most)],
        "trays": [tray(facts, i) for i in facts.indexes(m.INPUT_LEVEL, parts.TRAYS.most)],
        "covers": [cover(facts, i) for i in facts.indexes(m.COVER_STATUS, parts.COVERS.most)],
        "alerts": alerts(facts),
        "console": console(facts),
    }


def _at(column: Oid, index: Oid) -> Oid:
    return (*column, *index)


def status(facts: Facts) -> dict[str, Any]:
    """hrDeviceStatus, hrPrinterStatus and the error bits, by name."""
    device = printer_device(facts)
    return {
        "device": n.named(n.DEVICE_STATUS, facts.number(_at(m.HR_DEVICE_STATUS, device))),
        "printer": n.named(n.PRINTER_STATUS, facts.number(_at(m.HR_PRINTER_STATUS, device))),
        "errors": error_names(facts.octets(_at(m.HR_PRINTER_ERRORS, device)) or b""),
    }


def counters(facts: Facts) -> dict[str, Any]:
    """`total` is the first marker's life count, `since_power_on` its other one; further markers (presses count colours
    apart) are marker_2 and so on.

    A marker that counts nothing (negative, or no number) tells none: 0 would be a lie.
    """
    counters: dict[str, Any] = {}
    for nth, index in enumerate(facts.indexes(m.MARKER_LIFE_COUNT, parts.MARKERS.most), 1):
        unit = n.named(n.UNITS, facts.number(_at(m.MARKER_UNIT, index))) or "impressions"
        found = [("total" if nth == 1 else f"marker_{nth}", m.MARKER_LIFE_COUNT, "prtMarkerLifeCount")]
        if nth == 1:
            found.append(("since_power_on", m.MARKER_POWER_ON_COUNT, "prtMarkerPowerOnCount"))
        for key, column, rule in found:
            value = plain(facts.number(_at(column, index)))
            if value is not None:
                counters[key] = {"value": value, "oid": m.dotted(_at(column, index)), "rule": rule, "unit": unit}
    return counters


# Of a row of supplies or trays: what changes from poll to poll, while the rest of the row hardly ever does.
_NO_AMOUNTS: dict[str, Any] = {"max": None, "level": None, "percent": None, "state": "unknown"}


def _with_amounts(row: dict[str, Any], level: int | None, maximum: int | None, state: str) -> dict[str, Any]:
    share = percent(level, maximum)
    return row | {"max": plain(maximum), "level": plain(level), "percent": share, "state": state}


def supply_row(facts: Facts, index: Oid) -> tuple[dict[str, Any], int | None]:
    """One row of prtMarkerSuppliesTable without its amounts, and its class."""
    kind = facts.number(_at(m.SUPPLY_TYPE, index))
    description = facts.text(_at(m.SUPPLY_DESCRIPTION, index))
    return {
        "index": m.dotted(index),
        "type": n.named(n.SUPPLY_TYPES, kind),
        "color": color_of(facts, index, kind, description),
        "description": description,
        "unit": n.named(n.UNITS, facts.number(_at(m.SUPPLY_UNIT, index))),
        **_NO_AMOUNTS,
        "oid": m.dotted(_at(m.SUPPLY_LEVEL, index)),
    }, facts.number(_at(m.SUPPLY_CLASS, index))


def supply(facts: Facts, index: Oid) -> dict[str, Any]:
    """One row of prtMarkerSuppliesTable."""
    level, maximum = facts.number(_at(m.SUPPLY_LEVEL, index)), facts.number(_at(m.SUPPLY_MAX, index))
    return supply_with(supply_row(facts, index), level, maximum)


def supply_with(made: tuple[dict[str, Any], int | None], level: int | None, maximum: int | None) -> dict[str, Any]:
    """A supply_row with its amounts."""
    row, supply_class = made
    return _with_amounts(row, level, maximum, supply_state(level, maximum, supply_class))


def tray_row(facts: Facts, index: Oid) -> dict[str, Any]:
    """One row of prtInputTable without its amounts."""
    return {
        "index": m.dotted(index),
        "name": facts.text(_at(m.INPUT_NAME, index)),
        "description": facts.text(_at(m.INPUT_DESCRIPTION, index)),
        "media": facts.text(_at(m.INPUT_MEDIA, index)),
        "unit": n.named(n.UNITS, facts.number(_at(m.INPUT_UNIT, index))),
        **_NO_AMOUNTS,
        "status": sub_unit_status(facts.number(_at(m.INPUT_STATUS, index))),
    }


def tray(facts: Facts, index: Oid) -> dict[str, Any]:
    """One row of prtInputTable."""
    level, maximum = facts.number(_at(m.INPUT_LEVEL, index)), facts.number(_at(m.INPUT_MAX, index))
    return tray_with(tray_row(facts, index), level, maximum)


def tray_with(row: dict[str, Any], level: int | None, maximum: int | None) -> dict[str, Any]:
    """A tray_row with its amounts."""
    return _with_amounts(row, level, maximum, tray_state(level, maximum))


def cover(facts: Facts, index: Oid) -> dict[str, Any]:
    """One row of prtCoverTable."""
    return {
        "index": m.dotted(index),
        "description": facts.text(_at(m.COVER_DESCRIPTION, index)),
        "status": n.named(n.COVER_STATUS, facts.number(_at(m.COVER_STATUS, index))),
    }


def alerts(facts: Facts) -> list[dict[str, Any]]:
    """prtAlertTable."""
    return [alert(facts, index) for index in facts.indexes(m.ALERT_SEVERITY, parts.ALERTS.most)]


def alert(facts: Facts, index: Oid) -> dict[str, Any]:
    """One row of prtAlertTable."""
    location = facts.number(_at(m.ALERT_LOCATION, index))
    return {
        "severity": n.named(n.SEVERITIES, facts.number(_at(m.ALERT_SEVERITY, index))),
        "group": n.named(n.ALERT_GROUPS, facts.number(_at(m.ALERT_GROUP, index))),
        "code": n.named(n.ALERT_CODES, facts.number(_at(m.ALERT_CODE, index))),
        "location": location if location is not None and 0 <= location < _INT_LIMIT else None,
        "description": facts.text(_at(m.ALERT_DESCRIPTION, index)),
    }


def console(facts: Facts) -> list[str]:
    """The lines of the display that hold text."""
    lines = (facts.text(_at(m.CONSOLE_TEXT, i)) for i in facts.indexes(m.CONSOLE_TEXT, parts.CONSOLE.most))
    return [line for line in lines if line]
