"""A real RabbitMQ for the tests: one for the whole run, a virtual host per test, or a node of one's own to kill."""

import asyncio
import json
import os
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from cli.local.broker.installed import find
from cli.local.broker.node import Node
from tests.support.eventually import eventually
from tests.support.loop import LoopThread


@dataclass(frozen=True)
class VirtualHost:
    """One virtual host of a broker, with the administrator's login in both addresses."""

    name: str
    amqp_url: str
    management_url: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a service that uses this virtual host."""
        return {"PRINTSWEEP_AMQP_URL": self.amqp_url, "PRINTSWEEP_MANAGEMENT_URL": self.management_url}

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Call the management API: `path` after /api/, `{vhost}` standing for this virtual host, quoted."""
        return management_call(self.management_url, method, path.replace("{vhost}", quote(self.name, safe="")), body)


class BrokerHandle:
    """A broker that the tests may use. `amqp_url` and `management_url` hold the administrator's login."""

    def __init__(self, amqp_url: str, management_url: str, node: Node | None = None) -> None:
        self.amqp_url = amqp_url
        self.management_url = management_url
        self.node = node
        self._loop: LoopThread | None = None

    @classmethod
    def private(cls, folder: Path) -> "BrokerHandle":
        """Start a node of our own in `folder`."""
        installed = find()
        if installed is None:
            pytest.fail("rabbitmq-server is not installed; `./printsweep test` installs it where it can")
        loop = LoopThread("broker")
        node = Node(folder, installed)
        try:
            loop.call(node.start())
        except BaseException:
            loop.close()
            raise
        user = f"{node.user}:{quote(node.password, safe='')}"
        handle = cls(node.url, node.management_url.replace("://", f"://{user}@"), node)
        handle._loop = loop
        return handle

    @classmethod
    def named(cls) -> "BrokerHandle | None":
        """The broker of PRINTSWEEP_TEST_AMQP_URL and PRINTSWEEP_TEST_MANAGEMENT_URL, if they are set."""
        amqp, management = (os.environ.get(f"PRINTSWEEP_TEST_{n}_URL") for n in ("AMQP", "MANAGEMENT"))
        return cls(amqp, management) if amqp and management else None

    def _own(self) -> tuple[Node, LoopThread]:
        if self.node is None or self._loop is None:
            pytest.fail("this broker is not ours to stop: use the fixture own_broker")
        return self.node, self._loop

    async def kill(self) -> None:
        """Kill the broker as a crash would; data stays.

        RabbitMQ 3.10 writes the registration of a new quorum queue to disk about a second after it is declared. A crash
        before that leaves the queue without a leader for good, which is not what a test of ours is about: wait for it.
        """
        node, loop = self._own()
        await eventually(lambda: asyncio.to_thread(self._is_registered), 30, "all quorum queues being on disk")
        await loop.forward(node.kill())

    def _is_registered(self) -> bool:
        node, _ = self._own()
        found = management_call(self.management_url, "GET", "queues?columns=name,vhost,type")
        quorum = [f"{quote(q['vhost'], safe='')}_{q['name']}" for q in found if q.get("type") == "quorum"]
        written = b"".join(path.read_bytes() for path in node.files.folder.glob("data/*/quorum/*/names.dets"))
        return all(name.encode() in written for name in quorum)

    async def stop(self) -> None:
        """Stop it in order, epmd too."""
        node, loop = self._own()
        await loop.forward(node.stop())

    async def start(self) -> None:
        """Bring it back at the same addresses, with its data."""
        node, loop = self._own()
        await loop.forward(node.start())

    async def restart(self) -> None:
        """Kill and start."""
        await self.kill()
        await self.start()

    def close(self) -> None:
        """End what we started; its folder is thrown away, so there is nothing to save."""
        if self.node is not None and self._loop is not None:
            self._loop.call(self.node.kill_all())
            self._loop.close()

    def new_vhost(self) -> VirtualHost:
        """Make a fresh virtual host."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        user = unquote(urlsplit(self.management_url).username or "guest")
        management_call(self.management_url, "PUT", f"vhosts/{name}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        management_call(self.management_url, "PUT", f"permissions/{name}/{quote(user, safe='')}", everything)
        return VirtualHost(name, f"{self.amqp_url.rstrip('/')}/{name}", self.management_url)

    def delete_vhost(self, vhost: VirtualHost) -> None:
        """Delete it with all that is in it; the broker closes the connections to it."""
        management_call(self.management_url, "DELETE", f"vhosts/{vhost.name}")


def management_call(url: str, method: str, path: str, body: object = None, timeout: float = 20.0) -> Any:
    """One request to RabbitMQ's management API; the decoded answer, or None for an empty one."""
    parts = urlsplit(url)
    login = f"{unquote(parts.username or 'guest')}:{unquote(parts.password or 'guest')}"
    request = urllib.request.Request(  # noqa: S310 - the tests' own broker
        f"{parts.scheme}://{parts.hostname}:{parts.port}/api/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "authorization": "Basic " + b64encode(login.encode()).decode(),
            "content-type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None
    return json.loads(text) if text else None


async def management_call_async(url: str, method: str, path: str, body: object = None) -> Any:
    """The same without blocking the loop."""
    return await asyncio.to_thread(management_call, url, method, path, body)
