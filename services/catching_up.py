"""After a dump was restored into another database server: that counts its transactions anew, and whoever reads the log
goes by their numbers (decision 7). So that server is made to count on from where the log is.
"""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

#: Numbers that are used up by one call.
STEP = 20_000

_BEHIND = text(
    """
    SELECT greatest(
        (SELECT max(transaction_id) FROM events), (SELECT max(transaction_id) FROM news_position),
        (SELECT max(transaction_id) FROM webhook_position), 0
    ) + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    """
)
# A transaction gets a number when it asks for one. What is lost if the server falls meanwhile is asked for again.
_USE_UP = """
    DO $$ BEGIN
        FOR one IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
    END $$
"""


async def behind(engine: AsyncEngine) -> int:
    """How many transactions the server has to count before the log goes on; 0: none."""
    async with engine.connect() as connection:
        return max(0, int(await connection.scalar(_BEHIND) or 0))


async def catch_up(engine: AsyncEngine, counted: Callable[[int], None]) -> None:
    """May be stopped and begun again. `counted`: told how many more were."""
    async with engine.connect() as autocommitting:
        connection = await autocommitting.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SET synchronous_commit = off"))
        while left := max(0, int(await connection.scalar(_BEHIND) or 0)):
            count = min(left, STEP)
            await connection.execute(text(_USE_UP.format(count=count)))
            counted(count)
