"""Pruning in small steps, so that recording never waits long for it."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from services.status_api.retention import store
from services.status_api.settings import StatusApiSettings
from services.status_api.times import iso
from shared.database import Database

log = structlog.get_logger(__name__)

STEP = 500  # rows of one transaction
_PAUSE_S = 0.05
_MOST_STEPS = 2000  # of one table in one round


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement of `store.STEPS` and how many days it leaves."""

    name: str
    days: float


class Pruner:
    """Deletes what is older than the settings say."""

    def __init__(self, settings: StatusApiSettings, database: Database) -> None:
        self._db, self._interval_s = database, settings.status_api_prune_interval_s
        s = settings
        self.rules = (
            Rule("readings_daily", s.status_api_keep_readings_days),
            Rule("readings", s.status_api_keep_daily_days),
            Rule("polls", s.status_api_keep_polls_days),
            Rule("sweep_counts", s.status_api_keep_sweeps_days),
            Rule("sweeps", s.status_api_keep_sweeps_days),
            Rule("supplies_log", s.status_api_keep_supplies_days),
            Rule("alerts_log", s.status_api_keep_supplies_days),
            Rule("printer_events", s.status_api_keep_supplies_days),
            Rule("quarantine", s.status_api_keep_quarantine_days),
            Rule("dead_letters", s.status_api_keep_dead_days),
            Rule("audit", s.status_api_keep_audit_days),
            Rule("glpi_passes", s.status_api_keep_sweeps_days),
            Rule("idempotency", 1.0),
            Rule("instances", 30.0),
            Rule("latest", 0.0),
        )

    async def run(self) -> None:
        """Prunes until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                await self.round()
            except sqlite3.Error as error:
                log.warning("prune.failed", error=str(error)[:300], remedy="none needed: it is tried again")

    async def round(self) -> dict[str, int]:
        """One pass over all tables; table → rows deleted."""
        deleted: dict[str, int] = {}
        for rule in self.rules:
            limit = iso(datetime.now(UTC) - timedelta(days=rule.days))
            for _ in range(_MOST_STEPS):
                rows = await store.step(self._db, rule.name, limit, STEP)
                deleted[rule.name] = deleted.get(rule.name, 0) + rows
                if rows < STEP:
                    break
                await asyncio.sleep(_PAUSE_S)
        if any(deleted.values()):
            log.info("prune.done", **{k: n for k, n in deleted.items() if n})
        return deleted
