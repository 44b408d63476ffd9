"""The shapes of answers: printers, their history, the inventory, readings."""

from typing import Any

from pydantic import BaseModel

from services.status_api.api.models.base import ErrorInfo, Page
from services.status_api.api.models.polls import Poll
from shared.messages.readings import Reading, Status, Supply
from shared.words import GlpiVerdict, PollState


class Printer(BaseModel):
    """One printer: the inventory's entry and what was read last. `total` is the last one that counts."""

    id: int
    address: str
    port: int
    name: str
    site: str
    profile: str
    tags: list[str]
    enabled: bool
    interval_minutes: int | None
    serial: str | None
    model: str | None
    manufacturer: str | None
    firmware: str | None
    mac: str | None
    location: str | None
    total: int | None
    counters: dict[str, int]
    read_at: str | None
    complete: bool | None
    poll_state: PollState | None
    poll_error: ErrorInfo | None
    last_poll_at: str | None
    status: Status | None
    supplies: list[Supply]
    lowest_percent: int | None
    alerts_count: int
    quarantined: bool
    glpi_verdict: GlpiVerdict | None
    glpi_checked_at: str | None


class PrinterDetail(Printer):
    """One printer in full."""

    reading: Reading | None
    polls: list[Poll]


class Printers(Page):
    """Printers."""

    items: list[Printer]


class SupplyPoint(BaseModel):
    """A supply's level from this instant on."""

    at: str
    percent: int | None
    level: int | None
    state: str


class SupplyLine(BaseModel):
    """A supply over time."""

    index: str
    description: str | None
    color: str | None
    points: list[SupplyPoint]


class History(BaseModel):
    """What was, and when. Each row of `counters` holds read_at, total, quarantined, and every counter by its key."""

    counters: list[dict[str, Any]]
    supplies: list[SupplyLine]
    events: list[dict[str, Any]]
    alerts: list[dict[str, Any]]


class LineError(BaseModel):
    """A line that was not taken."""

    line: int
    reason: str


class ImportReport(BaseModel):
    """What an import did, or (with dry_run) would do."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[LineError] = []
    error_count: int = 0
    dry_run: bool = False


class Changed(BaseModel):
    """How many changed."""

    changed: int


class ReadingRow(BaseModel):
    """One reading. `why` (unmatched, implausible) and `reason` where it is or was held back."""

    id: int
    poll_id: str
    printer_id: int
    read_at: str
    serial: str | None
    total: int | None
    counters: dict[str, int]
    complete: bool
    quarantined: bool
    released: bool
    why: str | None
    reason: str | None
    quarantine_state: str | None
    settled_at: str | None
    settled_by: str | None


class Readings(Page):
    """Readings."""

    items: list[ReadingRow]


class Released(BaseModel):
    """The reading counts now."""

    id: int
    released: bool
