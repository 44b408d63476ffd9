"""`printsweep config`: the settings in force, where each comes from, and no secret."""

from pathlib import Path
from typing import Any

from tests.support.command import printsweep


async def rows(*arguments: str, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    done = await printsweep("config", *arguments, "--json", environment=environment)
    assert done.status == 0, done.err
    assert "hidden" not in done.out
    return {row["name"]: row for row in done.document}


async def test_every_setting_tells_its_source_and_secrets_stay_hidden(tmp_path: Path) -> None:
    secret = tmp_path / "management-password"
    secret.write_text("hidden-in-a-file\n")
    file = tmp_path / "settings.env"
    file.write_text("PRINTSWEEP_SITES=main,annex\nPRINTSWEEP_AMQP_PASSWORD=hidden-in-env-file\nMAX_QUEUE_SIZE=5\n")
    environment = {
        "PRINTSWEEP_ENV_FILE": str(file),
        "PRINTSWEEP_AMQP_URL": "amqp://me:hidden-in-url@broker.example/",
        "PRINTSWEEP_MANAGEMENT_PASSWORD_FILE": str(secret),
        "MAX_QUEUE_SIZE": "7",
        "PRINTSWEEP_TOKEN": "hidden-token",
    }
    found = await rows(environment=environment)
    assert found["PRINTSWEEP_AMQP_URL"]["value"] == "amqp://broker.example/"
    assert found["PRINTSWEEP_AMQP_URL"]["source"] == "environment"
    assert (found["MAX_QUEUE_SIZE"]["value"], found["MAX_QUEUE_SIZE"]["source"]) == ("7", "environment")
    assert found["PRINTSWEEP_SITES"]["source"] == str(file)
    assert found["PRINTSWEEP_SITES"]["value"] == ["main", "annex"]
    assert found["PRINTSWEEP_AMQP_PASSWORD"] | {"meaning": ""} == {
        "name": "PRINTSWEEP_AMQP_PASSWORD",
        "value": "********",
        "source": str(file),
        "meaning": "",
    }
    assert found["PRINTSWEEP_MANAGEMENT_PASSWORD"]["source"] == f"file {secret}"
    assert found["PRINTSWEEP_LOG_LEVEL"]["source"] == "default"
    table = await printsweep("config", environment=environment)
    assert "hidden" not in table.out
    assert "PRINTSWEEP_AMQP_PASSWORD" in table.out


async def test_a_service_tells_its_own_settings() -> None:
    environment = {
        "PRINTSWEEP_GLPI_SYNC_USER_TOKEN": "hidden",
        "PRINTSWEEP_GLPI_SYNC_URL": "http://127.0.0.1/api.php/v1",
    }
    found = await rows("glpi_sync", environment=environment)
    assert found["PRINTSWEEP_GLPI_SYNC_USER_TOKEN"]["value"] == "********"
    assert found["PRINTSWEEP_GLPI_SYNC_USER_TOKEN"]["source"] == "environment"
    assert found["PRINTSWEEP_GLPI_SYNC_CALL_TIMEOUT_S"]["source"] == "default"


async def test_a_misspelt_setting_is_answered_with_the_nearest_name() -> None:
    done = await printsweep("config", environment={"PRINTSWEEP_SITE": "main"})
    assert done.status == 1
    assert "PRINTSWEEP_SITE is not a setting. Did you mean PRINTSWEEP_SITES?" in done.err
    role = await printsweep("config", "scheduler", environment={"PRINTSWEEP_SCHEDULER_CRONN": "x"})
    assert role.status == 1
    assert "Did you mean PRINTSWEEP_SCHEDULER_CRON?" in role.err


async def test_a_service_that_is_none_is_a_wrong_usage() -> None:
    done = await printsweep("config", "printer")
    assert done.status == 2
    assert "scheduler, collector, glpi_sync, status_api" in done.err
