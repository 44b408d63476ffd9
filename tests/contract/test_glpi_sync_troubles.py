"""Every way in which GLPI fails: the right verdict on the request, and a sentence that says what to do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.glpi import GlpiLab
from lab.glpi.dialect import Version
from shared.messages.kinds import kind
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.fixtures import StartService
from tests.support.glpi import GlpiBench, devices, glpi_settings, simulated_glpi

pytestmark = pytest.mark.contract

FLEET = devices(30)
SERIALS = {number: device.serial or None for number, device in enumerate(FLEET, 1)}

PASSING: list[tuple[str, str, str, str]] = [
    ("11", "maintenance", "GlpiMaintenance", "maintenance page"),
    ("10", "database_down", "GlpiDatabaseDown", "lost its database"),
    ("11", "database_down", "GlpiServerFailed", "its database or its web server"),
    ("11", "empty_200", "GlpiEmptyAnswer", "nothing at all"),
    ("11", "hang", "GlpiTimeout", "in time"),
]
LASTING: list[tuple[str, str, str, str]] = [
    ("10", "api_disabled", "GlpiApiDisabled", "Enable Rest API"),
    ("11", "ip_not_allowed", "GlpiIpNotAllowed", "our IP address"),
    ("11", "reject_sessions", "GlpiSessionRejected", "session storage"),
]


@pytest.fixture
async def bench(vhost: VirtualHost) -> AsyncIterator[GlpiBench]:
    async with GlpiBench(vhost, ladder_unit_s=0.005) as made:
        yield made


@pytest.fixture
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[GlpiLab]:
    version: Version = getattr(request, "param", "11")
    async with simulated_glpi(FLEET, version) as made:
        yield made


BOTH = pytest.mark.parametrize("lab", ["10", "11"], indirect=True)


def environment(bench: GlpiBench, lab: GlpiLab) -> dict[str, str]:
    return bench.environment | glpi_settings(lab) | {"PRINTSWEEP_GLPI_SYNC_CALL_TIMEOUT_S": "0.5"}


async def error_in_beat(bench: GlpiBench) -> str:
    return str(await bench.until(lambda heard: heard.beat.get("detail", {}).get("glpi_error"), "the error in the beat"))


@pytest.mark.parametrize(("lab", "fault", "error", "words"), PASSING, indirect=["lab"])
async def test_what_passes_is_retried_and_then_dead(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, fault: str, error: str, words: str
) -> None:
    lab.set_faults({fault: True})
    start_service("services.glpi_sync", environment(bench, lab))
    pass_id = await bench.reconcile()
    failed = await bench.ended(pass_id, "failed")
    told = bench.heard.passes[pass_id]
    errors = list(dict.fromkeys(one["error"] for one in told if one.get("error")))
    assert [one["state"] for one in told].count("running") >= 4
    assert [text for text in errors if "It is tried again in" in text] == errors[:3]
    assert words in failed["error"]
    assert failed["finished_at"]
    dead = await bench.dead()
    assert dead.headers["x-error-type"] == error
    assert dead.headers["x-attempt"] == 4
    assert json.loads(dead.body)["pass_id"] == pass_id
    assert words in await error_in_beat(bench)
    await bench.until(lambda heard: heard.beat["detail"]["last_pass_state"] == "failed", "the state in the beat")


@pytest.mark.parametrize(("lab", "fault", "error", "words"), LASTING, indirect=["lab"])
async def test_what_a_person_must_change_is_parked_at_once(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, fault: str, error: str, words: str
) -> None:
    lab.set_faults({fault: True})
    start_service("services.glpi_sync", environment(bench, lab))
    pass_id = await bench.reconcile()
    failed = await bench.ended(pass_id, "failed")
    assert words in failed["error"]
    assert "tried again" not in failed["error"]
    dead = await bench.dead()
    assert dead.headers["x-error-type"] == error
    assert dead.headers["x-attempt"] == 1
    assert words in await error_in_beat(bench)
    lab.set_faults({fault: False})
    await bench.ended(await bench.reconcile())
    await bench.until(lambda heard: heard.beat["detail"].get("glpi_error") is None, "the error being over")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("URL", "{origin}/nothing/here", "GlpiWrongAddress"),
        ("URL", "http://127.0.0.1:1/apirest.php", "GlpiUnreachable"),
        ("APP_TOKEN", "wrong-app-token", "GlpiAppTokenRejected"),
        ("USER_TOKEN", "wrong-user-token", "GlpiBadCredentials"),
    ],
)
async def test_wrong_settings_have_a_sentence(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, name: str, value: str, error: str
) -> None:
    wrong = {f"PRINTSWEEP_GLPI_SYNC_{name}": value.format(origin=lab.origin)}
    start_service("services.glpi_sync", environment(bench, lab) | wrong)
    await bench.ended(await bench.reconcile(), "failed")
    assert (await bench.dead()).headers["x-error-type"] == error
    assert await error_in_beat(bench)


async def test_a_fault_that_passes_in_time_leaves_a_pass_that_is_done(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    await bench.read(SERIALS)
    lab.set_faults({"maintenance": True})
    start_service("services.glpi_sync", environment(bench, lab))
    pass_id = await bench.reconcile()
    await bench.until(lambda heard: any(p.get("error") for p in heard.passes.get(pass_id, ())), "a failed attempt")
    await error_in_beat(bench)
    lab.set_faults({"maintenance": False})
    done = await bench.ended(pass_id)
    assert done.get("error") is None
    assert sum(done["counts"].values()) == len(SERIALS)
    await bench.until(lambda heard: heard.beat["detail"].get("glpi_error") is None, "the error being over")


@BOTH
async def test_oddities_do_not_harm_a_pass(bench: GlpiBench, lab: GlpiLab, start_service: StartService) -> None:
    await bench.read(SERIALS)
    lab.set_faults({"text_before_json": True, "slow": 0.02})
    start_service("services.glpi_sync", environment(bench, lab))
    await bench.ended(await bench.reconcile())
    assert bench.heard.found == {n: lab.expected[device.id].verdict for n, device in enumerate(FLEET, 1)}


@BOTH
async def test_an_expired_session_is_renewed_once(bench: GlpiBench, lab: GlpiLab, start_service: StartService) -> None:
    await bench.read(SERIALS)
    start_service("services.glpi_sync", environment(bench, lab))
    await eventually(lambda: lab.requests["GET killSession"] == 1, what="the login at the start being over")
    lab.set_faults({"slow": 0.1})
    pass_id = await bench.reconcile()
    await eventually(lambda: lab.requests["GET getMyEntities"] == 1, what="the session being used")
    lab.set_faults({"expire_session": True})
    await bench.ended(pass_id)
    assert lab.requests["GET initSession"] == 3  # the one at the start, the pass's, and its renewal
    assert [told["state"] for told in bench.heard.passes[pass_id]] == ["running", "done"]


async def test_single_serials_climb_the_ladder_and_end_as_error(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    lab.set_faults({"maintenance": True})
    start_service("services.glpi_sync", environment(bench, lab))
    await bench.read({1: SERIALS[1], 2: None})
    dead = await bench.dead()
    assert (dead.headers["x-error-type"], dead.headers["x-attempt"]) == ("GlpiMaintenance", 4)
    await bench.until(lambda heard: len(heard.found) == 2, "what people see")
    assert bench.heard.found == {1: "ERROR", 2: "ERROR"}
    assert "maintenance page" in bench.heard.verdicts[1]["reason"]
    # It is not asked for again at once, but the next pass answers.
    lab.set_faults({"maintenance": False})
    await bench.ended(await bench.reconcile())
    assert bench.heard.found == {1: lab.expected["d0"].verdict, 2: "NO_SERIAL"}


async def test_a_question_that_was_answered_meanwhile_is_not_asked(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    lab.set_faults({"maintenance": True})
    start_service("services.glpi_sync", environment(bench, lab))
    await bench.read({1: SERIALS[1]})
    await error_in_beat(bench)
    lab.set_faults({"maintenance": False})
    await bench.until(lambda heard: heard.found, "the verdict")
    searches = lab.requests["POST search/Printer"]
    await bench.publisher.insist(
        kind("glpi.check"), {"serials": [{"printer_id": 1, "serial": SERIALS[1]}], "requested_by": "glpi_sync"}
    )
    await bench.ended(await bench.reconcile())  # behind it in the queue
    assert lab.requests["POST search/Printer"] == searches


async def test_a_wrong_token_is_seen_at_the_start_and_gone_after_a_restart_with_the_right_one(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService, tmp_path: Path
) -> None:
    data = {"PRINTSWEEP_DATA_DIR": str(tmp_path / "data")}
    wrong = {"PRINTSWEEP_GLPI_SYNC_USER_TOKEN": "wrong"}
    service = start_service("services.glpi_sync", environment(bench, lab) | data | wrong)
    assert "user token" in await error_in_beat(bench)
    await bench.read({1: SERIALS[1]})
    assert (await bench.dead()).headers["x-error-type"] == "GlpiBadCredentials"
    assert service.stop() == 0
    start_service("services.glpi_sync", environment(bench, lab) | data, name="again")
    await bench.until(lambda heard: heard.found == {1: lab.expected["d0"].verdict}, "the verdict")
    await bench.until(lambda heard: heard.beat["detail"].get("glpi_error") is None, "the error being over")


async def test_a_new_serial_under_a_wrong_token_brings_one_dead_letter(
    bench: GlpiBench, lab: GlpiLab, start_service: StartService
) -> None:
    wrong = {"PRINTSWEEP_GLPI_SYNC_USER_TOKEN": "wrong", "PRINTSWEEP_GLPI_SYNC_SINGLES": "10"}
    start_service("services.glpi_sync", environment(bench, lab) | wrong)
    await bench.read(SERIALS)
    await bench.until(lambda heard: heard.passes, "its own pass")
    (pass_id,) = bench.heard.passes
    await bench.ended(pass_id, "failed")
    await bench.read({n + 1000: f"MORE{n:04}" for n in range(20)})
    await bench.until(lambda heard: heard.beat["detail"]["known_serials"] == len(SERIALS) + 20, "the others")
    assert (await bench.dead()).headers["x-error-type"] == "GlpiBadCredentials"
    assert list(bench.heard.passes) == [pass_id]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "GLPI is not configured"),
        ({"URL": "ftp://glpi", "APP_TOKEN": "a", "USER_TOKEN": "u"}, "must begin with http"),
        ({"URL": "http://glpi.test/apirest.php", "APP_TOKEN": "a"}, "PRINTSWEEP_GLPI_SYNC_USER_TOKEN"),
        (
            {"URL": "https://g.test/", "APP_TOKEN": "a", "USER_TOKEN": "u", "CA_FILE": "/nowhere.pem"},
            "certificates in /nowhere.pem",
        ),
    ],
)
async def test_without_a_usable_glpi_the_service_runs_and_says_so(
    bench: GlpiBench, start_service: StartService, settings: dict[str, str], sentence: str
) -> None:
    named = {f"PRINTSWEEP_GLPI_SYNC_{name}": value for name, value in settings.items()}
    service = start_service("services.glpi_sync", bench.environment | named | {"PRINTSWEEP_BEAT_INTERVAL_S": "0.2"})
    await bench.read(SERIALS)
    beat = await bench.until(
        lambda heard: heard.beat.get("detail", {}).get("known_serials") == len(SERIALS) and heard.beat, "the serials"
    )
    assert sentence in (beat["detail"].get("glpi_error") or beat["detail"].get("note"))
    assert bool(beat["detail"].get("glpi_error")) is bool(settings)  # not wanting a GLPI is no error
    failed = await bench.ended(await bench.reconcile(), "failed")
    assert sentence in failed["error"]
    assert sentence in str((await bench.dead()).headers["x-error-message"])
    await bench.check({1: "A1"})
    assert sentence in str((await bench.dead()).headers["x-error-message"])
    # Whoever waits for an answer gets it, and leaves no dead letter.
    await bench.reconcile(reply=True)
    await bench.check({1: "A1"}, reply=True)
    await bench.until(lambda heard: len(heard.replies) == 2, "the answers")
    assert all(not reply["ok"] and sentence in str(reply["error"]) for reply in bench.heard.replies)
    assert await bench.depth("dead.glpi") == 0
    assert service.is_running
