"""A collector with a fatal bug: reading one certain printer kills the process. All else is the real collector."""

import os
import signal
from typing import Any

from services.collector import work
from services.collector.service import CollectorService
from services.collector.settings import CollectorSettings
from shared.service.run import main

POISON = "127.16.0.7"
_read = work.read


async def _fatal(exchange: Any, target: Any, *rest: Any, **more: Any) -> Any:
    if target.address == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return await _read(exchange, target, *rest, **more)


if __name__ == "__main__":  # never where it is only imported: the test's own process must not be poisoned
    work.read = _fatal
    main(CollectorService, CollectorSettings)
