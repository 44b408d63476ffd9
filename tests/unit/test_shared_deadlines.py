"""The soft limit ends what runs too long, and nothing else."""

import asyncio

from shared.broker.deadlines import Deadlines


async def test_only_those_that_are_late_are_ended() -> None:
    deadlines = Deadlines(0.05)
    never = asyncio.Event()
    ended: list[tuple[str, bool]] = []

    async def work(name: str, *, long: bool) -> None:
        task = asyncio.current_task()
        assert task is not None
        deadlines.begin(task)
        try:
            if long:
                await never.wait()
        except asyncio.CancelledError:
            ended.append((name, deadlines.end(task)))
        else:
            assert not deadlines.end(task)
            await asyncio.wait([late])  # longer than the limit, but not bounded any more
            ended.append((name, False))
        assert task.cancelling() == 0

    late = asyncio.create_task(asyncio.Event().wait())
    tasks = [asyncio.create_task(work(f"{n}", long=bool(n % 2))) for n in range(4)]
    await asyncio.wait([tasks[1], tasks[3]])
    late.cancel()
    await asyncio.gather(*tasks)
    assert sorted(ended) == [("0", False), ("1", True), ("2", False), ("3", True)]


async def test_a_cancellation_by_somebody_else_is_not_taken_for_the_limit() -> None:
    deadlines = Deadlines(30)
    began = asyncio.Event()

    async def work() -> bool:
        task = asyncio.current_task()
        assert task is not None
        deadlines.begin(task)
        try:
            began.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return deadlines.end(task)
        return True

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    assert not await task


async def test_who_comes_later_is_ended_later_by_the_same_timer() -> None:
    deadlines = Deadlines(0.03)
    ended: list[int] = []

    async def work(n: int) -> None:
        task = asyncio.current_task()
        assert task is not None
        deadlines.begin(task)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            assert deadlines.end(task)
            ended.append(n)

    first = asyncio.create_task(work(1))
    await asyncio.sleep(0)
    second = asyncio.create_task(work(2))
    await asyncio.wait([first])
    third = asyncio.create_task(work(3))
    await asyncio.wait([second, third])
    assert ended == [1, 2, 3]
