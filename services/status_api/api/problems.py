"""Errors as application/problem+json (RFC 9457): one shape for everything that goes wrong."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from services.status_api import errors as own
from shared import errors
from shared.text import clean

log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """What an error answer holds. `code` is stable; `errors` names the fields that are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    errors: list[dict[str, str]] = []


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, status: int, code: str, title: str, detail: str = "", wrong: list[dict[str, str]] | None = None
    ) -> None:
        self.problem = Problem(title=title, status=status, detail=detail, code=code, errors=wrong or [])
        super().__init__(title)


def not_found(what: str, key: object) -> ProblemError:
    """404 for one thing."""
    return ProblemError(404, "not_found", f"There is no {what} {clean(key, 80)}.")


def answer(problem: Problem, headers: dict[str, str] | None = None) -> web.Response:
    """The problem as a response."""
    body = problem.model_dump(exclude_defaults=True) | {"type": problem.type}
    return web.Response(
        body=orjson.dumps(body), status=problem.status, content_type="application/problem+json", headers=headers
    )


# Error class → status and code. The nearest base class counts.
_STATUS: dict[type[BaseException], tuple[int, str]] = {
    own.NoReply: (504, "no_reply"),
    own.TooManyWaiting: (503, "too_many_waiting"),
    own.DeadLettersUnreadable: (503, "dead_letters_unreadable"),
    errors.PublishRefused: (503, "queue_full"),
    errors.Unroutable: (503, "unroutable"),
    errors.PublishTimeout: (504, "publish_timeout"),
    errors.BrokerUnavailable: (503, "broker_unavailable"),
    errors.PrintsweepError: (500, "failed"),
}
# Codes of refused commands that are not simply a 422.
_REFUSALS = {"not_found": 404, "unknown_printer": 404, "unknown_printers": 404, "not_leader": 503, "busy": 409}
_PLAIN: dict[int, tuple[str, str]] = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The request is too large."),
}


def of_error(error: BaseException) -> Problem:
    """The problem for an error."""
    if isinstance(error, ProblemError):
        return error.problem
    if isinstance(error, own.CommandRefused):
        status = _REFUSALS.get(error.code, 422)
        return Problem(title=error.refusal, status=status, detail=error.detail, code=error.code)
    if isinstance(error, web.HTTPException):
        code, title = _PLAIN.get(error.status, ("http_error", HTTPStatus(error.status).phrase))
        return Problem(title=title, status=error.status, code=code)
    for base in type(error).__mro__:
        if base in _STATUS:
            status, code = _STATUS[base]
            title = error.title if isinstance(error, errors.PrintsweepError) else "It failed."
            return Problem(title=title, status=status, detail=clean(getattr(error, "detail", ""), 1000), code=code)
    return Problem(title="The service failed. Its log says more.", status=500, code="internal_error")


def of_validation(error: ValidationError, where: str) -> ProblemError:
    """422 (body) or 400 (query), naming the fields."""
    wrong = [
        {"field": ".".join(str(p) for p in e["loc"]) or where, "message": clean(e["msg"], 200)}
        for e in error.errors(include_url=False, include_input=False)[:20]
    ]
    sentence = "; ".join(f"{w['field']}: {w['message']}" for w in wrong[:3])
    return ProblemError(
        422 if where == "body" else 400, f"invalid_{where}", f"The {where} is not valid.", sentence, wrong
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into a problem. The border of the API: nothing passes it unlogged."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {k: v for k, v in error.headers.items() if k.lower() in ("allow", "location")}
        return answer(of_error(error), kept)
    except (ProblemError, errors.PrintsweepError) as error:
        problem = of_error(error)
        if problem.status >= 500:
            log.warning("api.failed", path=clean(request.path, 200), status=problem.status, error=clean(error, 500))
        retry = {"retry-after": "5"} if problem.status in (503, 504) else {}
        extra = {"www-authenticate": 'Bearer realm="printsweep"'} if problem.status == 401 else {}
        return answer(problem, retry | extra)
    except Exception as error:
        log.exception("api.error", path=clean(request.path, 200))
        return answer(of_error(error))


def json_body(raw: bytes) -> Any:
    """The decoded body. Raises ProblemError with the place of the mistake."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProblemError(400, "malformed_json", "The body is not JSON.", clean(error, 200)) from error
