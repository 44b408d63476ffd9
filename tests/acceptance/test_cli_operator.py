"""The operator's commands as processes, against the four services, a real broker, simulated printers and GLPI."""

import asyncio
import csv
import io
import json
import signal
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.words import ROLES
from tests.support import BrokerHandle, ServiceProcess, VirtualHost, eventually
from tests.support.collector import profiles_file
from tests.support.command import Done, printsweep

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("operator")]  # one stack for all of them
PRINTERS = 12


@dataclass(frozen=True)
class Stack:
    """Everything that runs."""

    vhost: VirtualHost
    services: dict[str, ServiceProcess]
    fleet: dict[str, Any]
    environment: dict[str, str]

    async def run(self, *arguments: str, **more: Any) -> Done:
        return await printsweep(*arguments, environment=self.environment, **more)

    async def document(self, *arguments: str, status: int = 0) -> Any:
        done = await self.run(*arguments, "--json")
        assert done.status == status, f"{arguments}: {done}"
        return done.document


@pytest.fixture(scope="module")
def stack(broker: BrokerHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    vhost = broker.new_vhost()
    folder = tmp_path_factory.mktemp("stack")
    services: dict[str, ServiceProcess] = {}

    def start(module: str, more: dict[str, str] | None = None, *arguments: str) -> ServiceProcess:
        process = ServiceProcess(module, folder, vhost.environment | (more or {}), arguments, name=module)
        process.start()
        services[module.rsplit(".", 1)[-1] if module.startswith("services") else module] = process
        return process

    def lab(module: str, *arguments: str) -> dict[str, Any]:
        ready = folder / module / "ready.json"
        return start(module, None, *arguments, "--ready-file", str(ready)).ready_sync()

    try:
        assert asyncio.run(printsweep("topology", "apply", environment=vhost.environment)).status == 0
        fleet = lab("lab.fleet", "--printers", str(PRINTERS), "--paused", "--dead", "0.15", "--seed", "3")
        glpi = lab("lab.glpi", "--printers", fleet["control_url"] + "/devices")
        start("services.scheduler", {"POLL_INTERVAL_MINUTES": "60", "PRINTSWEEP_SCHEDULER_GLPI_AT": ""})
        start(
            "services.collector", {"PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles_file(folder, ("127.0.0.0/8",)))}
        )
        start(
            "services.glpi_sync",
            {
                "PRINTSWEEP_GLPI_SYNC_URL": glpi["url"],
                "PRINTSWEEP_GLPI_SYNC_APP_TOKEN": glpi["app_token"],
                "PRINTSWEEP_GLPI_SYNC_USER_TOKEN": glpi["user_token"],
            },
        )
        start("services.status_api", {"PRINTSWEEP_STATUS_API_PORT": "0"})
        ready = {role: services[role].ready_sync() for role in ROLES}
        environment = vhost.environment | {"PRINTSWEEP_API": ready["status_api"]["url"]}
        yield Stack(vhost, services, fleet, environment)
    finally:
        for process in reversed(services.values()):
            process.stop()
            if process.log:
                print(f"--- log of {process.name} ---\n{process.log[-8000:]}")  # noqa: T201 - shown where a test fails
        broker.delete_vhost(vhost)


@pytest.fixture(scope="module")
def inventory(stack: Stack) -> bytes:
    address = stack.fleet["control_url"] + "/inventory.csv"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own simulator
        data: bytes = answer.read()
    return data


@pytest.fixture(scope="module")
def swept(stack: Stack, inventory: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Imports the printers and sweeps them: what most commands look at."""
    file = tmp_path_factory.mktemp("csv") / "printers.csv"
    file.write_bytes(inventory + b"not an address,x\n")

    async def go() -> dict[str, Any]:
        report = await stack.document("printers", "import", str(file), status=1)
        assert (report["added"], report["error_count"]) == (PRINTERS, 1)
        done = await stack.run("sweep", "now", "--wait", "--json", timeout=90)
        sweep: dict[str, Any] = done.document["sweep"]
        assert sweep["state"] == "closed", sweep
        assert sweep["done"] + sweep["failed"] == PRINTERS
        assert done.status == (1 if sweep["failed"] else 0)
        return sweep

    return asyncio.run(go())


async def test_printers_are_listed_filtered_and_paged(stack: Stack, swept: dict[str, Any]) -> None:
    everything = await stack.document("printers", "list")
    assert len(everything["items"]) == PRINTERS
    done = [p for p in everything["items"] if p["poll_state"] == "DONE"]
    assert len(done) == swept["done"]
    assert len((await stack.document("printers", "list", "--state", "done"))["items"]) == swept["done"]
    first = await stack.document("printers", "list", "--limit", "5")
    assert len(first["items"]) == 5
    second = await stack.document("printers", "list", "--limit", "100", "--cursor", first["next"])
    assert [p["id"] for p in first["items"] + second["items"]] == [p["id"] for p in everything["items"]]
    table = await stack.run("printers", "list", "--limit", "5")
    assert table.status == 0
    assert done[0]["serial"] in (await stack.run("printers", "list")).out
    assert "--cursor" in table.out


async def test_one_printer_is_shown_and_one_that_is_not_there_has_its_own_status(
    stack: Stack, swept: dict[str, Any]
) -> None:
    listed = (await stack.document("printers", "list", "--state", "DONE"))["items"][0]
    shown = await stack.run("printers", "show", str(listed["id"]))
    assert shown.status == 0
    assert listed["serial"] in shown.out
    assert listed["model"] in shown.out
    missing = await stack.run("printers", "show", "999999")
    assert missing.status == 5
    assert "There is no printer 999999." in missing.err


async def test_the_export_can_be_imported_again(stack: Stack, swept: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    assert (await stack.run("printers", "export", str(file))).status == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert len(rows) == PRINTERS
    report = await stack.document("printers", "import", str(file))
    assert (report["added"], report["updated"], report["unchanged"], report["error_count"]) == (0, 0, PRINTERS, 0)
    dry = await stack.run(
        "printers", "import", "-", "--dry-run", stdin="address,port\n192.0.2.1,161\n192.0.2.2,99999\n"
    )
    assert dry.status == 1
    assert "1 added" in dry.out
    assert "nothing was changed" in dry.out


async def test_printers_are_polled_and_awaited(stack: Stack, swept: dict[str, Any]) -> None:
    printers = (await stack.document("printers", "list"))["items"]
    good = next(p["id"] for p in printers if p["poll_state"] == "DONE")
    answer = await stack.document("poll", str(good), "--wait")
    assert [p["state"] for p in answer["polls"]] == ["DONE"]
    assert answer["polls"][0]["seconds"] is not None
    bad = next(p["id"] for p in printers if p["poll_state"] == "FAILED")
    failed = await stack.run("poll", str(good), str(bad), "--wait")
    assert failed.status == 1
    assert "FAILED" in failed.out
    ordered = await stack.run("poll", str(good))
    assert ordered.status == 0
    assert (await stack.run("poll", "999999")).status == 5
    beside = await stack.document("poll", str(good), "999999", "--wait", status=1)
    assert sorted(p["state"] for p in beside["polls"]) == ["DONE", "UNKNOWN"]
    neither = await stack.run("poll")
    assert neither.status == 2
    assert "--site" in neither.err


async def test_sweeps_are_shown(stack: Stack, swept: dict[str, Any]) -> None:
    latest = await stack.document("sweep", "show")
    assert latest["id"] == swept["id"]
    listed = await stack.document("sweep", "list")
    assert [s["id"] for s in listed["items"]] == [swept["id"]]
    assert swept["id"] in (await stack.run("sweep", "list")).out
    assert (await stack.run("sweep", "show", "no/such sweep")).status == 5


async def test_glpi_is_reconciled_and_its_verdicts_are_shown(stack: Stack, swept: dict[str, Any]) -> None:
    async def known() -> bool:  # the serials reach glpi_sync beside status_api
        found = (await stack.document("glpi", "reconcile", "--force", "--wait"))["pass"]
        return found["state"] == "done" and sum(found["counts"].values()) >= swept["done"]

    await eventually(known, timeout=60)

    async def told() -> bool:
        counts = (await stack.document("glpi", "summary"))["counts"]
        return sum(n for name, n in counts.items() if name != "UNCHECKED") >= swept["done"]

    await eventually(told)
    counts = (await stack.document("glpi", "summary"))["counts"]
    single = await stack.document("glpi", "verdicts", "--verdict", "found_single", "--limit", "1000")
    assert len(single["items"]) == counts["FOUND_SINGLE"] > 0
    table = await stack.run("glpi", "verdicts")
    assert "FOUND_SINGLE" in table.out


async def test_queues_and_services_are_shown(stack: Stack, swept: dict[str, Any]) -> None:
    queues = {q["name"]: q for q in await stack.document("queues")}
    assert queues["poll.main.routine"]["limit"] == 10_000
    assert "poll.main.urgent" in (await stack.run("queues")).out

    async def all_there() -> bool:
        done = await stack.run("services", "--json")
        return done.status == 0 and {s["role"] for s in done.document} == set(ROLES)

    await eventually(all_there)
    assert "leader" in (await stack.run("services")).out


async def test_a_dead_letter_is_listed_shown_and_replayed(stack: Stack, swept: dict[str, Any]) -> None:
    message = {
        "properties": {"type": "no.such.kind.v1", "delivery_mode": 2, "message_id": "made-by-hand"},
        "routing_key": "glpi.request",
        "payload": json.dumps({"text": "\x1b[31m[red]hello[/red]"}),
        "payload_encoding": "string",
    }
    assert stack.vhost.api("POST", "exchanges/{vhost}/command/publish", message)["routed"] is True

    async def listed() -> Any:
        return (await stack.document("dead", "list"))["items"]

    [letter] = await eventually(listed, what="the dead letter in the list")
    assert (letter["queue"], letter["error_type"]) == ("dead.glpi", "UnknownKind")
    groups = await stack.document("dead", "groups")
    assert [(g["queue"], g["count"]) for g in groups] == [("dead.glpi", 1)]
    shown = await stack.run("dead", "show", letter["id"])
    assert shown.status == 0
    assert "[red]hello[/red]" in shown.out, "markup is text"
    assert "\x1b" not in shown.out, "device text moves no cursor"
    assert (await stack.run("dead", "show", "nobody")).status == 5

    found = await stack.document("doctor", status=1)
    assert {"unknown_kind", "dead_letters"} <= {f["id"] for f in found["findings"]}

    dry = await stack.document("dead", "replay", "--queue", "dead.glpi", "--dry-run")
    assert (dry["matched"], dry["replayed"]) == (1, 0)
    unasked = await stack.run("dead", "replay", "--queue", "dead.glpi")
    assert unasked.status == 2
    assert "--yes" in unasked.err
    assert (await stack.run("dead", "replay", "--kind", "x")).status == 2
    replayed = await stack.document("dead", "replay", "--queue", "dead.glpi", "--yes")
    assert (replayed["matched"], replayed["replayed"]) == (1, 1)
    stack.vhost.api("DELETE", "queues/{vhost}/dead.glpi/contents")


async def test_the_doctor_says_within_moments_that_the_collector_is_gone(stack: Stack, swept: dict[str, Any]) -> None:
    collector = stack.services["collector"]
    collector.stop()

    async def said() -> Any:
        done = await stack.run("doctor", "--json")
        found = {(f["id"], f["subject"]) for f in done.document["findings"]}
        return (
            done.status == 1
            and {("queue_no_consumers", "poll.main.routine"), ("service_missing", "collector")} <= found
        )

    await eventually(said, timeout=30, what="the doctor naming the queue and the service")
    people = await stack.run("doctor")
    assert "no collector of the site main is connected" in people.out
    assert "what to do:" in people.out

    async def page_says() -> Any:
        return (await stack.run("health")).status == 1

    await eventually(page_says)
    collector.start()
    await collector.ready()

    async def well() -> Any:
        found = (await stack.run("doctor", "--json")).document["findings"]
        return not {"queue_no_consumers", "service_missing"} & {f["id"] for f in found}

    await eventually(well, timeout=40, what="the doctor taking it back")


async def test_the_doctor_works_with_either_half_alone(stack: Stack, swept: dict[str, Any]) -> None:
    nobody = "http://127.0.0.1:9"  # discard: nothing listens
    no_api = await printsweep("doctor", "--json", environment=stack.environment | {"PRINTSWEEP_API": nobody})
    assert no_api.status == 1
    assert no_api.document["asked"] == {"broker": True, "status_api": False}
    assert "status_unreachable" in {f["id"] for f in no_api.document["findings"]}
    no_broker = stack.environment | {"PRINTSWEEP_MANAGEMENT_URL": nobody, "PRINTSWEEP_AMQP_URL": "amqp://127.0.0.1:9/"}
    without = await printsweep("doctor", "--json", environment=no_broker)
    assert without.status == 1
    assert without.document["asked"] == {"broker": False, "status_api": True}
    neither = await printsweep("doctor", environment=no_broker | {"PRINTSWEEP_API": nobody})
    assert neither.status == 2
    assert "nothing more can be told" in neither.out


async def test_a_frozen_api_ends_a_command_in_time_with_a_sentence(stack: Stack, swept: dict[str, Any]) -> None:
    api = stack.services["status_api"]
    api.signal(signal.SIGSTOP)
    try:
        done = await stack.run("doctor", "--json", timeout=60)
    finally:
        api.signal(signal.SIGCONT)
    assert done.document["asked"]["status_api"] is False
    assert (
        "did not answer in 5 s"
        in next(f for f in done.document["findings"] if f["id"] == "status_unreachable")["evidence"]
    )


async def test_an_api_that_is_gone_is_said(stack: Stack) -> None:
    done = await printsweep("printers", "list", "--api", "http://127.0.0.1:9")
    assert done.status == 3
    assert "The API at http://127.0.0.1:9 does not answer: is status_api running? (`printsweep status`)" in done.err
    assert "--api" in done.err
