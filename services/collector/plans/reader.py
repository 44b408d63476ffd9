"""The collector's reader: by the printer's plan where there is one that fits, else whole; and then there is a plan."""

import time
from typing import Any

import structlog

from services.collector import metrics
from services.collector.plans.cells import LazyFacts, Stale
from services.collector.plans.layout import Layout
from services.collector.plans.learn import Shape, layout_of, shape_of
from services.collector.plans.memo import Memo
from services.collector.plans.plan import Plan, fingerprint, marks_of
from services.collector.plans.plans import Key, Plans
from services.collector.plans.quick import Units, facts_of
from services.collector.plans.warm import TooMany, ask_plan, keep_first, read_replies
from services.collector.read.parts import ALERTS
from services.collector.read.printer import Cold, read_whole
from services.collector.read.session import Session
from services.collector.snmp import fast
from services.collector.snmp.errors import NoAnswer, Nonsense
from services.collector.snmp.exchange import V1, Exchange, Oid, Target

log = structlog.get_logger(__name__)

_OTHERWISE = frozenset(("vendor", ALERTS.name))  # what has no value there is not asked again
MOST_LAYOUTS = 1024
MOST_UNITS = 16_384  # a unit is some 500 octets
_MOST_SIZES = 4  # how many sizes of PDU one poll may try


class Reader:
    """Reads printers over one exchange. `cold_hours`: how long a plan may serve before the printer is read whole."""

    def __init__(self, exchange: Exchange, plans: Plans, cold_hours: float = 24.0) -> None:
        self.exchange, self._plans = exchange, plans
        self._most_age_s = cold_hours * 3600
        self._layouts: Memo[Shape, Layout] = Memo(MOST_LAYOUTS)
        self._memo: Units = Memo(MOST_UNITS)

    async def read(self, target: Target, deadline: float, *, cold: bool = False) -> dict[str, Any]:
        """The reading of one printer: see read.printer.read, whose errors these are. `cold` asks for everything."""
        begun = time.monotonic()
        key = (target.address, target.port, target.version)
        traits = self._plans.traits(key)
        session = Session(self.exchange, target, deadline, traits)
        plan = self._plans.get(key)
        asked_before = False
        if plan is not None and not cold and self._serves(plan):
            try:
                reading = await self._warm(session, plan, key)
            except Stale as why:
                metrics.STALE.labels(str(why)).inc()
                log.debug("plan.stale", address=target.address, why=str(why))
                asked_before = True
            except (NoAnswer, Nonsense):
                # A plan's first request is large: a printer that takes no large ones any more answers the small one.
                if max(traits.varbinds, 1) <= 1 or time.monotonic() >= deadline:
                    raise
                asked_before = True
            else:
                reading["pdus"], reading["varbinds"] = session.pdus, session.varbinds
                reading["seconds"] = round(time.monotonic() - begun, 4)
                metrics.WARM.inc()
                return reading
        metrics.COLD.inc()
        whole = await read_whole(session, max(1, target.retries) if asked_before else None)
        self._learn(key, whole)
        whole.reading["seconds"] = round(time.monotonic() - begun, 4)
        return whole.reading

    def _serves(self, plan: Plan) -> bool:
        return hasattr(self.exchange, "ask_octets") and 0 <= time.time() - plan.learned_at < self._most_age_s

    async def _warm(self, session: Session, plan: Plan, key: Key) -> dict[str, Any]:
        traits = session.traits
        for _ in range(_MOST_SIZES):
            size = traits.size
            try:
                packing, replies = await ask_plan(session, plan, size)
            except TooMany:
                traits.note_limit(max(1, size // 2) if size <= traits.varbinds else traits.varbinds)
                self._plans.changed(key)
                continue
            try:
                reading = await read_replies(session, plan, packing, replies, self._memo)
            except Stale:
                self._keep_first(session, packing, replies)
                raise
            if traits.note_answered(max(len(question.oids) for question in packing.questions)):
                self._plans.changed(key)
            return reading
        raise Stale("no size of request is answered")

    def _keep_first(self, session: Session, packing: Any, replies: Any) -> None:
        try:
            facts: LazyFacts = facts_of(packing, replies)
        except (Stale, fast.Unusual):
            return
        keep_first(session, facts)

    def _learn(self, key: Key, whole: Cold) -> None:
        """Makes the plan of a printer that was read completely; one of which something is missing has none."""
        is_special = whole.in_context or whole.without_levels
        is_whole = not (whole.facts.missing or is_special or any(c.broken for c in whole.columns.values()))
        if not is_whole:
            self._plans.forget(key)
            return
        layout = self._layout(whole, _absent(whole, key[2]))
        identity = whole.reading["identity"]
        uptime = identity["uptime_s"]
        self._plans.put(
            key,
            Plan(
                layout,
                whole.vendor.key,
                fingerprint(whole.facts, layout),
                marks_of(whole.facts, layout),
                None if uptime is None else round(uptime * 100),
                identity["serial"],
                time.time(),
            ),
        )

    def _layout(self, whole: Cold, absent: frozenset[Oid]) -> Layout:
        """Mostly that of a printer of the same model that was read before."""
        shape = shape_of(whole.facts, whole.vendor, whole.columns, absent)
        kept = self._layouts.get(shape)
        if kept is None:
            layout = layout_of(whole.facts, whole.vendor, whole.columns, absent)
            kept = self._plans.shared(layout)
            self._layouts.put(shape, kept)
        return kept


def _absent(whole: Cold, version: int) -> frozenset[Oid]:
    """Cells of the standard tables' rows that had no value. v1 refuses a whole request for one such name."""
    if version == V1:
        return frozenset()
    return frozenset(
        cell for cell, part in whole.asked.items() if part not in _OTHERWISE and cell not in whole.facts.found
    )
