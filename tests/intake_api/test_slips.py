"""An officer who types a report in gets its number; its reporter gets the code, on paper, once."""

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log import events
from shared.log.events import Event, EventType
from tests.factories import bearer
from tests.intake_api.helpers import ADMIN, APP, CHANNEL, Submitted, a_submission, code_of, key, moved, submitted

Headers = dict[str, str]

CLERK = bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="SAMARINDA-PU")
COLLEAGUE = bearer(Role.LIAISON_OFFICER, sub="pu-2", agency="SAMARINDA-PU")
COORDINATOR = bearer(Role.COORDINATOR, sub="samarinda-1", agency="SAMARINDA")
GOOD = {"score": 5, "resolved": True}


async def typed_in(client: httpx.AsyncClient, headers: Headers = CLERK, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/reports", json=a_submission(**changes), headers=headers)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def slip(
    client: httpx.AsyncClient, receipt: dict[str, Any], headers: Headers = CLERK, **more: str
) -> httpx.Response:
    return await client.post(f"/v1/reports/{receipt['tracking_number']}/slip", headers=headers | more)


def as_submitted(receipt: dict[str, Any], code: str = "") -> Submitted:
    return Submitted(UUID(receipt["id"]), receipt["tracking_number"], code)


async def history(committed: Sessions, receipt: dict[str, Any]) -> list[Event]:
    async with committed() as session:
        return await events.history(session, as_submitted(receipt).id)


@pytest.mark.parametrize("once", [{}, key()], ids=["without a key", "with a key"])
async def test_who_types_a_report_in_gets_its_number_and_never_its_code(
    client: httpx.AsyncClient, once: Headers
) -> None:
    for headers in (CLERK, ADMIN, COORDINATOR):
        first = await client.post("/v1/reports", json=a_submission(), headers=headers | once)
        again = await client.post("/v1/reports", json=a_submission(), headers=headers | once)

        for answer in (first, again):
            assert answer.status_code == 201
            assert ids.is_tracking_number(answer.json()["tracking_number"])
            assert answer.json()["access_code"] is None


async def test_apps_and_channels_get_the_code_that_they_pass_on(client: httpx.AsyncClient) -> None:
    for headers in (APP, CHANNEL, APP | key()):
        report = await submitted(client, headers)

        assert (await client.get(report.path, headers=report.as_reporter)).json()["body"]


async def test_the_slip_opens_the_report_and_is_made_once(client: httpx.AsyncClient, committed: Sessions) -> None:
    receipt = await typed_in(client, anonymous=True, secret=True)

    sheet = await slip(client, receipt)
    second = await slip(client, receipt)

    report = as_submitted(receipt, sheet.json()["access_code"])
    assert sheet.json()["tracking_number"] == receipt["tracking_number"]
    assert set(sheet.json()["instructions"]) == {"id", "en"}
    assert code_of(second) == (409, "slip_made_before")
    own = await client.get(report.path, headers=report.as_reporter)
    assert [entry["type"] for entry in own.json()["timeline"]] == ["report.received", "slip.made"]
    made = (await history(committed, receipt))[-1]
    assert (made.type, made.actor) == (EventType.SLIP_MADE, "liaison_officer:pu-1")
    assert report.code not in str(dict(made.data))


async def test_the_slip_is_a_page_to_print_in_both_languages(client: httpx.AsyncClient) -> None:
    receipt = await typed_in(client)

    page = await slip(client, receipt, Accept="text/html")

    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f"/r/{receipt['tracking_number']}</dd>" in page.text
    assert not re.search(r"(src|href)=", page.text)  # nothing from elsewhere
    assert "Kode akses" in page.text
    assert "Keep this sheet" in page.text
    printed = re.search(r"<dd>((?:[A-Z2-7]{4} ?){8})</dd>", page.text)
    assert printed is not None
    as_read_from_paper = {"X-Access-Code": printed[1].lower()}
    own = await client.get(f"/v1/reports/{receipt['tracking_number']}", headers=as_read_from_paper)
    assert own.status_code == 200
    assert own.json()["body"]


