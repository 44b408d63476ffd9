"""The simulated fleet in a process and on a core of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from services.collector.snmp.exchange import V1, V2C, Target

TIMEOUT_S, RETRIES = 2.0, 1


@dataclass(frozen=True)
class Lab:
    """A running fleet."""

    port: int
    control: str
    printers: int
    file: str  # of (address, version, whether it is dead) for each printer

    def note_targets(self) -> None:
        """Writes the file: whoever measures memory shall not have to read all that control tells."""
        with urllib.request.urlopen(f"{self.control}/devices") as answer:  # noqa: S310 - our own fleet on loopback
            rows = json.load(answer)["devices"]
        short = [(row["address"], V2C if row["version"] == "2c" else V1, row["behaviour"] == "dead") for row in rows]
        Path(self.file).write_text(json.dumps(short), encoding="utf-8")

    def targets(self) -> list[tuple[Target, bool]]:
        """(how a printer is asked, whether it is dead)."""
        rows = json.loads(Path(self.file).read_text(encoding="utf-8"))
        return [
            (Target(address, self.port, version, b"public", TIMEOUT_S, RETRIES), dead)
            for address, version, dead in rows
        ]

    def tick(self) -> None:
        """Lets every printer print: counters rise, levels fall, alerts come and go."""
        asked = urllib.request.Request(f"{self.control}/tick", method="POST", data=b"{}")  # noqa: S310
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            answer.read()

    def argument(self) -> str:
        """For another process."""
        return json.dumps(asdict(self))


@contextmanager
def lab(printers: int, dead: float, core: int) -> Iterator[Lab]:
    """Starts a fleet, growth paused, and ends it."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = ["--printers", str(printers), "--dead", str(dead), "--paused", "--ready-file", str(ready)]
        process = subprocess.Popen([sys.executable, "-m", "lab.fleet", *options], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the fleet did not start")
                time.sleep(0.02)
            os.sched_setaffinity(process.pid, {core})
            told = json.loads(ready.read_text(encoding="utf-8"))
            found = Lab(told["udp_port"], told["control_url"], printers, str(Path(folder) / "targets.json"))
            found.note_targets()
            yield found
        finally:
            process.terminate()
            process.wait(20)
