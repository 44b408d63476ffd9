"""Structured logs: a JSON object a line for machines, a coloured line for people. Device text cannot forge lines."""

import logging
import sys
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from shared.text import clean

_LONGEST = 2000
_SECRET_WORDS = ("password", "community", "token", "secret", "authorization")


def _tame(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Caps and cleans text values, and hides what a name says is a secret."""
    for key, value in event.items():
        if any(word in key for word in _SECRET_WORDS):
            event[key] = "***"
        elif isinstance(value, str) and key not in ("exception", "stack"):
            event[key] = clean(value, _LONGEST)
    return event


def _is_news(record: logging.LogRecord) -> bool:
    """Link tells of a broker that is away, at growing intervals; aiormq would tell of every single attempt."""
    return not str(record.msg).startswith("error when creating transport")


def set_up(role: str, instance: str, *, level: str = "INFO", style: Literal["json", "text"] = "json") -> None:
    """Sends structlog's and the standard library's records to stderr in one form."""
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        _tame,
    ]
    render: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # a rich one shows locals, and so secrets
        )
    )
    structlog.configure(
        processors=[
            *(p for p in common if not isinstance(p, structlog.stdlib.ExtraAdder)),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiormq", "aio_pika", "aiohttp.access", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiormq.connection").addFilter(_is_news)
    structlog.contextvars.bind_contextvars(role=role, instance=instance)
