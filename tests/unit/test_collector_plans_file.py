"""The file of plans: whatever becomes of it costs plans and nothing else, and it is bounded."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.settings import Settings
from services.collector.plans import store as module
from services.collector.plans.plan import Plan
from services.collector.plans.plans import MOST_KEPT, Key, Plans
from services.collector.plans.reader import Reader
from services.collector.plans.store import FILE, Store
from services.collector.snmp.exchange import V2C, Target
from services.collector.snmp.udp import UdpExchange

ROUNDS = 250
ANOTHER = ("198.51.100.1", 161, V2C)  # the address of no plan in the files


async def _learned() -> dict[Key, Plan]:
    plans = Plans()
    async with Fleet(Settings(printers=len(MODELS), paused=True)) as fleet, UdpExchange() as exchange:
        reader = Reader(exchange, plans)
        for device in fleet.devices:
            if V2C in device.model.versions:
                target = Target(device.ip, fleet.port, V2C, b"public", 0.3, 2)
                await reader.read(target, time.monotonic() + 60)
    return {key: plan for key in plans.dirty if (plan := plans.get(key)) is not None}


@pytest.fixture(scope="module")
def learned() -> dict[Key, Plan]:
    """Plans of simulated printers, one of each model that speaks v2c."""
    return asyncio.run(_learned())


def numbered(plan: Plan, count: int) -> dict[Key, Plan]:
    """The same plan for many printers, each learned a second after the one before."""
    return {
        (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 161, V2C): replace(plan, learned_at=1.6e9 + n)
        for n in range(1, count + 1)
    }


async def written(folder: Path, plans: dict[Key, Plan]) -> None:
    """A file of these plans."""
    kept = Plans()
    store = Store(kept, folder)
    await store.open()
    for key, plan in plans.items():
        kept.put(key, plan)
    await store.flush()
    await store.close()


async def loaded(folder: Path) -> Plans:
    """What a collector that begins finds."""
    found = Plans()
    store = Store(found, folder)
    await store.open()
    await store.close()
    return found


def lasting(plan: Plan) -> tuple[Any, ...]:
    """All of a plan that a restart may not change."""
    return plan.layout, plan.vendor, plan.fingerprint, plan.marks, plan.serial, plan.learned_at


def rows(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own word


# ------------------------------------------------------------------------------------------------------ damage


def _flip(octets: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 4, 64))):
        octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)


def _truncate(octets: bytearray, dice: random.Random) -> None:
    del octets[dice.randrange(len(octets)) :]


def _zero(octets: bytearray, dice: random.Random) -> None:
    at, size = dice.randrange(len(octets)), dice.choice((16, 512, 4096, 40_000))
    octets[at : at + size] = bytes(len(octets[at : at + size]))


def _swap(octets: bytearray, dice: random.Random) -> None:
    """Two pages change places, as on a disk that writes where it should not."""
    one, other = (4096 * dice.randrange(len(octets) // 4096) for _ in range(2))
    octets[one : one + 4096], octets[other : other + 4096] = octets[other : other + 4096], octets[one : one + 4096]


def _digit(octets: bytearray, dice: random.Random) -> None:
    """A digit in what looks like JSON becomes another: it can be read as well as before."""
    digits = [at for at, octet in enumerate(octets) if 0x31 <= octet <= 0x39]
    octets[dice.choice(digits)] = dice.randrange(0x31, 0x3A)


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _truncate, _zero, _swap, _digit)


async def test_whatever_is_damaged_no_plan_is_another_one(learned: dict[Key, Plan], tmp_path: Path) -> None:
    """Seeded damage, hundreds of times: the file opens, each plan in it is as it was written or is not there, and the
    next plan is kept."""
    await written(tmp_path / "whole", learned)
    whole = (tmp_path / "whole" / FILE).read_bytes()
    some_lost = 0
    for seed in range(ROUNDS):
        dice = random.Random(seed)
        octets = bytearray(whole)
        DAMAGES[seed % len(DAMAGES)](octets, dice)
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / FILE).write_bytes(octets)
        found = Plans()
        store = Store(found, folder)
        await store.open()
        for key, plan in learned.items():
            entry = found.entry(key)
            if entry is not None and entry.plan is not None:
                assert lasting(entry.plan) == lasting(plan), f"seed {seed}"
        assert len(found) <= len(learned), f"seed {seed}: a plan of nobody"
        some_lost += len(found) < len(learned)
        found.put(ANOTHER, next(iter(learned.values())))
        await store.flush()
        await store.close()
        assert (await loaded(folder)).get(ANOTHER) is not None, f"seed {seed}"
    assert some_lost > ROUNDS / 4, "damage was done"


async def test_a_damaged_layout_is_written_again(learned: dict[Key, Plan], tmp_path: Path) -> None:
    await written(tmp_path, learned)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE layouts SET body = replace(body, '1', '2')")
    assert len(await loaded(tmp_path)) == 0
    await written(tmp_path, learned)
    assert len(await loaded(tmp_path)) == len(learned)


async def test_a_plan_that_stands_at_another_address_counts_for_nothing(
    learned: dict[Key, Plan], tmp_path: Path
) -> None:
    await written(tmp_path, learned)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE plans SET port = port + 1")
    assert len(await loaded(tmp_path)) == 0


@pytest.mark.parametrize("octets", [b"", bytes(100_000), b"SQLite format 3\0" + bytes(5000), b"\xff" * 3], ids=len)
async def test_a_file_that_is_none_is_made_anew(octets: bytes, learned: dict[Key, Plan], tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(octets)
    (tmp_path / (FILE + "-wal")).write_bytes(octets)
    assert len(await loaded(tmp_path)) == 0
    await written(tmp_path, learned)
    assert len(await loaded(tmp_path)) == len(learned)


async def test_a_file_of_a_newer_version_is_made_anew(learned: dict[Key, Plan], tmp_path: Path) -> None:
    await written(tmp_path, learned)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with capture_logs() as logs:
        assert len(await loaded(tmp_path)) == 0
    assert "version 9999" in next(line["error"] for line in logs if line["event"] == "plans.unusable")
    await written(tmp_path, learned)
    assert len(await loaded(tmp_path)) == len(learned)


# ----------------------------------------------------------------------------------------- nowhere to write


def a_folder_in_its_place(folder: Path) -> Path:
    (folder / FILE / "inside").mkdir(parents=True)
    return folder


def a_file_in_the_folder_s_place(folder: Path) -> Path:
    (folder / "data").write_text("no folder")
    return folder / "data"


def a_folder_where_nobody_may_write(folder: Path) -> Path:
    return Path("/proc")  # not even root may


@pytest.mark.parametrize(
    "place", [a_folder_in_its_place, a_file_in_the_folder_s_place, a_folder_where_nobody_may_write]
)
async def test_where_nothing_can_be_kept_there_are_no_plans_and_no_errors(
    place: Callable[[Path], Path], learned: dict[Key, Plan], tmp_path: Path
) -> None:
    plans = Plans()
    store = Store(plans, place(tmp_path))
    with capture_logs() as logs:
        await store.open()
        for key, plan in learned.items():
            plans.put(key, plan)
        for _ in range(3):
            await store.flush()
            await store.take_of_others()
        await store.close()
    assert "plans.unusable" in [line["event"] for line in logs]
    assert len(logs) <= 3, "it is told at the beginning, not every two seconds"
    assert not plans.dirty, "what cannot be kept is not gathered either"


async def test_a_full_disk_costs_what_does_not_fit_and_is_told_once(learned: dict[Key, Plan], tmp_path: Path) -> None:
    """SQLite's own word for a full disk, by a limit of pages."""
    await written(tmp_path, learned)
    plans = Plans()
    store = Store(plans, tmp_path)
    await store.open()
    assert len(plans) == len(learned)
    pages = (await store._database.one("PRAGMA page_count"))[0]
    await store._database.one(f"PRAGMA max_page_count = {pages}")
    many = numbered(next(iter(learned.values())), 500)
    with capture_logs() as logs:
        for _ in range(3):
            for key, plan in many.items():
                plans.put(key, plan)
            await store.flush()
    assert [line["event"] for line in logs] == ["plans.not_written"]
    assert "full" in logs[0]["error"]
    assert len(await loaded(tmp_path)) == len(learned), "what was written before is whole"
    await store._database.one("PRAGMA max_page_count = 1000000")
    for key, plan in many.items():
        plans.put(key, plan)
    await store.flush()
    await store.close()
    assert len(await loaded(tmp_path)) == len(learned) + len(many)


