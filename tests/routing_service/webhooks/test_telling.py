"""What a webhook tells: what the feed of its owner tells, and nothing that they may not see any more."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from shared.clients import Role
from shared.clock import utc_now
from tests.factories import a_report, bearer
from tests.routing_service.driving import ADMIN, CHANNEL, COORDINATOR, OFFICER
from tests.routing_service.webhooks.listening import Heard, Listening, assigned, report_of

APP = bearer(Role.REPORTER_APP, sub="mobile-app")


async def test_a_message_is_the_item_of_the_feed_and_is_signed(listening: Listening) -> None:
    office = listening.office
    office.clock.now = utc_now()  # a receiver refuses what is older than minutes
    made = await listening.subscribe(CHANNEL)
    report = await office.report(received_at=office.clock.now)
    await office.done(report, "verification", ADMIN)
    await office.done(report, "forwarding", ADMIN)
    await office.done(report, "disposition", COORDINATOR)
    await office.done(report, "responses", OFFICER)

    heard = await listening.told()

    feed = (await office.get("/v1/events", CHANNEL))["items"]
    assert [one.body for one in heard] == feed
    assert [one.id for one in heard] == [item["id"] for item in feed]
    assert all(Verifier(made["secret"]).verify(one.content, dict(one.headers)) == one.body for one in heard)


async def test_an_app_hears_of_the_reports_that_it_handed_in_what_its_feed_tells(listening: Listening) -> None:
    office = listening.office
    await listening.subscribe(APP)
    own, foreign = await office.report(), await office.report(client_id="another-app")
    for report in (own, foreign):
        await office.done(report, "verification", ADMIN)
        await office.done(report, "notes", ADMIN)

    heard = [one.body for one in await listening.told()]

    number = await office.value(own, "tracking_number")
    assert [one["type"] for one in heard] == ["report.received", "report.verified"]
    assert {one["tracking_number"] for one in heard} == {number}
    assert heard[0].keys() == {
        "id", "type", "tracking_number", "of", "external_reference", "status", "version", "occurred_at", "changed_at",
    }  # fmt: skip


async def test_what_happens_to_the_survivor_is_told_for_each_report_under_a_name_of_its_own(
    listening: Listening,
) -> None:
    office = listening.office
    await listening.subscribe(APP, types=["report.responded"])
    survivor, *merged = [await assigned(office) for _ in range(3)]
    for report in merged:
        await office.done(report, "merge", COORDINATOR, into=await office.value(survivor, "tracking_number"))
    office.clock.advance(minutes=5)
    await office.done(survivor, "responses", OFFICER)

    heard = await listening.told()

    numbers = [await office.value(report, "tracking_number") for report in merged]
    event = str((await office.last(survivor)).id)
    assert {one.id for one in heard} == {event, *(f"{event}.{number}" for number in numbers)}
    assert {one.body["of"] for one in heard if "." in one.id} == {"merged"}


async def test_whose_hands_a_hidden_report_came_through_is_not_told(listening: Listening) -> None:
    office = listening.office
    await listening.subscribe(CHANNEL, types=["report.received"])
    for changes in ({"anonymous": True}, {"secret": True}, {}):
        report = await office.report(**changes)
        await office.done(report, "verification", ADMIN)
        await office.done(report, "forwarding", ADMIN)
        await office.done(report, "disposition", COORDINATOR)

    actors = [one.body["data"]["actor"] for one in await listening.told()]

    assert sorted(actors) == ["reporter_app", "reporter_app", "reporter_app:mobile-app"]


async def test_what_has_gone_to_another_agency_meanwhile_is_withheld(listening: Listening) -> None:
    office = listening.office
    made = await listening.subscribe(CHANNEL)
    report = await assigned(office)
    await listening.dispatched()
    await office.done(report, "redirection", COORDINATOR)

    heard = await listening.told()

    assert [one.body["type"] for one in heard] == ["report.assigned", "report.redirected"]
    states = [(one["type"], one["state"]) for one in await listening.log(made, CHANNEL)]
    assert states[:3] == [
        ("report.received", "withheld"), ("report.verified", "withheld"), ("report.forwarded", "withheld"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts SET state = 'deactivated' WHERE id = 'pu-system'",
        "UPDATE accounts SET scopes = '{}' WHERE id = 'pu-system'",
        "UPDATE accounts SET agency_code = 'SAMARINDA-DINKES' WHERE id = 'pu-system'",
        "UPDATE agencies SET active = false WHERE code = 'SAMARINDA-PU'",
    ],
)
async def test_an_account_that_has_lost_its_right_hears_nothing_more(listening: Listening, change: str) -> None:
    office = listening.office
    await office.execute(
        "INSERT INTO accounts (id, kind, role, agency_code, scopes, state, name) VALUES "
        "('pu-system', 'system', 'channel', 'SAMARINDA-PU', '{reports:work}', 'active', 'PU')"
    )
    made = await listening.subscribe(CHANNEL, types=["report.verified"])
    await assigned(office)
    await listening.dispatched()
    await office.execute(change)

    assert await listening.told() == []
    (waited,) = await listening.log(made, CHANNEL)
    assert (waited["state"], waited["error"]) == ("withheld", "out_of_reach")


async def test_the_agencies_and_types_that_were_asked_for_narrow_what_comes(listening: Listening) -> None:
    office = listening.office
    await listening.subscribe(CHANNEL, types=["report.assigned"], agency="SAMARINDA-PU-JALAN")
    report = await assigned(office)
    assert await listening.told() == []

    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-PU-JALAN")
    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-PU")
    assert await listening.told() == []


async def test_a_webhook_begins_when_it_is_made_whatever_transactions_are_open(listening: Listening) -> None:
    office = listening.office
    async with listening.sessions.begin() as slow:
        await slow.execute(text("SELECT pg_current_xact_id()"))  # numbered before all that follows
        await office.report()
        await listening.subscribe(APP)
        after = await office.report()
        late = await a_report(slow)

    heard = await listening.told()

    numbers = [await office.value(report, "tracking_number") for report in (after, late)]
    assert sorted(one.body["tracking_number"] for one in heard) == sorted(numbers)


async def test_a_replay_tells_a_period_once_more_and_what_was_before_the_webhook(listening: Listening) -> None:
    office = listening.office
    before = await assigned(office)
    office.clock.advance(hours=1)
    await listening.quiet()
    made = await listening.subscribe(CHANNEL)
    after = await assigned(office)
    first = await listening.told()
    assert {report_of(one) for one in first} == {after}
    since = (office.clock.advance(seconds=1) - timedelta(hours=2)).isoformat()

    await listening.quiet()
    replay = await listening.done("POST", f"/v1/webhooks/{made['id']}/replays", CHANNEL, {"since": since})
    assert replay["finished_at"] is None
    again = await listening.told()

    assert {report_of(one) for one in again} == {before, after}
    assert {one.id for one in first} <= {one.id for one in again}
    for report in (before, after):
        assert [one.body["data"]["seq"] for one in again if report_of(one) == report] == [1, 2, 3, 4]
    (shown,) = (await office.get(f"/v1/webhooks/{made['id']}/replays", CHANNEL))["items"]
    assert (shown["messages"], shown["finished_at"] is not None) == (8, True)


async def test_one_message_is_sent_once_more_under_the_same_name(listening: Listening) -> None:
    made = await listening.subscribe(CHANNEL, types=["report.assigned"])
    await assigned(listening.office)
    (first,) = await listening.told()
    (logged,) = await listening.log(made, CHANNEL)
    path = f"/v1/webhooks/{made['id']}/deliveries/{logged['delivery']}"

    again = await listening.done("POST", f"{path}/replay", CHANNEL)

    assert (again["state"], again["attempts"], again["message_id"]) == ("waiting", 0, first.id)
    (second,) = await listening.told()
    assert (second.id, second.content) == (first.id, first.content)


async def test_a_test_is_sent_and_told_of_in_the_log(listening: Listening) -> None:
    made = await listening.subscribe(CHANNEL)
    path = f"/v1/webhooks/{made['id']}/ping"
    sent = await listening.done("POST", path, CHANNEL)
    assert await listening.refused("POST", path, CHANNEL) == (409, "ping_waits")

    (heard,) = await listening.told()

    assert (heard.id, heard.body["type"], heard.body["subject"]) == (sent["message_id"], "webhook.ping", made["id"])
    (logged,) = await listening.log(made, CHANNEL)
    assert (logged["state"], logged["event"]) == ("delivered", None)


async def test_messages_are_signed_with_both_secrets_while_one_replaces_the_other(listening: Listening) -> None:
    office = listening.office
    office.clock.now = utc_now()
    made = await listening.subscribe(CHANNEL, types=["report.assigned"])
    path = f"/v1/webhooks/{made['id']}/secrets"
    new = await listening.done("POST", path, CHANNEL, {"overlap_hours": 1})

    def signed_by(heard: Heard) -> list[str]:
        found = []
        for secret in (made["secret"], new["secret"]):
            with suppress(WebhookVerificationError):
                Verifier(secret).verify(heard.content, dict(heard.headers))
                found.append(secret)
        return found

    await assigned(office)
    (both,) = await listening.told()
    assert signed_by(both) == [made["secret"], new["secret"]]
    await office.execute(
        "UPDATE webhook_secrets SET expires_at = :now WHERE expires_at IS NOT NULL", now=office.clock.now
    )
    await assigned(office)
    (after,) = await listening.told()
    assert signed_by(after) == [new["secret"]]
    assert await office.scalar("SELECT count(*) FROM webhook_secrets WHERE position(:text IN sealed::text) > 0",
                               text=new["secret"][6:20]) == 0  # fmt: skip
