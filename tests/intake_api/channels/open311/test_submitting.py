"""Reports that come by Open311: who may send them, what becomes of a form, and that nothing is taken twice."""

import asyncio
from uuid import uuid4

import defusedxml.ElementTree as ET
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from intake_api.channels.open311.keys import REMEMBERED_SECONDS, ApiKeys
from intake_api.channels.open311.reading import title_of
from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts import systems
from shared.clients import Role
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.schema import Report, Reporter
from tests.factories import NOON
from tests.intake_api.channels.open311.forms import CLIENT_ID, REQUESTS, a_form, a_key, errors_of, report_of
from tests.intake_api.helpers import IDENTITIES


async def test_a_form_becomes_a_report_of_the_client_with_its_channel_and_its_own_number(
    client: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    own = uuid4().hex
    more = {
        "jurisdiction_id": "SAMARINDA", "address_string": "Pasar Pagi", "address_id": "7", "email": "ani@warga.example",
        "first_name": "Ani", "last_name": "Lestari", "phone": "0812-3456-7890", "attribute[external_id]": own,
        "attribute[classification]": "aspiration", "attribute[occurred_on]": "2026-03-01T10:00:00+08:00",
        "attribute[anonymous]": "true", "attribute[easting]": "known to nobody here",
    }  # fmt: skip

    answer = await client.post(f"{REQUESTS}.json", data=a_form(api_key, **more))

    report = await report_of(committed, answer)
    assert (report.client_id, report.channel, report.external_reference) == (CLIENT_ID, Channel.WEB, own)
    assert (report.title, report.classification) == ("Jalan berlubang", Classification.ASPIRATION)
    assert report.body.startswith("Jalan berlubang\nBesar dan dalam")
    assert (report.latitude, report.longitude, report.location_text) == (-0.5012, 117.1537, "Pasar Pagi, 7")
    assert (report.category_code, report.target_agency_code) == ("roads.damage", "SAMARINDA")
    assert (report.anonymous, report.secret, str(report.occurred_on)) == (True, False, "2026-03-01")
    async with committed() as session:
        reporter = await session.get(Reporter, report.reporter_id)
    assert reporter is not None
    assert IDENTITIES.open(reporter).name == "Ani Lestari"
    assert set(answer.json()[0]) == {"service_request_id", "service_notice"}


async def test_xml_is_answered_in_the_form_and_type_that_the_specification_has(
    client: httpx.AsyncClient, api_key: str
) -> None:
    answer = await client.post(f"{REQUESTS}.xml", data=a_form(api_key, extensions="true"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    told = ET.fromstring(answer.content)
    assert told.tag == "service_requests"
    assert [one.tag for one in told[0]] == ["service_request_id", "service_notice", "access_code"]
    assert answer.headers["cache-control"] == "no-store"


async def test_whoever_has_no_key_a_wrong_one_or_one_without_the_scope_is_refused_in_the_format_that_was_asked_for(
    client: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    without_scope = await a_key(committed, f"reader-{uuid4().hex}", scopes=())
    for end in ("json", "xml"):
        for key in (None, "", "lapor_wrong", f"{api_key}x", without_scope):
            answer = await client.post(f"{REQUESTS}.{end}", data=a_form("", api_key=key))

            assert answer.status_code == 403, answer.text
            assert [code for code, _ in errors_of(answer)] == [403]
            assert "www-authenticate" not in answer.headers


async def test_all_that_is_missing_is_named_at_once(client: httpx.AsyncClient, api_key: str) -> None:
    answer = await client.post(f"{REQUESTS}.xml", data={"api_key": api_key, "lat": "-0.5"})

    assert answer.status_code == 400
    assert errors_of(answer) == [
        (400, "service_code: Fill this in."), (400, "description: Fill this in."), (400, "lat, long: Fill this in."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"service_code": "dragons"}, 404, "service_code"),
        ({"jurisdiction_id": "ATLANTIS"}, 404, "jurisdiction_id"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"long": "2.35", "lat": "48.85"}, 400, "lat"),
        ({"lat": None}, 400, "lat, long"),
        ({"email": "nobody"}, 400, "email"),
        ({"attribute[secret]": "perhaps"}, 400, "attribute[secret]"),
        ({"attribute[occurred_on]": "yesterday"}, 400, "attribute[occurred_on]"),
        ({"attribute[occurred_on]": "2026-03-09"}, 400, "attribute[occurred_on]"),
        ({"attribute[classification]": "praise"}, 400, "attribute[classification]"),
        ({"description": "x" * 20_001}, 400, "description"),
        ({"description": "\u200b"}, 400, "description"),
        ({"description": "nul\x00"}, 400, ""),
        ({"attribute[external_id]": "x" * 129}, 400, "attribute[external_id]"),
    ],
)
async def test_what_is_wrong_is_told_by_the_name_that_the_sender_knows_it_by(
    client: httpx.AsyncClient, api_key: str, changes: dict[str, str | None], status: int, named: str
) -> None:
    answer = await client.post(f"{REQUESTS}.json", data=a_form(api_key, **changes))

    assert answer.status_code == status, answer.text
    code, said = errors_of(answer)[0]
    assert (code, said.startswith(named)) == (status, True)


async def test_what_is_no_form_or_too_large_is_refused(client: httpx.AsyncClient, api_key: str) -> None:
    as_json = await client.post(f"{REQUESTS}.json", json=a_form(api_key))
    latin = await client.post(
        f"{REQUESTS}.xml", content=b"description=caf\xe9", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    large = await client.post(f"{REQUESTS}.xml", data=a_form(api_key, description="x" * 300_000))
    crowded = await client.post(f"{REQUESTS}.xml", data={f"attribute[{n}]": "x" for n in range(201)})

    assert [one.status_code for one in (as_json, latin, large, crowded)] == [400, 400, 413, 400]
    assert all(errors_of(one) for one in (as_json, latin, large, crowded))


async def test_a_form_that_comes_again_is_the_same_report_and_another_one_is_not(
    client: httpx.AsyncClient, other: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    form = a_form(api_key)

    answers = [await one.post(f"{REQUESTS}.json", data=form) for one in (client, other)]
    changed = await client.post(f"{REQUESTS}.json", data=form | {"first_name": "Budi"})

    numbers = [one.json()[0]["service_request_id"] for one in (*answers, changed)]
    assert numbers[0] == numbers[1] != numbers[2]


async def test_a_reference_of_the_sender_is_taken_once_whatever_it_says_by_then_and_by_the_dozen_at_once(
    client: httpx.AsyncClient, other: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    own = {"attribute[fixmystreet_id]": uuid4().hex}
    forms = [a_form(api_key, **own) for _ in range(12)]

    answers = await asyncio.gather(
        *((client, other)[n % 2].post(f"{REQUESTS}.xml", data=form) for n, form in enumerate(forms))
    )
    afterwards = await other.post(f"{REQUESTS}.json", data=forms[3])

    assert {one.status_code for one in answers} <= {200, 503}, "the sender tries again"
    assert all("retry-after" in one.headers for one in answers if one.status_code == 503)
    number = afterwards.json()[0]["service_request_id"]
    told = {ET.fromstring(one.content).findtext("request/service_request_id") for one in answers if one.is_success}
    assert told == {number}
    async with committed() as session:
        references = Report.external_reference == own["attribute[fixmystreet_id]"]
        assert await session.scalar(select(func.count()).select_from(Report).where(references)) == 1


async def test_two_clients_may_have_the_same_number_and_learn_nothing_of_each_other(
    client: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    own = {"attribute[external_id]": uuid4().hex}
    another = await a_key(committed, f"city-{uuid4().hex}")

    first, second = [await client.post(f"{REQUESTS}.json", data=a_form(key, **own)) for key in (api_key, another)]

    assert first.json()[0]["service_request_id"] != second.json()[0]["service_request_id"]


async def test_a_key_that_was_taken_away_and_a_client_that_was_shut_out_get_in_no_more_and_a_new_key_does(
    app: FastAPI, committed: Sessions
) -> None:
    name = f"rotating-{uuid4().hex}"
    first = await a_key(committed, name)
    time = [0.0]
    keys = ApiKeys(lambda: app.state.jobs, clock=lambda: time[0])
    known = await keys.client_of(first)
    assert known is not None
    assert (known.sub, known.role, known.scopes) == (name, Role.CHANNEL, frozenset({"reports:submit"}))

    async with committed.begin() as session:
        second = (await systems.add_secret(session, name, now=NOON)).text
        [older, _] = await accounts.secrets(session, name, now=NOON)
        await systems.end_secret(session, name, older.id)
    assert await keys.client_of(first) == known, "remembered for a moment"
    time[0] += REMEMBERED_SECONDS
    assert await keys.client_of(first) is None
    assert await keys.client_of(second) is not None

    async with committed.begin() as session:
        await systems.shut_out(session, name, now=NOON)
    time[0] += REMEMBERED_SECONDS
    assert await keys.client_of(second) is None


async def test_a_key_opens_no_more_than_handing_in(app: FastAPI, committed: Sessions) -> None:
    """It is sent as it is: a historical import, or work on reports, takes a token."""
    scopes = ("reports:import", "reports:submit", "reports:work")
    key = await a_key(committed, f"many-{uuid4().hex}", scopes=scopes, agency="SAMARINDA")

    known = await ApiKeys(lambda: app.state.jobs).client_of(key)

    assert known is not None
    assert known.scopes == {"reports:submit"}


async def test_with_tokens_a_report_is_answered_with_one_that_gets_its_number(
    client: httpx.AsyncClient, api_key: str, app: FastAPI
) -> None:
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"open311_tokens": True})
    try:
        told = (await client.post(f"{REQUESTS}.json", data=a_form(api_key))).json()[0]
        found = await client.get(f"/open311/v2/tokens/{told['token']}.json")
        services = await client.get("/open311/v2/services.json")
    finally:
        app.state.settings = settings

    assert "service_request_id" not in told
    [number] = found.json()
    assert (number["token"], len(number["service_request_id"])) == (told["token"], 10)
    assert {one["type"] for one in services.json()} == {"batch"}
    for token in ("0" * 32, "nobody", "%00"):
        assert (await client.get(f"/open311/v2/tokens/{token}.xml")).status_code in (400, 404)


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("Lampu mati\nSejak Senin.", "Lampu mati"),
        ("title:  Lampu   mati\n\ndetail: Sejak Senin.\n\nurl: https://x", "Lampu mati"),
        ("  \n Lampu mati  ", "Lampu mati"),
        ("kata " * 60, ("kata " * 39).strip()),
        ("x" * 300, "x" * 200),
    ],
)
def test_the_title_is_what_a_description_begins_with(description: str, title: str) -> None:
    assert title_of(description) == title
