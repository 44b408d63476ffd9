"""From poll results to rows: which readings count, which are held back, what else is worth a row. Pure functions."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from services.status_api.record.changes import alert_key, alert_rows, is_low, lowest_percent, supply_rows
from services.status_api.record.plausibility import Baseline, Limits, implausible, is_replaced, numbers
from services.status_api.times import iso
from shared.messages.polls import PollResult
from shared.messages.readings import Reading
from shared.text import clean


@dataclass(slots=True)
class Latest:
    """What is known of a printer before a reading: as stored in `latest`."""

    read_at: str
    serial: str | None
    base: Baseline | None
    supplies: list[dict[str, Any]]
    alerts: list[str]


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


def _tame(text: str | None) -> str | None:
    return text if text is None or text.isprintable() else clean(text)


def mismatch(result: PollResult, places: dict[int, tuple[str, int]]) -> str | None:
    """Why the result does not belong to the inventory; None where it does."""
    place = places.get(result.printer_id)
    if place is None:
        return "The inventory has no printer of this number."
    if place != (result.address, result.port):
        return f"It was read at {clean(result.address, 60)}:{result.port}, the inventory says {place[0]}:{place[1]}."
    return None


def add_reading(
    rows: Rows, result: PollResult, places: dict[int, tuple[str, int]], known: dict[int, Latest], limits: Limits
) -> None:
    """Adds the rows of one DONE result; `known` is brought up to date for the printer's next result."""
    reading = result.reading
    if reading is None:
        return
    read_at, printer_id = iso(result.read_at), result.printer_id
    if (why := mismatch(result, places)) is not None:
        rows.readings.append(_reading_row(result, reading, read_at, held=True))
        rows.quarantine.append(_quarantine_row(result, read_at, "unmatched", why))
        return
    before = known.get(printer_id)
    why = implausible(before.base if before else None, reading, read_at, limits)
    rows.readings.append(_reading_row(result, reading, read_at, held=why is not None))
    if why is not None:
        rows.quarantine.append(_quarantine_row(result, read_at, "implausible", why))
        rows.events.append((printer_id, read_at, "quarantined", orjson.dumps({"reason": why}).decode()))
    if before is not None and read_at <= before.read_at:
        return
    serial = _tame(reading.identity.serial)
    if before is not None and is_replaced(before.base, serial):
        detail = {"from": before.base.serial if before.base else None, "to": serial}
        rows.events.append((printer_id, read_at, "replaced", orjson.dumps(detail).decode()))
    rows.supplies += supply_rows(printer_id, read_at, before.supplies if before else [], reading.supplies)
    raised, cleared = alert_rows(printer_id, read_at, before.alerts if before else [], reading.alerts)
    rows.raised += raised
    rows.cleared += cleared
    base = before.base if before and why is not None else Baseline(read_at, serial, total_of(reading), numbers(reading))
    after = Latest(
        read_at,
        serial,
        base,
        [s.model_dump(mode="json") for s in reading.supplies],
        sorted({alert_key(a) for a in reading.alerts}),
    )
    known[printer_id] = after
    rows.latest[printer_id] = latest_row(result, reading, after, held=why is not None)


def total_of(reading: Reading) -> int | None:
    """The printer's total page count, where it counts pages."""
    counter = reading.counters.get("total")
    return counter.value if counter else None


def _reading_row(result: PollResult, reading: Reading, read_at: str, *, held: bool) -> tuple[Any, ...]:
    return (
        result.poll_id,
        result.printer_id,
        read_at,
        _tame(reading.identity.serial),
        total_of(reading),
        orjson.dumps(numbers(reading)).decode(),
        reading.complete,
        held,
    )


def _quarantine_row(result: PollResult, read_at: str, why: str, reason: str) -> tuple[Any, ...]:
    return (result.poll_id, result.printer_id, read_at, why, reason, result.model_dump_json(), "held")


def latest_row(result: PollResult, reading: Reading, after: Latest, *, held: bool) -> tuple[Any, ...]:
    """The row of `latest`."""
    identity, base = reading.identity, after.base
    return (
        result.printer_id,
        result.poll_id,
        after.read_at,
        reading.model_dump_json(),
        after.serial,
        _tame(identity.model),
        _tame(identity.manufacturer),
        _tame(identity.firmware),
        _tame(identity.mac),
        _tame(identity.location),
        reading.complete,
        reading.status.model_dump_json(),
        orjson.dumps(after.supplies).decode(),
        orjson.dumps(after.alerts).decode(),
        len(reading.alerts),
        lowest_percent(reading.supplies),
        is_low(reading.supplies),
        held,
        base.total if base else None,
        orjson.dumps(base.counters if base else {}).decode(),
        base.serial if base else None,
        base.read_at if base else None,
    )
