"""What is kept of webhooks, and for how long: old messages go, and secrets follow the key that wraps them."""

from datetime import datetime, timedelta

from routing_service.webhooks import queries, secrets
from shared.database import Sessions
from shared.keys.held import Keys

PORTION = 5_000


async def forget_old(sessions: Sessions, *, days: int, now: datetime) -> int:
    """Messages made so long ago, whatever became of them, and ended secrets and replays; a portion to a transaction."""
    before, gone = now - timedelta(days=days), 0
    while True:
        async with sessions.begin() as session:
            found = await queries.forget_messages(session, before=before, limit=PORTION)
        gone += found
        if found < PORTION:
            break
    async with sessions.begin() as session:
        await queries.forget_ended(session, before=before)
    return gone


async def rewrap_secrets(sessions: Sessions, keys: Keys) -> int:
    """Under the current key, so that an earlier one can go. What its key cannot open stays as it is."""
    done = 0
    async with sessions.begin() as session:
        for row in await queries.all_secrets(session):
            values = secrets.rewrapped(keys, row)
            if values is not None:
                await queries.change_secret(session, row.id, values)
                done += 1
    return done
