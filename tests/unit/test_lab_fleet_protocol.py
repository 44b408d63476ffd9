"""What the agents of the fleet say: SNMP's truths, asked over UDP with pysnmp and net-snmp."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from pysnmp.hlapi.v1arch.asyncio import (
    CommunityData,
    ObjectIdentity,
    ObjectType,
    SnmpDispatcher,
    UdpTransportTarget,
    bulk_walk_cmd,
    get_cmd,
)

from lab.fleet import Fleet, Settings
from lab.fleet.alerts import refresh
from lab.fleet.device import Device
from lab.fleet.models import MODELS
from tests.support import eventually, snmp
from tests.support.snmp import V1, V2C, Asker

SYSTEM = "1.3.6.1.2.1.1"
DESCRIPTION, OBJECT_ID, UPTIME = f"{SYSTEM}.1.0", f"{SYSTEM}.2.0", f"{SYSTEM}.3.0"
HC_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
TOO_BIG, NO_SUCH_NAME = 1, 2


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=len(MODELS), paused=True)) as running:
        yield running


@pytest.fixture
def asker() -> Iterator[Asker]:
    with Asker() as open_socket:
        yield open_socket


def find(fleet: Fleet, key: str) -> Device:
    return next(device for device in fleet.devices if device.model.key == key)


def at(fleet: Fleet, key: str) -> tuple[str, int]:
    return find(fleet, key).ip, fleet.port


async def silent(fleet: Fleet, asker: Asker, target: tuple[str, int], data: bytes) -> bool:
    """Say whether a datagram that surely arrived got no reply."""
    received = fleet.endpoint.traffic.received
    await asker.send(target, data)
    await eventually(lambda: fleet.endpoint.traffic.received > received)
    return asker.received() is None


@pytest.mark.parametrize("version", [V1, V2C])
async def test_get_answers_in_order(fleet: Fleet, asker: Asker, version: int) -> None:
    device = find(fleet, "kyocera-mono")
    read = await asker.ask(at(fleet, "kyocera-mono"), [OBJECT_ID, DESCRIPTION, f"{SYSTEM}.5.0", UPTIME], version)
    assert read.status == 0
    assert [oid for oid, _ in read.varbinds] == [OBJECT_ID, DESCRIPTION, f"{SYSTEM}.5.0", UPTIME]
    assert str(read.values[OBJECT_ID]) == device.model.object_id
    assert str(read.values[f"{SYSTEM}.5.0"]) == device.name


async def test_uptime_rises_although_answers_are_remembered(fleet: Fleet, asker: Asker) -> None:
    target = at(fleet, "kyocera-mono")
    first = int((await asker.ask(target, [UPTIME, DESCRIPTION])).values[UPTIME])

    async def later() -> bool:
        return int((await asker.ask(target, [UPTIME, DESCRIPTION])).values[UPTIME]) > first

    await eventually(later)
    assert len(find(fleet, "kyocera-mono").cache) == 1


async def test_v1_names_the_first_missing_and_repeats_the_request(fleet: Fleet, asker: Asker) -> None:
    asked = [DESCRIPTION, "1.3.6.1.9.9", OBJECT_ID]
    read = await asker.ask(at(fleet, "canon-mono"), asked, V1)
    assert (read.status, read.index) == (NO_SUCH_NAME, 2)
    assert [oid for oid, _ in read.varbinds] == asked


async def test_v2c_marks_each_missing(fleet: Fleet, asker: Asker) -> None:
    asked = [DESCRIPTION, "1.3.6.1.9.9", f"{SYSTEM}.1.7", "1.3.6.1.2.1.43.18.1.1.8.1.999", "1.3.6.1.2.1.43.18.1.1"]
    read = await asker.ask(at(fleet, "kyocera-mono"), asked)
    assert read.status == 0
    assert read.types[1:] == ["NoSuchObject", "NoSuchInstance", "NoSuchInstance", "NoSuchObject"]


@pytest.mark.parametrize("kind", ["GetNext", "GetBulk"])
async def test_v2c_marks_the_end(fleet: Fleet, asker: Asker, kind: str) -> None:
    read = await asker.ask(at(fleet, "kyocera-mono"), ["1.3.6.2"], kind=kind)
    assert read.types == ["EndOfMibView"]


async def test_v1_ends_with_no_such_name(fleet: Fleet, asker: Asker) -> None:
    read = await asker.ask(at(fleet, "kyocera-mono"), [DESCRIPTION, "1.3.6.2"], V1, kind="GetNext")
    assert (read.status, read.index) == (NO_SUCH_NAME, 2)


async def test_getbulk_repeats_and_does_not_repeat(fleet: Fleet, asker: Asker) -> None:
    asked = [f"{SYSTEM}.4", f"{SYSTEM}.1", "1.3.6.1.2.1.43.11.1.1.9"]
    read = await asker.ask(at(fleet, "xerox-color"), asked, kind="GetBulk", bulk=(1, 3))
    supplies = "1.3.6.1.2.1.43.11.1.1.9.1"
    assert [oid for oid, _ in read.varbinds] == [
        f"{SYSTEM}.4.0", DESCRIPTION, f"{supplies}.1", OBJECT_ID, f"{supplies}.2", UPTIME, f"{supplies}.3",
    ]  # fmt: skip


@pytest.mark.parametrize("bulk", [(5, 0), (0, 0), (0, 2**31 - 1), (2**31 - 1, 5)])
async def test_getbulk_bounds_itself(fleet: Fleet, asker: Asker, bulk: tuple[int, int]) -> None:
    read = await asker.ask(at(fleet, "xerox-color"), [SYSTEM], kind="GetBulk", bulk=bulk)
    assert read.status == 0
    assert len(read.varbinds) <= find(fleet, "xerox-color").model.most_varbinds


async def test_wide_counters_exist_in_v2c_only(fleet: Fleet, asker: Asker) -> None:
    target = at(fleet, "konica-a3-mfp")
    assert (await asker.ask(target, [f"{HC_OCTETS}.2"])).types == ["Counter64"]
    read = await asker.ask(target, [f"{HC_OCTETS}.2"], V1)
    assert (read.status, read.index) == (NO_SUCH_NAME, 1)
    following = await asker.ask(target, [f"{HC_OCTETS}.0"], V1, kind="GetNext")
    assert following.varbinds[0][0] == "1.3.6.1.2.1.43.5.1.1.1.1"


async def test_set_is_refused(fleet: Fleet, asker: Asker) -> None:
    target = at(fleet, "kyocera-mono")
    assert (await asker.ask(target, [f"{SYSTEM}.7.0"], kind="Set")).status == 17
    assert (await asker.ask(target, [f"{SYSTEM}.7.0"], V1, kind="Set")).status == NO_SUCH_NAME


async def test_another_community_is_silence(fleet: Fleet, asker: Asker) -> None:
    assert await silent(fleet, asker, at(fleet, "kyocera-mono"), snmp.request([DESCRIPTION], community="secret"))
    assert find(fleet, "kyocera-mono").asked.pdus == 0


async def test_a_v1_only_agent_ignores_v2c(fleet: Fleet, asker: Asker) -> None:
    assert await silent(fleet, asker, at(fleet, "canon-mono"), snmp.request([DESCRIPTION]))
    assert (await asker.ask(at(fleet, "canon-mono"), [DESCRIPTION], V1)).status == 0


@pytest.mark.parametrize("version", [V1, V2C])
async def test_a_small_agent_says_too_big(fleet: Fleet, asker: Asker, version: int) -> None:
    asked = [f"1.3.6.1.2.1.43.11.1.1.{column}.1.1" for column in range(2, 10)]
    read = await asker.ask(at(fleet, "samsung-mono"), asked + asked[:3], version)
    assert (read.status, read.index) == (TOO_BIG, 0)
    assert len(read.varbinds) == (11 if version == V1 else 0)
    assert (await asker.ask(at(fleet, "samsung-mono"), asked, version)).status == 0


async def test_a_small_agent_cuts_a_getbulk(fleet: Fleet, asker: Asker) -> None:
    read = await asker.ask(at(fleet, "samsung-mono"), ["1.3.6.1.2.1.43.11"], kind="GetBulk", bulk=(0, 50))
    assert read.status == 0
    assert len(read.varbinds) == 10


async def test_a_small_agent_may_be_silent_instead(fleet: Fleet, asker: Asker) -> None:
    asked = [f"1.3.6.1.2.1.43.11.1.1.{column}.1.1" for column in range(2, 10)]
    target = at(fleet, "pantum-mono")
    assert await silent(fleet, asker, target, snmp.request([*asked, DESCRIPTION]))
    assert await silent(fleet, asker, target, snmp.request(["1.3.6.1.2.1.43.11"], kind="GetBulk", bulk=(0, 9)))
    assert (await asker.ask(target, asked)).status == 0


async def test_malformed_datagrams_are_counted_and_harm_nothing(fleet: Fleet, asker: Asker) -> None:
    target = at(fleet, "kyocera-mono")
    for data in (b"", b"\x30", b"GET / HTTP/1.1\r\n\r\n", bytes(9000), snmp.request([DESCRIPTION])[:-3]):
        assert await silent(fleet, asker, target, data)
    assert fleet.exchange.malformed == 5
    assert (await asker.ask(target, [DESCRIPTION])).status == 0


async def test_addresses_that_are_no_device_are_silent(fleet: Fleet, asker: Asker) -> None:
    assert await silent(fleet, asker, ("127.0.0.1", fleet.port), snmp.request([DESCRIPTION]))
    assert fleet.endpoint.traffic.stray == 1


@pytest.mark.parametrize("model", [model.key for model in MODELS])
async def test_every_row_is_reached_in_order_and_alike(fleet: Fleet, asker: Asker, model: str) -> None:
    """GETNEXT visits what GET knows, in rising order, alerts between the other rows."""
    device, target = find(fleet, model), at(fleet, model)
    device.manual_alerts = [(4, 5, 1, "first"), (3, 5, 2, "second")] if device.model.printer_mib else []
    refresh(device)
    version = V2C if 1 in device.model.versions else V1
    here, seen = "1.3", []
    for _ in range(400):
        read = await asker.ask(target, [here], version, kind="GetNext")
        if read.status or read.types == ["EndOfMibView"]:
            break
        here, value = read.varbinds[0]
        seen.append(tuple(map(int, here.split("."))))
        again = await asker.ask(target, [here], version)
        if here != UPTIME:
            assert again.varbinds == [(here, value)]
    assert seen == sorted(set(seen))
    wide = sum(cell[0] == 0x46 for cell in device.model.tree.cells if isinstance(cell, bytes)) if version == V1 else 0
    assert len(seen) == len(device.model.tree.oids) + len(device.alert_cells) - wide
    assert len(device.alert_cells) == 8 * len(device.alerts)


async def test_pysnmps_client_gets_and_walks(fleet: Fleet) -> None:
    device = find(fleet, "ricoh-a3-mfp")
    with SnmpDispatcher() as dispatcher:
        target = await UdpTransportTarget.create((device.ip, fleet.port), timeout=5, retries=1)
        login = CommunityData("public", mpModel=1)  # noqa: S508 - v2c is what is tested
        error, status, _, varbinds = await get_cmd(dispatcher, login, target, ObjectType(ObjectIdentity(OBJECT_ID)))
        assert (error, int(status), str(varbinds[0][1])) == (None, 0, device.model.object_id)
        start = ObjectType(ObjectIdentity("1.3.6.1.2.1.43.11.1.1.6"))
        walk = bulk_walk_cmd(dispatcher, login, target, 0, 4, start, lexicographicMode=False)
        texts = [bytes(value).decode() async for _, _, _, row in walk for _, value in row]
    assert texts == [supply.description for supply in device.model.supplies]


@pytest.mark.skipif(shutil.which("snmpbulkwalk") is None, reason="net-snmp's snmpbulkwalk is not installed")
@pytest.mark.parametrize(("tool", "model"), [("snmpbulkwalk", "sharp-a3-mfp"), ("snmpwalk", "canon-mono")])
async def test_net_snmp_walks_all_rows(fleet: Fleet, tool: str, model: str) -> None:
    device = find(fleet, model)
    version = "2c" if 1 in device.model.versions else "1"
    options = [f"-v{version}", "-c", "public", "-On", "-t5", f"{device.ip}:{fleet.port}", ".1.3"]
    process = await asyncio.create_subprocess_exec(tool, *options, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    rows = [line for line in out.decode().splitlines() if line.startswith(".1.3") and "No more variables" not in line]
    assert len(rows) == len(device.model.tree.oids) + len(device.alert_cells)


async def test_five_thousand_devices_answer_from_their_own_addresses(asker: Asker) -> None:
    async with Fleet(Settings(printers=5000, paused=True)) as fleet:
        devices = {(device.ip, fleet.port): device for device in fleet.devices}
        assert len(devices) == 5000
        for first in range(0, 5000, 100):
            chosen = fleet.devices[first : first + 100]
            for device in chosen:
                version = max(device.model.versions)
                await asker.send((device.ip, fleet.port), snmp.request([f"{SYSTEM}.5.0"], version))
            for _ in chosen:
                data, source = await asker.receive()
                assert str(snmp.reply(data).values[f"{SYSTEM}.5.0"]) == devices.pop(source).name
        assert not devices
