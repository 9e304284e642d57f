"""A dump that was restored into another database server, which counts its transactions from the beginning."""

import pytest
from sqlalchemy import text

from services import catching_up, database
from services.trouble import CannotRun
from tests.routing_service.driving import ADMIN, CHANNEL
from tests.routing_service.webhooks.listening import Listening, assigned, report_of

AHEAD = 3_000


async def test_nothing_goes_on_until_the_server_has_caught_up_and_then_everything_does_once(
    listening: Listening,
) -> None:
    office = listening.office
    await listening.subscribe(CHANNEL)
    await assigned(office)
    heard = len(await listening.told())
    async with office.transaction() as session:  # as if another server, far ahead of this one, had written it
        await session.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
        far = f"(SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + {AHEAD})"
        await session.execute(text(f"UPDATE events SET transaction_id = {far}"))
        await session.execute(text(f"UPDATE webhook_position SET transaction_id = {far}"))
        await session.execute(text("ALTER TABLE events ENABLE TRIGGER ALL"))
    engine = listening.sessions.kw["bind"]
    url = engine.url.render_as_string(hide_password=False)

    refused = await listening.refused("GET", "/v1/events", ADMIN)
    with pytest.raises(CannotRun, match="lapor log catch-up"):
        await database.check_log_goes_on(url)
    behind = await catching_up.behind(engine)
    counted: list[int] = []
    await catching_up.catch_up(engine, counted.append)
    after = await assigned(office)
    told = await listening.told()

    assert (refused, heard > 0, 0 < sum(counted) <= behind) == ((503, "log_behind"), True, True)
    assert {report_of(one) for one in told} == {after}
    assert await catching_up.behind(engine) == 0
    await database.check_log_goes_on(url)
