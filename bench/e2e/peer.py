"""Celery in an environment of its own: made once from a lock file with hashes, then run against the same broker."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.e2e.processes import cpu_s, peak_mb
from shared.management import Management

_HERE = Path(__file__).parent
ENVIRONMENT = _HERE.parent / ".venv-celery"
_LOCK = _HERE / "celery.lock"
_VHOST = "bench-nothing"
_READY_S, _LAST_ACK_S, _INSTALL_S = 30.0, 60.0, 240


@dataclass
class Nothing:
    """What it took Celery to do nothing. `wall_s`: from the first publish to the last ack."""

    tasks: int
    wall_s: float
    publishing_s: float
    cpu: dict[str, float]
    peaks: dict[str, float]


def install() -> Path:
    """Makes the environment where it is missing or of another lock file; returns its interpreter."""
    python, mark = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.lock"
    if mark.exists() and mark.read_bytes() == _LOCK.read_bytes():
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True, timeout=_INSTALL_S)
    command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(_LOCK)]
    done = subprocess.run(command, check=False, timeout=_INSTALL_S, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"Celery could not be installed:\n{done.stderr[-2000:]}")
    mark.write_bytes(_LOCK.read_bytes())
    return python


async def run(tasks: int, amqp_url: str, management_login: str, folder: Path, broker: int, most_s: float) -> Nothing:
    """Publishes and runs `tasks` empty tasks. `amqp_url` and `management_login` hold the administrator's login.

    Raises TimeoutError where they did not all end in `most_s`.
    """
    python = await asyncio.to_thread(install)
    user = urlsplit(management_login).username
    async with Management(management_login) as api:
        await api.put(f"vhosts/{_VHOST}", {})
        await api.put(f"permissions/{_VHOST}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    ended = folder / "nothing.ended"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "NOTHING_BROKER": urlsplit(amqp_url)._replace(path=f"/{_VHOST}").geturl(),
        "NOTHING_TASKS": str(tasks),
        "NOTHING_ENDED": str(ended),
    }
    worker = [str(python), "-m", "celery", "-A", "celery_app", "worker", "-P", "prefork", "-c", "2", "-l", "WARNING"]
    with (folder / "celery.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*worker, cwd=_HERE, env=environment, stdout=log, stderr=log)
        try:
            async with asyncio.timeout(most_s):
                return await _measure(tasks, python, environment, ended, process.pid, broker, management_login)
        finally:
            await _end(process)


async def _measure(
    tasks: int, python: Path, environment: dict[str, str], ended: Path, worker: int, broker: int, management: str
) -> Nothing:
    await _until_ready(management)
    before = {"worker": cpu_s(worker), "broker": cpu_s(broker)}
    publisher = await asyncio.create_subprocess_exec(
        str(python), "celery_app.py", str(tasks), cwd=_HERE, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        told, _ = await publisher.communicate()
    finally:
        if publisher.returncode is None:
            publisher.kill()
    begun, published, spent = (float(word) for word in told.split())
    ended_at = await asyncio.to_thread(_when, ended)
    cpu = {
        "publisher": spent,
        "worker (1 + 2 processes)": cpu_s(worker) - before["worker"],
        "broker": cpu_s(broker) - before["broker"],
    }
    wall_s = ended_at - begun
    return Nothing(tasks, wall_s, published - begun, cpu, {"worker (1 + 2 processes)": peak_mb(worker)})


def _when(ended: Path) -> float:
    """Waits for the last ack, a while; returns when it was. Raises TimeoutError."""
    until = time.monotonic() + _LAST_ACK_S
    while time.monotonic() < until:
        if ended.exists() and (text := ended.read_text()):
            return float(text)
        time.sleep(0.05)
    raise TimeoutError("Celery did not acknowledge all of its tasks.")


async def _until_ready(management_login: str) -> None:
    """Waits until the worker consumes. Raises TimeoutError."""
    begun = time.monotonic()
    async with Management(management_login) as api:
        while time.monotonic() - begun < _READY_S:
            if any(c["queue"]["name"] == "celery" for c in await api.get(f"consumers/{_VHOST}")):
                return
            await asyncio.sleep(0.2)
    raise TimeoutError("Celery's worker did not begin to consume.")


async def _end(process: asyncio.subprocess.Process) -> None:
    family = psutil.Process(process.pid).children(recursive=True) if process.returncode is None else []
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        for one in [psutil.Process(process.pid), *family]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        await process.wait()
