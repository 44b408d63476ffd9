"""The recordings and what others read from them, as they lie in the folder that PRINTSWEEP_RECORDINGS names."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("PRINTSWEEP_RECORDINGS") or Path(__file__).parents[3] / "shared" / "printers")
MISSING = f"no recorded printers in {FOLDER.name}/; PRINTSWEEP_RECORDINGS names their folder"


@dataclass(frozen=True)
class Recording:
    """One device. `expected` is what the tests of the recording's source expect, `peer` what GLPI Agent reads."""

    name: str
    path: Path
    origin: dict[str, Any]
    expected: dict[str, Any]
    peer: dict[str, Any]

    @property
    def source(self) -> str:
        """The repository that the recording comes from."""
        return str(self.origin.get("repo") or "")

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The integers as the device sent them, by OID."""
        rows = (line.split("|", 2) for line in self.path.read_text(encoding="utf-8").splitlines() if "|" in line)
        return {oid: int(value) for oid, tag, value in rows if tag in ("2", "65", "66", "67", "70")}


def load(folder: Path = FOLDER) -> list[Recording]:
    """All recordings in the order of their names; none where the folder is not there."""
    if not (folder / "expected.json").is_file():
        return []
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    sources = json.loads((folder / "sources.json").read_text(encoding="utf-8"))
    return [
        Recording(
            path.stem,
            path,
            sources.get(path.stem) or {},
            (expected.get(path.stem) or {}).get("expected") or {},
            (expected.get(path.stem) or {}).get("glpi_agent") or {},
        )
        for path in sorted((folder / "recorded").glob("*.snmprec"))
    ]
