"""The mailbox behind the access code: one page without scripts, for people who have nothing but two numbers."""

import asyncio
import base64
import hashlib
import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import EventType
from tests.intake_api.helpers import Submitted, assigned, moved, submitted

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}


async def send(client: httpx.AsyncClient, report: Submitted, code: str | None = None, **fields: str) -> httpx.Response:
    content = urlencode({"code": report.code if code is None else code, **fields})
    return await client.post(f"/r/{report.number}", content=content, headers=FORM)


def token(page: httpx.Response, act: str) -> str:
    """What the form of an act has, so that it counts once."""
    form = page.text[page.text.index(f'id="{act}"') :]
    found = re.search(r'name="once" value="([A-Z0-9]+)"', form)
    assert found is not None
    return found[1]


async def acted(client: httpx.AsyncClient, report: Submitted, act: str, **fields: str) -> httpx.Response:
    page = await send(client, report)
    return await send(client, report, act=act, once=token(page, act), **fields)


async def types_of(committed: Sessions, report: Submitted) -> list[EventType]:
    async with committed() as session:
        return [event.type for event in await events.history(session, report.id)]


async def test_the_page_asks_for_the_code_and_says_the_same_of_a_number_that_nobody_has(
    client: httpx.AsyncClient,
) -> None:
    report = await submitted(client)

    known = await client.get(f"/r/{report.number}", headers={"Accept-Language": "id"})
    unknown = await client.get("/r/1234567890", headers={"Accept-Language": "id"})

    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(report.number, "N") == unknown.text.replace("1234567890", "N")
    assert "Kode akses" in known.text
    assert report.code not in known.text


