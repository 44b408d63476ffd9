"""Runs a service: settings → validate → run → stop. `python -m services.<role>` ends here."""

import argparse
import asyncio
import faulthandler
import json
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop
from aiohttp import web

from shared import __version__, logs
from shared.database import DatabaseNewer, DatabaseUnusable
from shared.errors import BrokerRefusesLogin, PrintsweepError, SettingsInvalid
from shared.messages.kinds import KindsInconsistent
from shared.service.base import S, Service
from shared.service.beats import Beats
from shared.service.cycles import spare_collections
from shared.service.health import PortTaken, health_routes, listen
from shared.service.watchdog import Watchdog
from shared.settings import described

log = structlog.get_logger(__name__)

EXIT_CONFIG = 78  # EX_CONFIG: starting again without a change will not help
EXIT_FAILED = 1
_MISCONFIGURED = (BrokerRefusesLogin, PortTaken, KindsInconsistent, DatabaseNewer, DatabaseUnusable, SettingsInvalid)


def main(service_class: type[Service[S]], settings_class: type[S]) -> None:
    """The entry point. Exit status: 0 after SIGTERM or SIGINT, 78 misconfigured, 70 stuck, 1 otherwise."""
    faulthandler.enable()
    parser = argparse.ArgumentParser(prog=f"python -m services.{service_class.role}")
    parser.add_argument("--config", action="store_true", help="print the settings in force as JSON and end")
    parser.add_argument("--describe", action="store_true", help="print all settings with their meaning as JSON and end")
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args()
    if arguments.describe:
        sys.stdout.write(json.dumps(described(settings_class)) + "\n")
        return
    try:
        settings = settings_class.load()
        if arguments.config:
            sys.stdout.write(json.dumps(settings.shown(), indent=2) + "\n")
            return
        logs.set_up(service_class.role, settings.instance_name, level=settings.log_level, style=settings.log_style)
        uvloop.run(_Run(service_class(settings)).go())
    except _MISCONFIGURED as error:
        sys.stderr.write(f"{service_class.role}: {error}\n")
        sys.exit(EXIT_CONFIG)
    except PrintsweepError as error:
        sys.stderr.write(f"{service_class.role}: {error}\n")
        sys.exit(EXIT_FAILED)


class _Run:
    """One run of one service."""

    def __init__(self, service: Service[Any]) -> None:
        self._service = service
        self._settings = service.settings
        self._asked = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], str] = {}

    async def go(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked.set)
        service = self._service
        try:
            await service.open()
        except BaseException:
            await service.close()  # an open database has a thread, which would keep the process alive for ever
            raise
        spare_collections()
        dog = Watchdog(
            self._settings.hard_limit_s, lambda: max((c.oldest_age_s() for c in service.consumers), default=0.0)
        )
        beats = Beats(service)
        runner = web.AppRunner(self._application(dog), access_log=None)
        await runner.setup()
        try:
            port = await listen(
                runner, self._settings.health_host, self._settings.health_port, "PRINTSWEEP_HEALTH_PORT"
            )
            self._start("watchdog", dog.tick())
            self._start("publisher", service.publisher.run())
            for nth, consumer in enumerate(service.consumers):
                self._start(f"consumer{nth}", consumer.run())
            self._start("beats", beats.run())
            for name, coroutine in service.tasks().items():
                self._start(name, coroutine)
            self._write_ready_file(port)
            log.info("service.started", version=__version__, pid=os.getpid(), health_port=port)
            await self._until_asked_or_failed()
        finally:
            try:
                await self._stop(beats)
            finally:
                await runner.cleanup()
                await service.close()
            log.info("service.stopped")

    def _application(self, dog: Watchdog) -> web.Application:
        application = web.Application()
        application.add_routes(health_routes(self._service, dog.stuck) + self._service.routes())
        return application

    def _start(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks[asyncio.create_task(coroutine, name=name)] = name

    async def _until_asked_or_failed(self) -> None:
        asked = asyncio.create_task(self._asked.wait())
        try:
            done, _ = await asyncio.wait([asked, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        for task in done - {asked}:
            name = self._tasks.get(task, "?")  # type: ignore[arg-type]
            log.error("service.task_ended", task=name)
            task.result()
            raise PrintsweepError(f"The task {name} ended by itself.")
        log.info("service.stopping")

    async def _stop(self, beats: Beats) -> None:
        """Intake ends → what is in flight is finished or handed back → batches are flushed → links close."""
        service, limit = self._service, self._settings.stop_timeout_s
        try:
            async with asyncio.timeout(limit + 10):
                handed_back = sum(await asyncio.gather(*(c.stop(limit) for c in service.consumers)))
                if handed_back:
                    log.warning("service.handed_back", messages=handed_back)
                await service.stop()
                if beats.publisher.link.is_up:
                    await beats.send("stopped")
        except TimeoutError:
            log.warning("service.stop_timeout", seconds=limit, remedy="none needed: the broker delivers again")
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=10)
        if self._settings.ready_file is not None:
            self._settings.ready_file.unlink(missing_ok=True)

    def _write_ready_file(self, port: int) -> None:
        path = self._settings.ready_file
        if path is None:
            return
        ready = {
            "pid": os.getpid(),
            "role": self._service.role,
            "instance": self._service.instance,
            "health_port": port,
        }
        scratch = path.with_suffix(".part")
        scratch.write_text(json.dumps(ready | self._service.ready_extras()), encoding="utf-8")
        scratch.replace(path)