async def test_a_sheet_that_got_lost_on_its_way_comes_again_under_its_key_until_its_code_is_used(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    receipt, once = await typed_in(client), key()

    first = await slip(client, receipt, CLERK | once)
    again = await slip(other, receipt, CLERK | once)
    report = as_submitted(receipt, first.json()["access_code"])
    await client.post(f"{report.path}/replies", json={"body": "Terima kasih."}, headers=report.as_reporter)
    afterwards = await slip(client, receipt, CLERK | once)

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(afterwards) == (409, "slip_made_before")
    made = [event.data for event in await history(committed, receipt) if event.type is EventType.SLIP_MADE]
    assert [one.get("repeated", False) for one in made] == [False, True]


@pytest.mark.parametrize(
    ("entered_by", "asks", "status"),
    [
        (CLERK, CLERK, 200),
        (CLERK, COORDINATOR, 200),
        (CLERK, COLLEAGUE, 404),
        (CLERK, bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="BALIKPAPAN-PU"), 404),
        (CLERK, bearer(Role.COORDINATOR, sub="balikpapan-1", agency="BALIKPAPAN"), 404),
        (CLERK, ADMIN, 404),
        (ADMIN, bearer(Role.NATIONAL_ADMIN, sub="admin-2"), 200),
        (ADMIN, COORDINATOR, 404),
        (COORDINATOR, CLERK, 404),
        (APP, CLERK, 404),
        (CHANNEL, COORDINATOR, 404),
        (CHANNEL, CHANNEL, 403),
        (APP, APP, 403),
        (CLERK, bearer(Role.IDENTITY_CUSTODIAN), 403),
    ],
)
async def test_the_slip_is_for_who_typed_it_in_or_leads_where_it_was(
    client: httpx.AsyncClient, entered_by: Headers, asks: Headers, status: int
) -> None:
    receipt = await typed_in(client, entered_by)

    answer = await slip(client, receipt, asks)

    assert answer.status_code == status


async def test_a_number_that_nobody_has_is_answered_like_one_of_others(client: httpx.AsyncClient) -> None:
    theirs = await typed_in(client, ADMIN)

    nobody = await client.post(f"/v1/reports/{ids.new_tracking_number()}/slip", headers=CLERK)

    assert code_of(nobody) == code_of(await slip(client, theirs)) == (404, "unknown_report")
    assert (await client.post(f"/v1/reports/{theirs['tracking_number']}/slip")).status_code == 401


async def test_of_many_who_ask_at_once_one_gets_the_sheet(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    receipt = await typed_in(client)

    answers = await asyncio.gather(*(slip(one, receipt) for one in (client, other) * 4))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    made = next(answer for answer in answers if answer.status_code == 200)
    report = as_submitted(receipt, made.json()["access_code"])
    assert (await client.get(report.path, headers=report.as_reporter)).json()["body"]


# --- whose token carries what the reporter does --------------------------------------------------------------

ACTS: dict[str, Any] = {
    "replies": {"body": "Masih."},
    "ratings": GOOD,
    "consents": {"purpose": "ombudsman", "granted": True},
    "withdrawal": None,
}


async def with_a_slip(client: httpx.AsyncClient, committed: Sessions) -> Submitted:
    """Typed in by a clerk and answered by a coordinator."""
    receipt = await typed_in(client)
    report = as_submitted(receipt, (await slip(client, receipt)).json()["access_code"])
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.")
    return report


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_who_answered_acts_for_the_reporter_and_who_typed_it_in_does_not_judge(
    client: httpx.AsyncClient, committed: Sessions, act: str
) -> None:
    report = await with_a_slip(client, committed)
    answered = bearer(Role.NATIONAL_ADMIN, sub="a")
    also_answered = bearer(Role.COORDINATOR, sub="a", agency="SAMARINDA")

    async def done(headers: Headers) -> httpx.Response:
        return await client.post(f"{report.path}/{act}", json=ACTS[act], headers=report.as_reporter | headers)

    assert code_of(await done(answered)) == (403, "not_impartial")
    assert code_of(await done(also_answered)) == (403, "not_impartial")
    if act != "replies":
        assert code_of(await done(CLERK)) == (403, "not_impartial")
    assert (await done(CLERK if act == "replies" else COLLEAGUE)).status_code == 200


@pytest.mark.parametrize(
    ("act", "status", "type"),
    [
        ("reopening", Status.CLOSED, EventType.REPORT_CLOSED),
        ("appeal", Status.ARCHIVED, EventType.REPORT_ARCHIVED),
    ],
)
async def test_who_typed_it_in_may_type_an_objection_in_and_who_refused_it_may_not(
    client: httpx.AsyncClient, committed: Sessions, act: str, status: Status, type: EventType
) -> None:
    report = await with_a_slip(client, committed)
    await moved(committed, report, type, status)
    path, headers = f"{report.path}/{act}", report.as_reporter

    refused = await client.post(path, headers=headers | bearer(Role.NATIONAL_ADMIN, sub="a"))
    taken = await client.post(path, headers=headers | CLERK)

    assert code_of(refused) == (403, "not_impartial")
    assert taken.status_code == 200


async def test_the_log_says_by_which_proof_the_reporter_acted_and_whose_token_carried_it(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter_reference="account-9")
    account = APP | {"X-Reporter-Reference": "account-9"}
    for headers in (report.as_reporter, report.as_reporter | CHANNEL, account, account | report.as_reporter):
        answer = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
        assert answer.status_code == 200

    async with committed() as session:
        acts = (await events.history(session, report.id))[1:]
    assert [(act.data["by"], act.data.get("client"), act.actor) for act in acts] == [
        ("code", None, "reporter"),
        ("code", "channel:city-channel", "reporter"),
        ("account", "reporter_app:mobile-app", "reporter:mobile-app"),
        ("code", "reporter_app:mobile-app", "reporter"),
    ]
    assert "account-9" not in str([dict(act.data) for act in acts])
