"""What a cache or a browser may keep of an answer: nothing that is for one person."""

import re

import httpx
import pytest
from fastapi import FastAPI

from shared.database import Sessions
from shared.http.wire import etag
from tests.intake_api.helpers import APP, a_submission, assigned, code_of, submitted

VARY = ["Authorization", "X-Access-Code", "X-Reporter-Reference", "Accept-Language"]


async def test_each_view_of_a_report_in_each_language_has_its_own_etag(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)

    tags = []
    for headers in ({}, report.as_reporter):
        for language in ("id", "en"):
            answer = await client.get(report.path, headers=headers | {"Accept-Language": language})
            assert answer.headers["cache-control"] == "no-store"
            assert [name for name in VARY if name in answer.headers["vary"]] == VARY
            assert answer.headers.get_list("content-language") == [language]
            tags.append(answer.headers["etag"])

    assert len(set(tags)) == 4
    assert {tag.split(".")[1] for tag in tags} == {"own", "public"}


@pytest.mark.parametrize("etag_of", ["own", "plain", "weak", "several"])
async def test_the_etag_of_the_own_view_is_good_for_an_act(client: httpx.AsyncClient, etag_of: str) -> None:
    report = await submitted(client)
    seen = (await client.get(report.path, headers=report.as_reporter)).headers["etag"]
    given = {"own": seen, "plain": '"1"', "weak": f"W/{seen}", "several": f'"0", {seen}'}[etag_of]
    headers = report.as_reporter | {"If-Match": given}

    first = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
    second = await client.post(f"{report.path}/replies", json={"body": "Lagi."}, headers=headers)

    assert first.status_code == 200
    assert first.headers["etag"] == etag(2, "own", "id")
    assert code_of(second) == (412, "version_mismatch")


async def test_the_etag_of_the_public_view_is_not(client: httpx.AsyncClient) -> None:
    report = await submitted(client)
    seen = (await client.get(report.path)).headers["etag"]

    answer = await client.post(
        f"{report.path}/replies", json={"body": "Masih."}, headers=report.as_reporter | {"If-Match": seen}
    )

    assert code_of(answer) == (412, "version_mismatch")


async def test_only_what_is_for_everybody_may_be_kept(client: httpx.AsyncClient) -> None:
    report = await submitted(client)
    private = [
        await client.post("/v1/reports", json=a_submission(), headers=APP),
        await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=report.as_reporter),
        await client.get("/v1/reporters/account-1/reports", headers=APP),
        await client.post("/v1/reports/similar", json={"title": "Jalan"}, headers=APP),
        await client.get("/v1/reports?status=nothing"),
        await client.get("/v1/nowhere"),
        await client.get("/healthz"),
    ]
    public = [
        await client.get(path)
        for path in ("/v1/reports", "/v1/categories", "/v1/regions", "/v1/agencies", "/v1/codes", "/openapi.json")
    ]

    assert {answer.headers.get("cache-control") for answer in private} == {"no-store"}
    kept = [None, *["public, max-age=300"] * 4, "no-cache"]
    assert [answer.headers.get("cache-control") for answer in public] == kept
    assert {answer.headers["vary"].rpartition(", ")[2] for answer in public} == {"Accept-Language"}
    assert {answer.headers["x-content-type-options"] for answer in (*private, *public)} == {"nosniff"}
    assert [answer.status_code for answer in public] == [200] * len(public)


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_pages_about_the_api_run_their_own_scripts_and_no_others(
    client: httpx.AsyncClient, app: FastAPI, page: str
) -> None:
    answer = await client.get(page)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    inline = re.findall(r"<script>", answer.text)
    assert policy.count("'sha256-") == len(inline)
    for source in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert source.startswith(("/static-offline-docs/", "/redoc.js")), source
        assert (await client.get(source)).status_code == 200
    assert app.openapi_url is not None
    assert app.openapi_url in answer.text


async def test_a_document_that_somebody_keeps_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tags = {lang: (await client.get(f"/openapi.json?lang={lang}")).headers["ETag"] for lang in ("en", "id")}
    assert tags["en"] != tags["id"]
    again = await client.get("/openapi.json", headers={"If-None-Match": tags["en"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/openapi.json?lang=id", headers={"If-None-Match": tags["en"]})).status_code == 200
