"""What the services answer in any test must stand in their documents: the status, and the code of a problem.

Watched where every request of a service comes through, in the process of the tests and in those that they fork. A test
whose answer is in no document fails and names the operation, whatever else it was about.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.types import Message, Receive, Scope, Send

from shared.http.middleware import Manners
from shared.http.openapi import problems
from shared.http.openapi.walking import Document
from shared.http.problems import MEDIA_TYPE

PROBLEM_JSON = MEDIA_TYPE.encode()
#: In the folder of a run: what processes answered that it has forked.
ELSEWHERE = "answered"
#: There, too: what the documents say.
DOCUMENTED = "documented"
RUN_FOLDER = "LAPOR_TEST_RUN_FOLDER"


class Answered(NamedTuple):
    """By which service, to which operation; `code` is that of a problem, else empty."""

    service: str
    method: str
    path: str
    status: int
    code: str


def watch(note: Callable[[Answered], None]) -> None:
    """From now on, for the rest of the process, each kind of answer once."""
    inner = Manners.__call__
    seen: set[Answered] = set()

    async def watching(self: Manners, scope: Scope, receive: Receive, send: Send) -> None:
        status, is_problem, body = 0, False, b""

        async def sending(message: Message) -> None:
            nonlocal status, is_problem, body
            if message["type"] == "http.response.start":
                status = message["status"]
                is_problem = (b"content-type", PROBLEM_JSON) in message["headers"]
            elif is_problem:
                body += message.get("body", b"")
            await send(message)

        await inner(self, scope, receive, sending)
        path = getattr(scope.get("route"), "path_format", None)
        if path and status:
            code = json.loads(body)["code"] if body else ""
            answered = Answered(scope["app"].title, scope["method"], path, status, code)
            if answered not in seen:
                seen.add(answered)
                note(answered)

    Manners.__call__ = watching  # type: ignore[method-assign]


def write_down(file: Path) -> Callable[[Answered], None]:
    """For another process, which has no documents at hand."""

    def note(answered: Answered) -> None:
        with file.open("a") as lines:
            lines.write(json.dumps(answered) + "\n")

    return note


def written_down(file: Path) -> set[Answered]:
    lines = file.read_text().splitlines() if file.exists() else []
    return {Answered(*json.loads(line)) for line in lines}


def complaint(answered: Answered) -> str | None:
    """What the documents lack; None: nothing, or there is no such operation in them."""
    service, method, path, status, code = answered
    known = _documented().get((service, method, path))
    if known is None or (str(status) in known and (not code or code in known[str(status)])):
        return None
    said = f"{status} {code}".strip()
    return (
        f"{method} {path} ({service}) was answered with {said}, which is not in its document: add it beside the "
        f'operation (responses=web.errors_of(...), @raises({status}, "{code}")), or to shared/http/openapi/problems.py.'
    )


@cache
def _documented() -> Mapping[tuple[str, str, str], Mapping[str, set[str]]]:
    """By service, method and path: the statuses, each with its codes."""
    return {
        (service, method, path): {status: set(codes) for status, codes in answers.items()}
        for service, method, path, answers in _read()
    }


def _read() -> list[tuple[str, str, str, dict[str, list[str]]]]:
    """Describing all services takes seconds: the first process of a run does it, and writes down what it found."""
    folder = Path(os.environ[RUN_FOLDER])
    with (folder / f"{DOCUMENTED}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = folder / DOCUMENTED
        if not file.exists():
            file.write_text(json.dumps(list(_described())))
    found: list[tuple[str, str, str, dict[str, list[str]]]] = json.loads(file.read_text())
    return found


def _described() -> Iterator[tuple[str, str, str, dict[str, list[str]]]]:
    from services.openapi import apps  # here, since most processes of tests need no documents

    for app in apps().values():
        document = app.openapi()
        for path, item in document["paths"].items():
            for method, operation in item.items():
                yield app.title, method.upper(), path, _answers(operation, document)


def _answers(operation: Document, document: Document) -> dict[str, list[str]]:
    found = {status: set(answer.get(problems.LISTED, ())) for status, answer in operation["responses"].items()}
    for status, codes in document[problems.EVERYWHERE].items():
        found.setdefault(status, set()).update(codes)
    return {status: sorted(codes) for status, codes in found.items()}
