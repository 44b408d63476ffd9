"""A collector with a fatal bug: reading one certain printer kills the process. All else is the real collector."""

import os
import signal
from typing import Any

POISON = "127.16.0.7"


def main() -> None:
    """Runs it. The bug is put in here and not at import: the tests' own process must not be poisoned."""
    from services.collector.plans.reader import Reader
    from services.collector.service import CollectorService
    from services.collector.settings import CollectorSettings
    from shared.service import run

    read = Reader.read

    async def fatal(self: Reader, target: Any, *rest: Any, **more: Any) -> Any:
        if target.address == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return await read(self, target, *rest, **more)

    Reader.read = fatal  # type: ignore[method-assign]
    run.main(CollectorService, CollectorSettings)


if __name__ == "__main__":
    main()
