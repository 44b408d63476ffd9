"""One printer read: a small first GET, a walk over what its tables hold, GETs for the rest, then the reading."""

import time
from typing import Any

import structlog

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.read import build, parts
from services.collector.read.devices import printer_devices
from services.collector.read.facts import Facts, number_of
from services.collector.read.session import Session
from services.collector.read.traits import Memory
from services.collector.read.walk import walk
from services.collector.snmp.exchange import Exchange, Oid, Target

log = structlog.get_logger(__name__)

MOST_INDEX = 8  # arcs below a column; the tables here have one to three


async def read(exchange: Exchange, target: Target, deadline: float, memory: Memory) -> dict[str, Any]:
    """The reading of one printer, in the shape of shared.messages.readings.Reading, as a plain dict.

    Partial is a result: once the first GET is answered, what follows is kept as far as it came, and what is missing
    is named. `deadline` is an instant of time.monotonic(). Raises SnmpError where not even the first GET is answered.
    """
    begun = time.monotonic()
    traits = memory.of(target.address, target.port, target.version)
    session = Session(exchange, target, deadline, traits)
    # The only request of a poll that asks for sysObjectID: small enough for every agent.
    await session.first(parts.FIRST)
    facts = Facts(session.found)
    vendor = vendors.of(facts.object_id(m.SYS_OBJECT_ID), facts.text(m.SYS_DESCR))
    await _walk(session, facts, vendor)
    asked = _what_to_ask(facts, vendor)
    await session.get(asked)
    for oid in session.unanswered:
        facts.missing.add(asked.get(oid, "system"))
    facts.charset = _charset(facts)
    reading = build.reading(facts, vendor)
    reading["pdus"], reading["varbinds"] = session.pdus, session.varbinds
    reading["seconds"] = round(time.monotonic() - begun, 4)
    if facts.missing:
        log.debug(
            "read.partial", address=target.address, missing=sorted(facts.missing), trouble=str(session.trouble or "")
        )
    return reading


async def _walk(session: Session, facts: Facts, vendor: vendors.Vendor) -> None:
    part_of = {part.rows: part.name for part in parts.WALKED} | dict.fromkeys(vendor.walks, "vendor")
    for oid, column in (await walk(session, tuple(part_of))).items():
        rows = [cell for cell in column.rows if len(cell.oid) - len(oid) <= MOST_INDEX]
        facts.rows[oid] = rows
        session.found.update((cell.oid, cell) for cell in rows)
        if column.broken:
            facts.missing.add(part_of[oid])
            log.debug("read.walk_broken", address=session.target.address, part=part_of[oid], why=column.broken)


def _what_to_ask(facts: Facts, vendor: vendors.Vendor) -> dict[Oid, str]:
    """Everything else that is worth asking → the part it belongs to."""
    asked: dict[Oid, str] = {}
    for device in printer_devices(facts):
        asked.update({(*column, *device): parts.DEVICES.name for column in parts.OF_DEVICE})
        asked.update({(*column, *device): parts.GENERAL.name for column in parts.OF_GENERAL})
    for part in parts.BY_ROWS:
        for index in facts.indexes(part.rows, part.most):
            asked.update({(*column, *index): part.name for column in part.columns})
    for index in _interfaces(facts):
        asked.update({(*column, *index): parts.INTERFACES.name for column in parts.OF_INTERFACE})
    asked.update(dict.fromkeys(vendor.oids, "vendor"))
    return asked


def _interfaces(facts: Facts) -> list[Oid]:
    """The interfaces that may hold the MAC: Ethernet first."""
    cells = facts.rows.get(m.IF_TYPE, ())
    return [cell.oid[len(m.IF_TYPE) :] for kind in parts.IF_TYPES for cell in cells if number_of(cell) == kind][
        : parts.MOST_INTERFACES
    ]


def _charset(facts: Facts) -> int | None:
    """The charset of the current localization, else of the first."""
    cells = facts.rows.get(m.CHARSET, [])
    current = next((number_of(cell) for cell in facts.rows.get(m.GENERAL_LOCALIZATION, ())), None)
    return next(
        (number_of(cell) for cell in cells if cell.oid[-1] == current),
        number_of(cells[0]) if cells else None,
    )
