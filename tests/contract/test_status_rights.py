"""status_api with no more rights on the broker than the table of rights gives it."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import VirtualHost
from tests.support.status import answer_commands, api_of, broker_of, printer, result

pytestmark = pytest.mark.contract


async def test_its_own_broker_user_suffices_for_everything(vhost: VirtualHost, start_service: Any) -> None:
    amqp, management = urlsplit(vhost.amqp_url), urlsplit(vhost.management_url)
    environment = {
        "PRINTSWEEP_AMQP_URL": f"amqp://{amqp.hostname}:{amqp.port}{amqp.path}",
        "PRINTSWEEP_AMQP_USER": "printsweep-status_api",
        "PRINTSWEEP_AMQP_PASSWORD": "only-here",
        "PRINTSWEEP_MANAGEMENT_URL": f"http://{management.hostname}:{management.port}",
    }
    try:
        async with (
            broker_of(vhost, passwords={"status_api": "only-here"}) as bus,
            api_of(bus, start_service, **environment) as api,
        ):
            await bus.send("printers.changed", {"version": 1, "changed": [printer(1)]})
            await bus.send("polls.finished", {"collector": "c", "results": [result(1, "good"), {"bad": 1}]})
            [letter] = (await api.until("/api/dead", lambda b: b["items"]))["items"]
            assert (await api.post("/api/dead/replay", {"ids": [letter["id"]]}))[1]["replayed"] == 1
            async with answer_commands(bus, lambda *_: {"ok": True, "result": {"sweep_id": "s"}}):
                assert (await api.post("/api/sweeps", {}))[0] == 202
            assert (await api.post("/api/glpi/reconcile", {}))[0] == 202
            assert (await api.get("/api/queues"))["error"] is None
            services = await api.until("/api/services", lambda b: any(s["instance"] for s in b["items"]))
            assert not next(s for s in services["items"] if s["role"] == "status_api")["missing"]
    finally:
        vhost.api("DELETE", "users/printsweep-status_api")
