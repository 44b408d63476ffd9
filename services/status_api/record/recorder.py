"""The consumer of status.record: a message is acked after the commit of its transaction. Every handler is idempotent.

Messages that come at nearly the same time share a transaction (together.py). No handler awaits anything before it hands
its work in: what is written stands in the order of delivery.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from services.status_api import metrics
from services.status_api.live.changes import Changes
from services.status_api.record import store_glpi, store_polls, store_readings, store_sweeps
from services.status_api.record.events import expired, refused, requested, result_event, started
from services.status_api.record.found import Found, found_in
from services.status_api.record.plausibility import Limits
from services.status_api.record.polls import PollEvent, PollRow
from services.status_api.record.results import Rows, add_reading
from services.status_api.record.store_inventory import apply_inventory
from services.status_api.record.together import Together
from services.status_api.record.valid import RESULT, Bad, validated
from services.status_api.record.waiters import Waiters
from shared.broker.delivery import Delivery
from shared.database import Database
from shared.messages.sweeps import PrintersChanged
from shared.text import clean
from shared.words import PollState

log = structlog.get_logger(__name__)

SetAside = Callable[[Delivery, Bad], Awaitable[None]]
UNVALIDATED = frozenset({"polls.finished"})  # validated here, result by result


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of polls: events, and what was found by those that are results."""

    events: list[PollEvent]
    found: list[Found]


Changed = tuple[list[PollRow], set[str], int]  # the polls that changed, the ids of those that rose, readings held back
Write = Callable[[sqlite3.Connection], Changed | None]


class Recorder:
    """Writes what the services tell. `set_aside` puts one bad result into the dead letters."""

    def __init__(self, database: Database, limits: Limits, changes: Changes, set_aside: SetAside) -> None:
        self._db, self._limits, self._changes, self._set_aside = database, limits, changes, set_aside
        self._together = Together[Told | Write](self._commit)
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

    async def apply(self, events: list[PollEvent], found: Sequence[Found] = ()) -> None:
        """Records events of polls, and what was found by those that are results."""
        begun = time.perf_counter()
        await self._together.add(Told(events, [*found]), len(events))
        metrics.RECORDING_SECONDS.observe(time.perf_counter() - begun)

    async def write(self, write: Write) -> None:
        """Executes `write` in a transaction, in its place among what is handed in."""
        await self._together.add(write, 1)

    def _tell(self, changed: list[PollRow], risen: set[str]) -> None:
        """Tells those who wait, and the browsers, what a transaction has changed."""
        ended = [row for row in changed if row.poll_id in risen and row.ended]
        for state, n in Counter(row.state for row in ended).items():
            metrics.POLLS_ENDED.labels(state).inc(n)
        self.recorded += len(ended)
        self.waiters.ended(row.poll_id for row in ended)
        self._changes.polls(changed)

    async def _commit(self, works: list[Told | Write]) -> None:
        for changed, risen, held in await self._db.run(lambda db: self._write(db, works)):
            metrics.HELD_BACK.inc(held)
            self._tell(changed, risen)

    def _write(self, db: sqlite3.Connection, works: list[Told | Write]) -> list[Changed]:
        """In the database's thread: everything in its order, what tells of polls as one where it stands together."""
        found, told = [], Told([], [])
        for work in works:
            if isinstance(work, Told):
                told.events.extend(work.events)
                told.found.extend(work.found)
                continue
            if told.events:
                found.append(self._polls(db, told))
                told = Told([], [])
            if (changed := work(db)) is not None:
                found.append(changed)
        if told.events:
            found.append(self._polls(db, told))
        return found

    def _polls(self, db: sqlite3.Connection, told: Told) -> Changed:
        changed, risen = store_polls.apply_events(db, told.events)
        done: dict[str, Found] = {}  # of a poll that ended twice, the first end counts
        for found in told.found:
            if found.poll_id in risen:
                done.setdefault(found.poll_id, found)
        return changed, risen, self._readings(db, list(done.values())) if done else 0

    def _readings(self, db: sqlite3.Connection, found: list[Found]) -> int:
        """Writes readings. Returns how many were held back."""
        places, known = store_readings.known_of(db, {f.printer_id for f in found})
        serials = {printer_id: latest.serial for printer_id, latest in known.items()}
        rows = Rows()
        for one in sorted(found, key=lambda f: f.read_at):
            add_reading(rows, one, places, known, self._limits)
        new = {i: (known[i].serial, known[i].read_at) for i in rows.latest if known[i].serial != serials.get(i)}
        rows.events += store_readings.moves(db, {i: (s, at) for i, (s, at) in new.items() if s})
        store_readings.write_rows(db, rows, serials)
        return len(rows.quarantine)

    async def _finished(self, delivery: Delivery) -> None:
        results, bad = validated(delivery.body)
        if results:
            await self.apply(
                [result_event(r) for r in results],
                [found_in(r) for r in results if r["state"] is PollState.DONE and r["reading"]],
            )
        for one in bad:
            log.warning("record.bad_result", error=str(one.error), collector=clean(one.collector, 80))
            await self._set_aside(delivery, one)

    async def _sweep_opened(self, delivery: Delivery) -> None:
        await self._together.add(lambda db: store_sweeps.open_sweep(db, delivery.body), 1)
        self._changes.sweep(delivery.body.sweep_id)

    async def _sweep_closed(self, delivery: Delivery) -> None:
        await self._together.add(lambda db: store_sweeps.close_sweep(db, delivery.body), 1)
        self._changes.sweep(delivery.body.sweep_id)

    async def _printers_changed(self, delivery: Delivery) -> None:
        await self._together.add(lambda db: self._inventory(db, delivery.body), len(delivery.body.changed))
        self._changes.printers()

    def _inventory(self, db: sqlite3.Connection, message: PrintersChanged) -> Changed | None:
        apply_inventory(db, message)
        # The inventory may lag behind a reading: what was held back for that is recorded now.
        held = store_readings.held_of(db, [p.id for p in message.changed])
        where = {p.id: (p.address, p.port) for p in message.changed}
        results = [RESULT.validate_json(text) for _, text in held]
        matching = [r for r in results if where.get(r["printer_id"]) == (r["address"], r["port"])]
        if not matching:
            return None
        store_readings.forget_held(db, [r["poll_id"] for r in matching])
        return [], set(), self._readings(db, [found_in(r) for r in matching])

    async def _glpi_checked(self, delivery: Delivery) -> None:
        await self._together.add(lambda db: store_glpi.record_verdicts(db, delivery.body), len(delivery.body.verdicts))

    async def _glpi_reconciled(self, delivery: Delivery) -> None:
        await self._together.add(lambda db: store_glpi.record_pass(db, delivery.body), 1)
