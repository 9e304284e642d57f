"""The work list as a page: the list of the API, and sentences for what cannot be asked."""

import re
from urllib.parse import urlencode

import httpx
import pytest

from shared.clients import Role
from shared.domain.lifecycle import Status
from tests.routing_service.driving import AGENCY, OFFICER, Office
from tests.routing_service.pages.visiting import Visitor, cookie


@pytest.fixture
def officer(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.LIAISON_OFFICER, sub="pu-1", agency=AGENCY))


async def test_the_page_has_what_the_list_of_the_api_has(office: Office, officer: Visitor) -> None:
    queries: list[dict[str, str]] = [
        {}, {"status": "assigned"}, {"sort": "due_at"}, {"sort": "received_at", "classification": "complaint"},
    ]  # fmt: skip
    for query in queries:
        page = await officer.get(f"/board/work?{urlencode(query)}")
        listed = await office.get("/v1/reports", OFFICER, **query)
        shown = re.findall(r'<th scope="row"><a href="/board/reports/(\d+)', page.text)

        assert shown == [one["tracking_number"] for one in listed["items"]][: len(shown)], query
        assert shown


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("agency=NOWHERE", "There is no agency NOWHERE."),
        ("due_on=2026-02-31", "Write a day such as 2026-03-31."),
        ("due_on=9999-12-31", "Write a day such as 2026-03-31."),
        ("status=lost", "Give one of"),
        ("sort=size", "Give one of"),
        ("cursor=x", "cursor"),
        ("region=Samarinda", "Write the code of a region"),
    ],
)
async def test_what_cannot_be_asked_is_said_in_a_sentence(query: str, sentence: str, officer: Visitor) -> None:
    page = await officer.get(f"/board/work?{query}")

    assert page.status_code == 422
    assert sentence in page.text
    assert "<h1>Work list</h1>" in page.text  # with the filters, to be put right


async def test_an_empty_list_says_why(office: Office, officer: Visitor) -> None:
    page = await officer.get("/board/work?tracking_number=1000000013")

    assert "No report in your reach fits these filters." in page.text
    assert office.reports[Status.ASSIGNED]
