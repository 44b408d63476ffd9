import os
from pathlib import Path

import pytest

from cli.local.errors import LocalError
from cli.local.home import AlreadyRunningError, RunFolder


def test_a_socket_path_is_never_too_long_for_the_kernel(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / ("x" * 100) / "run").make()
    assert len(os.fsencode(folder.socket)) <= 107
    folder.make_socket_folder()
    assert folder.socket.parent.stat().st_mode & 0o077 == 0
    folder.forget_socket()
    assert not folder.socket.parent.exists()


def test_a_short_path_keeps_the_socket_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert RunFolder(Path("/srv/run")).socket == Path("/srv/run/supervisor.sock")


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path / ("x" * 100)).make()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder.socket.parent.mkdir(mode=0o755)
    folder.socket.parent.chmod(0o755)
    with pytest.raises(LocalError, match="not a private folder"):
        folder.make_socket_folder()


def test_two_commands_do_not_hold_one_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path).make()
    with folder.exclusive(), pytest.raises(AlreadyRunningError), folder.exclusive():
        pass
