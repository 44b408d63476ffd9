"""The shapes of the answers, for the OpenAPI document. Instants are UTC, ISO 8601."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.messages.readings import Reading, Status, Supply
from shared.words import GlpiVerdict, PollState


class Page(BaseModel):
    """A page of a list: `next` goes into `cursor` for the next page."""

    next: str | None = None


class ErrorInfo(BaseModel):
    """A stable code and a sentence."""

    code: str
    text: str


class Poll(BaseModel):
    """One poll."""

    poll_id: str
    printer_id: int | None
    name: str | None
    address: str | None
    sweep_id: str | None
    order_id: str | None
    lane: str | None
    site: str | None
    state: PollState
    late: bool
    error: ErrorInfo | None
    requested_at: str | None
    started_at: str | None
    ended_at: str | None
    seconds: float | None
    replay_of: str | None
    reading_id: int | None


class Polls(Page):
    """Polls."""

    items: list[Poll]


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


class OrderedPoll(BaseModel):
    """A poll of an order; with `wait`, all fields of a poll."""

    poll_id: str
    printer_id: int
    state: str


class Order(BaseModel):
    """An order and its polls."""

    order_id: str
    polls: list[OrderedPoll]


class Sweep(BaseModel):
    """One round. `waiting`: not begun yet (in a queue or still to be published)."""

    id: str
    slot: str | None
    reason: str | None
    requested_by: str
    missed_slots: int
    state: Literal["open", "closed"]
    opened_at: str | None
    closed_at: str | None
    planned: int
    requested: int
    in_progress: int
    done: int
    failed: int
    refused: int
    expired: int
    dead: int
    late: int
    backed_off: int
    waiting: int
    seconds: float | None
    refused_reasons: dict[str, int]


class Sweeps(Page):
    """Sweeps."""

    items: list[Sweep]


class SweepOrdered(BaseModel):
    """The sweep that was opened; `id` is its `sweep_id` too."""

    id: str
    sweep_id: str
    planned: int
    backed_off: int


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


class Queue(BaseModel):
    """One queue. `oldest_age_s`: for how long it has not been empty, so at most the age of its oldest message."""

    name: str
    messages: int
    ready: int
    unacked: int
    consumers: int
    consumer_role: str | None
    limit: int | None
    bytes: int
    policy: str | None
    publish_rate: float | None
    ack_rate: float | None
    acks_total: int
    oldest_age_s: float | None
    drain_s: float | None
    stalled_s: float | None
    state: Literal["ok", "no_consumers", "stuck", "full", "holding", "missing", "unknown"]


class Queues(Page):
    """Queues. `error`: why they cannot be seen right now; they are those of the last look then."""

    items: list[Queue]
    error: str | None


class DeadLetter(BaseModel):
    """One dead letter."""

    id: str
    message_id: str | None
    queue: str
    kind: str
    origin: str
    reason: str
    error_type: str
    error_message: str
    attempt: int
    died_at: str
    service: str
    version: str
    state: Literal["dead", "replayed", "discarded"]
    replayed_at: str | None
    replayed_by: str | None
    bytes: int
    summary: str
    printer_id: int | None


class DeadLetterDetail(DeadLetter):
    """With its body as text (the first 64 kB) and its headers."""

    body: str
    body_capped: bool
    headers: dict[str, Any]


class DeadLetters(Page):
    """Dead letters."""

    items: list[DeadLetter]


class DeadGroup(BaseModel):
    """Dead letters that nobody has settled, of one queue, kind, reason and error."""

    queue: str
    kind: str
    reason: str
    error_type: str
    count: int
    oldest: str
    newest: str


class DeadGroups(Page):
    """Groups."""

    items: list[DeadGroup]


class Skipped(BaseModel):
    """A dead letter that was not replayed."""

    id: str
    why: str


class Replay(BaseModel):
    """What a replay did. `polls`: the new polls of poll requests."""

    replayed: int
    ids: list[str]
    polls: list[str]
    skipped: list[Skipped]
    matched: int
    dry_run: bool


class PassRequested(BaseModel):
    """The pass that was queued; `id` is its `pass_id` too."""

    id: str
    pass_id: str


class Pass(BaseModel):
    """One pass over GLPI. `counts`: verdict → printers."""

    id: str
    state: Literal["requested", "running", "done", "failed"]
    dry_run: bool
    requested_at: str | None
    started_at: str | None
    finished_at: str | None
    glpi_printers: int
    counts: dict[str, int]
    error: str | None


class GlpiSummary(BaseModel):
    """Verdict → printers (UNCHECKED without one), and the newest pass."""

    counts: dict[str, int]
    latest: Pass | None


class Passes(Page):
    """Passes."""

    items: list[Pass]


class Verdict(BaseModel):
    """What GLPI knows of one printer, with the evidence."""

    printer_id: int
    address: str
    name: str
    serial: str | None
    verdict: GlpiVerdict
    matches: list[dict[str, Any]]
    reason: str
    checked_at: str


class Verdicts(Page):
    """Verdicts."""

    items: list[Verdict]


class VerdictCounts(BaseModel):
    """Verdict → printers; UNCHECKED without one."""

    counts: dict[str, int]


class ServiceRow(BaseModel):
    """One process, or a role without any (`instance` empty). `missing`: no process of this role beats."""

    role: str
    instance: str
    version: str | None
    host: str | None
    pid: int | None
    state: str
    started_at: str | None
    last_beat_at: str | None
    age_s: float | None
    in_flight: int
    done: int
    failed: int
    last_progress_at: str | None
    skew_s: float | None
    detail: dict[str, Any]
    missing: bool


class Services(Page):
    """Services."""

    items: list[ServiceRow]


class Finding(BaseModel):
    """One fault: what it is, how we know, what to do."""

    id: str
    severity: Literal["error", "warning"]
    subject: str
    title: str
    evidence: str
    remedy: str


class Health(BaseModel):
    """Not ok while an error stands."""

    ok: bool
    findings: list[Finding]
    checked_at: str | None


class PrinterFigures(BaseModel):
    """Printers in figures. `by_state`: of their last poll; NEVER without one."""

    total: int
    by_state: dict[str, int]
    low: int
    quarantined: int
    with_alerts: int
    disabled: int


class ServiceFigures(BaseModel):
    """Processes that beat, roles that do not."""

    instances: int
    missing: list[str]


class QueueFigures(BaseModel):
    """All queues in figures."""

    messages: int
    waiting_polls: int
    not_ok: list[str]
    error: str | None


class Summary(BaseModel):
    """Figures for the overview."""

    printers: PrinterFigures
    sites: list[str]
    sweep: Sweep | None
    services: ServiceFigures
    queues: QueueFigures
    dead: int
    glpi: VerdictCounts
    health: Health


class AuditRow(BaseModel):
    """One act of a person."""

    id: int
    at: str
    who: str
    action: str
    detail: str


class Audit(Page):
    """The audit log."""

    items: list[AuditRow]


class SessionInfo(BaseModel):
    """Who the caller is. `csrf`: what a page's POSTs repeat in X-CSRF-Token; null where none is needed."""

    name: str
    role: str = Field(description="viewer, operator or admin")
    csrf: str | None
    login_required: bool
