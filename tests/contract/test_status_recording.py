"""status_api as a process: what the services tell over RabbitMQ comes out of its HTTP API."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support import VirtualHost
from tests.support.status import Api, Broker, at, broker_of, new_id, printer, reading, result

pytestmark = pytest.mark.contract


@pytest.fixture
async def bus(vhost: VirtualHost) -> AsyncIterator[Broker]:
    async with broker_of(vhost) as found:
        yield found


@pytest.fixture
async def api(bus: Broker, start_service: Any) -> AsyncIterator[Api]:
    process = start_service(
        "services.status_api", bus.vhost.environment | {"PRINTSWEEP_STATUS_API_PORT": "0"}, name="status_api"
    )
    info = await process.ready()
    async with aiohttp.ClientSession() as session:
        yield Api(info["url"], session)


async def open_sweep(bus: Broker, ids: list[int]) -> tuple[str, dict[int, str]]:
    sweep_id = new_id()
    polls = {i: new_id() for i in ids}
    await bus.send("printers.changed", {"version": 1, "changed": [printer(i) for i in ids]})
    await bus.send(
        "sweep.opened",
        {
            "sweep_id": sweep_id,
            "slot": at(),
            "opened_at": at(1),
            "reason": "scheduled",
            "counts": {"planned": len(ids)},
        },
    )
    await bus.send(
        "polls.requested",
        {
            "sweep_id": sweep_id,
            "lane": "routine",
            "requested_at": at(2),
            "polls": [{"poll_id": p, "printer_id": i, "site": "main"} for i, p in polls.items()],
        },
    )
    return sweep_id, polls


async def test_a_sweep_from_its_opening_to_a_late_result(bus: Broker, api: Api) -> None:
    sweep_id, polls = await open_sweep(bus, [1, 2, 3, 4])
    await bus.send("polls.started", {"collector": "c", "at": at(3), "polls": [polls[1], polls[2], polls[3]]})
    results = [
        result(1, polls[1], sweep_id=sweep_id, reading=reading(1234, "SER-1", counters={"color": 200})),
        result(2, polls[2], sweep_id=sweep_id, state="FAILED"),
    ]
    await bus.send("polls.finished", {"collector": "c", "results": results})
    sweep = await api.until(f"/api/sweeps/{sweep_id}", lambda s: s["done"] == 1 and s["failed"] == 1)
    assert (sweep["in_progress"], sweep["waiting"], sweep["requested"], sweep["state"]) == (1, 1, 4, "open")

    counts = {"planned": 4, "requested": 4, "done": 1, "failed": 1, "expired": 2}
    await bus.send("sweep.closed", {"sweep_id": sweep_id, "closed_at": at(60), "counts": counts})
    await bus.send(
        "polls.finished", {"collector": "c", "results": [result(3, polls[3], sweep_id=sweep_id, seconds=70)]}
    )
    sweep = await api.until("/api/sweeps/latest", lambda s: s["late"] == 1)
    assert (sweep["done"], sweep["expired"], sweep["state"]) == (1, 2, "closed")  # closed counts stay

    poll = await api.get(f"/api/polls/{polls[3]}")
    assert (poll["state"], poll["late"]) == ("DONE", True)
    assert poll["reading_id"] is not None
    found = await api.get("/api/printers/1")
    assert (found["total"], found["serial"], found["counters"]) == (1234, "SER-1", {"total": 1234, "color": 200})
    assert found["reading"]["counters"]["total"]["oid"] == "1.3.6.1"
    assert [p["poll_id"] for p in found["polls"]] == [polls[1]]
    failed = await api.get("/api/printers?state=FAILED")
    assert [p["id"] for p in failed["items"]] == [2]
    assert failed["items"][0]["poll_error"]["code"] == "no_answer"
    summary = await api.get("/api/summary")
    assert summary["printers"]["by_state"] == {"DONE": 2, "FAILED": 1, "NEVER": 1}
