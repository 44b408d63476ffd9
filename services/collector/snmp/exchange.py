"""The exchange: what a reader asks of an SNMP driver, and what it gets. Drivers are interchangeable behind this."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from services.collector.snmp.v3.security import Security

Oid = tuple[int, ...]
Value = int | bytes | Oid | None

V1, V2C, V3 = 0, 1, 3  # msgVersion: RFC 1157, RFC 1901, RFC 3412

# Universal and application tags: RFC 2578 section 7.1, RFC 3416 section 3.
INTEGER, OCTETS, NULL, OBJECT_ID = 0x02, 0x04, 0x05, 0x06
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

NUMBERS = frozenset((INTEGER, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64))
EXCEPTIONS = frozenset((NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW))

# Request PDUs: RFC 1157 section 4.1, RFC 3416 section 3.
GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5

# error-status: RFC 1157 section 4.1.1, RFC 3416 section 3.
NO_ERROR, TOO_BIG, NO_SUCH_NAME = 0, 1, 2


class Varbind(NamedTuple):
    """One variable binding. `value` is an int for numbers, bytes for octets, an Oid for object ids, None for the
    exceptions and NULL."""

    oid: Oid
    tag: int
    value: Value


@dataclass(frozen=True, slots=True)
class Target:
    """A device as it is asked. `address` is a literal IPv4 or IPv6 address; `timeout_s` counts for each attempt,
    of which there are `retries` + 1. V3 has `security` and an empty community. No secret shows in repr."""

    address: str
    port: int
    version: int
    community: bytes = field(repr=False)
    timeout_s: float = 2.0
    retries: int = 1
    security: Security | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A request PDU without its request-id. `repetitions` belongs to GETBULK (no non-repeaters are ever used)."""

    pdu: int
    oids: tuple[Oid, ...]
    repetitions: int = 0
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # A question of a plan is looked up for each poll: its numbers are counted once.
        object.__setattr__(self, "_hash", hash((self.pdu, self.oids, self.repetitions)))

    def __hash__(self) -> int:
        return self._hash


class Answer(NamedTuple):
    """A response PDU of the right source, version, community, type and request-id. `error_index` counts from 1."""

    error_status: int
    error_index: int
    varbinds: list[Varbind]


class Exchange(Protocol):
    """A driver. `deadline` is an instant of time.monotonic()."""

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """One answered request: sent up to `attempts` times (by default retries + 1).

        Raises NoAnswer, Nonsense, Unreachable or BudgetSpent. An answer with an error-status is an answer.
        """
        ...


class Octets(NamedTuple):
    """A response without an error whose varbinds, from octet `start` on, are not decoded."""

    data: bytes
    start: int


class OctetExchange(Exchange, Protocol):
    """A driver that can hand out replies undecoded."""

    async def ask_octets(
        self, target: Target, question: Question, deadline: float, attempts: int | None = None
    ) -> Answer | Octets:
        """Like `ask`. Octets where the reply's head is plain and tells no error; what follows is not looked at."""
        ...
