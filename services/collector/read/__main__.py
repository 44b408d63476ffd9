"""Reads one printer without a broker and prints the reading as JSON: `python -m services.collector.read ADDRESS`."""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from services.collector import asking
from services.collector.address import resolve
from services.collector.errors import NotPermitted, ProfilesInvalid, WrongCall
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.plans.store import Store
from services.collector.snmp import endpoint
from services.collector.snmp.exchange import V3, Exchange, Target
from services.collector.snmp.udp import UdpExchange
from services.collector.snmp.versions import ByVersion
from services.collector.trace import Trace, TracedExchange
from shared import logs
from shared.errors import PrintsweepError

READ, NOT_READ, WRONG = 0, 1, 2  # exit statuses
MOST_BUDGET_S = 3600.0


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m services.collector.read", description=__doc__)
    add = parser.add_argument
    add("address", metavar="ADDRESS[:PORT]", help="an IP address, [IPv6 address] or name")
    add("--port", type=int, default=asking.PORT)
    asking.add_options(parser)
    add("--budget", type=float, default=60.0, help="seconds for everything")
    add("--plans", type=Path, metavar="FOLDER", help="remember there what printers answer, and ask only that")
    add("--cold", action="store_true", help="ask for everything, whatever is remembered")
    add("--trace", action="store_true", help="show every PDU on standard error")
    add("--verbose", action="store_true", help="log what happens on the way")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> dict[str, object]:
    """The reading. Raises WrongCall, SnmpError and other PrintsweepErrors."""
    if not 0 < options.budget <= MOST_BUDGET_S:
        raise WrongCall(f"--budget is more than 0 and at most {MOST_BUDGET_S:g} seconds.")
    host, port = asking.host_and_port(options.address, options.port)
    if options.profile:
        profile = asking.profile_of(options, ())
    address = await resolve(host)
    if not options.profile:
        # A person at a terminal names the address: no list of permitted networks stands between.
        profile = asking.profile_of(options, [str(address)])
    if not profile.permits(address):
        raise NotPermitted(f"{address} is in none of the networks of the profile {options.profile!r}.")
    target = profile.target(address, port)
    if options.trace:
        endpoint.tap(Trace())
    async with UdpExchange() as plain, ByVersion(plain) as both:
        exchange: Exchange = TracedExchange(both) if options.trace and target.version == V3 else both
        deadline = time.monotonic() + options.budget
        return {"address": options.address} | await _read(exchange, target, deadline, options)


async def _read(exchange: Exchange, target: Target, deadline: float, options: argparse.Namespace) -> dict[str, Any]:
    if options.plans is None:
        return await Reader(exchange, Plans()).read(target, deadline, cold=True)
    plans = Plans()
    store = Store(plans, options.plans)
    await store.open()
    try:
        reading = await Reader(exchange, plans).read(target, deadline, cold=options.cold)
        await store.flush()
        return reading
    finally:
        await store.close()


def main() -> int:
    """Exit status 0 with a reading on standard output, 1 or 2 with a sentence on standard error."""
    options = parse()
    logs.set_up("read", options.address, level="DEBUG" if options.verbose else "WARNING", style="text")
    try:
        reading = asyncio.run(run(options))
    except (WrongCall, ProfilesInvalid) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    except PrintsweepError as error:
        sys.stderr.write(f"{options.address}: {error}\n")
        return NOT_READ
    sys.stdout.buffer.write(orjson.dumps(reading, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return READ


if __name__ == "__main__":
    sys.exit(main())
