"""The real command line as a process."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.process import ROOT

_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


async def printsweep(
    *arguments: str, environment: Mapping[str, str] | None = None, timeout: float = 60.0, stdin: str = ""
) -> Done:
    """Run `printsweep <arguments>` with nothing of our environment but what is given, and no terminal."""
    clean = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        *arguments,
        env={
            **clean,
            "PYTHONPATH": str(ROOT),
            "PRINTSWEEP_ENV_FILE": os.devnull,
            "PRINTSWEEP_HOME": os.devnull + "/none",  # nothing runs "here"
            **(environment or {}),
        },
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(timeout):
            out, err = await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Done(process.returncode or 0, out.decode(), err.decode())
