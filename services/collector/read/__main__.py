"""Reads one printer without a broker and prints the reading as JSON: `python -m services.collector.read ADDRESS`."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

import orjson

from services.collector.address import resolve
from services.collector.profiles import load
from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp.exchange import V1, V2C, Target
from services.collector.snmp.udp import UdpExchange
from shared import logs
from shared.errors import PrintsweepError


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m services.collector.read", description=__doc__)
    add = parser.add_argument
    add("address")
    add("--port", type=int, default=161)
    add("--community", help="default: $PRINTSWEEP_COLLECTOR_COMMUNITY, else public")
    add("--version", choices=("1", "2c"), default="2c")
    add("--profile", help="take version, community, timeout and retries from this profile")
    add("--profiles-file", type=Path, help="the file that holds it")
    add("--timeout", type=float, default=2.0, help="seconds for each attempt")
    add("--retries", type=int, default=1)
    add("--budget", type=float, default=60.0, help="seconds for everything")
    add("--verbose", action="store_true", help="log what happens on the way")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> dict[str, object]:
    """The reading. Raises SnmpError and other PrintsweepErrors."""
    address = await resolve(options.address)
    if options.profile:
        profiles = load(options.profiles_file) if options.profiles_file else {}
        if options.profile not in profiles:
            raise PrintsweepError(f"--profile {options.profile}: not in --profiles-file.")
        target = profiles[options.profile].target(address, options.port)
    else:
        # A person at a terminal names the address: no list of permitted networks stands between.
        community = options.community or os.environ.get("PRINTSWEEP_COLLECTOR_COMMUNITY") or "public"
        version = V1 if options.version == "1" else V2C
        target = Target(str(address), options.port, version, community.encode(), options.timeout, options.retries)
    async with UdpExchange() as exchange:
        return {"address": options.address} | await read(exchange, target, time.monotonic() + options.budget, Memory())


def main() -> int:
    """Exit status 0 with a reading on standard output, 1 with a sentence on standard error."""
    options = parse()
    logs.set_up("read", options.address, level="DEBUG" if options.verbose else "WARNING", style="text")
    try:
        reading = asyncio.run(run(options))
    except PrintsweepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.buffer.write(orjson.dumps(reading, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
