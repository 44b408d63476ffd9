"""Faults that can be switched on while the simulator runs, and what each of them answers."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.html import database_page, maintenance_page

_HTML = "text/html; charset=UTF-8"


@dataclass
class Faults:
    """The switches; all off in the beginning.

    `slow` are seconds that every call takes longer, `count_moves` is how many printers still appear between pages
    (one at each page after the first), the others are on or off. `expire_session` is no state: it drops every open
    session when it is set. `reject_sessions` refuses new ones too.
    """

    maintenance: bool = False
    database_down: bool = False
    api_disabled: bool = False
    ip_not_allowed: bool = False
    empty_200: bool = False
    text_before_json: bool = False
    hang: bool = False
    reject_sessions: bool = False
    slow: float = 0.0
    count_moves: int = 0

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches; a ValueError names an unknown or impossible one, and then nothing is changed."""
        kinds = {item.name: item.type for item in fields(self)}
        values: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in kinds:
                raise ValueError(f"unknown fault {name!r}; there are: {', '.join(sorted([*kinds, 'expire_session']))}")
            kind = kinds[name]
            right = (
                isinstance(value, bool)
                if kind is bool
                else not isinstance(value, bool) and isinstance(value, (int, float))
            )
            if not right or (kind is int and not isinstance(value, int)) or value < 0:
                raise ValueError(f"fault {name!r} cannot be {value!r}")
            values[name] = value
        for name, value in values.items():
            setattr(self, name, value)

    def state(self) -> dict[str, Any]:
        """The switches as JSON."""
        return asdict(self)

    def answer(self, dialect: Dialect) -> Answer | None:
        """What a switched-on fault answers in place of the API; None when the call may go on. May raise ApiError."""
        if self.maintenance:
            return Answer(maintenance_page(), content_type=_HTML)
        if self.database_down:
            return Answer(database_page(dialect.version), dialect.database_down_status, content_type=_HTML)
        if self.empty_200:
            return Answer(b"", content_type=_HTML)
        if self.api_disabled:
            raise ApiError("api_disabled")
        if self.ip_not_allowed:
            raise ApiError("ip_not_allowed")
        return None
