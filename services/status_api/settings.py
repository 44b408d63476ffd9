"""The settings of status_api."""

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import Settings


class StatusApiSettings(Settings):
    """Environment names: PRINTSWEEP_<FIELD>, and three that come from the predecessor."""

    status_api_host: str = Field("127.0.0.1", description="Where the API and the pages listen")
    status_api_port: int = Field(8080, ge=0, le=65535, description="Their port; 0 takes a free one")
    status_api_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further host names, by commas, under which the API may be called (Host header)"
    )
    status_api_tokens_file: Path | None = Field(
        None, description='JSON {"tokens": [{"name", "role", "sha256"}]}; needed to listen beyond loopback'
    )
    status_api_doctor_interval_s: float = Field(5.0, gt=0, description="Between two runs of the doctor's checks")
    status_api_queues_interval_s: float = Field(3.0, gt=0, description="Between two looks at the broker's queues")
    status_api_session_hours: float = Field(12.0, gt=0, le=720, description="How long a login of a page lasts")
    status_api_keep_readings_days: float = Field(35.0, gt=0, description="Every reading's counters are kept so long")
    status_api_keep_daily_days: float = Field(1100.0, gt=0, description="One reading a day is kept so long")
    status_api_keep_polls_days: float = Field(14.0, gt=0, description="Polls are kept so long")
    status_api_keep_sweeps_days: float = Field(400.0, gt=0, description="Sweeps with their counts are kept so long")
    status_api_keep_supplies_days: float = Field(800.0, gt=0, description="Changes of supplies and alerts")
    status_api_keep_quarantine_days: float = Field(60.0, gt=0, description="Readings that were held back")
    status_api_keep_dead_days: float = Field(90.0, gt=0, description="The index of dead letters")
    status_api_keep_audit_days: float = Field(800.0, gt=0, description="Who did what")
    status_api_prune_interval_s: float = Field(60.0, gt=0, description="Between two small steps of pruning")

    anomaly_check_time_window_hours: float = Field(
        24.0,
        gt=0,
        validation_alias=AliasChoices("ANOMALY_CHECK_TIME_WINDOW_HOURS", "anomaly_check_time_window_hours"),
        description="Within this time a jump of the total is implausible",
    )
    anomaly_jump_threshold: int = Field(
        5000,
        ge=1,
        validation_alias=AliasChoices("ANOMALY_JUMP_THRESHOLD", "anomaly_jump_threshold"),
        description="Pages; a greater rise within the window is implausible",
    )
    anomaly_skip_check_days: float = Field(
        30.0,
        gt=0,
        validation_alias=AliasChoices("ANOMALY_SKIP_CHECK_DAYS", "anomaly_skip_check_days"),
        description="A reading that comes so long after the last one is not checked",
    )

    @field_validator("status_api_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return tuple(s.strip().lower() for s in value.split(",") if s.strip()) if isinstance(value, str) else value
