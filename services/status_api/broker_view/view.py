"""The queues, looked at every few seconds through RabbitMQ's management API."""

import asyncio
import time
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from doctor.collect import broker_view
from doctor.snapshot import BrokerView as Picture
from doctor.snapshot import QueueView
from services.status_api import metrics
from services.status_api.broker_view.rates import QueueHistory
from shared.broker.link import amqp_url
from shared.errors import PrintsweepError
from shared.management import Management
from shared.settings import Settings
from shared.topology.table import Topology, topology

log = structlog.get_logger(__name__)

STUCK_S = 90.0  # a poll may take its whole budget of 60 s
MAX_QUEUES = 5000


def vhost_of(url: str) -> str:
    """The virtual host in an AMQP URL: "amqp://host/" and "amqp://host" mean "/"."""
    return unquote(urlsplit(url).path[1:]) or "/"


def management_of(settings: Settings) -> Management:
    """The management API with the settings' login; the broker user's where it has none of its own."""
    user = settings.management_user or settings.amqp_user
    secret = settings.management_password or settings.amqp_password
    url = amqp_url(settings.management_url, user, secret.get_secret_value() if secret else None)
    return Management(url, vhost_of(settings.amqp_url))


class BrokerView:
    """What the broker holds. `error` is a sentence while the management API does not answer."""

    def __init__(self, settings: Settings, interval_s: float) -> None:
        self._settings, self._interval_s = settings, interval_s
        self._history: dict[str, QueueHistory] = {}
        self.table: Topology = topology(settings.topology_options())
        self.picture: Picture | None = None
        self.queues: list[dict[str, Any]] = []
        self.error = "The broker's queues have not been looked at yet."
        self.seen_at: float | None = None
        self._looked = asyncio.Event()

    async def run(self) -> None:
        """Looks until cancelled."""
        async with management_of(self._settings) as api:
            while True:
                await self.look(api)
                await asyncio.sleep(self._interval_s)

    async def look(self, api: Management) -> None:
        """Looks once. A broker that does not answer leaves the last picture, with the error beside it."""
        try:
            picture = await broker_view(api)
        except PrintsweepError as error:
            if self.error != str(error):
                log.warning("broker_view.no_answer", error=str(error))
            self.error = str(error)
        else:
            self.picture = picture
            self._take(list(picture.queues.values())[:MAX_QUEUES])
            self.error, self.seen_at = "", time.monotonic()
        self._looked.set()

    async def looked(self) -> None:
        """Waits for the first look, successful or not."""
        await self._looked.wait()

    def _take(self, found: list[QueueView]) -> None:
        names = {q.name for q in found}
        self._history = {name: h for name, h in self._history.items() if name in names}
        for gauge in (metrics.QUEUE_READY, metrics.QUEUE_UNACKED, metrics.QUEUE_CONSUMERS):
            gauge.clear()
        rows = [self._row(q) for q in found]
        rows += [self._row(QueueView(q.name)) | {"state": "missing"} for q in self.table.queues if q.name not in names]
        self.queues = sorted(rows, key=lambda r: _order(r["name"]))

    def _row(self, q: QueueView) -> dict[str, Any]:
        history = self._history.setdefault(q.name, QueueHistory())
        history.add(q.published or 0, q.acks or 0)
        metrics.QUEUE_READY.labels(q.name).set(q.ready)
        metrics.QUEUE_UNACKED.labels(q.name).set(q.unacked)
        metrics.QUEUE_CONSUMERS.labels(q.name).set(q.consumers)
        declared = self.table.queue(q.name)
        role = declared.consumer if declared else None
        return {
            "name": q.name,
            "messages": q.messages,
            "ready": q.ready,
            "unacked": q.unacked,
            "consumers": q.consumers,
            "consumer_role": role,
            "limit": q.limit,
            "bytes": q.bytes,
            "policy": q.policy,
            "publish_rate": _rounded(history.publish_rate),
            "ack_rate": _rounded(history.ack_rate),
            "acks_total": q.acks or 0,
            # Nobody can ask a quorum queue for its oldest message: how long it has not been empty is the upper bound.
            "oldest_age_s": _rounded(q.waiting_s) if q.ready else None,
            "drain_s": _drain_s(q.messages, history.ack_rate),
            "stalled_s": _rounded(q.stalled_s),
            "state": _state(q, role),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _drain_s(messages: int, ack_rate: float | None) -> float | None:
    if not messages:
        return 0.0
    return round(messages / ack_rate, 1) if ack_rate else None


def _state(q: QueueView, role: str | None) -> str:
    if not q.definition and q.acks is None and not q.messages:
        return "unknown"  # a queue of the last seconds: the management API has no figures yet
    if role and not q.consumers:
        return "no_consumers"
    if q.unacked and q.stalled_s >= STUCK_S and not q.name.startswith("glpi."):  # a pass is one message
        return "stuck"
    if q.limit and q.messages >= q.limit:
        return "full"
    return "holding" if role is None and q.messages and not q.name.startswith(("retry.", "reply.")) else "ok"


_FIRST = ("poll.", "status.", "scheduler.", "glpi.", "retry.", "dead.", "expired.", "unroutable", "reply.")


def _order(name: str) -> tuple[int, str]:
    return next((n for n, prefix in enumerate(_FIRST) if name.startswith(prefix)), len(_FIRST)), name
