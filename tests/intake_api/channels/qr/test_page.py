"""The page of a printed code: what it pre-fills, and the report that its form becomes."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, update

from intake_api.app import create_app
from intake_api.channels.qr import codes, queries, tokens
from shared.database import Sessions
from shared.domain.lifecycle import Level
from shared.log import events
from shared.log.events import EventType
from shared.schema import Agency, Category, QrCode, Report
from shared.settings import IntakeSettings
from tests.factories import DAY, NOON, settings
from tests.intake_api.channels.qr.helpers import ENGLISH, WORDS, a_code, receipt_of, sent, shown, token_in
from tests.intake_api.helpers import Clock
from tests.intake_api.uploads.helpers import a_photo, stored


async def the_report(sessions: Sessions, number: str) -> Report:
    async with sessions() as session:
        return (await session.scalars(select(Report).where(Report.tracking_number == number))).one()


async def reports_of(sessions: Sessions, code: str) -> list[str]:
    async with sessions() as session:
        found = select(Report.tracking_number).where(Report.external_reference.startswith(code))
        return list(await session.scalars(found))


async def test_a_code_says_where_what_and_for_whom_in_two_languages(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    code = await a_code(committed)

    page = await http.get(f"/Q/{code}")
    english = await http.get(f"/q/{codes.spelt(code).lower()}?lang=en")

    assert (page.status_code, english.status_code) == (200, 200)
    for said in ("Lampu jalan 0123", "Jl. Pahlawan", "Samarinda-Pu", "roads.damage", "Apa yang bermasalah?"):
        assert said in page.text
    assert "What is wrong?" in english.text
    assert len(page.content) < 30 * 1024
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_the_page_leads_to_the_app_and_to_whatsapp_with_the_code_and_nothing_of_a_person(
    intake_url: str, committed: Sessions
) -> None:
    code = await a_code(committed)
    ways = {"app_link": "lapor://q/{code}", "whatsapp_number": "6281234567890"}
    app = create_app(settings(intake_url, IntakeSettings, **ways))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as http:
        page = await http.get(f"/q/{code}")
        plain = await http.get("/q")
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()

    assert f'href="lapor://q/{code}"' in page.text
    assert "https://wa.me/6281234567890?text=Halo%20LAPOR%21%2C%20saya%20ingin%20melaporkan%20Lampu" in page.text
    assert codes.spelt(code) in page.text
    assert "https://wa.me/6281234567890?text=" in plain.text
    assert "lapor://" not in plain.text


async def test_a_form_becomes_a_report_with_what_the_code_says_and_the_code_opens_its_mailbox(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    code = await a_code(committed)

    page = await sent(
        http, f"/q/{code}", await shown(http, f"/q/{code}"), name="Siti", phone="0812 3456 7890", secret="yes"
    )

    number, access_code = receipt_of(page)
    report = await the_report(committed, number)
    assert (report.channel, report.target_agency_code, report.category_code) == ("qr", "SAMARINDA-PU", "roads.damage")
    assert (report.location_text, report.region_code) == ("Lampu jalan 0123, Jl. Pahlawan", "64.72.01")
    assert (report.latitude, report.longitude, report.secret, report.anonymous) == (-0.49, 117.14, True, False)
    assert (report.title, report.body) == (f"Lampu jalan 0123: {WORDS}", WORDS)
    assert (report.holder_level, report.agency_code) == (Level.NATIONAL, None)  # routing decides
    assert report.reporter_id is not None
    assert f'action="/r/{number}?lang=en"' in page.text
    mailbox = await http.post(f"/r/{number}", data={"code": access_code}, headers=ENGLISH)
    assert mailbox.status_code == 200
    assert WORDS in mailbox.text


async def test_a_page_is_one_report_however_often_and_whatever_is_sent_from_it(
    http: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")

    at_once = await asyncio.gather(*(sent(http, f"/q/{code}", token) for _ in range(3)))
    changed = await sent(http, f"/q/{code}", token, body="Lampunya mati, dan tiangnya miring.")
    now.now = NOON + tokens.LASTS
    late = await sent(http, f"/q/{code}", token)

    assert {receipt_of(page) for page in (*at_once, changed, late)} == {receipt_of(at_once[0])}
    assert "had been sent before" in changed.text
    assert len(await reports_of(committed, code)) == 1


async def test_photos_are_evidence_and_one_that_is_none_loses_nothing(
    http: httpx.AsyncClient, committed: Sessions, store: Path
) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")
    photos = a_photo(300_000), b"no photo at all" * 100, a_photo(20_000)

    page = await sent(http, f"/q/{code}", token, *photos)
    again = await sent(http, f"/q/{code}", token, *photos)

    assert page.status_code == 200
    assert "Photos received: 2" in page.text
    assert "your report is in all the same" in page.text
    assert receipt_of(again) == receipt_of(page)
    report = await the_report(committed, receipt_of(page)[0])
    async with committed() as session:
        types = [event.type for event in await events.history(session, report.id)]
    assert types.count(EventType.EVIDENCE_ADDED) == 2
    assert stored(store) != []


async def test_of_four_photos_three_are_taken(http: httpx.AsyncClient, committed: Sessions) -> None:
    code = await a_code(committed)

    page = await sent(http, f"/q/{code}", await shown(http, f"/q/{code}"), *(a_photo(2_000) for _ in range(4)))

    receipt_of(page)
    assert "Photos received: 3" in page.text
    assert "Of the photos 3 are taken here" in page.text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"body": "  \u200b "}, "Write what is wrong."),
        ({"body": "x" * 20_001}, "20,000"),
        ({"phone": "nanti"}, "phone"),
        ({"email": "siti di rumah"}, "email"),
    ],
)
async def test_what_is_refused_is_shown_again_with_what_was_typed(
    http: httpx.AsyncClient, committed: Sessions, said: dict[str, str], sentence: str
) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")

    page = await sent(http, f"/q/{code}", token, a_photo(5_000), name="Siti <b>", anonymous="yes", **said)
    mended = await sent(http, f"/q/{code}", token_in(page))

    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "Siti &lt;b&gt;" in page.text
    assert 'name="anonymous" value="yes" checked' in page.text
    assert all(text.strip() in page.text for text in said.values())
    assert token_in(page) == token
    receipt_of(mended)
    assert len(await reports_of(committed, code)) == 1


async def test_a_robot_that_has_not_seen_the_page_hands_in_nothing(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    code, other = await a_code(committed), await a_code(committed)

    blind = [
        await sent(http, f"/q/{code}", token)
        for token in ("", "x" * 48, await shown(http, f"/q/{other}"), await shown(http, "/q"))
    ]

    assert [page.status_code for page in blind] == [422] * 4
    assert await reports_of(committed, code) == []
    receipt_of(await sent(http, f"/q/{code}", token_in(blind[0])))


async def test_a_forged_code_asks_the_database_nothing_and_leads_to_the_page_without_one(
    http: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(queries, "scanned", asked)
    forged = codes.new_code("of somebody else")

    page = await http.get(f"/q/{forged}", headers=ENGLISH)
    posted = await sent(http, f"/q/{forged}", token_in(page), place="Jl. Pahlawan")

    assert (page.status_code, posted.status_code) == (404, 404)
    assert "This code is none of ours" in page.text
    assert 'action="/q?lang=en"' in page.text
    assert WORDS in posted.text
    receipt_of(await sent(http, "/q", token_in(posted)))


async def test_a_revoked_code_says_so_and_keeps_what_was_typed(http: httpx.AsyncClient, committed: Sessions) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")
    async with committed.begin() as session:
        gone = update(QrCode).where(QrCode.code == code)
        await session.execute(gone.values(revoked_by="operator:test", revoked_at=NOON))

    page = await http.get(f"/q/{code}", headers=ENGLISH)
    posted = await sent(http, f"/q/{code}", token)

    assert (page.status_code, posted.status_code) == (410, 410)
    assert "no longer in use" in page.text
    assert WORDS in posted.text
    assert await reports_of(committed, code) == []


async def test_an_agency_that_has_ended_is_its_successor_and_a_category_out_of_service_is_left_out(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    gone = NOON.date() - DAY
    async with committed.begin() as session:
        await session.execute(
            insert(Agency),
            [
                {"code": name, "name": name.title(), "kind": "dinas", "time_zone": "Asia/Makassar", "level": "agency",
                 "valid_until": gone, "successor_code": successor}
                for name, successor in (("QR-LOST", None), ("QR-PASSED-ON", "SAMARINDA-PU"))
            ],
        )  # fmt: skip
        await session.execute(
            insert(Category),
            [{"code": "qr.old", "label_id": "Lama", "label_en": "Old", "valid_until": gone}],
        )
    passed_on = await a_code(committed, agency_code="QR-PASSED-ON", category_code="qr.old")
    lost = await a_code(committed, agency_code="QR-LOST")

    pages = [await sent(http, f"/q/{code}", await shown(http, f"/q/{code}")) for code in (passed_on, lost)]

    found = [await the_report(committed, receipt_of(page)[0]) for page in pages]
    assert [(one.target_agency_code, one.category_code) for one in found] == [
        ("SAMARINDA-PU", None), (None, "roads.damage"),
    ]  # fmt: skip


async def test_without_a_code_a_report_says_where_it_is_itself(http: httpx.AsyncClient, committed: Sessions) -> None:
    page = await sent(http, "/q", await shown(http, "/q"), place="Pasar Pagi, Samarinda")
    form = await http.get("/q")
    typed = await http.get("/q?code=abcd-efgh", follow_redirects=False)

    report = await the_report(committed, receipt_of(page)[0])
    assert (report.channel, report.location_text, report.target_agency_code) == ("web", "Pasar Pagi, Samarinda", None)
    assert 'action="/q"' in form.text
    assert 'id="code" name="code"' in form.text
    assert typed.headers["location"] == "/q/ABCDEFGH?lang=id"


async def test_an_address_hands_in_so_much_and_its_repeats_are_answered_all_the_same(
    intake_url: str, committed: Sessions
) -> None:
    code = await a_code(committed)
    limits: dict[str, Any] = {"submissions_per_address": 1, "submissions_window_seconds": 86_400, "trusted_proxies": ""}
    app = create_app(settings(intake_url, IntakeSettings, **limits))
    transport = httpx.ASGITransport(app, client=("2001:db8:51:51::1", 5000))
    app.state.wake = lambda: None
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
        first, second = [await shown(http, f"/q/{code}") for _ in range(2)]
        taken, refused, again = [await sent(http, f"/q/{code}", token) for token in (first, second, first)]
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()

    assert (taken.status_code, refused.status_code, again.status_code) == (200, 429, 200)
    assert receipt_of(again) == receipt_of(taken)
    assert WORDS in refused.text
    assert int(refused.headers["retry-after"]) > 0


async def test_while_the_database_is_away_what_was_typed_is_shown_again(
    http: httpx.AsyncClient, committed: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")

    async def away(*_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(queries, "scanned", away)
        page = await sent(http, f"/q/{code}", token)
        looked_at = await http.get(f"/q/{code}", headers=ENGLISH)
    later = await sent(http, f"/q/{code}", token_in(page))

    assert (page.status_code, looked_at.status_code) == (503, 503)
    assert WORDS in page.text
    assert f'action="/q/{code}?lang=en"' in page.text
    assert "try again" in looked_at.text
    receipt_of(later)


async def test_a_form_that_breaks_off_among_its_words_is_no_report(
    http: httpx.AsyncClient, committed: Sessions
) -> None:
    code = await a_code(committed)
    token = await shown(http, f"/q/{code}")
    cut = (
        f'--b\r\nContent-Disposition: form-data; name="once"\r\n\r\n{token}\r\n'
        '--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nLampunya ma'
    )
    form = {"Content-Type": "multipart/form-data; boundary=b"} | ENGLISH

    broken = await http.post(f"/q/{code}", content=cut.encode(), headers=form)
    large = await sent(http, f"/q/{code}", token, body="x" * 300_000)

    assert (broken.status_code, large.status_code) == (422, 413)
    assert "ends in the middle" in broken.text
    assert await reports_of(committed, code) == []
