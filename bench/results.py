"""RESULTS.md: each benchmark owns one section between markers; the others' stay as they are."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from shared import __version__

RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = """# Measured

Each section is written by the command that it names, on the machine and day that it names; run it to have your own.
"""


def machine() -> str:
    """The processor, its cores, memory, kernel and Python, in one line."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    name = cpu[1].strip() if cpu else platform.processor()
    gib = int(memory[1]) / 2**20 if memory else 0.0
    return (
        f"{name}, {os.cpu_count()} cores, {gib:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"
    )


def version() -> str:
    """The version, and the commit where this is a checkout."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=RESULTS.parent, capture_output=True, text=True, check=False
    )
    commit = found.stdout.strip()
    return f"{__version__} ({commit})" if commit else __version__


def write(name: str, title: str, command: str, body: str) -> None:
    """Puts the section `name` into RESULTS.md, in place of the one that is there."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    told = f"`{command}` · printsweep {version()} · {day}\n\n{machine()}"
    section = f"{begin}\n## {title}\n\n{told}\n\n{body.strip()}\n{end}\n"
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _HEAD
    if begin in text and end in text:
        before, rest = text.split(begin, 1)
        text = before + section + rest.split(end, 1)[1].removeprefix("\n")
    else:
        text = f"{text.rstrip()}\n\n{section}"
    draft = RESULTS.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(RESULTS)
