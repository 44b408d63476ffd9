"""The collector: requests in, results out."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any

from services.collector import profiles
from services.collector.errors import ProfilesInvalid
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.plans.store import Store
from services.collector.pressure import Pressure
from services.collector.results import Results
from services.collector.settings import CollectorSettings
from services.collector.slots import Slots
from services.collector.snmp.udp import UdpExchange
from services.collector.snmp.versions import ByVersion
from services.collector.started import Started
from services.collector.work import Work
from shared.broker.consumer import Consumer
from shared.broker.subscription import Plan
from shared.errors import SettingsInvalid
from shared.service.base import Service
from shared.topology.table import poll_queue
from shared.words import Lane

MOST_PREFETCH = 2500  # a poll in hand costs some 12 KB
_BEYOND_READING = 100  # requests whose results are on their way out, and a few that wait for a place


def prefetch_of(settings: CollectorSettings, lane: Lane) -> int:
    """How many requests of a lane are taken from its queue at once."""
    if lane is Lane.URGENT:
        return min(MOST_PREFETCH, settings.collector_urgent_reserve * 4 + 20)
    return min(MOST_PREFETCH, settings.collector_concurrency + settings.collector_slow_places + _BEYOND_READING)


class CollectorService(Service[CollectorSettings]):
    """One collector. Run as many as you like: they share the sites' queues."""

    role = "collector"

    def __init__(self, settings: CollectorSettings) -> None:
        super().__init__(settings)
        if unknown := set(settings.served_sites) - set(settings.sites):
            raise SettingsInvalid(
                f"PRINTSWEEP_COLLECTOR_SITES: {', '.join(sorted(unknown))} not among PRINTSWEEP_SITES "
                f"({', '.join(settings.sites)})."
            )
        if settings.collector_urgent_reserve >= settings.collector_concurrency:
            raise SettingsInvalid("PRINTSWEEP_COLLECTOR_URGENT_RESERVE must be below PRINTSWEEP_COLLECTOR_CONCURRENCY.")
        if settings.collector_profiles_file is None:
            raise ProfilesInvalid(
                "Set PRINTSWEEP_COLLECTOR_PROFILES_FILE to a TOML file: [profiles.default] with community and "
                "permitted_networks."
            )
        self.profiles = profiles.load(settings.collector_profiles_file)
        self._rate = (time.monotonic(), 0)
        self._opened = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """Opens the SNMP socket and makes the consumers."""
        settings = self.settings
        self.exchange = await self._opened.enter_async_context(UdpExchange(settings.collector_receive_buffer_bytes))
        self.all_versions = ByVersion(self.exchange)
        self._opened.push_async_callback(self.all_versions.__aexit__)
        self.slots = Slots(
            settings.collector_concurrency, settings.collector_urgent_reserve, settings.collector_slow_places
        )
        plans = Plans()
        self.store = Store(plans, settings.data_dir)
        self._opened.push_async_callback(self.store.close)
        await self.store.open()
        reader = Reader(self.all_versions, plans, settings.collector_cold_hours)
        self.started = Started(self.publisher, self.instance)
        self.results = Results(self.publisher, self.instance)
        # A handler may live as long as the watchdog lets it; of that, publishing takes its share.
        most_budget_s = max(5.0, settings.hard_limit_s - settings.collector_pause_after_s - 20)
        work = Work(self.profiles, self.all_versions, self.slots, self.started, self.results, most_budget_s, reader)
        self.consumers = [
            Consumer(self.url, f"collector/{self.instance}/consume", self._plans(work), self.publisher, self.reporter)
        ]
        self.pressure = Pressure(self.results, self.slots, self.consumers, settings.collector_pause_after_s)

    def _plans(self, work: Work) -> list[Plan]:
        settings = self.settings
        return [
            Plan(
                poll_queue(site, lane),
                {"poll.request": work.handle},
                prefetch=prefetch_of(settings, lane),
                soft_limit_s=max(10.0, settings.hard_limit_s - 5),
            )
            for site in settings.served_sites
            for lane in Lane
        ]

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Publishing, back-pressure, and the end of intake when the service stops."""
        return {
            "started": self.started.run(),
            "results": self.results.run(),
            "pressure": self.pressure.run(),
            "intake": self._close_intake(),
            "plans": self.store.run(),
        }

    async def _close_intake(self) -> None:
        """When the consumers begin to stop, what waits for a place goes back at once; what is being read ends."""
        await asyncio.gather(*(consumer.stopping.wait() for consumer in self.consumers))
        self.slots.close()
        await asyncio.Event().wait()  # a task that ends would end the service

    async def stop(self) -> None:
        """Publishes what is left. Results of requests that were handed back may be lost: they are read again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.stop_timeout_s / 2):
                await self.results.emptied()
        await self.store.flush()

    async def close(self) -> None:
        """Closes the sockets and the file of plans, as far as they were opened."""
        await self._opened.aclose()

    def beat(self) -> dict[str, str | int | float | bool | None]:
        """Sites, printers being read, results waiting, and the rate since the last beat."""
        before, done_before = self._rate
        self._rate = (time.monotonic(), self.results.done)
        seconds = max(0.001, self._rate[0] - before)
        return {
            "sites": ",".join(self.settings.served_sites)[:255],
            "reading": self.slots.taken,
            "slow": self.slots.slow,
            "results_waiting": len(self.results),
            "paused": self.pressure.is_paused,
            "polls_per_second": round((self._rate[1] - done_before) / seconds, 1),
            "receive_buffer_bytes": self.exchange.receive_buffer,
        }
