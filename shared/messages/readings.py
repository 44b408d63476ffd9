"""A reading: what one poll found out about one printer. Every number carries the OID and rule it came from."""

from typing import Annotated

from pydantic import Field

from shared.messages.base import Body, Float, LongText, ShortText

Percent = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]  # what a database and JSON's writers hold


class SerialCandidate(Body):
    """One place of the device that holds a serial number; places may disagree, so all are kept."""

    value: ShortText
    oid: ShortText
    rule: ShortText


class Identity(Body):
    """Who the device says it is. `uptime_s` is the SNMP agent's, in seconds; it wraps after 497 days."""

    serial: ShortText | None = None
    serials: Annotated[list[SerialCandidate], Field(max_length=16)] = []
    model: ShortText | None = None
    manufacturer: ShortText | None = None
    firmware: ShortText | None = None
    mac: ShortText | None = None
    name: ShortText | None = None
    location: ShortText | None = None
    sys_object_id: ShortText | None = None
    sys_descr: LongText | None = None
    uptime_s: Float | None = None


class Status(Body):
    """hrDeviceStatus, hrPrinterStatus and the bits of hrPrinterDetectedErrorState, by their MIB names (RFC 2790)."""

    device: ShortText | None = None
    printer: ShortText | None = None
    errors: Annotated[list[ShortText], Field(max_length=64)] = []


class Counter(Body):
    """One page counter. `unit` is prtMarkerCounterUnit's name (impressions, sheets, ...)."""

    value: Annotated[int, Field(ge=0, le=2**63 - 1)]
    oid: ShortText
    rule: ShortText
    unit: ShortText = "impressions"


class Supply(Body):
    """One row of prtMarkerSuppliesTable. `index` is the row's index below the column ("1.1"), the key with the device.

    `state`: ok, low, empty, some, unknown, unlimited, full (receptacles). The MIB's special values -1, -2, -3 are
    states and never appear as numbers.
    """

    index: ShortText
    type: ShortText | None = None
    color: ShortText | None = None
    description: ShortText | None = None
    unit: ShortText | None = None
    max: Number | None = None
    level: Number | None = None
    percent: Percent | None = None
    state: ShortText = "unknown"
    oid: ShortText | None = None


class Tray(Body):
    """One row of prtInputTable."""

    index: ShortText
    name: ShortText | None = None
    description: ShortText | None = None
    media: ShortText | None = None
    unit: ShortText | None = None
    max: Number | None = None
    level: Number | None = None
    percent: Percent | None = None
    state: ShortText = "unknown"
    status: ShortText | None = None


class Cover(Body):
    """One row of prtCoverTable."""

    index: ShortText
    description: ShortText | None = None
    status: ShortText | None = None


class Alert(Body):
    """One row of prtAlertTable."""

    severity: ShortText | None = None
    group: ShortText | None = None
    code: ShortText | None = None
    location: Number | None = None
    description: ShortText | None = None


class Reading(Body):
    """Everything that one poll found. `missing` names the parts that were asked for and did not answer;
    "restarted" says that the printer was restarted meanwhile, so that values may be from before and after it."""

    status: Status = Status()
    identity: Identity = Identity()
    counters: Annotated[dict[ShortText, Counter], Field(max_length=200)] = {}
    supplies: Annotated[list[Supply], Field(max_length=128)] = []
    trays: Annotated[list[Tray], Field(max_length=64)] = []
    covers: Annotated[list[Cover], Field(max_length=64)] = []
    alerts: Annotated[list[Alert], Field(max_length=128)] = []
    console: Annotated[list[ShortText], Field(max_length=32)] = []
    complete: bool = True
    missing: Annotated[list[ShortText], Field(max_length=64)] = []
    pdus: Number = 0
    varbinds: Number = 0
    seconds: Float = 0.0
