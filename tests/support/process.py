"""One of our services as a real process: started with a clean environment, awaited, signalled, always ended."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.eventually import eventually, eventually_sync

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")


class ServiceProcess:
    """`python -m <module>` with PRINTSWEEP_READY_FILE and a log file of its own in `folder`.

    `start` does not wait; `ready` does. `stop` ends it with SIGTERM, then SIGKILL. `log` is what it printed.
    """

    def __init__(
        self,
        module: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        name: str | None = None,
    ) -> None:
        self.name = name or module.rsplit(".", 1)[-1]
        self.folder = folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.folder / "ready.json"
        self.log_file = self.folder / "log"
        self._command = [sys.executable, "-m", module, *arguments]
        self._environment = {
            **{key: os.environ[key] for key in _KEPT if key in os.environ},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PRINTSWEEP_ENV_FILE": os.devnull,
            "PRINTSWEEP_READY_FILE": str(self.ready_file),
            "PRINTSWEEP_DATA_DIR": str(self.folder / "data"),
            "PRINTSWEEP_HEALTH_PORT": "0",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process; AssertionError before `start`."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether it is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """All that it printed so far, over all of its starts."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """Its structured log lines."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def start(self) -> "ServiceProcess":
        """Start it (again)."""
        assert not self.is_running, f"{self.name} is running"
        self.ready_file.unlink(missing_ok=True)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def info(self) -> dict[str, Any] | None:
        """What it wrote into its ready file, once that is complete."""
        assert self.is_running, f"{self.name} ended with {self.process.returncode}:\n{self.log[-4000:]}"
        try:
            found: dict[str, Any] = json.loads(self.ready_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found if found.get("pid") == self.pid else None

    def is_ready(self) -> dict[str, Any] | None:
        """Its ready file's content, once /readyz (where it has one) answers 200."""
        info = self.info()
        if info is None or "health_port" not in info:
            return info
        return info if self.get("/readyz", info)[0] == 200 else None

    def get(self, path: str, info: dict[str, Any] | None = None) -> tuple[int, str]:
        """GET /livez, /readyz or /metrics: status and body; (0, reason) where nothing answers."""
        info = info or self.info()
        if info is None:
            return 0, "no ready file yet"
        try:
            address = f"http://127.0.0.1:{info['health_port']}{path}"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    async def ready(self, timeout: float = 40.0) -> dict[str, Any]:
        """Wait until it is ready; its ready file's content."""
        info = await eventually(self.is_ready, timeout, f"{self.name} being ready")
        assert info is not None
        return info

    def ready_sync(self, timeout: float = 40.0) -> dict[str, Any]:
        """The same for tests without an event loop."""
        info = eventually_sync(self.is_ready, timeout, f"{self.name} being ready")
        assert info is not None
        return info

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal (SIGSTOP and SIGCONT freeze and thaw it)."""
        self.process.send_signal(number)

    async def ended(self, timeout: float = 40.0) -> int:
        """Wait for its end; its exit status (negative: the signal that ended it)."""
        await eventually(lambda: self.process.poll() is not None, timeout, f"the end of {self.name}")
        return self.process.returncode

    def kill(self) -> None:
        """Kill it at once and wait."""
        self.process.kill()
        self.process.wait(20)

    def stop(self, timeout: float = 30.0) -> int | None:
        """End it; its exit status. Does nothing where it never started or has ended."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)  # a frozen process would not hear SIGTERM
            self._process.terminate()
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(20)
        return self._process.returncode
