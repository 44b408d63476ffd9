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
    """One column being walked. `broken` says why it could not be walked to its end; empty when it was.

    `beyond` is the OID that followed its last row: None at the end of the MIB. `is_whole` is false where the walk
    stopped at MOST_ROWS.
    """

    oid: Oid
    rows: list[Varbind] = field(default_factory=list)
    ended: bool = False
    broken: str = ""
    beyond: Oid | None = None
    is_whole: bool = True

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
            self.ended, self.beyond = True, varbind.oid
            return True
        if len(varbind.oid) == len(self.oid):
            return False
        self.rows.append(varbind)
        if len(self.rows) >= MOST_ROWS:
            self.ended, self.is_whole = True, False
        return True

    def give_up(self, why: str) -> None:
        """Ends it unfinished."""
        self.ended, self.broken = True, why


@dataclass(slots=True)
class _Pace:
    """How the walk asks now. What a failure changes is remembered for the device once it has helped: silence may also
    be a lost datagram."""

    session: Session
    varbinds: int
    bulk: bool
    repetitions: int
    failures: int = 0

    def helped(self, answered: int) -> None:
        """A request was answered well, with so many values."""
        if self.failures:
            traits = self.session.traits
            traits.note_limit(self.varbinds)
            traits.no_bulk = traits.no_bulk or (not self.bulk and self.session.target.version != V1)
        else:
            self.session.traits.note_answered(answered)
            self.varbinds = self.session.traits.size
        self.failures = 0
        self.repetitions = min(MOST_REPETITIONS, 2 * self.repetitions)

    def slow_down(self) -> bool:
        """After silence or nonsense: fewer varbinds, then no GETBULK; False when nothing is left to try."""
        self.failures += 1
        if self.failures > MOST_FAILURES:
            return False
        if self.varbinds > 4:
            self.varbinds //= 2
        elif self.bulk:
            self.bulk = False
        elif self.varbinds > 1:
            self.varbinds = 1
        else:
            return False
        return True


async def walk(session: Session, columns: tuple[Oid, ...], repetitions: int = MOST_REPETITIONS) -> dict[Oid, Column]:
    """Walks `columns` side by side, at most `repetitions` rows of them in the first request and twice as many in each
    further one. Never raises: what went wrong stands in each column's `broken`."""
    table = {oid: Column(oid) for oid in columns}
    bulk = session.target.version != V1 and not session.traits.no_bulk
    pace = _Pace(session, session.traits.size, bulk, repetitions)
    while active := [column for column in table.values() if not column.ended]:
        if session.is_over:
            session.trouble = session.trouble or BudgetSpent()
            _give_up(active, "the time is used up")
            break
        try:
            pace.helped(await _step(session, active[: pace.varbinds], pace))
        except (NoAnswer, Nonsense) as error:
            session.trouble = error
            if not pace.slow_down():
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


async def _step(session: Session, part: list[Column], pace: _Pace) -> int:
    """One request for the next rows of all of `part`. Returns how many values came."""
    cursors = tuple(column.cursor for column in part)
    if pace.bulk:
        repetitions = max(1, min(pace.repetitions, pace.varbinds // len(part)))
        answer = await session.ask(Question(GET_BULK, cursors, repetitions))
    else:
        answer = await session.ask(Question(GET_NEXT, cursors))
    if answer.error_status == NO_ERROR:
        _take(part, answer, pace)
        return len(answer.varbinds)
    if answer.error_status == TOO_BIG and pace.varbinds > 1:
        pace.varbinds //= 2
        session.traits.note_limit(pace.varbinds)
        return 0
    if not 1 <= answer.error_index <= len(part):
        raise Nonsense(f"error-status {answer.error_status} with error-index {answer.error_index}.")
    column = part[answer.error_index - 1]
    if answer.error_status == NO_SUCH_NAME:
        column.ended = True  # v1's end of the MIB
    else:
        column.give_up(f"error-status {answer.error_status}")
    return 0


def _take(part: list[Column], answer: Answer, pace: _Pace) -> None:
    """Sorts the varbinds of a reply into the columns: position i belongs to column i modulo their number."""
    if not answer.varbinds:
        raise Nonsense("A walk was answered without values.")
    at_most = len(part) * (pace.repetitions if pace.bulk else 1)
    for position, varbind in enumerate(answer.varbinds[:at_most]):
        column = part[position % len(part)]
        if column.ended or column.take(varbind):
            continue
        if pace.bulk:
            # Some agents get GETBULK wrong and GETNEXT right: from here on one step at a time.
            pace.bulk = False
            pace.session.traits.no_bulk = True
            return
        column.give_up("its OIDs do not increase")
