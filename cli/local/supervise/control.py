"""Talking to supervisor: its XML-RPC over a unix socket (http://supervisord.org/api.html)."""

import contextlib
import http.client
import signal
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from cli.local.errors import LocalError
from cli.local.home import RunFolder
from cli.local.supervise.program import Group

_STATES_OF_LIFE = {"STARTING", "RUNNING", "BACKOFF"}
_STOP_TIMEOUT_S = 120.0
_LOOK_S = 0.05


class SupervisorError(LocalError):
    """Supervisor did not do what it was asked."""


@dataclass(frozen=True)
class ProcessState:
    """What supervisor knows of one program: state in its words, pid (0: none), when it started, how it ended."""

    name: str
    group: str
    state: str
    pid: int
    started_at: int
    exit_status: int
    log_file: str

    @property
    def is_alive(self) -> bool:
        """Whether a process exists or is about to."""
        return self.state in _STATES_OF_LIFE


def has_ended(process: psutil.Process) -> bool:
    """Whether it is gone. A zombie is: where process 1 reaps nobody (containers), orphans stay zombies for ever."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for_ends(processes: Sequence[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait for the ends of processes that need not be our children; return those that are left."""
    deadline = time.monotonic() + timeout
    while left := [process for process in processes if not has_ended(process)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(_LOOK_S)
    return []


class Control:
    """The supervisor of one run folder. Every method raises SupervisorError with supervisor's reason."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._folder.socket}")
        try:
            with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
                return getattr(server, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise SupervisorError(f"supervisor refused {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorError(f"supervisor does not answer ({type(error).__name__}).") from error

    def pid(self) -> int | None:
        """Supervisor's process id, or None where none runs in this folder."""
        if not self._folder.socket.exists():
            return None
        try:
            return int(self._call("supervisor.getPID"))
        except SupervisorError:
            return None

    def states(self) -> list[ProcessState]:
        """All programs, in no particular order."""
        return [
            ProcessState(
                p["name"], p["group"], p["statename"], p["pid"], p["start"], p["exitstatus"], p["stdout_logfile"]
            )
            for p in self._call("supervisor.getAllProcessInfo")
        ]

    def start_group(self, group: Group) -> None:
        """Start all programs of a group, without waiting."""
        self._call("supervisor.startProcessGroup", group.value, False)

    def stop_group(self, group: Group) -> None:
        """Stop all programs of a group and wait for their ends."""
        self._call("supervisor.stopProcessGroup", group.value, True)

    def start(self, process: ProcessState) -> None:
        """Start one program, without waiting."""
        self._call("supervisor.startProcess", f"{process.group}:{process.name}", False)

    def stop(self, process: ProcessState) -> None:
        """Stop one program and wait for its end."""
        self._call("supervisor.stopProcess", f"{process.group}:{process.name}", True)

    def signal(self, process: ProcessState, name: str) -> None:
        """Send one program a signal by its name, such as KILL."""
        self._call("supervisor.signalProcess", f"{process.group}:{process.name}", name)

    def shut_down(self, timeout: float = _STOP_TIMEOUT_S) -> None:
        """Stop everything, supervisor itself last, and wait until no process of it is left."""
        pid = self.pid()
        if pid is None:
            self._folder.forget_socket()
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
            process.send_signal(signal.SIGTERM)
            left = wait_for_ends(family, timeout)
            for one in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
            wait_for_ends(left, 10)
            self._folder.forget_socket()
            if left:
                names = ", ".join(str(one.pid) for one in left)
                raise SupervisorError(f"Not everything ended within {timeout:.0f} s; killed: {names}.")

    def wait_until_up(self, process_is_running: "psutil.Popen", timeout: float = 20.0) -> None:
        """Wait until a supervisor that was just started answers."""
        deadline = time.monotonic() + timeout
        while self.pid() is None:
            if process_is_running.poll() is not None or time.monotonic() > deadline:
                raise SupervisorError(f"supervisor did not start. See {self._folder.supervisor_log}.")
            time.sleep(0.02)
