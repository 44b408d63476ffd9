"""A wrong broker password ends every service at once, with a sentence and the status that nobody starts again."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import VirtualHost
from tests.support.fixtures import StartService

pytestmark = pytest.mark.contract

PASSWORD = "wrong-and-never-shown"
PROFILES = '[profiles.default]\ncommunity = "public"\npermitted_networks = ["127.0.0.0/8"]\n'


async def test_it_is_told_and_final(vhost: VirtualHost, start_service: StartService, tmp_path: Path) -> None:
    secret, profiles = tmp_path / "password", tmp_path / "profiles.toml"
    secret.write_text(PASSWORD)
    profiles.write_text(PROFILES)
    place = urlsplit(vhost.amqp_url)
    environment = {
        "PRINTSWEEP_AMQP_URL": place._replace(netloc=f"{place.hostname}:{place.port}").geturl(),
        "PRINTSWEEP_AMQP_USER": "nobody",
        "PRINTSWEEP_AMQP_PASSWORD_FILE": str(secret),
        "PRINTSWEEP_MANAGEMENT_URL": vhost.management_url,
        "PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles),
        "PRINTSWEEP_STATUS_API_PORT": "0",
    }
    roles = ("scheduler", "collector", "glpi_sync", "status_api")
    for process in [start_service(f"services.{role}", environment, name=role) for role in roles]:
        assert (process.name, await process.ended()) == (process.name, 78)
        assert "The broker refuses this user name or password." in process.log.splitlines()[-1]
        assert "as 'nobody': check the user name and password." in process.log.splitlines()[-1]
        assert PASSWORD not in process.log
