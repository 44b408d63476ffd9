"""The consumer of status.record: one message is one transaction, acked after its commit. Every handler is idempotent.

No handler awaits anything before its transaction begins: transactions then run in the order of delivery.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from services.status_api import metrics
from services.status_api.errors import ResultInvalid
from services.status_api.live.changes import Changes
from services.status_api.record import store_glpi, store_polls, store_readings
from services.status_api.record.events import expired, refused, requested, result_event, started
from services.status_api.record.plausibility import Limits
from services.status_api.record.polls import PollEvent, PollRow
from services.status_api.record.results import Rows, add_reading
from services.status_api.record.store_inventory import apply_inventory, places
from services.status_api.record.waiters import Waiters
from shared.broker.delivery import Delivery
from shared.database import Database
from shared.errors import MalformedMessage
from shared.messages.polls import RESULTS, PollResult
from shared.text import clean
from shared.words import PollState

log = structlog.get_logger(__name__)

SetAside = Callable[[Delivery, dict[str, Any], ResultInvalid], Awaitable[None]]
UNVALIDATED = frozenset({"polls.finished"})  # validated here, result by result


class Recorder:
    """Writes what the services tell. `set_aside` puts one bad result into the dead letters."""

    def __init__(self, database: Database, limits: Limits, changes: Changes, set_aside: SetAside) -> None:
        self._db, self._limits, self._changes, self._set_aside = database, limits, changes, set_aside
        self.waiters = Waiters()
        self.recorded = 0

    @property
    def handlers(self) -> Mapping[str, Callable[[Delivery], Awaitable[None]]]:
        """Kind name → handler."""
        return {
            "sweep.opened": self._sweep_opened,
            "sweep.closed": self._sweep_closed,
            "polls.requested": lambda d: self.apply(requested(d.body)),
            "polls.refused": lambda d: self.apply(refused(d.body)),
            "polls.expired": lambda d: self.apply(expired(d.body)),
            "polls.started": lambda d: self.apply(started(d.body)),
            "polls.finished": self._finished,
            "printers.changed": self._printers_changed,
            "glpi.checked": self._glpi_checked,
            "glpi.reconciled": self._glpi_reconciled,
        }

    async def apply(self, events: list[PollEvent]) -> None:
        """Records events of polls that bring no readings."""
        begun = time.perf_counter()
        async with self._db.transaction() as db:
            changed, risen = await store_polls.apply_events(db, events)
        metrics.RECORDING_SECONDS.observe(time.perf_counter() - begun)
        self.tell(changed, risen)

    def tell(self, changed: list[PollRow], risen: set[str]) -> None:
        """Tells those who wait, and the browsers, what a transaction has changed."""
        ended = [row for row in changed if row.poll_id in risen and row.ended]
        for row in ended:
            metrics.POLLS_ENDED.labels(row.state).inc()
        self.recorded += len(ended)
        self.waiters.ended(row.poll_id for row in ended)
        self._changes.polls(changed)

    async def _sweep_opened(self, delivery: Delivery) -> None:
        async with self._db.transaction() as db:
            await store_polls.open_sweep(db, delivery.body)
        self._changes.sweep(delivery.body.sweep_id)

    async def _sweep_closed(self, delivery: Delivery) -> None:
        async with self._db.transaction() as db:
            await store_polls.close_sweep(db, delivery.body)
        self._changes.sweep(delivery.body.sweep_id)

    async def _finished(self, delivery: Delivery) -> None:
        begun = time.perf_counter()
        results, bad = _validated(delivery.body)
        async with self._db.transaction() as db:
            changed, risen = await store_polls.apply_events(db, [result_event(r) for r in results])
            fresh = [r for r in results if r.poll_id in risen and r.state is PollState.DONE]
            await self._readings(db, fresh)
        metrics.RECORDING_SECONDS.observe(time.perf_counter() - begun)
        self.tell(changed, risen)
        for raw, error in bad:
            log.warning("record.bad_result", error=str(error), collector=clean(delivery.body.get("collector"), 80))
            await self._set_aside(delivery, raw, error)

    async def _readings(self, db: Any, results: list[PollResult]) -> None:
        if not results:
            return
        ids = {r.printer_id for r in results}
        where, known = await places(db, ids), await store_readings.latest_of(db, ids)
        serials = {printer_id: latest.serial for printer_id, latest in known.items()}
        rows = Rows()
        for result in sorted(results, key=lambda r: r.read_at):
            add_reading(rows, result, where, known, self._limits)
        new = {i: (known[i].serial, known[i].read_at) for i in rows.latest if known[i].serial != serials.get(i)}
        rows.events += await store_readings.moves(db, {i: (s, at) for i, (s, at) in new.items() if s})
        await store_readings.write_rows(db, rows)
        metrics.HELD_BACK.inc(len(rows.quarantine))

    async def _printers_changed(self, delivery: Delivery) -> None:
        async with self._db.transaction() as db:
            await apply_inventory(db, delivery.body)
            # The inventory may lag behind a reading: what was held back for that is recorded now.
            held = await store_readings.held_of(db, [p.id for p in delivery.body.changed])
            where = {p.id: (p.address, p.port) for p in delivery.body.changed}
            results = [PollResult.model_validate_json(text) for _, text in held]
            matching = [r for r in results if where.get(r.printer_id) == (r.address, r.port)]
            if matching:
                await store_readings.forget_held(db, [r.poll_id for r in matching])
                await self._readings(db, matching)
        self._changes.printers()

    async def _glpi_checked(self, delivery: Delivery) -> None:
        async with self._db.transaction() as db:
            await store_glpi.record_verdicts(db, delivery.body)

    async def _glpi_reconciled(self, delivery: Delivery) -> None:
        async with self._db.transaction() as db:
            await store_glpi.record_pass(db, delivery.body)


def _validated(body: dict[str, Any]) -> tuple[list[PollResult], list[tuple[dict[str, Any], ResultInvalid]]]:
    """The results of a polls.finished, and those that are not, each with its error. Raises MalformedMessage."""
    listed = body.get("results")
    if not isinstance(listed, list) or len(listed) > RESULTS:
        raise MalformedMessage(f"polls.finished: `results` must be a list of at most {RESULTS}.")
    good, bad = [], []
    for raw in listed:
        try:
            good.append(PollResult.model_validate(raw))
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'result'}: {e['msg']}" for e in error.errors(include_url=False)[:5]
            )
            bad.append((raw, ResultInvalid(clean(wrong, 800))))
    return good, bad
