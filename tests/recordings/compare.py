"""Our reading beside what others read: one row for each field, and who is right where they disagree."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.recordings.claims import claims
from tests.recordings.library import Recording
from tests.recordings.words import AGENT, SOURCE, Claim, in_words

EXPLANATIONS = Path(__file__).with_name("explanations.toml")
EQUAL, BETTER, EXPLAINED, OPEN = "equal", "only ours", "explained", "not explained"
_IDENTITY = ("serial", "model", "manufacturer", "firmware", "mac")
_KINDS = (*_IDENTITY, "status", "errors", "console", "counter", "supply", "tray")


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `why` tells, where somebody disagrees, who is right and by which evidence."""

    field: str
    ours: str
    agent: str
    source: str
    result: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanations:
    """`single`: recording → field → sentence. `notes`: rules that hold for all recordings, by name."""

    single: dict[str, dict[str, str]]
    notes: dict[str, str]

    @classmethod
    def load(cls, path: Path = EXPLANATIONS) -> "Explanations":
        """Read the data file."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls({name: dict(fields) for name, fields in data.get("recording", {}).items()}, data.get("note", {}))


def compare(recording: Recording, reading: dict[str, Any], explanations: Explanations) -> list[Row]:
    """All rows of one recording, in the order of the report."""
    by_field: dict[str, list[Claim]] = {}
    for claim in claims(recording, reading):
        by_field.setdefault(claim.field, []).append(claim)
    why = explanations.single.get(recording.name, {})
    ours = _ours(reading)
    fields = [*ours, *(field for field in by_field if field not in ours)]
    fields.sort(key=_order)
    return [_row(field, ours.get(field, ""), by_field.get(field, []), why.get(field, "")) for field in fields]


def _order(field: str) -> int:
    """Within one kind of fields their own order stays."""
    return _KINDS.index(field.split(" ")[0])


def unused(rows: Iterable[Row], name: str, explanations: Explanations) -> list[str]:
    """The fields that are explained and need no explanation."""
    needed = {row.field for row in rows if row.result == EXPLAINED}
    return sorted(set(explanations.single.get(name, {})) - needed)


def _row(field: str, ours: str, said: list[Claim], why: str) -> Row:
    texts = {by: "; ".join(claim.text + ("*" if claim.note else "") for claim in said if claim.by == by)
             for by in (AGENT, SOURCE)}  # fmt: skip
    if all(claim.agrees for claim in said):
        result, why = (EQUAL, "") if said else (BETTER, "")
    else:
        result = EXPLAINED if why else OPEN
    return Row(field, ours, texts[AGENT], texts[SOURCE], result, why)


def _ours(reading: dict[str, Any]) -> dict[str, str]:
    """Every field that we read and that a printer's record is made of."""
    identity, status = reading["identity"], reading["status"]
    fields: dict[str, str] = {key: identity[key] for key in _IDENTITY if identity[key]}
    if status["device"]:
        fields["status"] = status["device"]
        fields["errors"] = ", ".join(status["errors"]) or "no error"
    if reading["console"]:
        fields["console"] = " / ".join(reading["console"])
    for key, counter in reading["counters"].items():
        fields[f"counter {key}"] = f"{counter['value']} ({counter['rule']})"
    for supply in reading["supplies"]:
        what = " ".join(filter(None, (supply["color"], supply["type"] or "")))
        fields[f"supply {supply['index']}"] = _joined(supply["description"], what, in_words(supply))
    for tray in reading["trays"]:
        fields[f"tray {tray['index']}"] = _joined(tray["name"] or tray["description"], "", in_words(tray))
    return fields


def _joined(name: str | None, what: str, amount: str) -> str:
    return ", ".join(filter(None, (name, what))) + ": " + amount
