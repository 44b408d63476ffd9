"""A printer's plan: its layout, and the few values by which is seen that the plan still fits."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.layout import Layout
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Oid


@dataclass(slots=True)
class Plan:
    """`fingerprint`: of the structure's values; `marks`: of prtGeneralConfigChanges; `uptime`: sysUpTime when last
    read, in hundredths of a second; `learned_at`: when the printer was last read whole, seconds since 1970.

    `fixed`, `identity` and `counters`: a digest of the octets that the last ones were made of, and what was made of
    them. The units in `fixed` are shared between printers, the others are this one's own.
    """

    layout: Layout
    vendor: str
    fingerprint: bytes
    marks: tuple[int | None, ...]
    uptime: int | None
    serial: str | None
    learned_at: float
    fixed: tuple[bytes, tuple[Any, ...]] | None = field(default=None, repr=False)
    identity: tuple[bytes, Any] | None = field(default=None, repr=False)
    counters: tuple[bytes, Any, tuple[int, ...]] | None = field(default=None, repr=False)


def marks_of(facts: Facts, layout: Layout) -> tuple[int | None, ...]:
    """What prtGeneralConfigChanges says, for each printer device of the host."""
    return tuple(number_of(facts.found.get(cell)) for cell in mark_cells(layout))


def mark_cells(layout: Layout) -> tuple[Oid, ...]:
    """Where the layout has prtGeneralConfigChanges; kept with the layout."""
    found: tuple[Oid, ...] | None = layout.packings.get("marks")
    if found is None:
        size = len(m.GENERAL_CHANGES)
        found = tuple(cell for cell in layout.gets if cell[:size] == m.GENERAL_CHANGES)
        layout.packings["marks"] = found
    return found


def fingerprint(facts: Facts, layout: Layout) -> bytes:
    """Of the values that decide what is asked and how it is read."""
    values = [tuple(facts.found[cell]) for cell in layout.structure]
    return hashlib.blake2b(repr(values).encode(), digest_size=16).digest()
