"""docker-compose.yml as data, its anchors and merges resolved as compose does, for checks that need no docker."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.process import ROOT

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


def interpolate(value: Any, given: Mapping[str, str]) -> Any:
    """Compose's ${NAME} and ${NAME:-default} in all texts of `value`."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda m: given.get(m["name"]) or m["default"] or "", value)
    if isinstance(value, list):
        return [interpolate(v, given) for v in value]
    if isinstance(value, dict):
        return {k: interpolate(v, given) for k, v in value.items()}
    return value


def compose(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    whole: dict[str, Any] = interpolate(yaml.safe_load(text), given or {})
    return whole
