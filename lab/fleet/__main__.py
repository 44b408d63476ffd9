"""Run a fleet: `python -m lab.fleet --printers 200 --ready-file PATH`, until SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import uvloop

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings


def parse(arguments: list[str] | None = None) -> tuple[Settings, Path | None]:
    """Return the settings and the ready file of a command line; exits with status 2 when it is wrong."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m lab.fleet", description=__doc__)
    add = parser.add_argument
    add("--printers", type=int, default=200, help="how many, at 127.16.0.1 and upward (default: %(default)s)")
    add("--seed", type=int, default=defaults.seed, help="everything follows from it (default: %(default)s)")
    add("--port", type=int, default=0, help="UDP port of all printers, 0 for a free one")
    add("--control-port", type=int, default=0, help="HTTP port of control on 127.0.0.1, 0 for a free one")
    add("--community", default=defaults.community)
    add("--dead", type=float, default=0.0, help="share that never answers (0 to 1)")
    add("--slow", type=float, default=0.0, help="share that answers after --slow-delay")
    add("--lossy", type=float, default=0.0, help="share that drops every third datagram")
    add("--slow-delay", type=float, default=defaults.slow_delay, help="seconds (default: %(default)s)")
    add("--tick", type=float, default=defaults.tick, help="seconds between growth (default: %(default)s)")
    add("--poll-gap", type=float, default=defaults.poll_gap, help="seconds within which a repeat is the same poll")
    add("--paused", action="store_true", help="start without growth")
    add("--sites", default="main", help="sites in the inventory, by commas (default: %(default)s)")
    add("--models", default="", help="only these models, by commas")
    add("--ready-file", type=Path, help="written when it serves: pid, udp_port, control_url, printers")
    options = vars(parser.parse_args(arguments))
    ready_file = options.pop("ready_file")
    for key in ("sites", "models"):
        options[key] = tuple(filter(None, options[key].split(",")))
    try:
        return Settings(**options), ready_file
    except ValueError as error:
        parser.error(str(error))


def announce(fleet: Fleet, ready_file: Path | None) -> None:
    """Write the ready file in one step and print one line."""
    ready = {
        "pid": os.getpid(),
        "udp_port": fleet.port,
        "control_url": fleet.control_url,
        "printers": len(fleet.devices),
    }
    if ready_file is not None:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        draft.write_text(json.dumps(ready), encoding="utf-8")
        draft.replace(ready_file)
    first, last = fleet.devices[0].ip, fleet.devices[-1].ip
    sys.stdout.write(
        f"{len(fleet.devices)} printers at {first} to {last}, UDP port {fleet.port}; control {fleet.control_url}; "
        f"receive buffer {fleet.endpoint.buffer} octets\n"
    )
    sys.stdout.flush()


async def serve(settings: Settings, ready_file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Fleet(settings) as fleet:
        announce(fleet, ready_file)
        await stop.wait()


def main() -> int:
    """Run the command and return its exit status."""
    settings, ready_file = parse()
    try:
        uvloop.run(serve(settings, ready_file))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the fleet cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
