"""A pass: all printers of GLPI are read, all known serials are matched with them, the verdicts are published.

The states of a pass, and nothing else changes them:

    ordered ──▶ running ──▶ done
                 │   ▲
       (error)   ▼   │ the retry ladder, or the broker after a crash, brings the request again
                running with an error ──▶ failed (no further attempt)

A request for a pass that is done is answered with what is known; one for a failed pass (a replayed dead letter)
begins it anew.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from datetime import timedelta
from typing import Literal

import structlog

from services.glpi_sync import metrics
from services.glpi_sync.asking import bounded, named_store_errors
from services.glpi_sync.client import GlpiSession, read_entities, read_printers
from services.glpi_sync.evidence import given, verdict_of
from services.glpi_sync.readings import Readings
from services.glpi_sync.settings import GlpiSyncSettings
from services.glpi_sync.standing import Standing
from services.glpi_sync.store import Store
from services.glpi_sync.store_passes import PassRow, PassStore
from services.glpi_sync.target import Target
from services.glpi_sync.verdicts import index_of, judge
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError, Verdict
from shared.errors import verdict_of as fate_of
from shared.messages.base import now
from shared.messages.envelope import Envelope
from shared.messages.glpi import GlpiChecked, GlpiReconcile, GlpiReconciled
from shared.messages.kinds import kind
from shared.messages.polls import BATCH
from shared.text import clean
from shared.words import GlpiVerdict

log = structlog.get_logger(__name__)


class Passes:
    """Runs passes, one at a time (requests are taken one by one)."""

    def __init__(
        self,
        settings: GlpiSyncSettings,
        target: Target,
        store: Store,
        rows: PassStore,
        readings: Readings,
        standing: Standing,
        publisher: Publisher,
    ) -> None:
        self._settings, self._target, self._standing = settings, target, standing
        self._store, self._rows, self._readings, self._publisher = store, rows, readings, publisher

    async def run(self, order: GlpiReconcile, again_in: str | None) -> None:
        """One attempt at a pass. `again_in` says in words when a failed one is tried again; None: it is the last.

        Raises what went wrong, after saying so in a glpi.reconciled.
        """
        row = await self._rows.find(order.pass_id)
        if row is not None and row.state == "done":
            log.info("pass.repeated", pass_id=clean(order.pass_id, 64))
            await self._tell(row)
            return
        row = await self._begin(order, row)
        begun = time.monotonic()
        try:
            with named_store_errors():
                await bounded(self._match(order, row), self._settings.glpi_sync_pass_limit_s)
                row.state, row.finished_at, row.error = "done", now(), None
                await self._keep(row)
        except Exception as error:  # a border: whatever it is, people see how the pass stands; then it is raised again
            await self._failed(row, error, again_in)
            raise
        metrics.PASSES.labels("done").inc()
        metrics.PASS_SECONDS.observe(time.monotonic() - begun)
        log.info(
            "pass.done",
            pass_id=clean(row.pass_id, 64),
            glpi_printers=row.glpi_printers,
            seconds=round(time.monotonic() - begun, 2),
            **row.counts,
        )
        await self._store.forget(
            timedelta(days=self._settings.glpi_sync_forget_days), self._settings.glpi_sync_max_printers
        )

    async def refuse(self, order: GlpiReconcile, error: PrintsweepError) -> None:
        """A pass that cannot even begin: it has failed."""
        row = await self._rows.find(order.pass_id)
        if row is None or row.state != "done":
            at = now()
            row = PassRow(order.pass_id, "failed", order.dry_run, at, at, error=clean(error, 2000))
            await self._keep(row)
            metrics.PASSES.labels("failed").inc()

    async def _begin(self, order: GlpiReconcile, before: PassRow | None) -> PassRow:
        row = before or PassRow(order.pass_id, "running", order.dry_run, now())
        if row.state != "running":  # ordered, or failed and wanted again
            row.started_at = now()
        row.state, row.finished_at, row.dry_run, row.counts = "running", None, order.dry_run, {}
        row.attempts += 1
        await self._keep(row)
        log.info("pass.begins", pass_id=clean(row.pass_id, 64), attempt=row.attempts, dry_run=row.dry_run)
        return row

    async def _match(self, order: GlpiReconcile, row: PassRow) -> None:
        """Reads GLPI, judges, publishes; fills the row's counts."""
        limits = self._settings
        async with GlpiSession(self._target.require()) as glpi:
            entities = await read_entities(glpi)
            printers = await read_printers(glpi, max_printers=limits.glpi_sync_max_printers)
        self._standing.succeeded()
        row.glpi_printers = sum(not printer.in_trash for printer in printers)
        if not order.dry_run:
            await self._rows.replace_copy(printers, entities)
        await self._readings.settled()
        index = await asyncio.to_thread(index_of, printers)
        most = min(order.limit or limits.glpi_sync_max_printers, limits.glpi_sync_max_printers)
        due = await self._store.due(most, limited=order.limit is not None, force=order.force)
        at = now()
        counts: Counter[str] = Counter()
        for first in range(0, len(due), BATCH):
            judged = [(one, judge(one.raw, index)) for one in due[first : first + BATCH]]
            counts.update(str(judgement.verdict) for _, judgement in judged)
            if order.dry_run:
                await asyncio.sleep(0)
                continue
            verdicts = [verdict_of(one, judgement, entities, at) for one, judgement in judged]
            await self._publisher.insist(
                kind("glpi.checked"),
                GlpiChecked(pass_id=order.pass_id, verdicts=verdicts),
                Envelope(correlation_id=order.pass_id),
            )
            # Kept after they were published: a crash in between publishes them again, and never leaves them out.
            pairs = zip(verdicts, judged, strict=True)
            await self._store.give(given(verdict, judgement, order.pass_id) for verdict, (_, judgement) in pairs)
            for verdict in verdicts:
                metrics.CHECKED.labels(str(verdict.verdict)).inc()
        row.counts = dict(sorted(counts.items()))

    async def _failed(self, row: PassRow, error: Exception, again_in: str | None) -> None:
        self._standing.failed(error)
        fate = fate_of(error)
        if fate is Verdict.HAND_BACK:
            return  # the broker is away or status_api is full: nobody would hear it, and it begins anew soon
        retried = fate is Verdict.RETRY and again_in is not None
        text = clean(error, 1800) if isinstance(error, PrintsweepError) else f"An unforeseen error: {clean(error, 500)}"
        row.error = f"{text} It is tried again in {again_in}." if retried else text
        row.state, row.finished_at = ("running", None) if retried else ("failed", now())
        if not retried:
            metrics.PASSES.labels("failed").inc()
        self._standing.passed(row)
        try:
            # The request goes up the ladder or dies with its own story, whether this can be kept and told or not.
            await self._tell(row)
            await self._rows.save(row)
        except (PrintsweepError, sqlite3.Error) as failure:
            log.warning("pass.failure_not_told", pass_id=clean(row.pass_id, 64), error=clean(failure, 300))

    async def _keep(self, row: PassRow) -> None:
        await self._rows.save(row)
        self._standing.passed(row)
        await self._tell(row)

    async def _tell(self, row: PassRow) -> None:
        """How the pass stands, for status_api."""
        states: dict[str, Literal["running", "done", "failed"]] = {"done": "done", "failed": "failed"}
        body = GlpiReconciled(
            pass_id=row.pass_id,
            state=states.get(row.state, "running"),
            dry_run=row.dry_run,
            started_at=row.started_at,
            finished_at=row.finished_at,
            glpi_printers=row.glpi_printers,
            counts={GlpiVerdict(name): count for name, count in row.counts.items()},
            error=row.error,
        )
        await self._publisher.insist(kind("glpi.reconciled"), body, Envelope(correlation_id=row.pass_id))
