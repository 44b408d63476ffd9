"""Which printers a sweep polls, and how often one that never answers is tried."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from services.scheduler.clock import instant, stamp
from services.scheduler.slots import is_due
from services.scheduler.store_printers import Entry

NAMESPACE = uuid.UUID("6f1d8f0e-5b0a-4c86-9a3a-0d6b3c1f2e77")
_NAMESPACE = NAMESPACE.bytes


@dataclass(slots=True)
class Plan:
    """The printers of a sweep: to poll, backed off, and passed over because their last poll is still open."""

    polled: list[Entry] = field(default_factory=list)
    backed_off: list[Entry] = field(default_factory=list)
    outstanding: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BackOff:
    """After `after` failures in a row every second slot, then every fourth, ... at last every `most`th."""

    after: int
    most: int

    def period(self, failures: int) -> int:
        """A printer with so many failures is polled in every so-manieth slot."""
        if failures < self.after:
            return 1
        return int(min(self.most, 2 ** min(failures - self.after + 1, 30)))

    def rests(self, entry: Entry) -> bool:
        """Whether the printer is passed over this time."""
        return entry.skipped + 1 < self.period(entry.failures)


def scheduled(
    entries: Sequence[Entry],
    outstanding: Mapping[int, str],
    slot: datetime,
    *,
    zone: ZoneInfo,
    back_off: BackOff,
) -> Plan:
    """The plan of a slot: of the printers whose interval has elapsed, all but the backed off and the outstanding."""
    plan = Plan()
    for entry in entries:
        own = entry.interval_minutes * 60 if entry.interval_minutes is not None else None
        last = instant(entry.last_slot_at) if entry.last_slot_at else None
        if is_due(slot, last, own, zone):
            _place(plan, entry, outstanding, rests=back_off.rests(entry))
    return plan


def ordered(entries: Sequence[Entry], outstanding: Mapping[int, str], *, force: bool, back_off: BackOff) -> Plan:
    """The plan of a sweep that somebody asked for: everybody, the backed off only with `force`."""
    plan = Plan()
    for entry in entries:
        _place(plan, entry, outstanding, rests=not force and back_off.rests(entry))
    return plan


def _place(plan: Plan, entry: Entry, outstanding: Mapping[int, str], *, rests: bool) -> None:
    if entry.id in outstanding:
        plan.outstanding.append(entry)
    elif rests:
        plan.backed_off.append(entry)
    else:
        plan.polled.append(entry)


def sweep_id_of(slot: datetime) -> str:
    """A scheduled sweep's id: the same for every scheduler that would open it."""
    return str(uuid.uuid5(NAMESPACE, f"sweep {stamp(slot)}"))


def poll_id_of(printer_id: int, occasion: str) -> str:
    """A poll's id: deterministic for a printer and an occasion (a slot, a sweep, an order)."""
    # uuid5 by hand (RFC 4122, section 4.3): uuid's own takes four times as long, and a sweep needs thousands.
    digest = bytearray(
        hashlib.sha1(_NAMESPACE + b"poll %d %s" % (printer_id, occasion.encode()), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def pass_id_of(date: str) -> str:
    """The id of the GLPI pass of a local date."""
    return str(uuid.uuid5(NAMESPACE, f"glpi {date}"))
