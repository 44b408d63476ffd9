"""Run with `python -m bench.flow [--quick]`: what publishing and consuming a message cost, ours beside aio-pika's own
interface and beside aiormq, and what a sweep costs the scheduler. A private broker, each client a process of its own.
"""

import argparse
import asyncio
import json
import os
import sys
from typing import Any

from bench import results
from bench.flow import sweep
from bench.flow.client import CLIENTS
from bench.flow.report import report
from bench.node import Broker, broker

_MOST_S = 120.0


async def client(what: str, messages: int, on: Broker) -> dict[str, float]:
    """One client in a process of its own. Raises SystemExit where it fails."""
    brokers = on.cpu_s()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.flow.client", what, str(messages),
        env=os.environ | {"BENCH_URL": on.amqp_url}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_MOST_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise SystemExit(f"{what}: ended with {process.returncode}")
    row: dict[str, float] = json.loads(said)
    return row | {"broker_us": 1e6 * (on.cpu_s() - brokers) / messages}


async def clients(on: Broker, messages: int, rounds: int, only: str) -> dict[str, dict[str, dict[str, float]]]:
    """Each publishing client fills the queue that a consuming one empties. → the cheapest round of each."""
    found: dict[str, dict[str, dict[str, float]]] = {"publish": {}, "consume": {}}
    by_part = {part: [w for w in CLIENTS if w.startswith(part) and only in w] for part in found}
    for _ in range(rounds):
        waiting = list(by_part["consume"])
        for what in by_part["publish"] or ["publish/ours, a call for each"]:
            await _note(found, what, await client(what, messages, on))
            taker = waiting.pop(0) if waiting else "consume/ours"
            await _note(found, taker, await client(taker, messages, on))
    return {part: {w.split("/")[1]: found[part][w] for w in by_part[part]} for part in found}


async def _note(found: dict[str, dict[str, dict[str, float]]], what: str, row: dict[str, float]) -> None:
    print(json.dumps({what: row}), file=sys.stderr, flush=True)
    rows = found[what.split("/")[0]]
    if what not in rows or row["us"] < rows[what]["us"]:
        rows[what] = row


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"messages": options.messages, "rounds": options.rounds, "printers": options.printers}
    async with broker(max(options.messages, options.printers)) as on:
        if options.rounds:
            found["clients"] = await clients(on, options.messages, options.rounds, options.only)
        if options.sweeps:
            found["sweeps"] = await sweep.run(on, options.printers, options.sweeps)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flow", description=__doc__)
    add = parser.add_argument
    add("--messages", type=int, default=10_000, help="of each client (default: %(default)s)")
    add("--rounds", type=int, default=8, help="interleaved; the best is told (default: %(default)s)")
    add("--printers", type=int, default=17_972, help="in the sweeps (default: %(default)s)")
    add("--sweeps", type=int, default=3, help="of the scheduler (default: %(default)s)")
    add("--only", default="", help="clients whose names contain this; nothing is written")
    add("--quick", action="store_true", help="5,000 messages, 2 rounds, 2 sweeps of 4,000; nothing is written")
    add("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    if options.quick:
        options.messages, options.rounds, options.printers, options.sweeps = 5000, 2, 4000, 2
    found = asyncio.run(measure(options))
    if not options.rounds or options.only:
        print(json.dumps(found, indent=2))
        return
    body = report(found)
    print(f"{results.machine()}\n\n{body}")
    if not (options.quick or options.no_write or not options.sweeps):
        results.write("flow", "What a message costs", ".venv/bin/python -m bench.flow", body)


if __name__ == "__main__":
    main()
