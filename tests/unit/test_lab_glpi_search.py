"""How the simulated GLPI compares, searches and reads query strings."""

import pytest

from lab.glpi.collation import contains, equality_key
from lab.glpi.dialect import DIALECTS
from lab.glpi.fleet import ENTITIES
from lab.glpi.people import Session, User
from lab.glpi.phpquery import parse_query, truthy
from lab.glpi.search import search_printers
from lab.glpi.world import World

SERIALS = ("DUPSER001", "dupser001", "DUPSER001 ", " DUPSER001", "XDUPSER001X", "DÜPSER001")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("DUPSER001", (True, True, True, True, True, True)),
        ("^DUPSER001$", (True, True, False, False, False, True)),
        ("^ DUPSER001$", (True, True, False, False, False, True)),
        ("DUP%001", (True, True, True, True, True, True)),
        ("DUP_ER001", (False,) * 6),
    ],
)
def test_contains_is_blind_to_case_and_accents(wanted: str, found: tuple[bool, ...]) -> None:
    holds = contains(wanted)
    assert tuple(holds(serial) for serial in SERIALS) == found


def test_equals_ignores_trailing_blanks_only() -> None:
    wanted = equality_key("DUPSER001")
    assert [equality_key(serial) == wanted for serial in SERIALS] == [True, True, True, False, False, True]


def test_php_cuts_off_after_a_thousand_variables() -> None:
    query = "&".join(f"criteria[{n}][{key}]=5" for n in range(250) for key in ("link", "field", "searchtype", "value"))
    asked = parse_query(f"{query}&range=0-99")
    assert len(asked["criteria"]) == 250
    assert "range" not in asked


@pytest.mark.parametrize(("given", "flag"), [("0", False), ("false", False), ("", False), ("1", True), (True, True)])
def test_flags(given: object, flag: bool) -> None:
    assert truthy(given, default=not flag) is flag
    assert truthy(None, default=flag) is flag


def _world() -> tuple[World, Session]:
    world = World(DIALECTS["11"], ENTITIES, [])
    for serial in (*SERIALS, None, ""):
        world.add_printer(f"printer {serial}", serial)
    session = Session(User("someone", "token"), frozenset({"printer.read"}), active={0})
    return world, session


def _found(criteria: list[dict[str, object]]) -> list[int]:
    world, session = _world()
    body = search_printers(world, session, {"criteria": criteria, "forcedisplay": [2], "sort": 2}, encode=False).body
    return [row["2"] for row in body.get("data", [])]


def test_an_empty_value_finds_everything() -> None:
    assert len(_found([{"field": 5, "searchtype": "equals", "value": ""}])) == len(SERIALS) + 2


def test_and_binds_tighter_than_or() -> None:
    criteria = [
        {"field": 2, "searchtype": "equals", "value": "1"},
        {"link": "OR", "field": 5, "searchtype": "contains", "value": "^X"},
        {"link": "AND", "field": 2, "searchtype": "contains", "value": ">4"},
    ]
    assert _found(criteria) == [1, 5]


def test_a_misspelt_searchtype_means_contains() -> None:
    assert _found([{"field": 5, "searchtype": "equal", "value": "XDUP"}]) == [5]
