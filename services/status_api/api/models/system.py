"""The shapes of answers: services, health, figures, the audit log, the session."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from services.status_api.api.models.base import Page
from services.status_api.api.models.glpi import VerdictCounts
from services.status_api.api.models.polls import Sweep


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
