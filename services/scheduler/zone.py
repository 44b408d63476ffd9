"""The system's time zone by name, so that its daylight saving rules are known and not only today's offset."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOCALTIME = Path("/etc/localtime")


def local_zone() -> ZoneInfo:
    """TZ, else the target of /etc/localtime, else UTC."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked()):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return ZoneInfo("UTC")


def _linked() -> str:
    if not _LOCALTIME.is_symlink():
        return ""
    _, found, name = str(_LOCALTIME.resolve()).partition("/zoneinfo/")
    return name if found else ""
