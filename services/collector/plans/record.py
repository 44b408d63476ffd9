"""A plan and its printer's traits as JSON, and back. Layouts are kept beside them, by digest."""

import time
from typing import Any

import orjson

from services.collector.mib.oids import dotted, oid
from services.collector.plans.layout import Layout
from services.collector.plans.plan import Plan
from services.collector.plans.plans import Entry
from services.collector.read.traits import MOST_VARBINDS, Traits

# sysUpTime grows at least so fast while nobody looks, in hundredths of a second each second: clocks differ a little.
_LEAST_TICKS = 95
_WRAP = 2**32


def encoded(plan: Plan, traits: Traits) -> bytes:
    """As JSON."""
    body: dict[str, Any] = {
        "vendor": plan.vendor,
        "fingerprint": plan.fingerprint.hex(),
        "marks": plan.marks,
        "uptime": plan.uptime,
        "serial": plan.serial,
        "saved_at": time.time(),
        "varbinds": traits.varbinds,
        "most": traits.most,
        "no_bulk": traits.no_bulk,
        "absent": [dotted(cell) for cell in sorted(traits.absent)],
    }
    return orjson.dumps(body)


def decoded(octets: bytes, layout: Layout, learned_at: float) -> Entry:
    """Back from JSON. Raises ValueError, KeyError or TypeError for anything else."""
    body = orjson.loads(octets)
    most = min(MOST_VARBINDS, max(1, int(body["most"])))
    traits = Traits(
        min(most, max(1, int(body["varbinds"]))), bool(body["no_bulk"]), frozenset(map(oid, body["absent"])), most
    )
    plan = Plan(
        layout,
        str(body["vendor"]),
        bytes.fromhex(body["fingerprint"]),
        tuple(None if mark is None else int(mark) for mark in body["marks"]),
        _least_uptime(body["uptime"], time.time() - float(body["saved_at"])),
        None if body["serial"] is None else str(body["serial"]),
        learned_at,
    )
    return Entry(traits, plan)


def _least_uptime(uptime: int | None, seconds: float) -> int | None:
    """What sysUpTime is by now at least, if the printer was not restarted meanwhile; None when it may have wrapped."""
    if uptime is None:
        return None
    least = int(uptime) + int(max(0.0, seconds) * _LEAST_TICKS)
    return least if least < _WRAP - 10 * 60 * 100 else None
