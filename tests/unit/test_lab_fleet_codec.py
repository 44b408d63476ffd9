"""The simulator's codec against pysnmp, and against bytes that are wrong."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder
from pysnmp.proto.rfc1902 import Counter32, Counter64, Integer32, ObjectIdentifier, OctetString

from lab.fleet import ber, message
from lab.fleet.exchange import Exchange
from lab.fleet.fleet import make_devices
from lab.fleet.settings import Settings
from tests.support import snmp

oids = st.lists(st.integers(0, 2**32 - 1), min_size=0, max_size=20).map(lambda rest: (1, 3, *rest))
oid_texts = oids.map(lambda oid: ".".join(map(str, oid)))
communities = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
request_ids = st.integers(0, 2**31 - 1)

SOURCE = ("127.0.0.1", 9999)

# The machine may be busy: how long an example takes says nothing.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


@given(oids)
@patient
def test_an_oid_survives_and_is_what_pysnmp_writes(oid: ber.Oid) -> None:
    content = ber.encode_oid_content(oid)
    assert ber.decode_oid_content(content) == oid
    value, rest = decoder.decode(ber.tlv(ber.OID, content), asn1Spec=ObjectIdentifier())
    assert (tuple(value), rest) == (oid, b"")


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=400))
@patient
def test_pysnmp_reads_our_values(number: int, count: int, wide: int, octets: bytes) -> None:
    assert int(decoder.decode(ber.encode_integer(number), asn1Spec=Integer32())[0]) == number
    assert int(decoder.decode(ber.encode_integer(count, ber.COUNTER32), asn1Spec=Counter32())[0]) == count
    assert int(decoder.decode(ber.encode_integer(wide, ber.COUNTER64), asn1Spec=Counter64())[0]) == wide
    assert bytes(decoder.decode(ber.tlv(ber.OCTETS, octets), asn1Spec=OctetString())[0]) == octets


@given(st.lists(oid_texts, max_size=30), communities, request_ids, st.sampled_from(["Get", "GetNext"]), st.booleans())
@settings(patient, max_examples=60)
def test_we_read_what_pysnmp_asks(
    names: list[str], community: str, request_id: int, kind: str, version_1: bool
) -> None:
    data = snmp.request(names, 0 if version_1 else 1, kind, community, request_id)
    read = message.decode_request(data)
    assert read.version == (0 if version_1 else 1)
    assert read.community == community.encode()
    assert int.from_bytes(read.request_id, "big", signed=True) == request_id
    assert read.kind == (message.GET if kind == "Get" else message.GET_NEXT)
    assert [".".join(map(str, ber.decode_oid_content(name))) for name in read.names] == names


@given(st.lists(oid_texts, min_size=1, max_size=10), request_ids, st.integers(0, 10), st.integers(0, 100))
@settings(patient, max_examples=40)
def test_we_read_a_getbulk(names: list[str], request_id: int, single: int, repeated: int) -> None:
    read = message.decode_request(snmp.request(names, 1, "GetBulk", request_id=request_id, bulk=(single, repeated)))
    assert (read.kind, read.first, read.second) == (message.GET_BULK, single, repeated)


@given(communities, request_ids, st.integers(0, 18), st.integers(0, 2000), st.lists(oids, max_size=60))
@settings(patient, max_examples=60)
def test_pysnmp_reads_what_we_answer(
    community: str, request_id: int, status: int, index: int, names: list[ber.Oid]
) -> None:
    asked = message.decode_request(snmp.request(["1.3"], 1, "Get", community, request_id))
    varbinds = b"".join(
        ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.encode_oid_content(name)) + ber.encode_integer(7)) for name in names
    )
    head, tail = message.encode_reply(asked, status, index, varbinds)
    read = snmp.reply(head + asked.request_id + tail)
    assert (read.request_id, read.status, read.index) == (request_id, status, index)
    assert [oid for oid, _ in read.varbinds] == [".".join(map(str, name)) for name in names]


@given(request_ids)
@patient
def test_a_request_splits_around_its_request_id(request_id: int) -> None:
    data = snmp.request(["1.3.6.1.2.1.1.1.0"] * 12, request_id=request_id)
    around, found = message.split(data)
    assert int.from_bytes(found, "big") == request_id
    assert found == message.decode_request(data).request_id
    other, _ = message.split(snmp.request(["1.3.6.1.2.1.1.1.0"] * 12, request_id=request_id ^ 1))
    assert around == other


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(make_devices(Settings(printers=2)))


@given(st.binary(max_size=300))
@settings(patient, max_examples=300)
def test_noise_is_never_answered(exchange: Exchange, noise: bytes) -> None:
    assert exchange.ask(exchange.devices[0], noise, SOURCE) is None


@given(st.data())
@settings(patient, max_examples=400)
def test_a_damaged_request_never_raises_and_its_answer_is_readable(exchange: Exchange, data: st.DataObject) -> None:
    whole = bytearray(snmp.request(["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.43.11.1.1.9.1.1"], request_id=77))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    found = exchange.ask(exchange.devices[0], bytes(whole[:cut] if data.draw(st.booleans()) else whole), SOURCE)
    if found is not None:
        message_end = ber.read(found[0], 0, len(found[0]), ber.SEQUENCE)[1]
        assert message_end == len(found[0])


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "empty"),
        (b"\x30", "no length"),
        (b"\x30\x80\x00\x00", "indefinite length"),
        (b"\x30\x85\x00\x00\x00\x00\x01\x00", "length of five octets"),
        (snmp.request(["1.3.6"])[:-1], "cut off"),
        (snmp.request(["1.3.6"]) + b"\x00", "bytes after it"),
        (snmp.request(["1.3.6"]).replace(b"\x02\x01\x01", b"\x02\x01\x03", 1), "version 3"),
        (snmp.request(["1.3.6"], 0).replace(b"\xa0", b"\xa5", 1), "GETBULK in v1"),
        (snmp.request(["1.3.6"]).replace(b"\xa0", b"\xa2", 1), "a response"),
    ],
)
def test_malformed_requests_are_refused_and_counted(exchange: Exchange, octets: bytes, why: str) -> None:
    before = exchange.malformed
    with pytest.raises(ber.Malformed):
        message.decode_request(octets)
    assert exchange.ask(exchange.devices[0], octets, SOURCE) is None, why
    assert exchange.malformed == before + 1


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x2b\x80\x01", b"\x2b\x86", b"\x2b\x90\x80\x80\x80\x00"])
def test_malformed_oids_are_refused(content: bytes) -> None:
    with pytest.raises(ber.Malformed):
        ber.decode_oid_content(content)
