"""How a reporter chooses to be told, ends the mails, and is shown what they were told; and mails that come back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from intake_api.notifications.stops import service
from intake_api.notifications.stops.bounces import Bounce, read_bounce
from intake_api.notifications.tokens import token_of
from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.keys.purposes import KeyPurpose
from tests.factories import NOON, RING, bearer
from tests.intake_api.helpers import APP, OTHER_APP, Clock, Submitted, code_of, submitted
from tests.intake_api.newsroom import do, rows

ANI = {"name": "Ani Lestari", "email": "ani@warga.example"}


def link(report: Submitted) -> str:
    return f"/unsubscribe/{token_of(RING.current(KeyPurpose.UNSUBSCRIBING).text, report.id)}"


async def way(client: httpx.AsyncClient, report: Submitted, headers: dict[str, str] | None = None) -> Any:
    answer = await client.get(f"{report.path}/notifications", headers=headers or report.as_reporter)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def choose(client: httpx.AsyncClient, report: Submitted, **wish: Any) -> httpx.Response:
    return await client.put(f"{report.path}/notifications", json=wish, headers=report.as_reporter)


async def stops(sessions: Sessions, report: Submitted) -> int:
    return len(await rows(sessions, "SELECT 1 FROM mail_stops s JOIN reporters p ON p.email_index = s.address_index"
                          " JOIN reports r ON r.reporter_id = p.id WHERE r.id = :id", id=report.id))  # fmt: skip


async def a_news(sessions: Sessions, report: Submitted, **columns: Any) -> UUID:
    """That they were told of the receipt."""
    given = {"channel": "email", "state": "told", "reason": None, "message_id": ids.new_id()} | columns
    await do(sessions,
             "INSERT INTO reporter_notifications (id, report_id, event_id, kind, state, channel, reason, message_id,"
             " next_attempt_at, created_at, settled_at) SELECT new_event_id(), e.report_id, e.id, 'received',"
             " CAST(:state AS varchar),"
             " :channel, :reason, :message_id, :at, :at, CASE WHEN CAST(:state AS varchar) = 'pending' THEN NULL"
             " ELSE CAST(:at AS timestamptz) END FROM events e WHERE e.report_id = :id AND e.seq = 1",
             id=report.id, at=NOON, **given)  # fmt: skip
    found: UUID = given["message_id"]
    return found


async def test_a_reporter_reads_how_they_are_told_and_in_which_languages(client: httpx.AsyncClient) -> None:
    report = await submitted(client, reporter=ANI)

    assert await way(client, report) == {
        "channel": None, "language": "id", "languages": ["en", "id"], "told_by": None, "untold_because": "no_channel",
        "text": "Anda tidak diberi tahu: saluran itu belum disiapkan.", "told": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"channel": "none"}, "declined"), ({"channel": "webhook"}, "no_channel"), ({"channel": "sms"}, "no_contact")],
)
async def test_what_they_choose_counts_from_then_on(
    client: httpx.AsyncClient, wish: dict[str, str], reason: str
) -> None:
    report = await submitted(client, reporter=ANI)

    answer = await choose(client, report, **wish, language="en")

    assert answer.status_code == 200
    assert (answer.json()["channel"], answer.json()["untold_because"]) == (wish["channel"], reason)
    assert answer.json()["language"] == "en"
    assert await way(client, report) == answer.json()


async def test_an_app_chooses_for_its_own_account_and_nobody_for_another(client: httpx.AsyncClient) -> None:
    report = await submitted(client, reporter_reference="account-news")
    path = f"{report.path}/notifications"

    async def chosen(headers: dict[str, str], account: str) -> int:
        sent = headers | {"X-Reporter-Reference": account}
        return (await client.put(path, json={"channel": "none"}, headers=sent)).status_code

    assert await chosen(APP, "account-news") == 200
    assert await chosen(APP, "another-account") == 404
    assert await chosen(OTHER_APP, "account-news") == 404
    assert (await client.put(path, json={"channel": "none"}, headers={"X-Access-Code": "WRONG"})).status_code == 404
    assert (await client.put(path, json={"channel": "none"})).status_code == 401


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"language": "jv"}, "unknown_language"),
        ({"language": "../id"}, "invalid"),
        ({"channel": "pigeon"}, "invalid"),
        ({"email": "x@y.example"}, "invalid"),
    ],
)
async def test_what_cannot_be_chosen_is_refused(client: httpx.AsyncClient, wish: dict[str, str], code: str) -> None:
    report = await submitted(client)

    status, said = code_of(await choose(client, report, **wish))
    assert status == 422
    assert said == code or code == "invalid"


async def test_of_an_erased_report_nothing_is_chosen(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await do(committed, "UPDATE reports SET salt = '' WHERE id = :id", id=report.id)

    assert code_of(await choose(client, report, channel="email")) == (409, "erased")


async def test_one_click_ends_the_mails_of_a_report_and_looking_at_the_page_does_not(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, other = await submitted(client, reporter=ANI), await submitted(client, reporter=ANI)

    page = await client.get(link(report), params={"lang": "en"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"News about report {report.number}" in page.text
    assert "<script" not in page.text
    assert "ani@" not in page.text
    assert (await way(client, report))["channel"] is None

    done = await client.post(link(report), data={"List-Unsubscribe": "One-Click"})
    again = await client.post(link(report), files={"List-Unsubscribe": (None, "One-Click")})

    assert (done.status_code, again.status_code) == (200, 200)
    assert (await way(client, report))["channel"] == "none"
    assert (await way(client, other))["channel"] is None
    assert await stops(committed, report) == 0


async def test_the_page_ends_all_mails_to_the_address_and_asking_for_mails_lifts_that(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter={"email": "Budi@Warga.example"})
    other = await submitted(client, reporter={"email": "budi@warga.example"})

    assert (await client.post(link(report), data={"of": "address"})).status_code == 200
    assert await stops(committed, other) == 1

    await choose(client, other, channel="email")
    assert await stops(committed, report) == 0


async def test_a_report_that_came_after_the_stop_lifts_it_for_nobody(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    """Anybody may write somebody else's address into a report of their own."""
    report = await submitted(client, reporter={"email": "sri@warga.example"})
    assert (await client.post(link(report), data={"of": "address"})).status_code == 200
    now.now += timedelta(seconds=1)
    strangers = await submitted(client, reporter={"email": "sri@warga.example"})

    await choose(client, strangers, channel="email")
    assert await stops(committed, report) == 1

    await choose(client, report, channel="email")
    assert await stops(committed, report) == 0


