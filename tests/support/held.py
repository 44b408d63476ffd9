"""An SNMP device in memory, behind the collector's exchange: what it holds, and how it deviates from the standards."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.collector.mib.oids import oid
from services.collector.snmp.errors import NoAnswer
from services.collector.snmp.exchange import (
    COUNTER32,
    END_OF_MIB_VIEW,
    GET,
    GET_BULK,
    NO_SUCH_INSTANCE,
    OBJECT_ID,
    OCTETS,
    V1,
    Answer,
    Oid,
    Question,
    Target,
    Value,
    Varbind,
)


class Cell(NamedTuple):
    """A value of a given type."""

    tag: int
    value: Value


NO_SUCH_NAME, TOO_BIG = 2, 1


def cells(values: Mapping[str, int | str | bytes | Oid | Cell]) -> dict[Oid, Cell]:
    """Dotted OIDs → cells: int as Counter32, text and bytes as octets, an Oid as an object id, a Cell as it is."""
    made: dict[Oid, Cell] = {}
    for name, value in values.items():
        match value:
            case Cell():
                made[oid(name)] = value
            case int():
                made[oid(name)] = Cell(COUNTER32, value)
            case str():
                made[oid(name)] = Cell(OCTETS, value.encode())
            case bytes():
                made[oid(name)] = Cell(OCTETS, value)
            case _:
                made[oid(name)] = Cell(OBJECT_ID, value)
    return made


@dataclass
class Held:
    """Answers as an agent with these cells. `rows` by community. `spoil` may change any answer: (question, answer) →
    answer, or None for silence."""

    rows: dict[bytes, dict[Oid, Cell]]
    most_varbinds: int = 1000
    too_big: bool = False  # says so above most_varbinds; else it is silent
    has_bulk: bool = True
    spoil: Callable[[Question, Answer], Answer | None] | None = None
    heard: list[Question] = field(default_factory=list)

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange."""
        self.heard.append(question)
        answer = self._answer(target, question)
        if answer is not None and self.spoil is not None:
            answer = self.spoil(question, answer)
        if answer is None:
            raise NoAnswer
        return answer

    def _answer(self, target: Target, question: Question) -> Answer | None:
        rows = self.rows.get(target.community)
        if rows is None or (question.pdu == GET_BULK and not self.has_bulk):
            return None
        size = len(question.oids) * max(1, question.repetitions)
        if size > self.most_varbinds:
            return Answer(TOO_BIG, 0, []) if self.too_big else None
        order = sorted(rows)
        if question.pdu == GET:
            return self._get(rows, target, question)
        found: list[Varbind] = []
        cursors = list(question.oids)
        for _ in range(max(1, question.repetitions)):
            for at, cursor in enumerate(cursors):
                place = bisect_right(order, cursor)
                if place < len(order):
                    cursors[at] = order[place]
                    found.append(Varbind(order[place], *rows[order[place]]))
                elif target.version == V1:
                    return Answer(NO_SUCH_NAME, at + 1, [])
                else:
                    found.append(Varbind(cursor, END_OF_MIB_VIEW, None))
        return Answer(0, 0, found)

    @staticmethod
    def _get(rows: dict[Oid, Cell], target: Target, question: Question) -> Answer:
        found = []
        for at, name in enumerate(question.oids, 1):
            if name in rows:
                found.append(Varbind(name, *rows[name]))
            elif target.version == V1:
                return Answer(NO_SUCH_NAME, at, [])
            else:
                found.append(Varbind(name, NO_SUCH_INSTANCE, None))
        return Answer(0, 0, found)
