"""A parameter that an operation does not know is refused, whatever the operation does."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Query

from shared.database import create_engine
from shared.http import web
from shared.http.openapi.said import Said
from shared.http.wire import PageParams
from tests.factories import settings

router = APIRouter()
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@router.get("/v1/things")
async def list_things(params: Annotated[PageParams, Query()]) -> int:
    return params.limit


@router.get("/v1/things/{name}")
async def get_thing(name: str) -> str:
    return name


@router.post("/v1/things/{name}")
async def change_thing(name: str) -> str:
    return name


@router.get("/v1/near")
async def find_near(latitude: float, longitude: Annotated[float, Query(alias="lon")]) -> float:
    return latitude + longitude


@router.get("/page")
async def page() -> str:
    return "no part of the contract"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    engine = create_engine(settings(NOWHERE), "test")
    app = web.create_app("test", engine, settings(NOWHERE), router, said=Said("Test", "Test"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        yield client
    await engine.dispose()


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "/v1/things/a", ""),
        ("POST", "/v1/things/a", ""),
        ("GET", "/v1/near?latitude=1&lon=2", "there are `latitude`, `lon`"),
        ("GET", "/v1/things", "there are `limit`, `cursor`"),
    ],
)
@pytest.mark.parametrize("wrong", ["expand=all", "expand", "Limit=1", "limi%74%20=1"])
async def test_it_is_named_and_so_are_those_that_there_are(
    http: httpx.AsyncClient, method: str, path: str, known: str, wrong: str
) -> None:
    response = await http.request(method, f"{path}{'&' if '?' in path else '?'}{wrong}")

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid")
    assert problem["detail"] == "1 field is not as it should be; see `errors`."
    [error] = problem["errors"]
    assert error["code"] == "unknown_field"
    assert error["pointer"].startswith("query/")
    assert error["message"] == f"There is no such field; {known or 'take it out'}."


async def test_every_one_is_named_once(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/things/a?one=1&two=&one=2")).json()

    assert [error["pointer"] for error in problem["errors"]] == ["query/one", "query/two"]
    assert problem["detail"] == "2 fields are not as they should be; see `errors`."


async def test_it_is_said_in_indonesian_to_whoever_asks_for_it(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/things/a?one=1", headers={"Accept-Language": "id"})).json()

    assert problem["errors"][0]["message"] == "Isian ini tidak dikenal; hapuslah."


@pytest.mark.parametrize("path", ["/v1/near?latitude=1&lon=2", "/v1/things/a", "/v1/things/a?", "/page?utm=1"])
async def test_what_is_known_and_what_is_no_part_of_the_contract_passes(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 200
