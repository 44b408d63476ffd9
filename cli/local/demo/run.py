"""The demo from its first to its last process."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from types import FrameType
from typing import Any

import aiohttp
from rich.console import Console

from cli.local.demo.api import Caller
from cli.local.demo.flow import Flow, Outcome
from cli.local.demo.options import DemoOptions
from cli.local.demo.session import DemoSession
from cli.local.demo.summary import print_summary
from cli.local.errors import LocalError

_CALL_TIMEOUT = aiohttp.ClientTimeout(total=60)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _AskedToEndError(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


def _end(number: int, frame: FrameType | None) -> None:
    raise _AskedToEndError


async def _until_asked(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends, or raise _AskedToEndError when a signal asks for the end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, asked.set)
    working, waiting = asyncio.create_task(work), asyncio.create_task(asked.wait())
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise _AskedToEndError
        working.result()
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


class Demo:
    """One demo. `run` returns its exit status: 0 if every value is right, 1 if not, 130 if it was ended before."""

    def __init__(self, options: DemoOptions) -> None:
        self._options = options if sys.stdout.isatty() else replace(options, once=True)
        # With --json standard output is for the one line alone.
        self._console = Console(stderr=options.json)
        self._outcome: Outcome | None = None

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def run(self) -> int:
        """Do it all; nothing is left running. Raises LocalError."""
        before = {number: signal.signal(number, _end) for number in _ENDING}
        session: DemoSession | None = None
        try:
            with DemoSession(self._options, self._say) as session:
                try:
                    asyncio.run(_until_asked(self._work(session)))
                finally:
                    # A second Ctrl-C must not leave half of it behind.
                    for number in _ENDING:
                        signal.signal(number, signal.SIG_IGN)
                    self._say("stopping ...")
        except _AskedToEndError:
            if self._outcome is None:
                return 130
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._outcome is None or session is None:
            raise LocalError("The demo ended before its time.")
        if self._options.json:
            sys.stdout.write(json.dumps(self._outcome.document(session.api)) + "\n")
            sys.stdout.flush()
        return 0 if self._outcome.is_good else 1

    async def _work(self, session: DemoSession) -> None:
        lab = await session.bring_up()
        async with aiohttp.ClientSession(timeout=_CALL_TIMEOUT) as http:
            flow = Flow(Caller(http), session.api, self._options, lab, self._console, self._say)
            try:
                self._outcome = await flow.run()
            except (KeyError, TypeError, ValueError) as error:
                # The border to other programs' JSON: a shape that is not the agreed one.
                raise LocalError(f"An answer had an unexpected shape ({type(error).__name__}: {error}).") from error
            if not self._outcome.is_good:
                session.keep_logs = True
                self._say(f"The logs stay in {session.folder.logs} until the next demo.")
            print_summary(self._console, self._outcome, session)
            if self._options.once:
                return
            await flow.let_it_grow()
            self._say("\nIt goes on: the printers are polled every minute. Ctrl-C ends it.")
            await flow.follow()
