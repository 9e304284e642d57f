"""Two custodians, where that is switched on: one asks, another approves, and the one who asked looks once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.ids import new_id
from shared.log.events import EventType
from tests.factories import bearer
from tests.routing_service.driving import ADMIN, CUSTODIAN, OFFICER, Office

OTHER = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-2")
THIRD = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-3")
WHY = "Permintaan pengadilan."
LOOK = timedelta(minutes=10)


@pytest.fixture
def strict(office: Office) -> Office:
    office.settings(two_custodians=True)
    return office


async def asked(office: Office, report: UUID, headers: dict[str, str] = CUSTODIAN) -> str:
    answer = await office.act(report, "identity-requests", headers, reason=WHY)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def approve(office: Office, report: UUID, request: object, headers: dict[str, str] = OTHER) -> httpx.Response:
    return await office.http.post(f"/v1/reports/{report}/identity-requests/{request}/approval", headers=headers)


async def approved(office: Office, report: UUID) -> str:
    request = await asked(office, report)
    answer = await approve(office, report, request)
    assert answer.status_code == 200, answer.text
    return request


async def look(office: Office, report: UUID, headers: dict[str, str] = CUSTODIAN) -> httpx.Response:
    return await office.act(report, "identity", headers, reason=WHY)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


NEEDED = (409, "approval_needed")


async def test_one_asks_another_approves_and_the_one_who_asked_looks_once(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED, anonymous=True)
    before = await look(strict, report)
    request = await asked(strict, report)
    unapproved = await look(strict, report)

    answer = await approve(strict, report, request)
    others = [await look(strict, report, headers) for headers in (OTHER, THIRD)]
    first, second = [await look(strict, report) for _ in range(2)]

    assert [refusal(one) for one in (before, unapproved, *others, second)] == [NEEDED] * 5
    assert first.status_code == 200, first.text
    assert answer.json() == {
        "id": request, "report_id": str(report),
        "asked_by": "identity_custodian:custodian-1", "asked_at": answer.json()["asked_at"],
        "approved_by": "identity_custodian:custodian-2", "approved_at": answer.json()["approved_at"],
        "look_until": answer.json()["look_until"],
    }  # fmt: skip
    events = (await strict.history(report))[-3:]
    assert [(event.type, event.actor) for event in events] == [
        (EventType.IDENTITY_REQUESTED, "identity_custodian:custodian-1"),
        (EventType.IDENTITY_APPROVED, "identity_custodian:custodian-2"),
        (EventType.IDENTITY_VIEWED, "identity_custodian:custodian-1"),
    ]
    assert [event.data.get("request") for event in events] == [None, request, request]
    assert WHY not in str([dict(event.data) for event in events])


async def test_nobody_approves_what_they_asked_for(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)
    request = await asked(strict, report)

    assert refusal(await approve(strict, report, request, CUSTODIAN)) == (403, "own_request")
    assert refusal(await look(strict, report)) == NEEDED


@pytest.mark.parametrize("headers", [ADMIN, OFFICER])
async def test_only_custodians_ask_and_approve(strict: Office, headers: dict[str, str]) -> None:
    report = await strict.made(Status.ASSIGNED)
    request = await asked(strict, report)

    asking = await strict.act(report, "identity-requests", headers, reason=WHY)

    assert refusal(asking) == refusal(await approve(strict, report, request, headers)) == (403, "forbidden")


@pytest.mark.parametrize(("after", "status"), [(LOOK, 200), (LOOK + timedelta(microseconds=1), 409)])
async def test_an_approval_holds_for_ten_minutes(strict: Office, after: timedelta, status: int) -> None:
    report = await strict.made(Status.ASSIGNED)
    await approved(strict, report)
    strict.clock.now += after

    assert (await look(strict, report)).status_code == status


async def test_the_ten_minutes_begin_with_the_approval_and_not_with_the_request(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)
    request = await asked(strict, report)
    strict.clock.advance(days=1)

    answer = (await approve(strict, report, request)).json()

    assert answer["look_until"] == (strict.clock.now + LOOK).isoformat().replace("+00:00", "Z")
    assert (await look(strict, report)).status_code == 200


async def test_an_approval_is_for_one_report(strict: Office) -> None:
    report, other = [await strict.made(Status.ASSIGNED) for _ in range(2)]
    request = await asked(strict, report)

    assert refusal(await approve(strict, other, request)) == (404, "not_found")
    assert refusal(await approve(strict, report, new_id())) == (404, "not_found")
    assert (await approve(strict, report, request)).status_code == 200
    assert refusal(await look(strict, other)) == NEEDED
    assert (await look(strict, report)).status_code == 200


async def test_a_request_is_approved_once_and_another_one_gives_another_look(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)
    request = await approved(strict, report)

    assert refusal(await approve(strict, report, request, THIRD)) == (409, "already_approved")
    assert (await look(strict, report)).status_code == 200
    await approved(strict, report)
    assert [(await look(strict, report)).status_code for _ in range(2)] == [200, 409]


async def test_a_look_that_is_repeated_under_its_key_is_a_second_one(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)
    await approved(strict, report)
    headers = CUSTODIAN | {"Idempotency-Key": "look-1"}

    first, again = [await look(strict, report, headers) for _ in range(2)]

    assert (first.status_code, refusal(again)) == (200, NEEDED)


async def test_asking_again_under_a_key_asks_once(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)
    headers = CUSTODIAN | {"Idempotency-Key": "ask-1"}

    first, again = [await strict.act(report, "identity-requests", headers, reason=WHY) for _ in range(2)]

    assert first.json() == again.json()
    assert (await strict.types(report)).count("identity.requested") == 1


async def test_whoever_asks_says_why(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)

    assert refusal(await strict.act(report, "identity-requests", CUSTODIAN)) == (422, "reason_required")
    missing = await strict.act(new_id(), "identity-requests", CUSTODIAN, reason=WHY)
    assert refusal(missing) == (404, "not_found")


async def test_who_works_on_the_report_needs_no_approval(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED)

    assert (await look(strict, report, OFFICER)).status_code == 200


async def test_where_it_is_off_there_is_nothing_to_ask_for(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)

    asking = await office.act(report, "identity-requests", CUSTODIAN, reason=WHY)

    assert refusal(asking) == refusal(await approve(office, report, new_id())) == (409, "two_custodians_off")
    assert (await look(office, report)).status_code == 200


async def test_of_looks_at_once_one_uses_the_approval_up(busy: Office) -> None:
    busy.settings(two_custodians=True)
    report = await busy.made(Status.ASSIGNED)
    await approved(busy, report)

    answers = await asyncio.gather(*(look(busy, report) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await busy.types(report)).count("identity.viewed") == 1


async def test_of_approvals_at_once_one_counts(busy: Office) -> None:
    busy.settings(two_custodians=True)
    report = await busy.made(Status.ASSIGNED)
    request = await asked(busy, report)

    answers = await asyncio.gather(*(approve(busy, report, request, headers) for headers in (OTHER, THIRD)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await busy.types(report)).count("identity.approved") == 1


async def listed(office: Office, headers: dict[str, str] = OTHER, **query: str) -> httpx.Response:
    return await office.http.get("/v1/identity-requests", headers=headers, params=query)


async def test_another_custodian_finds_what_waits_for_them_and_why(strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED, anonymous=True)
    first, second = await asked(strict, report), await asked(strict, report)

    page = (await listed(strict, limit="1")).json()
    rest = (await listed(strict, limit="1", cursor=page["next_cursor"])).json()
    await approve(strict, report, second)
    left = (await listed(strict)).json()["items"]

    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next_cursor"]] == [second, first, None]
    assert [(one["id"], one["report_id"], one["reason"]) for one in left] == [(first, str(report), WHY)]
    assert (await listed(strict, ADMIN)).status_code == 403


WEEK = timedelta(days=7)


@pytest.mark.parametrize(("later", "status"), [(WEEK - timedelta(seconds=1), 200), (WEEK, 409)])
async def test_a_request_stands_for_seven_days(later: timedelta, status: int, strict: Office) -> None:
    report = await strict.made(Status.ASSIGNED, anonymous=True)
    request = await asked(strict, report)

    strict.clock.now += later

    assert len((await listed(strict)).json()["items"]) == (status == 200)
    answer = await approve(strict, report, request)
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "request_over"


async def test_where_one_custodian_looks_alone_nothing_waits(office: Office) -> None:
    assert refusal(await listed(office)) == (409, "two_custodians_off")
