"""Walking columns of tables, several at once: GETBULK on v2c, GETNEXT on v1 and where GETBULK is answered wrongly.

A column ends when the walk leaves its subtree, at the end of the MIB, when the OIDs do not increase (RFC 3416
section 4.2.2 demands it; agents that loop exist), or after MOST_ROWS.
"""

from dataclasses import dataclass, field

from services.collector.read.session import Session
from services.collector.snmp.errors import BudgetSpent, NoAnswer, Nonsense, SnmpError
from services.collector.snmp.exchange import (
    EXCEPTIONS,
    GET_BULK,
    GET_NEXT,
    NO_ERROR,
    NO_SUCH_NAME,
    TOO_BIG,
    V1,
    Answer,
    Oid,
    Question,
    Varbind,
)

MOST_ROWS = 128
MOST_REPETITIONS = 10
MOST_FAILURES = 4  # requests without a usable answer, one after the other


@dataclass(slots=True)
class Column:
    """One column being walked. `broken` says why it could not be walked to its end; empty when it was."""

    oid: Oid
    rows: list[Varbind] = field(default_factory=list)
    ended: bool = False
    broken: str = ""

    @property
    def cursor(self) -> Oid:
        """The OID to go on from."""
        return self.rows[-1].oid if self.rows else self.oid

    def take(self, varbind: Varbind) -> bool:
        """Takes the next row. False when the reply is wrong: the OID does not increase."""
        if varbind.tag in EXCEPTIONS:
            self.ended = True
            return True
        if varbind.oid <= self.cursor:
            return False
        if varbind.oid[: len(self.oid)] != self.oid:
            self.ended = True
            return True
        if len(varbind.oid) == len(self.oid):
            return False
        self.rows.append(varbind)
        if len(self.rows) >= MOST_ROWS:
            self.ended = True
        return True

    def give_up(self, why: str) -> None:
        """Ends it unfinished."""
        self.ended, self.broken = True, why


async def walk(session: Session, columns: tuple[Oid, ...]) -> dict[Oid, Column]:
    """Walks `columns` side by side. Never raises: what went wrong stands in each column's `broken`."""
    table = {oid: Column(oid) for oid in columns}
    failures = 0
    while active := [c for c in table.values() if not c.ended]:
        part = active[: max(1, session.traits.varbinds)]
        if session.is_over:
            session.trouble = session.trouble or BudgetSpent()
            _give_up(active, "the time is used up")
            break
        try:
            await _step(session, part)
            failures = 0
        except (NoAnswer, Nonsense) as error:
            session.trouble = error
            failures += 1
            if not _make_smaller(session, part, failures):
                _give_up(active, error.title)
                await session.probe()
                break
        except SnmpError as error:
            session.trouble = error
            _give_up(active, error.title)
            break
    return table


def _give_up(columns: list[Column], why: str) -> None:
    for column in columns:
        column.give_up(why)


def _make_smaller(session: Session, part: list[Column], failures: int) -> bool:
    """After silence or nonsense: first fewer varbinds, then no GETBULK; False when nothing is left to try."""
    traits = session.traits
    if failures > MOST_FAILURES:
        return False
    if traits.varbinds > 4:
        traits.varbinds //= 2
        return True
    if not traits.no_bulk and session.target.version != V1:
        traits.no_bulk = True
        return True
    if traits.varbinds > 1 and len(part) > 1:
        traits.varbinds = 1
        return True
    return False


async def _step(session: Session, part: list[Column]) -> None:
    """One request for the next rows of all of `part`."""
    bulk = session.target.version != V1 and not session.traits.no_bulk
    cursors = tuple(column.cursor for column in part)
    if bulk:
        repetitions = max(1, min(MOST_REPETITIONS, session.traits.varbinds // len(part)))
        answer = await session.ask(Question(GET_BULK, cursors, repetitions))
    else:
        answer = await session.ask(Question(GET_NEXT, cursors))
    if answer.error_status == NO_ERROR:
        _take(session, part, answer, bulk=bulk)
        return
    if answer.error_status == TOO_BIG and session.traits.varbinds > 1:
        session.traits.varbinds //= 2
        return
    if not 1 <= answer.error_index <= len(part):
        raise Nonsense(f"error-status {answer.error_status} with error-index {answer.error_index}.")
    column = part[answer.error_index - 1]
    if answer.error_status == NO_SUCH_NAME:
        column.ended = True  # v1's end of the MIB
    else:
        column.give_up(f"error-status {answer.error_status}")


def _take(session: Session, part: list[Column], answer: Answer, *, bulk: bool) -> None:
    """Sorts the varbinds of a reply into the columns: position i belongs to column i modulo their number."""
    if not answer.varbinds:
        raise Nonsense("A walk was answered without values.")
    at_most = len(part) * (MOST_REPETITIONS if bulk else 1)
    for position, varbind in enumerate(answer.varbinds[:at_most]):
        column = part[position % len(part)]
        if column.ended or column.take(varbind):
            continue
        if bulk:
            # Some agents get GETBULK wrong and GETNEXT right: from here on one step at a time.
            session.traits.no_bulk = True
            return
        column.give_up("its OIDs do not increase")
