"""The HTTP server around the API, and its own control routes under /lab."""

import asyncio
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from lab.glpi.api import Api, Request
from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.faults import Faults
from lab.glpi.fleet import NORTH, Expected
from lab.glpi.world import World

APP_TOKEN = "lab-app-token-0123456789abcdef0123456789ab"
USER_TOKEN = "lab-user-token-0123456789abcdef0123456789a"
ADMIN_TOKEN = "lab-admin-token-0123456789abcdef012345678"
LOOPBACK = "127.0.0.1"
MAX_BODY = 8 * 1024 * 1024
MAX_ROUTES = 1000


@dataclass(frozen=True)
class Tokens:
    """What a client must present. Public on purpose: they open nothing but the simulator."""

    app: str = APP_TOKEN
    user: str = USER_TOKEN
    admin: str = ADMIN_TOKEN


class GlpiLab:
    """A simulated GLPI on a loopback port: `async with GlpiLab(world) as lab: … lab.url …`.

    `host` is another address to listen on: for a container, which others reach by its own.
    `world`, `api`, `faults` and `requests` may be looked at and changed by tests in the same process.
    """

    def __init__(
        self,
        world: World,
        *,
        expected: dict[str, Expected] | None = None,
        tokens: Tokens | None = None,
        host: str = LOOPBACK,
        port: int = 0,
    ) -> None:
        self.tokens = tokens or Tokens()
        self.world = world
        self.api = Api(world, self.tokens.app)
        self.expected = expected or {}
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.hanging = 0
        self.hung = asyncio.Event()  # set while at least one call hangs
        self._unhang = asyncio.Event()
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def dialect(self) -> Dialect:
        """The release's ways."""
        return self.world.dialect

    @property
    def origin(self) -> str:
        """http://127.0.0.1:PORT, or with the address that was asked for."""
        host = LOOPBACK if self._host == "0.0.0.0" else self._host  # noqa: S104 - is only compared with
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The API's address, as a client is configured with it."""
        return f"{self.origin}/{self.dialect.bases[0]}"

    @property
    def control_url(self) -> str:
        """The address of the control routes."""
        return f"{self.origin}/lab"

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_get("/lab/expected", self._expected)
        app.router.add_get("/lab/requests", self._requests)
        app.router.add_get("/lab/faults", self._faults)
        app.router.add_post("/lab/faults", self._faults)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop at once; hanging calls are cut."""
        self._unhang.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def set_faults(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Switch faults and return the new state; ValueError for what is unknown."""
        wanted = dict(wanted)
        expire = wanted.pop("expire_session", False)
        self.faults.change(wanted)
        if expire:
            self.api.sessions.expire_all()
        self.api.sessions.reject_all = self.faults.reject_sessions
        if not self.faults.hang:
            self._unhang.set()
            self._unhang = asyncio.Event()
        return self.faults.state()

    async def _serve(self, http: web.Request) -> web.Response:
        path = http.path.lstrip("/")
        base = next((known for known in self.dialect.bases if f"{path}/".startswith(f"{known}/")), None)
        if base is None:
            return web.Response(
                status=404, text="<!DOCTYPE html>\n<title>404 Not Found</title>", content_type="text/html"
            )
        request = Request(
            method=http.method,
            path=path.removeprefix(base),
            query=http.rel_url.raw_query_string,
            headers={name.lower(): value for name, value in http.headers.items()},
            body=await http.read(),
            base=f"{self.origin}/{base}",
        )
        steps = ["ID" if step.isdigit() else step for step in request.steps[:3]]
        route = f"{http.method} {'/'.join(steps)}"
        self.requests[route if route in self.requests or len(self.requests) < MAX_ROUTES else "other"] += 1
        if self.faults.slow:
            await asyncio.sleep(self.faults.slow)
        if self.faults.hang:
            await self._hang()
        return _response(self._answer(request), text_first=self.faults.text_before_json)

    async def _hang(self) -> None:
        self.hanging += 1
        self.hung.set()
        try:
            await self._unhang.wait()
        finally:
            self.hanging -= 1
            if not self.hanging:
                self.hung.clear()

    def _answer(self, request: Request) -> Answer:
        try:
            fault = self.faults.answer(self.dialect)
        except ApiError as error:
            return error.answer(request.base)
        if fault is not None:
            return fault
        answer = self.api.handle(request)
        self._move_count(answer)
        return answer

    def _move_count(self, answer: Answer) -> None:
        """After every page but the last one a printer appears, as long as the fault is on."""
        if self.faults.count_moves and answer.status == 206:
            self.faults.count_moves -= 1
            number = len(self.world.printers) + 1
            self.world.add_printer(f"appeared-{number}", f"APPEARED{number:06}", entities_id=NORTH)

    async def _expected(self, _http: web.Request) -> web.Response:
        devices = {device: expected.document(self.world) for device, expected in self.expected.items()}
        return web.json_response({"version": self.dialect.version, "devices": devices})

    async def _requests(self, _http: web.Request) -> web.Response:
        return web.json_response(
            {"total": self.requests.total(), "routes": dict(self.requests), "hanging": self.hanging}
        )

    async def _faults(self, http: web.Request) -> web.Response:
        if http.method == "GET":
            return web.json_response(self.faults.state())
        try:
            wanted = await http.json()
            return web.json_response(self.set_faults(wanted))
        except (ValueError, TypeError) as error:  # no JSON, no object, an unknown fault
            return web.json_response({"error": str(error)}, status=400)


def _response(answer: Answer, *, text_first: bool) -> web.Response:
    body = answer.body
    if not isinstance(body, bytes):
        html = answer.content_type.startswith("text/html")
        body = (body if html else json.dumps(body, ensure_ascii=False, separators=(",", ":"))).encode()
        if text_first and not html:
            body = b"\nWarning: Undefined array key 5 in Printer.php on line 346\n" + body
    headers = {"Content-Type": answer.content_type, "X-Powered-By": "PHP/8.2.35", **(answer.headers or {})}
    return web.Response(status=answer.status, body=body, headers=headers)


def ready_document(lab: GlpiLab) -> dict[str, Any]:
    """What a program that started the simulator needs to know."""
    return {
        "pid": os.getpid(),
        "url": lab.url,
        "control_url": lab.control_url,
        "app_token": lab.tokens.app,
        "user_token": lab.tokens.user,
        "version": lab.dialect.version,
    }


def write_ready_file(path: Path, document: dict[str, Any]) -> None:
    """Write `document` so that a reader sees all of it or nothing."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(json.dumps(document))
    draft.replace(path)
