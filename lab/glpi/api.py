"""The legacy REST API: from a request to its answer, in the order in which GLPI checks things."""

import json
import re
from dataclasses import dataclass
from typing import Any

from lab.glpi import items
from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.html import crash_page
from lab.glpi.login import user_of
from lab.glpi.people import Session, Sessions
from lab.glpi.phpquery import parse_query
from lab.glpi.ranges import RangeInvertedError, inverted
from lab.glpi.search import search_printers
from lab.glpi.sessionroutes import SESSION_ROUTES
from lab.glpi.updates import update_printers
from lab.glpi.world import World

_TOKEN = re.compile(r"^[A-Za-z0-9,-]+$")
_NO_RIGHT_ITEMTYPES = {"Computer", "Monitor", "Phone", "NetworkEquipment", "Ticket", "User"}
"""Itemtypes that exist and that no user of the simulator may see."""


@dataclass
class Request:
    """One call: `path` is what follows the API's base, `base` the address that links and texts name."""

    method: str
    path: str
    query: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    base: str

    @property
    def steps(self) -> list[str]:
        """The path's parts."""
        return [step for step in self.path.split("/") if step]


class Api:
    """One GLPI's REST API over a world."""

    def __init__(self, world: World, app_token: str) -> None:
        self.world = world
        self.app_token = app_token
        self.sessions = Sessions(world.entities)

    @property
    def dialect(self) -> Dialect:
        """The release's ways."""
        return self.world.dialect

    def handle(self, request: Request) -> Answer:
        """The answer to a call; never raises."""
        try:
            return self._checked(request)
        except ApiError as error:
            # GLPI does not know its own address yet when it refuses a body.
            return error.answer("" if error.row[1] == "ERROR_JSON_PAYLOAD_FORBIDDEN" else request.base)
        except RangeInvertedError:
            return inverted(self.dialect)

    def _checked(self, request: Request) -> Answer:
        query = parse_query(request.query)
        payload = self._payload(request)
        given = payload if isinstance(payload, dict) else {}
        app_token = request.headers.get("app-token") or query.get("app_token") or given.get("app_token")
        if not app_token:
            raise ApiError("app_token_missing")
        if app_token != self.app_token:
            raise ApiError("app_token_wrong")
        steps = request.steps
        if steps[:1] == ["initSession"]:
            return Answer(
                {
                    "session_token": self.sessions.open(
                        user_of(request.headers.get("authorization", ""), {**query, **given}, self.world.users)
                    )
                }
            )
        token = request.headers.get("session-token") or query.get("session_token") or given.get("session_token")
        if not token:
            raise ApiError("session_missing")
        if not _TOKEN.match(str(token)):
            if self.dialect.version == "11":
                return Answer(crash_page(), 500, content_type="text/html; charset=UTF-8")
            raise ApiError("session_invalid")
        session = self.sessions.get(str(token))
        if steps[:1] == ["killSession"]:
            self.sessions.close(str(token))
            return Answer(body=True)
        route = SESSION_ROUTES.get(steps[0] if steps else "")
        if route is not None:
            return route(self.world, session, {**query, **given})
        return self._item(request, session, query, payload)

    def _payload(self, request: Request) -> Any:
        """The JSON body; None when there is none or when its content type is another."""
        if not request.body:
            return None
        if request.method == "GET":
            raise ApiError("body_forbidden")
        if "json" not in request.headers.get("content-type", ""):
            return None
        try:
            return json.loads(request.body)
        except ValueError:
            raise ApiError("body_invalid") from None

    def _item(self, request: Request, session: Session, query: dict[str, Any], payload: Any) -> Answer:
        """/Itemtype, /Itemtype/ID, /Itemtype/ID/Itemtype and /search/Itemtype."""
        steps, method = request.steps, request.method
        if steps[:1] == ["search"] and len(steps) == 2:
            return self._search(request, session, steps[1], {**query, **(payload if isinstance(payload, dict) else {})})
        itemtype = self._itemtype(steps[0] if steps else "")
        number = int(steps[1]) if len(steps) > 1 and steps[1].isdigit() else None
        if itemtype in _NO_RIGHT_ITEMTYPES:
            raise ApiError("item_missing" if number is not None else "right_missing")
        if itemtype == "Lockedfield":
            if method == "DELETE" and number is not None:
                return items.delete_lock(self.world, session, number)
            return items.list_locks(self.world, session, query)
        if itemtype == "PrinterLog" or (len(steps) == 3 and self._itemtype(steps[2]) == "PrinterLog"):
            return self._logs(request, session, query, payload, number if itemtype == "Printer" else None)
        if method in {"PUT", "PATCH"}:
            return update_printers(self.world, session, number, payload)
        if method == "POST":
            refused = {"id": False, "message": "You don't have permission to perform this action."}
            many = payload.get("input") if isinstance(payload, dict) else None
            raise (
                ApiError("add_refused", message=[refused for _ in many])
                if isinstance(many, list)
                else ApiError("add_refused")
            )
        if method == "DELETE":
            raise ApiError("delete_refused")
        if "printer.read" not in session.rights:
            raise ApiError("right_missing")
        if number is None:
            return self._decoded(request, items.list_printers(self.world, session, query, request.base))
        row = items.get_printer(self.world, session, number)
        return self._decoded(request, Answer(items.shown(self.world, row, query, request.base)))

    def _search(self, request: Request, session: Session, named: str, asked: dict[str, Any]) -> Answer:
        itemtype = self._itemtype(named)
        if itemtype in _NO_RIGHT_ITEMTYPES or "printer.read" not in session.rights:
            raise ApiError("right_missing")
        if itemtype == "PrinterLog":
            return items.search_logs(self.world, session, asked)
        encode = request.headers.get("x-glpi-sanitized-content") == "false"
        return search_printers(self.world, session, asked, encode=encode)

    def _logs(
        self, request: Request, session: Session, query: dict[str, Any], payload: Any, printer: int | None
    ) -> Answer:
        if request.method not in {"POST", "PUT", "PATCH"}:
            return items.list_logs(self.world, session, query, printer)
        given = payload.get("input") if isinstance(payload, dict) else None
        if not isinstance(given, dict):
            raise ApiError("input_missing")
        if request.method != "POST":
            return items.update_log(self.world, request.steps[-1], given)
        return items.add_log(self.world, session, given, request.base)

    def _itemtype(self, named: str) -> str:
        """The itemtype that a path names: 10 does not care for its case."""
        for known in ("Printer", "PrinterLog", "Lockedfield", *sorted(_NO_RIGHT_ITEMTYPES)):
            if named == known or (self.dialect.any_case_itemtype and named.lower() == known.lower()):
                return known
        raise ApiError("unknown_resource")

    def _decoded(self, request: Request, answer: Answer) -> Answer:
        """With `X-GLPI-Sanitized-Content: false`, GET /Printer answers raw text (the search does not)."""
        if request.headers.get("x-glpi-sanitized-content") == "false":
            rows = answer.body if isinstance(answer.body, list) else [answer.body]
            for row in rows:
                row.update({key: self.dialect.decoded(value) for key, value in row.items() if isinstance(value, str)})
        return answer
