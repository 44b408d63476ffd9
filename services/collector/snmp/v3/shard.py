"""One engine of pysnmp and the devices it knows: up to MOST_DEVICES of them, because what it does for a new device
grows with those it has, and because it never forgets one.

Only its message processing is used: what is to be sent comes out as octets, what has come goes in. pysnmp's own
transport would accept replies from any address, and its tables of targets would cost 35 ms a device.

Traps of pysnmp 7.1 that are handled here: it never learns a new engine id for an address (`forget` gives the device
a new name), cannot read the Report of an engine that it does not know (`is_stranger`), leaks state on replies that it
rejects (`is_worn` retires the engine), and takes names of users as octets only.
"""

from collections import OrderedDict
from typing import Any, NamedTuple

from pyasn1.error import PyAsn1Error
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.error import StatusInformation

from services.collector.snmp.decode import Reply, reply_of
from services.collector.snmp.errors import Malformed
from services.collector.snmp.exchange import V2C, V3, Oid, Question
from services.collector.snmp.v3.pdu import pdu_of
from services.collector.snmp.v3.protocols import AUTH, PRIV
from services.collector.snmp.v3.security import Level, Security

Source = tuple[str, int]

MOST_DEVICES = 500
MOST_FAILURES = 20_000  # rejected replies, about a kilobyte each that pysnmp keeps
MOST_QUESTIONS = 256
_DOMAIN = (1, 3, 6, 1, 6, 1, 1)  # snmpUDPDomain; only a key to pysnmp
_USM = 3  # securityModel: RFC 3411 section 5
_HANDLE, _PDU = 9, 7  # places in what prepare_data_elements returns
_LOCAL = {
    errind.AuthenticationFailure: "a reply whose digest is wrong",
    errind.DecryptionError: "a reply that cannot be decrypted",
    errind.NotInTimeWindow: "a reply from another time",
    errind.DataMismatch: "a reply that nobody asked for",
    errind.UnknownSecurityName: "a reply of another SNMPv3 engine",
}


class Incoming(NamedTuple):
    """What a datagram was: a response or a Report to the request `handle`, or, where `handle` is None, `wrong`.
    `is_stranger`: it is of an engine that is not the one that was asked."""

    handle: int | None
    reply: Reply | None = None
    report: Oid | None = None
    wrong: str = ""
    is_stranger: bool = False


class _Clock:
    """Stands where pysnmp expects a transport. A tick is a second to it; it forgets engines after 300 of them."""

    def get_timer_resolution(self) -> float:
        return 1.0

    def get_timer_ticks(self) -> int:
        return 0

    def send_message(self, *_: object) -> None:
        """Reports to a device that sends nonsense: not sent."""


class Shard:
    """One engine with one user. Making it takes some 80 ms of CPU: not for the event loop's thread."""

    def __init__(self, security: Security) -> None:
        self.security = security
        self.failures = 0
        self._user = security.user.encode()
        self._names: dict[Source, int] = {}
        self._contacts = 0
        self._pdus: OrderedDict[Question, Any] = OrderedDict()
        self._engine = SnmpEngine()
        self._engine.transport_dispatcher = _Clock()
        self._model = self._engine.message_processing_subsystems[V3]
        secrets = {"authKey": security.auth_password, "authProtocol": AUTH[security.auth]}
        if security.priv:
            secrets |= {"privKey": security.priv_password, "privProtocol": PRIV[security.priv]}
        config.add_v3_user(self._engine, security.user, **secrets)

    def __contains__(self, source: object) -> bool:
        return source in self._names

    @property
    def is_full(self) -> bool:
        """It takes no further device."""
        return self._contacts >= MOST_DEVICES

    @property
    def is_worn(self) -> bool:
        """To be replaced."""
        return self.failures >= MOST_FAILURES or self._contacts >= 2 * MOST_DEVICES

    def _name(self, source: Source) -> tuple[str, int, int]:
        if source not in self._names:
            self._names[source] = self._contacts
            self._contacts += 1
        return (*source, self._names[source])

    def admit(self, source: Source) -> None:
        """Takes a device."""
        self._name(source)

    def knows(self, source: Source) -> bool:
        """Whether the device's engine id was discovered."""
        return self._model.get_peer_engine_info(_DOMAIN, self._name(source))[0] is not None

    def forget(self, source: Source) -> None:
        """The next request to it begins with discovery."""
        self._names.pop(source, None)

    def request(
        self, source: Source, question: Question, request_id: int, handle: int, level: Level, context: str = ""
    ) -> bytes:
        """The message to send: a discovery while the engine id is not known. Raises Malformed where pysnmp cannot."""
        pdu = self._pdus.get(question)
        if pdu is None:
            pdu = self._pdus[question] = pdu_of(question, request_id)
            if len(self._pdus) > MOST_QUESTIONS:
                self._pdus.popitem(last=False)
        pdu.setComponentByPosition(0, request_id)
        try:
            made = self._model.prepare_outgoing_message(
                self._engine, _DOMAIN, self._name(source), V3, _USM, self._user, int(level), None, context.encode(),
                V2C, pdu, True, handle,
            )  # fmt: skip
        except (PySnmpError, PyAsn1Error) as error:
            raise Malformed(f"The request cannot be made ({type(error).__name__}).") from None
        return bytes(made[2])

    def release(self, handle: int) -> None:
        """No answer to this request is waited for any more."""
        self._model.release_state_information(handle)

    def read(self, source: Source, data: bytes) -> Incoming:
        """What a datagram from `source` is. Never raises."""
        try:
            found = self._read(source, data)
            return self._failed("a message that is no response") if found.handle is None else found
        except StatusInformation as told:
            handle = told.get("sendPduHandle", None)
            if handle is not None:
                return Incoming(handle, report=tuple(told.get("oid", ())))
            why = type(told.get("errorIndication", None))
            failed = self._failed(_LOCAL.get(why, "an SNMPv3 message that does not fit"))
            return failed._replace(is_stranger=why is errind.UnknownSecurityName)
        except Malformed as error:
            return self._failed(f"a datagram that is no SNMPv3 message ({error.detail})")

    def _read(self, source: Source, data: bytes) -> Incoming:
        try:
            found = self._model.prepare_data_elements(self._engine, _DOMAIN, self._name(source), data)
            return Incoming(found[_HANDLE], reply_of(V2C, b"", found[_PDU]))
        except (StatusInformation, Malformed):
            raise
        except Exception as error:  # the border to pysnmp and pyasn1, which raise anything over octets of strangers
            raise Malformed(type(error).__name__) from error

    def _failed(self, what: str) -> Incoming:
        self.failures += 1
        return Incoming(None, wrong=what)

    def tick(self) -> None:
        """Time goes by for pysnmp's caches: 300 ticks after it was learned, an engine id is asked for again."""
        for part in (*self._engine.message_processing_subsystems.values(), *self._engine.security_models.values()):
            part.receive_timer_tick(self._engine, 0)


def message_id(data: bytes) -> int | None:
    """msgID, which stands in the clear at the beginning of every SNMPv3 message (RFC 3412 section 6)."""
    try:
        at = _contents(data, 0)
        if data[at : at + 3] != b"\x02\x01\x03":
            return None
        at = _contents(data, at + 3)
        size = data[at + 1]
        return int.from_bytes(data[at + 2 : at + 2 + size], "big") if data[at] == 0x02 and size <= 5 else None
    except IndexError:
        return None


def _contents(data: bytes, at: int) -> int:
    """Where the contents of the element at `at` begin."""
    return at + 2 + (data[at + 1] & 0x7F if data[at + 1] & 0x80 else 0)
