"""What supervisor starts: waits a moment after quick ends, then becomes the program. Standard library only.

`python -m cli.local.supervise.launch FOLDER NAME`. Commands and environments come from FOLDER/programs.json, so that
no path or password has to survive the quoting of an INI file, and nothing of the caller's environment leaks in.
"""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

# A program that lived shorter ended "quickly": the next start waits 1, 2, 4 … seconds, at most this long.
QUICK_S = 10.0
_LONGEST_WAIT_S = 30.0
_PR_SET_PDEATHSIG = 1


def wait_before_start(quick_ends: int) -> float:
    """Seconds to wait after so many quick ends in a row: 0, 1, 2, 4 … 30."""
    return 0.0 if quick_ends == 0 else min(2.0 ** min(quick_ends - 1, 10), _LONGEST_WAIT_S)


def record_start(path: Path, now: float) -> tuple[int, int]:
    """Count this start in `path`; return how many there were and how many quick ends in a row came before it."""
    try:
        before = json.loads(path.read_text())
        starts, quick, begun = int(before["starts"]), int(before["quick"]), float(before["begun"])
    except (OSError, ValueError, KeyError, TypeError):
        starts, quick, begun = 0, 0, 0.0
    quick = quick + 1 if starts and 0 <= now - begun < QUICK_S else 0
    wait = wait_before_start(quick)
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(json.dumps({"starts": starts + 1, "quick": quick, "begun": now + wait}))
    scratch.replace(path)
    return starts + 1, quick


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when supervisor dies: a supervisor killed hard must not leave our programs behind."""
    if sys.platform.startswith("linux"):
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


def main() -> None:
    """Become the program."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    _end_with_parent()
    program = json.loads((folder / "programs.json").read_text())[name]
    (folder / "ready" / f"{name}.json").unlink(missing_ok=True)
    _, quick = record_start(folder / "starts" / f"{name}.json", time.time())
    if wait := wait_before_start(quick):
        sys.stderr.write(f"printsweep: {name} ended soon after its start ({quick} in a row); waiting {wait:g} s\n")
        sys.stderr.flush()
        time.sleep(wait)
    os.chdir(program["folder"])
    os.execve(program["command"][0], program["command"], program["environment"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
