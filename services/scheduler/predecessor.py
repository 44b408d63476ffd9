"""Ending a frozen predecessor that holds the database locked.

A leader that loses the broker's lock steps down within moments. One that still holds a write transaction seconds
later is frozen in the middle of it, on this host, and nobody can write until it is ended: its supervisor starts it
anew. It is named by process id and start time together, so that no other process can be meant; in another
container's process namespace it is not found, and nothing is ended.
"""

import os
import signal
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def started(pid: int) -> str:
    """When a process began, unique on this host with its id; empty where that cannot be known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
    # proc(5): field 22, starttime; the second field, in parentheses, may hold anything.
    return f"{boot} {stat.rpartition(')')[2].split()[19]}"


def end(pid: int, began: str) -> bool:
    """Kills the process with this id if it is the one that began then. Returns whether it did."""
    if pid in (0, os.getpid()) or not began or started(pid) != began:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True
