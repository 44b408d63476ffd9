"""The HTTP API from outside: malformed requests, commands, waiting, live updates, tokens."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from openapi_spec_validator import validate

from services.status_api.api.table import ROUTES
from tests.support import VirtualHost, eventually
from tests.support.status import Api, Broker, answer_commands, api_of, at, broker_of, new_id, printer, reading, result

pytestmark = pytest.mark.contract


@pytest.fixture
async def bus(vhost: VirtualHost) -> AsyncIterator[Broker]:
    async with broker_of(vhost) as found:
        yield found


@pytest.fixture
async def api(bus: Broker, start_service: Any) -> AsyncIterator[Api]:
    async with api_of(bus, start_service, PRINTSWEEP_REPLY_DEADLINE_S="2") as found:
        yield found


JSON = {"content-type": "application/json"}
MALFORMED: list[tuple[str, str, bytes | None, dict[str, str], int, str, str]] = [
    # method, path, body, headers, status, code, a word that names what is wrong
    ("GET", "/api/nothing", None, {}, 404, "not_found", ""),
    ("GET", "/nothing/../api", None, {}, 404, "not_found", ""),
    ("DELETE", "/api/printers", None, {}, 405, "method_not_allowed", ""),
    ("GET", "/api/printers?limit=0", None, {}, 400, "invalid_query", "limit"),
    ("GET", "/api/printers?limit=1001", None, {}, 400, "invalid_query", "limit"),
    ("GET", "/api/printers?limit=x", None, {}, 400, "invalid_query", "limit"),
    ("GET", "/api/printers?limit=1&limit=2", None, {}, 400, "invalid_query", "twice"),
    ("GET", "/api/printers?nonsense=1", None, {}, 400, "invalid_query", "nonsense"),
    ("GET", "/api/printers?low=maybe", None, {}, 400, "invalid_query", "low"),
    ("GET", "/api/printers?state=%27%20OR%201=1", None, {}, 400, "invalid_query", "state"),
    ("GET", "/api/printers?cursor=AAAA", None, {}, 400, "invalid_cursor", ""),
    ("GET", "/api/printers?cursor=" + "A" * 500, None, {}, 400, "invalid_query", "cursor"),
    ("GET", "/api/printers?cursor=WyJhIl0", None, {}, 400, "invalid_cursor", ""),
    ("GET", "/api/printers?cursor=WzFlMzBd", None, {}, 400, "invalid_cursor", ""),
    ("GET", "/api/printers?cursor=%00", None, {}, 400, "invalid_cursor", ""),
    ("GET", "/api/polls?printer_id=99999999999999999999", None, {}, 400, "invalid_query", "printer_id"),
    ("GET", "/api/printers/abc", None, {}, 404, "not_found", ""),
    ("GET", "/api/printers/-1", None, {}, 404, "not_found", ""),
    ("GET", "/api/printers/%D9%A1", None, {}, 404, "not_found", ""),
    ("GET", "/api/printers/99999999999999999999999", None, {}, 404, "not_found", ""),
    ("GET", "/api/printers/1/history?days=0", None, {}, 400, "invalid_query", "days"),
    ("GET", "/api/printers/1/history?days=nan", None, {}, 400, "invalid_query", "days"),
    ("GET", "/api/printers/1/history", None, {}, 404, "not_found", ""),
    ("GET", "/api/polls/nobody", None, {}, 404, "not_found", ""),
    ("GET", "/api/polls/" + "x" * 100, None, {}, 404, "not_found", ""),
    ("GET", "/api/polls/nobody?wait=61", None, {}, 400, "invalid_query", "wait"),
    ("GET", "/api/polls/nobody?wait=-1", None, {}, 400, "invalid_query", "wait"),
    ("GET", "/api/polls?state=ASLEEP", None, {}, 400, "invalid_query", "state"),
    ("GET", "/api/readings?printer_id=" + "9" * 23, None, {}, 400, "invalid_query", "printer_id"),
    ("GET", "/api/dead?printer_id=" + "9" * 23, None, {}, 400, "invalid_query", "printer_id"),
    ("GET", "/api/sweeps/nobody", None, {}, 404, "not_found", ""),
    ("GET", "/api/sweeps/latest", None, {}, 404, "not_found", ""),
    ("GET", "/api/dead/nobody", None, {}, 404, "not_found", ""),
    ("GET", "/api/glpi/passes/nobody", None, {}, 404, "not_found", ""),
    ("GET", "/api/glpi/verdicts?verdict=PERHAPS", None, {}, 400, "invalid_query", "verdict"),
    ("POST", "/api/polls", b"{", JSON, 400, "malformed_json", ""),
    ("POST", "/api/polls", b"[]", JSON, 422, "invalid_body", ""),
    ("POST", "/api/polls", b"{}", JSON, 422, "invalid_body", "printer_ids"),
    ("POST", "/api/polls", b'{"printer_ids": []}', JSON, 422, "invalid_body", "printer_ids"),
    ("POST", "/api/polls", b'{"printer_ids": ["x"]}', JSON, 422, "invalid_body", "printer_ids.0"),
    ("POST", "/api/polls", b'{"printer_ids": [1], "colour": 1}', JSON, 422, "invalid_body", "colour"),
    ("POST", "/api/polls", b'{"printer_ids": [1], "filter": {}}', JSON, 422, "invalid_body", "one of both"),
    ("POST", "/api/polls", b'{"filter": {"site": "nowhere"}}', JSON, 404, "no_printers", ""),
    ("POST", "/api/polls", b'{"printer_ids": [1]}', {"content-type": "text/plain"}, 415, "unsupported_media_type", ""),
    ("POST", "/api/polls", b'{"printer_ids": [1]}', JSON | {"idempotency-key": ""}, 400, "invalid_idempotency_key", ""),
    ("POST", "/api/sweeps", b"{}", JSON | {"idempotency-key": "x" * 65}, 400, "invalid_idempotency_key", ""),
    ("POST", "/api/polls", b'"\xff\xfe"', JSON, 400, "malformed_json", ""),
    ("POST", "/api/polls", b"[" * 5000, JSON, 400, "malformed_json", ""),
    ("POST", "/api/polls", b" " * (1024 * 1024 + 1), JSON, 413, "too_large", ""),
    ("POST", "/api/sweeps", b'{"site": "Not A Site"}', JSON, 422, "invalid_body", "site"),
    ("POST", "/api/inventory/import", b"address\n\xff", {"content-type": "text/csv"}, 400, "not_utf8", ""),
    ("POST", "/api/inventory/import", b"", {"content-type": "text/csv"}, 400, "empty", ""),
    ("POST", "/api/inventory/import", b"a", JSON, 415, "unsupported_media_type", ""),
    ("POST", "/api/inventory/import?dry_run=huh", b"a", {"content-type": "text/csv"}, 400, "invalid_query", "dry_run"),
    ("POST", "/api/inventory/remove", b'{"printer_ids": [0]}', JSON, 422, "invalid_body", "printer_ids"),
    ("POST", "/api/dead/replay", b"{}", JSON, 422, "invalid_body", ""),
    ("POST", "/api/dead/replay", b'{"queue": "poll.main.routine"}', JSON, 422, "invalid_body", "queue"),
    ("POST", "/api/dead/replay", b'{"queue": "dead.poll", "limit": 0}', JSON, 422, "invalid_body", "limit"),
    ("POST", "/api/readings/x/release", b"", {}, 404, "not_found", ""),
    ("POST", "/api/glpi/reconcile", b'{"limit": -1}', JSON, 422, "invalid_body", "limit"),
    ("GET", "/api/printers", None, {"host": "evil.example"}, 403, "host_not_allowed", "PRINTSWEEP_STATUS_API_HOSTS"),
    ("GET", "/api/printers", None, {"host": "127.0.0.1.evil.example:8080"}, 403, "host_not_allowed", ""),
    ("GET", "/api/printers", None, {"origin": "http://evil.example"}, 403, "origin_not_allowed", ""),
    ("POST", "/api/sweeps", b"{}", JSON | {"origin": "null"}, 403, "origin_not_allowed", ""),
    ("POST", "/api/sweeps", b"{}", JSON | {"origin": "http://127.0.0.1:1"}, 403, "origin_not_allowed", ""),
]  # fmt: skip


async def test_every_malformed_request_gets_a_problem_that_names_the_mistake(api: Api) -> None:
    for method, path, body, headers, status, code, word in MALFORMED:
        async with api.session.request(method, f"{api.url}{path}", data=body, headers=headers) as answer:
            case = (method, path[:80], body and body[:40], headers)
            problem = orjson.loads(await answer.read())
            assert answer.content_type == "application/problem+json", case
            assert (answer.status, problem["status"], problem["code"]) == (status, status, code), (case, problem)
            assert word in json.dumps(problem), (case, problem)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            if status == 405:
                assert "GET" in answer.headers["allow"]


async def test_the_document_is_valid_and_the_answers_are_as_it_says(bus: Broker, api: Api) -> None:
    document = await api.get("/api/openapi.json")
    validate(document)
    status, page = await api.call("GET", "/api/docs")
    assert status == 200
    assert "/api/printers/{id}/history" in page
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1), printer(2, tags=["a"])]})
    sweep_id, poll_id = new_id(), new_id()
    opened = {"sweep_id": sweep_id, "slot": at(), "opened_at": at(), "reason": "scheduled", "counts": {"planned": 1}}
    await bus.send("sweep.opened", opened)
    toner = {"index": "1.1", "type": "toner", "level": 5, "max": 100, "percent": 5, "state": "low"}
    found = reading(5, supplies=[toner], alerts=[{"code": "jam"}])
    body = {"collector": "c", "results": [result(1, poll_id, sweep_id=sweep_id, reading=found)]}
    await bus.send("polls.finished", body)
    await api.until(f"/api/polls/{poll_id}?wait=20", lambda p: p["state"] == "DONE")
    paths = {"/api/printers/{id}": 1, "/api/printers/{id}/history": 1, "/api/polls/{id}": poll_id}
    paths |= {"/api/sweeps/{id}": "latest"}
    for route in ROUTES:
        if route.method != "GET" or route.answer is None or ("{id}" in route.path and route.path not in paths):
            continue
        answer = await api.get(route.path.replace("{id}", str(paths.get(route.path, ""))))
        shape = route.answer.model_validate(answer)
        assert set(answer) <= set(route.answer.model_fields), route.path  # nothing is told that is not described
        assert shape.model_dump(mode="json", exclude_unset=True).keys() == answer.keys()
    for query in (
        "low=1",
        "q=10.0.0.1",
        "q=sn1",
        "tag=a",
        "site=main",
        "state=DONE",
        "state=NEVER",
        "verdict=UNCHECKED",
    ):
        items = (await api.get(f"/api/printers?{query}"))["items"]
        expected = {"tag=a": [2], "state=NEVER": [2], "site=main": [1, 2], "verdict=UNCHECKED": [1, 2]}.get(query, [1])
        assert [p["id"] for p in items] == expected, query
    assert (await api.get("/api/printers?q=%25"))["items"] == []  # a wildcard is a letter like others


async def test_a_command_is_sent_once_for_one_key_and_its_refusal_is_told(bus: Broker, api: Api) -> None:
    seen: list[tuple[str, Any]] = []

    def scheduler(kind_name: str, body: Any) -> dict[str, Any]:
        seen.append((kind_name, body))
        if kind_name == "poll.order.v1":
            error = {"code": "unknown_printers", "title": "None is known.", "detail": "99"}
            return {"ok": False, "error": error}
        return {"ok": True, "result": {"sweep_id": f"s{len(seen)}", "planned": 3, "backed_off": 1}}

    async with answer_commands(bus, scheduler):
        key = {"idempotency-key": "once"}
        first = await asyncio.gather(*(api.post("/api/sweeps", {"site": "main"}, headers=key) for _ in range(5)))
        assert all(answer == first[0] for answer in first)
        assert first[0][0] == 202
        assert len(seen) == 1
        assert (await api.post("/api/sweeps", {"site": "other"}, headers=key))[1]["code"] == "idempotency_key_reused"
        status, problem = await api.post("/api/polls", {"printer_ids": [99]})
        assert (status, problem["title"], problem["detail"]) == (404, "None is known.", "99")
        assert seen[-1][1]["requested_by"] == "local"


async def test_nobody_answers_and_then_the_queue_is_full(bus: Broker, api: Api) -> None:
    status, problem = await api.post("/api/sweeps", {})
    assert (status, problem["code"]) == (504, "no_reply")
    assert "scheduler" in problem["detail"]
    policy = {"pattern": r"^scheduler\.command$", "apply-to": "queues", "priority": 99}
    bus.vhost.api(
        "PUT", "policies/{vhost}/test", policy | {"definition": {"max-length": 0, "overflow": "reject-publish"}}
    )

    async def refused() -> bool:
        return (await api.post("/api/sweeps", {}))[1]["code"] == "queue_full"

    await eventually(refused, 30, "the refusal being told")


async def test_waiting_for_a_poll_ends_with_it(bus: Broker, api: Api) -> None:
    await bus.send("printers.changed", {"version": 1, "changed": [printer(1), printer(2)]})
    ids = {1: new_id(), 2: new_id()}
    polls = [{"poll_id": p, "printer_id": i, "state": "PENDING"} for i, p in ids.items()]

    def scheduler(kind_name: str, body: Any) -> dict[str, Any]:
        return {"ok": True, "result": {"order_id": "o", "polls": polls}}

    async with answer_commands(bus, scheduler):
        order = asyncio.create_task(api.post("/api/polls?wait=60", {"filter": {"site": "main"}}))
        refs = [{"poll_id": p, "printer_id": i, "site": "main"} for i, p in ids.items()]
        requested = {"order_id": "o", "lane": "urgent", "requested_at": at(), "polls": refs}
        await bus.send("polls.requested", requested)
        for i, poll_id in ids.items():
            await bus.send("polls.finished", {"collector": "c", "results": [result(i, poll_id, state="FAILED")]})
        status, answer = await order
        assert (status, {p["state"] for p in answer["polls"]}) == (200, {"FAILED"})
        assert (await api.get("/api/polls?order_id=o&state=FAILED"))["items"][0]["error"]["code"] == "no_answer"
    assert (await api.get(f"/api/polls/{ids[1]}?wait=60"))["state"] == "FAILED"  # has ended: no waiting


async def read_events(answer: aiohttp.ClientResponse, *, until: str) -> list[tuple[str, Any]]:
    """The events up to the first whose text contains `until`."""
    found: list[tuple[str, Any]] = []
    name = ""
    async with asyncio.timeout(20):
        async for raw in answer.content:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, orjson.loads(line[6:])))
                if until in line:
                    return found
    raise AssertionError(found)


async def test_live_updates_begin_with_a_snapshot_and_go_on(bus: Broker, api: Api) -> None:
    await api.until("/api/health", lambda h: h["checked_at"])
    async with api.session.get(f"{api.url}/api/events") as answer:
        assert answer.content_type == "text/event-stream"
        first = await read_events(answer, until='"counts"')
        assert {"services", "queues", "health"} <= {name for name, _ in first}
        sweep_id, poll_id = new_id(), new_id()
        opened = {"sweep_id": sweep_id, "slot": at(), "opened_at": at(), "reason": "ordered", "counts": {"planned": 1}}
        await bus.send("sweep.opened", opened)
        refs = [{"poll_id": poll_id, "printer_id": 1}]
        requested = {"sweep_id": sweep_id, "lane": "routine", "requested_at": at(), "polls": refs}
        await bus.send("polls.requested", requested)
        body = {"collector": "c", "results": [result(1, poll_id, sweep_id=sweep_id)]}
        await bus.send("polls.finished", body)
        events = await read_events(answer, until='"state":"DONE"')
        sweeps = [data for name, data in events if name == "sweep"]
        assert sweeps[-1]["id"] == sweep_id
    async with api.session.get(f"{api.url}/api/events") as answer:
        events = await read_events(answer, until='"counts"')
        assert ("sweep", sweep_id) in [(name, data.get("id")) for name, data in events]


def tokens_file(folder: Path) -> Path:
    path = folder / "tokens.json"
    entries = [
        {"name": role, "role": role, "sha256": hashlib.sha256(f"secret-{role}".encode()).hexdigest()}
        for role in ("viewer", "operator", "admin")
    ]
    path.write_text(json.dumps({"tokens": entries}))
    return path


async def test_tokens_roles_sessions_and_csrf(bus: Broker, start_service: Any, tmp_path: Path) -> None:
    path = tokens_file(tmp_path)
    async with api_of(bus, start_service, PRINTSWEEP_STATUS_API_TOKENS_FILE=str(path)) as api:

        def bearer(role: str) -> dict[str, str]:
            return {"authorization": f"Bearer secret-{role}"}

        assert (await api.call("GET", "/livez"))[0] == 200
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}, {"authorization": ""}):
            async with api.session.get(f"{api.url}/api/printers", headers=headers) as answer:
                assert answer.status == 401
                assert "Bearer" in answer.headers["www-authenticate"]
        assert (await api.call("GET", "/metrics"))[0] == 401
        assert (await api.call("GET", "/api/printers", headers=bearer("viewer")))[0] == 200
        status, problem = await api.post("/api/glpi/reconcile", {}, headers=bearer("viewer"))
        assert (status, problem["code"]) == (403, "not_permitted")
        assert (await api.post("/api/glpi/reconcile", {}, headers=bearer("operator")))[0] == 202
        status, problem = await api.post("/api/inventory/remove", {"printer_ids": [1]}, headers=bearer("operator"))
        assert status == 403

        # A page: sent to the login, logs in, and acts with its CSRF token only.
        async with api.session.get(f"{api.url}/printers", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (303, "/login?next=/printers")
        assert (await api.post("/api/session", {"token": "wrong"}))[0] == 401
        async with api.session.post(f"{api.url}/api/session", json={"token": "secret-operator"}) as answer:
            assert answer.status == 204
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        jar = {"cookie": cookie.split(";")[0]}
        who = await api.call("GET", "/api/session", headers=jar)
        assert (who[1]["name"], who[1]["login_required"]) == ("operator", True)
        status, problem = await api.post("/api/glpi/reconcile", {}, headers=jar)
        assert (status, problem["code"]) == (403, "csrf_token_missing")
        assert (await api.post("/api/glpi/reconcile", {}, headers=jar | {"x-csrf-token": who[1]["csrf"]}))[0] == 202
        assert (await api.call("GET", "/", headers=jar))[0] == 200
        async with api.session.post(
            f"{api.url}/login", data={"token": "secret-viewer", "next": "//evil.example"}, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["location"]) == (303, "/")
        log = await asyncio.to_thread((tmp_path / "status_api" / "log").read_text)
        assert "secret-" not in log


async def ends_with(start_service: Any, bus: Broker, **environment: str) -> tuple[int, str]:
    process = start_service("services.status_api", bus.vhost.environment | environment, name="refused")
    return await process.ended(), process.log


async def test_wrong_settings_end_it_with_a_sentence(bus: Broker, start_service: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, log = await ends_with(start_service, bus, PRINTSWEEP_STATUS_API_PORT=port)
        assert (status, "PRINTSWEEP_STATUS_API_PORT" in log) == (78, True)
    status, log = await ends_with(start_service, bus, PRINTSWEEP_STATUS_API_HOST="::", PRINTSWEEP_STATUS_API_PORT="0")
    assert (status, "PRINTSWEEP_STATUS_API_TOKENS_FILE" in log) == (78, True)
