"""Run with `python -m bench.dead`: reads the same living printers alone, and among dead ones that nobody knows of yet,
and among dead ones that were silent the last time.

The collector's own places, driver and reader are at work, as the consumer drives them: requests are taken in their
order, `prefetch` at a time. The broker is left out: it would only make everything slower, and so the ratio better.

What counts is the wall time until the last living printer is read, as the median of interleaved rounds. Beside it
stands the processor's time until then, of this process alone: on a busy machine wall time tells of the neighbours. In
the tail only dead ones are left; it is told and does not count, for nobody waits for it but they.

Garbage is collected as the services have it (shared/service/run.py). Until that was so here, Python's own habit was
measured: the last table is of that, for comparison.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Any

from bench import results
from bench.dead.sweep import ALONE, CASES, MOST_S, Options
from services.collector.settings import CollectorSettings

PRINTERS = (2_000, 4_000)
Found = Mapping[str, Sequence[Mapping[str, Any]]]


@contextmanager
def fleet(printers: int, dead: float) -> Iterator[int]:
    """A fleet in a process of its own; yields its UDP port."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = [f"--printers={printers}", f"--dead={dead}", "--paused", f"--ready-file={ready}"]
        process = subprocess.Popen([sys.executable, "-m", "lab.fleet", *options], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the fleet did not start")
                time.sleep(0.05)
            yield int(json.loads(ready.read_text())["udp_port"])
        finally:
            process.terminate()
            process.wait(10)


def measure(options: Options) -> Found:
    """What came of each round, by case, from a process of its own."""
    command = [sys.executable, "-m", "bench.dead.sweep", json.dumps(asdict(options))]
    with fleet(options.printers, options.dead) as port:
        done = subprocess.run([*command, str(port)], stdout=subprocess.PIPE, check=False, timeout=MOST_S)
    if done.returncode:
        raise SystemExit("a measurement failed")
    found: Found = json.loads(done.stdout)
    sys.stderr.write(f"{options}\n")
    for case, rounds in found.items():
        told = (" ".join(f"{key}={value}" for key, value in one.items()) for one in rounds)
        sys.stderr.write("".join(f"  {case}: {line}\n" for line in told))
    return found


def table(measured: Sequence[tuple[Options, Found]]) -> str:
    """Markdown: a line for each case of each size."""
    lines = [
        "| printers | dead | case | last living read, s |  | CPU s until then |  | all done, s | CPU s |",
        "|---:|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for options, found in measured:
        for case in CASES:
            wall, cpu, done, spent = (
                statistics.median(one[key] for one in found[case])
                for key in ("last_living_s", "cpu_last_living_s", "all_s", "cpu_s")
            )
            slower = [
                "" if case == ALONE else _slower(found, case, key) for key in ("last_living_s", "cpu_last_living_s")
            ]
            lines.append(
                f"| {options.printers:,} | {options.dead:.0%} | {case} | {wall:.2f} | {slower[0]} | {cpu:.2f} "
                f"| {slower[1]} | {done:.2f} | {spent:.2f} |"
            )
    return "\n".join(lines)


def _slower(found: Found, case: str, key: str) -> str:
    if case == ALONE:
        return ""
    own, alone = (statistics.median(one[key] for one in found[name]) for name in (case, ALONE))
    return f"**{100 * (own / alone - 1):+.0f} %**"


def report(own: Sequence[tuple[Options, Found]], before: Sequence[tuple[Options, Found]]) -> str:
    """Markdown."""
    first = own[0][0]
    return "\n\n".join((
        f"Medians of {first.rounds} interleaved rounds, every plan warm; {first.concurrency} places and "
        f"{first.slow_places:,} slow ones. A dead printer has 2 s for each of 2 attempts, and 0.5 s once it is "
        "known to be dead:",
        table(own),
        "The same with Python's own collection of garbage, as this was measured at first:",
        table(before),
    ))  # fmt: skip


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit("ended")  # so that all that was started is ended too


def main() -> None:
    defaults = CollectorSettings(_env_file=None)
    parser = argparse.ArgumentParser(prog="python -m bench.dead", description=__doc__)
    add = parser.add_argument
    add("--printers", type=int, nargs="+", default=PRINTERS, help="living and dead together (default: 2000 4000)")
    add("--dead", type=float, default=0.3, help="share that never answers (default: %(default)s)")
    add("--rounds", type=int, default=5, help="interleaved; medians are told (default: %(default)s)")
    add("--concurrency", type=int, default=defaults.collector_concurrency, help="default: %(default)s")
    add("--slow-places", type=int, default=defaults.collector_slow_places, help="default: %(default)s")
    add("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    wanted = [
        Options(printers, chosen.dead, chosen.rounds, chosen.concurrency, chosen.slow_places, as_service=True)
        for printers in chosen.printers
    ]
    own = [(options, measure(options)) for options in wanted]
    before = [(plain, measure(plain)) for plain in (replace(options, as_service=False) for options in wanted)]
    body = report(own, before)
    sys.stdout.write(f"{results.machine()}\n\n{body}\n\nload while it ran: {os.getloadavg()[1]:.1f}\n")
    if not chosen.no_write:
        results.write("dead", "How much dead printers slow the living", ".venv/bin/python -m bench.dead", body)


if __name__ == "__main__":
    main()
