"""The shapes of answers: GLPI."""

from typing import Any, Literal

from pydantic import BaseModel

from services.status_api.api.models.base import Page
from shared.words import GlpiVerdict


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


class Passes(Page):
    """Passes."""

    items: list[Pass]


class GlpiSummary(BaseModel):
    """Verdict → printers (UNCHECKED without one), and the newest pass."""

    counts: dict[str, int]
    latest: Pass | None


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
