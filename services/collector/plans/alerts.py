"""Alerts are no part of a plan: they come and go, each with an index of its own (RFC 3805 prtAlertIndex counts events).
A warm poll asks with one name whether there are any, and walks those that there are.
"""

from services.collector.plans.cells import Cells, LazyFacts, Stale
from services.collector.plans.layout import is_below
from services.collector.plans.pack import Packing
from services.collector.read.parts import ALERTS, cells_of
from services.collector.read.printer import MOST_INDEX
from services.collector.read.session import Session
from services.collector.read.walk import walk
from services.collector.snmp import fast
from services.collector.snmp.exchange import EXCEPTIONS, V1

REPETITIONS = 4  # most printers with alerts have one to three


async def take_alerts(session: Session, packing: Packing, facts: LazyFacts) -> bool:
    """Puts the printer's alerts into `facts`. False where they could not be read to their end. Raises Stale or
    fast.Unusual."""
    if not _are_there(packing, facts):
        return True
    columns = (ALERTS.rows,) if session.target.version == V1 else (ALERTS.rows, *ALERTS.columns)
    walked = await walk(session, columns, REPETITIONS)
    rows = [row for row in walked[ALERTS.rows].rows if len(row.oid) - len(ALERTS.rows) <= MOST_INDEX]
    if session.target.version == V1:  # where a walk costs a request for each row: all the rest in one
        await session.get(cell for row in rows for cell in cells_of(ALERTS, row.oid[len(ALERTS.rows) :]))
    cells = [cell for column in walked.values() for cell in column.rows]
    facts.add(ALERTS.rows, rows, [*cells, *session.found.values()])
    return not any(column.broken for column in walked.values()) and not session.unanswered


def _are_there(packing: Packing, facts: LazyFacts) -> bool:
    """Whether the name behind the table's head is one of its rows. True also where that was not asked: v1 refuses a
    request that leads beyond the last name."""
    step = packing.alerts
    if step is None:
        return True
    cells: Cells = facts.found  # type: ignore[assignment]
    octets, starts = cells.replies[step.reply]
    (found,) = fast.varbinds(octets, starts[step.position], starts[step.position + 1])
    if found.tag in EXCEPTIONS:
        return False
    if found.oid <= ALERTS.rows:
        raise Stale("rows have come or gone")
    return is_below(found.oid, ALERTS.rows)
