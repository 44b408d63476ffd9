"""Plain dicts for models: what the model accepts and refuses, its defaults and its errors, without its objects."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError, field_validator

from shared.messages.plain import plain, plain_type
from shared.messages.polls import PollOrder, PollResult, PollsFinished
from shared.messages.readings import Alert, Counter, Cover, Identity, Reading, Supply, Tray
from tests.support.status import reading, result

PLAIN = plain(PollResult)


def full() -> dict[str, Any]:
    """A result in which every part of a reading is told."""
    row = {"index": "1.1", "description": "Part", "max": 100, "level": 4, "percent": 4, "state": "low"}
    serial = {"value": "SN1", "oid": "1.3", "rule": "r"}
    return result(
        1,
        "p",
        sweep_id="s",
        reading=reading(
            5,
            supplies=[row | {"type": "toner", "color": "black", "unit": "percent", "oid": "1.3"}],
            trays=[row | {"name": "Tray", "media": "A4", "status": "idle"}],
            covers=[{"index": "1", "description": "Cover", "status": "open"}],
            alerts=[{"severity": "critical", "group": "g", "code": "c", "location": 3, "description": "d"}],
            identity={"serial": "SN1", "serials": [serial], "uptime_s": 4.5, "sys_descr": "x" * 300},
            console=["Ready"],
            missing=["trays"],
        ),
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values below `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in inner for place in places(one, (*path, key))]


def changed(path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> dict[str, Any]:
    whole = full()
    inner: Any = whole
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return whole


def outcome(validate: Callable[[Any], Any], value: Any) -> Any:
    """What becomes of `value`: its dump, or what is wrong with it."""
    try:
        found = validate(value)
    except ValidationError as error:
        # Where no object stands, a model says of itself that it would do too.
        return [(e["loc"], e["msg"].partition(" or instance of ")[0]) for e in error.errors()]
    return found.model_dump() if isinstance(found, BaseModel) else found


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=300),
    st.sampled_from(["DONE", "FAILED", "PENDING", "routine", "2026-01-01T00:00:00+01:00", "2026-01-01", "17"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["index", "value", "oid", "rule", "code", "text"]), st.text(max_size=3)),
)


@given(path=st.sampled_from(places(full())), value=ODD)
def test_whatever_stands_in_a_place_the_outcome_is_the_models(path: tuple[Any, ...], value: Any) -> None:
    odd = changed(path, lambda inner, key: inner.__setitem__(key, value))
    expected = outcome(PollResult.model_validate, odd)
    assert outcome(PLAIN.validate_python, odd) == expected


@pytest.mark.parametrize("path", places(full()), ids=str)
def test_whatever_is_left_out_the_outcome_is_the_models(path: tuple[Any, ...]) -> None:
    less = changed(path, lambda inner, key: inner.pop(key))
    assert outcome(PLAIN.validate_python, less) == outcome(PollResult.model_validate, less)


def test_defaults_are_told_in_full_and_never_shared() -> None:
    one, other = (plain(Reading).validate_python({}) for _ in range(2))
    assert one == other == Reading().model_dump()
    one["supplies"].append("mine")
    one["status"]["errors"].append("mine")
    assert plain(Reading).validate_python({}) == other == Reading().model_dump()


@pytest.mark.parametrize("model", [PollsFinished, Reading, Identity, Supply, Tray, Cover, Alert, Counter])
def test_fields_come_in_the_order_of_the_model(model: type[BaseModel]) -> None:
    """So that what did not change has the same JSON, whoever wrote it."""
    assert list(plain_type(model).__annotations__) == list(model.model_fields)


def test_what_is_not_declared_is_left_out() -> None:
    assert PLAIN.validate_python(full() | {"news": 1}) == PLAIN.validate_python(full())


def test_octets_give_what_their_json_gives() -> None:
    octets = orjson.dumps(full())
    assert PLAIN.validate_json(octets) == PLAIN.validate_python(orjson.loads(octets))


def test_a_model_that_does_more_than_declare_fields_has_no_plain_type() -> None:
    class Checks(BaseModel):
        at: int

        @field_validator("at")
        @classmethod
        def check(cls, at: int) -> int:
            return at + 1

    class Makes(BaseModel):
        of: list[int] = Field(default_factory=list)

    for model in (Checks, Makes, PollOrder):
        with pytest.raises(TypeError, match=f"{model.__name__} does more"):
            plain(model)


def test_a_type_may_stand_for_another() -> None:
    class Told(BaseModel):
        at: AwareDatetime
        before: AwareDatetime | None = None

    years: Any = plain_type(Told, {AwareDatetime: Annotated[AwareDatetime, AfterValidator(lambda at: at.year)]})
    found = TypeAdapter(years).validate_python({"at": datetime(2026, 1, 1, tzinfo=UTC), "before": "2025-01-01T00:00Z"})
    assert found == {"at": 2026, "before": 2025}
