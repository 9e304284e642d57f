import contextlib
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from shared import logs


@contextlib.contextmanager
def configured() -> Iterator[None]:
    """As a service does it; undone at the end."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("intake_api", "INFO")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logs._requests = None


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_and_a_message_are_lines_of_the_same_shape_with_the_request_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with configured():
        token = logs.request_id.set("req-1")
        logs.request(logging.INFO, method="POST", route="/v1/reports", status=201, ms=3.5)
        logging.getLogger("somewhere").info("something", extra={"count": 2})
        logs.request_id.reset(token)

    request, message = lines(capsys)
    assert request.items() >= {
        "event": "request", "level": "info", "logger": "lapor.request", "process": "intake_api", "request_id": "req-1",
        "method": "POST", "route": "/v1/reports", "status": 201, "ms": 3.5,
    }.items()  # fmt: skip
    assert message.items() >= {"event": "something", "request_id": "req-1", "process": "intake_api", "count": 2}.items()
    common = {"event", "level", "logger", "process", "request_id", "timestamp"}
    assert request.keys() & message.keys() == common


def test_a_request_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    with configured():
        logs.request(logging.DEBUG, method="GET", route="/healthz", status=200, ms=0.1)

    assert lines(capsys) == []


def test_nothing_is_written_before_logs_are_configured(capsys: pytest.CaptureFixture[str]) -> None:
    logs.request(logging.INFO, method="GET", route="/v1/reports", status=200, ms=0.1)

    assert lines(capsys) == []


def test_a_line_that_cannot_be_written_does_not_break_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", closed)
    with configured():
        closed.close()

        logs.request(logging.INFO, method="GET", route="/v1/reports", status=200, ms=0.1)


def test_the_line_of_a_request_names_who_asked_about_which_report(capsys: pytest.CaptureFixture[str]) -> None:
    with configured():
        whose = ',"subject":"ani","role":"liaison_officer","report":"1000000005"'
        logs.request(logging.INFO, method="GET", route="/v1/reports/{id}", status=200, ms=1.0, whose=whose)

    assert lines(capsys)[0].items() >= {"subject": "ani", "role": "liaison_officer", "report": "1000000005"}.items()
