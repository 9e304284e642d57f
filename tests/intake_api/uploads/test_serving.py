"""Files are fetched at signed addresses, in parts, for as long as the right is; and the public gets copies alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, update

from intake_api.evidence.files import Files
from shared.clients import Role
from shared.database import Sessions
from shared.domain.evidence import EvidenceState, Variant
from shared.schema import Evidence, EvidenceReview, Rendition, Report
from tests.factories import NOON, bearer
from tests.intake_api.evidence.test_files import pieces
from tests.intake_api.helpers import ADMIN, Clock, Submitted, assigned, code_of, submitted
from tests.intake_api.uploads.helpers import a_photo, uploaded

OFFICER = bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="SAMARINDA-PU")


@pytest.fixture
def photo() -> bytes:
    return a_photo(300_000)


async def ready(sessions: Sessions, files: Files, evidence_id: str, content: bytes) -> None:
    """As the worker leaves it."""
    brought = await files.bring_in(pieces(content))
    async with sessions.begin() as session:
        await files.keep(session, brought)
        where = Evidence.id == UUID(evidence_id)
        await session.execute(update(Evidence).where(where).values(state=EvidenceState.READY))
        row = {
            "evidence_id": UUID(evidence_id), "variant": Variant.PUBLIC, "file_digest": brought.digest,
            "media_type": "image/jpeg", "width": 2, "height": 1, "made_at": NOON,
        }  # fmt: skip
        await session.execute(insert(Rendition).values(row))


async def proven(http: httpx.AsyncClient, sessions: Sessions, files: Files, photo: bytes) -> tuple[Submitted, str]:
    """A report with a photo that is ready; and the id of the evidence."""
    report = await submitted(http)
    await uploaded(http, photo, f"{report.path}/uploads", **report.as_reporter)
    (item,) = await listed(http, report, report.as_reporter)
    await ready(sessions, files, item["id"], b"copy of " + photo)
    return report, item["id"]


async def listed(http: httpx.AsyncClient, report: Submitted, who: dict[str, str]) -> list[dict[str, Any]]:
    answer = await http.get(f"{report.path}/evidence", headers=who)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def address(http: httpx.AsyncClient, report: Submitted, who: dict[str, str], variant: str = "original") -> str:
    (item,) = await listed(http, report, who)
    href: str = next(file["href"] for file in item["files"] if file["variant"] == variant)
    return href


async def test_its_reporter_fetches_what_they_sent_and_the_copy(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report, _ = await proven(http, committed, files, photo)

    answer = await http.get(await address(http, report, report.as_reporter))

    assert (answer.status_code, answer.content) == (200, photo)
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"].startswith(f'attachment; filename="{report.number}-')
    assert headers["content-security-policy"].startswith("sandbox")
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "private, no-cache")
    copy = await http.get(await address(http, report, report.as_reporter, "public"))
    assert (copy.content, copy.headers["content-disposition"][:6]) == (b"copy of " + photo, "inline")


async def test_a_file_is_fetched_in_parts_and_not_again_if_it_is_known(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report, _ = await proven(http, committed, files, photo)
    href = await address(http, report, report.as_reporter)
    tag = (await http.get(href)).headers["etag"]

    async def asked(**headers: str) -> httpx.Response:
        return await http.get(href, headers={name.replace("_", "-"): value for name, value in headers.items()})

    part = await asked(Range="bytes=131070-131075")
    assert (part.status_code, part.content) == (206, photo[131070:131076])
    assert part.headers["content-range"] == "bytes 131070-131075/300000"
    assert (await asked(Range="bytes=-5")).content == photo[-5:]
    assert (await asked(Range="bytes=299999-")).content == photo[-1:]
    assert (await asked(Range="bytes=0-1", If_Range=tag)).status_code == 206
    assert (await asked(Range="bytes=0-1", If_Range='"another"')).content == photo
    assert (await asked(Range="bytes=0-1,5-6")).status_code == 200
    assert (await asked(If_None_Match=tag)).status_code == 304
    beyond = await asked(Range="bytes=300000-")
    assert (code_of(beyond), beyond.headers["content-range"]) == ((416, "no_such_range"), "bytes */300000")


async def test_an_address_is_over_after_its_minutes_and_no_other_is_good(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes, now: Clock
) -> None:
    report, _ = await proven(http, committed, files, photo)
    href = await address(http, report, report.as_reporter)
    longer = href.replace("expires=", "expires=9")
    copy = href.replace("/original?", "/public?")

    for changed in (longer, copy, href[:-1] + ("A" if href[-1] != "A" else "B"), href.replace("own", "work")):
        assert code_of(await http.get(changed)) == (403, "address_is_over")
    now.now += timedelta(seconds=299)
    assert (await http.get(href)).status_code == 200
    now.now += timedelta(seconds=1)
    assert code_of(await http.get(href)) == (403, "address_is_over")


async def test_nothing_is_fetched_before_it_was_looked_at(http: httpx.AsyncClient, photo: bytes) -> None:
    report = await submitted(http)
    await uploaded(http, photo, f"{report.path}/uploads", **report.as_reporter)

    (item,) = await listed(http, report, report.as_reporter)

    assert (item["state"], item["files"]) == ("waiting", [])


async def test_who_works_on_a_report_fetches_its_files_until_it_goes_elsewhere(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report, _ = await proven(http, committed, files, photo)
    await assigned(committed, report)
    href = await address(http, report, OFFICER)
    assert (await http.get(href)).content == photo

    async with committed.begin() as session:
        values = {"holder_agency_code": "SAMARINDA-DINKES"}
        await session.execute(update(Report).where(Report.id == report.id).values(values))

    assert code_of(await http.get(href)) == (403, "address_is_over")
    assert await listed(http, report, OFFICER) == []


@pytest.mark.parametrize("hidden", ["anonymous", "secret"])
async def test_who_works_on_a_hidden_reporters_report_gets_no_original_that_may_say_where_they_were(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes, hidden: str
) -> None:
    report, _ = await proven(http, committed, files, photo)
    await assigned(committed, report)
    before = await address(http, report, OFFICER)

    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values({hidden: True}))

    assert code_of(await http.get(before)) in ((403, "address_is_over"), (404, "unknown_evidence"))
    (item,) = await listed(http, report, OFFICER)
    assert [file["variant"] for file in item["files"]] == ["public"]
    assert (await http.get(item["files"][0]["href"])).content == b"copy of " + photo
    assert (await http.get(await address(http, report, report.as_reporter))).content == photo


async def test_who_works_on_a_report_gets_an_original_once_its_reporter_has_told_when_and_where_it_was_taken(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report, evidence_id = await proven(http, committed, files, photo)
    await assigned(committed, report)
    before = await address(http, report, OFFICER)
    there: list[tuple[dict[str, Any], bool]] = [
        ({"said_sealed": b"sealed"}, False),
        ({"told_taken_at": "2026-03-01T10:11:12"}, False),
        ({"told_latitude": -0.5, "told_longitude": 117.1}, True),
        ({"remarks": ["tags_unreadable"]}, False),
        ({"remarks": [], "said_sealed": None, "told_taken_at": None, "told_latitude": None}, True),
        ({"said_sealed": b"sealed", "added_by": "liaison_officer:pu-1"}, True),  # their own
    ]

    for values, gets in there:
        async with committed.begin() as session:
            await session.execute(update(Evidence).where(Evidence.id == UUID(evidence_id)).values(values))
        (item,) = await listed(http, report, OFFICER)
        assert ("original" in [file["variant"] for file in item["files"]]) is gets, values
        assert ((await http.get(before)).status_code == 200) is gets, values


async def test_the_public_sees_nothing_that_was_not_released(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report, _ = await proven(http, committed, files, photo)
    await assigned(committed, report)

    assert await listed(http, report, {}) == []
    own = await address(http, report, report.as_reporter)
    assert code_of(await http.get(own.replace("audience=own", "audience=public"))) == (404, "unknown_evidence")


async def test_everybody_sees_what_was_released_only_while_the_report_is_public_and_to_the_minute(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes, now: Clock
) -> None:
    now.now = now.now.replace(second=17, microsecond=170)
    report, evidence_id = await proven(http, committed, files, photo)
    async with committed.begin() as session:
        review = {
            "evidence_id": UUID(evidence_id), "report_id": report.id, "released": True, "covered": [], "covering": 0,
            "changed_by": "agency_officer:pu-1", "changed_at": NOON,
        }  # fmt: skip
        await session.execute(insert(EvidenceReview).values(review))

    assert await listed(http, report, {}) == []

    await assigned(committed, report)
    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(published_at=NOON))
    (item,) = await listed(http, report, {})
    assert item["added_at"] == now.now.replace(second=0, microsecond=0).isoformat().replace("+00:00", "Z")

    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(status="archived"))
    assert await listed(http, report, {}) == []


async def test_its_reporter_reads_of_it_in_their_report_and_takes_that_home_without_addresses(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes
) -> None:
    report = await submitted(http)
    await uploaded(http, photo, f"{report.path}/uploads", **report.as_reporter)
    before = await http.get(report.path, headers=report.as_reporter)
    (waits,) = before.json()["evidence"]
    await ready(committed, files, waits["id"], b"copy of " + photo)

    own = await http.get(report.path, headers={**report.as_reporter, "If-None-Match": before.headers["etag"]})
    taken = (await http.get(f"{report.path}/export", headers=report.as_reporter)).json()

    assert own.status_code == 200
    (item,) = own.json()["evidence"]
    assert (waits["state"], item["state"], item["media_type"]) == ("waiting", "ready", "image/jpeg")
    assert taken["report"]["evidence"] == [item]
    assert "href" not in str(taken)


async def test_a_secret_report_has_no_list_for_strangers(http: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(http, secret=True)

    assert code_of(await http.get(f"{report.path}/evidence")) == (404, "unknown_report")
    secrets = bearer(Role.SUPERVISOR, sub="sup-1")
    assert code_of(await http.get(f"{report.path}/evidence", headers=secrets)) == (404, "unknown_report")
    assert await listed(http, report, bearer(Role.SUPERVISOR, sub="sup-2", scopes=("reports:secret",))) == []


@pytest.mark.parametrize("state", [EvidenceState.REFUSED, EvidenceState.QUARANTINED, EvidenceState.ERASED])
async def test_an_address_dies_with_the_file(
    http: httpx.AsyncClient, committed: Sessions, files: Files, photo: bytes, state: EvidenceState
) -> None:
    report, evidence_id = await proven(http, committed, files, photo)
    href = await address(http, report, ADMIN)

    async with committed.begin() as session:
        await session.execute(update(Evidence).where(Evidence.id == UUID(evidence_id)).values(state=state))

    assert code_of(await http.get(href)) == (404, "unknown_evidence")
