"""What `up` or `demo` runs here is found without a setting; a setting comes first."""

import json
import os
from pathlib import Path

import pytest

from cli.local.broker.files import prepare
from cli.local.home import RunFolder
from cli.local.supervise.control import Control
from cli.operator import broker as broker_module
from cli.operator import here as here_module
from cli.operator.where import where


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    for name in list(os.environ):
        if name.startswith("PRINTSWEEP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PRINTSWEEP_HOME", str(tmp_path))
    monkeypatch.setenv("PRINTSWEEP_ENV_FILE", os.devnull)
    folder = RunFolder(tmp_path / "run").make()
    prepare(folder.broker)
    (folder.ready / "status_api.json").write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:4711"}))
    environment = {"MAX_QUEUE_SIZE": "77", "POLL_INTERVAL_MINUTES": "1", "PRINTSWEEP_SITES": "main,annex"}
    folder.programs.write_text(json.dumps({"status_api": {"environment": environment}}))
    folder.configuration.write_text("")
    # The supervisor itself is tried in the acceptance tests of `up`.
    monkeypatch.setattr(Control, "pid", lambda _: 1)
    return folder


def test_address_broker_and_limits_are_those_of_what_runs(running: RunFolder) -> None:
    found = where(None)
    assert (found.api, found.api_from) == ("http://127.0.0.1:4711", "what `printsweep up` runs here")
    target = broker_module.broker()
    node = json.loads((running.broker / "node.json").read_text())
    assert target.management.endswith(node["management_url"].removeprefix("http://"))
    assert target.options.max_queue_size == 77
    assert target.options.poll_interval_s == 60
    assert target.options.sites == ("main", "annex")
    password = (running.broker / "password").read_text()
    assert password in target.amqp
    assert password not in repr(target) + repr(here_module.here())


def test_a_setting_comes_first(running: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTSWEEP_API", "http://api.example:80/api/")
    monkeypatch.setenv("PRINTSWEEP_AMQP_URL", "amqp://broker.example/a%2Fb")
    monkeypatch.setenv("PRINTSWEEP_MANAGEMENT_URL", "http://broker.example:15672")
    assert where(None).api == "http://api.example:80"
    assert where("http://other.example").api == "http://other.example"
    target = broker_module.broker()
    assert target.management == "http://broker.example:15672"
    assert target.vhost == "a/b"


def test_what_has_stopped_is_not_taken(running: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Control, "pid", lambda _: None)
    assert where(None).api == "http://127.0.0.1:8080"
    assert broker_module.broker().amqp == "amqp://127.0.0.1:5672/"


def test_a_half_written_folder_is_not_taken_for_a_broker(running: RunFolder) -> None:
    (running.broker / "node.json").write_text("{")
    (running.ready / "status_api.json").write_text("[]")
    assert where(None).api == "http://127.0.0.1:8080"
    assert broker_module.broker().amqp == "amqp://127.0.0.1:5672/"
