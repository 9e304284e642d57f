"""`Location` of what an operation makes: in the first answer, in its repeat, behind a prefix, and nowhere else."""

from typing import Any

import pytest
from fastapi import Request

from shared.http.made import Makes, location


async def asked(path: str, *, root: str = "", names: dict[str, str] | None = None) -> Request:
    scope: dict[str, Any] = {"type": "http", "root_path": root, "path_params": names or {}, "headers": []}
    request = Request(scope)
    await Makes(path)(request)
    return request


@pytest.mark.parametrize(
    ("path", "content", "there"),
    [
        ("/v1/agencies/{code}", '{"code": "SAMARINDA"}', "/v1/agencies/SAMARINDA"),
        ("/v1/recomputations/{recomputation[id]}", '{"recomputation": {"id": 7}}', "/v1/recomputations/7"),
    ],
)
async def test_it_is_made_of_the_fields_of_the_answer(path: str, content: str, there: str) -> None:
    assert location(await asked(path), 201, content) == {"Location": there}


async def test_what_stood_in_the_path_is_known_too() -> None:
    request = await asked("/v1/agencies/{code}/names", names={"code": "SAMARINDA"})

    assert location(request, 201, '{"items": []}') == {"Location": "/v1/agencies/SAMARINDA/names"}


async def test_behind_one_host_it_begins_with_the_prefix_of_the_service() -> None:
    request = await asked("/v1/agencies/{code}", root="/routing")

    assert location(request, 202, '{"code": "X"}') == {"Location": "/routing/v1/agencies/X"}


@pytest.mark.parametrize("status", [200, 204, 409])
async def test_an_answer_that_made_nothing_has_none(status: int) -> None:
    assert location(await asked("/v1/boundaries/{id}"), status, '{"id": null}') == {}


def test_an_operation_that_makes_nothing_has_none() -> None:
    assert location(Request({"type": "http", "headers": [], "path_params": {}}), 201, "{}") == {}
