"""Dead letters: indexed, listed, and replayed without a loss to their neighbours."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiormq.exceptions import DeliveryError

from shared.broker.deadletters import Reporter, dead_letter
from shared.errors import MalformedMessage
from shared.messages.envelope import Envelope, build
from shared.messages.kinds import kind
from tests.support import VirtualHost, eventually
from tests.support.status import Api, Broker, api_of, at, broker_of, new_id, printer, result

pytestmark = pytest.mark.contract


@pytest.fixture
async def bus(vhost: VirtualHost) -> AsyncIterator[Broker]:
    async with broker_of(vhost) as found:
        yield found


@pytest.fixture
async def api(bus: Broker, start_service: Any) -> AsyncIterator[Api]:
    async with api_of(bus, start_service) as found:
        yield found


def request(printer_id: int, poll_id: str, **more: Any) -> dict[str, Any]:
    body = {"poll_id": poll_id, "printer_id": printer_id, "address": f"10.0.0.{printer_id}", "profile": "default"}
    return body | {"site": "main", "lane": "urgent", "requested_at": at(), "budget_s": 60, **more}


async def park(bus: Broker, name: str, body: Any, queue: str, *, message_id: str | None = "") -> None:
    """What a consumer of `queue` does with a message that it cannot handle."""
    built = build(kind(name), body, Envelope())
    if message_id != "":
        built.message_id = message_id

    class Raw:
        class header:  # noqa: N801 - stands for aiormq's object
            properties = built.properties

        body = built.body

    message, exchange = dead_letter(Raw, queue, MalformedMessage("nonsense"), Reporter("collector", "0"))  # type: ignore[arg-type]
    if message_id is None:
        message.message_id = None
    await bus.raw(message, exchange, queue)


async def letters(api: Api, count: int, query: str = "") -> list[dict[str, Any]]:
    page = await api.until(f"/api/dead?limit=1000{query}", lambda b: len(b["items"]) == count)
    return list(page["items"])


async def test_a_dead_poll_request_is_a_dead_poll_and_its_replay_a_new_one(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1)]})
    old, sweep_id = new_id(), new_id()
    opened = {"sweep_id": sweep_id, "slot": at(), "opened_at": at(), "reason": "ordered", "counts": {"planned": 1}}
    await bus.send("sweep.opened", opened)
    await park(bus, "poll.request", request(1, old, sweep_id=sweep_id), "poll.main.urgent")
    poll = await api.until(f"/api/polls?sweep_id={sweep_id}", lambda b: b["items"] and b["items"][0]["state"] == "DEAD")
    assert poll["items"][0]["error"]["code"] == "MalformedMessage"
    assert (await api.get(f"/api/sweeps/{sweep_id}"))["dead"] == 1
    [letter] = await letters(api, 1)
    assert (letter["queue"], letter["origin"], letter["printer_id"]) == ("dead.poll", "poll.main.urgent", 1)

    status, outcome = await api.post("/api/dead/replay", {"ids": [letter["id"]]})
    assert (status, outcome["replayed"], outcome["skipped"]) == (200, 1, [])
    [new] = outcome["polls"]
    poll = await api.get(f"/api/polls/{new}")
    assert (poll["state"], poll["replay_of"], poll["sweep_id"], poll["printer_id"]) == ("PENDING", old, None, 1)
    sent = await bus.take("poll.main.urgent")
    assert sent is not None
    body = orjson.loads(sent.body)
    assert (body["poll_id"], body["replay_of"], body.get("sweep_id")) == (new, old, None)
    assert sent.headers["x-replayed"] == 1
    assert await bus.depth("dead.poll") == 0
    shown = await api.get(f"/api/dead/{letter['id']}")
    assert (shown["state"], shown["replayed_by"]) == ("replayed", "local")
    # A second replay finds that it was done.
    status, outcome = await api.post("/api/dead/replay", {"ids": [letter["id"], "nobody"]})
    assert (outcome["replayed"], len(outcome["skipped"])) == (0, 2)
    assert (await api.get("/api/audit"))["items"][0]["action"] == "dead.replay"


async def test_a_replayed_result_is_recorded_and_its_neighbours_stay_in_place(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(i) for i in range(1, 8)]})
    for i in range(1, 8):
        await park(bus, "polls.finished", {"collector": "c", "results": [result(i, f"poll{i}")]}, "status.record")
    found = {
        orjson.loads((await api.get(f"/api/dead/{letter['id']}"))["body"])["results"][0]["printer_id"]: letter["id"]
        for letter in await letters(api, 7)
    }
    status, trial = await api.post("/api/dead/replay", {"queue": "dead.record", "dry_run": True})
    assert (status, trial["matched"], trial["replayed"]) == (200, 7, 0)
    status, outcome = await api.post("/api/dead/replay", {"ids": [found[3], found[5]]})
    assert (outcome["replayed"], outcome["matched"]) == (2, 2)
    await api.until("/api/polls?state=DONE", lambda b: {p["poll_id"] for p in b["items"]} == {"poll3", "poll5"})
    await eventually(lambda: _depth_is(bus, "dead.record", 5), what="five dead letters left")
    rest = [await bus.take("dead.record") for _ in range(5)]
    left = [orjson.loads(m.body)["results"][0]["poll_id"] for m in rest if m is not None]
    assert left == ["poll1", "poll2", "poll4", "poll6", "poll7"]
    # They are gone from the queue now, which a replay says.
    status, outcome = await api.post("/api/dead/replay", {"ids": [found[1]]})
    assert outcome["skipped"] == [{"id": found[1], "why": "It is no longer in the queue."}]


async def _depth_is(bus: Broker, queue: str, depth: int) -> bool:
    return await bus.depth(queue) == depth


async def test_replay_by_kind_reason_and_limit(bus: Broker, api: Api) -> None:
    for _ in range(3):
        await park(bus, "polls.started", {"collector": "c", "at": at(), "polls": [new_id()]}, "status.record")
    await park(bus, "sweep.closed", {"sweep_id": "s", "closed_at": at(), "counts": {}}, "status.record")
    await letters(api, 4)
    assert [g["count"] for g in (await api.get("/api/dead/groups"))["items"]] == [3, 1]
    assert len((await api.get("/api/dead?kind=polls.started"))["items"]) == 3
    which = {"queue": "dead.record", "kind": "polls.started", "reason": "parked"}
    status, outcome = await api.post("/api/dead/replay", which | {"limit": 2})
    assert (status, outcome["replayed"]) == (200, 2)
    await eventually(lambda: _depth_is(bus, "dead.record", 2), what="two dead letters left")
    status, outcome = await api.post("/api/dead/replay", which | {"reason": "expired"})
    assert outcome["matched"] == 0
    assert [g["count"] for g in (await api.get("/api/dead/groups"))["items"]] == [1, 1]


async def test_letters_without_an_id_an_origin_or_sense_are_kept_and_told_apart(bus: Broker, api: Api) -> None:
    await park(bus, "polls.started", {"collector": "a"}, "status.record", message_id=None)
    await park(bus, "polls.started", {"collector": "b"}, "status.record", message_id=None)
    same = new_id()
    await park(bus, "polls.started", {"collector": "c"}, "status.record", message_id=same)
    await park(bus, "polls.started", {"collector": "d"}, "status.record", message_id=same)
    nowhere = build(
        kind("polls.started"), b"\x00\xff not json \xe2\x80\xae", Envelope(headers={"x-origin": "dead.poll"})
    )
    await bus.raw(nowhere, "dead.record", "x")
    found = await letters(api, 5)
    odd = next(letter for letter in found if letter["origin"] == "dead.poll")
    assert odd["summary"].isprintable()
    _, outcome = await api.post("/api/dead/replay", {"ids": [odd["id"]]})
    assert outcome["replayed"] == 0
    assert "no queue to go back to" in outcome["skipped"][0]["why"]
    await eventually(lambda: _depth_is(bus, "dead.record", 5), what="every letter being back in its place")


async def test_what_expired_can_be_replayed_too(vhost: VirtualHost, start_service: Any) -> None:
    async with broker_of(vhost, urgent_ttl_s=0.2) as bus, api_of(bus, start_service) as api:
        await bus.send("poll.request", request(1, "old-poll"))
        await eventually(lambda: _depth_is(bus, "expired.poll", 1), what="the poll expiring")
        assert (await api.get("/api/dead"))["items"] == []  # expiry is not poison
        status, outcome = await api.post("/api/dead/replay", {"queue": "expired.poll"})
        assert (status, outcome["replayed"]) == (200, 1)
        assert (await api.get(f"/api/polls/{outcome['polls'][0]}"))["replay_of"] == "old-poll"
        # It expires once more: nobody consumes here.
        await eventually(lambda: _depth_is(bus, "expired.poll", 1), what="the replayed poll expiring")


async def test_a_full_queue_refuses_the_replay_and_the_letter_stays(bus: Broker, api: Api) -> None:
    bus.vhost.api(
        "PUT",
        "policies/{vhost}/test-full",
        {
            "pattern": r"^glpi\.request$",
            "definition": {"max-length": 0, "overflow": "reject-publish"},
            "apply-to": "queues",
            "priority": 99,
        },
    )

    async def refused() -> bool:
        try:
            await bus.send("glpi.reconcile", {"pass_id": new_id()})
        except DeliveryError:
            return True
        return False

    await eventually(refused, what="the queue being full")
    await park(bus, "glpi.reconcile", {"pass_id": "x"}, "glpi.request")
    [letter] = await letters(api, 1)
    status, outcome = await api.post("/api/dead/replay", {"ids": [letter["id"]]})
    assert (status, outcome["replayed"]) == (200, 0)
    assert "full" in outcome["skipped"][0]["why"]
    await eventually(lambda: _depth_is(bus, "dead.glpi", 1), what="the letter being back")
    assert (await api.get(f"/api/dead/{letter['id']}"))["state"] == "dead"
