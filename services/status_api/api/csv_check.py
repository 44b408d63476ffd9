"""What an import would do, without doing it: read against the mirror of the inventory."""

import csv
import io
import ipaddress
from typing import Any

from pydantic import ValidationError

from services.status_api.api import store_inventory_check
from services.status_api.api.problems import ProblemError
from shared.database import Database
from shared.messages.sweeps import NewPrinter
from shared.text import clean

COLUMNS = ("address", "port", "name", "site", "profile", "tags", "interval_minutes", "enabled")
MAX_ERRORS = 100
MAX_LINES = 200_000
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _printer(row: dict[str, str | None]) -> NewPrinter:
    values: dict[str, Any] = {k: v.strip() for k, v in row.items() if k in COLUMNS and v is not None and v.strip()}
    if "tags" in values:
        values["tags"] = [t.strip() for t in values["tags"].replace(";", "|").split("|") if t.strip()]
    if "enabled" in values:
        if values["enabled"].lower() not in _YES:
            raise ValueError(f"enabled: {clean(values['enabled'], 20)!r} is neither yes nor no")
        values["enabled"] = _YES[values["enabled"].lower()]
    if not values.get("address"):
        raise ValueError("address: it is missing")
    if values["address"][0].isdigit():
        ipaddress.ip_address(values["address"])
    return NewPrinter.model_validate(values)


async def check(db: Database, text: str) -> dict[str, Any]:
    """The report of an import that changes nothing. Lines count from 1, the header being the first."""
    reader = csv.DictReader(io.StringIO(text))
    header = [str(name).strip().lower() for name in reader.fieldnames or []]
    if "address" not in header:
        raise ProblemError(422, "no_header", "The first line must name the columns, address among them.")
    reader.fieldnames = header
    known = await store_inventory_check.entries(db)
    report: dict[str, Any] = {"added": 0, "updated": 0, "unchanged": 0, "errors": [], "error_count": 0}
    seen: set[tuple[str, int]] = set()
    try:
        for number, row in enumerate(reader, start=2):
            if number > MAX_LINES:
                raise ProblemError(422, "too_many_lines", f"At most {MAX_LINES} lines are taken.")
            try:
                found = _printer(row)
                key = _key(found, seen)
                report["added" if key not in known else "unchanged" if _same(found, known[key]) else "updated"] += 1
            except (ValidationError, ValueError) as error:
                report["error_count"] += 1
                if len(report["errors"]) < MAX_ERRORS:
                    report["errors"].append({"line": number, "reason": _reason(error)})
    except csv.Error as error:
        raise ProblemError(422, "malformed_csv", "The CSV cannot be read.", clean(error, 200)) from error
    return report


def _key(found: NewPrinter, seen: set[tuple[str, int]]) -> tuple[str, int]:
    key = (found.address, found.port)
    if key in seen:
        raise ValueError(f"{found.address}:{found.port} stands in an earlier line too")
    seen.add(key)
    return key


def _same(new: NewPrinter, old: dict[str, Any]) -> bool:
    return all(getattr(new, name) == old[name] for name in COLUMNS)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return clean(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", 300)
    return clean(error, 300)
