"""glpi_sync as a process between a real broker and the simulated GLPI: readings and requests in, verdicts out."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from lab.glpi import GlpiLab
from lab.glpi.dialect import Version
from shared.management import Management
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.fixtures import StartService
from tests.support.glpi import GlpiBench, devices, glpi_settings, simulated_glpi

pytestmark = pytest.mark.contract

FLEET = devices(150)
SERIALS = {number: device.serial or None for number, device in enumerate(FLEET, 1)}


@pytest.fixture
async def bench(vhost: VirtualHost) -> AsyncIterator[GlpiBench]:
    async with GlpiBench(vhost) as made:
        yield made


@pytest.fixture(params=["10", "11"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[GlpiLab]:
    version: Version = request.param
    async with simulated_glpi(FLEET, version) as lab:
        yield lab


@pytest.fixture
async def lab() -> AsyncIterator[GlpiLab]:
    async with simulated_glpi(FLEET) as made:
        yield made


def expected(lab: GlpiLab) -> dict[int, str]:
    return {number: lab.expected[device.id].verdict for number, device in enumerate(FLEET, 1)}


def start(start_service: StartService, bench: GlpiBench, lab: GlpiLab, **more: str):  # type: ignore[no-untyped-def]
    settings = {f"PRINTSWEEP_{name}": value for name, value in more.items()}
    return start_service("services.glpi_sync", bench.environment | glpi_settings(lab) | settings)


def check_evidence(bench: GlpiBench, lab: GlpiLab) -> None:
    for number, device in enumerate(FLEET, 1):
        wanted, verdict = lab.expected[device.id], bench.heard.verdicts[number]
        matches = verdict["matches"]
        assert [m["id"] for m in matches] == [*wanted.ids, *wanted.trashed_ids]
        assert [m["in_trash"] for m in matches] == [False] * len(wanted.ids) + [True] * len(wanted.trashed_ids)
        assert verdict.get("serial") == (device.serial or None)
        for match in matches:
            row = lab.world.printers[match["id"]]
            assert match["entity_id"] == row["entities_id"]
            assert match["entity"].startswith("Root entity")
            assert "&#38;" not in match["entity"]
            assert match["is_dynamic"] == bool(row["is_dynamic"])
        if wanted.verdict != "FOUND_SINGLE":
            assert verdict["reason"]


async def test_a_pass_gives_every_printer_the_verdict_that_glpi_implies_and_its_evidence(
    bench: GlpiBench, both: GlpiLab, start_service: StartService
) -> None:
    await bench.read(SERIALS)
    start(start_service, bench, both)
    pass_id = await bench.reconcile(requested_by="a person", reply=True)
    done = await bench.ended(pass_id)
    wanted = expected(both)
    assert bench.heard.found == wanted
    assert done["counts"] == {name: list(wanted.values()).count(name) for name in sorted(set(wanted.values()))}
    assert done["glpi_printers"] == sum(
        not row["is_deleted"] and not row["is_template"] for row in both.world.printers.values()
    )
    assert [told["state"] for told in bench.heard.passes[pass_id]] == ["running", "done"]
    assert done["started_at"] <= done["finished_at"]
    await bench.until(lambda heard: heard.replies, "the answer")
    assert bench.heard.replies[0] == {"ok": True, "result": {"pass_id": pass_id}}
    assert both.api.sessions.expire_all() == 0  # logged out
    check_evidence(bench, both)


async def test_a_new_serial_is_checked_singly_and_a_changed_one_again(
    bench: GlpiBench, both: GlpiLab, start_service: StartService
) -> None:
    start(start_service, bench, both)
    some = {number: SERIALS[number] for number in (1, 2, 3, 151, 152, 153)}
    await bench.read(some)
    await bench.until(lambda heard: set(heard.found) == set(some), "single verdicts")
    assert bench.heard.found == {number: expected(both)[number] for number in some}
    assert not bench.heard.passes
    assert not any(route.startswith("GET Printer") and not route.endswith("ID") for route in both.requests)
    before = len(bench.heard.batches)
    await bench.read({1: "REPLACED01", 2: SERIALS[2]})
    await bench.until(lambda heard: heard.verdicts[1].get("serial") == "REPLACED01", "the replaced device's verdict")
    assert bench.heard.found[1] == "NOT_FOUND"
    assert [len(batch["verdicts"]) for batch in bench.heard.batches[before:]] == [1]  # printer 2 was not asked again


async def test_many_new_serials_are_left_to_one_pass(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    start(start_service, bench, lab)
    await bench.read(SERIALS)
    await bench.until(lambda heard: set(heard.found) == set(SERIALS), "verdicts on all")
    assert bench.heard.found == expected(lab)
    assert len(bench.heard.passes) == 1
    assert lab.requests["POST search/Printer"] <= 4  # those who came while the pass was being ordered


async def test_failed_polls_tell_nothing_and_nonsense_is_skipped(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    service = start(start_service, bench, lab)
    await bench.read({9: SERIALS[9]}, state="FAILED")
    polls = [1, None, {"printer_id": "x", "state": "DONE"}, {"printer_id": -1, "state": "DONE", "serial": "A"}]
    polls += [{"printer_id": 5, "state": "DONE", "serial": ["A"]}, {"printer_id": 3, "state": "DONE", "serial": "\x00"}]
    await bench.publisher.insist(kind("polls.closed"), {"at": "not a time", "polls": polls})
    await bench.publisher.insist(kind("polls.closed"), {"polls": "none"})
    assert (await bench.dead()).headers["x-error-type"] == "MalformedMessage"
    await bench.until(lambda heard: heard.found, "a verdict")
    assert bench.heard.found == {3: "NO_SERIAL"}
    assert service.is_running


async def test_a_dry_run_counts_and_records_nothing(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    start(start_service, bench, lab, GLPI_SYNC_SINGLES="1000", GLPI_SYNC_COLLECT_S="600")
    await bench.read(SERIALS)
    await bench.until(lambda heard: heard.beat.get("detail", {}).get("known_serials") == len(SERIALS), "known serials")
    done = await bench.ended(await bench.reconcile(dry_run=True))
    assert done["dry_run"] is True
    assert sum(done["counts"].values()) == len(SERIALS)
    assert not bench.heard.verdicts


async def test_limit_takes_the_most_due_and_force_the_fresh_ones_too(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    start(start_service, bench, lab, GLPI_SYNC_COLLECT_S="600")
    await bench.read(SERIALS)
    await bench.until(lambda heard: heard.beat.get("detail", {}).get("known_serials") == len(SERIALS), "known serials")
    options = ({"limit": 100}, {"limit": 100}, {"limit": 100}, {"limit": 100, "force": True}, {})
    judged = [sum((await bench.ended(await bench.reconcile(**some)))["counts"].values()) for some in options]
    rest = len(SERIALS) - 100
    assert judged == [100, rest, 0, 100, len(SERIALS)]
    assert bench.heard.found == expected(lab)


async def test_the_same_pass_twice_is_one_pass(bench: GlpiBench, lab: GlpiLab, start_service: StartService) -> None:
    await bench.read(SERIALS)
    start(start_service, bench, lab)
    pass_id = await bench.reconcile("p1")
    first = await bench.ended(pass_id)
    asked, batches = lab.requests["GET initSession"], len(bench.heard.batches)
    await bench.reconcile("p1")
    await bench.until(lambda heard: len(heard.passes["p1"]) == 3, "the repeated answer")
    assert bench.heard.passes["p1"][-1] == first
    assert lab.requests["GET initSession"] == asked
    assert len(bench.heard.batches) == batches


async def test_two_orders_at_once_run_one_after_the_other(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    await bench.read(SERIALS)
    start(start_service, bench, lab)
    first, second = await asyncio.gather(bench.reconcile("p1"), bench.reconcile("p2"))
    await bench.ended(first)
    await bench.ended(second)
    one, two = sorted((bench.heard.passes[first][-1], bench.heard.passes[second][-1]), key=lambda p: p["started_at"])
    assert one["finished_at"] <= two["started_at"]


async def test_a_person_may_check_serials_and_is_answered(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    start(start_service, bench, lab)
    await bench.check({1: SERIALS[1], 2: None}, reply=True)
    await bench.until(lambda heard: heard.replies, "the answer")
    assert bench.heard.replies[0]["ok"] is True
    assert sum(bench.heard.replies[0]["result"]["counts"].values()) == 2
    assert bench.heard.found == {1: expected(lab)[1], 2: "NO_SERIAL"}


async def test_the_beat_tells_how_it_stands(bench: GlpiBench, lab: GlpiLab, start_service: StartService) -> None:
    await bench.read(SERIALS)
    service = start(start_service, bench, lab)
    await bench.ended(await bench.reconcile())
    detail = await bench.until(
        lambda heard: heard.beat.get("detail", {}).get("FOUND_SINGLE") and heard.beat["detail"], "counts in the beat"
    )
    assert detail["glpi_url"] == lab.origin.removeprefix("http://")
    assert detail["known_serials"] == len(SERIALS)
    assert detail["last_pass_state"] == "done"
    assert detail["last_pass_at"]
    assert detail.get("glpi_error") is None
    metrics = service.get("/metrics")[1]
    assert 'printsweep_glpi_passes_total{state="done"}' in metrics
    assert f"printsweep_glpi_known_serials {float(len(SERIALS))}" in metrics


async def test_tokens_come_from_files_and_appear_nowhere(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("secrets")
    settings = glpi_settings(lab) | {"PRINTSWEEP_LOG_LEVEL": "DEBUG"}
    for name in ("APP", "USER"):
        path = folder / name
        path.write_text(settings.pop(f"PRINTSWEEP_GLPI_SYNC_{name}_TOKEN") + "\n")
        settings[f"PRINTSWEEP_GLPI_SYNC_{name}_TOKEN_FILE"] = str(path)
    await bench.read(SERIALS)
    service = start_service("services.glpi_sync", bench.environment | settings)
    await bench.ended(await bench.reconcile())
    lab.set_faults({"reject_sessions": True})
    await bench.ended(await bench.reconcile(), "failed")
    everything = service.log + str(bench.heard) + str((await bench.dead()).headers)
    assert lab.tokens.app not in everything
    assert lab.tokens.user not in everything


async def test_a_pass_over_many_pages_that_move_while_they_are_read(
    bench: GlpiBench, start_service: StartService
) -> None:
    fleet = devices(2500)
    async with simulated_glpi(fleet, "10") as lab:
        start(start_service, bench, lab, GLPI_SYNC_COLLECT_S="600")
        await bench.read({number: device.serial or None for number, device in enumerate(fleet, 1)})
        await bench.until(lambda heard: heard.beat.get("detail", {}).get("known_serials") == len(fleet), "the serials")
        lab.set_faults({"count_moves": 2})
        done = await bench.ended(await bench.reconcile())
        assert bench.heard.found == {n: lab.expected[device.id].verdict for n, device in enumerate(fleet, 1)}
        assert max(len(batch["verdicts"]) for batch in bench.heard.batches) == 500
        assert sum(done["counts"].values()) == len(fleet)


async def test_the_rights_of_its_own_broker_user_are_enough(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    async with Management(bench.vhost.management_url, bench.vhost.name) as api:
        options = TopologyOptions(ladder_unit_s=bench.ladder_unit_s, passwords={"glpi_sync": "a-password-of-the-test"})
        await apply(api, options)
    lab.set_faults({"maintenance": True})
    start(start_service, bench, lab, AMQP_USER="printsweep-glpi_sync", AMQP_PASSWORD="a-password-of-the-test")
    await bench.read(SERIALS)
    pass_id = await bench.reconcile(reply=True)
    await bench.until(lambda heard: any(p.get("error") for p in heard.passes.get(pass_id, ())), "a failed attempt")
    lab.set_faults({"maintenance": False})  # it comes back from the ladder
    await bench.ended(pass_id)
    lab.set_faults({"api_disabled": True})
    await bench.check({1: "A"})
    assert (await bench.dead()).headers["x-error-type"] == "GlpiApiDisabled"
    assert bench.heard.replies[0]["ok"]
    assert bench.heard.found == expected(lab) | {1: "ERROR"}
