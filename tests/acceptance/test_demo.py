"""The demo as a person starts it: what it says, how it ends, and that nothing stays behind."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.local.supervise.control import has_ended
from tests.support import BrokerHandle, ServiceProcess, eventually_sync
from tests.support.broker import management_call

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
PRINTERS = 30
RUN_S = 200


def mentions(process: psutil.Process, word: str) -> bool:
    try:
        if has_ended(process):
            return False
        return word in " ".join(process.cmdline()) or any(word in value for value in process.environ().values())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def processes_of(home: Path) -> list[str]:
    """What runs anywhere on this machine with this demo's folder in its command or environment."""
    return [f"{p.pid} {p.name()}" for p in psutil.process_iter() if p.pid != os.getpid() and mentions(p, str(home))]


class Demo:
    """One demo in a folder of its own; `output` is what it printed on standard error, or at its terminal."""

    def __init__(self, home: Path, *arguments: str, terminal: bool = False, **environment: str) -> None:
        self.home = home
        home.mkdir()
        self.output_file = home / "output"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PRINTSWEEP_")}
        self._terminal: int | None = None
        output: Any = self.output_file.open("wb")
        if terminal:
            self._terminal, output = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", *arguments],
            env={**clean, "PYTHONPATH": str(ROOT), "PRINTSWEEP_HOME": str(home / "h"), "TERM": "xterm", **environment},
            cwd=home,
            stdin=output if terminal else subprocess.DEVNULL,
            stdout=output if terminal else subprocess.PIPE,
            stderr=output,
            # A terminal of its own: Ctrl-C reaches the demo as it would a person's.
            preexec_fn=(lambda: os.login_tty(output)) if terminal else None,
        )
        if terminal:
            os.close(output)
        else:
            output.close()

    def read_terminal(self) -> str:
        """What stands at the terminal so far."""
        assert self._terminal is not None
        os.set_blocking(self._terminal, False)
        with self.output_file.open("ab") as file:
            try:
                while data := os.read(self._terminal, 65536):
                    file.write(data)
            except (BlockingIOError, OSError):
                pass
        return self.output

    def press(self, key: bytes) -> None:
        assert self._terminal is not None
        os.write(self._terminal, key)

    @property
    def output(self) -> str:
        return self.output_file.read_text("utf-8", "replace")

    def end(self) -> int:
        """Wait for its end, reading on; its exit status."""
        if self._terminal is not None:
            eventually_sync(lambda: (self.read_terminal(), self.process.poll() is not None)[1], RUN_S, "the demo's end")
        return self.process.wait(RUN_S)

    def result(self) -> dict[str, Any]:
        """The last line of its standard output, as --json prints it."""
        stdout, _ = self.process.communicate(timeout=RUN_S)
        assert self.process.returncode == 0, self.output
        found: dict[str, Any] = json.loads(stdout.splitlines()[-1])
        return found


StartDemo = Callable[..., Demo]


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[StartDemo]:
    demos: list[Demo] = []

    def start(*arguments: str, terminal: bool = False, **environment: str) -> Demo:
        demos.append(Demo(tmp_path / f"demo{len(demos)}", *arguments, terminal=terminal, **environment))
        return demos[-1]

    yield start
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.terminate()
            demo.process.wait(60)
        print(f"--- {demo.home.name} ---\n{demo.output}")  # noqa: T201 - shown where a test fails


def nothing_left(demo: Demo) -> None:
    eventually_sync(lambda: not processes_of(demo.home), 20, "the end of all processes")
    assert not list((demo.home / "h").iterdir())


def test_two_demos_at_once_verify_every_value_and_leave_nothing(start_demo: StartDemo) -> None:
    common = ("--once", "--json", "--printers", str(PRINTERS), "--dead", "0.1")
    both = [start_demo(*common, "--glpi", version) for version in ("10", "11")]
    results = [demo.result() for demo in both]
    for demo, result in zip(both, results, strict=True):
        assert result["planned"] == result["requested"] == result["verified"] == PRINTERS
        assert result["failed"] == 3
        assert result["done"] == PRINTERS - 3
        assert [result[name] for name in ("refused", "expired", "dead", "late")] == [0, 0, 0, 0]
        assert sum(result["glpi"].values()) == result["done"]
        nothing_left(demo)
    assert results[0]["api"] != results[1]["api"]


