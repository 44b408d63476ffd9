"""The collector's settings: PRINTSWEEP_COLLECTOR_…"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import Settings


class CollectorSettings(Settings):
    """What the collector needs to know beside what every service does."""

    collector_profiles_file: Path | None = Field(
        None, description="The file of SNMP profiles (TOML or JSON): names, communities, permitted networks"
    )
    collector_sites: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="The sites whose printers this collector reads, by commas; by default all sites"
    )
    collector_concurrency: int = Field(100, ge=2, le=5000, description="Printers that are read at the same time")
    collector_urgent_reserve: int = Field(
        8, ge=1, le=500, description="Of these, places that only urgent polls may take"
    )
    collector_slow_places: int = Field(
        2000, ge=0, le=5000, description="Beside these, places for printers that are slow, silent or known as silent"
    )
    collector_receive_buffer_bytes: int = Field(
        8 * 1024 * 1024, ge=65_536, le=2**30, description="The receive buffer to ask of the kernel for SNMP replies"
    )
    collector_pause_after_s: float = Field(
        60.0, gt=0, le=120, description="Results unpublished for so long: no more polls are taken until they are"
    )

    collector_cold_hours: float = Field(
        24.0, ge=0, le=24 * 365, description="How long a printer is read by its remembered plan before it is read whole"
    )

    @field_validator("collector_sites", mode="before")
    @classmethod
    def _split_sites(cls, value: object) -> object:
        return tuple(s.strip() for s in value.split(",") if s.strip()) if isinstance(value, str) else value

    @property
    def served_sites(self) -> tuple[str, ...]:
        """The sites of this collector."""
        return self.collector_sites or self.sites
