"""Reports that many people sent to and fro: what the explanation shows of it, and the pages of the rest."""

from uuid import UUID

import pytest

from shared.domain.lifecycle import Status
from shared.http.wire import encode_cursor
from shared.log import parts
from tests.routing_service.driving import (
    COORDINATOR,
    CUSTODIAN,
    OFFICER,
    OTHER_OFFICER,
    SUPERVISOR,
    Headers,
    Json,
    Office,
)

OFFICERS = {"SAMARINDA-PU": OFFICER, "SAMARINDA-DINKES": OTHER_OFFICER}
PARTS = ("decisions", "returns")


async def sent_to_and_fro(office: Office) -> UUID:
    """Six decisions, two of them suggestions after a return; and two returns."""
    report = await office.made(Status.VERIFIED)
    for agency, officer in OFFICERS.items():
        await office.done(report, "disposition", COORDINATOR, agency=agency)
        await office.done(report, "returns", officer)
    return report


async def explained(office: Office, report: UUID, headers: Headers = COORDINATOR) -> Json:
    return await office.get(f"/v1/reports/{report}/routing", headers)


async def pages(office: Office, report: UUID, part: str, *, limit: int, headers: Headers = COORDINATOR) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = await office.get(f"/v1/reports/{report}/routing/{part}", headers, limit=limit, **cursor)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("headers", [COORDINATOR, SUPERVISOR])
async def test_pages_tell_all_decisions_and_returns_once_as_the_explanation_does(
    office: Office, headers: Headers
) -> None:
    report = await sent_to_and_fro(office)

    seen = await explained(office, report, headers)

    for part in PARTS:
        for limit in (1, 50):
            found = await pages(office, report, part, limit=limit, headers=headers)
            assert found == seen[part][::-1]
        assert len(found) == seen[f"{part}_total"] >= 2


@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_the_explanation_shows_the_newest_in_order_and_how_many_there_are(
    office: Office, monkeypatch: pytest.MonkeyPatch, beyond: int
) -> None:
    report = await sent_to_and_fro(office)
    whole = await explained(office, report)
    for part in PARTS:
        monkeypatch.setattr(parts, "SHOWN", len(whole[part]) - beyond)

        seen = await explained(office, report)

        assert seen[part] == whole[part][max(beyond, 0) :]
        assert seen[f"{part}_total"] == len(whole[part])
        assert seen["ring"] == whole["ring"]


@pytest.mark.parametrize("part", PARTS)
async def test_a_cursor_is_good_for_one_part_of_one_report(office: Office, part: str) -> None:
    report, other = await office.made(Status.ASSIGNED), await office.made(Status.ASSIGNED)
    another = next(one for one in PARTS if one != part)

    for place in ((part, other, 3), (another, report, 3), ("events", report, 3), (part, report, 0.5), (3,)):
        answer = await office.http.get(
            f"/v1/reports/{report}/routing/{part}", headers=OFFICER, params={"cursor": encode_cursor(*place)}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), place
    assert await office.get(f"/v1/reports/{report}/routing/{part}", OFFICER, cursor=encode_cursor(part, report, 3))


@pytest.mark.parametrize("part", PARTS)
async def test_the_pages_are_for_those_who_may_read_the_explanation(office: Office, part: str) -> None:
    public, secret = await office.made(Status.ASSIGNED), await office.made(Status.ASSIGNED, secret=True)

    async def statuses(report: UUID, headers: Headers) -> tuple[int, int]:
        path = f"/v1/reports/{report}/routing"
        return (
            (await office.http.get(path, headers=headers)).status_code,
            (await office.http.get(f"{path}/{part}", headers=headers)).status_code,
        )

    assert await statuses(public, OTHER_OFFICER) == (403, 403)
    assert await statuses(secret, OTHER_OFFICER) == (404, 404)
    assert await statuses(secret, CUSTODIAN) == (403, 403)