@pytest.mark.parametrize("token", ["a" * 52, "A" * 52, "a" * 51, "1" * 52, "%C3%A9" * 52])
async def test_a_link_that_we_did_not_make_leads_to_a_page_that_says_so(client: httpx.AsyncClient, token: str) -> None:
    for method in ("GET", "POST"):
        answer = await client.request(method, f"/unsubscribe/{token}?lang=en")
        assert answer.status_code == 404
        assert "There is nothing to unsubscribe from here." in answer.text
        assert "<form" not in answer.text


async def test_a_link_is_of_one_report(client: httpx.AsyncClient) -> None:
    mine, theirs = await submitted(client), await submitted(client)
    half = len("/unsubscribe/") + 26

    assert (await client.get(link(mine)[:half] + link(theirs)[half:])).status_code == 404


async def test_the_timeline_says_when_they_were_told(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, reporter=ANI)
    await a_news(committed, report)

    view = (await client.get(report.path, headers=report.as_reporter | {"Accept-Language": "en"})).json()
    (told,) = view["timeline"][0]["told"]
    page = (await client.get(f"{report.path}/timeline", headers=report.as_reporter)).json()

    assert told["text"] == "You were told by e-mail on 2 March 2026 12:00 WITA."
    assert page["items"][0]["told"][0]["text"] == "Anda diberi tahu lewat surel pada 2 Maret 2026 12.00 WITA."
    assert (await way(client, report))["told"][0]["kind"] == "received"
    assert "told" not in (await client.get(report.path)).text


