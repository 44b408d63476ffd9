"""Run with `python -m bench.collector [--quick]`: what a poll costs, beside other clients and the bare socket.

The simulated fleet has a core of its own; everything that is measured runs on another. CPU is user and system time of
the measured process alone.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

from bench import results
from bench.collector import broker
from bench.collector.lab import Lab, lab
from bench.collector.report import report

PRINTERS, QUICK = 20_000, 1_000
DEAD = 0.05
WITH_BROKER, QUICK_WITH_BROKER = 5_000, 1_000
PEERS, QUICK_PEERS = 30, 6


def part(module: str, core: int, *arguments: str) -> dict[str, Any]:
    """One measured part in a process of its own."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=400)
    if done.returncode:
        raise SystemExit(f"{module} failed")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(options: argparse.Namespace, running: Lab, core: int) -> dict[str, Any]:
    """All figures."""
    found = {"polls": part("bench.collector.polls", core, running.argument())}
    found["peers"] = part(
        "bench.collector.peers", core, running.argument(), str(QUICK_PEERS if options.quick else PEERS)
    )
    if not options.no_broker:
        most = QUICK_WITH_BROKER if options.quick else WITH_BROKER
        found["broker"] = asyncio.run(broker.run(running, most, core))
    return found


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit("ended")  # so that all that was started is ended too


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.collector", description=__doc__)
    add = parser.add_argument
    add("--printers", type=int, default=PRINTERS, help="default: %(default)s")
    add("--quick", action="store_true", help=f"{QUICK} printers, and nothing is written to RESULTS.md")
    add("--no-broker", action="store_true", help="without RabbitMQ")
    add("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    cores = sorted(os.sched_getaffinity(0))
    with lab(QUICK if options.quick else options.printers, DEAD, cores[0]) as running:
        figures = measure(options, running, cores[-1])
    body = report(figures)
    sys.stdout.write(f"{results.machine()}\n\n{body}\n")
    if not (options.quick or options.no_write):
        results.write("collector", "What a poll costs the collector", ".venv/bin/python -m bench.collector", body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
