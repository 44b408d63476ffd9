"""The consumer of dead.index: every dead letter becomes a row, every dead poll request a DEAD poll."""

from aiormq.abc import DeliveredMessage

from services.status_api.dead.entry import dead_letter_of
from services.status_api.dead.store import add
from services.status_api.record import store_polls
from services.status_api.record.events import dead
from services.status_api.record.recorder import Recorder
from shared.database import Database


class Index:
    """Takes every message, of whatever kind: nothing that died may be refused here."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._db, self._recorder = database, recorder

    async def on_message(self, raw: DeliveredMessage) -> None:
        """One message of dead.index."""
        letter = dead_letter_of(raw)
        events = []
        if letter.poll_id:
            text = letter.error_message or f"The broker dead-lettered the poll request ({letter.reason})."
            code = letter.error_type or letter.reason
            events = [dead(letter.poll_id, letter.printer_id, letter.sweep_id, letter.died_at, code, text)]
        async with self._db.transaction() as db:
            await add(db, letter)
            changed, risen = await store_polls.apply_events(db, events) if events else ([], set())
        self._recorder.tell(changed, risen)
