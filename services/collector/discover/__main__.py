"""Finds the printers of networks and prints them as JSON: `python -m services.collector.discover CIDR…`."""

import argparse
import asyncio
import sys
from typing import Any

import orjson

from services.collector import asking
from services.collector.discover.networks import check_permitted, networks
from services.collector.discover.scan import Scan
from services.collector.errors import NotPermitted, ProfilesInvalid, WrongCall
from services.collector.snmp.udp import UdpExchange
from services.collector.snmp.versions import ByVersion
from shared import logs
from shared.errors import PrintsweepError

DONE, FAILED, WRONG = 0, 1, 2  # exit statuses
MOST_RATE = 2_000


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m services.collector.discover", description=__doc__)
    add = parser.add_argument
    add("networks", metavar="CIDR", nargs="+", help="10.20.0.0/24, or one address")
    add("--port", type=int, default=asking.PORT)
    asking.add_options(parser)
    add("--rate", type=int, default=200, help="packets a second at most")
    add("--verbose", action="store_true", help="log what happens on the way")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """The document. Raises WrongCall, NotPermitted and other PrintsweepErrors."""
    if not 1 <= options.rate <= MOST_RATE:
        raise WrongCall(f"--rate is 1 to {MOST_RATE} packets a second.")
    if not 1 <= options.port <= 65_535:
        raise WrongCall("--port is 1 to 65535.")
    wanted = networks(options.networks)
    profile = asking.profile_of(options, [str(network) for network in wanted])
    check_permitted(wanted, profile, options.profile or "")
    async with UdpExchange() as plain, ByVersion(plain) as exchange:
        is_open = not options.profile and not options.version and profile.version == "2c"
        again = profile.model_copy(update={"version": "1"}) if is_open else profile
        return await Scan(exchange, profile, again, options.port, options.rate).run(wanted)


def main() -> int:
    """Exit status 0 with the document on standard output, 1 or 2 with a sentence on standard error."""
    options = parse()
    logs.set_up("discover", "", level="DEBUG" if options.verbose else "ERROR", style="text")
    try:
        document = asyncio.run(run(options))
    except (WrongCall, ProfilesInvalid, NotPermitted) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    except PrintsweepError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
