"""Opening sweeps, ordering polls, and ending both: each one transaction, with its events in the outbox."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiosqlite
import structlog

from services.scheduler import store_outbox, store_polls, store_printers, store_sweeps
from services.scheduler.clock import Clock, stamp
from services.scheduler.errors import NoSuchPrinters
from services.scheduler.metrics import ENDED, MISSED, OPENED
from services.scheduler.planner import BackOff, Plan, ordered, poll_id_of, scheduled, sweep_id_of
from services.scheduler.settings import SchedulerSettings
from services.scheduler.slots import Due
from services.scheduler.store import Store, set_meta
from services.scheduler.store_polls import Poll
from services.scheduler.store_printers import Entry
from shared.messages.polls import BATCH

log = structlog.get_logger(__name__)

ROUTINE = "routine"
# At a slot, a poll of an earlier sweep that its queue is about to give up is EXPIRED now: otherwise a fleet without
# collectors would be passed over in every second slot, its polls expiring just after it.
_NEARLY = timedelta(seconds=60)


class Sweeps:
    """The life of sweeps and orders. `changed` is called after each commit of polls that are to be published, `told`
    after each of events only.

    A printer whose earlier poll of the same lane has not ended is not polled twice: a sweep passes it over (it is
    neither planned nor backed off; the number is logged and in the reply), an order names the open poll.
    """

    def __init__(
        self,
        store: Store,
        settings: SchedulerSettings,
        clock: Clock,
        changed: Callable[[], None],
        told: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._changed, self._told = changed, told or changed
        self._back_off = BackOff(settings.scheduler_backoff_after, settings.scheduler_backoff_max_slots)

    async def open_slot(self, due: Due) -> None:
        """Opens the sweep of a slot. Does nothing but note the slot where that sweep was opened before."""
        at = self._clock.now()
        sweep_id = sweep_id_of(due.slot)
        async with self._store.transaction() as c:
            await set_meta(c, "last_slot_at", stamp(due.slot))
            if await store_sweeps.exists(c, sweep_id):
                return
            await self._expire_nearly(c, at)
            entries = await store_printers.entries(c, None)
            open_polls = await store_polls.outstanding(c, ROUTINE)
            plan = scheduled(entries, open_polls, due.slot, zone=self._settings.zone, back_off=self._back_off)
            await store_printers.took_slot(
                c,
                due.slot,
                [e.id for e in plan.polled],
                [e.id for e in plan.backed_off],
                [e.id for e in plan.outstanding],
            )
            reason = "scheduled" if due.on_time else "catch_up"
            await self._open(c, sweep_id, due.slot, at, reason, plan, missed=due.missed)
        MISSED.inc(due.missed)
        self._changed()

    async def _expire_nearly(self, c: aiosqlite.Connection, at: datetime) -> None:
        ttl = timedelta(seconds=self._settings.ttl_s(ROUTINE))
        old = await store_polls.requested_before(c, ROUTINE, at - ttl + min(_NEARLY, ttl / 10))
        await self.end_in(c, {p.poll_id: "expired" for p in old}, at)

    async def open_ordered(
        self, c: aiosqlite.Connection, *, site: str | None, force: bool, requested_by: str
    ) -> dict[str, Any]:
        """Opens a sweep that was asked for, within the caller's transaction; returns the answer."""
        at = self._clock.now()
        sweep_id = str(uuid.uuid4())
        entries = await store_printers.entries(c, site)
        open_polls = await store_polls.outstanding(c, ROUTINE)
        plan = ordered(entries, open_polls, force=force, back_off=self._back_off)
        await self._open(c, sweep_id, at, at, "ordered", plan, requested_by=requested_by)
        return {
            "sweep_id": sweep_id,
            "planned": len(plan.polled),
            "backed_off": len(plan.backed_off),
            "outstanding": len(plan.outstanding),
        }

    async def _open(
        self,
        c: aiosqlite.Connection,
        sweep_id: str,
        slot: datetime,
        at: datetime,
        reason: str,
        plan: Plan,
        *,
        missed: int = 0,
        requested_by: str = "",
    ) -> None:
        planned, backed_off = len(plan.polled), len(plan.backed_off)
        await store_sweeps.insert(c, sweep_id, slot, at, reason, planned, backed_off)
        occasion = sweep_id if reason == "ordered" else stamp(slot)
        refuse_at = self._refuse_at(at, ROUTINE)
        await store_polls.insert(c, (_poll(e, occasion, ROUTINE, refuse_at, sweep_id=sweep_id) for e in plan.polled))
        body = {
            "sweep_id": sweep_id,
            "slot": stamp(slot),
            "opened_at": stamp(at),
            "reason": reason,
            "requested_by": requested_by,
            "missed_slots": missed,
            "counts": {"planned": planned, "backed_off": backed_off},
        }
        await store_outbox.put(c, "sweep.opened", body, sweep_id)
        OPENED.labels(reason).inc()
        log.info(
            "sweep.opened",
            sweep_id=sweep_id,
            slot=stamp(slot),
            reason=reason,
            planned=planned,
            backed_off=backed_off,
            outstanding=len(plan.outstanding),
            missed_slots=missed,
        )
        if not planned:
            await self._close(c, [sweep_id], at)

    def _refuse_at(self, at: datetime, lane: str) -> str:
        return stamp(at + timedelta(seconds=self._settings.patience_s(lane)))

    async def order(self, c: aiosqlite.Connection, printer_ids: Sequence[int], lane: str) -> dict[str, Any]:
        """Orders polls of single printers, within the caller's transaction; returns the answer.

        Raises NoSuchPrinters where no id is known. An unknown id has the state UNKNOWN, a disabled one DISABLED.
        """
        at = self._clock.now()
        order_id = str(uuid.uuid4())
        refuse_at = self._refuse_at(at, lane)
        known = await store_printers.by_ids(c, printer_ids)
        if not known:
            raise NoSuchPrinters(f"{', '.join(map(str, printer_ids[:20]))}: look them up with GET /api/printers.")
        open_polls = await store_polls.outstanding(c, lane)
        polls: list[Poll] = []
        named = []
        for printer_id in dict.fromkeys(printer_ids):
            entry = known.get(printer_id)
            poll_id: str | None = None
            state = "PENDING"
            if entry is None:
                state = "UNKNOWN"
            elif printer_id in open_polls:
                poll_id = open_polls[printer_id]
            elif not entry.enabled:
                state = "DISABLED"
            else:
                polls.append(_poll(entry, order_id, lane, refuse_at, order_id=order_id))
                poll_id = polls[-1].poll_id
            named.append({"poll_id": poll_id, "printer_id": printer_id, "state": state})
        await store_polls.insert(c, polls)
        log.info("polls.ordered", order_id=order_id, lane=lane, asked=len(named), new=len(polls))
        return {"order_id": order_id, "polls": named}

    async def requested(self, polls: Sequence[Poll], at: datetime, lane: str) -> None:
        """The broker has taken these polls of one lane."""
        wait = self._settings.ttl_s(lane) + self._settings.scheduler_budget_s + self._settings.scheduler_grace_s
        async with self._store.transaction() as c:
            taken = await store_polls.mark_requested(c, polls, at, self._clock.now() + timedelta(seconds=wait))
            await self._tell_requested(c, taken, at)
            await self._close(c, {p.sweep_id for p in polls if p.sweep_id}, at)
        self._told()

    async def _tell_requested(self, c: aiosqlite.Connection, polls: Iterable[Poll], at: datetime) -> None:
        groups: dict[tuple[str | None, str | None, str], list[Poll]] = defaultdict(list)
        for poll in polls:
            groups[poll.sweep_id, poll.order_id, poll.lane].append(poll)
        for (sweep_id, order_id, lane), members in groups.items():
            for part in _parts(members):
                body = {
                    "sweep_id": sweep_id,
                    "order_id": order_id,
                    "lane": lane,
                    "requested_at": stamp(at),
                    "polls": _refs(part),
                }
                await store_outbox.put(c, "polls.requested", body, sweep_id or order_id)

    async def refuse(self, polls: Sequence[Poll], reason: str) -> None:
        """The broker did not take these polls, and will not be asked again."""
        at = self._clock.now()
        async with self._store.transaction() as c:
            ended = await store_polls.end(c, {p.poll_id: "refused" for p in polls})
            groups: dict[tuple[str | None, str | None], list[Poll]] = defaultdict(list)
            for poll in ended:
                groups[poll.sweep_id, poll.order_id].append(poll)
            for (sweep_id, order_id), members in groups.items():
                for part in _parts(members):
                    body = {
                        "sweep_id": sweep_id,
                        "order_id": order_id,
                        "at": stamp(at),
                        "reason": reason,
                        "polls": _refs(part),
                    }
                    await store_outbox.put(c, "polls.refused", body, sweep_id or order_id)
            await self._close(c, {p.sweep_id for p in ended if p.sweep_id}, at)
        ENDED.labels("refused").inc(len(ended))
        self._told()

    async def end(self, states: dict[str, str], answered: Iterable[int] = ()) -> None:
        """Polls have ended: poll id → expired, dead, done or failed. `answered` are the printers that were DONE."""
        at = self._clock.now()
        async with self._store.transaction() as c:
            await self.end_in(c, states, at, answered)
        self._told()

    async def end_in(
        self, c: aiosqlite.Connection, states: dict[str, str], at: datetime, answered: Iterable[int] = ()
    ) -> None:
        """The same within the caller's transaction."""
        ended = await store_polls.end(c, states)
        # A poll that kills its collectors (dead) is the printer's failure; one that nobody took (expired) is not.
        failed = [p.printer_id for p in ended if states[p.poll_id] in ("failed", "dead")]
        await store_printers.note_results(c, answered, failed)
        await self._tell_requested(c, [p for p in ended if p.state == store_polls.WAITING], at)
        expired: dict[str | None, list[Poll]] = defaultdict(list)
        for state, number in Counter(states[p.poll_id] for p in ended).items():
            ENDED.labels(state).inc(number)
        for poll in ended:
            if states[poll.poll_id] == "expired":
                expired[poll.sweep_id].append(poll)
        for sweep_id, members in expired.items():
            for part in _parts(members):
                body = {"sweep_id": sweep_id, "at": stamp(at), "polls": _refs(part)}
                await store_outbox.put(c, "polls.expired", body, sweep_id)
        await self._close(c, {p.sweep_id for p in ended if p.sweep_id}, at)

    async def _close(self, c: aiosqlite.Connection, sweep_ids: Iterable[str] | None, at: datetime) -> None:
        for closed in await store_sweeps.close_ended(c, at, sweep_ids):
            body = {"sweep_id": closed["id"], "closed_at": stamp(at), "counts": closed["counts"]}
            await store_outbox.put(c, "sweep.closed", body, closed["id"])
            log.info("sweep.closed", sweep_id=closed["id"], **closed["counts"])

    async def expire(self, limit: int = BATCH) -> int:
        """Ends polls whose result never came; returns how many."""
        at = self._clock.now()
        async with self._store.database.reading() as c:
            old = await store_polls.expired(c, at, limit)
        if not old:
            return 0
        async with self._store.transaction() as c:
            await self.end_in(c, {p.poll_id: "expired" for p in old}, at)
        log.warning("polls.expired", polls=len(old), reason="no result within TTL, budget and grace")
        self._told()
        return len(old)


def _poll(
    entry: Entry, occasion: str, lane: str, refuse_at: str, *, sweep_id: str | None = None, order_id: str | None = None
) -> Poll:
    return Poll(
        poll_id_of(entry.id, occasion),
        entry.id,
        sweep_id,
        order_id,
        entry.site,
        lane,
        entry.address,
        entry.port,
        entry.profile,
        refuse_at,
    )


def _parts(polls: list[Poll]) -> Iterable[list[Poll]]:
    return (polls[at : at + BATCH] for at in range(0, len(polls), BATCH))


def _refs(polls: Iterable[Poll]) -> list[dict[str, Any]]:
    return [{"poll_id": p.poll_id, "printer_id": p.printer_id, "site": p.site} for p in polls]
