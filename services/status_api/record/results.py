"""From poll results to rows: which readings count, which are held back, what else is worth a row. Pure functions."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from services.status_api.record.changes import alert_rows, supply_rows
from services.status_api.record.found import Found
from services.status_api.record.plausibility import Baseline, Limits, implausible, is_replaced
from shared.text import clean


@dataclass(slots=True)
class Latest:
    """What is known of a printer before a reading: as stored in `latest`."""

    read_at: str
    serial: str | None
    base: Baseline | None
    supplies: str  # JSON
    alerts: str  # JSON: their keys


@dataclass(slots=True)
class Rows:
    """Rows to write, by table."""

    readings: list[tuple[Any, ...]] = field(default_factory=list)
    quarantine: list[tuple[Any, ...]] = field(default_factory=list)
    latest: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    supplies: list[tuple[Any, ...]] = field(default_factory=list)
    raised: list[tuple[Any, ...]] = field(default_factory=list)
    cleared: list[tuple[str, int, str]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)


def mismatch(found: Found, places: dict[int, tuple[str, int]]) -> str | None:
    """Why the reading does not belong to the inventory; None where it does."""
    place = places.get(found.printer_id)
    if place is None:
        return "The inventory has no printer of this number."
    if place != found.place:
        address, port = found.place
        return f"It was read at {clean(address, 60)}:{port}, the inventory says {place[0]}:{place[1]}."
    return None


def add_reading(
    rows: Rows, found: Found, places: dict[int, tuple[str, int]], known: dict[int, Latest], limits: Limits
) -> None:
    """Adds the rows of one reading; `known` is brought up to date for the printer's next one."""
    read_at, printer_id = found.read_at, found.printer_id
    if (why := mismatch(found, places)) is not None:
        rows.readings.append(_reading_row(found, held=True))
        rows.quarantine.append((found.poll_id, printer_id, read_at, "unmatched", why, found.result(), "held"))
        return
    before = known.get(printer_id)
    base = before.base if before else None
    why = implausible(base, found, read_at, limits)
    held = why is not None
    rows.readings.append(_reading_row(found, held=held))
    if held:
        rows.quarantine.append((found.poll_id, printer_id, read_at, "implausible", why, found.result(), "held"))
        rows.events.append((printer_id, read_at, "quarantined", _json({"reason": why})))
    if before is not None and read_at <= before.read_at:
        return
    if base is not None and is_replaced(base, found.serial):
        rows.events.append((printer_id, read_at, "replaced", _json({"from": base.serial, "to": found.serial})))
    _add_changes(rows, found, before)
    if base is None or not held:
        base = Baseline(read_at, found.serial, found.total, found.numbers)
    known[printer_id] = Latest(read_at, found.serial, base, found.supplies, found.alert_keys)
    rows.latest[printer_id] = latest_row(found, base, held=held)


def _add_changes(rows: Rows, found: Found, before: Latest | None) -> None:
    """Rows for the supplies and alerts that have changed. Nearly always nothing has: that is seen in their JSON."""
    if before is None or found.supplies != before.supplies:
        old = orjson.loads(before.supplies) if before else []
        rows.supplies += supply_rows(found.printer_id, found.read_at, old, orjson.loads(found.supplies))
    if before is None or found.alert_keys != before.alerts:
        known = orjson.loads(before.alerts) if before else []
        raised, cleared = alert_rows(found.printer_id, found.read_at, known, found.alerts)
        rows.raised += raised
        rows.cleared += cleared


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


# sqlite3 binds integers and texts at once; for a bool or None it looks for an adapter first, five times as long.


def _reading_row(found: Found, *, held: bool) -> tuple[Any, ...]:
    return (
        found.poll_id, found.printer_id, found.read_at, found.serial, found.total, found.counters, int(found.complete),
        int(held),
    )  # fmt: skip


def latest_row(found: Found, base: Baseline, *, held: bool) -> tuple[Any, ...]:
    """The row of `latest`."""
    return (
        found.printer_id,
        found.poll_id,
        found.read_at,
        found.rest,
        found.serial,
        found.model,
        found.manufacturer,
        found.firmware,
        found.mac,
        found.location,
        int(found.complete),
        found.status,
        found.supplies,
        found.alert_keys,
        len(found.alerts),
        found.lowest_percent,
        int(found.low),
        int(held),
        base.total,
        found.counters if base.counters is found.numbers else _json(base.counters),
        base.serial,
        base.read_at,
    )
