"""A fleet: its devices, its socket, its growth and its control, as one async context."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from aiohttp import web

from lab.fleet import control, growth
from lab.fleet.alerts import refresh
from lab.fleet.device import Device
from lab.fleet.endpoint import Endpoint
from lab.fleet.exchange import Exchange
from lab.fleet.flaws import spread
from lab.fleet.models import MODELS
from lab.fleet.settings import Settings

# Devices that grow before the loop may answer again.
SLICE = 200


def make_devices(settings: Settings) -> list[Device]:
    """Return the devices of a fleet; they follow from the settings alone."""
    models = [model for model in MODELS if not settings.models or model.key in settings.models]
    community = settings.community.encode()
    devices = [Device(models[n % len(models)], n + 1, settings.seed, community) for n in range(settings.printers)]
    # Only the first of a kind counts beyond 2^31.
    first: dict[str, Device] = {}
    for device in devices:
        if device.model.huge and first.setdefault(device.model.key, device) is not device:
            device.shrink()
        refresh(device)
    spread(devices, {"dead": settings.dead, "slow": settings.slow, "lossy": settings.lossy}, settings.seed)
    return devices


class Fleet:
    """`async with Fleet(Settings(printers=5)) as fleet:` serves SNMP at `fleet.port` and HTTP at `fleet.control_url`.

    Raises OSError when a port is taken.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.devices = make_devices(self.settings)
        self.by_id = {device.id: device for device in self.devices}
        self.exchange = Exchange(self.devices, poll_gap=self.settings.poll_gap)
        self.paused = self.settings.paused
        self.ticks = 0
        self._ticking = asyncio.Lock()
        self._endpoint: Endpoint | None = None
        self._runner: web.AppRunner | None = None
        self._grower: asyncio.Task[None] | None = None
        self.control_url = ""

    @property
    def endpoint(self) -> Endpoint:
        """The open socket; RuntimeError before the start."""
        if self._endpoint is None:
            raise RuntimeError("the fleet has not been started")
        return self._endpoint

    @property
    def port(self) -> int:
        """The UDP port of all devices."""
        return self.endpoint.port

    async def __aenter__(self) -> Self:
        self._endpoint = Endpoint(self.devices, self.exchange, self.settings.port, self.settings.slow_delay)
        try:
            self._runner = web.AppRunner(control.application(self), access_log=None, shutdown_timeout=0.5)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", self.settings.control_port)
            await site.start()
        except BaseException:
            await self._close()
            raise
        host, port = self._runner.addresses[0][:2]
        self.control_url = f"http://{host}:{port}"
        self._endpoint.start()
        self._grower = asyncio.create_task(self._grow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._grower is not None:
            self._grower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._grower
        if self._endpoint is not None:
            self._endpoint.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _grow(self) -> None:
        while True:
            await asyncio.sleep(self.settings.tick)
            if not self.paused:
                await self.tick()

    async def tick(self) -> int:
        """Let all devices print once and return the number of ticks so far."""
        async with self._ticking:
            self.ticks += 1
            for first in range(0, len(self.devices), SLICE):
                for device in self.devices[first : first + SLICE]:
                    growth.tick(device, self.ticks)
                await asyncio.sleep(0)
            return self.ticks
