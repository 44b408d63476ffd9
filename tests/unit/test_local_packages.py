from pathlib import Path

import pytest

from cli.local import packages
from cli.local.broker import install, installed
from cli.local.errors import LocalError, MissingProgramError


def test_where_we_cannot_install_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find", lambda: None)
    monkeypatch.setattr(packages, "may_use_apt", lambda: False)
    with pytest.raises(MissingProgramError, match=r"apt install rabbitmq-server.*PRINTSWEEP_AMQP_URL"):
        install.find_or_install(lambda _: None)


def test_what_apt_complains_about_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text('#!/bin/sh\necho "E: Unable to locate package $*"\nexit 100\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(packages, "may_use_apt", lambda: True)
    said: list[str] = []
    with pytest.raises(LocalError, match="E: Unable to locate package update"):
        packages.install("rabbitmq-server", "a sentence", said.append)
    assert said == ["installing rabbitmq-server with apt ..."]


def test_a_named_home_wins_and_debians_wrapper_is_never_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tmp_path / "sbin" / "rabbitmq-server"
    (tmp_path / "plugins" / "rabbit-4.1.3").mkdir(parents=True)
    server.parent.mkdir()
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setattr(installed, "_epmd", lambda: Path("/usr/bin/epmd"))
    monkeypatch.setenv("RABBITMQ_HOME", str(tmp_path))
    found = installed.find()
    assert found is not None
    assert found.server == server
    assert found.version == "4.1.3"
    monkeypatch.delenv("RABBITMQ_HOME")
    monkeypatch.setenv("PATH", "/usr/sbin:/sbin")
    monkeypatch.setattr(installed, "_PACKAGE_BIN", tmp_path / "none")
    monkeypatch.setattr(installed, "_HOMEBREW", ())
    assert installed.find() is None
