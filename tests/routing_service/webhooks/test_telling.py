"""What a webhook tells: what the feed of its owner tells, and nothing that they may not see any more."""

from standardwebhooks import Webhook as Verifier

from shared.clients import Role
from shared.clock import utc_now
from tests.factories import bearer
from tests.routing_service.driving import ADMIN, CHANNEL, COORDINATOR, OFFICER
from tests.routing_service.webhooks.listening import Listening

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
