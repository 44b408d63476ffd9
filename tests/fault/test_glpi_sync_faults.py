"""glpi_sync and the broker stopped, killed and restarted in the middle of a pass: it completes, once."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from urllib.parse import quote

import pytest

from lab.glpi import GlpiLab
from tests.support.broker import BrokerHandle, VirtualHost
from tests.support.eventually import eventually
from tests.support.fixtures import StartService
from tests.support.glpi import GlpiBench, devices, glpi_settings, simulated_glpi
from tests.support.process import ServiceProcess

pytestmark = pytest.mark.fault

FLEET = devices(60)
SERIALS = {number: device.serial or None for number, device in enumerate(FLEET, 1)}


@pytest.fixture
async def bench(vhost: VirtualHost) -> AsyncIterator[GlpiBench]:
    async with GlpiBench(vhost) as made:
        yield made


@pytest.fixture
async def lab() -> AsyncIterator[GlpiLab]:
    async with simulated_glpi(FLEET) as made:
        yield made


def expected(lab: GlpiLab) -> dict[int, str]:
    return {number: lab.expected[device.id].verdict for number, device in enumerate(FLEET, 1)}


async def in_mid_pass(bench: GlpiBench, lab: GlpiLab) -> str:
    """A pass that hangs in GLPI."""
    lab.set_faults({"hang": True})
    pass_id = await bench.reconcile()
    await asyncio.wait_for(lab.hung.wait(), 30)
    return pass_id


async def knows_all(bench: GlpiBench, lab: GlpiLab) -> None:
    await eventually(lambda: lab.requests["GET killSession"] == 1, what="the login at the start being over")
    await bench.read(SERIALS)
    await bench.until(lambda heard: heard.beat.get("detail", {}).get("known_serials") == len(SERIALS), "known serials")


def start(start_service: StartService, bench: GlpiBench, lab: GlpiLab) -> ServiceProcess:
    # No single questions: what is seen comes from the pass.
    more = {"PRINTSWEEP_GLPI_SYNC_COLLECT_S": "600", "PRINTSWEEP_STOP_TIMEOUT_S": "0.3"}
    return start_service("services.glpi_sync", bench.environment | glpi_settings(lab) | more)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_pass_survives_its_process(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, how: signal.Signals
) -> None:
    service = start(start_service, bench, lab)
    await knows_all(bench, lab)
    pass_id = await in_mid_pass(bench, lab)
    service.signal(how)
    status = await service.ended()
    assert status == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    assert bench.heard.state(pass_id) == "running"
    lab.set_faults({"hang": False})
    service.start()
    done = await bench.ended(pass_id)
    assert bench.heard.found == expected(lab)
    assert len({told["started_at"] for told in bench.heard.passes[pass_id]}) == 1
    assert sum(done["counts"].values()) == len(SERIALS)
    assert await bench.depth("dead.glpi") == 0


async def test_a_stopped_service_logs_out(bench: GlpiBench, lab: GlpiLab, start_service: StartService) -> None:
    service = start(start_service, bench, lab)
    await knows_all(bench, lab)
    lab.set_faults({"slow": 0.3})
    await bench.reconcile()
    await eventually(lambda: lab.requests["GET getMyEntities"] == 1, what="the session being used")
    service.signal(signal.SIGTERM)
    assert await service.ended() == 0
    assert lab.requests["GET killSession"] == 2
    assert lab.api.sessions.expire_all() == 0


async def test_a_frozen_service_is_relieved_of_nothing(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    """Longer than the broker's patience: the request is delivered again, and the pass is one."""
    service = start(start_service, bench, lab)
    await knows_all(bench, lab)
    pass_id = await in_mid_pass(bench, lab)

    def connections() -> list[str]:
        """The service's, as soon as the management API tells whose they are and that one of them consumes."""
        listed = bench.vhost.api("GET", "vhosts/{vhost}/connections?columns=name,client_properties.connection_name")
        told = {one["name"]: str(one.get("client_properties", {})) for one in listed}
        found = [name for name, client in told.items() if "glpi_sync/" in client]
        return found if any("/consume" in told[name] for name in found) else []

    names = await eventually(connections)
    service.signal(signal.SIGSTOP)
    for name in names:
        bench.vhost.api("DELETE", f"connections/{quote(name, safe='')}")
    lab.set_faults({"hang": False})
    service.signal(signal.SIGCONT)
    await bench.ended(pass_id)
    await bench.until(lambda heard: len(heard.batches) >= 1, "verdicts")
    assert bench.heard.found == expected(lab)
    await eventually(lambda: bench.heard.beat.get("in_flight") == 0, what="nothing being left in hand")
    assert [batch["pass_id"] for batch in bench.heard.batches] == [pass_id]


async def test_a_pass_survives_the_broker(own_broker: BrokerHandle, lab: GlpiLab, start_service: StartService) -> None:
    async with GlpiBench(own_broker.new_vhost()) as bench:
        service = start(start_service, bench, lab)
        await knows_all(bench, lab)
        pass_id = await in_mid_pass(bench, lab)
        await own_broker.restart()
        lab.set_faults({"hang": False})
        await bench.ended(pass_id, timeout=60)
        assert bench.heard.found == expected(lab)
        assert service.is_running
        # And it goes on: new serials still come in and are judged by the next pass.
        await bench.read({5000: "BRANDNEW1"})
        await bench.until(lambda heard: heard.beat["detail"]["known_serials"] == len(SERIALS) + 1, "the new serial", 60)
        await bench.ended(await bench.reconcile(), timeout=60)
        assert bench.heard.found[5000] == "NOT_FOUND"


async def test_a_database_that_fails_for_a_while_loses_nothing(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    service = start(start_service, bench, lab)
    await knows_all(bench, lab)
    with closing(sqlite3.connect(service.folder / "data" / "glpi_sync.db", timeout=10)) as database:
        database.execute("ALTER TABLE serials RENAME TO away")
        await bench.read({7000: "LATER1"})
        pass_id = await bench.reconcile()
        await bench.until(lambda heard: any(p.get("error") for p in heard.passes.get(pass_id, ())), "the failure")
        assert "database" in bench.heard.passes[pass_id][-1]["error"]
        await eventually(lambda: "message.handed_back" in service.log, what="the readings being handed back")
        database.execute("ALTER TABLE away RENAME TO serials")
    await bench.ended(pass_id)
    await bench.until(lambda heard: heard.beat["detail"]["known_serials"] == len(SERIALS) + 1, "the later serial")
    assert service.is_running
    assert await bench.depth("dead.glpi") == 0
