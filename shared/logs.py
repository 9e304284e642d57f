"""Structured logs: one JSON object a line, with the request id. Never names, phones, NIK, citizens' words, tokens."""

import contextlib
import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

from shared.clock import utc_now
from shared.tracebacks import Traceback

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Every request writes one line. It goes past the standard library, whose records cost three times the line itself, and
# past structlog's processors, which cost twice the line (measured: a fifth and a twentieth of a submission). None until
# the process has configured its logs.
_requests: "_RequestLog | None" = None


def request(level: int, *, method: str, route: str, status: int, ms: float, whose: str = "") -> None:
    """The line of a request, with its id. A full disk or a closed pipe loses the line, never the request.

    `whose`: further members of the JSON object, as they shall stand there.
    """
    if _requests is not None and level >= _requests.level:
        with contextlib.suppress(OSError, ValueError):
            _requests.write(level, method, route, status, ms, whose)


class _RequestLog:
    """Writes what the other lines look like. Method, route and process are ours and the id was checked: none of them
    has anything to be escaped.
    """

    def __init__(self, process: str, level: int) -> None:
        self.level = level
        self._begins = f'{{"logger":"lapor.request","process":"{process}","event":"request"'

    def write(self, level: int, method: str, route: str, status: int, ms: float, whose: str) -> None:
        at = utc_now().isoformat().replace("+00:00", "Z")
        name = "info" if level == logging.INFO else logging.getLevelName(level).lower()
        identifier = request_id.get()
        of_request = f',"request_id":"{identifier}"' if identifier else ""
        sys.stdout.write(
            f'{self._begins},"method":"{method}","route":"{route}","status":{status},"ms":{ms}{whose},"level":"{name}",'
            f'"timestamp":"{at}"{of_request}}}\n'
        )
        sys.stdout.flush()


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
    _requests = _RequestLog(process, logging.getLevelNamesMapping()[level])


def _quieten() -> None:
    """Their own request and statement logs would repeat ours and show what must not be shown."""
    for noisy in ("httpx", "httpcore", "apscheduler", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
