"""What everybody reads of a report, at the page on which officers hide and show it; and who reported."""

from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing_service.pages.squares import Squares
from routing_service.work.evidence.schemas import CoveredArea
from shared.clients import Role
from shared.domain.lifecycle import Status
from tests.routing_service.driving import AGENCY, COORDINATOR, Office
from tests.routing_service.pages.visiting import Visitor, cookie
from tests.routing_service.work.test_evidence import BY_AGENCY, added, listed, told
from tests.routing_service.work.test_masking_answers import BODY, message_of


@pytest.fixture
def coordinator(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.COORDINATOR, sub="samarinda-1", agency="SAMARINDA"))


@pytest.fixture
def officer(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.LIAISON_OFFICER, sub="pu-1", agency=AGENCY))


def custodian(http: httpx.AsyncClient, sub: str = "custodian-1") -> Visitor:
    return Visitor(http, cookie(Role.IDENTITY_CUSTODIAN, sub=sub))


async def text_of(office: Office, report: UUID) -> str:
    found = await office.get(f"/v1/reports/{report}/public-text", COORDINATOR)
    return str(found["masked"]["body"])


async def test_an_agency_hides_words_and_only_its_coordinator_shows_them_again(
    office: Office, officer: Visitor, coordinator: Visitor
) -> None:
    report = await office.made(Status.ASSIGNED, body="Rumah saya di gang Melati nomor tujuh rusak karena jalan.")
    page = await officer.get(f"/board/reports/{report}/public")

    hidden = await officer.sends(page, "mask", words="gang Melati\r\n nomor tujuh \r\n", type="address")
    masked = await text_of(office, report)
    theirs = await officer.get(f"/board/reports/{report}/public")
    above = await coordinator.get(f"/board/reports/{report}/public")
    place = above.text.partition('name="lift" value="')[2].partition('"')[0]
    unreasoned = await coordinator.sends(above, "lift", lift=place)
    shown = await coordinator.sends(above, "lift", lift=place, reason="Nama jalan, bukan alamat.")

    assert hidden.status_code == shown.status_code == 303
    assert "Melati" not in masked
    assert "tujuh" not in masked
    assert "ask the coordinator" in theirs.text
    assert 'id="form-lift"' not in theirs.text
    assert (unreasoned.status_code, "Give the reason" in unreasoned.text) == (422, True)
    assert "Melati" in await text_of(office, report)


async def test_words_of_an_answer_are_hidden_and_what_is_not_there_is_said(office: Office, officer: Visitor) -> None:
    report = await office.made(Status.ASSIGNED)
    page = await officer.get(f"/board/reports/{report}")
    await officer.sends(page, "respond", body=BODY)
    message = await message_of(office, report)
    page = await officer.get(f"/board/reports/{report}/public")

    wrong = await officer.sends(page, f"mask-{message}", words="Bapak Anton", type="name")
    done = await officer.sends(page, f"mask-{message}", words="RT 5", type="address")

    assert (wrong.status_code, "These words are not in the answer." in wrong.text) == (422, True)
    assert ">Bapak Anton</textarea>" in wrong.text  # what was typed is kept
    assert done.status_code == 303
    answer = await office.get(f"/v1/reports/{report}/messages/{message}/public-text", COORDINATOR)
    assert "RT 5" not in answer["masked"]


