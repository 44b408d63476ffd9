"""The client in front of servers that are not what they should be: each ends in a sentence and its exit status."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from cli.operator.client import Api
from cli.operator.errors import ApiMissing, ApiProblem, ApiRefused, ApiUnreachable, OperatorError
from cli.operator.where import Where
from tests.support.command import printsweep

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def at(address: str, token: str | None = None) -> Where:
    return Where(address, "the test", token)


def problem(status: int, title: str, detail: str = "", code: str = "some_code") -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return web.json_response(body, status=status, content_type="application/problem+json")


# what the server answers → the error, its exit status, and what its sentence holds
ANSWERS: dict[str, tuple[web.Response, type[OperatorError], int, tuple[str, ...]]] = {
    "another program's page": (
        web.Response(text="<html>Apache2 Default Page</html>", content_type="text/html"),
        ApiUnreachable,
        3,
        ("is not printsweep's API", "text/html", "the test"),
    ),
    "a proxy's error page": (
        web.Response(text="<h1>502</h1>", content_type="text/html", status=502),
        ApiUnreachable,
        3,
        ("502",),
    ),
    "broken JSON": (
        web.Response(text='{"items": [', content_type="application/json"),
        ApiUnreachable,
        3,
        ("cannot be read",),
    ),
    "a redirect": (
        web.Response(status=302, headers={"location": "https://example.org/login"}),
        ApiUnreachable,
        3,
        ("302",),
    ),
    "no token": (problem(401, "A token is needed."), ApiRefused, 4, ("A token is needed.", "PRINTSWEEP_TOKEN")),
    "too small a role": (problem(403, "This needs the role admin."), ApiRefused, 4, ("the role admin",)),
    "unknown": (problem(404, "There is no printer 7."), ApiMissing, 5, ("There is no printer 7.",)),
    "a wrong query": (
        problem(400, "The query is not valid.", "state: not a state", "invalid_query"),
        ApiProblem,
        1,
        ("The query is not valid. state: not a state", "invalid_query"),
    ),
    "a full queue": (problem(503, "The queue is full.", "", "queue_full"), ApiProblem, 1, ("The queue is full.",)),
    "control characters": (problem(422, "evil\x1b[31m\x07text"), ApiProblem, 1, ("evil [31m text",)),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_wrong_answer_is_a_sentence_with_its_exit_status(serve: Serve, name: str) -> None:
    given, error, status, said = ANSWERS[name]

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=given.body, status=given.status, headers=given.headers)

    async with Api(at(await serve(handler))) as api:
        with pytest.raises(error) as raised:
            await api.get("printers")
    assert raised.value.exit_status == status
    for part in said:
        assert part in str(raised.value)


async def test_a_slow_api_is_given_up_with_a_sentence(serve: Serve) -> None:
    async def never(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with Api(at(await serve(never)), timeout_s=0.3) as api:
        with pytest.raises(ApiUnreachable, match="did not answer"):
            await api.get("printers")


async def test_a_connection_that_breaks_in_the_answer_is_said(serve: Serve) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"content-type": "application/json", "content-length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"items"')
        assert request.transport is not None
        request.transport.abort()
        return answer

    async with Api(at(await serve(broken))) as api:
        with pytest.raises(ApiUnreachable, match="does not answer"):
            await api.get("printers")


async def test_an_endless_answer_is_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.operator.client.MAX_ANSWER", 200_000)

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"content-type": "application/json"})
        await answer.prepare(request)
        while True:
            await answer.write(b" " * 65536)

    async with Api(at(await serve(endless))) as api:
        with pytest.raises(ApiProblem, match="--limit"):
            await api.get("printers")


async def test_token_and_a_fresh_idempotency_key_go_along(serve: Serve) -> None:
    seen: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.headers.get("authorization"), request.headers.get("idempotency-key")))
        return web.json_response({})

    async with Api(at(await serve(handler), "s3cret")) as api:
        await api.get("health")
        await api.post("sweeps", {})
        await api.post("sweeps", {})
    assert [token for token, _ in seen] == ["Bearer s3cret"] * 3
    keys = [key for _, key in seen]
    assert keys[0] is None
    assert None not in keys[1:]
    assert keys[1] != keys[2]


async def test_a_list_is_followed_over_its_pages_up_to_the_limit(serve: Serve) -> None:
    asked: list[dict[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        begin = int(request.query.get("cursor", "0"))
        size = min(int(request.query["limit"]), 1000)
        return web.json_response({"items": list(range(begin, begin + size)), "next": str(begin + size)})

    async with Api(at(await serve(handler))) as api:
        answer = await api.list("printers", {"site": "hq", "tag": None, "low": True}, 2500)
    assert answer["items"] == list(range(2500))
    assert answer["next"] == "2500"
    assert asked == [
        {"site": "hq", "low": "1", "limit": "1000"},
        {"site": "hq", "low": "1", "limit": "1000", "cursor": "1000"},
        {"site": "hq", "low": "1", "limit": "500", "cursor": "2000"},
    ]


async def test_the_command_line_says_it_on_standard_error(serve: Serve) -> None:
    async def handler(_: web.Request) -> web.Response:
        return problem(401, "The token is not known.")

    address = await serve(handler)
    environment = {"PRINTSWEEP_API": address, "PRINTSWEEP_TOKEN": "s3cret-token"}
    done = await printsweep("queues", "--json", environment=environment)
    assert (done.status, done.out) == (4, "")
    assert "The token is not known. The token was rejected" in done.err
    assert "s3cret-token" not in done.err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://127.0.0.1", "is not an address such as"),
        ("just words", "is not an address such as"),
        ("http://me:secret@127.0.0.1", "must not hold a login"),
    ],
)
async def test_an_address_that_is_none_is_a_wrong_usage(address: str, said: str) -> None:
    done = await printsweep("health", "--api", address)
    assert done.status == 2
    assert said in done.err
