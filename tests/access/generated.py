"""Requests that schemathesis makes of an OpenAPI document, and what an answer has that the document does not say.

They are made once for each operation, and sent by everybody: `test_generated_requests.py`.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as how
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.errors import SerializationNotPossible
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

BASE = "http://127.0.0.1"
#: What a request has of its own, and whoever sends it may not change.
_NOT_SENT = ("connection", "content-length", "user-agent", "accept-encoding")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A request, without who sends it. `names`: what stands in the braces of its path."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content: bytes | None
    names: Mapping[str, str]


class Documented:
    """An operation of a document."""

    def __init__(self, schema: Any, document: Document, method: str, path: str) -> None:
        self._operation = schema[path][method]
        self._names = dict.fromkeys(re.findall(r"{(\w+)}", path), "any")
        self._codes = {
            status: frozenset(answer["x-codes"])
            for status, answer in document["paths"][path][method.lower()]["responses"].items()
            if "x-codes" in answer
        }

    def made(self, count: int) -> list[Made]:
        """So many that keep to the document, and as many that do not."""
        return [*self._made(GenerationMode.POSITIVE, count), *self._made(GenerationMode.NEGATIVE, count)]

    def boundaries(self, most: int) -> list[Made]:
        """One at each boundary that the document names, on both sides; `most` of them, from everywhere."""
        config = self._operation.schema.config.generation_for(operation=self._operation, phase="coverage")
        found = [
            case
            for case in self._operation.schema.iter_coverage_cases(
                self._operation, generation_modes=list(GenerationMode), generation_config=config
            )
            if case.method == self._operation.method.upper()
        ]
        return list(filter(None, map(_sent, found[:: max(1, -(-len(found) // most))])))

    def _made(self, mode: GenerationMode, count: int) -> list[Made]:
        found: list[Made | None] = []
        cases = self._operation.as_strategy(generation_mode=mode)

        @seed(1945)
        @how(max_examples=count, database=None, phases=[Phase.generate], deadline=None,
             suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=cases)
        def collect(case: Any) -> None:
            found.append(_sent(case))

        # Nothing of it can be wrong, or there is only a kind of body that schemathesis cannot write.
        with suppress(Unsatisfiable, SerializationNotPossible):
            collect()
        return list(filter(None, found))

    def wrong(self, answer: httpx.Response) -> str | None:
        """What the document does not say."""
        load_all_checks()
        try:
            self._operation.Case(path_parameters=self._names).validate_response(
                answer,
                checks=[
                    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
                    checks.response_headers_conformance, checks.response_schema_conformance,
                ],
            )  # fmt: skip
        except FailureGroup as group:
            return "; ".join(f"{one.title}: {one.message}" for one in group.exceptions)
        if answer.headers.get("content-type") == "application/problem+json":
            code = answer.json()["code"]
            if code not in self._codes.get(str(answer.status_code), ()):
                return f"the code {code} is not among those of {answer.status_code}"
        return None


def documented(document: Document, operations: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Documented]:
    """By method and path; those that the document does not have are passed over."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=BASE)
    return {
        (method, path): Documented(schema, document, method, path)
        for method, path in operations
        if method.lower() in document["paths"].get(path, ())
    }


def _sent(case: Any) -> Made | None:
    """As a client would send it; None: a kind of body that schemathesis cannot write."""
    try:
        given = case.as_transport_kwargs(base_url=BASE)
    except SerializationNotPossible:
        return None
    prepared = requests.Request(**given).prepare()
    path, _, query = prepared.path_url.partition("?")
    body = prepared.body
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None
    headers = {name: str(value) for name, value in prepared.headers.items() if name.lower() not in _NOT_SENT}
    return Made(str(prepared.method), path, query, headers, content, dict(case.path_parameters or {}))
