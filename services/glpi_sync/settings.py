"""glpi_sync's settings."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import Settings
from shared.topology.table import LADDER

_MARGIN_S = 120.0  # what a request needs beside asking GLPI: waiting for the broker to take the verdicts


class GlpiSyncSettings(Settings):
    """What glpi_sync needs to know. Without an address it runs, remembers serial numbers and asks nobody."""

    # A pass over a slow GLPI takes minutes; it is not stuck.
    hard_limit_s: float = Field(900.0, gt=0, description="A stuck loop or handler ends the process after this time")

    glpi_sync_url: str = Field(
        "", description="GLPI's REST API: https://host/apirest.php (10) or https://host/api.php/v1 (11); empty: none"
    )
    glpi_sync_app_token: SecretStr | None = Field(None, description="App token of GLPI's API client")
    glpi_sync_user_token: SecretStr | None = Field(None, description="API token of the GLPI user that reads printers")
    glpi_sync_verify_tls: bool = Field(True, description="Whether GLPI's certificate is checked")
    glpi_sync_ca_file: Path | None = Field(None, description="Certificates that GLPI's is checked against (PEM)")
    glpi_sync_connect_timeout_s: float = Field(10.0, gt=0, le=120, description="For connecting to GLPI")
    glpi_sync_call_timeout_s: float = Field(60.0, gt=0, le=600, description="For one whole call to GLPI")
    glpi_sync_pass_limit_s: float = Field(
        600.0, gt=0, le=1500, description="For one whole request: a pass, or some single serial numbers"
    )
    glpi_sync_recheck_hours: float = Field(
        24.0, gt=0, le=8760, description="A verdict older than this is due again (matters for passes with a limit)"
    )
    glpi_sync_collect_s: float = Field(
        5.0, gt=0, le=600, description="New serial numbers are asked for when no more came for this long"
    )
    glpi_sync_singles: int = Field(
        100, ge=1, le=1000, description="More new serial numbers than this are left to a pass over all printers"
    )
    glpi_sync_max_printers: int = Field(200_000, ge=1, description="The most printers that are read from GLPI or known")
    glpi_sync_forget_days: float = Field(90.0, gt=0, description="A printer not read for this long is forgotten")

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.hard_limit_s < self.glpi_sync_pass_limit_s + _MARGIN_S:
            raise ValueError(
                "PRINTSWEEP_HARD_LIMIT_S must be PRINTSWEEP_GLPI_SYNC_PASS_LIMIT_S and two minutes at least:"
                " a long pass would be taken for a stuck one"
            )
        return self

    @property
    def soft_limit_s(self) -> float:
        """For handling one request, publishing included."""
        return self.glpi_sync_pass_limit_s + _MARGIN_S / 2

    @property
    def ladder_s(self) -> float:
        """How long a request may be on its way through all steps of the retry ladder."""
        steps = sum(units for _, units in LADDER) * self.ladder_unit_s
        return steps + (len(LADDER) + 1) * self.soft_limit_s
