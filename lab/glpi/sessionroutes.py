"""The calls that are about the session itself: entities, profiles, several items at once."""

from collections.abc import Callable
from typing import Any

from lab.glpi import items
from lab.glpi.errors import Answer, ApiError
from lab.glpi.people import Session
from lab.glpi.phpquery import listed, truthy
from lab.glpi.world import World

Asked = dict[str, Any]


def change_entities(world: World, session: Session, asked: Asked) -> Answer:
    """/changeActiveEntities. Any text, "all" too, is entity 0: that is a fault of GLPI's."""
    recursive = asked.get("is_recursive", False)
    if not isinstance(recursive, bool):
        raise ApiError("bad_request")
    wanted = asked.get("entities_id")
    entity = None if wanted is None else wanted if isinstance(wanted, int) else 0
    known = entity is None or entity in world.entities.by_id
    return Answer(known and world.entities.activate(session, entity, recursive=recursive))


def active_entities(_world: World, session: Session, _asked: Asked) -> Answer:
    """/getActiveEntities."""
    active = {
        "id": session.active_id,
        "active_entity_recursive": int(session.active_recursive),
        "active_entities": [{"id": entity} for entity in sorted(session.active)],
    }
    return Answer({"active_entity": active})


def my_entities(world: World, session: Session, asked: Asked) -> Answer:
    """/getMyEntities: the entities of the user's rights, those below only with is_recursive=1."""
    mine = {grant.entity for grant in session.user.grants}
    if truthy(asked.get("is_recursive"), default=False):
        mine = world.entities.allowed(session.user)
    separator = world.dialect.stored(" > ") or ""
    names = [{"id": entity, "name": world.entities.complete_name(entity, separator)} for entity in sorted(mine)]
    return Answer({"myentities": names})


def my_profiles(world: World, session: Session, _asked: Asked) -> Answer:
    """/getMyProfiles."""
    profiles: dict[int, dict[str, Any]] = {}
    for grant in session.user.grants:
        profile = profiles.setdefault(grant.profile, {"id": grant.profile, "name": grant.profile_name, "entities": []})
        name = world.entities.by_id[grant.entity].name
        profile["entities"].append({"id": grant.entity, "name": name, "is_recursive": int(grant.recursive)})
    return Answer({"myprofiles": list(profiles.values())})


def change_profile(_world: World, session: Session, asked: Asked) -> Answer:
    """/changeActiveProfile: all profiles of the simulator give the same rights."""
    if asked.get("profiles_id") not in {grant.profile for grant in session.user.grants}:
        raise ApiError("item_missing")
    return Answer(body=True)


def several(world: World, session: Session, asked: Asked) -> Answer:
    """/getMultipleItems: one unknown id fails the whole call."""
    found = []
    for wanted in listed(asked.get("items")):
        number = str(wanted.get("items_id", "")) if isinstance(wanted, dict) else ""
        row = items.get_printer(world, session, int(number) if number.isdigit() else 0)
        found.append(items.shown(world, row, asked, ""))
    return Answer(found)


SESSION_ROUTES: dict[str, Callable[[World, Session, Asked], Answer]] = {
    "changeActiveEntities": change_entities,
    "getActiveEntities": active_entities,
    "getMyEntities": my_entities,
    "getMyProfiles": my_profiles,
    "changeActiveProfile": change_profile,
    "getMultipleItems": several,
}
