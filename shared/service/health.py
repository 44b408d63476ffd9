"""/livez, /readyz and /metrics.

Live means: the event loop turns and, while there is work in hand, progress is made. A broker that is away does not
make a service dead (a restart would not bring it back): that is what /readyz says.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import PrintsweepError
from shared.metrics import BROKER_UP, IN_FLIGHT
from shared.service.base import Service


class PortTaken(PrintsweepError):
    """The port is in use."""


def health_routes(service: Service[Any], stuck: Callable[[], str]) -> list[web.RouteDef]:
    """The three routes. `stuck` returns why the process counts as stuck, or an empty text."""

    async def livez(_: web.Request) -> web.Response:
        reason = stuck()
        return web.json_response({"ok": not reason, "reason": reason}, status=503 if reason else 200)

    async def readyz(_: web.Request) -> web.Response:
        conditions = service.readiness()
        ok = all(c.ok for c in conditions)
        listed = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in conditions]
        body = {
            "ok": ok,
            "role": service.role,
            "instance": service.instance,
            "state": service.state,
            "conditions": listed,
        }
        return web.json_response(body, status=200 if ok else 503)

    async def metrics(_: web.Request) -> web.Response:
        IN_FLIGHT.set(sum(c.in_flight for c in service.consumers))
        BROKER_UP.labels("publisher").set(service.publisher.link.is_up)
        for number, consumer in enumerate(service.consumers):
            BROKER_UP.labels(f"consumer{number}").set(consumer.link.is_up)
        return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def listen(runner: web.AppRunner, host: str, port: int, name: str) -> int:
    """Starts listening; returns the port. Raises PortTaken with the setting to change."""
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise PortTaken(
            f"{host}:{port} ({error.strerror}). Set {name} to another port, or end the program that holds it."
        ) from error
    return int(runner.addresses[-1][1])
