"""Places for polls: bounded, with a reserve for urgent ones, and closed to newcomers at the end."""

import asyncio

import pytest

from services.collector.errors import NotStarted
from services.collector.slots import Slots
from shared.words import Lane


class Guest:
    """Takes a place until told to leave."""

    def __init__(self, slots: Slots, lane: Lane) -> None:
        self.is_in = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(slots, lane))

    async def _stay(self, slots: Slots, lane: Lane) -> None:
        async with slots.place(lane):
            self.is_in = True
            await self.leave.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def guests(slots: Slots, lane: Lane, count: int) -> list[Guest]:
    made = [Guest(slots, lane) for _ in range(count)]
    await settle()
    return made


async def test_an_urgent_poll_never_waits_behind_routine_ones() -> None:
    slots = Slots(10, 2)
    routine = await guests(slots, Lane.ROUTINE, 500)
    assert sum(g.is_in for g in routine) == 8
    urgent = await guests(slots, Lane.URGENT, 4)
    assert [g.is_in for g in urgent] == [True, True, False, False]
    routine[0].leave.set()
    await settle()
    assert urgent[2].is_in
    assert sum(g.is_in for g in routine) == 8
    assert slots.taken == 10
    for guest in urgent + routine:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in urgent + routine))
    assert slots.taken == 0


async def test_a_cancelled_guest_gives_its_place_to_the_next() -> None:
    slots = Slots(2, 1)
    first, waiting, last = await guests(slots, Lane.ROUTINE, 3)
    waiting.task.cancel()
    first.task.cancel()
    await settle()
    assert last.is_in
    assert slots.taken == 1
    last.leave.set()
    await last.task
    assert slots.taken == 0


async def test_closing_sends_away_who_waits_and_keeps_who_is_in() -> None:
    slots = Slots(2, 1)
    inside, waiting = await guests(slots, Lane.ROUTINE, 2)
    slots.close()
    with pytest.raises(NotStarted):
        await waiting.task
    with pytest.raises(NotStarted):
        await Guest(slots, Lane.URGENT).task
    assert inside.is_in
    inside.leave.set()
    await inside.task
    slots.open()
    (again,) = await guests(slots, Lane.ROUTINE, 1)
    assert again.is_in
    again.leave.set()
    await again.task
