"""A printer read by its plan: all that it answered last time, in as few requests as it takes, and nothing taken for
granted. Where anything is not as the plan says, the caller reads the printer anew."""

from typing import Any, cast

from services.collector.plans.alerts import take_alerts
from services.collector.plans.cells import LazyFacts, Stale
from services.collector.plans.pack import Packing, pack
from services.collector.plans.plan import Plan
from services.collector.plans.quick import Units, facts_of, reading_of
from services.collector.read import parts
from services.collector.read.session import Session
from services.collector.snmp import fast
from services.collector.snmp.errors import NoAnswer, Nonsense, Unreachable
from services.collector.snmp.exchange import (
    NO_ERROR,
    TOO_BIG,
    Answer,
    OctetExchange,
    Octets,
    Question,
)


class TooMany(Stale):
    """The printer did not take as many varbinds as were asked of it."""


async def ask_plan(session: Session, plan: Plan, size: int) -> tuple[Packing, list[Octets]]:
    """Asks everything the plan knows, `size` varbinds at a time.

    Raises Stale, TooMany where fewer may do, or NoAnswer and other SnmpErrors where the printer says nothing at all.
    """
    exchange = cast(OctetExchange, session.exchange)
    packing = pack(plan.layout, session.target.version, size)
    replies: list[Octets] = []
    for question in packing.questions:
        try:
            answer = await exchange.ask_octets(session.target, question, session.deadline)
        except Unreachable:
            raise
        except (NoAnswer, Nonsense) as error:
            if len(question.oids) > session.traits.varbinds:
                raise TooMany("silence, or nonsense") from error
            if replies:
                raise Stale("silence in the middle") from error
            raise
        session.pdus += 1
        session.varbinds += len(question.oids)
        replies.append(_plain(answer, question))
    return packing, replies


def _plain(answer: Answer | Octets, question: Question) -> Octets:
    if isinstance(answer, Octets):
        return answer
    if answer.error_status == TOO_BIG and len(question.oids) > 1:
        raise TooMany("tooBig")
    # An error over a name that was there before, or a reply that only the complete decoder can read.
    raise Stale("an unusual reply" if answer.error_status == NO_ERROR else f"error-status {answer.error_status}")


async def read_replies(
    session: Session, plan: Plan, packing: Packing, replies: list[Octets], memo: Units
) -> dict[str, Any]:
    """The reading in these replies, and the alerts, which are asked for where there are any. Raises Stale."""
    try:
        facts = facts_of(packing, replies)
        are_whole = await take_alerts(session, packing, facts)
        reading = reading_of(plan, packing, facts, memo)
    except Stale:
        raise
    except fast.Unusual as error:
        raise Stale("an unusual value") from error
    except Exception as error:  # the border of a vendor's module: the whole reading does without it, and says so
        raise Stale("an error in a vendor's module") from error
    if not are_whole:
        reading["complete"], reading["missing"] = False, [parts.ALERTS.name]
    return reading


def keep_first(session: Session, facts: LazyFacts) -> None:
    """What the replies tell of the first GET's values need not be asked twice in one poll."""
    for cell in parts.FIRST:
        try:
            found = facts.found.get(cell)
        except (Stale, fast.Unusual):
            continue
        if found is not None:
            session.found[cell] = found
