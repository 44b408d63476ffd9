"""Requests and replies as octets: patched requests are pysnmp's, damaged replies are Malformed and nothing else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.mib import oids as m
from services.collector.snmp import fast
from services.collector.snmp.decode import Reply, decode
from services.collector.snmp.encode import encoded_varbinds
from services.collector.snmp.errors import Malformed
from services.collector.snmp.exchange import (
    COUNTER32,
    COUNTER64,
    END_OF_MIB_VIEW,
    GAUGE32,
    GET,
    GET_BULK,
    GET_NEXT,
    INTEGER,
    IP_ADDRESS,
    NO_SUCH_INSTANCE,
    NULL,
    OBJECT_ID,
    OCTETS,
    OPAQUE,
    RESPONSE,
    TIME_TICKS,
    V1,
    V2C,
    Question,
    Varbind,
)
from services.collector.snmp.requests import LEAST_ID, MOST_ID, Requests, fresh_id
from tests.support.agent import V2C as PYSNMP
from tests.support.agent import Reply as Made
from tests.support.requests import encode

ids = st.integers(LEAST_ID, MOST_ID)
NAMES = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20).map(lambda arcs: (1, 3, *arcs))


@given(
    st.sampled_from([V1, V2C]),
    st.binary(min_size=1, max_size=60),
    st.lists(
        st.sampled_from([m.SYS_DESCR, m.SUPPLY_LEVEL, (1, 3, 6, 1, 4, 1, 2**31, 2**32 - 1)])
        | st.lists(st.integers(0, 2**32 - 1), max_size=60).map(lambda arcs: (1, 3, *arcs)),
        max_size=40,
    ),
    st.integers(0, 2**31 - 1),
    ids,
)
def test_a_patched_request_is_the_one_that_pysnmp_encodes(
    version: int, community: bytes, oids: list[tuple[int, ...]], repetitions: int, request_id: int
) -> None:
    requests = Requests(3)
    asked = tuple(oids)
    for question in (Question(GET, asked), Question(GET_NEXT, asked), Question(GET_BULK, asked, repetitions)):
        if version == V1 and question.pdu == GET_BULK:
            continue
        for _ in range(2):
            assert requests.build(version, community, question, request_id) == encode(
                version, community, question, request_id
            )


def test_the_cache_of_requests_is_bounded() -> None:
    requests = Requests(3)
    for number in range(10):
        requests.build(V2C, b"public", Question(GET, ((1, 3, number),)), fresh_id())
    assert len(requests) == 3


def test_ids_take_four_octets_and_differ() -> None:
    made = {fresh_id() for _ in range(1000)}
    assert len(made) > 990
    assert all(LEAST_ID <= number <= MOST_ID for number in made)


MADE = Made(
    [
        (m.SYS_DESCR, PYSNMP.OctetString(b"abc\x00\xff")),
        (m.SYS_NAME, PYSNMP.NoSuchInstance("")),
        ((1, 3, 6, 1), PYSNMP.Counter64(2**64 - 1)),
    ],
    0x22334455,
    V2C,
    status=3,
    index=2,
)


def test_a_reply_is_decoded_whole() -> None:
    assert decode(MADE.encode()) == Reply(
        V2C,
        b"public",
        RESPONSE,
        0x22334455,
        3,
        2,
        [
            Varbind(m.SYS_DESCR, OCTETS, b"abc\x00\xff"),
            Varbind(m.SYS_NAME, NO_SUCH_INSTANCE, None),
            Varbind((1, 3, 6, 1), COUNTER64, 2**64 - 1),
        ],
    )


@given(st.binary(max_size=300))
def test_garbage_is_malformed(octets: bytes) -> None:
    with pytest.raises(Malformed):
        decode(octets)


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_damaged_replies_are_read_or_malformed(seed: int, wounds: int) -> None:
    dice = random.Random(seed)
    octets = bytearray(MADE.encode())
    for _ in range(wounds):
        at = dice.randrange(len(octets))
        match dice.randrange(3):
            case 0:
                octets[at] = dice.randrange(256)
            case 1:
                del octets[at]
            case _:
                octets.insert(at, dice.randrange(256))
    try:
        reply = decode(bytes(octets))
    except Malformed:
        return
    assert all(isinstance(v.value, int | bytes | tuple | None) for v in reply.varbinds)


@given(
    st.lists(
        st.one_of(
            st.builds(Varbind, NAMES, st.just(INTEGER), st.integers(-(2**31), 2**31 - 1)),
            st.builds(Varbind, NAMES, st.sampled_from([COUNTER32, GAUGE32, TIME_TICKS]), st.integers(0, 2**32 - 1)),
            st.builds(Varbind, NAMES, st.just(COUNTER64), st.integers(0, 2**64 - 1)),
            st.builds(Varbind, NAMES, st.sampled_from([OCTETS, OPAQUE]), st.binary(max_size=300)),
            st.builds(Varbind, NAMES, st.just(IP_ADDRESS), st.binary(min_size=4, max_size=4)),
            st.builds(Varbind, NAMES, st.just(OBJECT_ID), NAMES),
            st.builds(Varbind, NAMES, st.sampled_from([NULL, NO_SUCH_INSTANCE, END_OF_MIB_VIEW]), st.none()),
        ),
        max_size=30,
    )
)
def test_encoded_varbinds_decode_to_themselves(varbinds: list[Varbind]) -> None:
    octets = encoded_varbinds(varbinds)
    assert fast.varbinds(octets, 0, len(octets)) == varbinds
