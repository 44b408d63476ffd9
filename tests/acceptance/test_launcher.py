"""The script at the root: from nothing to the command line, and what it says where it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
INSTALL_S = 240


def run(
    launcher: Path, *arguments: str, cwd: Path | None = None, timeout: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(launcher), *arguments],
        cwd=cwd or launcher.parent,
        env={**os.environ, "PRINTSWEEP_PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def clone(into: Path) -> Path:
    """A copy of the tree as a fresh clone has it (there may be no git where the tests run)."""
    made = shutil.ignore_patterns(".venv*", ".git", ".printsweep", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, into, ignore=made)
    return into / "printsweep"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The launcher of a fresh clone without an environment."""
    return clone(tmp_path / "a folder")


@pytest.fixture
def ready(fresh: Path) -> Path:
    """The launcher of a fresh clone that borrows our environment."""
    stamp = ROOT / ".venv" / ".printsweep"
    if not stamp.exists():
        pytest.skip("not started by ./printsweep")
    (fresh.parent / ".venv").symlink_to(ROOT / ".venv")
    return fresh


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with the usual small programs, but with neither Python nor apt."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "readlink", "cksum", "grep", "id", "mkdir", "rm", "cat", "sleep", "flock", "tail"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def test_two_at_once_on_a_fresh_clone_make_one_environment_and_both_run(fresh: Path) -> None:
    half_made = fresh.parent / ".venv" / "bin"
    half_made.mkdir(parents=True)
    (half_made / "python").symlink_to("/nowhere")
    command = [str(fresh), "--help"]
    environment = {**os.environ, "PRINTSWEEP_PYTHON": sys.executable}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=INSTALL_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sum("making .venv" in stderr for _, stderr in outputs) == 1
    assert all("Usage" in stdout for stdout, _ in outputs)

    again = run(fresh, "--help")
    assert (again.returncode, again.stderr) == (0, "")

    (fresh.parent / "requirements.lock").open("a").write("# another lock\n")
    updated = run(fresh, "--help", timeout=INSTALL_S)
    assert updated.returncode == 0
    assert "installing the packages of requirements.lock" in updated.stderr


def test_it_runs_from_anywhere_and_through_a_symbolic_link(ready: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "ps"
    link.parent.mkdir()
    link.symlink_to(Path("..") / ready.parent.name / "printsweep")
    for launcher in (ready, link):
        done = run(launcher, "--help", cwd=Path("/"))
        assert (done.returncode, done.stderr) == (0, "")
        assert "demo" in done.stdout


def test_a_python_that_is_too_old_is_named(fresh: Path, bare_path: Path) -> None:
    old = bare_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = run(fresh, "--help", PRINTSWEEP_PYTHON="", PATH=str(bare_path))
    assert done.returncode == 1
    assert done.stderr.startswith("printsweep: Python 3.11 or newer is needed; here is Python 3.9.2.")
    assert "PRINTSWEEP_PYTHON=" in done.stderr


def test_a_named_python_that_is_too_old_is_refused(fresh: Path, bare_path: Path) -> None:
    old = bare_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run(fresh, "--help", PRINTSWEEP_PYTHON=str(old), PATH=str(bare_path))
    assert done.returncode == 1
    assert f"PRINTSWEEP_PYTHON is {old}, which is older than Python 3.11." in done.stderr


def test_a_failed_download_is_told_and_nothing_half_made_is_trusted(fresh: Path) -> None:
    done = run(
        fresh,
        "--help",
        timeout=INSTALL_S,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )
    assert done.returncode == 1
    assert "the packages of requirements.lock could not be installed" in done.stderr
    assert not (fresh.parent / ".venv" / ".printsweep").exists()
