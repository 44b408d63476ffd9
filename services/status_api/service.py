"""The service: what it consumes, what runs side by side, and where it listens."""

import asyncio
import functools
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from services.status_api.api import store_more, store_polls
from services.status_api.api.application import application
from services.status_api.api.security import Guard, check_binding
from services.status_api.api.sessions import Sessions
from services.status_api.api.tokens import Tokens
from services.status_api.beats.registry import Registry
from services.status_api.broker_view.view import BrokerView
from services.status_api.commands.rpc import Commands
from services.status_api.dead import store as dead_store
from services.status_api.dead.index import Index
from services.status_api.dead.replay import Replayer
from services.status_api.health import Health
from services.status_api.live.changes import Changes
from services.status_api.live.hub import Hub
from services.status_api.parts import Parts
from services.status_api.record.inventory_request import InventoryRequest
from services.status_api.record.patience import patient
from services.status_api.record.plausibility import Limits
from services.status_api.record.recorder import UNVALIDATED, Recorder
from services.status_api.record.set_aside import SetAside
from services.status_api.retention.pruner import Pruner
from services.status_api.settings import StatusApiSettings
from shared.broker.consumer import Consumer
from shared.broker.subscription import Plan
from shared.database import Database
from shared.messages.kinds import STATUS_BEATS, STATUS_RECORD
from shared.service.base import Readiness, Service
from shared.service.health import health_routes, listen
from shared.topology.table import DEAD_INDEX

log = structlog.get_logger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"


class StatusApi(Service[StatusApiSettings]):
    """Owns what was seen, and shows it."""

    role = "status_api"

    def __init__(self, settings: StatusApiSettings) -> None:
        super().__init__(settings)
        tokens = Tokens(settings.status_api_tokens_file)
        check_binding(settings.status_api_host, tokens)
        path = settings.data_dir / "status_api.sqlite"
        self.database = Database(path, _MIGRATIONS)
        self.reader = Database(path, read_only=True)
        changes = Changes()
        limits = Limits(
            settings.anomaly_check_time_window_hours, settings.anomaly_jump_threshold, settings.anomaly_skip_check_days
        )
        self.recorder = Recorder(self.database, limits, changes, SetAside(self.publisher, self.reporter))
        self.registry = Registry(self.database, settings.beat_interval_s)
        self.view = BrokerView(settings, settings.status_api_queues_interval_s)
        self.commands = Commands(self.url, self.instance, self.publisher, settings.reply_deadline_s)
        self.health = Health(settings, self.reader, self.registry, self.view, self._broker_error)
        self._rate = _Rate(self.recorder)
        hub = Hub(
            changes,
            lambda sweep_id: store_polls.sweep(self.reader, sweep_id),
            {
                "services": self._services,
                "queues": self._queues,
                "health": self._health,
                "dead": self._dead,
                "glpi": self._glpi,
            },
        )
        self.parts = Parts(
            settings,
            self.database,
            self.reader,
            self.publisher,
            self.commands,
            self.recorder,
            self.registry,
            self.view,
            self.health,
            hub,
            Replayer(
                self.url, f"{self.role}/{self.instance}", self.publisher, self.database, self.recorder, self.view.table
            ),
            Guard(
                settings.status_api_host,
                settings.status_api_hosts,
                tokens,
                Sessions(settings.status_api_session_hours),
            ),
        )
        index = Index(self.recorder)
        handlers = {name: patient(handler) for name, handler in self.recorder.handlers.items()}
        record = Plan(STATUS_RECORD, handlers, UNVALIDATED, prefetch=50)
        dead_index = Plan(DEAD_INDEX, raw=patient(index.on_message), prefetch=50)
        beats = Plan(STATUS_BEATS, {"service.beat": self.registry.on_beat})
        consume = functools.partial(Consumer, publisher=self.publisher, reporter=self.reporter)
        # Beats over a connection of their own: they must not stand behind a backlog of readings.
        self.consumers = [
            consume(self.url, f"{self.role}/{self.instance}/record", [record, dead_index]),
            consume(self.url, f"{self.role}/{self.instance}/beats", [beats]),
        ]
        self._inventory = InventoryRequest(self.reader, self.publisher)
        self._pruner = Pruner(settings, self.database)
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def open(self) -> None:
        """Opens the database, then listens. Raises PortTaken naming the setting."""
        await self.database.open()
        await self.reader.open()
        await self.registry.open()
        app = application(self.parts, health_routes(self, self._stuck))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        self._port = await listen(
            self._runner, self.settings.status_api_host, self.settings.status_api_port, "PRINTSWEEP_STATUS_API_PORT"
        )

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """What runs side by side."""
        return {
            "replies": self.commands.run(),
            "queues": self.view.run(),
            "health": self.health.loop(),
            "hub": self.parts.hub.run(),
            "inventory": self._inventory.run(),
            "prune": self._pruner.run(),
            "rate": self._rate.run(),
        }

    async def close(self) -> None:
        """Stops listening, closes the files."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self.reader.close()
        await self.database.close()

    def readiness(self) -> list[Readiness]:
        """The links, and the reply queue."""
        link = self.commands.link
        return [*super().readiness(), Readiness("replies", link.is_up, "" if link.is_up else link.last_error)]

    def beat(self) -> dict[str, str | int | float | bool | None]:
        """How many polls a second were recorded lately."""
        return {"polls_per_second": round(self._rate.per_second, 1)}

    def ready_extras(self) -> dict[str, str | int]:
        """Where to find the API."""
        host = self.settings.status_api_host
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
        return {"url": f"http://{shown}:{self._port}", "port": self._port}

    def _stuck(self) -> str:
        age = max((c.oldest_age_s() for c in self.consumers), default=0.0)
        return f"a handler has been running for {age:.0f} s" if age > self.settings.hard_limit_s else ""

    def _broker_error(self) -> str | None:
        link = self.publisher.link
        return None if link.is_up else link.last_error or "not connected yet"

    async def _services(self) -> Any:
        return {"items": self.registry.listing()}

    async def _queues(self) -> Any:
        return {"items": self.view.queues, "error": self.view.error or None}

    async def _dead(self) -> Any:
        return {"count": await dead_store.open_count(self.reader)}

    async def _glpi(self) -> Any:
        return {"counts": await store_more.verdict_counts(self.reader)}

    async def _health(self) -> Any:
        return self.health.answer()


class _Rate:
    """Polls recorded a second, over the last five seconds."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.per_second = 0.0

    async def run(self) -> None:
        before = self._recorder.recorded
        while True:
            await asyncio.sleep(5)
            now = self._recorder.recorded
            self.per_second, before = (now - before) / 5, now
