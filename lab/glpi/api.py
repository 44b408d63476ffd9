"""The legacy REST API: from a request to its answer, in the order in which GLPI checks things."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.glpi import items
from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.html import crash_page
from lab.glpi.people import Session, Sessions, User
from lab.glpi.phpquery import listed, parse_query, truthy
from lab.glpi.ranges import RangeInvertedError, inverted
from lab.glpi.search import search_printers
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
            return Answer({"session_token": self.sessions.open(self._login(request, {**query, **given}))})
        token = request.headers.get("session-token") or query.get("session_token") or given.get("session_token")
        if not token:
            raise ApiError("session_missing")
        if not _TOKEN.match(str(token)):
            if self.dialect.version == "11":
                return Answer(crash_page(), 500, content_type="text/html; charset=UTF-8")
            raise ApiError("session_invalid")
        session = self.sessions.get(str(token))
        named = _SESSION_ROUTES.get(steps[0] if steps else "")
        if named is not None:
            return named(self, session, {**query, **given}, str(token))
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

    def _login(self, request: Request, given: dict[str, Any]) -> User:
        authorization = request.headers.get("authorization", "")
        scheme, _, value = authorization.partition(" ")
        token = value.strip() if scheme.lower() == "user_token" else given.get("user_token")
        if token:
            for user in self.world.users:
                if user.token == token and user.enabled and user.grants:
                    return user
            raise ApiError("user_token")
        login, password = given.get("login"), given.get("password")
        if scheme.lower() == "basic":
            try:
                login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise ApiError("login_missing") from None
        if not login or not password:
            raise ApiError("login_missing")
        for user in self.world.users:
            if user.name == login and user.password == password and user.enabled and user.grants:
                return user
        raise ApiError("password")

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

    def kill(self, _session: Session, _asked: dict[str, Any], token: str) -> Answer:
        """/killSession."""
        self.sessions.close(token)
        return Answer(body=True)

    def change_entities(self, session: Session, asked: dict[str, Any], _token: str) -> Answer:
        """/changeActiveEntities. Any text, "all" too, is entity 0: that is a fault of GLPI's."""
        recursive = asked.get("is_recursive", False)
        if not isinstance(recursive, bool):
            raise ApiError("bad_request")
        wanted = asked.get("entities_id")
        entity = None if wanted is None else wanted if isinstance(wanted, int) else 0
        return Answer(
            self.world.entities.activate(session, entity, recursive=recursive) if self._known(entity) else False
        )

    def _known(self, entity: int | None) -> bool:
        return entity is None or entity in self.world.entities.by_id

    def active_entities(self, session: Session, _asked: dict[str, Any], _token: str) -> Answer:
        """/getActiveEntities."""
        active = {
            "id": session.active_id,
            "active_entity_recursive": int(session.active_recursive),
            "active_entities": [{"id": entity} for entity in sorted(session.active)],
        }
        return Answer({"active_entity": active})

    def my_entities(self, session: Session, asked: dict[str, Any], _token: str) -> Answer:
        """/getMyEntities: the entities of the user's rights, those below only with is_recursive=1."""
        entities = self.world.entities
        mine = entities.allowed(session.user)
        if not truthy(asked.get("is_recursive"), default=False):
            mine = {grant.entity for grant in session.user.grants}
        separator = self.dialect.stored(" > ") or ""
        names = [{"id": entity, "name": entities.complete_name(entity, separator)} for entity in sorted(mine)]
        return Answer({"myentities": names})

    def my_profiles(self, session: Session, _asked: dict[str, Any], _token: str) -> Answer:
        """/getMyProfiles."""
        profiles: dict[int, dict[str, Any]] = {}
        for grant in session.user.grants:
            profile = profiles.setdefault(
                grant.profile, {"id": grant.profile, "name": grant.profile_name, "entities": []}
            )
            name = self.world.entities.by_id[grant.entity].name
            profile["entities"].append({"id": grant.entity, "name": name, "is_recursive": int(grant.recursive)})
        return Answer({"myprofiles": list(profiles.values())})

    def change_profile(self, session: Session, asked: dict[str, Any], _token: str) -> Answer:
        """/changeActiveProfile: all profiles of the simulator give the same rights."""
        if asked.get("profiles_id") not in {grant.profile for grant in session.user.grants}:
            raise ApiError("item_missing")
        return Answer(body=True)

    def several(self, session: Session, asked: dict[str, Any], _token: str) -> Answer:
        """/getMultipleItems: one unknown id fails the whole call."""
        found = []
        for wanted in listed(asked.get("items")):
            number = str(wanted.get("items_id", "")) if isinstance(wanted, dict) else ""
            row = items.get_printer(self.world, session, int(number) if number.isdigit() else 0)
            found.append(items.shown(self.world, row, asked, ""))
        return Answer(found)


_SESSION_ROUTES: dict[str, Callable[[Api, Session, dict[str, Any], str], Answer]] = {
    "killSession": Api.kill,
    "changeActiveEntities": Api.change_entities,
    "getActiveEntities": Api.active_entities,
    "getMyEntities": Api.my_entities,
    "getMyProfiles": Api.my_profiles,
    "changeActiveProfile": Api.change_profile,
    "getMultipleItems": Api.several,
}
