"""Run with `python -m bench.e2e [--printers 17972] [--quick]`: sweeps of a simulated fleet through all real processes.

Before all, the dead printers are polled once, so that they are known. The first sweep is cold: nothing is remembered of
any living printer. The next ones are warm.
Then Celery does nothing as many times. Everything is ended at the end, also by Ctrl-C.
"""

import argparse
import asyncio
import signal
import sys
import time
from types import FrameType
from urllib.parse import quote, urlsplit

import aiohttp

from bench import results
from bench.e2e import peer
from bench.e2e.pipeline import Pipeline, Sweep
from bench.e2e.report import report
from cli.local.broker.files import ADMIN_USER
from cli.local.demo.options import DemoOptions
from cli.local.demo.session import DemoSession

PRINTERS, QUICK = 17_972, 2_000
DEAD = 0.05
_PEER_MOST_S = 90.0
_SWEEPS_MOST_S = 130.0  # after this no further sweep is begun: the whole must end in five minutes


class Ended(BaseException):
    """A signal asked for the end."""


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end(number: int, frame: FrameType | None) -> None:
    for other in _ENDING:  # a second Ctrl-C must not leave half of it behind
        signal.signal(other, signal.SIG_IGN)
    raise Ended


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


async def measure(session: DemoSession, options: argparse.Namespace) -> tuple[str, bool]:
    """→ the report, and whether every value is right."""
    begun = time.monotonic()
    lab = await session.bring_up()
    files = session.private
    if files is None or session.access is None:
        raise SystemExit("PRINTSWEEP_AMQP_URL is set: the bench measures a broker of its own.")
    admin = urlsplit(files.amqp_url)._replace(
        netloc=f"{ADMIN_USER}:{quote(files.password)}@127.0.0.1:{files.amqp_port}"
    )
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        pipeline = Pipeline(session, lab, http, options.most_s)
        say(f"{await pipeline.add_printers(dead=True)} dead printers added")
        known = await pipeline.sweep("dead", admin.geturl())
        say(f"the dead alone: {known.recorded_s:.2f} s; from now on they are known")
        say(f"{await pipeline.add_printers(dead=False)} printers added")
        sweeps: list[Sweep] = []
        for name in ("cold", *(f"warm {n}" for n in range(1, options.warm + 1))):
            if len(sweeps) > 1 and time.monotonic() - begun > _SWEEPS_MOST_S:
                say(f"{name}: left out, the machine is too busy")
                break
            sweeps.append(await pipeline.sweep(name, admin.geturl()))
            say(f"{name}: {sweeps[-1].recorded_s:.2f} s, {sweeps[-1].done} done, {sweeps[-1].failed} failed")
        right, problems = await pipeline.verify()
        peaks, readings = pipeline.peaks(), pipeline.readings()
        nothing = None
        if not options.no_celery:
            nothing = await peer.run(
                sweeps[-1].planned,
                admin.geturl(),
                session.access.management_login,
                session.folder.logs,
                pipeline.pids["broker"],
                _PEER_MOST_S,
            )
            say(f"Celery's nothing: {nothing.wall_s:.2f} s")
        pipeline.close()
    return report(sweeps, peaks, readings, right, problems, nothing), not problems


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.e2e", description=__doc__)
    add = parser.add_argument
    add("--printers", type=int, default=PRINTERS, help="default: %(default)s")
    add("--quick", action="store_true", help=f"{QUICK} printers, and nothing is written to RESULTS.md")
    add("--warm", type=int, default=4, help="warm sweeps after the cold one (default: %(default)s)")
    add("--most-s", type=float, default=120.0, help="seconds that a sweep may take (default: %(default)s)")
    add("--no-celery", action="store_true", help="without the peer")
    add("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    printers = QUICK if options.quick else options.printers
    for number in _ENDING:
        signal.signal(number, _end)
    demo = DemoOptions(printers=printers, once=True, dead=DEAD, slow=0.0, lossy=0.0)
    try:
        with DemoSession(demo, say) as session:
            body, right = asyncio.run(measure(session, options))
    except TimeoutError as error:
        say(f"Not done in time: {error or 'a sweep took longer than --most-s'}. Is the machine busy with other things?")
        return 1
    except Ended:
        say("ended")
        return 130
    sys.stdout.write(f"{results.machine()}\n\n{body}\n")
    if not (options.quick or options.no_write):
        results.write("e2e", 'From "sweep now" to the last reading in SQLite', ".venv/bin/python -m bench.e2e", body)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
