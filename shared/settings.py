"""Settings: the environment and `.env`, `_FILE` for secrets, a "did you mean" for names that nobody knows.

Every service extends `Settings`. Names are PRINTSWEEP_<FIELD>; a field that only one role has begins with that role's
name (PRINTSWEEP_COLLECTOR_…). Five names come from the predecessor and keep their meaning and spelling.
"""

import difflib
import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from shared.errors import SettingsInvalid
from shared.topology.options import TopologyOptions
from shared.words import ROLES

PREFIX = "PRINTSWEEP_"
_CREDENTIALS = re.compile(r"://[^/@\s]+@")
PREDECESSORS = (
    "MAX_QUEUE_SIZE",
    "POLL_INTERVAL_MINUTES",
    "ANOMALY_CHECK_TIME_WINDOW_HOURS",
    "ANOMALY_JUMP_THRESHOLD",
    "ANOMALY_SKIP_CHECK_DAYS",
)
_SLIP = 0.9  # how like a predecessor's name a misspelling is: a letter or two off
# Names that other parts of printsweep read (the launcher, the tests, compose): known, but nobody's field here.
FOREIGN_PREFIXES = (*(f"{PREFIX}{role.upper()}_" for role in ROLES), f"{PREFIX}TEST_", f"{PREFIX}LOCAL_")
FOREIGN_NAMES = (
    "PRINTSWEEP_HOME",
    "PRINTSWEEP_PYTHON",
    "PRINTSWEEP_RECORDINGS",
    "PRINTSWEEP_RECORDINGS_GLPI",
    "PRINTSWEEP_API",
    "PRINTSWEEP_TOKEN",
    "PRINTSWEEP_TOKEN_FILE",
    "PRINTSWEEP_ENV_FILE",
)


