"""SNMPv3 against Debian's snmpd: every protocol, every refusal, reboots, and many devices on sharded engines."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.collector.snmp.errors import NoAnswer, SnmpError
from services.collector.snmp.exchange import GET, GET_BULK, V3, Answer, Question, Target
from services.collector.snmp.patience import ON_WAIT
from services.collector.snmp.v3 import shard
from services.collector.snmp.v3.exchange import V3Exchange
from services.collector.snmp.v3.security import Security
from services.collector.snmp.v3.shards import Shards
from tests.support.eventually import eventually
from tests.support.snmpd import AUTH, AUTH_PASSWORD, PRIV, PRIV_PASSWORD, Snmpd, user_of

DEVICES = tuple(f"127.0.3.{n}" for n in range(1, 201))
QUESTION = Question(GET, ((1, 3, 6, 1, 2, 1, 1, 1, 0), (1, 3, 6, 1, 2, 1, 1, 3, 0)))
DESCRIBED = b"a printer that is none"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    snmpd = Snmpd(tmp_path_factory.mktemp("snmpd"), "0.0.0.0")  # noqa: S104 - it is every device of 127.0.3.0/24
    snmpd.start()
    yield snmpd
    snmpd.stop()


@pytest.fixture
async def exchange() -> AsyncIterator[V3Exchange]:
    async with V3Exchange() as made:
        yield made


def security(auth: str = "SHA-256", priv: str = "AES-128", **changed: Any) -> Security:
    values = {
        "user": user_of(auth, priv or "AES-128"),
        "auth": auth,
        "auth_password": AUTH_PASSWORD,
        "priv": priv,
        "priv_password": PRIV_PASSWORD if priv else "",
    }
    return Security(**(values | changed))


async def ask(exchange: V3Exchange, agent: Snmpd, who: Security, address: str = "127.0.0.1", **more: Any) -> Answer:
    target = Target(address, agent.port, V3, b"", more.get("timeout_s", 2.0), more.get("retries", 1), who)
    return await exchange.ask(target, more.get("question", QUESTION), time.monotonic() + 30)


async def refusal(exchange: V3Exchange, agent: Snmpd, who: Security, **more: Any) -> SnmpError:
    with pytest.raises(SnmpError) as caught:
        await ask(exchange, agent, who, **more)
    return caught.value


@pytest.mark.parametrize("auth", AUTH)
async def test_every_pair_of_protocols_reads(exchange: V3Exchange, agent: Snmpd, auth: str) -> None:
    for priv in ("", *PRIV):
        answer = await ask(exchange, agent, security(auth, priv))
        assert answer.error_status == 0, (auth, priv)
        assert answer.varbinds[0].value == DESCRIBED, (auth, priv)


async def test_getbulk_walks(exchange: V3Exchange, agent: Snmpd) -> None:
    answer = await ask(exchange, agent, security(), question=Question(GET_BULK, ((1, 3, 6, 1, 2, 1, 1),), 5))
    assert [v.oid[7] for v in answer.varbinds] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"user": "nobody"}, "unknown_user", "`user`"),
        ({"auth_password": "not-this-one"}, "wrong_digest", "`auth`"),
        ({"auth": "SHA-512"}, "wrong_digest", "`auth`"),
        ({"user": "authonly"}, "unsupported_security_level", "`level`"),
    ],
)
async def test_each_refusal_has_its_sentence(
    exchange: V3Exchange, agent: Snmpd, changed: dict[str, str], code: str, said: str
) -> None:
    error = await refusal(exchange, agent, security(**changed) if "auth" not in changed else wrong_protocol())
    assert error.code == code
    assert said in str(error)
    assert not any(secret in str(error) for secret in (AUTH_PASSWORD, PRIV_PASSWORD, "not-this-one"))


def wrong_protocol() -> Security:
    return security("SHA-512", user=user_of("SHA-256", "AES-128"))


@pytest.mark.parametrize("changed", [{"priv_password": "not-this-one"}, {"priv": "AES-256"}])
async def test_a_wrong_privacy_password_is_told_from_silence(
    exchange: V3Exchange, agent: Snmpd, changed: dict[str, str]
) -> None:
    who = security(user=user_of("SHA-256", "AES-128"), **changed)
    error = await refusal(exchange, agent, who, timeout_s=0.3, retries=0)
    assert error.code == "wrong_privacy"
    assert "`priv`" in str(error)


async def test_a_level_that_the_agent_does_not_grant_is_an_answer(exchange: V3Exchange, agent: Snmpd) -> None:
    answer = await ask(exchange, agent, security("SHA-1", "", user="privonly"))
    assert answer.error_status == 16  # authorizationError: RFC 3416 section 3


async def test_silence_is_no_answer(exchange: V3Exchange) -> None:
    target = Target("127.0.3.1", 9, V3, b"", 0.1, 0, security())
    with pytest.raises(NoAnswer):
        await exchange.ask(target, QUESTION, time.monotonic() + 5)


async def test_the_silent_make_room_for_others(
    exchange: V3Exchange, agent: Snmpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_in_flight", in_flight := asyncio.Semaphore(2))
    told: list[str] = []

    async def silence(address: str) -> None:
        ON_WAIT.set(lambda: told.append(address))
        await exchange.ask(Target(address, 9, V3, b"", 60.0, 1, security()), QUESTION, time.monotonic() + 120)

    addresses = ["127.0.3.1", "127.0.3.2", "127.0.3.3"]
    dead = [asyncio.create_task(silence(address)) for address in addresses]
    answer = await ask(exchange, agent, security())
    assert answer.varbinds[0].value == DESCRIBED
    await eventually(lambda: len(told) == 3, what="the askers of the silent being told")
    assert not any(task.done() for task in dead), "they go on waiting"
    for task in dead:
        task.cancel()
    await asyncio.gather(*dead, return_exceptions=True)
    assert sorted(told) == addresses, "once each"
    assert await ask(exchange, agent, security()) is not None
    assert in_flight._value == 2, "each share was given back once"


async def test_a_reboot_in_between_is_followed(exchange: V3Exchange, tmp_path: Path) -> None:
    agent = Snmpd(tmp_path / "rebooting")
    try:
        agent.start()
        assert (await ask(exchange, agent, security())).varbinds[0].value == DESCRIBED
        agent.stop()
        agent.start()
        assert (await ask(exchange, agent, security(), retries=0)).varbinds[0].value == DESCRIBED
    finally:
        agent.stop()


async def test_another_device_at_the_same_address_is_discovered_anew(exchange: V3Exchange, tmp_path: Path) -> None:
    first = Snmpd(tmp_path / "first")
    second = Snmpd(tmp_path / "second", port=first.port)
    try:
        first.start()
        await ask(exchange, first, security())
        first.stop()
        second.start()
        assert (await ask(exchange, second, security(), retries=0)).varbinds[0].value == DESCRIBED
    finally:
        first.stop()
        second.stop()


async def test_many_devices_are_spread_over_engines(agent: Snmpd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard, "MOST_DEVICES", 60)
    shards = Shards()
    async with V3Exchange(shards=shards) as exchange:
        for _ in range(2):
            answers = await asyncio.gather(*(ask(exchange, agent, security(), address) for address in DEVICES))
            assert all(answer.varbinds[0].value == DESCRIBED for answer in answers)
        assert len(shards) == 4
        assert not exchange._open
        assert not exchange._heard


async def test_idle_engines_are_let_go(agent: Snmpd) -> None:
    shards = Shards(most=2)
    async with V3Exchange(shards=shards) as exchange:
        for auth in ("SHA-1", "SHA-224", "SHA-256", "SHA-1"):
            await ask(exchange, agent, security(auth))
        assert len(shards) == 2


async def test_what_pysnmp_remembers_expires_and_is_learned_again(agent: Snmpd) -> None:
    shards = Shards()
    async with V3Exchange(shards=shards) as exchange:
        await ask(exchange, agent, security())
        for _ in range(601):
            shards.tick()
        assert (await ask(exchange, agent, security(), retries=0)).varbinds[0].value == DESCRIBED


async def test_the_loop_has_turns_while_engines_are_made(agent: Snmpd) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with V3Exchange() as exchange:
        counting = asyncio.create_task(count())
        await ask(exchange, agent, security())
        counting.cancel()
    assert turns > 10


def test_no_secret_shows() -> None:
    who = security()
    assert AUTH_PASSWORD not in repr(who)
    assert PRIV_PASSWORD not in repr(who)
    assert AUTH_PASSWORD not in repr(Target("127.0.0.1", 161, V3, b"", security=who))
