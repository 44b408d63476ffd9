"""Run with `python -m bench.fleet`: starts a fleet and an echo, each on one core, and loads them from another."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.fleet.client import Figures, Target, load
from lab.fleet.ber import INTEGER, OCTETS, OID, SEQUENCE, encode_integer, encode_length, encode_oid_content, tlv
from lab.fleet.exchange import MAX_ANSWERS
from lab.fleet.fleet import make_devices
from lab.fleet.settings import Settings
from lab.fleet.tree import oid

WANTED_RATE = 20_000
VARBINDS = 50
PRINTERS = 100
MODELS = ("kyocera-mono", "hp-laserjet", "ricoh-a3-mfp", "xerox-color", "konica-a3-mfp", "brother-color", "oki-color")
UPTIME = oid("1.3.6.1.2.1.1.3.0")


def targets(port: int, with_uptime: bool = False, kinds: int = 1) -> list[Target]:
    """Return `kinds` different GETs of 50 varbinds for each printer, of its rows, spread over its whole tree."""
    found = []
    devices = make_devices(Settings(printers=PRINTERS, models=MODELS))
    for kind in range(kinds):
        for device in devices:
            tree = device.model.tree
            rows = [head for row, head in zip(tree.oids, tree.heads, strict=True) if row != UPTIME]
            chosen = [rows[at * len(rows) // VARBINDS] for at in range(VARBINDS)]
            if with_uptime:
                chosen[0] = tlv(OID, encode_oid_content(UPTIME))
            found.append(request(chosen[kind:] + chosen[:kind], (device.ip, port)))
    return found


def request(heads: list[bytes], address: tuple[str, int]) -> Target:
    # All lengths in two octets, so that the request-id stands at the same place in every request.
    tail = encode_integer(0) * 2 + long_tlv(SEQUENCE, b"".join(tlv(SEQUENCE, head + b"\x05\x00") for head in heads))
    pdu = b"\xa0\x82" + (6 + len(tail)).to_bytes(2, "big") + bytes((INTEGER, 4))
    head = encode_integer(1) + tlv(OCTETS, b"public") + pdu
    return Target(address, b"\x30\x82" + (len(head) + 4 + len(tail)).to_bytes(2, "big") + head, tail)


def long_tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + (encode_length(len(content)) if len(content) > 0xFF else b"") + content


@contextmanager
def fleet(core: int) -> Iterator[tuple[int, int]]:
    """Start a fleet on one core; yields (pid, UDP port)."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = ["--printers", str(PRINTERS), "--models", ",".join(MODELS), "--paused", "--ready-file", str(ready)]
        process = subprocess.Popen([sys.executable, "-m", "lab.fleet", *options], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the fleet did not start")
                time.sleep(0.02)
            os.sched_setaffinity(process.pid, {core})
            yield process.pid, json.loads(ready.read_text(encoding="utf-8"))["udp_port"]
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def echo(core: int) -> Iterator[tuple[int, int]]:
    """Start the echo on one core; yields (pid, UDP port)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.fleet.echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        os.sched_setaffinity(process.pid, {core})
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def line(name: str, runs: list[Figures]) -> dict[str, float]:
    """Print one line of medians and return them."""
    rate = statistics.median(run.rate for run in runs)
    cpu_rate = statistics.median(run.cpu_rate for run in runs)
    lost, wrong = sum(run.lost for run in runs), sum(run.wrong for run in runs)
    size = sum(run.octets for run in runs) / max(1, sum(run.replies for run in runs))
    print(f"{name:32} {rate:10,.0f} {cpu_rate:14,.0f} {1e6 / cpu_rate:10.1f} {size:10,.0f} {lost:6} {wrong:6}")
    return {"rate": rate, "cpu_rate": cpu_rate, "lost": lost, "wrong": wrong}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--requests", type=int, default=60_000, help="per run, at most (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="per run, at most (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, choices=range(1, 10), help="interleaved (default: %(default)s)")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(cores[1:]) or set(cores))
    with fleet(cores[0]) as (fleet_pid, fleet_port), echo(cores[0]) as (echo_pid, echo_port):
        kinds = {
            "bare UDP echo": (echo_pid, targets(echo_port)),
            "fleet": (fleet_pid, targets(fleet_port)),
            "fleet, sysUpTime among them": (fleet_pid, targets(fleet_port, with_uptime=True)),
            # One more than a device remembers: nothing is ever found again.
            "fleet, every answer new": (fleet_pid, targets(fleet_port, kinds=MAX_ANSWERS + 1)),
        }
        runs: dict[str, list[Figures]] = {name: [] for name in kinds}
        for _ in range(options.runs):
            for name, (pid, goals) in kinds.items():
                load(goals, pid, len(goals), options.seconds)  # the first of each is encoded here
                runs[name].append(load(goals, pid, options.requests, options.seconds))
    print(f"GETs of {VARBINDS} varbinds to {PRINTERS} printers, medians of {options.runs} runs; server on one core")
    print(f"{'':32} {'per second':>10} {'per CPU second':>14} {'CPU µs':>10} {'octets':>10} {'lost':>6} {'wrong':>6}")
    figures = {name: line(name, each) for name, each in runs.items()}
    floor, measured = figures["bare UDP echo"], figures["fleet"]
    print(
        f"fleet / echo: {measured['rate'] / floor['rate']:.2f} on the wall, "
        f"{measured['cpu_rate'] / floor['cpu_rate']:.2f} by CPU"
    )
    enough = measured["cpu_rate"] >= WANTED_RATE
    print(f"wanted: {WANTED_RATE:,} per second of one core: {'yes' if enough else 'NO'}")
    return 0 if enough and not any(each["wrong"] for each in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