async def test_a_wrong_code_and_a_number_that_nobody_has_are_answered_alike(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    wrong = await send(client, report, code="AAAA BBBB")
    nobody = await send(client, Submitted(report.id, "1234567890", report.code))

    assert wrong.status_code == nobody.status_code == 404
    assert wrong.text.replace(report.number, "N") == nobody.text.replace("1234567890", "N")


async def test_whoever_has_the_code_reads_what_was_asked_and_answers_it_once_however_often_it_is_sent(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await moved(
        committed, report, EventType.REPORT_HELD, Status.AWAITING_REPORTER, said="Di <b>sisi</b> mana?",
        kind=MessageKind.QUESTION, held_from=Status.ASSIGNED,
    )  # fmt: skip
    page = await send(client, report)
    assert "Di &lt;b&gt;sisi&lt;/b&gt; mana?" in page.text
    form = {"act": "reply", "once": token(page, "reply"), "body": "Di sisi\r\nkiri <script>alert(1)</script>"}

    answers = await asyncio.gather(*(send(client, report, **form) for _ in range(3)))
    again = await send(client, report, **form)

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert again.status_code == 200
    assert "We have received your message." in again.text
    assert "<script" not in again.text
    assert unescape(again.text).count("kiri <script>alert(1)</script>") == 1
    assert (await types_of(committed, report)).count(EventType.REPORTER_REPLIED) == 1


async def test_every_act_of_a_reporter_can_be_done_with_the_code_alone(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    rated, reopened, appealed, withdrawn = [await submitted(client) for _ in range(4)]
    await assigned(committed, rated)
    await moved(committed, rated, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Selesai.")
    await assigned(committed, reopened)
    await moved(committed, reopened, EventType.REPORT_CLOSED, Status.CLOSED, data={"cause": "rating"})
    await moved(committed, appealed, EventType.REPORT_ARCHIVED, Status.ARCHIVED, data={"reason": "no_authority"})

    stars = await acted(client, rated, "rate", score="2", resolved="no", body="Belum beres.")
    again = await acted(client, reopened, "reopen", body="")
    appeal = await acted(client, appealed, "appeal", body="Ini wewenang kota.")
    back = await acted(client, withdrawn, "withdraw", sure="yes")

    assert [answer.status_code for answer in (stars, again, appeal, back)] == [200, 200, 200, 200]
    done = {
        rated: EventType.REPORTER_RATED, reopened: EventType.REPORTER_REOPENED,
        appealed: EventType.REPORTER_APPEALED, withdrawn: EventType.REPORTER_WITHDREW,
    }  # fmt: skip
    for report, type in done.items():
        assert (await types_of(committed, report))[-1] is type
    assert "Your request is being carried out" in back.text


@pytest.mark.parametrize(
    ("act", "fields", "sentence"),
    [
        ("reply", {"body": " \u200b "}, "Write what you want to say"),
        ("reply", {"body": "x" * 20_001}, "Write what you want to say"),
        ("withdraw", {}, "Tick the box"),
        ("rate", {"score": "6", "resolved": "yes"}, "Choose from one to five stars."),
        ("rate", {"score": "٣", "resolved": "yes"}, "Choose from one to five stars."),
        ("rate", {"score": "5", "resolved": "perhaps"}, "Say whether the trouble is over."),
        ("consent", {"purpose": "ombudsman"}, "Say yes or no."),
        ("reply", {"body": "Halo", "once": "../../etc"}, "Open the page anew"),
    ],
)
async def test_what_cannot_be_taken_is_said_in_a_sentence_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, committed: Sessions, act: str, fields: dict[str, str], sentence: str
) -> None:
    report = await submitted(client)
    before = await types_of(committed, report)

    answer = await send(client, report, **{"act": act, "once": "A" * 32, **fields})

    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert await types_of(committed, report) == before
    if act == "reply":
        assert fields["body"] in unescape(answer.text)


async def test_what_is_not_possible_now_is_refused_and_what_was_typed_stays(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)

    answer = await send(client, report, act="rate", once="A" * 32, score="5", resolved="yes")

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert EventType.REPORTER_RATED not in await types_of(committed, report)


async def test_old_messages_are_a_page_away(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    for number in range(7):
        answer = await acted(client, report, "reply", body=f"Pesan nomor {number}.")
        assert answer.status_code == 200

    first = await send(client, report)
    cursor = re.search(r'name="cursor" value="([^"]+)"', first.text)
    assert cursor is not None
    older = await send(client, report, cursor=cursor[1])
    broken = await send(client, report, cursor="%%%")

    shown = [[f"Pesan nomor {number}." in page.text for number in (1, 6)] for page in (first, older)]
    assert shown == [[False, True], [True, False]]
    assert broken.status_code == 422


async def test_the_copy_is_a_file_and_a_receipt_that_is_not_there_yet_is_told(client: httpx.AsyncClient) -> None:
    report = await submitted(client, reporter={"name": "Siti Rahma", "phone": "081234567890"})

    copy = await send(client, report, act="export")
    receipt = await send(client, report, act="receipt")

    assert copy.headers["content-disposition"] == f'attachment; filename="{report.number}.json"'
    assert copy.json()["identity"]["name"] == "Siti Rahma"
    assert receipt.status_code == 404
    assert "come back in an hour" in receipt.text
    assert "Siti" not in (await send(client, report)).text  # whoever looks over a shoulder


async def test_the_page_needs_nothing_from_elsewhere_and_is_kept_nowhere(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    for page in (await client.get("/r"), await client.get(f"/r/{report.number}"), await send(client, report)):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "set-cookie" not in page.headers
        style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
        assert "<script" not in page.text
        assert len(page.content) < 30 * 1024


async def test_a_number_that_is_typed_leads_to_its_page(client: httpx.AsyncClient) -> None:
    there = await client.get("/r", params={"number": " 12345 67890", "lang": "en"})

    assert there.status_code == 303
    assert there.headers["location"] == "/r/1234567890?lang=en"


async def test_whoever_has_the_code_reads_when_they_were_told_and_chooses_how_they_are(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter={"name": "Siti Rahma", "email": "siti@warga.example"})
    async with committed.begin() as session:
        (received, *_) = await events.history(session, report.id)
        told = (
            "INSERT INTO reporter_notifications (id, report_id, event_id, kind, state, channel, next_attempt_at,"
            " created_at, settled_at) VALUES (gen_random_uuid(), :report, :event, 'received', 'told', 'sms', now(),"
            " now(), '2026-03-02T04:05:06Z')"
        )
        await session.execute(text(told), {"report": report.id, "event": received.id})

    before = await send(client, report)
    chosen = await send(client, report, act="news", channel="none", language="id")
    back = await send(client, report, act="news", channel="", language="en")

    history = before.text[before.text.index("<ol reversed>") :]
    assert "You were told by SMS on 2 March 2026 12:05 WITA." in history
    assert "siti@" not in before.text
    assert "Your choice is kept." in chosen.text
    assert "You are not told: no news is wanted." in chosen.text
    assert '<option value="none" selected>' in chosen.text
    assert '<option value="en" lang="en" selected>' in back.text
    assert '<option value="none">' in back.text


@pytest.mark.parametrize("fields", [{"channel": "pigeon"}, {"language": "xx"}, {"channel": "email\x00"}])
async def test_a_choice_that_the_page_does_not_offer_is_said_in_a_sentence(
    client: httpx.AsyncClient, committed: Sessions, fields: dict[str, str]
) -> None:
    report = await submitted(client)

    answer = await send(client, report, act="news", **fields)

    if "\x00" in fields.get("channel", ""):
        assert answer.status_code == 200  # what cannot be stored is as if it were not there
    else:
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    async with committed() as session:
        stored = await session.scalar(
            text("SELECT count(*) FROM news_choices WHERE report_id = :id AND channel IS NOT NULL"), {"id": report.id}
        )
    assert stored == 0
