"""A private RabbitMQ node as two child processes, for tests and for everything that needs a broker of its own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import aiohttp

from cli.local.broker.files import ADMIN_USER, NodeFiles, prepare
from cli.local.broker.installed import Installed
from cli.local.errors import LocalError
from cli.local.tails import complaints

BOOT_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
_BOOT_ATTEMPTS = 3
_LOOK_S = 0.05


class BrokerError(LocalError):
    """The private broker did not start, or ended by itself."""


async def is_ready(session: aiohttp.ClientSession, files: NodeFiles) -> bool:
    """Say whether the node answers on its management API and listens for AMQP."""
    address = f"{files.management_url}/api/health/checks/port-listener/{files.amqp_port}"
    headers = {"authorization": aiohttp.encode_basic_auth(ADMIN_USER, files.password)}
    try:
        async with session.get(address, headers=headers, timeout=aiohttp.ClientTimeout(total=5)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


class Node:
    """One broker with its own epmd, folder, ports and password. Also an async context manager.

    `start` twice, or `stop` before `start`, does nothing. After `kill` (the broker alone, as if it had crashed) `start`
    brings it back with its data and the same addresses.
    """

    user = ADMIN_USER

    def __init__(self, folder: Path, installed: Installed) -> None:
        self._installed = installed
        self.files = prepare(folder)
        self._epmd: asyncio.subprocess.Process | None = None
        self._server: asyncio.subprocess.Process | None = None
        self._was_up = False

    @property
    def url(self) -> str:
        """AMQP address with the administrator's credentials; for clients, never for logs."""
        return f"amqp://{ADMIN_USER}:{quote(self.files.password, safe='')}@127.0.0.1:{self.files.amqp_port}/"

    @property
    def management_url(self) -> str:
        """Address of the management API, without credentials and without a closing slash."""
        return self.files.management_url

    @property
    def password(self) -> str:
        """The administrator's password."""
        return self.files.password

    @property
    def log_file(self) -> Path:
        """What broker and epmd printed."""
        return self.files.folder / "log" / "broker.log"

    @property
    def pids(self) -> list[int]:
        """Process ids of what runs now: epmd, then the broker."""
        return [p.pid for p in (self._epmd, self._server) if p is not None and p.returncode is None]

    async def start(self, timeout: float = BOOT_TIMEOUT_S) -> None:
        """Start and wait until AMQP and management answer. Raises BrokerError with the log's last lines."""
        for attempt in range(1, _BOOT_ATTEMPTS + 1):
            try:
                await self._start_once(timeout)
            except BrokerError:
                await self.stop()
                # Addresses that somebody already knows are never changed behind his back.
                if attempt == _BOOT_ATTEMPTS or self._was_up:
                    raise
                self.files = prepare(self.files.folder, new_ports=True)
            except BaseException:
                await self.kill_all()
                raise
            else:
                self._was_up = True
                return

    async def _start_once(self, timeout: float) -> None:
        environment = self.files.environment(self._installed)
        if self._epmd is None or self._epmd.returncode is not None:
            self._epmd = await self._spawn(self.files.epmd_command(self._installed), environment)
        if self._server is None or self._server.returncode is not None:
            self._server = await self._spawn(self.files.server_command(self._installed), environment)
        server = self._server
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), aiohttp.ClientSession() as session:
                while server.returncode is None:
                    if await is_ready(session, self.files):
                        return
                    await asyncio.sleep(_LOOK_S)
        ended = "ended" if server.returncode is not None else f"was not ready after {timeout:.0f} s"
        raise BrokerError(f"RabbitMQ {ended}. From {self.log_file}:\n{complaints(self.log_file, 15)}")

    async def _spawn(self, command: Sequence[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
        log = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                env=environment,
                cwd=self.files.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C at the terminal is for us; the broker is told by us when the services have ended.
                start_new_session=True,
            )
        finally:
            os.close(log)

    async def stop(self, timeout: float = STOP_TIMEOUT_S) -> None:
        """Stop in order and wait; what does not end in time is killed. Nothing is left, epmd included."""
        await _end(self._server, signal.SIGTERM, timeout)
        await _end(self._epmd, signal.SIGTERM, timeout)

    async def kill(self) -> None:
        """Kill the broker as a crash would (SIGKILL); its epmd and its data stay."""
        await _end(self._server, signal.SIGKILL, STOP_TIMEOUT_S)

    async def kill_all(self) -> None:
        """Kill broker and epmd at once: for folders that are thrown away."""
        await self.kill()
        await _end(self._epmd, signal.SIGKILL, STOP_TIMEOUT_S)

    async def __aenter__(self) -> "Node":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def _end(process: asyncio.subprocess.Process | None, how: signal.Signals, timeout: float) -> None:
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        await asyncio.wait_for(process.wait(), timeout)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
