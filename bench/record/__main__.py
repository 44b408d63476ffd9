"""Run with `python -m bench.record [--printers N] [--quick]`: what a result costs status_api, from the message's octets
to the commit.

The readings are those of simulated printers, read by the collector's own reader; the messages around them are those of
a sweep. The broker's client, the HTTP API and the timers of the service are left out: bench.e2e has them all.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from bench import results
from bench.collector.lab import lab
from bench.record.feed import SWEEPS, Feed
from bench.record.measure import BACKLOG, FLOOR
from shared import logs

PRINTERS, QUICK = 6_000, 1_000
RATE = 600  # results a second: a sweep of 18,000 printers in half a minute
_MOST_S = 300

# name in the report → how (bench.record.measure)
RUNS = {f"status_api, {RATE} a second": str(RATE), "status_api, a backlog": BACKLOG, "floor": FLOOR}


def run(feed: Path, how: str, core: int) -> dict[str, float]:
    """CPU seconds of each sweep, in a process of its own."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", "bench.record.measure", str(feed), how]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=_MOST_S)
    if done.returncode:
        raise SystemExit("a run failed")
    spent: dict[str, float] = json.loads(done.stdout)
    return spent


def measure(feed: Path, rounds: int, core: int) -> dict[str, dict[str, float]]:
    """The best of the rounds: CPU seconds by run and sweep."""
    best: dict[str, dict[str, float]] = {}
    for nth in range(1, rounds + 1):
        for name, how in RUNS.items():
            spent = run(feed, how, core)
            known = best.setdefault(name, spent)
            best[name] = {sweep: min(s, known[sweep]) for sweep, s in spent.items()}
            sys.stderr.write(f"round {nth}, {name}: {', '.join(f'{s:.2f} s' for s in spent.values())}\n")
    return best


def report(printers: int, octets: int, rounds: int, found: dict[str, dict[str, float]]) -> str:
    """Markdown."""
    head = f"{' | '.join(SWEEPS)} |\n|---|{'---:|' * len(SWEEPS)}"
    us = [(name, [f"{1e6 * spent[s] / printers:,.0f}" for s in SWEEPS]) for name, spent in found.items()]
    rates = [(name, [f"{printers / spent[s]:,.0f}" for s in SWEEPS]) for name, spent in found.items()]
    lines = [
        f"{printers:,} printers, a result of {octets:,} octets each, with the messages that tell of its poll's "
        f"beginning. CPU of the process, the best of {rounds} rounds; the floor decodes the same messages and puts "
        "each result's octets into one table:",
        f"\n| CPU µs a result | {head}",
        *(f"| {name} | {' | '.join(values)} |" for name, values in us),
        f"\n| results per CPU second | {head}",
        *(f"| {name} | {' | '.join(values)} |" for name, values in rates),
    ]
    return "\n".join(lines)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit("ended")  # so that all that was started is ended too


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.record", description=__doc__)
    add = parser.add_argument
    add("--printers", type=int, default=PRINTERS, help="default: %(default)s")
    add("--rounds", type=int, default=3, help="interleaved; the best counts (default: %(default)s)")
    add("--quick", action="store_true", help=f"{QUICK} printers, and nothing is written to RESULTS.md")
    add("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    logs.set_up("bench", "record", level="ERROR", style="text")
    signal.signal(signal.SIGTERM, _end)
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        feed = Path(name)
        with lab(QUICK if options.quick else options.printers, 0.0, cores[0]) as running:
            printers = asyncio.run(Feed(running, feed).write())
        octets = sum(p.stat().st_size for p in feed.glob("*/*.polls.finished")) // (len(SWEEPS) * printers)
        body = report(printers, octets, options.rounds, measure(feed, options.rounds, cores[-1]))
    sys.stdout.write(f"{results.machine()}\n\n{body}\n")
    if not (options.quick or options.no_write):
        results.write("record", "What recording a result costs", ".venv/bin/python -m bench.record", body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
