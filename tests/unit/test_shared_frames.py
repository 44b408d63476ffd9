"""Our frames beside pamqp's: what we write it reads, and what it writes we read; octets of strangers harm nobody."""

from datetime import UTC, datetime
from typing import Any

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands as spec
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from shared.broker import frames

TEXT = st.text(max_size=60)
SOME = st.none() | st.text(min_size=1, max_size=60)
HEADERS = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.text(max_size=40) | st.integers(-(2**31), 2**31 - 1) | st.booleans(),
    max_size=4,
)
SECONDS = st.integers(1, 2**32 - 1)


def decoded(data: bytes) -> list[tuple[int, Any]]:
    found = []
    while data:
        used, channel, frame = pamqp.frame.unmarshal(data)
        found.append((channel, frame))
        data = data[used:]
    return found


@given(TEXT, st.text(min_size=1, max_size=40), SECONDS, SOME, SOME, st.none() | st.integers(0, 10**9), HEADERS)
def test_pamqp_reads_the_properties_that_we_write(
    type_: str, content_type: str, at: int, correlation: str | None, reply: str | None, ttl: int | None, headers: Any
) -> None:
    expiration = None if ttl is None else str(ttl)
    before, behind = frames.properties(
        type_, content_type, at, correlation_id=correlation, reply_to=reply, expiration=expiration, headers=headers
    )
    [(number, header)] = decoded(frames.content(9, before + frames.short("id-1") + behind, b"", 4096))
    assert number == 9
    found = header.properties
    assert (found.message_type or "", found.content_type) == (type_, content_type)
    assert (found.correlation_id, found.reply_to, found.expiration) == (correlation, reply, expiration)
    assert (found.message_id, found.delivery_mode) == ("id-1", 2)
    assert (found.headers or {}) == headers
    assert found.timestamp == datetime.fromtimestamp(at, UTC)


@given(SOME, SOME, HEADERS, st.none() | st.integers(0, 255), SOME, SOME, SOME, SOME, st.none() | SECONDS, SOME, SOME)
def test_we_read_the_properties_that_pamqp_writes(
    content_type: Any, encoding: Any, headers: Any, priority: Any, correlation: Any, reply: Any, expiration: Any,
    message_id: Any, at: Any, type_: Any, user: Any,
) -> None:  # fmt: skip
    sent = spec.Basic.Properties(
        content_type, encoding, headers, 2, priority, correlation, reply, expiration, message_id,
        None if at is None else datetime.fromtimestamp(at, UTC), type_, user, user,
    )  # fmt: skip
    assert frames.read_properties(sent.marshal()) == sent


@given(st.binary(max_size=200))
def test_no_octets_of_properties_raise(data: bytes) -> None:
    frames.read_properties(data)


@given(st.binary(min_size=1, max_size=255))
def test_text_that_is_not_utf8_fits_into_a_short_string_again(octets: bytes) -> None:
    found = frames.read_properties((1 << 5).to_bytes(2, "big") + bytes([len(octets)]) + octets)
    assert isinstance(found.message_type, str)
    frames.short(found.message_type)


def test_unreadable_headers_leave_the_other_properties() -> None:
    sent = spec.Basic.Properties(headers={"a": 1}, message_id="m", message_type="poll.request.v1").marshal()
    found = frames.read_properties(sent.replace(b"\x01a", b"\x01\xff", 1))
    assert (found.headers, found.message_id, found.message_type) == ({}, "m", "poll.request.v1")


def test_a_timestamp_beyond_all_years_is_none() -> None:
    sent = spec.Basic.Properties(message_id="m", timestamp=datetime.fromtimestamp(1, UTC)).marshal()
    found = frames.read_properties(sent.replace(b"\x00" * 7 + b"\x01", b"\xff" * 8))
    assert (found.timestamp, found.message_id) == (None, "m")


@given(st.binary(max_size=9000), st.integers(20, 5000))
def test_a_body_is_split_into_frames_that_the_broker_takes(body: bytes, frame_max: int) -> None:
    properties = spec.Basic.Properties(message_id="m").marshal()
    [(_, header), *parts] = decoded(frames.content(3, properties, body, frame_max))
    assert isinstance(header, ContentHeader)
    assert (header.body_size, header.properties.message_id) == (len(body), "m")
    assert all(isinstance(part, ContentBody) and number == 3 for number, part in parts)
    assert all(0 < len(part.value) <= frame_max - 8 for _, part in parts)
    assert b"".join(part.value for _, part in parts) == body


@pytest.mark.parametrize("multiple", [True, False])
def test_methods_are_what_pamqp_writes(multiple: bool) -> None:
    assert frames.ack(5, 2**40, multiple=multiple) == pamqp.frame.marshal(spec.Basic.Ack(2**40, multiple), 5)
    assert frames.requeue(5, 77) == pamqp.frame.marshal(spec.Basic.Nack(77, False, True), 5)
    publish = spec.Basic.Publish(exchange="work", routing_key="poll.main.urgent", mandatory=True)
    assert frames.publish_method(5, "work", "poll.main.urgent") == pamqp.frame.marshal(publish, 5)


def test_a_routing_key_that_is_too_long_is_refused() -> None:
    frames.publish_method(1, "work", "k" * 255)
    with pytest.raises(ValueError, match="256 octets"):
        frames.publish_method(1, "work", "k" * 256)
