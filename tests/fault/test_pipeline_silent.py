"""Dead printers of the last sweep are known in the next one, whatever became of the collector meanwhile."""

from pathlib import Path

import pytest

from tests.support import VirtualHost
from tests.support.pipeline import Pipeline, pipeline

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

PRINTERS = 60


async def _asked(run: Pipeline) -> dict[str, dict[str, int]]:
    """How often each dead printer was asked since the last time: in datagrams, and by what begins a poll."""
    found = {d["id"]: d["asked"] for d in await run.devices() if d["behaviour"] == "dead"}
    await run.control("/reset-asked")
    return found


async def test_a_collector_that_begins_anew_probes_who_was_silent_before(vhost: VirtualHost, tmp_path: Path) -> None:
    """It has forgotten them; the scheduler tells it with each poll."""
    async with pipeline(vhost, tmp_path, printers=PRINTERS, collectors=1, fleet=("--dead", "0.3")) as run:
        dead = [d["id"] for d in await run.devices() if d["behaviour"] == "dead"]
        assert len(dead) == round(0.3 * PRINTERS)
        await run.until(await run.sweep(), state="closed", failed=len(dead))
        first = await _asked(run)
        assert {asked["polls"] for asked in first.values()} == {1}, "nobody knew: whole polls were begun"

        run.services["collector-1"].kill()
        run.services["scheduler"].kill()
        await run.services["scheduler"].start().ready()
        await run.services["collector-1"].start().ready()
        await run.until(await run.sweep(force=True), state="closed", done=PRINTERS - len(dead), failed=len(dead))
        second = await _asked(run)
        assert {asked["polls"] for asked in second.values()} == {0}, "nobody begins a poll with the dead"
        assert {asked["datagrams"] for asked in second.values()} == {2}, "a small question, and again"

        # Back to life, they are read in the very poll that finds them so; and are trusted in the next.
        for one in dead:
            await run.control(f"/devices/{one}", {"behaviour": "ok"})
        await run.until(await run.sweep(force=True), state="closed", done=PRINTERS, failed=0)
