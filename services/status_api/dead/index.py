"""The consumer of dead.index: every dead letter becomes a row, every dead poll request a DEAD poll."""

import sqlite3

from aiormq.abc import DeliveredMessage

from services.status_api.dead.entry import dead_letter_of
from services.status_api.dead.store import add
from services.status_api.record.events import dead
from services.status_api.record.recorder import Changed, Recorder
from services.status_api.record.store_polls import apply_events


class Index:
    """Takes every message, of whatever kind: nothing that died may be refused here."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def on_message(self, raw: DeliveredMessage) -> None:
        """One message of dead.index."""
        letter = dead_letter_of(raw)
        events = []
        if letter.poll_id:
            text = letter.error_message or f"The broker dead-lettered the poll request ({letter.reason})."
            code = letter.error_type or letter.reason
            events = [dead(letter.poll_id, letter.printer_id, letter.sweep_id, letter.died_at, code, text)]

        def note(db: sqlite3.Connection) -> Changed | None:
            add(db, letter)
            return (*apply_events(db, events), 0) if events else None

        await self._recorder.write(note)
