"""The same bodies as plain dicts: for the hot path, where building a model of every supply costs more than checking it.

There is one declaration, the model. What it accepts is accepted here, with the same defaults; what it refuses is
refused here, for the same reason.
"""

import functools
import operator
import types
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin

from pydantic import BaseModel, Field, TypeAdapter
from pydantic.fields import FieldInfo
from typing_extensions import TypedDict


def plain_type(model: type[BaseModel], instead: Mapping[Any, Any] | None = None) -> Any:
    """A type that pydantic validates like `model`, made of dicts, lists and scalars. `instead`: other types for some
    that `model` names.

    Fields that are not declared are left out, as from a model that ignores them. Raises TypeError for a model that does
    more than declare fields: it would not be the same.
    """
    return _Plain(instead or {}).of(model)


def plain(model: type[BaseModel]) -> TypeAdapter[dict[str, Any]]:
    """Validates like `model`, and makes dicts."""
    return TypeAdapter(plain_type(model))


class _Plain:
    """Turns types that are made of models into types that are made of dicts."""

    def __init__(self, instead: Mapping[Any, Any]) -> None:
        self._known: dict[Any, Any] = dict(instead)

    def of(self, declared: Any) -> Any:
        if declared in self._known:
            return self._known[declared]
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            _check(declared)
            fields = {name: self._field(info) for name, info in declared.model_fields.items()}
            # The name and the fields come from a model, so that no class can be written down.
            self._known[declared] = TypedDict(declared.__name__, fields)  # type: ignore[operator]
            return self._known[declared]
        origin, inner = get_origin(declared), get_args(declared)
        if origin is Annotated:
            return Annotated[(self.of(inner[0]), *inner[1:])]
        if origin in (Union, types.UnionType):
            return functools.reduce(operator.or_, (self.of(one) for one in inner))
        if origin in (list, dict):
            return origin[tuple(self.of(one) for one in inner)]
        return declared

    def _field(self, info: FieldInfo) -> Any:
        found = self.of(info.annotation)
        if info.metadata:
            found = Annotated[(found, *info.metadata)]
        if info.is_required():
            return found
        default = info.default.model_dump() if isinstance(info.default, BaseModel) else info.default
        return NotRequired[Annotated[found, Field(default=default)]]


def _check(model: type[BaseModel]) -> None:
    made = model.__pydantic_decorators__
    does_more = any((made.validators, made.field_validators, made.root_validators, made.model_validators))
    of_factories = any(info.default_factory or info.alias for info in model.model_fields.values())
    if does_more or of_factories or model.model_config.get("extra", "ignore") != "ignore":
        raise TypeError(f"{model.__name__} does more than declare fields.")
