"""What a device shows only in another SNMP context, which v1 and v2c name behind the community
(`public@Jetdirect`), and v3 by its name.

Asked only where the device hides its supplies or all of its vendor's tree; an unknown context is silence, which costs
one small request.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.collector.mib import oids as m
from services.collector.read import parts
from services.collector.read.facts import Facts
from services.collector.read.session import SYS_UPTIME, Session
from services.collector.read.traits import Traits
from services.collector.read.walk import walk
from services.collector.snmp.errors import SnmpError
from services.collector.snmp.exchange import GET, Oid, Question, Target
from services.collector.vendors import Vendor

_SUPPLIES = (m.SUPPLY_LEVEL, m.COLORANT_VALUE)


def is_hiding(facts: Facts, vendor: Vendor) -> bool:
    """Whether a device of this vendor may have more in its context."""
    if not vendor.context:
        return False
    return not facts.rows.get(m.SUPPLY_LEVEL) or not any(oid in facts.found for oid in vendor.oids)


async def look(session: Session, facts: Facts, vendor: Vendor) -> bool:
    """Adds what the vendor's context shows and the device itself did not. False where there is no such context.
    Never raises."""
    inside = Session(
        session.exchange,
        _inside(session.target, vendor.context),
        session.deadline,
        Traits(session.traits.varbinds, session.traits.no_bulk),
    )
    try:
        await inside.ask(Question(GET, (SYS_UPTIME,)), 1)
    except SnmpError:
        return False
    await _read(inside, facts, vendor)
    for oid, cell in inside.found.items():
        session.found.setdefault(oid, cell)
    session.pdus += inside.pdus
    session.varbinds += inside.varbinds
    return True


def _inside(target: Target, context: bytes) -> Target:
    """The same device in its context, which v3 names apart."""
    if target.security is None:
        return replace(target, community=target.community + context)
    return replace(target, security=replace(target.security, context=context.decode().lstrip("@")))


async def _read(inside: Session, facts: Facts, vendor: Vendor) -> None:
    hidden = [column for column in (*_SUPPLIES, *vendor.walks) if not facts.rows.get(column)]
    rows = await walk(inside, tuple(hidden))
    for column, walked in rows.items():
        facts.rows[column] = walked.rows
        inside.found.update((cell.oid, cell) for cell in walked.rows)
    asked: Iterable[Oid] = (
        (*column, *cell.oid[len(m.SUPPLY_LEVEL) :])
        for cell in (rows[m.SUPPLY_LEVEL].rows if m.SUPPLY_LEVEL in rows else ())[: parts.SUPPLIES.most]
        for column in parts.SUPPLIES.columns
    )
    await inside.get([*asked, *(oid for oid in vendor.oids if oid not in facts.found)])
