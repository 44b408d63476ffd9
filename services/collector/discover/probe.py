"""One small question to an address: is there an SNMP device, and is it a printer?"""

from dataclasses import dataclass
from enum import StrEnum

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.mib.text import LONG, decoded
from services.collector.snmp.exchange import (
    EXCEPTIONS,
    GET,
    GET_NEXT,
    NO_SUCH_NAME,
    NULL,
    V1,
    Answer,
    Exchange,
    Oid,
    Question,
    Target,
    Value,
)

_DEVICE_TYPE: Oid = (*m.HR_DEVICE_TYPE, 1)
_LIFE_COUNT: Oid = (*m.MARKER_LIFE_COUNT, 1, 1)
FIRST = (m.SYS_OBJECT_ID, m.SYS_DESCR, _DEVICE_TYPE, _LIFE_COUNT)
_V1_FIRST = (m.SYS_OBJECT_ID, m.SYS_DESCR)  # v1 refuses a whole PDU for one name that is missing


class Evidence(StrEnum):
    """By what a device is known as a printer."""

    DEVICE_TYPE = "hrDeviceType"
    PRINTER_MIB = "Printer-MIB"
    VENDOR = "sysObjectID"


@dataclass(frozen=True, slots=True)
class Probed:
    """A device that answered; `evidence` is None where it is no printer."""

    object_id: Oid | None
    described: str | None
    evidence: Evidence | None


async def probe(exchange: Exchange, target: Target, deadline: float) -> Probed:
    """Asks. One packet, one more where that did not decide. Raises SnmpError where nothing comes."""
    question = Question(GET, _V1_FIRST if target.version == V1 else FIRST)
    found = _values(await exchange.ask(target, question, deadline, 1))
    object_id, described = found.get(m.SYS_OBJECT_ID), found.get(m.SYS_DESCR)
    object_id = object_id if isinstance(object_id, tuple) else None
    text = decoded(described, None, LONG) if isinstance(described, bytes) else None
    evidence: Evidence | None = None
    if found.get(_DEVICE_TYPE) == m.HR_DEVICE_PRINTER:
        evidence = Evidence.DEVICE_TYPE
    elif _LIFE_COUNT in found or await _has_printer_mib(exchange, target, deadline):
        evidence = Evidence.PRINTER_MIB
    elif _is_printers_vendor(object_id):
        evidence = Evidence.VENDOR
    return Probed(object_id, text, evidence)


async def _has_printer_mib(exchange: Exchange, target: Target, deadline: float) -> bool:
    """What comes after the root of the Printer-MIB: something within it only where there is a printer."""
    answer = await exchange.ask(target, Question(GET_NEXT, (m.PRINTER_MIB,)), deadline)
    return any(oid[: len(m.PRINTER_MIB)] == m.PRINTER_MIB for oid in _values(answer))


def _values(answer: Answer) -> dict[Oid, Value]:
    if answer.error_status == NO_SUCH_NAME:
        return {}
    return {v.oid: v.value for v in answer.varbinds if v.tag not in EXCEPTIONS and v.tag != NULL}


def _is_printers_vendor(object_id: Oid | None) -> bool:
    """A maker's root of sysObjectID counts where it stands for printers: HP's is on switches and computers too."""
    vendor = vendors.of(object_id)
    return vendor is not vendors.UNKNOWN and not vendor.yields
