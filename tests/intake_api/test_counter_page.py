"""The form manual: somebody else's report, typed in by an officer, and the sheet for them."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from shared.clients import Role
from shared.http import hardening
from shared.http.kinds import SESSION
from shared.schema import Report
from tests.factories import SIGNER

TYPED = {
    "channel": "letter", "classification": "complaint", "title": "Jalan rusak", "body": "Lubang di depan pasar.",
    "place": "Jalan Antasari", "region": "64.72.01", "received_on": "2026-02-24T09:30", "name": "Siti",
    "phone": "081234567890",
}  # fmt: skip


def cookie(role: Role = Role.LIAISON_OFFICER, agency: str | None = "SAMARINDA-PU") -> dict[str, str]:
    session = SIGNER.mint(role, sub="loket-1", agency=agency, kind=SESSION)
    return {"Cookie": f"lapor_session={session}", "Accept-Language": "en"}


def hidden_in(page: httpx.Response) -> dict[str, str]:
    form = page.text.partition('action="/board/counter"')[2] or page.text
    return dict(re.findall(r'<input type="hidden" name="(form|once)" value="([^"]+)"', form))


async def test_a_letter_is_typed_in_counts_from_its_day_and_its_sheet_is_printed_once(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    who = cookie()
    page = await client.get("/board/counter", headers=who)

    answer = await client.post("/board/counter", data=TYPED | hidden_in(page), headers=who)
    twice = await client.post("/board/counter", data=TYPED | hidden_in(page), headers=who)

    assert answer.status_code == 303, answer.text
    assert twice.headers["location"] == answer.headers["location"]  # a second click is no second report
    done = await client.get(answer.headers["location"], headers=who)
    number = re.search(r"Report (\d{10}) is taken in", done.text)
    assert number is not None
    async with app.state.sessions() as session:
        report = (await session.scalars(select(Report).where(Report.tracking_number == number[1]))).one()
        same = select(func.count()).select_from(Report).where(Report.received_at == report.received_at)
        assert await session.scalar(same.where(Report.title == "Jalan rusak")) == 1
    assert (report.channel, report.entered_by) == ("letter", "loket-1")
    assert report.received_at == datetime(2026, 2, 24, 1, 30, tzinfo=UTC)  # 09.30 where the officer sits
    slip = f"/board/counter/{number[1]}/slip"
    form = hidden_in(done)["form"]
    sheet = await client.post(slip, data={"form": form}, headers=who)
    again = await client.post(slip, data={"form": form}, headers=who)
    assert number[1] in sheet.text
    assert sheet.headers["cache-control"] == "no-store"
    assert again.status_code == 409


async def test_another_report_typed_into_the_page_of_before_is_taken_in_when_it_is_sent_once_more(
    client: httpx.AsyncClient,
) -> None:
    who = cookie()
    form = hidden_in(await client.get("/board/counter", headers=who))
    first = await client.post("/board/counter", data=TYPED | form, headers=who)

    other = TYPED | {"title": "Lampu jalan mati"}
    asked = await client.post("/board/counter", data=other | form, headers=who)
    sent = await client.post("/board/counter", data=other | hidden_in(asked), headers=who)

    assert asked.status_code == 409
    assert "This form was sent before and became report" in asked.text
    assert 'value="Lampu jalan mati"' in asked.text
    assert (sent.status_code, sent.headers["location"] == first.headers["location"]) == (303, False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body": ""}, "What is reported: "),
        ({"received_on": "besok"}, "Write a day and a time"),
        ({"received_on": "2099-01-01T00:00"}, "future"),
        ({"phone": "12"}, "Telephone: "),
        ({"region": "99.99.99"}, "Code of the region: "),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    changes: dict[str, str], sentence: str, client: httpx.AsyncClient
) -> None:
    who = cookie()
    page = await client.get("/board/counter", headers=who)

    answer = await client.post("/board/counter", data=TYPED | hidden_in(page) | changes, headers=who)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Jalan rusak"' in answer.text
    assert 'value="Siti"' in answer.text


async def test_a_form_of_another_log_in_does_nothing_and_is_shown_again(client: httpx.AsyncClient) -> None:
    page = await client.get("/board/counter", headers=cookie())

    other = cookie(Role.COORDINATOR, "SAMARINDA")
    answer = await client.post("/board/counter", data=TYPED | hidden_in(page), headers=other)

    assert answer.status_code == 403
    assert "Lubang di depan pasar.</textarea>" in answer.text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPERATOR])
async def test_only_officers_type_in(role: Role, client: httpx.AsyncClient) -> None:
    page = await client.get("/board/counter", headers=cookie(role, None))

    assert page.status_code == 403


def test_a_picture_is_shown_by_the_pages_of_the_same_site_alone() -> None:
    policy = "cross-origin-resource-policy"

    assert hardening.shown_within_site(production=True) == {policy: "same-site"}
    given = [(policy.encode(), b"same-site")]
    said = hardening.Hardening(production=True).said({"type": "http", "scheme": "https"}, given)
    assert policy.encode() not in dict(said)
    assert dict(hardening.Hardening(production=True).said({"type": "http"}, []))[policy.encode()] == b"same-origin"
