"""A plan and its printer's traits as JSON behind a digest, and back. Layouts are kept beside them, by digest.

What a disk gives back may be damaged in ways that SQLite does not see. A plan decides what is asked and how it is read:
one that is not what was written, or not of this printer, counts for nothing.
"""

import hashlib
import time
from typing import Any

import orjson

from services.collector.mib.oids import dotted, oid
from services.collector.plans.layout import Layout
from services.collector.plans.plan import Plan
from services.collector.plans.plans import Entry, Key
from services.collector.read.traits import MOST_VARBINDS, Traits

# sysUpTime grows at least so fast while nobody looks, in hundredths of a second each second: clocks differ a little.
_LEAST_TICKS = 95
_WRAP = 2**32
_DIGEST = 16  # octets


def digest(*parts: bytes) -> bytes:
    """Of all of these octets."""
    found = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(part)
    return found.digest()


def _place(key: Key, layout: bytes, learned_at: float) -> bytes:
    """What stands beside the body in the database."""
    return b"%s %r" % (layout, (*key, learned_at))


def encoded(key: Key, plan: Plan, traits: Traits) -> bytes:
    """A digest of it all, then JSON."""
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
    octets = orjson.dumps(body)
    return digest(_place(key, plan.layout.kept_body[1], plan.learned_at), octets) + octets


def decoded(key: Key, octets: bytes, layout: Layout, learned_at: float) -> Entry:
    """Back from what `encoded` made. Raises ValueError, KeyError or TypeError for anything else."""
    if octets[:_DIGEST] != digest(_place(key, layout.kept_body[1], learned_at), octets[_DIGEST:]):
        raise ValueError("not what was written")
    body = orjson.loads(octets[_DIGEST:])
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
