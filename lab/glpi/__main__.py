"""`python -m lab.glpi`: run the simulated GLPI until SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from lab.glpi.fleet import build, devices_of
from lab.glpi.server import (
    ADMIN_TOKEN,
    APP_TOKEN,
    LOOPBACK,
    USER_TOKEN,
    GlpiLab,
    Tokens,
    ready_document,
    write_ready_file,
)

FETCH_TIMEOUT = 30.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.glpi", description="A simulated GLPI (legacy REST API).")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--version", choices=("10", "11"), default="11", help="which GLPI to be")
    parser.add_argument("--printers", required=True, metavar="FILE|URL", help="the fleet's devices as JSON")
    parser.add_argument("--ready-file", type=Path, help="written once the port is open")
    parser.add_argument("--app-token", default=APP_TOKEN)
    parser.add_argument("--user-token", default=USER_TOKEN)
    parser.add_argument("--seed", type=int, default=1, help="which printers get which awkward row")
    parser.add_argument("--others", type=int, default=40, help="printers in GLPI that the fleet does not have")
    return parser.parse_args()


async def _fleet(source: str) -> dict[str, Any]:
    """The fleet document from a file or an address."""
    if source.startswith(("http://", "https://")):
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(source) as answer:
            answer.raise_for_status()
            document = await answer.json()
    else:
        document = json.loads(await asyncio.to_thread(Path(source).read_text))
    if not isinstance(document, dict):
        raise TypeError("the fleet document is not an object")
    return document


async def _run(arguments: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    fetching = asyncio.create_task(_fleet(arguments.printers))
    await asyncio.wait({stopping, fetching}, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        fetching.cancel()
        return 0
    try:
        devices = devices_of(fetching.result())
    except (OSError, TimeoutError, ValueError, TypeError, aiohttp.ClientError) as error:
        sys.stderr.write(f"lab.glpi: cannot read the fleet from {arguments.printers}: {error}\n")
        return 2
    tokens = Tokens(app=arguments.app_token, user=arguments.user_token)
    world, expected = build(
        devices,
        arguments.version,
        user_token=tokens.user,
        admin_token=ADMIN_TOKEN,
        seed=arguments.seed,
        others=arguments.others,
    )
    lab = GlpiLab(world, expected=expected, tokens=tokens, host=arguments.host, port=arguments.port)
    try:
        await lab.start()
    except OSError as error:
        sys.stderr.write(
            f"lab.glpi: cannot listen on {arguments.host}:{arguments.port}: {error.strerror}. Choose another --port.\n"
        )
        return 2
    try:
        if arguments.ready_file is not None:
            write_ready_file(arguments.ready_file, ready_document(lab))
        sys.stdout.write(f"GLPI {lab.dialect.version} with {len(world.printers)} printers on {lab.url}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await lab.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(_arguments())))
