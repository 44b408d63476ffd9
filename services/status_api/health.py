"""The doctor's checks, run every few seconds on what this service sees."""

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Gauge

from doctor.checks import queues as queue_checks
from doctor.checks import run
from doctor.checks import topology as topology_checks
from doctor.finding import Finding
from doctor.snapshot import DiskView, Snapshot
from doctor.status import status_view
from services.status_api import metrics
from services.status_api.api import store_polls, store_printers
from services.status_api.beats.registry import Registry
from services.status_api.broker_view.view import BrokerView
from services.status_api.dead import store as dead_store
from services.status_api.settings import StatusApiSettings
from services.status_api.times import iso
from shared.database import Database

log = structlog.get_logger(__name__)

# The management API tells of a new queue's policy and consumers only after up to 9 s: what is said of queues counts
# once it has stood for a while, or every start would begin with alarms.
_SETTLE_S = 10.0
_WORDS = ("planned", "requested", "in_progress", "done", "failed", "refused", "expired", "dead", "late", "waiting")
_LAGGING = frozenset(check.id for check in (*queue_checks.CHECKS, *topology_checks.CHECKS))


class Health:
    """The findings of the last run. `broker_error` says why the broker's AMQP port cannot be used, or None."""

    def __init__(
        self,
        settings: StatusApiSettings,
        reader: Database,
        registry: Registry,
        view: BrokerView,
        broker_error: Callable[[], str | None],
    ) -> None:
        self._settings, self._reader, self._registry, self._view = settings, reader, registry, view
        self._broker_error = broker_error
        self._findings: list[Finding] = []
        self._since: dict[tuple[str, str], float] = {}  # when a finding was first seen, monotonic
        self._checked_at: datetime | None = None

    def answer(self) -> dict[str, Any]:
        """As GET /api/health tells it. Not ok while any error stands; warnings alone are ok."""
        return {
            "ok": self._checked_at is not None and not any(f.severity == "error" for f in self._findings),
            "findings": [f.as_json() for f in self._findings],
            "checked_at": iso(self._checked_at) if self._checked_at else None,
        }

    async def loop(self) -> None:
        """Checks until cancelled."""
        await self._view.looked()
        while True:
            await self.check()
            await asyncio.sleep(self._settings.status_api_doctor_interval_s)

    async def check(self) -> None:
        """Checks once. What is told and measured changes at one moment: nobody sees half of it."""
        snapshot = await self.snapshot()
        printers = await store_printers.counts_by_state(self._reader)
        low = (await store_printers.marks(self._reader))["low"]
        dead = await dead_store.groups(self._reader)
        sweep = await store_polls.sweep(self._reader, None)
        self._findings = self._settled(run(snapshot))
        self._checked_at = snapshot.at
        self._measure_findings()
        _set_each(metrics.PRINTERS, printers)
        metrics.PRINTERS_LOW.set(low)
        metrics.DEAD_LETTERS.clear()
        for group in dead:
            metrics.DEAD_LETTERS.labels(group["queue"]).inc(group["count"])
        for word in _WORDS if sweep else ():
            metrics.SWEEP_POLLS.labels(word).set(sweep[word] if sweep else 0)
        _set_each(metrics.SERVICES_MISSING, {row["role"]: 1 for row in self._registry.listing() if row["missing"]})

    def _measure_findings(self) -> None:
        metrics.FINDING.clear()
        for severity in ("error", "warning"):
            metrics.FINDINGS.labels(severity).set(sum(f.severity == severity for f in self._findings))
        for finding in self._findings:
            metrics.FINDING.labels(finding.id, finding.severity).set(1)

    def _settled(self, found: list[Finding]) -> list[Finding]:
        now = time.monotonic()
        self._since = {key: self._since.get(key, now) for f in found if (key := (f.id, f.subject))}
        return [f for f in found if f.id not in _LAGGING or now - self._since[f.id, f.subject] >= _SETTLE_S]

    async def snapshot(self) -> Snapshot:
        """This moment."""
        status = status_view(
            self._registry.listing(),
            await store_polls.sweep(self._reader, None),
            await dead_store.groups(self._reader),
            interval_s=self._settings.poll_interval_minutes * 60,
        )
        if status.last_slot_at is not None:
            metrics.LAST_SLOT.set(status.last_slot_at.timestamp())
        return Snapshot(
            at=datetime.now(UTC),
            broker=self._view.picture if not self._view.error else None,
            management_error=self._view.error or None,
            status=replace(status, listening_s=self._registry.age_s, disks=(_disk(self._settings.data_dir),)),
            broker_error=self._broker_error(),
            wanted=self._view.table,
        )


def _set_each(gauge: Gauge, values: Mapping[str, float]) -> None:
    """One label's values, and none besides."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)


def _disk(folder: Path) -> DiskView:
    usage = shutil.disk_usage(folder)
    return DiskView(str(folder), usage.free, usage.total)