def test_at_a_terminal_it_shows_its_progress_and_serves_until_ctrl_c(start_demo: StartDemo) -> None:
    demo = start_demo("--printers", str(PRINTERS), terminal=True)
    eventually_sync(lambda: "Ctrl-C ends it" in demo.read_terminal() or demo.process.poll() is not None, RUN_S)
    assert demo.process.poll() is None, demo.output
    for word in ("Sweep", "requested", "in progress", "verified", "page", "RabbitMQ", "password"):
        assert word in demo.output
    assert processes_of(demo.home)
    demo.press(b"\x03")
    assert demo.end() == 0, demo.output
    nothing_left(demo)


def test_a_demo_that_is_ended_early_leaves_nothing(start_demo: StartDemo) -> None:
    demo = start_demo("--printers", str(PRINTERS), "--json")
    eventually_sync(lambda: "sweep:" in demo.output, RUN_S, "the sweep")
    demo.process.send_signal(signal.SIGTERM)
    assert demo.end() == 130, demo.output
    nothing_left(demo)


def test_even_a_demo_that_is_killed_takes_its_processes_along(start_demo: StartDemo) -> None:
    demo = start_demo("--printers", str(PRINTERS), "--json")
    eventually_sync(lambda: "broker: ready" in demo.output, RUN_S, "the broker")
    demo.process.kill()
    demo.process.wait()
    eventually_sync(lambda: not processes_of(demo.home), 90, "the end of all processes")


def test_real_printers_are_read_from_a_file(start_demo: StartDemo, tmp_path: Path) -> None:
    fleet = ServiceProcess("lab.fleet", tmp_path, {}, ("--printers", "5", "--ready-file", str(tmp_path / "fleet.json")))
    fleet.ready_file = tmp_path / "fleet.json"
    fleet.start()
    try:
        port = fleet.ready_sync()["udp_port"]
        rows = [f"127.16.0.{n},{port},printer {n},main,mine,\n" for n in range(1, 6)]
        inventory = tmp_path / "printers.csv"
        inventory.write_text("address,port,name,site,profile,tags\n" + "".join(rows) + "nonsense,161,x,main,mine,\n")
        profile = {"version": "1", "community": "public", "permitted_networks": ["127.16.0.0/16"]}
        profiles = tmp_path / "profiles.json"
        profiles.write_text(json.dumps({"profiles": {"mine": profile}}))
        demo = start_demo(
            "--once", "--json", "--printers", str(inventory), PRINTSWEEP_COLLECTOR_PROFILES_FILE=str(profiles)
        )
        result = demo.result()
        assert (result["planned"], result["verified"]) == (5, 5)
        assert "line 7 was not taken" in demo.output
        nothing_left(demo)
    finally:
        fleet.stop()


def test_a_named_broker_lends_a_virtual_host_and_gets_it_back(start_demo: StartDemo, broker: BrokerHandle) -> None:
    before = management_call(broker.management_url, "GET", "vhosts?columns=name")
    demo = start_demo(
        "--once",
        "--json",
        "--printers",
        "5",
        PRINTSWEEP_AMQP_URL=broker.amqp_url,
        PRINTSWEEP_MANAGEMENT_URL=broker.management_url,
    )
    assert demo.result()["verified"] == 5
    assert management_call(broker.management_url, "GET", "vhosts?columns=name") == before
    assert broker.amqp_url.split("@")[0].split(":")[-1] not in demo.output


def test_a_number_that_is_none_is_refused_before_anything_starts(start_demo: StartDemo) -> None:
    demo = start_demo("--printers", "many")
    assert demo.end() == 1
    assert "there is no file many" in demo.output
