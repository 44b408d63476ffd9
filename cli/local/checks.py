"""`printsweep test`: everything that must hold, each named, all shown, and one exit status."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.local import packages
from cli.local.broker.install import find_or_install
from cli.local.errors import LocalError

_LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
# Run through the interpreter: a checkout that was moved has scripts in .venv/bin that point to its old place.
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
    ("import rules", ("-c", _LINT_IMPORTS)),
)


# The tests wait more than they compute: several at once use the time. Each process has a broker of its own. Native
# tracebacks: pytest's own parse sources beside running threads, which CPython 3.11 does not always survive.
_SIDE_BY_SIDE = ("-n", "4", "--dist", "loadgroup", "--tb", "native")


def say(text: str) -> None:
    """Tell the person at the terminal what takes time."""
    sys.stderr.write(f"printsweep: {text}\n")


def _chromium() -> None:
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        packages.install("chromium", "The tests of the page need a Chromium. Install the package chromium.", say)


def _snmpd() -> None:
    if not (shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")):
        packages.install("snmpd", "The tests of SNMPv3 need net-snmp's agent. Install the package snmpd.", say)


def _playwright_libraries() -> None:
    # Playwright brings a Node.js of its own that is linked against it; Debian's minimal images lack it.
    if sys.platform.startswith("linux") and ctypes.util.find_library("atomic") is None:
        packages.install("libatomic1", "The tests of the page need libatomic. Install the package libatomic1.", say)


def _prepare() -> list[str]:
    """Install what the tests drive; what cannot be had is told, and the tests that need it fail by themselves."""
    problems = []
    for needed in (lambda: find_or_install(say), _chromium, _playwright_libraries, _snmpd):
        try:
            needed()
        except LocalError as error:
            problems.append(str(error))
    return problems


def run_all(root: Path, arguments: Sequence[str]) -> int:
    """Run every check and then pytest with `arguments`; 0 if all passed.

    pytest comes last, so that its closing line is the last of the output.
    """
    for problem in _prepare():
        say(problem)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    results = []
    for name, command in CHECKS:
        sys.stdout.write(f"=== {name}\n")
        sys.stdout.flush()
        status = subprocess.run([sys.executable, *command], cwd=root, env=environment).returncode
        results.append((name, status == 0))
    sys.stdout.write("=== " + ", ".join(f"{name}: {'passed' if good else 'FAILED'}" for name, good in results) + "\n")
    sys.stdout.write("=== pytest\n")
    sys.stdout.flush()
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *_SIDE_BY_SIDE, *arguments], cwd=root, env=environment
    ).returncode
    return 0 if tests == 0 and all(good for _, good in results) else (tests or 1)
