"""The results of a polls.finished, each validated once: one that is wrong never loses the others.

Nearly always all are right: then they are decoded and validated in one pass over the octets.
"""

from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from services.status_api.errors import ResultInvalid
from services.status_api.times import iso
from shared.broker.delivery import decode_object
from shared.errors import MalformedMessage
from shared.messages.plain import plain_type
from shared.messages.polls import RESULTS, PollResult
from shared.text import clean

Result = dict[str, Any]  # a PollResult with its defaults, the instants as the database keeps them


class Bad(NamedTuple):
    """One result that is none, and who sent it."""

    raw: Any
    error: ResultInvalid
    collector: Any


def _text(at: AwareDatetime) -> str:
    try:
        return iso(at)
    except OverflowError as error:
        raise ValueError("there is no such instant in UTC") from error


_PLAIN: Any = plain_type(PollResult, {AwareDatetime: Annotated[AwareDatetime, AfterValidator(_text)]})
RESULT: TypeAdapter[Result] = TypeAdapter(_PLAIN)
_Finished = TypedDict("_Finished", {"results": Annotated[list[_PLAIN], Field(max_length=RESULTS)]})  # noqa: UP013
_ALL: TypeAdapter[Any] = TypeAdapter(_Finished)


def validated(octets: bytes) -> tuple[list[Result], list[Bad]]:
    """The results of a polls.finished, and those that are none. Raises MalformedMessage."""
    try:
        good: list[Result] = _ALL.validate_json(octets)["results"]
    except ValidationError:
        return _one_by_one(octets)
    return good, []


def _one_by_one(octets: bytes) -> tuple[list[Result], list[Bad]]:
    body = decode_object(octets)
    listed = body.get("results")
    if not isinstance(listed, list) or len(listed) > RESULTS:
        raise MalformedMessage(f"polls.finished: `results` must be a list of at most {RESULTS}.")
    good, bad = [], []
    for raw in listed:
        try:
            good.append(RESULT.validate_python(raw))
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'result'}: {e['msg']}" for e in error.errors(include_url=False)[:5]
            )
            bad.append(Bad(raw, ResultInvalid(clean(wrong, 800)), body.get("collector")))
    return good, bad
