"""The fast decoder against the complete one: the same result, or its own error. Nothing else, whatever comes."""

import contextlib
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto import api

from services.collector.snmp import decode as complete
from services.collector.snmp import fast
from services.collector.snmp.errors import Malformed
from services.collector.snmp.exchange import INTEGER, Varbind

arc = st.integers(0, 2**32 - 1)
oids = st.tuples(st.just(1), st.integers(0, 39)).flatmap(
    lambda head: st.lists(arc, min_size=1, max_size=20).map(lambda rest: (*head, *rest))
)


def _values(version: int) -> st.SearchStrategy[object]:
    module = api.PROTOCOL_MODULES[version]
    plain = [
        # Without -2^31: pyasn1 writes it in five octets, which no agent does and which the fast decoder leaves alone.
        st.integers(1 - 2**31, 2**31 - 1).map(module.Integer),
        st.binary(max_size=300).map(module.OctetString),
        oids.map(module.ObjectIdentifier),
        st.integers(0, 2**32 - 1).map(module.TimeTicks),
        st.integers(0, 2**32 - 1).map(module.Counter if version == 0 else module.Counter32),
        st.integers(0, 2**32 - 1).map(module.Gauge if version == 0 else module.Gauge32),
        st.binary(min_size=4, max_size=4).map(lambda b: module.IpAddress(hexValue=b.hex())),
        st.just(module.Null("")),
    ]
    if version == 1:
        plain += [
            st.integers(0, 2**64 - 1).map(module.Counter64),
            st.sampled_from([module.NoSuchObject(""), module.NoSuchInstance(""), module.EndOfMibView("")]),
        ]
    return st.one_of(plain)


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    version = draw(st.sampled_from([0, 1]))
    module = api.PROTOCOL_MODULES[version]
    pdu = module.GetResponsePDU() if version == 0 else module.ResponsePDU()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_request_id(pdu, draw(st.integers(0, 2**31 - 1)))
    module.apiPDU.set_error_status(pdu, draw(st.integers(0, 5)))
    module.apiPDU.set_error_index(pdu, draw(st.integers(0, 40)))
    module.apiPDU.set_varbinds(pdu, draw(st.lists(st.tuples(oids, _values(version)), max_size=12)))
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, draw(st.binary(max_size=200)))
    module.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


@settings(max_examples=300, deadline=None)
@given(replies())
def test_what_pysnmp_encodes_is_read_as_pysnmp_reads_it(data: bytes) -> None:
    assert fast.decode(data) == complete.decode(data)


@settings(max_examples=300, deadline=None)
@given(replies(), st.integers(0, 2**32))
def test_damaged_replies_give_the_same_result_or_its_own_error(data: bytes, seed: int) -> None:
    dice = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        where = dice.randrange(len(damaged))
        match dice.randrange(3):
            case 0:
                damaged[where] = dice.randrange(256)
            case 1:
                del damaged[where : where + dice.randint(1, 5)]
            case _:
                damaged[where:where] = dice.randbytes(dice.randint(1, 5))
        if not damaged:
            damaged = bytearray(b"\x30")
    try:
        read = fast.decode(bytes(damaged))
    except fast.Unusual:
        return
    try:
        expected = complete.decode(bytes(damaged))
    except Malformed:
        assert is_more_patient(read)
        return
    assert read == expected or is_more_patient(read)


def is_more_patient(read: complete.Reply) -> bool:
    """Unsigned numbers without their leading zero, and wide ones; v2c's exceptions in v1."""
    lenient = {0x41, 0x42, 0x43, 0x46} | ({0x80, 0x81, 0x82} if read.version == 0 else set())
    return any(v.tag in lenient for v in read.varbinds)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x30")
@example(b"\x30\x80\x00\x00")
@example(b"\x30\x84\xff\xff\xff\xff")
def test_any_octets_at_all_end_in_a_reply_or_its_own_error(data: bytes) -> None:
    with contextlib.suppress(fast.Unusual):
        fast.decode(data)


def test_a_counter_without_its_leading_zero_is_the_number_that_was_meant() -> None:
    varbind = bytes.fromhex("300c 0604 2b060102 4104 ffffffff".replace(" ", ""))
    pdu = bytes.fromhex("0204 00000001 020100 020100".replace(" ", "")) + b"\x30" + bytes([len(varbind)]) + varbind
    frame = bytes.fromhex("020101 0406 7075626c6963".replace(" ", "")) + b"\xa2" + bytes([len(pdu)]) + pdu
    reply = fast.decode(b"\x30" + bytes([len(frame)]) + frame)
    assert reply.varbinds[0].value == 4294967295


def test_names_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST_NAMES", 10)
    fast._names.clear()
    for n in range(40):
        fast._name(bytes([0x2B, n]))
    assert len(fast._names) <= 10


def test_varbinds_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST_KNOWN", 10)
    monkeypatch.setattr(fast, "MOST_KNOWN_OCTETS", 20)
    fast._varbinds_known.clear()
    for n in range(40):
        _one(bytes([0x30, 0x06, 0x06, 0x01, 0x2B, 0x02, 0x01, n]))
    assert 0 < len(fast._varbinds_known) <= 10
    fast._varbinds_known.clear()
    _one(bytes([0x30, 0x18, 0x06, 0x01, 0x2B, 0x04, 0x13]) + b"x" * 19)
    assert not fast._varbinds_known, "long ones are not worth their memory"


def test_a_remembered_varbind_does_not_complete_a_cut_one() -> None:
    whole = bytes([0x30, 0x06, 0x06, 0x01, 0x2B, 0x02, 0x01, 0x07])
    assert _one(whole) == Varbind((1, 3), INTEGER, 7)
    longer = bytes([0x30, 0x07]) + whole[2:]  # says seven octets, and six follow
    with pytest.raises(fast.Unusual):
        fast.varbinds(longer, 0, len(longer))
    with pytest.raises(fast.Unusual):
        fast.varbinds(longer + b"\x00", 0, len(longer))


def _one(octets: bytes) -> Varbind:
    (found,) = fast.varbinds(octets, 0, len(octets))
    return found
