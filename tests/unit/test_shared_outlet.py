"""Each message gets the outcome that the broker told of it, and its room in the window is given back once."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pamqp import commands as spec

from shared.broker.outgoing import Outgoing
from shared.broker.outlet import Batch, Outlet
from shared.broker.window import Window
from shared.errors import BrokerUnavailable, PublishRefused, Unroutable
from tests.support.amqp import Far, channel, returned

PROPERTIES = spec.Basic.Properties(message_id="m").marshal()
SIZE = 1000


class Counted(Window):
    """Says how much room is taken."""

    @property
    def taken(self) -> int:
        return SIZE - self._free


@dataclass
class Desk:
    far: Far = field(default_factory=Far)
    window: Counted = field(default_factory=lambda: Counted(SIZE))

    def __post_init__(self) -> None:
        self.outlet = Outlet(channel(1), self.far.wire, self.window)

    async def send(self, batch: Batch, most: int = SIZE) -> None:
        room = await self.window.take(min(most, len(batch.messages) - batch.sent))
        self.window.give(room - self.outlet.send(batch, room))


def outgoing(nth: int, *, key: str = "k", message_id: str | None = None, body: bytes = b"{}") -> Outgoing:
    return Outgoing("work", key, message_id or f"m{nth}", PROPERTIES, body)


async def test_many_messages_are_one_write_with_all_their_frames() -> None:
    desk = Desk()
    batch = Batch([outgoing(n, key=f"k{n % 2}", body=b"x" * n) for n in range(50)])
    await desk.send(batch)
    found = desk.far.read()
    assert desk.far.writes == 1
    assert {number for number, _ in found} == {1}
    publishes = [frame for _, frame in found if isinstance(frame, spec.Basic.Publish)]
    assert [p.routing_key for p in publishes] == [f"k{n % 2}" for n in range(50)]
    assert all(p.mandatory and p.exchange == "work" for p in publishes)
    assert desk.window.taken == 50


async def test_a_large_batch_is_written_in_parts() -> None:
    desk = Desk()
    batch = Batch([outgoing(n, body=b"x" * 100_000) for n in range(9)])
    while batch.sent < 9:
        before = batch.sent
        await desk.send(batch)
        assert 1 <= batch.sent - before <= 3
    assert desk.window.taken == 9


# What the broker may say of ten publishes: in order, alone or with all before them, refused or not, some come back.
ANSWERS = st.lists(st.tuples(st.integers(1, 10), st.booleans(), st.booleans()), max_size=15)


@settings(max_examples=200)
@given(ANSWERS, st.sets(st.integers(1, 10)), st.integers(0, 10))
def test_every_message_has_the_first_outcome_that_it_was_told(
    answers: list[tuple[int, bool, bool]], back: set[int], parted: int
) -> None:
    async def run() -> None:
        desk = Desk()
        batches = [
            Batch([outgoing(n) for n in range(1, parted + 1)]),
            Batch([outgoing(n) for n in range(parted + 1, 11)]),
        ]
        for batch in batches:
            if batch.messages:
                await desk.send(batch)
        expected: dict[int, type[Exception] | None] = {}
        for n in sorted(back):
            desk.far.send(1, *returned("work", "k", f"m{n}"))
            expected[n] = Unroutable
        for tag, multiple, taken in answers:
            desk.far.send(1, spec.Basic.Ack(tag, multiple) if taken else spec.Basic.Nack(tag, multiple))
            for n in range(1 if multiple else tag, tag + 1):
                expected.setdefault(n, None if taken else PublishRefused)
        assert desk.window.taken == 10 - len(expected)
        assert [b.done.done() for b in batches] == [
            bool(b.messages) and all(int(m.message_id[1:]) in expected for m in b.messages) for b in batches
        ]
        desk.far.wire.connection_lost(None)
        outcomes = [outcome for batch in batches for outcome in batch.outcomes]
        assert [o and type(o) for o in outcomes] == [expected.get(n, BrokerUnavailable) for n in range(1, 11)]
        assert desk.window.taken == 0
        assert all(batch.done.done() for batch in batches if batch.messages)

    asyncio.run(run())


async def test_two_that_share_an_id_are_told_apart_by_their_route() -> None:
    desk = Desk()
    batch = Batch([outgoing(1, key="good", message_id="same"), outgoing(2, key="bad", message_id="same")])
    await desk.send(batch)
    desk.far.send(1, *returned("work", "bad", "same"))
    desk.far.send(1, spec.Basic.Ack(2, True))
    assert [o and type(o) for o in batch.outcomes] == [None, Unroutable]


async def test_what_was_given_up_is_not_settled_by_a_late_confirm() -> None:
    desk = Desk()
    late, other = Batch([outgoing(1), outgoing(2)]), Batch([outgoing(3)])
    await desk.send(late)
    await desk.send(other)
    desk.outlet.forget(late)
    late.give_up(BrokerUnavailable("never sent"), BrokerUnavailable("gave up"))
    assert desk.window.taken == 1
    desk.far.send(1, *returned("work", "k", "m1"))
    desk.far.send(1, spec.Basic.Ack(2, True))
    assert [str(o) for o in late.outcomes] == ["The broker cannot be reached. gave up"] * 2
    assert not other.done.done()
    desk.far.send(1, spec.Basic.Nack(3, False))
    assert [type(o) for o in other.outcomes] == [PublishRefused]
    assert desk.window.taken == 0


async def test_after_the_channel_ended_nothing_is_sent() -> None:
    desk = Desk()
    desk.far.send(1, spec.Channel.Close(404, "NOT_FOUND", 60, 40))
    with pytest.raises(BrokerUnavailable):
        desk.outlet.send(Batch([outgoing(1)]), 1)
    assert desk.far.written == b""


async def test_a_route_that_is_too_long_leaves_nothing_in_flight() -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="255"):
        await desk.send(Batch([outgoing(1), outgoing(2, key="k" * 300)]))
    assert desk.far.written == b""
    batch = Batch([outgoing(3)])
    await desk.send(batch)
    desk.far.send(1, spec.Basic.Ack(1, False))
    assert batch.outcomes == [None], "tags are counted as the broker counts them"


async def test_the_window_is_first_come_first_served_and_outlives_who_gives_up() -> None:
    window = Window(10)
    assert await window.take(7) == 7
    assert await window.take(7) == 3
    waiting = [asyncio.create_task(window.take(most)) for most in (4, 4, 4, 100)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    window.give(5)
    window.give(1)
    assert [await waiting[0], await waiting[2]] == [4, 2]
    assert not waiting[3].done()
    window.give(10)
    assert await waiting[3] == 10


async def test_whoever_is_woken_and_then_cancelled_wakes_the_next() -> None:
    window = Window(1)
    await window.take(1)
    first, second = (asyncio.create_task(window.take(1)) for _ in range(2))
    await asyncio.sleep(0)
    window.give(1)
    first.cancel()
    assert await second == 1
    assert first.cancelled()
