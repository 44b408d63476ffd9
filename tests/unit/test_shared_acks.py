"""Acks are gathered into few frames and never settle what is still being handled."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from shared.broker.acks import Acks


class Ledger:
    """The broker's side of one channel: what it still holds as unacked, and how many frames came."""

    def __init__(self) -> None:
        self.unacked: list[int] = []
        self.frames = 0
        self.returned: list[int] = []

    def deliver(self, tag: int) -> None:
        self.unacked.append(tag)

    async def basic_ack(self, tag: int, multiple: bool = False, wait: bool = True) -> None:
        self.frames += 1
        assert multiple or tag in self.unacked, "acked twice: the broker would close the channel"
        self.unacked = [t for t in self.unacked if t != tag and not (multiple and t < tag)]

    async def basic_nack(self, tag: int, requeue: bool = True) -> None:
        assert tag in self.unacked
        self.unacked.remove(tag)
        self.returned.append(tag)


@given(st.permutations(range(1, 13)), st.sets(st.integers(1, 12)), st.sets(st.integers(0, 11)))
def test_exactly_what_was_settled_is_acked_whatever_the_order(
    order: list[int], nacked: set[int], turns: set[int]
) -> None:
    async def run() -> None:
        ledger = Ledger()
        acks = Acks(ledger)  # type: ignore[arg-type]
        for tag in range(1, 13):
            ledger.deliver(tag)
            acks.delivered(tag)
        open_tags = set(range(1, 13))
        for position, tag in enumerate(order):
            if tag in nacked:
                await acks.requeue(tag)
            else:
                acks.ack(tag)
            open_tags.discard(tag)
            if position in turns:
                await acks.flush()
                assert set(ledger.unacked) == open_tags
        await acks.flush()
        assert ledger.unacked == []
        assert set(ledger.returned) == nacked

    asyncio.run(run())


async def test_a_hundred_settled_in_one_turn_are_one_frame() -> None:
    ledger = Ledger()
    acks = Acks(ledger)  # type: ignore[arg-type]
    for tag in range(1, 101):
        ledger.deliver(tag)
        acks.delivered(tag)
        acks.ack(tag)
    await acks.flush()
    assert (ledger.frames, ledger.unacked) == (1, [])
