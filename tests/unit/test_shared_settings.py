"""Settings: precedence, secrets from files, names that nobody knows, sentences for what is wrong."""

import os
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from shared.errors import SettingsInvalid
from shared.settings import Settings


class GlpiSettings(Settings):
    glpi_sync_url: str = Field("http://glpi", description="GLPI's API")
    glpi_sync_app_token: SecretStr | None = Field(None, description="App-Token")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PRINTSWEEP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PRINTSWEEP_ENV_FILE", str(tmp_path / ".env"))


def test_the_environment_beats_the_file_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRINTSWEEP_SITES=a,b\nPRINTSWEEP_LOG_LEVEL=DEBUG\nMAX_QUEUE_SIZE=7\n")
    monkeypatch.setenv("PRINTSWEEP_LOG_LEVEL", "ERROR")
    settings = GlpiSettings.load()
    assert (settings.sites, settings.log_level, settings.max_queue_size) == (("a", "b"), "ERROR", 7)


def test_the_predecessors_names_keep_their_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_QUEUE_SIZE", "123")
    monkeypatch.setenv("POLL_INTERVAL_MINUTES", "30")
    options = Settings.load().topology_options()
    assert (options.max_queue_size, options.poll_interval_s) == (123, 1800)


def test_an_unknown_name_is_answered_with_the_nearest_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTSWEEP_AMQP_URI", "x")
    monkeypatch.setenv("PRINTSWEEP_GLPI_SYNC_URI", "x")
    with pytest.raises(SettingsInvalid) as caught:
        GlpiSettings.load()
    assert "PRINTSWEEP_AMQP_URI is not a setting. Did you mean PRINTSWEEP_AMQP_URL?" in str(caught.value)
    assert "Did you mean PRINTSWEEP_GLPI_SYNC_URL?" in str(caught.value)


def test_a_misspelled_name_of_the_predecessor_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_QUEU_SIZE=5\nPOLL_INTERVAL_MINUTE=5\nPOLL_INTERVAL_SECONDS=5\nQUEUE_SIZE=5\n")
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load()
    assert "MAX_QUEU_SIZE is not a setting. Did you mean MAX_QUEUE_SIZE?" in str(caught.value)
    assert "POLL_INTERVAL_MINUTE is not a setting. Did you mean POLL_INTERVAL_MINUTES?" in str(caught.value)
    assert str(caught.value).count("is not a setting") == 2  # the other two may be anybody's


def test_names_of_other_roles_are_none_of_a_services_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTSWEEP_COLLECTOR_ANYTHING", "x")
    GlpiSettings.load()


def test_a_secret_comes_from_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cr3t\n")
    monkeypatch.setenv("PRINTSWEEP_GLPI_SYNC_APP_TOKEN_FILE", str(secret))
    settings = GlpiSettings.load()
    assert settings.glpi_sync_app_token is not None
    assert settings.glpi_sync_app_token.get_secret_value() == "s3cr3t"
    assert "s3cr3t" not in repr(settings) + str(settings.model_dump(mode="json"))


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRINTSWEEP_AMQP_PASSWORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsInvalid, match=r"PRINTSWEEP_AMQP_PASSWORD_FILE: .*nowhere cannot be read"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PRINTSWEEP_HEALTH_PORT", "70000"), ("POLL_INTERVAL_MINUTES", "-1"), ("PRINTSWEEP_LOG_LEVEL", "LOUD")],
)
def test_a_wrong_value_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load()
    assert name in str(caught.value)
    assert value in str(caught.value)


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_credentials_inside_an_address_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTSWEEP_AMQP_URL", "amqp://somebody:h1dden@broker:5672/")
    shown = Settings.load().shown()
    assert shown["amqp_url"] == "amqp://***@broker:5672/"
    assert "h1dden" not in str(shown)
