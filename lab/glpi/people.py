"""Users, their rights and their sessions. Rights and entities are read once, at login, as GLPI does."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.glpi.errors import ApiError

MAX_SESSIONS = 1000
"""The oldest session is dropped beyond this: a test that never logs out must not grow for ever."""


@dataclass(frozen=True)
class Grant:
    """One row of a user's rights: a profile in an entity, with or without the entities below it."""

    entity: int
    recursive: bool
    profile: int = 9
    profile_name: str = "printer-sync"


@dataclass
class User:
    """`rights` are words of: printer.read, printer.update, lockedfield."""

    name: str
    token: str
    password: str = ""
    rights: frozenset[str] = frozenset({"printer.read", "printer.update"})
    grants: tuple[Grant, ...] = (Grant(0, recursive=True),)
    default_entity: int = 0
    list_limit: int = 15
    enabled: bool = True


@dataclass(frozen=True)
class Entity:
    """An entity of the tree; `parent` is None for the root. `path` are the ids from the root down to it."""

    id: int
    name: str
    parent: int | None


@dataclass
class Session:
    """What one login may see. `active` are the entities that searches and lists cover."""

    user: User
    rights: frozenset[str]
    active_id: int = 0
    active_recursive: bool = True
    active: set[int] = field(default_factory=set)


class Entities:
    """The tree of entities."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.by_id = {entity.id: entity for entity in entities}

    def ancestors(self, entity_id: int) -> list[int]:
        """The ids above `entity_id`, from the root down, without itself."""
        found: list[int] = []
        parent = self.by_id[entity_id].parent
        while parent is not None:
            found.insert(0, parent)
            parent = self.by_id[parent].parent
        return found

    def below(self, entity_id: int) -> set[int]:
        """`entity_id` and everything under it."""
        return {other for other in self.by_id if other == entity_id or entity_id in self.ancestors(other)}

    def complete_name(self, entity_id: int, separator: str = " > ") -> str:
        """Root entity > Client A > Site 1."""
        return separator.join(self.by_id[step].name for step in [*self.ancestors(entity_id), entity_id])

    def allowed(self, user: User) -> set[int]:
        """Every entity that the user's rights reach."""
        reached: set[int] = set()
        for grant in user.grants:
            reached |= self.below(grant.entity) if grant.recursive else {grant.entity}
        return reached

    def activate(self, session: Session, entity_id: int | None, *, recursive: bool) -> bool:
        """Change what the session covers; None is everything allowed. False when it is not the user's to see."""
        allowed = self.allowed(session.user)
        if entity_id is None:
            session.active = allowed
            session.active_id, session.active_recursive = min(allowed), recursive
            return True
        wanted = self.below(entity_id) if recursive else {entity_id}
        if entity_id not in allowed or not wanted <= allowed:
            return False
        session.active, session.active_id, session.active_recursive = wanted, entity_id, recursive
        return True


class Sessions:
    """The open sessions by token."""

    def __init__(self, entities: Entities) -> None:
        self._entities = entities
        self._open: dict[str, Session] = {}
        self.reject_all = False

    def open(self, user: User, token: str | None = None) -> str:
        """Log `user` in: the session starts in the default entity when the user may see it, else in all of them."""
        token = token or secrets.token_hex(13)
        session = Session(user, user.rights)
        default = user.default_entity
        covering = any(
            (grant.recursive and default in self._entities.below(grant.entity)) or default == grant.entity
            for grant in user.grants
        )
        if covering:
            below = self._entities.below(default) <= self._entities.allowed(user)
            self._entities.activate(session, default, recursive=below)
        else:
            self._entities.activate(session, None, recursive=True)
        while len(self._open) >= MAX_SESSIONS:
            del self._open[next(iter(self._open))]
        self._open[token] = session
        return token

    def get(self, token: str) -> Session:
        """The session of `token`, or the API's 401."""
        session = self._open.get(token)
        if session is None or self.reject_all:
            raise ApiError("session_invalid")
        return session

    def close(self, token: str) -> None:
        """Log out."""
        self._open.pop(token, None)

    def expire_all(self) -> int:
        """Drop every session, as GLPI's cleaning does; how many there were."""
        count = len(self._open)
        self._open.clear()
        return count
