import base64
import hashlib
import json
import stat
from pathlib import Path

import pytest

from cli.local.broker.files import password_hash, prepare
from cli.local.broker.installed import Installed

INSTALLED = Installed(Path("/opt/rabbit/sbin/rabbitmq-server"), Path("/opt/erlang/bin/epmd"))


def test_secrets_are_readable_by_us_alone(tmp_path: Path) -> None:
    files = prepare(tmp_path / "node")
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    for name in ("password", "definitions.json", "rabbitmq.conf", "node.json"):
        assert stat.S_IMODE((files.folder / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((files.folder / ".erlang.cookie").stat().st_mode) == 0o400


def test_a_second_preparation_keeps_ports_password_and_cookie(tmp_path: Path) -> None:
    first = prepare(tmp_path)
    cookie = (tmp_path / ".erlang.cookie").read_text()
    assert prepare(tmp_path) == first
    assert (tmp_path / ".erlang.cookie").read_text() == cookie


def test_other_ports_are_taken_on_demand_with_the_same_password(tmp_path: Path) -> None:
    first, second = prepare(tmp_path), prepare(tmp_path, new_ports=True)
    assert second.password == first.password
    assert str(second.management_port) in (tmp_path / "rabbitmq.conf").read_text()


def test_the_password_hash_is_the_one_that_rabbitmq_checks() -> None:
    raw = base64.b64decode(password_hash("a word"))
    assert raw[4:] == hashlib.sha256(raw[:4] + b"a word").digest()


def test_the_definitions_hold_no_password_and_no_guest(tmp_path: Path) -> None:
    files = prepare(tmp_path)
    text = (tmp_path / "definitions.json").read_text()
    assert files.password not in text
    assert [user["name"] for user in json.loads(text)["users"]] == ["printsweep"]


def test_nothing_of_the_callers_environment_reaches_the_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABBITMQ_USE_LONGNAME", "true")
    monkeypatch.setenv("ERL_FLAGS", "-hidden")
    environment = prepare(tmp_path).environment(INSTALLED)
    assert "ERL_FLAGS" not in environment
    assert "RABBITMQ_USE_LONGNAME" not in environment
    assert environment["HOME"] == str(tmp_path)


def test_the_password_is_not_in_a_representation(tmp_path: Path) -> None:
    files = prepare(tmp_path)
    assert files.password not in repr(files)
