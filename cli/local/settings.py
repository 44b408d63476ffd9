"""What the local side itself needs to know; everything else in the environment and `.env` is the services'."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field

from shared.settings import PREDECESSORS, PREFIX, Settings, env_file

_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
# The launcher's own; a service would rightly ask what they are.
_NOT_FOR_SERVICES = ("PRINTSWEEP_LOCAL_", "PRINTSWEEP_TEST_", "PRINTSWEEP_HOME", "PRINTSWEEP_PYTHON")


class LocalSettings(Settings):
    """Settings of `up`."""

    local_collectors: int = Field(1, ge=1, le=64, description="Collector processes that `up` keeps running")
    local_passwords_dir: Path | None = Field(
        None, description="For `topology`: one file per role with the password of its broker user"
    )

    @property
    def names_a_broker(self) -> bool:
        """Whether somebody told us which broker to use."""
        return "amqp_url" in self.model_fields_set


def service_environment() -> dict[str, str]:
    """What a service gets of our own environment: the usual few names, and all settings."""
    settings = {
        key: value
        for key, value in os.environ.items()
        if (key.startswith(PREFIX) or key in PREDECESSORS) and not key.startswith(_NOT_FOR_SERVICES)
    }
    return {**inherited_environment(), **settings, "PRINTSWEEP_ENV_FILE": str(env_file().absolute())}


def inherited_environment() -> dict[str, str]:
    """The few names of our environment that any program may need."""
    return {key: os.environ[key] for key in _INHERITED if key in os.environ}


def given(name: str) -> str | None:
    """The value of a setting that was given in the environment or in `.env`."""
    written: Mapping[str, str | None] = dotenv_values(env_file()) if env_file().is_file() else {}
    return os.environ.get(name) or written.get(name)
