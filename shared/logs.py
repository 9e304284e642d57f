"""Structured logs: one JSON object a line, with the request id. Never names, phones, NIK, citizens' words, tokens."""

import contextlib
import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

from shared.tracebacks import Traceback

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Every request writes one line. It goes past the standard library, whose records cost three times the line itself
# (measured: a fifth of a submission). None until the process has configured its logs.
_requests: structlog.typing.FilteringBoundLogger | None = None


def request(level: int, **fields: Any) -> None:
    """The line of a request, with its id. A full disk or a closed pipe loses the line, never the request."""
    if _requests is not None:
        with contextlib.suppress(OSError, ValueError):
            _requests.log(level, "request", **fields)


def _add_request_id(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if identifier := request_id.get():
        event["request_id"] = identifier
    return event


def configure(process: str, level: str = "INFO") -> None:
    """Send everything that is logged, by us or by libraries, to standard output as JSON."""

    def add_process(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = process
        return event

    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        add_process,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(Traceback()),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quieten()
    global _requests
    _requests = _request_logger(process, level)


def _request_logger(process: str, level: str) -> structlog.typing.FilteringBoundLogger:
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    return logger.bind(logger="lapor.request", process=process)


def _quieten() -> None:
    """Their own request and statement logs would repeat ours and show what must not be shown."""
    for noisy in ("httpx", "httpcore", "apscheduler", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
