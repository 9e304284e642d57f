"""Every operation has an example, and every example of a fresh stack succeeds as it stands in the documents.

One that is switched off there is refused as they say.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from services import audit
from services.local import examples as tokens
from services.local import people, samples
from services.local.home import Home
from services.local.stack import Stack
from shared.clients import Role
from shared.http.openapi import examples
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, MONITOR, ROUTING

pytestmark = pytest.mark.slow


async def test_every_example_of_a_fresh_stack_succeeds_as_it_stands(database_url: str, home: Path) -> None:
    environment = {"LAPOR_SWEEP_SECONDS": "0.5", "LAPOR_LOG_SECONDS": "0.5"}
    fresh = ForkedStack(database_url, home=home, environment=environment)
    assert await samples.are_missing(database_url)
    past = await samples.write_past(fresh)
    await people.register_examples(database_url, Home(home))
    async with fresh as stack, httpx.AsyncClient(trust_env=False, timeout=20) as http:
        await samples.make_samples(stack, stack.examples, past)
        assert not await samples.are_missing(database_url)
        engine = create_async_engine(database_url)
        assert (await audit.verify(engine)).breaks == []
        await engine.dispose()
        tried: set[str] = set()
        failed: list[str] = []
        documented: set[str] = set()
        for service in (INTAKE, ROUTING, MONITOR):
            document = (await http.get(f"{stack.url(service)}/openapi.json")).json()
            found = by_id(document)
            documented |= found.keys()
            for id in examples.written(service):
                method, path, operation = found[id]
                tried.add(id)
                answer = await sent(http, stack, stack.url(service), method, path, operation)
                if (None if answer.is_success else answer.json()["code"]) != operation.get(examples.REFUSED):
                    failed.append(f"{id}: {answer.status_code} {answer.text}")

        assert not failed, "\n".join(failed)
        assert tried == documented


def by_id(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in examples.METHODS
    }


async def sent(
    http: httpx.AsyncClient, stack: Stack, url: str, method: str, path: str, operation: dict[str, Any]
) -> httpx.Response:
    """What the page sends: the parameters and the body that stand in it, and nothing else."""
    given: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            given[parameter["in"]][parameter["name"]] = str(parameter["example"])
        else:
            assert not parameter.get("required"), (operation["operationId"], parameter["name"])
    content: bytes | None = None
    if body := operation.get("requestBody"):
        media, shown = next(iter(body["content"].items()))
        example = shown["example"]
        content = example.encode() if isinstance(example, str) else json.dumps(example).encode()
        given["header"]["Content-Type"] = media
    given["header"]["Authorization"] = f"Bearer {token(stack, operation[examples.SENT_AS])}"
    address = url + path.format(**given["path"])
    return await http.request(method.upper(), address, params=given["query"], headers=given["header"], content=content)


def token(stack: Stack, role: str) -> str:
    """As `lapor up` writes it into a file."""
    one = next(one for one in tokens.EXAMPLES if one.role is Role(role))
    return stack.token(one.role, sub=one.sub, agency=one.agency, scopes=tuple(one.scopes))