@pytest.mark.parametrize(
    "columns",
    [{"state": "pending"}, {"state": "not_told", "reason": "no_channel"}, {"state": "not_told", "reason": "overtaken"}],
)
async def test_what_was_never_sent_is_no_line_of_the_timeline(
    client: httpx.AsyncClient, committed: Sessions, columns: dict[str, str]
) -> None:
    report = await submitted(client, reporter=ANI)
    await a_news(committed, report, **columns)

    view = (await client.get(report.path, headers=report.as_reporter)).json()
    assert view["timeline"][0]["told"] == []


def returned(
    message_id: UUID | str, action: str = "failed", status: str = "5.1.1", kind: str = "text/rfc822-headers"
) -> bytes:
    """As Postfix reports it."""
    return f"""From: MAILER-DAEMON@mx.example
To: lapor@pusat.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ani@warga.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: {kind}

From: lapor@pusat.example
To: ani@warga.example
Message-ID: <{message_id}@pusat.example>

--b--
""".encode()


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.parametrize(
    ("status", "for_good"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.4.4", True), ("5.2.2", False), ("5.7.1", False),
     ("5.1.8", False), ("5.0.0", False), ("4.4.7", False)],
)  # fmt: skip
def test_a_report_of_a_server_says_whether_the_address_is_gone(kind: str, status: str, for_good: bool) -> None:
    message_id = ids.new_id()

    assert read_bounce(returned(message_id, status=status, kind=kind)) == Bounce(message_id, status, for_good)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"\xff\x00", b"Subject: hello\n\nI am on holiday", returned(ids.new_id(), action="delayed"),
        returned("not-an-id"), returned(ids.new_id(), kind="text/plain"), b"Content-Type: multipart/report\n\n",
        b"Content-Type: message/rfc822\n\n" * 5_000,
    ],
)  # fmt: skip
def test_anything_else_is_passed_over(sent: bytes) -> None:
    assert read_bounce(sent) is None


async def test_a_mail_that_came_back_told_nobody_and_ends_mails_to_that_address(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, reporter={"email": "gone@warga.example"})
    full = await submitted(client, reporter={"email": "full@warga.example"})
    for one, status, count in ((report, "5.1.1", 1), (full, "5.2.2", 0)):
        bounce = read_bounce(returned(await a_news(committed, one), status=status))
        assert bounce is not None
        async with committed.begin() as session:
            assert await service.take_bounce(session, bounce, now=NOON) == 1
        async with committed.begin() as session:
            assert await service.take_bounce(session, bounce, now=NOON) == 0  # told twice, it is taken once
        assert await stops(committed, one) == count

    view = (await client.get(report.path, headers=report.as_reporter)).json()
    (told,) = view["timeline"][0]["told"]
    assert (told["state"], told["reason"]) == ("not_told", "bounced")
    assert told["text"] == "Anda tidak dapat diberi tahu lewat surel pada 2 Maret 2026 12.00 WITA: surel kembali."


async def test_what_a_person_was_told_goes_with_them(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, reporter=ANI)
    await a_news(committed, report)
    await choose(client, report, channel="none")
    await do(committed, "UPDATE reports SET status = 'closed' WHERE id = :id", id=report.id)

    answer = await client.post(
        f"{report.path}/erasure", json={"cause": "request"}, headers=bearer(Role.IDENTITY_CUSTODIAN)
    )

    assert answer.status_code == 200, answer.text
    for table in ("reporter_notifications", "news_choices"):
        assert await rows(committed, f"SELECT 1 FROM {table} WHERE report_id = :id", id=report.id) == []