class _Files(PydanticBaseSettingsSource):
    """NAME_FILE: the field's value is the content of that file. For secrets that must not stand in an environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(name) or _env_file_values().get(name)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise SettingsInvalid(f"{name}: {path} cannot be read ({error.strerror}).") from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def env_file() -> Path:
    """The file of settings: PRINTSWEEP_ENV_FILE, else .env in the working folder."""
    return Path(os.environ.get("PRINTSWEEP_ENV_FILE", ".env"))


def _env_file_values() -> dict[str, str]:
    path = env_file()
    return {k: v for k, v in dotenv_values(path).items() if v is not None} if path.is_file() else {}


class Settings(BaseSettings):
    """What every service needs to know."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", populate_by_name=True
    )

    amqp_url: str = Field("amqp://127.0.0.1:5672/", description="The broker: amqp(s)://host:port/vhost")
    amqp_user: str | None = Field(None, description="Broker user; takes the place of the one in the URL")
    amqp_password: SecretStr | None = Field(None, description="Broker password")
    management_url: str = Field("http://127.0.0.1:15672", description="RabbitMQ's management API: http(s)://host:port")
    management_user: str | None = Field(None, description="User of the management API; by default the broker user")
    management_password: SecretStr | None = Field(None, description="Its password")
    sites: Annotated[tuple[str, ...], NoDecode] = Field(("main",), description="The sites that have queues, by commas")
    data_dir: Path = Field(Path(".printsweep/data"), description="Where the service keeps its SQLite file")
    instance: str = Field("", description="The name of this process in beats and logs; by default host-pid")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged"
    )
    log_style: Literal["json", "text"] = Field("json", description="JSON objects or lines for people")
    health_host: str = Field("127.0.0.1", description="Where /livez, /readyz and /metrics listen")
    health_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one")
    ready_file: Path | None = Field(None, description="Written once the service listens: pid, ports")
    stop_timeout_s: float = Field(20.0, gt=0, le=600, description="For finishing what is in flight at the end")
    hard_limit_s: float = Field(180.0, gt=0, description="A stuck loop or handler ends the process after this time")
    beat_interval_s: float = Field(5.0, gt=0, le=25, description="Between two service.beat messages")
    max_queue_size: int = Field(
        10_000,
        ge=1,
        validation_alias=AliasChoices("MAX_QUEUE_SIZE", "max_queue_size"),
        description="Polls a queue holds",
    )
    poll_interval_minutes: float = Field(
        60.0,
        gt=0,
        le=10_080,
        description="Between two polls of a printer",
        validation_alias=AliasChoices("POLL_INTERVAL_MINUTES", "poll_interval_minutes"),
    )
    urgent_ttl_s: float = Field(300.0, gt=0, description="How long an urgent poll may wait in its queue")
    reply_deadline_s: float = Field(30.0, gt=0, description="How long a command may wait for its answer")
    ladder_unit_s: float = Field(60.0, gt=0, description="The retry ladder's steps are 5, 20 and 80 of these")

    @field_validator("sites", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(s.strip() for s in value.split(",") if s.strip()) if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """In order of precedence: arguments, environment, NAME_FILE, `.env`."""
        return init_settings, env_settings, _Files(settings_cls), dotenv_settings

    @classmethod
    def load(cls, **values: Any) -> Self:
        """The settings in force. Raises SettingsInvalid with a sentence for each thing that is wrong."""
        problems = unknown_names(cls)
        if problems:
            raise SettingsInvalid(" ".join(problems))
        try:
            return cls(_env_file=env_file(), **values)
        except ValidationError as error:
            raise SettingsInvalid(" ".join(_sentence(cls, e) for e in error.errors(include_url=False))) from error

    @property
    def instance_name(self) -> str:
        """This process's name in beats, logs and broker connections."""
        return self.instance or f"{socket.gethostname()}-{os.getpid()}"

    def shown(self) -> dict[str, Any]:
        """The settings as they may be printed: secrets masked, also those inside addresses."""
        values = self.model_dump(mode="json")
        return {k: _CREDENTIALS.sub("://***@", v) if isinstance(v, str) else v for k, v in values.items()}

    def topology_options(self) -> TopologyOptions:
        """The limits that the topology table takes from the settings."""
        return TopologyOptions(
            sites=self.sites,
            max_queue_size=self.max_queue_size,
            poll_interval_s=self.poll_interval_minutes * 60,
            urgent_ttl_s=self.urgent_ttl_s,
            reply_deadline_s=self.reply_deadline_s,
            ladder_unit_s=self.ladder_unit_s,
        )


def names_of(cls: type[Settings]) -> set[str]:
    """The environment names that `cls` reads."""
    names: set[str] = set()
    for field_name, field in cls.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {str(c) for c in alias.choices if str(c).isupper()}
        else:
            names |= {f"{PREFIX}{field_name.upper()}", f"{PREFIX}{field_name.upper()}_FILE"}
    return names


def unknown_names(cls: type[Settings], present: Iterable[str] | None = None) -> list[str]:
    """A sentence for each PRINTSWEEP_ name that nobody knows, and for what is nearly a predecessor's name."""
    known = names_of(cls) | set(FOREIGN_NAMES)
    own = {n for n in known if n.startswith(FOREIGN_PREFIXES)}
    mine = tuple(p for p in FOREIGN_PREFIXES if any(n.startswith(p) for n in own))
    seen = sorted(present if present is not None else {*os.environ, *_env_file_values()})
    problems = []
    for name in seen:
        if name in known or name in PREDECESSORS:
            continue
        if not name.startswith(PREFIX):  # anybody's, unless it is nearly one of ours
            slips = difflib.get_close_matches(name, PREDECESSORS, n=1, cutoff=_SLIP)
            problems += [f"{name} is not a setting. Did you mean {near}?" for near in slips]
            continue
        if name.startswith(FOREIGN_PREFIXES) and not name.startswith(mine):
            continue  # another role's
        near = difflib.get_close_matches(name, sorted(known | set(PREDECESSORS)), n=1, cutoff=0.6)
        hint = f" Did you mean {near[0]}?" if near else ""
        problems.append(f"{name} is not a setting.{hint}")
    return problems


def described(cls: type[Settings]) -> list[dict[str, str | bool]]:
    """Every setting of `cls`: name, meaning, default, whether it is a secret, whether it is of this class alone."""
    rows: list[dict[str, str | bool]] = []
    for field_name, field in cls.model_fields.items():
        alias = field.validation_alias
        named = isinstance(alias, AliasChoices)
        name = str(alias.choices[0]) if isinstance(alias, AliasChoices) and named else f"{PREFIX}{field_name.upper()}"
        default = field.get_default(call_default_factory=True)
        shown = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
        rows.append(
            {
                "name": name,
                "meaning": field.description or "",
                "default": shown,
                "secret": "SecretStr" in str(field.annotation),
                "own": field_name not in Settings.model_fields,
            }
        )
    return rows


def _sentence(cls: type[Settings], error: Any) -> str:
    field_name = str(error["loc"][0]) if error["loc"] else "?"
    name = field_name if field_name.isupper() else f"{PREFIX}{field_name.upper()}"
    field = cls.model_fields.get(field_name)
    secret = field is not None and "SecretStr" in str(field.annotation)
    value = "" if secret else f" (it is {str(error.get('input'))[:60]!r})"
    return f"{name}: {error['msg']}{value}."
