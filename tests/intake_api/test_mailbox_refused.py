"""What the door refuses is a page for people, too: with the same status, and a sentence in their language."""

import httpx
import pytest
from fastapi import FastAPI

from shared.errors import TooManyRequests, Unavailable
from shared.http import problems

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_form_that_is_too_large_is_answered_with_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/r/1234567897", content=b"body=" + b"x" * 2_000_000, headers=FORM | {"Accept-Language": "en"}
    )

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'role="alert"' in answer.text
    assert "1234567897" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (TooManyRequests("Too many requests; try again in 7 s.", retry_after=7), 429),
        (Unavailable("The database does not answer; try again in a moment."), 503),
    ],
)
async def test_too_often_and_nobody_there_are_pages_with_retry_after(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, refusal: Exception, status: int
) -> None:
    def refuses(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(app.state.limits, "draw", refuses)

    page = await client.get("/r/1234567897?lang=en")
    program = await client.get("/v1/codes")

    assert (page.status_code, program.status_code) == (status, status)
    assert page.headers["content-type"].startswith("text/html")
    assert refusal.args[0] in page.text
    assert int(page.headers["retry-after"]) > 0
    assert program.headers["content-type"] == problems.MEDIA_TYPE
