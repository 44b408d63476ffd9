"""Live updates (server-sent events): on connect a snapshot, then changes, coalesced, at most four times a second.

A client that reads slowly does not queue events: for each subject it gets the newest state once it reads again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from services.status_api.errors import TooManyWaiting
from services.status_api.live.changes import Changes

MAX_CLIENTS = 100
MAX_POLLS = 200
INTERVAL_S = 0.25
SLOW_INTERVAL_S = 2.0

Load = Callable[[], Awaitable[Any]]


class Client:
    """One browser: what it has not been told yet, by subject."""

    def __init__(self) -> None:
        self._pending: dict[str, tuple[str, Any]] = {}
        self._polls: dict[str, Any] = {}
        self._ready = asyncio.Event()

    def put(self, event: str, subject: str, data: Any) -> None:
        """The newest state of a subject takes the place of an older one."""
        self._pending[f"{event} {subject}"] = (event, data)
        self._ready.set()

    def put_polls(self, polls: list[dict[str, Any]]) -> None:
        """Polls that changed: of more than can be told, the newest."""
        for poll in polls:
            self._polls.pop(poll["poll_id"], None)
            self._polls[poll["poll_id"]] = poll
        while len(self._polls) > MAX_POLLS:
            self._polls.pop(next(iter(self._polls)))
        if self._polls:
            self._ready.set()

    async def take(self, timeout_s: float) -> bytes:
        """What is new as event-stream bytes; a comment after `timeout_s` without anything."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        except TimeoutError:
            return b": still here\n\n"
        self._ready.clear()
        pending, self._pending = list(self._pending.values()), {}
        if self._polls:
            pending.append(("poll", {"items": list(self._polls.values())}))
            self._polls = {}
        return b"".join(b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data)) for name, data in pending)


class Hub:
    """Tells every browser what changes. `load` names what a snapshot holds: event → coroutine function."""

    def __init__(self, changes: Changes, sweep: Callable[[str | None], Awaitable[Any]], load: dict[str, Load]) -> None:
        self._changes, self._sweep, self._load = changes, sweep, load
        self._clients: set[Client] = set()
        self._told: dict[str, bytes] = {}

    async def join(self) -> Client:
        """A new client with its snapshot. Raises TooManyWaiting."""
        if len(self._clients) >= MAX_CLIENTS:
            raise TooManyWaiting(f"{MAX_CLIENTS} pages follow the live updates already.")
        client = Client()
        self._clients.add(client)
        sweep = await self._sweep(None)
        if sweep is not None:
            client.put("sweep", sweep["id"], sweep)
        for event, load in self._load.items():
            client.put(event, "", await load())
        return client

    def leave(self, client: Client) -> None:
        """The client has gone."""
        self._clients.discard(client)

    async def run(self) -> None:
        """Tells until cancelled."""
        rounds = 0
        while True:
            await asyncio.sleep(INTERVAL_S)
            rounds += 1
            sweeps, polls, printers = self._changes.take()
            if not self._clients:
                continue
            for sweep_id in sorted(sweeps)[:20]:
                if (sweep := await self._sweep(sweep_id)) is not None:
                    self._put("sweep", sweep_id, sweep)
            if polls:
                shown = [
                    {"poll_id": p.poll_id, "printer_id": p.printer_id, "sweep_id": p.sweep_id, "state": str(p.state)}
                    for p in polls
                ]
                for client in self._clients:
                    client.put_polls(shown)
            if printers:
                self._put("printers", "", {"changed": True})
            if rounds % round(SLOW_INTERVAL_S / INTERVAL_S) == 0:
                await self._tell_slow()

    def _put(self, event: str, subject: str, data: Any) -> None:
        for client in self._clients:
            client.put(event, subject, data)

    async def _tell_slow(self) -> None:
        for event, load in self._load.items():
            data = await load()
            text = orjson.dumps(data)
            if self._told.get(event) != text:
                self._told[event] = text
                self._put(event, "", data)
