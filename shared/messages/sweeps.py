"""Bodies of the sweep.* and inventory kinds."""

from typing import Annotated, Literal

from pydantic import Field

from shared.messages.base import Body, Command, Id, Instant, Port, PrinterId, Profile, ShortText, Site
from shared.messages.polls import BATCH


class SweepCounts(Body):
    """How a sweep stands. planned = requested + refused + what still waits to be published; backed_off come on top."""

    planned: int = 0
    requested: int = 0
    refused: int = 0
    expired: int = 0
    dead: int = 0
    done: int = 0
    failed: int = 0
    backed_off: int = 0


class SweepOpened(Body):
    """A round has begun. `reason`: scheduled, catch_up (the slot was missed and is made good once), ordered."""

    sweep_id: Id
    slot: Instant
    opened_at: Instant
    reason: Literal["scheduled", "catch_up", "ordered"]
    requested_by: ShortText = ""
    missed_slots: int = 0
    counts: SweepCounts


class SweepClosed(Body):
    """A round has ended: every poll of it has. The counts are final."""

    sweep_id: Id
    closed_at: Instant
    counts: SweepCounts


class SweepOrder(Command):
    """Open a sweep now, over all enabled printers or those of one site. Backed-off printers come along with `force`."""

    site: Site | None = None
    force: bool = False
    idempotency_key: Id | None = None
    requested_by: ShortText = ""


class Printer(Body):
    """One inventory entry. `interval_minutes` null means POLL_INTERVAL_MINUTES."""

    id: PrinterId
    address: ShortText
    port: Port = 161
    name: ShortText = ""
    site: Site
    profile: Profile
    tags: Annotated[list[ShortText], Field(max_length=32)] = []
    enabled: bool = True
    interval_minutes: Annotated[int, Field(ge=1, le=10_080)] | None = None


class SnapshotPart(Body):
    """Part `part` (from 1) of `parts` of the whole inventory: after the last, what no part named is gone."""

    id: Id
    part: int
    parts: int
    total: int


class PrintersChanged(Body):
    """The inventory has changed. `version` rises by one with every change; an older one than known is ignored."""

    version: int
    changed: Annotated[list[Printer], Field(max_length=BATCH)] = []
    removed: Annotated[list[PrinterId], Field(max_length=BATCH)] = []
    snapshot: SnapshotPart | None = None


class NewPrinter(Command):
    """A printer to add or change; (address, port) is its key."""

    address: ShortText
    port: Port = 161
    name: ShortText = ""
    site: Site = "main"
    profile: Profile = "default"
    tags: Annotated[list[ShortText], Field(max_length=32)] = []
    enabled: bool = True
    interval_minutes: Annotated[int, Field(ge=1, le=10_080)] | None = None


class InventoryCommand(Command):
    """Change the inventory, or have it sent again.

    import: `csv` text (header address[,port,name,site,profile,tags,interval_minutes,enabled]); good lines are kept,
    bad ones reported. upsert: `printers`. remove, enable, disable: `printer_ids`. snapshot: printers.changed of all.
    `dry_run` (import and upsert): the same answer, nothing is changed.
    """

    action: Literal["import", "upsert", "remove", "enable", "disable", "snapshot"]
    csv: Annotated[str, Field(max_length=8_000_000)] | None = None
    printers: Annotated[list[NewPrinter], Field(max_length=1000)] = []
    printer_ids: Annotated[list[PrinterId], Field(max_length=1000)] = []
    dry_run: bool = False
    idempotency_key: Id | None = None
    requested_by: ShortText = ""
