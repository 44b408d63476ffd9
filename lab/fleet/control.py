"""Control over HTTP, on loopback only: what each device holds, how often it was asked, and how to change it.

GET /livez, /fleet, /devices, /devices/{id}, /inventory.csv?site=a,b&profile=lab&profile_v1=lab-v1
POST /devices/{id} {see change.py}, /growth {"paused": bool}, /tick, /reset-asked
Errors are {"error": sentence} with status 400 or 404.
"""

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from lab.fleet.change import ChangeError, change
from lab.fleet.device import Asked, Device
from lab.fleet.report import PROFILE, PROFILE_V1, describe, inventory

if TYPE_CHECKING:
    from lab.fleet.fleet import Fleet

MOST_BODY = 64 * 1024
SLICE = 100


def application(fleet: "Fleet") -> web.Application:
    """Return the web application of a fleet."""
    control = Control(fleet)
    app = web.Application(client_max_size=MOST_BODY, middlewares=[_errors])
    app.add_routes(
        [
            web.get("/livez", control.livez),
            web.get("/fleet", control.fleet_state),
            web.get("/devices", control.devices),
            web.get("/devices/{id}", control.device),
            web.post("/devices/{id}", control.change),
            web.post("/growth", control.growth),
            web.post("/tick", control.tick),
            web.post("/reset-asked", control.reset_asked),
            web.get("/inventory.csv", control.inventory),
        ]
    )
    return app


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except ChangeError as error:
        return web.json_response({"error": str(error)}, status=400)
    return answer


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ChangeError(f"the body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ChangeError("the body must be a JSON object")
    return body


class Control:
    """The handlers."""

    def __init__(self, fleet: "Fleet") -> None:
        self._fleet = fleet

    def _find(self, request: web.Request) -> Device:
        device = self._fleet.by_id.get(request.match_info["id"])
        if device is None:
            raise web.HTTPNotFound(
                text=json.dumps({"error": f"no device {request.match_info['id']}"}), content_type="application/json"
            )
        return device

    async def livez(self, _: web.Request) -> web.Response:
        """Say that the loop runs."""
        return web.json_response({"status": "ok"})

    async def fleet_state(self, _: web.Request) -> web.Response:
        """Show growth, traffic and the granted receive buffer."""
        fleet = self._fleet
        return web.json_response(
            {
                "printers": len(fleet.devices),
                "udp_port": fleet.port,
                "seed": fleet.settings.seed,
                "paused": fleet.paused,
                "ticks": fleet.ticks,
                "receive_buffer": fleet.endpoint.buffer,
                "traffic": dataclasses.asdict(fleet.endpoint.traffic)
                | {"malformed": fleet.exchange.malformed, "unanswered": fleet.exchange.unanswered},
            }
        )

    async def devices(self, request: web.Request) -> web.StreamResponse:
        """List all devices, in slices, so that a large fleet goes on answering meanwhile."""
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        await response.prepare(request)
        await response.write(b'{"devices": [')
        for first in range(0, len(self._fleet.devices), SLICE):
            shown = [json.dumps(describe(row, self._fleet.port)) for row in self._fleet.devices[first : first + SLICE]]
            await response.write((", " * bool(first) + ", ".join(shown)).encode())
            await asyncio.sleep(0)
        await response.write(b"]}")
        await response.write_eof()
        return response

    async def device(self, request: web.Request) -> web.Response:
        """Show one device."""
        return web.json_response(describe(self._find(request), self._fleet.port))

    async def change(self, request: web.Request) -> web.Response:
        """Change one device and show it."""
        device = self._find(request)
        change(device, await _body(request), self._fleet.settings.reboot_silence)
        return web.json_response(describe(device, self._fleet.port))

    async def growth(self, request: web.Request) -> web.Response:
        """Pause or resume the ticks of the clock; POST /tick works meanwhile."""
        paused = (await _body(request)).get("paused")
        if not isinstance(paused, bool):
            raise ChangeError("paused must be true or false")
        self._fleet.paused = paused
        return web.json_response({"paused": paused, "ticks": self._fleet.ticks})

    async def tick(self, _: web.Request) -> web.Response:
        """Let all devices print once, also while the growth is paused."""
        return web.json_response({"ticks": await self._fleet.tick()})

    async def reset_asked(self, _: web.Request) -> web.Response:
        """Count from zero how often the devices are asked."""
        for device in self._fleet.devices:
            device.asked = Asked()
        return web.json_response({"printers": len(self._fleet.devices)})

    async def inventory(self, request: web.Request) -> web.Response:
        """Return the fleet as CSV."""
        fleet, query = self._fleet, request.query
        sites = tuple(filter(None, query.get("site", "").split(","))) or fleet.settings.sites
        rows = inventory(
            fleet.devices, fleet.port, sites, query.get("profile", PROFILE), query.get("profile_v1", PROFILE_V1)
        )
        return web.Response(text=rows, content_type="text/csv")
