"""The scheduler: what is polled, when, by whom. One leads; any number stand by on the same host."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from typing import Any

import structlog

from services.scheduler.clock import Clock, stamp
from services.scheduler.commands import Commands
from services.scheduler.dispatch import Dispatcher
from services.scheduler.errors import DatabaseBusy, SteppedDown
from services.scheduler.feedback import Feedback
from services.scheduler.inventory import Inventory
from services.scheduler.keeping import Figures, Keeping
from services.scheduler.leader import LeaderConsumer, LeaderPublisher
from services.scheduler.metrics import LEADER, TERM
from services.scheduler.nightly import Nightly
from services.scheduler.outbox import Outbox
from services.scheduler.rounds import Rounds
from services.scheduler.settings import SchedulerSettings
from services.scheduler.sign import KEEP_EVERY_S, Sign
from services.scheduler.slots import calendar
from services.scheduler.store import Store
from services.scheduler.sweeps import Sweeps
from shared.broker.subscription import Plan
from shared.messages.kinds import SCHEDULER_COMMAND, SCHEDULER_FEEDBACK
from shared.service.base import Readiness, Service, State

log = structlog.get_logger(__name__)

_LOOK_S = 1.0


class Scheduler(Service[SchedulerSettings]):
    """The service. While it stands by it consumes nothing and writes nothing; it is ready all the same."""

    role = "scheduler"

    def __init__(self, settings: SchedulerSettings, clock: Clock | None = None) -> None:
        super().__init__(settings)
        self._clock = clock or Clock()
        self._leading, self._following = asyncio.Event(), asyncio.Event()
        self._following.set()
        self._sign = Sign(settings.data_dir)
        self.publisher = self._lock = LeaderPublisher(self.url, f"{self.role}/{self.instance}/publish", self._sign)
        self.store = Store(settings.data_dir)
        self._figures = Figures(self.store, settings)
        self._sweeps = Sweeps(self.store, settings, self._clock, self._changed, self._told)
        inventory = Inventory(self._clock, settings.scheduler_max_printers)
        self._dispatcher = Dispatcher(self.store, self._lock, self._sweeps, settings, self._clock)
        self._outbox = Outbox(self.store, self._lock, self._clock, settings.scheduler_outbox_limit)
        zone = settings.zone
        self._rounds = Rounds(
            self.store,
            self._sweeps,
            calendar(settings.scheduler_cron, settings.interval_s, zone),
            settings,
            self._clock,
        )
        self._nightly = (
            Nightly(self.store, self._lock, settings.scheduler_glpi_at, zone, self._clock)
            if settings.scheduler_glpi_at
            else None
        )
        commands = Commands(self.store, self._lock, self._sweeps, inventory, self._clock, self._changed)
        feedback = Feedback(self._sweeps)
        # Two connections: a command must not stand behind a flood of expired polls.
        plans = {
            "command": Plan(SCHEDULER_COMMAND, raw=commands.take, prefetch=10),
            "feedback": Plan(SCHEDULER_FEEDBACK, raw=feedback.take, prefetch=500),
        }
        for name, plan in plans.items():
            consumer = LeaderConsumer(
                self.url, f"{self.role}/{self.instance}/{name}", [plan], self._lock, self.reporter, heartbeat_s=5
            )
            consumer.obey(self._leading, self._following)
            self.consumers.append(consumer)
        self._keeping = Keeping(self.store, self._sweeps, inventory, self.consumers[-1], self._clock, self._changed)

    def _changed(self) -> None:
        """Polls were committed that are to be published, and events."""
        self._dispatcher.wake()
        self._outbox.wake()

    def _told(self) -> None:
        """Events were committed."""
        self._outbox.wake()

    @property
    def state(self) -> State:
        """leader, standby, or waiting for the broker."""
        if self._leading.is_set():
            return "leader"
        return "standby" if self._lock.standing_by else "waiting"

    async def open(self) -> None:
        """Opens the database."""
        await self.store.open()
        await self._figures.read()

    async def close(self) -> None:
        """Closes it."""
        await self.store.close()

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Leading, and reading the figures."""
        return {"reign": self._reign(), "figures": self._read_figures()}

    async def _read_figures(self) -> None:
        while True:
            try:
                await self._figures.read()
            except sqlite3.Error as error:
                log.warning("figures.not_read", error=str(error))
            await self._clock.sleep(_LOOK_S)

    async def _reign(self) -> None:
        while True:
            await self._lock.elected.wait()
            connection = self._lock.holding
            if connection is None:
                self._lock.elected.clear()
                continue
            lost = asyncio.ensure_future(connection.closed())
            try:
                await self._lead(lost)
            except (SteppedDown, DatabaseBusy) as error:
                log.warning("leader.stepped_down", reason=str(error))
                await self._lock.abdicate()
                await self._clock.sleep(_LOOK_S)
            finally:
                lost.cancel()

    async def _lead(self, lost: asyncio.Future[Any]) -> None:
        """Leads until the connection with the lock is lost."""
        term = await self.store.lead(self.instance)
        LEADER.set(1)
        TERM.set(term)
        log.info("leader.elected", term=term)
        jobs = {
            "rounds": self._rounds.run(),
            "dispatcher": self._dispatcher.run(),
            "outbox": self._outbox.run(),
            "keeping": self._keeping.run(),
            "sign": self._keep_sign(),
        }
        if self._nightly is not None:
            jobs["nightly"] = self._nightly.run()
        tasks = [asyncio.create_task(job, name=name) for name, job in jobs.items()]
        self._following.clear()
        self._leading.set()
        try:
            done, _ = await asyncio.wait([lost, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {lost}:
                task.result()
        finally:
            self._follow()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.store.step_down()
        log.warning("leader.lost", term=term)

    async def _keep_sign(self) -> None:
        while True:
            self._sign.keep()
            await self._clock.sleep(KEEP_EVERY_S)

    def _follow(self) -> None:
        """Leads no more: the consumers let go."""
        self._sign.lower()
        self._lock.elected.clear()
        self._leading.clear()
        self._following.set()
        LEADER.set(0)
        TERM.set(0)

    async def stop(self) -> None:
        """Ends the windows that are under way and tells what has happened."""
        if not self._leading.is_set():
            return
        await self._dispatcher.stop(self.settings.stop_timeout_s)
        await self._outbox.stop()

    def readiness(self) -> list[Readiness]:
        """Leading: all links are up. Standing by: the lock is being tried for."""
        if self._leading.is_set():
            return super().readiness()
        waiting = self._lock.link.last_error or "not connected yet"
        ok = self._lock.standing_by
        return [Readiness("leadership", ok, "standing by for the leader" if ok else waiting)]

    def beat(self) -> dict[str, str | int | float | bool | None]:
        """Slots, leadership and figures."""
        leading = self._leading.is_set()
        next_slot = self._rounds.next_slot if leading else None
        next_pass = self._nightly.next_at if leading and self._nightly else None
        return {
            **self._figures.now,
            "is_leader": leading,
            "term": self.store.term,
            "next_slot_at": stamp(next_slot) if next_slot else None,
            "next_glpi_at": stamp(next_pass) if next_pass else None,
        }
