"""One demo's own broker, simulators and services: started in order, and always ended."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from cli.local import table
from cli.local.broker.access import PrivateBroker, named_broker, private_broker
from cli.local.broker.files import NodeFiles
from cli.local.broker.ports import free_port, is_free
from cli.local.demo import own_vhost
from cli.local.demo.options import DemoOptions
from cli.local.demo.own_vhost import in_own_vhost
from cli.local.demo.programs import fleet_program, glpi_program, no_devices, profiles_file, services_only
from cli.local.errors import LocalError
from cli.local.home import AlreadyRunningError, RunFolder, home
from cli.local.readiness import NotReadyError, wait_until_ready
from cli.local.settings import LocalSettings, given, inherited_environment
from cli.local.supervise import config, daemon
from cli.local.supervise.control import Control
from cli.local.supervise.program import Group, Program
from cli.local.topology import BrokerAccess
from cli.local.up import start_broker_and_topology
from shared.topology.options import TopologyOptions

_PAGE_PORT = 8080
_READY_TIMEOUT_S = 60.0
_FOREVER_MINUTES = 10_080  # no round of its own while one is verified and then all ends
_SHOWN_MINUTES = 1


def _remove_leftovers(parent: Path) -> None:
    """Remove the folders of demos that are over: nobody holds them any more."""
    for old in parent.glob("demo-*"):
        with contextlib.suppress(AlreadyRunningError, OSError), RunFolder(old).exclusive():
            RunFolder(old).forget_socket()
            shutil.rmtree(old, ignore_errors=True)


class DemoSession:
    """A context manager around all processes of one demo."""

    def __init__(self, options: DemoOptions, say: Callable[[str], None]) -> None:
        self.options = options
        self._say = say
        _remove_leftovers(home())
        self.folder = RunFolder(home() / f"demo-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}").make()
        self.keep_logs = False  # set where something was wrong although all went its way
        self._control: Control | None = None
        self._held = contextlib.ExitStack()
        self._held.enter_context(self.folder.exclusive())
        self._page_lock: IO[str] | None = None
        self._api_port = 0  # chosen when the services start
        self.topology = TopologyOptions(sites=self._sites(), poll_interval_s=self._interval * 60.0)
        self._private: PrivateBroker | None = None
        self.access: BrokerAccess | None = None

    @property
    def _interval(self) -> int:
        return _FOREVER_MINUTES if self.options.once else _SHOWN_MINUTES

    def _sites(self) -> tuple[str, ...]:
        """The simulated fleet's one site; real printers may be at the operator's own."""
        own = given("PRINTSWEEP_SITES") if self.options.real_printers is not None else None
        return tuple(site.strip() for site in own.split(",") if site.strip()) if own else ("main",)

    def _choose_page_port(self) -> int:
        """8080 where it is free and no other demo has just chosen it (each holds the lock while it runs)."""
        path = Path(tempfile.gettempdir()) / f"printsweep-page-{os.geteuid()}.lock"
        try:
            lock = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
        except OSError:
            return free_port()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return free_port()
        self._page_lock = lock
        return _PAGE_PORT if is_free(_PAGE_PORT) else free_port()

    @property
    def api(self) -> str:
        """The address of the page and the API."""
        return f"http://127.0.0.1:{self._api_port}"

    @property
    def private(self) -> NodeFiles | None:
        """The demo's private broker; None where another one was named."""
        return self._private.files if self._private is not None else None

    @property
    def control(self) -> Control:
        """The supervisor of the demo."""
        if self._control is None:
            raise LocalError("the demo was not started")
        return self._control

    def __enter__(self) -> Self:
        try:
            self.access = self._find_broker()
            self._control, _ = daemon.start(
                self.folder,
                self._first_programs(),
                frozenset({Group.EPMD, Group.BROKER, Group.LAB}),
                outlives_us=False,
            )
        except BaseException:
            self._forget(keep_logs=True)
            raise
        return self

    def _find_broker(self) -> BrokerAccess:
        if given("PRINTSWEEP_AMQP_URL"):
            settings = LocalSettings.load()
            return in_own_vhost(named_broker(settings), settings)
        self._private = private_broker(self.folder, self._say)
        return self._private.access(self.folder)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            Control(self.folder).shut_down()
            if self._private is None and self.access is not None:
                asyncio.run(own_vhost.remove(self.access, self._say))
        finally:
            self._forget(keep_logs=isinstance(error, Exception) or self.keep_logs)

    def _forget(self, *, keep_logs: bool) -> None:
        """Remove the folder. The logs of a demo that failed stay until the next one begins."""
        for part in self.folder.folder.iterdir():
            if part.is_dir() and not (keep_logs and part == self.folder.logs):
                shutil.rmtree(part, ignore_errors=True)
            elif part.is_file():
                part.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.folder.rmdir()
        if self._page_lock is not None:
            self._page_lock.close()
        self._held.close()

    def _first_programs(self) -> list[Program]:
        """All programs. What depends on addresses that are not known yet is completed by `_complete`."""
        nobody = {"url": "", "app_token": "", "user_token": ""}
        return self._programs("", services_only(self.folder, nobody, self._api_port, None))

    def _programs(self, fleet: str, only: dict[str, dict[str, str]]) -> list[Program]:
        if self.access is None:
            raise LocalError("the demo was not started")
        programs = []
        if self._private is not None:
            programs = table.broker_programs(self._private.files, self._private.installed, thrown_away=True)
        if self.options.real_printers is None:
            programs.append(fleet_program(self.folder, self.options))
        programs.append(glpi_program(self.folder, self.options, fleet))
        # Nothing of the operator's settings: a demo must not touch his GLPI or his broker.
        everybody = {
            **inherited_environment(),
            "PRINTSWEEP_ENV_FILE": os.devnull,
            "PRINTSWEEP_SITES": ",".join(self.topology.sites),
            "POLL_INTERVAL_MINUTES": str(self._interval),
        }
        return programs + table.service_programs(self.folder, self.access, everybody, self.options.collectors, only)

    async def bring_up(self) -> dict[str, Any]:
        """Start the rest and wait until everything is ready. Returns the ready files of the simulators by name."""
        if self.access is None:
            raise LocalError("the demo was not started")
        if self._private is None:
            await own_vhost.make(self.access)
        simulated = self.options.real_printers is None
        lab: dict[str, Any]
        _, lab = await asyncio.gather(
            start_broker_and_topology(self.control, self.folder, self.access, self.topology, self._say),
            self._bring_up_lab(simulated),
        )
        profiles = profiles_file(self.folder) if simulated else _own_profiles()
        for port in (self._choose_page_port(), free_port()):
            self._api_port = port
            only = services_only(self.folder, lab["glpi"], port, profiles)
            config.write_table(self.folder, self._programs("", only))
            self.control.start_group(Group.SERVICES)
            try:
                await self._ready(Group.SERVICES)
                break
            except NotReadyError:
                # Somebody took the usual port after our look: the second one is nobody's.
                if port != _PAGE_PORT or is_free(port):
                    raise
        self._say(f"services: ready, {self.options.collectors} collectors")
        return lab

    async def _bring_up_lab(self, simulated: bool) -> dict[str, Any]:
        lab: dict[str, Any] = {}
        fleet = str(no_devices(self.folder))
        if simulated:
            await self._ready(Group.LAB)
            lab["fleet"] = self._ready_file("fleet")
            fleet = f"{lab['fleet']['control_url']}/devices"
            self._say(f"fleet: {lab['fleet']['printers']} simulated printers")
        nobody = {"url": "", "app_token": "", "user_token": ""}
        only = services_only(self.folder, nobody, self._api_port, None)
        config.write_table(self.folder, self._programs(fleet, only))
        self.control.start_group(Group.GLPI)
        await self._ready(Group.GLPI)
        lab["glpi"] = self._ready_file("glpi")
        self._say(f"GLPI: version {lab['glpi']['version']}, simulated")
        return lab

    def _ready_file(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder.ready / f"{name}.json").read_text())
        return found

    async def _ready(self, group: Group) -> None:
        await wait_until_ready(self.control, self.folder, _READY_TIMEOUT_S, lambda c: c.group == group)


def _own_profiles() -> Path | None:
    path = given("PRINTSWEEP_COLLECTOR_PROFILES_FILE")
    return Path(path).absolute() if path else None
