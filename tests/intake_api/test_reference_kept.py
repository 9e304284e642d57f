"""Reference data is kept by caches, compressed, asked for by HEAD, and there in bulk; nothing else is compressed."""

import gzip

import httpx
import pytest

from shared.database import Sessions
from shared.schema import Category
from tests.intake_api.helpers import APP, a_submission, assigned, code_of, submitted

PATHS = ["/v1/codes", "/v1/categories", "/v1/agencies", "/v1/regions", "/v1/regions/tree"]


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_it_already_gets_no_body(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)

    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["content-language"] == "id, en"
    tag = first.headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("path", PATHS)
async def test_head_says_the_same_without_the_body(client: httpx.AsyncClient, path: str) -> None:
    got, asked = await client.get(path), await client.head(path)

    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "cache-control"):
        assert asked.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None), ("gzip;q=0", None), ("br", None)]
)
async def test_it_is_compressed_for_whoever_takes_that(
    client: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    answer = await client.get("/v1/codes", headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding") == encoding
    assert answer.json()["statuses"]


async def test_what_is_about_a_report_is_never_compressed(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    taking = {"Accept-Encoding": "gzip"}

    for path, headers in ((report.path, report.as_reporter), (report.path, {}), ("/v1/reports", {})):
        answer = await client.get(path, headers=headers | taking)
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


async def test_a_change_of_the_registry_changes_the_tag(client: httpx.AsyncClient, committed: Sessions) -> None:
    before = (await client.get("/v1/categories")).headers["etag"]
    async with committed.begin() as session:
        session.add(Category(code="zz-new", parent_code=None, label_id="Baru", label_en="New"))

    after = await client.get("/v1/categories", headers={"If-None-Match": before})

    assert after.status_code == 200
    async with committed.begin() as session:
        added = await session.get(Category, "zz-new")
        await session.delete(added)


async def test_regions_come_with_all_below_them_in_one_answer(client: httpx.AsyncClient) -> None:
    within = (await client.get("/v1/regions/tree?within=64.72")).json()["items"]
    country = (await client.get("/v1/regions/tree")).json()["items"]

    assert within[:2] == [
        {"code": "64.72", "parent": "64", "label": {"id": "Kota Samarinda", "en": "Kota Samarinda"}},
        {"code": "64.72.01", "parent": "64.72", "label": {"id": "Palaran", "en": "Palaran"}},
    ]
    assert {one["code"] for one in country} >= {"35", "35.78", "64", "64.71", "64.72", "64.72.01"}
    assert all(len(one["code"]) <= len("64.72.01") for one in country)
    assert [one["code"] for one in country] == sorted(one["code"] for one in country)


async def test_a_tree_of_an_unknown_region_is_refused(client: httpx.AsyncClient) -> None:
    assert code_of(await client.get("/v1/regions/tree?within=99")) == (422, "unknown_region")


async def test_regions_are_found_by_a_part_of_their_name(client: httpx.AsyncClient) -> None:
    async def codes(query: str) -> list[str]:
        answer = await client.get(f"/v1/regions?{query}")
        assert answer.status_code == 200, answer.text
        return [one["code"] for one in answer.json()["items"]]

    assert "64.72" in await codes("q=samarin")
    assert await codes("q=PALARAN&parent=64") == ["64.72.01"]
    assert await codes("q=palaran&parent=35") == []
    assert await codes("q=%25%25%25") == []
    assert (await client.get("/v1/regions?q=ab")).status_code == 422


async def test_a_page_that_is_cut_names_the_next(client: httpx.AsyncClient) -> None:
    cut = await client.get("/v1/categories?limit=1")
    link = cut.headers["link"]

    assert link.endswith('>; rel="next"')
    following = await client.get(f"/v1/categories{link[1:].split('>')[0]}")
    assert following.status_code == 200
    assert following.json()["items"][0]["code"] > cut.json()["items"][0]["code"]
    assert "link" not in (await client.get("/v1/categories")).headers


async def test_allow_names_every_method_of_a_path(client: httpx.AsyncClient) -> None:
    refused = await client.delete("/v1/reports")

    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")


async def test_a_compressed_body_is_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    body = gzip.compress(b'{"title": "x"}')
    refused = await client.post("/v1/reports", content=body, headers=APP | {"Content-Encoding": "gzip"})

    assert code_of(refused) == (415, "unsupported_content_encoding")
    plain = await client.post("/v1/reports", json=a_submission(), headers=APP | {"Content-Encoding": "identity"})
    assert plain.status_code == 201
