"""How glpi_sync stands with GLPI: what the beat and the metrics tell."""

import asyncio
import sqlite3
from datetime import datetime

import structlog

from services.glpi_sync import metrics
from services.glpi_sync.client import GlpiError
from services.glpi_sync.errors import RequestTooLong
from services.glpi_sync.store import Store
from services.glpi_sync.store_passes import PassRow, PassStore
from services.glpi_sync.target import Target
from shared.text import clean
from shared.words import GlpiVerdict

log = structlog.get_logger(__name__)

_REFRESH_S = 1.0
Detail = dict[str, str | int | float | bool | None]


class Standing:
    """Kept in memory, so that a beat asks nobody. `error` stays until GLPI has been asked with success."""

    def __init__(self, target: Target, store: Store, passes: PassStore) -> None:
        self._target, self._store, self._passes = target, store, passes
        self.error = str(target.problem) if target.is_wrong else ""
        self._last_pass_at: datetime | None = None
        self._last_pass_state = ""
        self._known = 0
        self._copied = 0
        self._counts: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def load(self) -> None:
        """Takes up what the database tells of the time before this start."""
        last = await self._passes.last()
        if last is not None:
            self.passed(last)
            if last.error and not self.error and self._target.access is not None:
                self.error = last.error
        await self._refresh()

    def changed(self) -> None:
        """The counts have changed: they are counted anew soon."""
        self._changed.set()

    def passed(self, row: PassRow) -> None:
        """A pass stands like this."""
        self._last_pass_at = row.finished_at or row.started_at
        self._last_pass_state = "retrying" if row.state == "running" and row.error else row.state
        self.changed()

    def succeeded(self) -> None:
        """GLPI answered all that it was asked."""
        self.error = ""
        metrics.GLPI_UP.set(1)

    def failed(self, error: BaseException) -> None:
        """A request failed; remembered where GLPI (or its settings) was the reason."""
        if isinstance(error, GlpiError | RequestTooLong):
            self.error = clean(error, 500)
            metrics.GLPI_UP.set(0)
            metrics.GLPI_ERRORS.labels(type(error).__name__).inc()

    async def run(self) -> None:
        """Counts anew, now and then, while something changes."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._refresh()
            except sqlite3.Error as error:
                log.warning("standing.not_counted", error=clean(error, 200))
            await asyncio.sleep(_REFRESH_S)

    async def _refresh(self) -> None:
        self._known, self._counts = await self._store.known(), await self._store.counts()
        self._copied = await self._passes.copied()
        metrics.KNOWN.set(self._known)
        for verdict in GlpiVerdict:
            metrics.VERDICTS.labels(str(verdict)).set(self._counts.get(str(verdict), 0))

    def detail(self) -> Detail:
        """For service.beat. `glpi_error` is a sentence, or null; `note` says when GLPI is not configured at all."""
        beat: Detail = {
            "glpi_url": self._target.host,
            "glpi_error": self.error or None,
            "last_pass_at": self._last_pass_at.isoformat(timespec="seconds") if self._last_pass_at else None,
            "last_pass_state": self._last_pass_state or None,
            "known_serials": self._known,
            "glpi_printers": self._copied,
        }
        if self._target.access is None and not self._target.is_wrong:
            beat["note"] = str(self._target.problem)
        return beat | dict(sorted(self._counts.items()))
