"""service.beat: every few seconds, over a connection of its own, so that a beat never stands behind a backlog."""

import asyncio
import os
import socket
import time
from datetime import UTC, datetime
from typing import Any

import structlog

from shared import __version__
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.beats import ServiceBeat
from shared.messages.kinds import kind
from shared.service.base import Service, State

log = structlog.get_logger(__name__)


class Beats:
    """Sends the beats of one service. A beat that cannot be sent is skipped: the next one says more."""

    def __init__(self, service: Service[Any]) -> None:
        self._service = service
        self._started = now()
        self.publisher = Publisher(service.url, f"{service.role}/{service.instance}/beat", window=1)

    async def run(self) -> None:
        """Beats until cancelled."""
        link = asyncio.create_task(self.publisher.run())
        try:
            while True:
                begun = time.monotonic()
                await self.send()
                pause = self._service.settings.beat_interval_s - (time.monotonic() - begun)
                await asyncio.wait([link], timeout=max(0.1, pause))
                if link.done():
                    link.result()
        finally:
            link.cancel()
            await asyncio.wait([link])

    async def send(self, state: State | None = None) -> None:
        """Sends one beat."""
        service = self._service
        progress = max((c.tally.last_progress or 0.0 for c in service.consumers), default=0.0)
        beat = ServiceBeat(
            role=service.role,
            instance=service.instance,
            version=__version__,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self._started,
            at=now(),
            state=state or service.state,
            in_flight=sum(c.in_flight for c in service.consumers),
            done=sum(c.tally.done for c in service.consumers),
            failed=sum(c.tally.failed for c in service.consumers),
            last_progress_at=datetime.fromtimestamp(progress, UTC) if progress else None,
            detail=service.beat(),
        )
        try:
            await self.publisher.publish(kind("service.beat"), beat, timeout_s=service.settings.beat_interval_s)
        except PrintsweepError as error:
            log.debug("beat.skipped", error=str(error))
