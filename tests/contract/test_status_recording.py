"""status_api as a process: what the services tell over RabbitMQ comes out of its HTTP API."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from shared.messages.envelope import build
from shared.messages.kinds import kind
from shared.topology.table import DEAD_RECORD
from tests.support import VirtualHost
from tests.support.eventually import eventually
from tests.support.status import Api, Broker, api_of, at, broker_of, new_id, printer, reading, result

pytestmark = pytest.mark.contract


@pytest.fixture
async def bus(vhost: VirtualHost) -> AsyncIterator[Broker]:
    async with broker_of(vhost) as found:
        yield found


@pytest.fixture
async def api(bus: Broker, start_service: Any) -> AsyncIterator[Api]:
    async with api_of(bus, start_service, PRINTSWEEP_BEAT_INTERVAL_S="1") as found:
        yield found


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


async def test_a_bad_result_goes_alone_and_its_neighbours_are_recorded(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1), printer(2)]})
    good, bad = new_id(), new_id()
    results = [result(1, good), result(2, bad, reading=reading() | {"counters": {"total": {"value": -3}}})]
    await bus.send("polls.finished", {"collector": "c", "results": results})
    await api.until("/api/polls?printer_id=1&state=DONE", lambda b: len(b["items"]) == 1)
    assert (await api.get("/api/printers/2"))["total"] is None
    assert (await api.get("/api/polls?printer_id=2"))["items"] == []
    dead = await api.until("/api/dead", lambda b: len(b["items"]) == 1)
    letter = await api.get(f"/api/dead/{dead['items'][0]['id']}")
    assert (letter["queue"], letter["error_type"]) == (DEAD_RECORD, "ResultInvalid")
    assert "counters" in letter["error_message"]
    assert [r["poll_id"] for r in orjson.loads(letter["body"])["results"]] == [bad]


async def test_an_unknown_kind_is_a_dead_letter(bus: Broker, api: Api) -> None:
    message = build(kind("polls.started"), {"<script>": "\u202e"})
    message.type = "polls.invented.v9"
    await bus.raw(message, "record", "polls.invented")
    [letter] = (await api.until("/api/dead", lambda b: b["items"]))["items"]
    assert (letter["kind"], letter["error_type"]) == ("polls.invented.v9", "UnknownKind")
    assert (await api.get("/api/dead/groups"))["items"][0]["count"] == 1


async def test_the_inventory_may_come_after_the_reading(bus: Broker, api: Api) -> None:
    await bus.send("polls.finished", {"collector": "c", "results": [result(5, new_id(), reading=reading(77))]})
    held = (await api.until("/api/readings?quarantined=1", lambda b: b["items"]))["items"]
    assert (held[0]["why"], held[0]["total"]) == ("unmatched", 77)
    status, problem = await api.post(f"/api/readings/{held[0]['id']}/release")
    assert (status, problem["code"]) == (409, "not_releasable")
    await bus.send("printers.changed", {"version": 1, "changed": [printer(5)]})
    found = await api.until("/api/printers/5", lambda p: p["total"] == 77)
    assert not found["quarantined"]
    assert (await api.get("/api/readings?quarantined=1"))["items"] == []


async def test_a_held_reading_is_released_by_a_person(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1)]})
    for seconds, total in ((10, 50_000), (20, 100)):
        body = {"collector": "c", "results": [result(1, new_id(), seconds=seconds, reading=reading(total))]}
        await bus.send("polls.finished", body)
    found = await api.until("/api/printers/1", lambda p: p["quarantined"])
    assert found["total"] == 50_000
    [held] = (await api.get("/api/readings?quarantined=1&printer_id=1"))["items"]
    assert (await api.post(f"/api/readings/{held['id']}/release"))[0] == 200
    found = await api.get("/api/printers/1")
    assert (found["total"], found["quarantined"]) == (100, False)
    assert (await api.post(f"/api/readings/{held['id']}/release"))[0] == 409
    assert (await api.post("/api/readings/99999/release"))[0] == 404
    history = await api.get("/api/printers/1/history?days=3650")
    assert [e["kind"] for e in history["events"]] == ["quarantined", "released"]
    assert [c["total"] for c in history["counters"]] == [50_000, 100]
    assert (await api.get("/api/audit"))["items"][0]["action"] == "reading.release"


async def test_a_device_that_moves_leaves_a_trace_on_both_sides(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1), printer(2)]})
    await bus.send("polls.finished", {"collector": "c", "results": [result(1, new_id(), reading=reading(serial="M"))]})
    await api.until("/api/printers/1", lambda p: p["serial"] == "M")
    moved = result(2, new_id(), seconds=20, reading=reading(serial="M"))
    await bus.send("polls.finished", {"collector": "c", "results": [moved]})
    await api.until("/api/printers/2", lambda p: p["serial"] == "M")
    for printer_id, key in ((1, "to_printer_id"), (2, "from_printer_id")):
        events = (await api.get(f"/api/printers/{printer_id}/history?days=3650"))["events"]
        assert [e[key] for e in events if e["kind"] == "moved"] == [3 - printer_id]


async def test_versions_decide_over_the_order_of_the_inventory(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 5, "changed": [printer(1, name="new"), printer(2)]})
    await bus.send("printers.changed", {"version": 4, "changed": [printer(1, name="old")], "removed": []})
    await bus.send("printers.changed", {"version": 6, "removed": [2]})
    await bus.send("printers.changed", {"version": 3, "changed": [printer(2)]})
    await bus.send("printers.changed", {"version": 7, "changed": [printer(3)]})
    found = await api.until("/api/printers", lambda b: [p["id"] for p in b["items"]] == [1, 3])
    assert [(p["id"], p["name"]) for p in found["items"]] == [(1, "new"), (3, "Printer 3")]
    # A snapshot in two parts, the second first: what no part names is gone.
    part = {"id": "snap", "parts": 2, "total": 2}
    await bus.send("printers.changed", {"version": 9, "changed": [printer(4)], "snapshot": part | {"part": 2}})
    await bus.send("printers.changed", {"version": 8, "changed": [printer(1)], "snapshot": part | {"part": 1}})
    found = await api.until("/api/printers", lambda b: [p["id"] for p in b["items"]] == [1, 4])


async def test_verdicts_and_passes(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1), printer(2)]})
    status, asked = await api.post("/api/glpi/reconcile", {"dry_run": True})
    assert status == 202
    assert (await api.get(f"/api/glpi/passes/{asked['pass_id']}"))["state"] == "requested"
    assert await bus.depth("glpi.request") == 1
    told = {"pass_id": asked["pass_id"], "started_at": at(), "dry_run": True}
    done = told | {"state": "done", "finished_at": at(9), "glpi_printers": 3, "counts": {"NOT_FOUND": 1}}
    await bus.send("glpi.reconciled", done)
    await bus.send("glpi.reconciled", told | {"state": "running"})  # late: it stays done
    match = {"id": 12, "name": "P", "entity": "Root"}
    verdict = {"printer_id": 1, "serial": "S", "verdict": "FOUND_SINGLE", "matches": [match], "checked_at": at(5)}
    older = verdict | {"verdict": "NOT_FOUND", "matches": [], "checked_at": at(1)}
    await bus.send("glpi.checked", {"verdicts": [verdict]})
    await bus.send("glpi.checked", {"verdicts": [older]})
    await bus.send("printers.changed", {"version": 2, "changed": [printer(3)]})
    await api.until("/api/glpi/summary", lambda s: s["counts"] == {"FOUND_SINGLE": 1, "UNCHECKED": 2})
    found = await api.get(f"/api/glpi/passes/{asked['pass_id']}")
    assert (found["state"], found["counts"], found["dry_run"]) == ("done", {"NOT_FOUND": 1}, True)
    [row] = (await api.get("/api/glpi/verdicts?verdict=FOUND_SINGLE"))["items"]
    assert row["matches"][0]["id"] == 12
    assert [p["id"] for p in (await api.get("/api/printers?verdict=UNCHECKED"))["items"]] == [2, 3]


async def test_a_kill_between_messages_loses_and_doubles_nothing(bus: Broker, start_service: Any) -> None:
    environment = bus.vhost.environment | {"PRINTSWEEP_STATUS_API_PORT": "0"}
    process = start_service("services.status_api", environment, name="status_api")
    await process.ready()
    ids = list(range(1, 201))
    sweep_id, polls = await open_sweep(bus, ids)
    for start in range(0, 200, 20):
        results = [result(i, polls[i], sweep_id=sweep_id) for i in ids[start : start + 20]]
        await bus.send("polls.finished", {"collector": "c", "results": results})
        if start == 100:
            process.kill()
    process.start()
    info = await process.ready()
    async with aiohttp.ClientSession() as session:
        api = Api(info["url"], session)
        sweep = await api.until(f"/api/sweeps/{sweep_id}", lambda s: s["done"] == 200)
        assert (sweep["waiting"], sweep["in_progress"], sweep["requested"]) == (0, 0, 200)
        seen: list[int] = []
        cursor = ""
        while True:  # pages neither overlap nor leave gaps
            page = await api.get(f"/api/readings?limit=70{cursor}")
            seen += [r["printer_id"] for r in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == ids
    await eventually(lambda: _empty(bus), what="everything being acked")


async def _empty(bus: Broker) -> bool:
    return await bus.depth("status.record") == 0


async def test_beats_tell_who_lives(bus: Broker, api: Api) -> None:
    beat = {"role": "collector", "instance": "c1", "version": "1", "host": "h", "pid": 1, "started_at": at()}
    await bus.send("service.beat", beat | {"at": at(5), "state": "running", "in_flight": 3, "done": 9})
    found = await api.until("/api/services", lambda b: any(s["instance"] == "c1" for s in b["items"]))
    by_role = {s["role"]: s for s in found["items"]}
    assert (by_role["collector"]["missing"], by_role["collector"]["in_flight"]) == (False, 3)
    assert by_role["scheduler"]["state"] == "absent"
    await bus.send("service.beat", beat | {"at": at(6), "state": "stopped"})

    def gone(body: Any) -> bool:
        return {s["role"] for s in body["items"] if s["missing"]} == {"collector", "scheduler", "glpi_sync"}

    await api.until("/api/services", gone, 30)  # three intervals to be heard, then missing
    status, metrics = await api.call("GET", "/metrics")
    await api.until("/api/health", lambda h: h["checked_at"])
    assert (status, "printsweep_printers_low" in metrics) == (200, True)


async def test_queues_and_health(bus: Broker, api: Api) -> None:
    found = await api.get("/api/queues")
    assert "poll.main.routine" in {q["name"] for q in found["items"]}
    queue = (
        await api.until(
            "/api/queues",
            lambda b: [q for q in b["items"] if q["name"] == "poll.main.urgent" and q["state"] == "no_consumers"],
        )
    )["items"][0]
    assert queue["limit"] == 10_000
    health = await api.until(
        "/api/health", lambda h: any(f["subject"] == "poll.main.urgent" for f in h["findings"]), 40
    )
    assert not health["ok"]
    status, metrics = await api.call("GET", "/metrics")
    assert status == 200
    assert "printsweep_finding{" in metrics
