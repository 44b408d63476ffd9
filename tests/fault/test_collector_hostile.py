"""Every way in which a reply can be wrong, over real UDP, while honest printers are read beside: nothing is believed,
every poll ends with a clear outcome, nothing is raised into the loop, nothing stays behind, and nobody else is slowed
(no neighbour has to be asked twice)."""

import socket
from dataclasses import replace

import pytest

from services.collector.mib import oids as m
from tests.support.agent import GET, GET_BULK, V2C, Answer, Asked, Reply, honest
from tests.support.hostile import GOOD, LIES, besiege, lying, octets, patched, text

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.99"], ids=["other port", "other address"])
async def test_a_reply_from_another_source(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((address, 0))
        siege = await besiege({"liar": lying()}, sender=other)
    assert siege.codes() == {"liar": "no_answer"}
    assert siege.rejected["wrong_source"] == 2


async def test_another_community() -> None:
    wrong = {
        "other": b"other",
        "empty": b"",
        "longer": b"public2",
        "shorter": b"publi",
        "case": b"PUBLIC",
        "long": b"x" * 9000,
    }
    siege = await besiege({name: lying(community=value) for name, value in wrong.items()})
    assert set(siege.codes().values()) == {"nonsense"}
    assert siege.rejected["community"] >= 2 * len(wrong)
    assert siege.believed() == []


@pytest.mark.parametrize("profile", ["brisk", "brisk-v1"])
async def test_another_version(profile: str) -> None:
    def version(number: int) -> Answer:
        def make(data: bytes, asked: Asked) -> bytes:
            at = data.index(b"\x02\x01", 1) + 2
            return data[:at] + bytes([number]) + data[at + 1 :]

        return octets(make)

    mine = 0 if profile == "brisk-v1" else 1
    siege = await besiege({str(n): version(n) for n in (0, 1, 2, 3, 0x7F, 0xFF) if n != mine}, profile)
    assert set(siege.codes().values()) == {"nonsense"}
    assert siege.rejected["version"] + siege.rejected["malformed"] >= 2 * 5
    assert siege.believed() == []


async def test_another_request_id() -> None:
    heard: list[int] = []

    def earlier(asked: Asked) -> list[Reply | bytes]:
        heard.append(asked.request_id)
        return [replace(honest(LIES, asked), request_id=number) for number in heard[:-1]]

    def of(change: int) -> Answer:
        return lambda asked: [replace(honest(LIES, asked), request_id=(asked.request_id + change) & 0x7FFFFFFF)]

    siege = await besiege({
        "next": of(1),
        "before": of(-1),
        "zero": lying(request_id=0),
        "negative": lying(request_id=-1),
        "least": lying(request_id=-(2**31)),
        "wide": octets(lambda data, asked: data.replace(asked.request_id.to_bytes(4, "big"), b"\xff\xff\xff\xff", 1)),
    })  # fmt: skip
    assert set(siege.codes().values()) <= {"no_answer", "nonsense"}
    assert siege.rejected["request_id"] >= 10
    assert siege.believed() == []
    # An id of an earlier attempt of the same question is not wrong: the reply may only be late.
    late = await besiege({"late": earlier})
    assert late.codes()["late"] in ("complete", "partial", "no_answer")


async def test_another_pdu_type() -> None:
    tags = [0xA0, 0xA1, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xBF, 0x30, 0x02, 0x04, 0x00, 0x22, 0x82]
    siege = await besiege({hex(tag): patched(tag) for tag in tags} | {"echo": octets(lambda _, asked: asked.data)})
    assert set(siege.codes().values()) == {"nonsense"}
    assert siege.rejected["pdu_type"] + siege.rejected["malformed"] >= 2 * (len(tags) + 1)
    assert siege.believed() == []


async def test_truncated_and_trailing() -> None:
    cuts = {f"cut {n}": octets(lambda data, _, n=n: data[: len(data) * n // 8]) for n in range(8)}
    more = {
        "one octet": octets(lambda data, _: data + b"\x00"),
        "a null": octets(lambda data, _: data + b"\x05\x00"),
        "itself": octets(lambda data, _: data + data),
        "to the brim": octets(lambda data, _: data + bytes(60_000)),
        "in front": octets(lambda data, _: b"\x00" + data),
        "last octet": octets(lambda data, _: data[:-1]),
    }
    siege = await besiege(cuts | more)
    assert set(siege.codes().values()) == {"nonsense"}
    assert siege.rejected["malformed"] >= 2 * len(cuts | more)
    assert siege.believed() == []


async def test_lengths_that_lie() -> None:
    lies = {
        "indefinite": b"\x30\x80\x02\x01\x01\x00\x00",
        "two gigabytes": b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01" + b"\x30" * 60_000,
        "a length of 126 octets": b"\x30\xfe" + b"\xff" * 200,
        "reserved": b"\x30\xff" + b"\x00" * 200,
        "nested": b"\x30\x82\xea\x60\x02\x01\x01" + b"\x30\x80" * 29_000,
        "nested, definite": b"\x30\x82\xea\x60\x02\x01\x01" + b"\x30\x82\xea\x00" * 14_000,
        "empty": b"",
        "zeros": bytes(1400),
        "ones": b"\xff" * 65_000,
    }
    siege = await besiege({name: (lambda _, data=data: [data]) for name, data in lies.items()})
    assert set(siege.codes().values()) == {"nonsense"}
    assert siege.rejected["malformed"] >= 2 * len(lies)


async def test_giants() -> None:
    """As much as a datagram holds: what is right of it is taken, capped; what is too much is not."""

    def crowd(asked: Asked) -> list[Reply | bytes]:
        reply = honest(GOOD, asked)
        at = asked.oids[0]
        return [
            replace(reply, varbinds=[*reply.varbinds, *(((*at, n), V2C.Integer32(666_666_666)) for n in range(900))])
        ]

    wordy = {oid: text(b"\x1b[31m" + b"x" * 60_000) if oid == m.SYS_DESCR else value for oid, value in GOOD.items()}
    siege = await besiege({"wordy": lambda asked: [honest(wordy, asked)], "crowd": crowd}, budget_s=20.0)
    assert siege.codes()["wordy"] == "complete"
    described = siege.results["wordy"]["reading"]["identity"]["sys_descr"]
    assert len(described) == 2000
    assert "\x1b" not in described
    assert siege.codes()["crowd"] in ("complete", "partial")
    assert siege.results["crowd"]["reading"]["identity"]["serial"] == "SER1"
    assert siege.believed() == []


async def test_errors_without_sense() -> None:
    def error(status: int, index: int) -> Answer:
        return lambda asked: [replace(honest(LIES, asked), status=status, index=index)]

    siege = await besiege(
        {f"{status}/{index}": error(status, index) for status in (1, 2, 5, 18) for index in (0, 99, 2**31 - 1)}
        | {"always the first": error(2, 1), "too big for one": error(1, 1)},
        budget_s=6.0,
    )
    assert siege.believed() == []
    assert set(siege.codes().values()) <= {"nonsense", "partial", "no_answer"}, siege.codes()


async def test_oids_that_nobody_asked_for() -> None:
    def instead(asked: Asked) -> list[Reply | bytes]:
        reply = honest(LIES, asked)
        return [replace(reply, varbinds=[((*oid, 0), value) for oid, value in reply.varbinds])]

    def none(asked: Asked) -> list[Reply | bytes]:
        return [replace(honest(LIES, asked), varbinds=[])]

    def fewer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(GOOD, asked)
        return [replace(reply, varbinds=reply.varbinds[: max(1, len(reply.varbinds) // 2)])]

    def more(asked: Asked) -> list[Reply | bytes]:
        reply = honest(GOOD, asked)
        extra = [(oid, value) for oid, value in LIES.items() if oid not in asked.oids] if asked.pdu == GET else []
        return [replace(reply, varbinds=[*reply.varbinds, *extra])]

    def twice(asked: Asked) -> list[Reply | bytes]:
        reply = honest(GOOD, asked)
        again = [(oid, LIES.get(oid, value)) for oid, value in reply.varbinds] if asked.pdu == GET else []
        return [replace(reply, varbinds=[*reply.varbinds, *again])]

    def crossed(asked: Asked) -> list[Reply | bytes]:
        """The right names in another order: each value still belongs to its name."""
        reply = honest(GOOD, asked)
        return [replace(reply, varbinds=reply.varbinds[::-1] if asked.pdu == GET else reply.varbinds)]

    siege = await besiege(
        {"instead": instead, "none": none, "fewer": fewer, "more": more, "twice": twice, "crossed": crossed},
        budget_s=6.0,
    )
    codes = siege.codes()
    assert (codes["instead"], codes["none"]) == ("nonsense", "nonsense")
    assert (codes["more"], codes["twice"], codes["crossed"]) == ("complete", "complete", "complete")
    assert codes["fewer"] in ("complete", "partial")
    assert siege.believed() == []


@pytest.mark.parametrize("profile", ["brisk", "brisk-v1"])
async def test_walks_that_do_not_end(profile: str) -> None:
    seen: dict[str, int] = {}

    def walker(name: str, step: Answer) -> Answer:
        def answer(asked: Asked) -> list[Reply | bytes]:
            if asked.pdu == GET:
                return [honest(GOOD, asked)]
            seen[name] = seen.get(name, 0) + 1
            return step(asked)

        return answer

    def each(make: object) -> Answer:
        def step(asked: Asked) -> list[Reply | bytes]:
            reply = Reply([], asked.request_id, asked.version)
            cursors = list(asked.oids)
            for _ in range(max(1, asked.repetitions) if asked.pdu == GET_BULK else 1):
                cursors = [make(oid, len(seen)) for oid in cursors]  # type: ignore[operator]
                reply.varbinds += [(oid, V2C.Integer32(1)) for oid in cursors]
            return [reply]

        return step

    steps = {
        "counting up": each(lambda oid, _: (*oid[:-1], oid[-1] + 1) if len(oid) > 12 else (*oid, 1, 1)),
        "ever deeper": each(lambda oid, _: (*oid, 1)[:120]),
        "standing still": each(lambda oid, _: oid),
        "one step back": each(lambda oid, _: (*oid[:-1], max(0, oid[-1] - 1))),
        "the same row": each(lambda oid, _: (*m.SUPPLY_LEVEL, 1, 1)),
        "to and fro": each(lambda oid, n: (*oid[:11], 1, 2) if oid[-1] != 2 else (*oid[:11], 1, 1)),
        "largest arc": each(lambda oid, _: (*oid[:11], 2**32 - 1)),
    }
    siege = await besiege({name: walker(name, step) for name, step in steps.items()}, profile, budget_s=20.0)
    for name, result in siege.results.items():
        assert result["state"] == "DONE", (name, result["error"])
        assert result["reading"]["identity"]["name"] == "name of SER1"
        assert len(result["reading"]["supplies"]) <= 128
        assert seen[name] < 800, f"{name} was followed for too long"
    assert siege.codes()["standing still"] == "partial"


async def test_silence_errors_and_exceptions_only() -> None:
    def only(make: object) -> Answer:
        return lambda asked: [Reply([(oid, make("")) for oid in asked.oids], asked.request_id, asked.version)]  # type: ignore[operator]

    siege = await besiege({
        "nothing there": only(V2C.NoSuchObject),
        "no instance": only(V2C.NoSuchInstance),
        "end of all": only(V2C.EndOfMibView),
        "null": only(V2C.Null),
        "silence": lambda _: [],
    }, budget_s=6.0)  # fmt: skip
    assert siege.codes().pop("silence") == "no_answer"
    assert {code for name, code in siege.codes().items() if name != "silence"} == {"nonsense"}
