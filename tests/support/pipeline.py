"""The whole pipeline as real processes: a simulated fleet, the four services over a real broker, and its HTTP API."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from shared.topology.options import TopologyOptions
from tests.support.broker import VirtualHost
from tests.support.collector import lay_topology, profiles_file
from tests.support.eventually import eventually
from tests.support.process import ServiceProcess

ENDED = ("DONE", "FAILED", "REFUSED", "EXPIRED", "DEAD")


class Pipeline:
    """Everything that runs. `services` by name: scheduler, collector-1, ..., status_api, fleet."""

    def __init__(self, vhost: VirtualHost, folder: Path, session: aiohttp.ClientSession) -> None:
        self.vhost, self.folder, self._session = vhost, folder, session
        self.services: dict[str, ServiceProcess] = {}
        self.api_url = ""
        self.control_url = ""
        self._common: dict[str, str] = {}

    async def begin(
        self,
        *,
        printers: int,
        collectors: int = 2,
        fleet: Sequence[str] = (),
        collector_module: str = "services.collector",
        options: TopologyOptions | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        """Starts all of it and imports the fleet's printers."""
        await lay_topology(self.vhost, options)
        self._common = self.vhost.environment | (settings or {})
        ready_file = self.folder / "fleet-ready.json"
        arguments = ("--printers", str(printers), "--paused", "--ready-file", str(ready_file), *fleet)
        process = self._make("fleet", "lab.fleet", {"PRINTSWEEP_READY_FILE": str(ready_file)}, arguments)
        process.ready_file = ready_file
        self.control_url = (await process.start().ready())["control_url"]
        self.start_scheduler("scheduler")
        self.start("status_api", "services.status_api", {"PRINTSWEEP_STATUS_API_PORT": "0"})
        for number in range(1, collectors + 1):
            self.start_collector(f"collector-{number}", collector_module)
        self.api_url = (await self.services["status_api"].ready())["url"]
        await asyncio.gather(*(s.ready() for s in self.services.values()))
        csv = await self._text(self.control_url + "/inventory.csv")
        report = await self.post("/api/inventory/import", csv.encode(), "text/csv")
        assert report["added"] == printers, report
        await eventually(lambda: self._has(printers))

    async def _has(self, printers: int) -> bool:
        return bool((await self.get("/api/summary"))["printers"]["total"] == printers)

    def _make(
        self, name: str, module: str, environment: dict[str, str] | None = None, arguments: Sequence[str] = ()
    ) -> ServiceProcess:
        own = {"PRINTSWEEP_INSTANCE": name, **self._common, **(environment or {})}
        process = ServiceProcess(module, self.folder, own, arguments, name)
        self.services[name] = process
        return process

    def start(self, name: str, module: str, environment: dict[str, str] | None = None) -> ServiceProcess:
        """Starts one more service."""
        return self._make(name, module, environment).start()

    def start_collector(self, name: str, module: str = "services.collector") -> ServiceProcess:
        """Starts one more collector."""
        profiles = str(profiles_file(self.folder, ("127.16.0.0/12",)))
        return self.start(name, module, {"PRINTSWEEP_COLLECTOR_PROFILES_FILE": profiles})

    def start_scheduler(self, name: str) -> ServiceProcess:
        """Starts one more scheduler, on the one data folder."""
        more = {"PRINTSWEEP_DATA_DIR": str(self.folder / "scheduler-data"), "PRINTSWEEP_SCHEDULER_GLPI_AT": ""}
        return self.start(name, "services.scheduler", more)

    async def _text(self, url: str) -> str:
        async with self._session.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def get(self, path: str) -> Any:
        """GET from the API, decoded."""
        async with self._session.get(self.api_url + path) as answer:
            body = await answer.json(content_type=None)
            assert answer.status == 200, body
            return body

    async def post(self, path: str, body: Any, content_type: str = "application/json") -> Any:
        """POST to the API, decoded."""
        more: dict[str, Any] = {"json": body} if content_type == "application/json" else {"data": body}
        async with self._session.post(self.api_url + path, **more, headers={"content-type": content_type}) as answer:
            found = await answer.json(content_type=None)
            assert answer.status < 300, found
            return found

    async def items(self, path: str) -> list[dict[str, Any]]:
        """All items of a paged list."""
        found: list[dict[str, Any]] = []
        cursor = ""
        join = "&" if "?" in path else "?"
        while True:
            page = await self.get(f"{path}{join}limit=500{cursor}")
            found += page["items"]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"

    async def devices(self) -> list[dict[str, Any]]:
        """What the simulated printers hold and how often they were asked."""
        async with self._session.get(self.control_url + "/devices") as answer:
            found: list[dict[str, Any]] = (await answer.json())["devices"]
            return found

    async def control(self, path: str, body: Any = None) -> None:
        """POST to the fleet's control."""
        async with self._session.post(self.control_url + path, json=body or {}) as answer:
            assert answer.status < 300, await answer.text()

    async def sweep(self, **order: Any) -> str:
        """Orders a sweep; its id."""
        return str((await self.post("/api/sweeps", order))["sweep_id"])

    async def until(self, sweep_id: str, **wanted: Any) -> dict[str, Any]:
        """Waits until the sweep's figures are (at least, for numbers) as wanted."""

        async def look() -> dict[str, Any] | None:
            try:
                sweep: dict[str, Any] = await self.get(f"/api/sweeps/{sweep_id}")
            except (AssertionError, aiohttp.ClientError):
                return None
            fits = all(sweep[k] >= v if isinstance(v, int) else sweep[k] == v for k, v in wanted.items())
            return sweep if fits else None

        found = await eventually(look, 90, f"sweep {wanted}")
        assert found is not None
        return found

    def end(self) -> None:
        """Ends every process; shows their logs (pytest prints them where a test fails)."""
        for process in reversed(self.services.values()):
            process.stop()
            if process.log:
                print(f"--- log of {process.name} ---\n{process.log[-6000:]}")  # noqa: T201 - see above


@asynccontextmanager
async def pipeline(vhost: VirtualHost, folder: Path, **how: Any) -> AsyncIterator[Pipeline]:
    """A running pipeline; `how` as in Pipeline.begin."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        made = Pipeline(vhost, folder, session)
        try:
            await made.begin(**how)
            yield made
        finally:
            await asyncio.to_thread(made.end)
