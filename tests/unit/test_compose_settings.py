"""What docker-compose.yml tells each service: its own classes of settings take it, and every secret is a file."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.local.settings import LocalSettings
from services.collector.profiles import load as load_profiles
from services.collector.settings import CollectorSettings
from services.glpi_sync.settings import GlpiSyncSettings
from services.scheduler.settings import SchedulerSettings
from services.status_api.api.security import Tokens, check_binding
from services.status_api.api.tokens import Role
from services.status_api.settings import StatusApiSettings
from shared.settings import Settings
from shared.topology.rights import RIGHTS
from shared.words import ROLES
from tests.support.compose import compose
from tests.support.process import ROOT

WHOLE = compose()
SERVICES: dict[str, Any] = WHOLE["services"]
CLASSES: dict[str, type[Settings]] = {
    "topology": LocalSettings,
    "demo-topology": LocalSettings,
    "cli": LocalSettings,
    "scheduler": SchedulerSettings,
    "collector": CollectorSettings,
    "demo-collector": CollectorSettings,
    "glpi_sync": GlpiSyncSettings,
    "status_api": StatusApiSettings,
}
WITH_SECRETS = [name for name, service in SERVICES.items() if service.get("secrets")]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "secrets"
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True, timeout=60)
    return folder


def _mounts(name: str) -> dict[str, str]:
    """Path in the container → file name in deploy/secrets."""
    found = {}
    for secret in SERVICES[name].get("secrets", []):
        source, target = (secret, secret) if isinstance(secret, str) else (secret["source"], secret["target"])
        path = target if target.startswith("/") else f"/run/secrets/{target}"
        found[path] = Path(WHOLE["secrets"][source]["file"]).name
    return found


def _load(name: str, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the service has in its container: the paths of secrets lead to the files that were made."""
    for known in [n for n in os.environ if n.startswith("PRINTSWEEP_")]:
        monkeypatch.delenv(known)
    mounts = {path: str(secrets / file) for path, file in _mounts(name).items()}
    for key, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(key, mounts.get(value, value))
    if "PRINTSWEEP_ENV_FILE" not in SERVICES[name]["environment"]:
        monkeypatch.setenv("PRINTSWEEP_ENV_FILE", os.devnull)
    return CLASSES[name].load()


@pytest.mark.parametrize("name", CLASSES)
def test_every_setting_is_known_and_every_file_is_there(
    name: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _load(name, secrets, monkeypatch)
    assert settings.amqp_url == "amqp://rabbitmq:5672/"
    assert settings.amqp_password is not None
    assert settings.amqp_password.get_secret_value()
    for key, value in SERVICES[name]["environment"].items():
        if isinstance(value, str) and value.startswith("/run/secrets/"):
            assert value in _mounts(name), f"{key} names a file that is not mounted"


@pytest.mark.parametrize("name", [n for n in CLASSES if n.removeprefix("demo-") in ROLES])
def test_each_service_has_its_own_broker_user(name: str, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role = name.removeprefix("demo-")
    settings = _load(name, secrets, monkeypatch)
    assert settings.amqp_user == next(r.user for r in RIGHTS if r.role == role)
    assert settings.amqp_password is not None
    assert settings.amqp_password.get_secret_value() == (secrets / f"broker-{role}").read_text()
    others = {f"/run/secrets/broker-{r.role}" for r in RIGHTS if r.role != role} | {"/run/secrets/broker-admin"}
    assert not others & set(_mounts(name)), "a service that is taken over must not have another's password"


@pytest.mark.parametrize("name", ["topology", "demo-topology", "cli"])
def test_the_topology_step_gives_each_role_the_password_that_it_logs_in_with(name: str) -> None:
    assert SERVICES[name]["environment"]["PRINTSWEEP_LOCAL_PASSWORDS_DIR"] == "/run/secrets"
    mounts = _mounts(name)
    for rights in RIGHTS:
        assert mounts[f"/run/secrets/{rights.role}"] == f"broker-{rights.role}"


def test_the_administrators_login_is_the_same_on_both_sides(secrets: Path) -> None:
    lines = dict(line.split(" = ") for line in (secrets / "broker-admin.conf").read_text().splitlines())
    assert lines["default_pass"] == (secrets / "broker-admin").read_text()
    assert lines["default_user"] == SERVICES["topology"]["environment"]["PRINTSWEEP_AMQP_USER"]


def test_the_page_may_listen_on_all_of_its_containers_addresses(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _load("status_api", secrets, monkeypatch)
    assert isinstance(settings, StatusApiSettings)
    tokens = Tokens(settings.status_api_tokens_file)
    check_binding(settings.status_api_host, tokens)
    who = tokens.who((secrets / "api-token").read_text())
    assert who is not None
    assert who.role is Role.ADMIN
    assert "status_api" in settings.status_api_hosts


def test_the_profiles_are_usable_as_they_are_made(secrets: Path) -> None:
    assert "default" in load_profiles(secrets / "profiles.toml")
    demo = load_profiles(ROOT / "deploy/demo/profiles.toml")
    assert set(demo) == {"lab", "lab-v1"}


def test_the_demos_site_has_queues_and_a_collector_and_no_other_collector(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "demo" in _load("demo-topology", secrets, monkeypatch).sites
    assert _load("collector", secrets, monkeypatch).sites == ("main",)
    with monkeypatch.context() as inner:
        demo = _load("demo-collector", secrets, inner)
        assert isinstance(demo, CollectorSettings)
        assert demo.served_sites == ("demo",)
    words = shlex.split(SERVICES["lab"]["command"])
    assert words[words.index("--sites") + 1] == "demo"


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_every_secret_that_is_mounted_is_made(name: str, secrets: Path) -> None:
    for file in _mounts(name).values():
        assert (secrets / file).read_text()


def test_no_secret_stands_in_the_file_itself() -> None:
    for name, service in SERVICES.items():
        for key in service.get("environment", {}):
            assert not key.endswith(("_PASSWORD", "_TOKEN", "_COMMUNITY")), f"{name}: {key}"


def test_secrets_are_closed_to_others_here_and_open_to_the_services_user_there(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    for file in secrets.iterdir():
        assert file.stat().st_mode & 0o777 == 0o644, f"{file.name} could not be read in a container"


def test_making_secrets_again_changes_nothing(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    subprocess.run([ROOT / "deploy/make-secrets", secrets], check=True, capture_output=True, timeout=60)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before
    passwords = [text for name, text in before.items() if name.startswith("broker-") and name != "broker-admin.conf"]
    assert len(set(passwords)) == len(passwords)
    assert all(len(text) >= 32 for text in passwords)
