"""`printsweep topology plan|apply` on a real broker: everything is made, twice changes nothing, limits change live."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.topology.options import TopologyOptions
from shared.topology.rights import RIGHTS
from shared.topology.table import topology
from tests.support import BrokerHandle, TcpProxy, VirtualHost, eventually
from tests.support.command import printsweep

pytestmark = pytest.mark.contract


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    folder = tmp_path / "passwords"
    folder.mkdir()
    for rights in RIGHTS:
        (folder / rights.role).write_text(f"secret-of-{rights.role}\n")
    return folder


async def test_apply_makes_every_queue_with_its_policy(vhost: VirtualHost, passwords: Path) -> None:
    sites = {"PRINTSWEEP_SITES": "main,warehouse"}
    environment = vhost.environment | sites | {"PRINTSWEEP_LOCAL_PASSWORDS_DIR": str(passwords)}
    before = await printsweep("topology", "plan", "--json", environment=environment)
    assert before.status == 0, before.err
    assert {s["action"] for s in before.document["steps"]} <= {"create", "change"}
    assert vhost.api("GET", "queues/{vhost}") == [], "plan changes nothing"

    done = await printsweep("topology", "apply", environment=environment)
    assert done.status == 0, done.err
    assert "secret-of" not in done.out + done.err
    table = topology(TopologyOptions(sites=("main", "warehouse")))

    def made() -> dict[str, Any] | None:  # the broker tells the policy of a new queue after some seconds
        queues = {q["name"]: q for q in vhost.api("GET", "queues/{vhost}")}
        return queues if all("effective_policy_definition" in q for q in queues.values()) else None

    found = await eventually(made, what="the policies in force")
    assert found is not None
    assert set(found) == {q.name for q in table.queues}
    for queue in table.queues:
        assert found[queue.name]["effective_policy_definition"] == queue.policy, queue.name
        assert found[queue.name]["arguments"] == {"x-queue-type": "quorum", **queue.arguments}
    assert "poll.warehouse.urgent" in found
    exchanges = {e["name"]: e for e in vhost.api("GET", "exchanges/{vhost}")}
    for exchange in table.exchanges:
        assert exchanges[exchange.name]["type"] == exchange.type
        expected = f"printsweep:exchange.{exchange.name}" if exchange.alternate else None
        assert exchanges[exchange.name].get("policy") == expected

    second = await printsweep("topology", "plan", "--json", environment=environment)
    # The broker keeps a salted hash: passwords are set anew each time, and nothing else.
    assert {(s["what"], s["action"]) for s in second.document["steps"]} == {("user", "change")}
    without = await printsweep("topology", "plan", "--json", environment=vhost.environment | sites)
    assert without.document["steps"] == []
    assert without.document["kept"] > 60


async def test_a_limit_that_changes_is_shown_and_applied_live(vhost: VirtualHost) -> None:
    assert (await printsweep("topology", "apply", environment=vhost.environment)).status == 0
    smaller = vhost.environment | {"MAX_QUEUE_SIZE": "77"}
    planned = await printsweep("topology", "plan", environment=smaller)
    assert planned.status == 0
    assert "max-length: 10000 → 77" in planned.out
    assert (await printsweep("topology", "apply", environment=smaller)).status == 0
    # What the policy holds is in force at once; the queue's own figures tell so only seconds later (the test above).
    policy = vhost.api("GET", "policies/{vhost}/printsweep%3Apoll.%2A.routine")
    assert policy["definition"]["max-length"] == 77


async def test_a_policy_of_ours_that_is_no_longer_in_the_table_goes_and_others_stay(vhost: VirtualHost) -> None:
    for name in ("printsweep:left-over", "somebody-else"):
        body = {"pattern": "^none$", "definition": {"max-length": 5}, "apply-to": "queues"}
        vhost.api("PUT", f"policies/{{vhost}}/{name}", body)
    assert (await printsweep("topology", "apply", environment=vhost.environment)).status == 0
    names = {p["name"] for p in vhost.api("GET", "policies/{vhost}")}
    assert "printsweep:left-over" not in names
    assert "somebody-else" in names


async def test_a_foreign_queue_in_the_way_is_a_conflict_with_a_remedy(vhost: VirtualHost) -> None:
    foreign = {"durable": True, "auto_delete": False, "arguments": {"x-queue-type": "classic", "x-max-length": 5}}
    vhost.api("PUT", "queues/{vhost}/glpi.request", foreign)
    done = await printsweep("topology", "apply", "--json", environment=vhost.environment)
    assert done.status == 1
    assert done.document["conflicts"] == 1
    assert "queue glpi.request" in done.err
    assert "delete them" in done.err
    found = {q["name"]: q for q in vhost.api("GET", "queues/{vhost}")}
    assert found["glpi.request"]["arguments"]["x-queue-type"] == "classic", "it is left as it is"
    assert "status.record" in found, "the rest is made"


async def test_apply_waits_for_a_broker_that_is_late(vhost: VirtualHost, broker: BrokerHandle) -> None:
    address = vhost.management_url
    host, port = address.rsplit("@", 1)[1].split(":")
    async with TcpProxy(int(port), host) as proxy:
        await proxy.refuse()
        environment = vhost.environment | {
            "PRINTSWEEP_MANAGEMENT_URL": address.replace(f"{host}:{port}", f"127.0.0.1:{proxy.port}")
        }
        at_once = await printsweep("topology", "apply", "--wait", "0", environment=environment)
        assert at_once.status == 1
        assert "PRINTSWEEP_MANAGEMENT_URL" in at_once.err
        await proxy.resume()
        proxy.stall()  # connections are taken, and nothing answers yet

        async def come_up() -> None:
            await eventually(lambda: proxy.accepted > 0, what="an attempt to connect")
            await proxy.resume()

        late, _ = await asyncio.gather(printsweep("topology", "apply", environment=environment), come_up())
    assert late.status == 0, late.err


async def test_wrong_passwords_and_folders_are_said_plainly(vhost: VirtualHost, tmp_path: Path) -> None:
    wrong = vhost.management_url.replace("://", "://nobody:wrong-secret@", 1).replace(
        vhost.management_url.split("://")[1].split("@")[0] + "@", "", 1
    )
    refused = await printsweep("topology", "plan", environment=vhost.environment | {"PRINTSWEEP_MANAGEMENT_URL": wrong})
    assert refused.status == 1
    assert "PRINTSWEEP_MANAGEMENT_URL" in refused.err
    assert "wrong-secret" not in refused.err
    empty = await printsweep("topology", "plan", "--passwords", str(tmp_path), environment=vhost.environment)
    assert empty.status == 2
    assert "scheduler, collector, glpi_sync, status_api" in empty.err
    missing = vhost.environment | {"PRINTSWEEP_AMQP_URL": vhost.amqp_url + "-not-there"}
    no_vhost = await printsweep("topology", "plan", environment=missing)
    assert no_vhost.status == 1
    assert "virtual host" in no_vhost.err