async def test_whoever_does_not_work_on_a_report_is_not_shown_what_is_hidden(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    other = Visitor(office.http, cookie(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES"))
    supervisor = Visitor(office.http, cookie(Role.SUPERVISOR, sub="ombudsman-1"))

    refused = await other.get(f"/board/reports/{report}/public")
    only_read = await supervisor.get(f"/board/reports/{report}/public")

    assert refused.status_code == 403
    assert (only_read.status_code, "You only look" in only_read.text) == (200, True)
    assert 'id="form-mask"' not in only_read.text


async def test_a_file_is_released_blackened_and_withheld_by_those_who_may(
    office: Office, officer: Visitor, coordinator: Visitor
) -> None:
    report = await office.made(Status.ASSIGNED)
    file, own = await added(office, report), await added(office, report, **BY_AGENCY)
    path = f"/board/reports/{report}/public"

    theirs = await officer.get(path)
    released = await officer.sends(theirs, f"release-{own}")
    page = await coordinator.get(f"/board/reports/{report}/evidence/{file}")
    blackened = await coordinator.sends(page, "cover", square=["0-0", "0-1", "1-0", "1-1", "99-1", "x"], released="yes")
    more = await officer.sends(await officer.get(f"/board/reports/{report}/evidence/{file}"), "cover", square="11-15")
    files = {one["id"]: one for one in await listed(office, report)}
    withheld = await officer.sends(await officer.get(path), f"withhold-{file}")

    assert "A coordinator or national administrator shows what a reporter added" in theirs.text
    assert [one.status_code for one in (released, blackened, more, withheld)] == [303] * 4
    assert files[str(own)]["released"]
    assert files[str(file)]["covered"] == [
        {"left": 0, "top": 0, "width": 50, "height": 50}, {"left": 375, "top": 275, "width": 25, "height": 25},
    ]  # fmt: skip
    assert await told(office, report) == [
        "evidence.released", "evidence.covered", "evidence.released", "evidence.covered", "evidence.withheld",
    ]  # fmt: skip


async def test_more_rectangles_than_a_picture_takes_are_refused_on_the_page(
    office: Office, officer: Visitor, coordinator: Visitor
) -> None:
    report = await office.made(Status.ASSIGNED)
    file = await added(office, report)
    path = f"/board/reports/{report}/evidence/{file}"
    black, white = [
        [f"{row}-{column}" for row in range(12) for column in range(16) if (row + column) % 2 == odd] for odd in (0, 1)
    ]

    first = await coordinator.sends(await coordinator.get(path), "cover", square=black)
    more = await officer.sends(await officer.get(path), "cover", square=white)

    assert (first.status_code, more.status_code) == (303, 422)
    assert "Give at most 100 items." in more.text
    assert more.text.count(" checked") >= len(white)
    (one,) = await listed(office, report)
    assert len(one["covered"]) == len(black)


async def test_an_answer_shows_the_files_that_were_ticked(office: Office, officer: Visitor) -> None:
    report = await office.made(Status.ASSIGNED)
    own = await added(office, report, **BY_AGENCY)
    page = await officer.get(f"/board/reports/{report}")

    await officer.sends(page, "respond", body="Sudah ditambal.", evidence=str(own), release_evidence="yes")

    (file,) = await listed(office, report)
    assert (file["released"], len(file["answers"])) == (True, 1)


async def test_who_reported_is_shown_once_by_a_form_and_the_look_is_recorded(office: Office, officer: Visitor) -> None:
    report = await office.made(Status.ASSIGNED)
    anonymous = await office.made(Status.ASSIGNED, anonymous=True)
    page = await officer.get(f"/board/reports/{report}")

    seen = await officer.sends(page, "identity", reason="Perlu janji temu.")
    again = await officer.get(f"/board/reports/{report}/identity")
    closed = await officer.get(f"/board/reports/{anonymous}")

    assert (seen.status_code, "It is recorded that you saw" in seen.text) == (200, True)
    assert again.status_code == 303
    assert 'id="form-identity"' not in closed.text
    assert "only the identity custodian can see who it is" in closed.text
    types = [event.type.value for event in await office.history(report)]
    assert types.count("identity.viewed") == 1


async def test_two_custodians_ask_approve_and_look_once_on_their_page(office: Office) -> None:
    office.settings(two_custodians=True)
    report = await office.made(Status.ASSIGNED, anonymous=True)
    one, two = custodian(office.http), custodian(office.http, "custodian-2")

    page = await one.get("/board/identities")
    early = await one.sends(page, "look", chosen="look", number=str(report), reason="Perintah pengadilan.")
    asked = await one.sends(page, "look", chosen="ask", number=str(report), reason="Perintah pengadilan.")
    waiting = await two.get("/board/identities")
    request = waiting.text.partition('id="form-approve-')[2].partition('"')[0]
    approved = await two.sends(waiting, f"approve-{request}", chosen="approve")
    seen = await one.sends(page, "look", chosen="look", number=str(report), reason="Perintah pengadilan.")
    twice = await one.sends(page, "look", chosen="look", number=str(report), reason="Perintah pengadilan.")

    assert (early.status_code, ">Perintah pengadilan.</textarea>" in early.text) == (409, True)
    assert (asked.status_code, approved.status_code, seen.status_code) == (303, 303, 200)
    assert "Perintah pengadilan." in waiting.text
    assert (twice.status_code, "It is recorded" in twice.text) == (409, False)


@given(
    width=st.integers(1, 5_000), height=st.integers(1, 5_000),
    squares=st.sets(st.tuples(st.integers(0, 15), st.integers(0, 15))),
)  # fmt: skip
def test_the_rectangles_cover_every_square_within_the_picture(
    width: int, height: int, squares: set[tuple[int, int]]
) -> None:
    grid = Squares(width, height)

    found = grid.rectangles(squares)

    assert all(one.left + one.width <= width and one.top + one.height <= height for one in found)
    for row, column in grid.within(squares):
        x = min(width - 1, (column * width + width // 2) // grid.columns)
        y = min(height - 1, (row * height + height // 2) // grid.rows)
        assert any(_holds(one, x, y) for one in found)
    assert len(found) <= 96


def _holds(area: CoveredArea, x: int, y: int) -> bool:
    return area.left <= x < area.left + area.width and area.top <= y < area.top + area.height
