"""One printer read: a small first GET, a walk over what its tables hold, GETs for the rest, then the reading."""

import time
from dataclasses import dataclass
from typing import Any

import structlog

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.read import build, context, parts, restart
from services.collector.read.devices import interfaces, printer_devices
from services.collector.read.facts import Facts, number_of
from services.collector.read.session import Session
from services.collector.read.traits import Memory
from services.collector.read.walk import Column, walk
from services.collector.snmp.errors import Nonsense
from services.collector.snmp.exchange import Exchange, Oid, Target

log = structlog.get_logger(__name__)

MOST_INDEX = 8  # arcs below a column; the tables here have one to three


@dataclass(slots=True)
class Cold:
    """A printer read whole: the reading, and all that it was made from. `in_context`: part of it is shown only in the
    vendor's SNMP context."""

    reading: dict[str, Any]
    facts: Facts
    vendor: vendors.Vendor
    columns: dict[Oid, Column]
    asked: dict[Oid, str]
    in_context: bool = False
    without_levels: bool = False


async def read(exchange: Exchange, target: Target, deadline: float, memory: Memory) -> dict[str, Any]:
    """The reading of one printer, in the shape of shared.messages.readings.Reading, as a plain dict.

    Partial is a result: once the first GET is answered, what follows is kept as far as it came, and what is missing
    is named. `deadline` is an instant of time.monotonic(). Raises SnmpError where not even the first GET is answered,
    or nothing at all is told.
    """
    traits = memory.of(target.address, target.port, target.version)
    return (await read_whole(Session(exchange, target, deadline, traits))).reading


async def read_whole(session: Session, attempts: int | None = None) -> Cold:
    """See `read`. `attempts` bounds how often the first GET is sent; by default the target decides."""
    begun = time.monotonic()
    # The only request of a poll that asks for sysObjectID: small enough for every agent.
    await session.first(parts.FIRST, attempts)
    facts = Facts(session.found)
    vendor = vendor_of(facts)
    uptime = session.found.pop(m.SYS_UPTIME, None)  # asked again at the end
    columns = await _walk(session, facts, vendor)
    if not facts.rows[m.SUPPLY_LEVEL]:
        columns |= await _supplies_without_levels(session, facts)
    without_levels = bool(facts.rows[m.SUPPLY_LEVEL]) and m.SUPPLY_DESCRIPTION in columns
    asked = what_to_ask(facts, vendor)
    if uptime is not None:
        asked[m.SYS_UPTIME] = "system"
    await session.get(asked)
    confirmed = vendor_of(facts)
    if confirmed is not vendor:
        vendor = confirmed
        columns |= await _walk_columns(session, facts, dict.fromkeys(vendor.walks, "vendor"))
        asked |= dict.fromkeys(vendor.oids, "vendor")
        await session.get(vendor.oids)
    in_context = context.is_hiding(facts, vendor) and await context.look(session, facts, vendor)
    if uptime is not None:
        session.unanswered.discard(m.SYS_UPTIME)  # it was told at first
    for oid in session.unanswered:
        facts.missing.add(asked.get(oid, "system"))
    restart.note(facts, uptime)
    if not facts.found:
        raise Nonsense("It answers, and tells nothing of all that was asked: has its community no rights?")
    facts.charset = charset_of(facts)
    reading = build.reading(facts, vendor)
    reading["pdus"], reading["varbinds"] = session.pdus, session.varbinds
    reading["seconds"] = round(time.monotonic() - begun, 4)
    if facts.missing:
        trouble = str(session.trouble or "")
        log.debug("read.partial", address=session.target.address, missing=sorted(facts.missing), trouble=trouble)
    return Cold(reading, facts, vendor, columns, asked, in_context, without_levels)


def vendor_of(facts: Facts) -> vendors.Vendor:
    """Whose agent this is, by what has been answered so far: the first GET is mostly enough."""
    vendor = vendors.of(facts.object_id(m.SYS_OBJECT_ID), facts.text(m.SYS_DESCR))
    return vendors.confirmed(vendor, facts, printer_devices(facts)[0]) if vendor.is_doubtful else vendor


async def _walk(session: Session, facts: Facts, vendor: vendors.Vendor) -> dict[Oid, Column]:
    part_of = {part.rows: part.name for part in parts.WALKED} | dict.fromkeys(vendor.walks, "vendor")
    return await _walk_columns(session, facts, part_of)


async def _walk_columns(session: Session, facts: Facts, part_of: dict[Oid, str]) -> dict[Oid, Column]:
    columns = await walk(session, tuple(part_of))
    for oid, column in columns.items():
        rows = [cell for cell in column.rows if len(cell.oid) - len(oid) <= MOST_INDEX]
        facts.rows[oid] = rows
        session.found.update((cell.oid, cell) for cell in rows)
        if column.broken:
            facts.missing.add(part_of[oid])
            log.debug("read.walk_broken", address=session.target.address, part=part_of[oid], why=column.broken)
    return columns


async def _supplies_without_levels(session: Session, facts: Facts) -> dict[Oid, Column]:
    """Where an agent tells no level of any supply: those that it describes. One more request, and only for devices
    without supplies."""
    if session.is_over:
        return {}
    columns = await _walk_columns(session, facts, {m.SUPPLY_DESCRIPTION: parts.SUPPLIES.name})
    facts.rows[m.SUPPLY_LEVEL] = facts.rows.pop(m.SUPPLY_DESCRIPTION)
    return columns


def what_to_ask(facts: Facts, vendor: vendors.Vendor) -> dict[Oid, str]:
    """Everything else that is worth asking → the part it belongs to.

    Of the walked values, only those that tell the printer devices and the interfaces have a say in it; of the others
    the rows' names alone. Plans rely on that.
    """
    rows = [(part, index) for index in printer_devices(facts) for part in parts.BY_DEVICES]
    rows += [(part, index) for part in parts.BY_ROWS for index in facts.indexes(part.rows, part.most)]
    rows += [(parts.INTERFACES, index) for index in interfaces(facts)]
    asked: dict[Oid, str] = {}
    for part, index in rows:
        asked.update(dict.fromkeys(parts.cells_of(part, index), part.name))
    asked.update(dict.fromkeys(vendor.oids, "vendor"))
    if vendor is vendors.UNKNOWN:
        asked.update(dict.fromkeys(vendors.PROBES, "vendor"))
    return asked


def charset_of(facts: Facts) -> int | None:
    """The charset of the current localization, else of the first."""
    cells = facts.rows.get(m.CHARSET, [])
    current = next((number_of(cell) for cell in facts.rows.get(m.GENERAL_LOCALIZATION, ())), None)
    return next(
        (number_of(cell) for cell in cells if cell.oid[-1] == current),
        number_of(cells[0]) if cells else None,
    )
