"""The form of a vendor's table, and how it is read.

A vendor module is data: OIDs with their meaning and source. What no table can say is a `Counting` or a `Refiner`: a
pure function over what was answered. The reader asks `oids` in its GETs, walks `walks` beside the standard columns, and
then lets `refine` work on the finished standard reading.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.collector.mib.oids import SYS_DESCR, oid
from services.collector.mib.text import LONG, decoded, decoded_hp
from services.collector.read import receptacles
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import Oid
from services.collector.vendors.counts import Count, CountTable, add, told
from services.collector.vendors.levels import LevelTable, fill

# (octets, declared charset) → text or None
Extract = Callable[[bytes, int | None], str | None]
# (facts, counters) and (facts, reading): change the latter in place; may raise, which costs the vendor's extras and
# nothing else. What concerns counters alone is a Counting: it is made anew only where their cells have changed.
Counting = Callable[[Facts, dict[str, Any]], None]
Refiner = Callable[[Facts, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Place:
    """One OID that holds a text, how it is taken out, and the name that this rule has in readings."""

    oid: Oid
    rule: str
    extract: Extract = decoded


@dataclass(frozen=True)
class Vendor:
    """A maker of agents.

    `roots`: beginnings of sysObjectID, which names the maker of the agent and not always of the printer.
    `claims`: a pattern for the beginning of sysDescr, hrDeviceDescr or the printer's name, by which devices are known
    whose root is nobody's or one that many makers' cards use (`yields`).
    `brands`: (pattern, manufacturer) for housings of other brands, looked for in the model, then in sysDescr.
    `makers` are places that name the brand of the housing, looked at before the model.
    `serials`, `models`, `firmware`, `names`, `counts`, `count_tables` are in order of trust.
    `serial_form`: what of a serial number is printed on the housing, as the pattern's first group, where agents add to
    it. `probe`: an OID whose answer is enough to know the vendor where neither root nor description tells it.
    `asks`: further OIDs, `columns`: further columns to walk, both for `countings` and `refiners`.
    `context`: what is put behind the community where the device hides its supplies or its own tree in a context.
    """

    key: str
    manufacturer: str
    roots: tuple[Oid, ...]
    serials: tuple[Place, ...] = ()
    models: tuple[Place, ...] = ()
    firmware: tuple[Place, ...] = ()
    names: tuple[Place, ...] = ()
    makers: tuple[Place, ...] = ()
    serial_form: re.Pattern[str] | None = None
    probe: Oid | None = None
    counts: tuple[Count, ...] = ()
    count_tables: tuple[CountTable, ...] = ()
    level_tables: tuple[LevelTable, ...] = ()
    asks: tuple[Oid, ...] = ()
    columns: tuple[Oid, ...] = ()
    countings: tuple[Counting, ...] = ()
    refiners: tuple[Refiner, ...] = ()
    brands: tuple[tuple[re.Pattern[str], str], ...] = ()
    claims: re.Pattern[str] | None = None
    yields: bool = False
    context: bytes = b""

    @property
    def is_doubtful(self) -> bool:
        """Whether a device of this root may be another maker's."""
        return self.yields or not self.roots

    @cached_property
    def oids(self) -> tuple[Oid, ...]:
        """All OIDs to ask, without those of the first GET."""
        places = (*self.serials, *self.models, *self.firmware, *self.names, *self.makers)
        asked = (*(place.oid for place in places), *(count.oid for count in self.counts), *self.asks)
        return tuple(dict.fromkeys(oid for oid in asked if oid != SYS_DESCR))

    @cached_property
    def walks(self) -> tuple[Oid, ...]:
        """All columns to walk, without those of the standard tables."""
        tables: tuple[CountTable | LevelTable, ...] = (*self.count_tables, *self.level_tables)
        return tuple(dict.fromkeys((*(column for table in tables for column in table.columns), *self.columns)))

    def count(self, facts: Facts, counters: dict[str, Any]) -> None:
        """Puts what this vendor counts beside the standard counters. May raise."""
        add(counters, told(facts, self.counts, self.count_tables))
        for counting in self.countings:
            counting(facts, counters)

    def refine(self, facts: Facts, reading: dict[str, Any]) -> None:
        """Puts what this vendor's places tell into a standard reading. May raise."""
        self.count(facts, reading["counters"])
        for table in self.level_tables:
            fill(facts, reading["supplies"], table)
        for refiner in self.refiners:
            refiner(facts, reading)
        receptacles.settle(reading)

    def brand(self, *texts: str | None) -> str | None:
        """The brand that the first of these texts names; else the maker of the agent."""
        for text in texts:
            for pattern, manufacturer in self.brands:
                if text and pattern.search(text):
                    return manufacturer
        return self.manufacturer or None


def enterprise(rest: str) -> Oid:
    """An OID below 1.3.6.1.4.1."""
    return oid("1.3.6.1.4.1." + rest)


def at(rest: str, rule: str) -> Place:
    """A plain text below 1.3.6.1.4.1."""
    return Place(enterprise(rest), rule)


def hp_at(rest: str, rule: str) -> Place:
    """A text in HP's manner, two octets of charset in front."""
    return Place(enterprise(rest), rule, decoded_hp)


def within(place: Oid, pattern: str, rule: str) -> Place:
    """The first group of `pattern` within a text."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def extract(octets: bytes, charset: int | None) -> str | None:
        found = compiled.search(decoded(octets, charset, LONG) or "")
        return found.group(1).strip()[:255] or None if found else None

    return Place(place, rule, extract)


def device_id(rest: str, key: str, rule: str) -> Place:
    """A field of an IEEE 1284 device id (`MFG:…;MDL:…;SN:…;`) below 1.3.6.1.4.1."""
    return within(enterprise(rest), rf"(?:^|;)\s*(?:{key}):([^;]+)", rule)


def counts(rule: str, base: str, keys: dict[str, str], *, group: str = "") -> tuple[Count, ...]:
    """Counters below one OID (itself below 1.3.6.1.4.1): {rest of the OID: key}."""
    return tuple(Count(key, enterprise(f"{base}.{rest}"), rule, group=group) for rest, key in keys.items())


def beginning(words: str) -> re.Pattern[str]:
    """A pattern for texts that begin with one of these words ("a|b"), in any case."""
    return re.compile(rf"^\s*(?:{words})\b", re.IGNORECASE)


def brand(words: str, manufacturer: str) -> tuple[re.Pattern[str], str]:
    """A row of `brands`: any of these words ("a|b") names this manufacturer."""
    return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE), manufacturer


UNKNOWN = Vendor("unknown", "", ())
