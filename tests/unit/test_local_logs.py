from pathlib import Path

import pytest

from cli.local.errors import LocalError
from cli.local.home import RunFolder
from cli.local.logs import files_of, show
from cli.local.tails import last_lines


def test_the_last_lines_of_a_file_and_of_none(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"one\ntwo\n\xffthree\n")
    assert last_lines(log, 2) == "  two\n  \N{REPLACEMENT CHARACTER}three"
    assert last_lines(tmp_path / "none", 2) == "  (it printed nothing)"


def test_a_kind_names_all_of_its_programs(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path).make()
    for name in ("collector-1", "collector-2", "status_api"):
        (folder.logs / f"{name}.log").touch()
    assert list(files_of(folder, "collector")) == ["collector-1", "collector-2"]
    assert list(files_of(folder, None)) == ["collector-1", "collector-2", "status_api"]
    with pytest.raises(LocalError, match="There is: collector-1, collector-2, status_api"):
        files_of(folder, "colector")


def test_following_goes_on_over_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("before\n")
    rounds = iter([lambda: log.open("a").write("half"), lambda: _rotate(log), lambda: None])
    written: list[str] = []

    def is_over() -> bool:
        step = next(rounds, None)
        if step is None:
            return True
        step()
        return False

    show({"x": log}, 10, True, written.append, is_over)
    assert written == ["before", "after"]


def _rotate(log: Path) -> None:
    log.rename(log.with_suffix(".1"))
    log.write_text("after\n")
