"""GET /api/events: server-sent events."""

import asyncio
from typing import Any

from aiohttp import web

from services.status_api.api.route import Call

_KEEP_ALIVE_S = 15.0
_WRITE_S = 30.0


async def events(call: Call) -> Any:
    """A snapshot, then what changes. A client that does not read for half a minute is let go: it connects again."""
    hub = call.parts.hub
    client = await hub.join()
    try:
        response = web.StreamResponse(
            headers={"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
        )
        await response.prepare(call.request)
        await response.write(b"retry: 2000\n\n")
        while True:
            data = await client.take(_KEEP_ALIVE_S)
            async with asyncio.timeout(_WRITE_S):
                await response.write(data)
    except (ConnectionError, TimeoutError):
        return response
    finally:
        hub.leave(client)
