"""The services kept running: up, status, a crash, restart, logs, down, and what is said when something is wrong."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.local.supervise.control import has_ended
from tests.support import BrokerHandle, VirtualHost, eventually_sync

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"scheduler", "collector-1", "collector-2", "glpi_sync", "status_api"}


class Local:
    """`printsweep` with a folder and a .env of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env_file = folder / ".env"
        self.profiles = folder / "profiles.json"
        profile = {"community": "public", "permitted_networks": ["127.0.0.0/8"]}
        self.profiles.write_text(json.dumps({"profiles": {"default": profile}}))
        self.settings = {
            "PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(self.profiles),
            "PRINTSWEEP_STATUS_API_PORT": "0",
            "PRINTSWEEP_LOCAL_COLLECTORS": "2",
        }

    def run(self, *arguments: str, timeout: float = 150) -> subprocess.CompletedProcess[str]:
        self.env_file.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PRINTSWEEP_")}
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            env={
                **clean,
                "PYTHONPATH": str(ROOT),
                "PRINTSWEEP_HOME": str(self.folder / "home"),
                "PRINTSWEEP_ENV_FILE": str(self.env_file),
                "COLUMNS": "200",
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def status(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in json.loads(self.run("status", "--json").stdout)}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    made = Local(tmp_path)
    yield made
    made.run("down")


def family(local: Local) -> list[psutil.Process]:
    return [psutil.Process(one["pid"]) for one in local.status().values() if one["pid"]]


def test_up_keeps_everything_running_until_down(local: Local) -> None:
    up = local.run("up")
    assert up.returncode == 0, up.stderr
    status = local.status()
    assert set(status) == SERVICES | {"epmd", "broker"}
    assert all(one["ready"] for one in status.values())

    again = local.run("up")
    assert again.returncode == 1
    assert "printsweep is running already" in again.stderr

    # A service that is killed comes back by itself and becomes ready.
    os.kill(status["collector-2"]["pid"], signal.SIGKILL)
    eventually_sync(lambda: local.status()["collector-2"]["starts"] == 2, 30)
    eventually_sync(lambda: local.status()["collector-2"]["ready"], 60)

    # So does the private broker; the services find it again.
    os.kill(status["broker"]["pid"], signal.SIGKILL)
    eventually_sync(lambda: local.status()["broker"]["pid"] not in (0, status["broker"]["pid"]), 30)
    eventually_sync(lambda: local.run("status").returncode == 0, 90, "everything being ready again")

    before = local.status()
    restarted = local.run("restart", "collector")
    assert restarted.returncode == 0, restarted.stderr
    after = local.status()
    assert {name for name in SERVICES if before[name]["pid"] != after[name]["pid"]} == {"collector-1", "collector-2"}
    assert local.run("restart", "colector").stderr.startswith("printsweep: There is no colector here. There is: ")

    logs = local.run("logs", "collector", "-n", "1000").stdout.splitlines()
    assert {line.split(":")[0] for line in logs} == {"collector-1", "collector-2"}
    assert any("service.started" in line for line in logs)

    running = family(local)
    assert local.run("down").returncode == 0
    eventually_sync(lambda: all(has_ended(process) for process in running))
    assert local.run("status").stderr == "printsweep: Nothing is running here. Start it with `./printsweep up`.\n"
    assert local.run("down").returncode == 0


def test_a_named_broker_is_used_and_left_running(local: Local, vhost: VirtualHost, broker: BrokerHandle) -> None:
    local.settings |= vhost.environment | {"PRINTSWEEP_LOCAL_COLLECTORS": "1"}
    up = local.run("up")
    assert up.returncode == 0, up.stderr
    assert set(local.status()) == SERVICES - {"collector-2"}
    queues = {queue["name"] for queue in vhost.api("GET", "queues/{vhost}")}
    assert {"poll.main.routine", "status.record", "dead.poll"} <= queues
    assert local.run("down").returncode == 0
    assert vhost.api("GET", "overview")["rabbitmq_version"]


def test_a_setting_that_nobody_knows_is_told_before_anything_starts(local: Local) -> None:
    local.settings["PRINTSWEEP_SITE"] = "main"
    up = local.run("up")
    assert up.returncode == 1
    assert "PRINTSWEEP_SITE is not a setting. Did you mean PRINTSWEEP_SITES?" in up.stderr
    assert "Nothing is running" in local.run("status").stderr


def test_a_service_that_cannot_start_is_named_with_its_reason(local: Local, vhost: VirtualHost) -> None:
    local.settings |= vhost.environment
    local.profiles.write_text("{}")
    up = local.run("up")
    assert up.returncode == 1
    assert "collector-1 is not ready: misconfigured" in up.stderr
    assert "must hold a table `profiles`" in up.stderr
    assert "./printsweep logs" in up.stderr
    assert local.run("status").returncode == 1


def test_a_wrong_password_of_a_named_broker_is_told(local: Local, broker: BrokerHandle) -> None:
    local.settings |= {
        "PRINTSWEEP_AMQP_URL": broker.amqp_url.replace("://", "://nobody:wrong@").replace("@@", "@"),
        "PRINTSWEEP_MANAGEMENT_URL": f"http://nobody:wrong@{broker.management_url.rsplit('@', 1)[-1]}",
    }
    up = local.run("up")
    assert up.returncode == 1
    assert "refuses this user name or password" in up.stderr
    assert "wrong@" not in up.stderr
    assert "Nothing is running" in local.run("status").stderr
