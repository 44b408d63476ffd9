"""Plans over SNMPv3, against Debian's snmpd with a few rows of the Printer-MIB."""

import time
from pathlib import Path
from typing import Any

from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.exchange import V3, Target
from services.collector.snmp.udp import UdpExchange
from services.collector.snmp.v3.security import Security
from services.collector.snmp.versions import ByVersion
from tests.support.snmpd import AUTH_PASSWORD, PRINTER, PRIV_PASSWORD, Snmpd, user_of

MOVING = ("pdus", "varbinds", "seconds")


def facts(reading: dict[str, Any]) -> dict[str, Any]:
    identity = {name: value for name, value in reading["identity"].items() if name != "uptime_s"}
    return {name: value for name, value in reading.items() if name not in MOVING} | {"identity": identity}


async def test_a_remembered_printer_is_asked_less_and_tells_the_same(tmp_path: Path) -> None:
    agent = Snmpd(tmp_path, more=PRINTER)
    agent.start()
    who = Security(user_of("SHA-256", "AES-128"), "SHA-256", AUTH_PASSWORD, "AES-128", PRIV_PASSWORD)
    target = Target("127.0.0.1", agent.port, V3, b"", 5.0, 1, who)
    try:
        async with UdpExchange() as plain, ByVersion(plain) as exchange:
            reader = Reader(exchange, Plans())
            cold = await reader.read(target, time.monotonic() + 60)
            warm = [await reader.read(target, time.monotonic() + 60) for _ in range(3)]
    finally:
        agent.stop()
    assert cold["identity"]["serial"] == "SERIAL7"
    assert cold["counters"]["total"]["value"] == 12345
    assert [supply["percent"] for supply in cold["supplies"]] == [25]
    assert [alert["code"] for alert in cold["alerts"]] != []
    for reading in warm:
        assert facts(reading) == facts(cold)
    assert warm[-1]["varbinds"] < cold["varbinds"]
    assert warm[-1]["pdus"] < cold["pdus"]
