"""Single serial numbers: some printers' serials are looked up at once, by search, and the verdicts are published."""

from collections import Counter
from collections.abc import Mapping, Sequence

from services.glpi_sync import metrics
from services.glpi_sync.asking import bounded, named_store_errors
from services.glpi_sync.client import GlpiPrinter, GlpiSession, find_serials, read_entities
from services.glpi_sync.errors import GlpiNotConfigured
from services.glpi_sync.evidence import error_of, given, verdict_of
from services.glpi_sync.serials import normal_form, placeholder_reason
from services.glpi_sync.settings import GlpiSyncSettings
from services.glpi_sync.standing import Standing
from services.glpi_sync.store import Known, Store
from services.glpi_sync.target import Target
from services.glpi_sync.verdicts import judge
from shared.broker.publisher import Publisher
from shared.errors import Verdict
from shared.errors import verdict_of as fate_of
from shared.messages.base import now
from shared.messages.glpi import GlpiCheck, GlpiChecked, PrinterVerdict
from shared.messages.kinds import kind
from shared.text import clean

OWN = "glpi_sync"
"""requested_by of the questions that this service asks itself."""


class Lookups:
    """Answers glpi.check."""

    def __init__(
        self, settings: GlpiSyncSettings, target: Target, store: Store, standing: Standing, publisher: Publisher
    ) -> None:
        self._settings, self._target = settings, target
        self._store, self._standing, self._publisher = store, standing, publisher

    async def run(self, order: GlpiCheck, *, last: bool) -> dict[str, int]:
        """Judges the serials of `order`; verdict → printers.

        Raises what went wrong; where that is final (`last`, or a fault of the configuration), the printers get the
        verdict ERROR.
        """
        asked = await self._wanted(order)
        try:
            with named_store_errors():
                return await bounded(self._judge(asked), self._settings.glpi_sync_pass_limit_s)
        except GlpiNotConfigured:
            raise
        except Exception as error:  # a border: seen by the standing, and by people as a verdict; then raised again
            self._standing.failed(error)
            if fate_of(error) is Verdict.PARK or (last and fate_of(error) is Verdict.RETRY):
                at = now()
                await self._publish([error_of(one, clean(error, 1000), at) for one in asked])
            raise

    async def _wanted(self, order: GlpiCheck) -> list[Known]:
        """One entry per printer. Of our own questions, only those that nobody has answered since."""
        asked = {one.printer_id: Known(one.printer_id, one.serial or "") for one in order.serials}
        if order.requested_by == OWN:
            still = await self._store.unjudged(asked)
            asked = {number: one for number, one in asked.items() if number in still}
        return list(asked.values())

    async def _judge(self, asked: Sequence[Known]) -> dict[str, int]:
        found: Mapping[str, list[GlpiPrinter]] = {}
        entities: Mapping[int, str] = {}
        normals = {normal_form(one.raw) for one in asked}
        real = {serial for serial in normals if serial and placeholder_reason(serial) is None}
        access = self._target.require()
        if real:
            async with GlpiSession(access) as glpi:
                found = await find_serials(glpi, real)
                entities = await read_entities(glpi) if any(found.values()) else {}
            self._standing.succeeded()
        at = now()
        judged = [(one, judge(one.raw, found)) for one in asked]
        verdicts = [verdict_of(one, judgement, entities, at) for one, judgement in judged]
        await self._publish(verdicts)
        pairs = zip(verdicts, judged, strict=True)
        await self._store.give(given(verdict, judgement, None) for verdict, (_, judgement) in pairs)
        self._standing.changed()
        return dict(sorted(Counter(str(verdict.verdict) for verdict in verdicts).items()))

    async def _publish(self, verdicts: list[PrinterVerdict]) -> None:
        if not verdicts:
            return
        await self._publisher.insist(kind("glpi.checked"), GlpiChecked(verdicts=verdicts))
        for verdict in verdicts:
            metrics.CHECKED.labels(str(verdict.verdict)).inc()
