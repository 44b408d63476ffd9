"""Commands over a real broker: answers, errors, repetition, orders by hand."""

import json
from pathlib import Path

import pytest

from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.scheduling import MODULE, StartService, leading, printers_csv, world

pytestmark = pytest.mark.contract


async def test_orders(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(5)
        assert await w.ask("inventory.command", {"action": "disable", "printer_ids": [5]}) == {"changed": 1}

        order = await w.ask("poll.order", {"printer_ids": [1, 2, 5, 77]})
        states = {p["printer_id"]: p["state"] for p in order["polls"]}
        assert states == {1: "PENDING", 2: "PENDING", 5: "DISABLED", 77: "UNKNOWN"}
        requests = {r["printer_id"]: r for r in await w.drain("poll.main.urgent", 2)}
        assert {r["lane"] for r in requests.values()} == {"urgent"}
        told = await eventually(lambda: w.told("polls.requested"))
        assert told[0]["order_id"] == order["order_id"]
        assert told[0].get("sweep_id") is None

        # A second order names the poll that is under way; a new one begins only after that has ended.
        again = await w.ask("poll.order", {"printer_ids": [1, 3]})
        by_printer = {p["printer_id"]: p["poll_id"] for p in again["polls"]}
        assert by_printer[1] == requests[1]["poll_id"]
        assert [r["printer_id"] for r in await w.drain("poll.main.urgent", 1)] == [3]
        await w.finish([requests[1]])

        async def asked_anew() -> bool:
            third = await w.ask("poll.order", {"printer_ids": [1]})
            return bool(third["polls"][0]["poll_id"] != requests[1]["poll_id"])

        await eventually(asked_anew)

        # The routine lane is not concerned: a sweep polls printer 3 although its urgent poll is open.
        sweep = await w.ask("sweep.order", {})
        assert sweep["planned"] == 4
        # A second sweep doubles nothing, and closes at once.
        second = await w.ask("sweep.order", {"force": True})
        assert (second["planned"], second["outstanding"]) == (0, 4)
        assert (await w.closed(second["sweep_id"]))["planned"] == 0


async def test_a_repeated_command_gets_the_same_answer(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(3)
        body = {"printer_ids": [1, 2], "idempotency_key": "once"}
        first = await w.ask("poll.order", body)
        await w.finish(await w.drain("poll.main.urgent", 2))
        assert await w.ask("poll.order", body) == first
        sweep = {"idempotency_key": "the-sweep"}
        answer = await w.ask("sweep.order", sweep)
        # Also by the next leader, from the database.
        scheduler.kill()
        scheduler.start()
        await leading(scheduler)
        assert await w.ask("poll.order", body) == first
        assert await w.ask("sweep.order", sweep) == answer
        assert await w.depth("poll.main.urgent") == 0
        reply = await w.command("poll.order", {"printer_ids": [3], "idempotency_key": "once"})
        assert reply["error"]["code"] == "idempotency_key_reused"
        # An event may be told twice (the kill came between its confirm and its deletion), a sweep is opened once.
        assert {b["sweep_id"] for b in w.told("sweep.opened")} == {answer["sweep_id"]}


async def test_an_order_put_into_the_queue_by_hand(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(3)
        # As RabbitMQ's own page publishes it: the default exchange, the property `type`, nothing else.
        published = vhost.api(
            "POST",
            "exchanges/{vhost}/amq.default/publish",
            {
                "properties": {"type": "poll.order.v1"},
                "routing_key": "scheduler.command",
                "payload": '{"printer_ids": [2, 3]}',
                "payload_encoding": "string",
            },
        )
        assert published == {"routed": True}
        assert {r["printer_id"] for r in await w.drain("poll.main.urgent", 2)} == {2, 3}


async def test_wrong_commands_are_answered_or_parked(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(1)
        for name, body, code in (
            ("poll.order", {"printer_ids": [99]}, "unknown_printers"),
            ("poll.order", {"printers": [1]}, "malformed"),
            ("poll.order", b"{", "malformed"),
            ("polls.closed", {}, "unknown_kind"),
            ("inventory.command", {"action": "import"}, "incomplete"),
            ("inventory.command", {"action": "enable"}, "incomplete"),
            ("inventory.command", {"action": "remove", "printer_ids": [99]}, "unknown_printers"),
            ("inventory.command", {"action": "upsert", "printers": [{"address": "10.0.0"}]}, "bad_printer"),
        ):
            reply = await w.command(name, body)  # type: ignore[arg-type]
            assert (reply["ok"], reply["error"]["code"]) == (False, code), reply
            assert reply["error"]["title"]
        assert await w.depth("dead.record") == 0
        await w.send("", "scheduler.command", "poll.order", {"printer_ids": [99]})
        dead = await w.queue("dead.record")
        await eventually(lambda: w.depth("dead.record"))
        message = await dead.get()
        assert message is not None
        assert message.headers["x-error-type"] == "NoSuchPrinters"
        assert json.loads(message.body) == {"printer_ids": [99]}
        await message.ack()


async def test_the_inventory(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, w.environment))
        # Becoming leader for the first time: a snapshot, of nothing yet.
        first = await eventually(lambda: [b for b in w.told("printers.changed") if "snapshot" in b])
        assert first[0]["snapshot"] == {"id": first[0]["snapshot"]["id"], "part": 1, "parts": 1, "total": 0}

        text = (
            "\ufeffAddress;name;site\n10.0.0.1;One;main\n10.0.0.300;bad;main\n10.0.0.1;twice;main\n10.0.0.2;Two;Main\n"
        )
        trial = await w.ask("inventory.command", {"action": "import", "csv": text, "dry_run": True})
        report = await w.ask("inventory.command", {"action": "import", "csv": text})
        assert (report["added"], report["error_count"]) == (1, 3) == (trial["added"], trial["error_count"])
        assert [e["line"] for e in report["errors"]] == [3, 4, 5]
        again = await w.ask(
            "inventory.command", {"action": "import", "csv": "address,name\n10.0.0.1,Uno\n10.0.0.9,Nine"}
        )
        assert (again["added"], again["updated"], again["unchanged"]) == (1, 1, 0)
        same = await w.ask("inventory.command", {"action": "import", "csv": "address\n10.0.0.1\n10.0.0.9"})
        assert (same["added"], same["updated"], same["unchanged"]) == (0, 0, 2)

        await w.ask("inventory.command", {"action": "import", "csv": printers_csv(600, net=7)})
        added = await w.ask(
            "inventory.command",
            {"action": "upsert", "printers": [{"address": "10.0.0.1", "tags": ["hall"]}, {"address": "2001:DB8::1"}]},
        )
        assert (added["added"], added["updated"], added["changed"]) == (1, 1, 2)
        assert await w.ask("inventory.command", {"action": "remove", "printer_ids": [2, 4000]}) == {"changed": 1}

        snapshot = await w.ask("inventory.command", {"action": "snapshot"})
        assert snapshot["parts"] == 2

        def whole() -> list[dict[str, object]]:
            return [b for b in w.told("printers.changed") if b.get("snapshot", {}).get("id") == snapshot["snapshot_id"]]

        await eventually(lambda: len(whole()) == 2)
        printers = {p["address"]: p for b in whole() for p in b["changed"]}  # type: ignore[attr-defined]
        assert len(printers) == 602
        assert printers["10.0.0.1"]["name"] == "Uno"
        assert printers["10.0.0.1"]["tags"] == ["hall"]
        assert "2001:db8::1" in printers
        assert "10.0.0.9" not in printers
        assert w.told("printers.changed")[-3]["removed"] == [2]
