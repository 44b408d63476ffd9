"""`printsweep read` and `printsweep discover` as a person runs them."""

import csv
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings
from tests.support.command import printsweep
from tests.support.snmpd import AUTH_PASSWORD, PRIV_PASSWORD, Snmpd

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=4, paused=True, models=("hp-laserjet", "ricoh-a3-mfp"))) as made:
        yield made


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    snmpd = Snmpd(tmp_path_factory.mktemp("snmpd"))
    snmpd.start()
    yield snmpd
    snmpd.stop()


async def test_read_prints_one_document(fleet: Fleet) -> None:
    device = fleet.devices[0]
    done = await printsweep("read", f"{device.ip}:{fleet.port}", "--json", "--cold")
    assert (done.status, done.err) == (0, "")
    found = done.document
    assert set(found) >= {
        "address", "status", "identity", "counters", "supplies", "trays", "covers", "alerts", "console", "complete",
        "missing", "pdus", "varbinds", "seconds",
    }  # fmt: skip
    assert found["identity"]["serial"] == device.serial
    assert found["complete"]


async def test_read_prints_tables_and_the_trace(fleet: Fleet) -> None:
    device = fleet.devices[0]
    done = await printsweep("read", f"{device.ip}:{fleet.port}", "--trace")
    assert done.status == 0
    assert device.serial in done.out
    assert "Complete" in done.out
    lines = done.err.splitlines()
    assert sum("->" in line for line in lines) == sum("<-" in line for line in lines) > 2
    assert any("v2c GET id" in line and "1.3.6.1.2.1.1.2.0" in line for line in lines)


async def test_silence_is_one_sentence() -> None:
    done = await printsweep("read", "127.0.0.1:9", "--timeout", "0.2", "--retries", "0")
    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "does not answer" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("read", "127.0.0.1:99999"),
        ("read", "127.0.0.1", "--version", "4"),
        ("read", "127.0.0.1", "--user", "u", "--auth", "SHA-1"),
        ("discover", "10.0.0.0/15"),
        ("discover", "10.0.0.0/24", "--import"),
    ],
)
async def test_a_wrong_call_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = await printsweep(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


async def test_read_speaks_snmpv3_with_passwords_from_the_environment(agent: Snmpd) -> None:
    secrets = {
        "PRINTSWEEP_COLLECTOR_AUTH_PASSWORD": AUTH_PASSWORD,
        "PRINTSWEEP_COLLECTOR_PRIV_PASSWORD": PRIV_PASSWORD,
    }
    who = ("--user", "sha256_aes128", "--auth", "SHA-256", "--priv", "AES-128")
    done = await printsweep("read", f"127.0.0.1:{agent.port}", *who, "--json", "--trace", environment=secrets)
    assert done.status == 0
    assert done.document["identity"]["sys_descr"] == "a printer that is none"
    assert "authPriv" in done.err
    assert AUTH_PASSWORD not in done.err + done.out
    wrong = await printsweep(
        "read", f"127.0.0.1:{agent.port}", *who, environment=secrets | {"PRINTSWEEP_COLLECTOR_AUTH_PASSWORD": "x" * 9}
    )
    assert wrong.status == 1
    assert "`auth`" in wrong.err


async def test_discover_writes_what_import_reads(fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "found.csv"
    done = await printsweep(
        "discover", "127.16.0.0/29", "--port", str(fleet.port), "--timeout", "0.5", "--rate", "2000",
        "--csv", str(file), "--site", "main", "--json",
    )  # fmt: skip
    assert done.status == 0
    assert [printer["serial"] for printer in done.document["printers"]] == [device.serial for device in fleet.devices]
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["address"], row["port"], row["site"]) for row in rows] == [
        (device.ip, str(fleet.port), "main") for device in fleet.devices
    ]
