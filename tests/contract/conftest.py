"""A running stack whose answers are collected once, and the four documents as files."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from services.database import engine_for
from services.local import people, samples
from services.local.home import Home
from services.openapi import Document, documents, merged
from services.serve import SERVICES
from tests.conftest import clone, drop
from tests.contract.answers import Answer, Collector
from tests.forks import ForkedStack
from tests.stack.driving import settled

NAMES = (*SERVICES.values(), "merged")


@pytest.fixture(scope="session")
def described() -> dict[str, Document]:
    parts = documents()
    return {**parts, "merged": merged(parts)}


@pytest.fixture(scope="session")
def files(described: dict[str, Document], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each document, by its name."""
    folder = tmp_path_factory.mktemp("documents")
    for name, document in described.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return {name: folder / f"{name}.json" for name in described}


@asynccontextmanager
async def _with_samples(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    stack = ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"})
    past = await samples.write_past(stack)
    await people.register_examples(database_url, Home(home))
    async with stack:
        await samples.make_samples(stack, stack.examples, past)
        yield stack


@pytest.fixture
async def fresh(server: URL, seeded: URL, tmp_path: Path) -> AsyncIterator[ForkedStack]:
    """A stack as `lapor up` starts it on an empty database, with samples to try the examples on."""
    url = await clone(server, seeded)
    text = url.render_as_string(hide_password=False)
    async with _with_samples(text, tmp_path / "home") as stack:
        yield stack
    await drop(server, url)


@pytest.fixture(scope="session")
async def answers(server: URL, seeded: URL, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Answer]]:
    url = await clone(server, seeded)
    text = url.render_as_string(hide_password=False)
    async with (
        _with_samples(text, tmp_path_factory.mktemp("home")) as stack,
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
    ):
        collector = Collector(stack, http)
        await collector.submit()
        engine = engine_for(text)
        await settled(engine)
        await engine.dispose()
        await collector.read_everything()
        await collector.try_every_example()
    yield list(collector.answers.values())
    await drop(server, url)


@pytest.fixture(scope="session")
def told(
    described: dict[str, Document], answers: list[Answer], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """For each document the answers that it describes, each with its operation's id and its schema."""
    folder = tmp_path_factory.mktemp("answers")
    for name, document in described.items():
        rows = [
            {
                "operation": document["paths"][one.path_in(name)][one.method]["operationId"],
                "path": one.path_in(name), "method": one.method, "status": one.status, "media": one.media,
                "schema": one.schema(name, document), "body": one.body,
            }
            for one in answers
            if name in ("merged", SERVICES[one.service])
        ]  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps([row for row in rows if row["schema"]]))
    return {name: folder / f"{name}.json" for name in described}
