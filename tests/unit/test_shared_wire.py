"""What comes over the socket reaches the sink or aiormq, whole and in order, however it is cut into pieces."""

import random
from collections.abc import Iterator
from typing import Any

import pamqp.frame
from aiormq.abc import DeliveredMessage
from pamqp import commands as spec
from pamqp.heartbeat import Heartbeat

from shared.broker.wire import Sink
from tests.support.amqp import Far, channel, delivered, returned

PROPERTIES = spec.Basic.Properties(message_id="m", message_type="poll.request.v1", correlation_id="s")


class Seen(Sink):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.messages: list[DeliveredMessage] = []
        self.told: list[Any] = []

    def delivered(self, raw: DeliveredMessage) -> None:
        self.messages.append(raw)

    def confirmed(self, tag: int, *, multiple: bool, taken: bool) -> None:
        self.told.append((tag, multiple, taken))

    def returned(self, exchange: str, key: str, message_id: str | None) -> None:
        self.told.append((exchange, key, message_id))

    def closed(self, reason: str) -> None:
        self.told.append(reason)


def pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    while data:
        size = chance.choice((1, 2, 7, 8, 50, 1000, 5000))
        yield data[:size]
        data = data[size:]


async def test_pieces_of_any_size_are_put_together() -> None:
    chance = random.Random(7)
    for _ in range(60):
        far, seen = Far(), Seen()
        far.wire.attach(channel(2), seen)
        bodies = [chance.randbytes(chance.choice((0, 1, 100, 5000, 20_000))) for _ in range(6)]
        stream, others = b"", b""
        for nth, body in enumerate(bodies):
            other = pamqp.frame.marshal(chance.choice((Heartbeat(), spec.Basic.QosOk(), spec.Channel.OpenOk())), nth)
            if nth != 2:
                others += other
                stream += other
            # Frames of other channels may stand between those of one message.
            foreign = pamqp.frame.marshal(spec.Basic.Deliver("other", 1, False, "", "q"), 3)
            mine = [pamqp.frame.marshal(frame, 2) for frame in delivered(nth + 1, body, PROPERTIES)]
            stream += mine[0] + foreign + b"".join(mine[1:])
            others += foreign
        for piece in pieces(stream, chance):
            far.wire.data_received(piece)
        assert [raw.body for raw in seen.messages] == bodies
        assert [raw.delivery_tag for raw in seen.messages] == [1, 2, 3, 4, 5, 6]
        assert [raw.redelivered for raw in seen.messages] == [False, True] * 3
        assert {(raw.exchange, raw.routing_key, raw.consumer_tag) for raw in seen.messages} == {
            ("work", "poll.main.routine", "c")
        }
        assert all(raw.header.properties == PROPERTIES for raw in seen.messages)
        assert far.passed_on() == others


async def test_confirms_and_returns_are_told_and_other_methods_go_on() -> None:
    far, seen = Far(), Seen()
    far.wire.attach(channel(1), seen)
    far.send(1, *returned("work", "poll.nowhere.urgent", "m9"))
    far.send(1, spec.Basic.Ack(3, True), spec.Basic.Nack(4, False), spec.Basic.CancelOk("c"))
    assert seen.told == [("work", "poll.nowhere.urgent", "m9"), (3, True, True), (4, False, False)]
    assert far.passed_on() == pamqp.frame.marshal(spec.Basic.CancelOk("c"), 1)


async def test_a_channel_that_the_broker_closes_takes_nothing_more_and_says_why() -> None:
    far, seen = Far(), Seen()
    far.wire.attach(channel(1), seen)
    close = spec.Channel.Close(404, "NOT_FOUND - no exchange 'work'", 60, 40)
    far.send(1, close, spec.Basic.Ack(1, False))
    assert seen.told == ["404 NOT_FOUND - no exchange 'work'"]
    assert far.passed_on() == pamqp.frame.marshal(close, 1) + pamqp.frame.marshal(spec.Basic.Ack(1, False), 1)


async def test_every_sink_is_told_of_a_lost_connection_and_writing_raises() -> None:
    far = Far()
    sinks = [Seen(), Seen()]
    for number, sink in enumerate(sinks):
        far.wire.attach(channel(number), sink)
    far.wire.pause_writing()
    assert not far.wire.is_free
    far.wire.connection_lost(ConnectionResetError())
    assert [sink.told for sink in sinks] == [["the connection was lost"]] * 2
    await far.wire.free()
    try:
        far.wire.write(b"x")
    except ConnectionError:
        return
    raise AssertionError("it must be told that nothing can be written")


async def test_aiormq_sees_a_sign_of_life_while_all_frames_are_taken() -> None:
    far, seen = Far(), Seen()
    far.wire.attach(channel(1), seen)
    far.wire._passed_on_at -= 100
    far.send(1, spec.Basic.Ack(1, False))
    far.send(1, spec.Basic.Ack(2, False))
    assert far.passed_on() == pamqp.frame.marshal(Heartbeat(), 0)


async def test_what_is_not_amqp_goes_on_as_it_came() -> None:
    for strange in (b"AMQP\x00\x00\x09\x01", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x00\x01\x00\x00\x00\x01xy!"):
        far = Far()
        far.wire.attach(channel(1), Seen())
        good = pamqp.frame.marshal(Heartbeat(), 0)
        far.wire.data_received(good + strange)
        far.wire.data_received(strange)
        assert far.passed_on() == good + strange + strange
