"""The form of a vendor's table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from services.collector.mib.oids import SYS_DESCR, oid
from services.collector.mib.text import LONG, decoded, decoded_hp
from services.collector.snmp.exchange import Oid

# (octets, declared charset) → text or None
Extract = Callable[[bytes, int | None], str | None]


@dataclass(frozen=True, slots=True)
class Place:
    """One OID that holds a text, how it is taken out, and the name that this rule has in readings."""

    oid: Oid
    rule: str
    extract: Extract = decoded


@dataclass(frozen=True)
class Vendor:
    """A maker of agents. Places are in order of trust. `roots` are beginnings of sysObjectID."""

    key: str
    manufacturer: str
    roots: tuple[Oid, ...]
    serials: tuple[Place, ...] = ()
    models: tuple[Place, ...] = ()
    firmware: tuple[Place, ...] = ()

    @cached_property
    def oids(self) -> tuple[Oid, ...]:
        """All OIDs to ask, without those of the first GET."""
        places = (*self.serials, *self.models, *self.firmware)
        return tuple(dict.fromkeys(place.oid for place in places if place.oid != SYS_DESCR))


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


UNKNOWN = Vendor("unknown", "", ())
