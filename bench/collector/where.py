"""Where the time of a sweep goes, by module. Python's own profiler makes calls dearer: shares are told, no times."""

import asyncio
import cProfile
import pstats
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_ROWS = 12
_SYSTEM_CALLS = ("sendto", "recvfrom")
_OF_OTHERS = "asyncio, uvloop and other libraries"


async def where(sweep: Callable[[], Awaitable[object]]) -> list[tuple[str, float]]:
    """(module or other place, its share of the time), the largest first."""
    profile = cProfile.Profile()
    await asyncio.sleep(0)
    profile.enable()
    try:
        await sweep()
    finally:
        profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_place(file, function)] += own
    whole = sum(spent.values())
    return [(place, seconds / whole) for place, seconds in spent.most_common(MOST_ROWS)]


def _place(file: str, function: str) -> str:
    if file == "~":
        called = next((name for name in _SYSTEM_CALLS if name in function), None)
        return f"the system's {called}" if called else "built-in functions"
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT / "services") else _OF_OTHERS
