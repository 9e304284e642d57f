"""`/` and the pages that it leads to."""

import json
import re
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import fastapi_offline
import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from shared.http import web
from shared.http.openapi.said import Said
from tests import factories


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    settings = factories.settings("postgresql://nobody@127.0.0.1/none")
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1/none")
    app = web.create_app("intake", engine, settings, said=Said(title="A service", description="Does."))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app") as client:
        yield client


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "id"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr", "id"),
        ("?lang=id", "en", "id"),
        ("?lang=en", "id", "en"),
    ],
)
async def test_the_page_speaks_the_language_that_is_asked_for(
    client: httpx.AsyncClient, query: str, header: str, language: str
) -> None:
    page = await client.get(f"/{query}", headers={"Accept-Language": header})

    assert f'<html lang="{language}">' in page.text
    assert page.headers["Content-Language"] == language
    assert ("Layanan" in page.text) is (language == "id")


async def test_it_leads_to_the_pages_of_all_three_and_to_the_guides_and_needs_no_script(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/")).text

    for port in (8001, 8002, 8003):
        assert f'href="http://127.0.0.1:{port}/docs?lang=id"' in page
    assert "<script" not in page
    found = re.findall(r'href="(guides/[^"]+)"', page)
    assert "guides/lifecycle.md" in found
    for address in found:
        assert (await client.get(f"/{address}")).text.startswith("# ")


async def test_behind_one_host_it_leads_to_paths_of_that_host(client: httpx.AsyncClient) -> None:
    page = (await client.get("/intake/")).text

    assert 'href="/routing/docs?lang=id"' in page
    assert "127.0.0.1" not in page


@pytest.mark.parametrize("name", ["no-such.md", "..%2Fpyproject.toml", "decisions"])
async def test_only_guides_that_are_listed_are_shown(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/guides/{name}")).status_code == 404


async def test_the_page_of_operations_keeps_a_token_and_can_be_filtered(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text

    for setting in ('"persistAuthorization": true', '"filter": true', '"defaultModelsExpandDepth": 0'):
        assert setting in page
    assert "openapi.json?lang=en" in page


async def test_the_words_of_the_page_itself_are_indonesian_where_the_document_is(client: httpx.AsyncClient) -> None:
    indonesian, english = await client.get("/docs?lang=id"), await client.get("/docs?lang=en")
    policies = [page.headers["content-security-policy"].count("sha256-") for page in (indonesian, english)]

    assert '"Execute": "Jalankan"' in indonesian.text
    assert "Jalankan" not in english.text
    assert policies == [2, 2]  # no script runs that the policy does not name


def test_each_of_these_words_is_one_that_swagger_ui_says() -> None:
    """A new release of it may say something else."""
    script = (Path(fastapi_offline.__file__).parent / "static" / "swagger-ui-bundle.js").read_text("utf-8")
    words = json.loads((resources.files("shared") / "data" / "docs" / "words_id.json").read_text("utf-8"))

    assert [english for english in words if english not in script] == []
    assert all(words.values())


async def test_nothing_that_the_reading_page_loads_comes_from_elsewhere(client: httpx.AsyncClient) -> None:
    page, script = (await client.get("/redoc")).text, (await client.get("/redoc.js")).text

    assert "cdn.redoc" not in script
    assert not re.findall(r'(?:src|href)="https?:', page)


async def test_another_language_of_the_document_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/openapi.json?lang=fr")).status_code == 422