# ---------------------------------------------------------------------------------------------------- bounds


async def test_twenty_thousand_plans_are_kept_the_newest_and_no_more(learned: dict[Key, Plan], tmp_path: Path) -> None:
    beyond = 300
    many = numbered(next(iter(learned.values())), MOST_KEPT + beyond)
    await written(tmp_path, many)
    assert rows(tmp_path, "plans") == MOST_KEPT
    found = await loaded(tmp_path)
    assert len(found) == MOST_KEPT
    keys = list(many)
    assert all(found.get(key) is None for key in keys[:beyond])
    assert all(found.get(key) is not None for key in keys[beyond:])
    found.put(ANOTHER, next(iter(learned.values())))
    assert found.get(keys[beyond]) is None, "the oldest makes room"
    assert found.get(keys[-1]) is not None
    assert len(found) == MOST_KEPT


async def test_layouts_that_nobody_has_any_more_are_dropped_while_the_collector_runs(
    learned: dict[Key, Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 50)
    plan = next(iter(learned.values()))
    plans = Plans()
    store = Store(plans, tmp_path)
    await store.open()
    most = 0
    for n in range(200):
        plans.put(ANOTHER, replace(plan, layout=replace(plan.layout, gets=(*plan.layout.gets, (1, 3, n)), packings={})))
        await store.flush()
        most = max(most, rows(tmp_path, "layouts"))
    await store.close()
    assert 1 < most <= 52
    assert rows(tmp_path, "plans") == 1


async def test_the_plans_of_several_collectors_are_bounded_together(
    learned: dict[Key, Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 50)
    plan = next(iter(learned.values()))
    collectors = [Plans(most=50) for _ in range(3)]
    stores = [Store(plans, tmp_path) for plans in collectors]
    for store in stores:
        await store.open()
    for at, (key, one) in enumerate(numbered(plan, 600).items()):
        collectors[at % 3].put(key, one)
        if at % 30 == 29:
            for store in stores:
                await store.flush()
                await store.take_of_others()
            assert rows(tmp_path, "plans") <= 50 + 3 * 51, "what is written between two prunings by each"
            assert max(map(len, collectors)) <= 50
    for store in stores:
        await store.close()
    assert len(await loaded(tmp_path)) == rows(tmp_path, "plans") == 50
