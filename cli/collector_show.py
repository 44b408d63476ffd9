"""A reading and the found printers, as tables for a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.operator import show
from cli.operator.printers import SUPPLIES
from cli.operator.show import Column, Row

COUNTERS = (
    Column("counter", "key"),
    Column("value", "value", right=True),
    Column("unit", "unit"),
    Column("rule", "rule"),
    Column("OID", "oid", limit=100),
)
TRAYS = (
    Column("tray", lambda r: r.get("name") or r.get("description") or r.get("index"), limit=40),
    Column("media", "media", limit=30),
    Column("level", "level", right=True),
    Column("of", "max", right=True),
    Column("state", "state"),
    Column("status", "status"),
)
COVERS = (Column("cover", "description", limit=40), Column("status", "status"))
ALERTS = (
    Column("severity", "severity"),
    Column("group", "group"),
    Column("alert", "code", limit=50),
    Column("description", "description", limit=100),
)
FOUND = (
    Column("address", lambda r: _address(r), whole=True),
    Column("model", "model", limit=40),
    Column("serial", "serial", limit=24),
    Column("name", "name", limit=30),
    Column("MAC", "mac", whole=True),
    Column("SNMP", "version"),
    Column("told by", "evidence", limit=24),
    Column("error", "error", limit=80),
)
_IDENTITY = ("manufacturer", "model", "serial", "firmware", "mac", "name", "location", "sys_object_id")


def _address(row: Row) -> str:
    host = str(row.get("address"))
    host = f"[{host}]" if ":" in host else host
    return host if row.get("port") in (161, None) else f"{host}:{row.get('port')}"


def show_reading(reading: Mapping[str, Any]) -> None:
    """Print a reading. What the printer does not tell is left out."""
    identity, status = reading.get("identity") or {}, reading.get("status") or {}
    show.facts(
        [
            ("address", reading.get("address")),
            *((name.replace("_", " "), identity.get(name)) for name in _IDENTITY),
            ("other serials", _other_serials(identity) or None),
            ("up", show.ago(identity.get("uptime_s"))),
            ("device", status.get("device")),
            ("printer", status.get("printer")),
            ("errors", status.get("errors") or None),
            ("console", " / ".join(map(str, reading.get("console") or ())) or None),
        ]
    )
    if not any(reading.get(part) for part in ("counters", "supplies", "trays")) and not status.get("printer"):
        show.say("It answers, but tells nothing that a printer tells: is it one?")
    counters = [{"key": key, **value} for key, value in (reading.get("counters") or {}).items()]
    for rows, columns in (
        (counters, COUNTERS),
        (reading.get("supplies"), SUPPLIES),
        (reading.get("trays"), TRAYS),
        (reading.get("covers"), COVERS),
        (reading.get("alerts"), ALERTS),
    ):
        if rows:
            show.say("")
            show.table(rows, columns, empty="")
    show.say("")
    _summary(reading)


def _other_serials(identity: Mapping[str, Any]) -> list[str]:
    return [
        f"{one.get('value')} ({one.get('rule')})"
        for one in identity.get("serials") or ()
        if one.get("value") != identity.get("serial")
    ]


def _summary(reading: Mapping[str, Any]) -> None:
    whole = (
        "Complete"
        if reading.get("complete")
        else f"Partial: without {', '.join(map(str, reading.get('missing') or ()))}"
    )
    seconds = reading.get("seconds") or 0
    show.say(f"{whole}; {reading.get('varbinds')} values in {reading.get('pdus')} PDUs, {seconds:.2f} s.")


def show_found(found: Mapping[str, Any]) -> None:
    """Print the printers that were found, and what else answered."""
    printers: Sequence[Row] = found.get("printers") or ()
    show.table(printers, FOUND, empty="No printer was found.")
    show.say("")
    show.say(
        f"{found['asked']:,} addresses asked, {found['answered']:,} answered, {len(printers):,} printers, "
        f"{found['others']:,} other devices; {found['packets']:,} packets in {found['seconds']:.1f} s."
    )
