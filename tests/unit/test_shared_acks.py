"""Acks are gathered into few frames and never settle what is still being handled."""

import asyncio

import pamqp.frame
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands as spec

from shared.broker.acks import Acks

CHANNEL = 7


class Ledger:
    """The broker's side of one channel: what it still holds as unacked, and how many frames and writes came."""

    def __init__(self) -> None:
        self.unacked: list[int] = []
        self.frames = self.writes = 0
        self.returned: list[int] = []

    def deliver(self, tag: int) -> None:
        self.unacked.append(tag)

    def write(self, data: bytes) -> None:
        self.writes += 1
        while data:
            used, channel, frame = pamqp.frame.unmarshal(data)
            data = data[used:]
            assert channel == CHANNEL
            if isinstance(frame, spec.Basic.Nack):
                assert frame.requeue
                assert not frame.multiple
                self.nacked(frame.delivery_tag or 0)
            else:
                assert isinstance(frame, spec.Basic.Ack)
                self.acked(frame.delivery_tag or 0, multiple=frame.multiple)

    def acked(self, tag: int, *, multiple: bool) -> None:
        self.frames += 1
        assert multiple or tag in self.unacked, "acked twice: the broker would close the channel"
        self.unacked = [t for t in self.unacked if t != tag and not (multiple and t < tag)]

    def nacked(self, tag: int) -> None:
        assert tag in self.unacked
        self.unacked.remove(tag)
        self.returned.append(tag)


@given(st.permutations(range(1, 13)), st.sets(st.integers(1, 12)), st.sets(st.integers(0, 11)))
def test_exactly_what_was_settled_is_acked_whatever_the_order(
    order: list[int], nacked: set[int], turns: set[int]
) -> None:
    async def run() -> None:
        ledger = Ledger()
        acks = Acks(CHANNEL, ledger.write)
        for tag in range(1, 13):
            ledger.deliver(tag)
            acks.delivered(tag)
        open_tags = set(range(1, 13))
        for position, tag in enumerate(order):
            if tag in nacked:
                acks.requeue(tag)
            else:
                acks.ack(tag)
            open_tags.discard(tag)
            if position in turns:
                acks.flush()
                assert set(ledger.unacked) == open_tags
        acks.flush()
        assert ledger.unacked == []
        assert set(ledger.returned) == nacked

    asyncio.run(run())


async def test_a_hundred_settled_in_one_turn_are_one_frame() -> None:
    ledger = Ledger()
    acks = Acks(CHANNEL, ledger.write)
    for tag in range(1, 101):
        ledger.deliver(tag)
        acks.delivered(tag)
        acks.ack(tag)
    acks.flush()
    assert (ledger.frames, ledger.unacked) == (1, [])


async def test_what_is_settled_is_told_by_itself_and_stragglers_in_the_same_write() -> None:
    ledger = Ledger()
    acks = Acks(CHANNEL, ledger.write)
    for tag in range(1, 7):
        ledger.deliver(tag)
        acks.delivered(tag)
    for tag in (1, 2, 4, 6):
        acks.ack(tag)
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    await turn.wait()
    assert (ledger.unacked, ledger.frames, ledger.writes) == ([3, 5], 3, 1)


async def test_nothing_is_written_to_a_channel_that_has_ended() -> None:
    ledger = Ledger()
    acks = Acks(CHANNEL, ledger.write)
    for tag in (1, 2):
        ledger.deliver(tag)
        acks.delivered(tag)
    acks.ack(1)
    acks.close("404 NOT_FOUND")
    acks.flush()
    acks.requeue(2)
    assert ledger.writes == 0
