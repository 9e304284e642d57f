"""The operations on learned models, each driven to success."""

from datetime import UTC, datetime

from routing_service.competence.learning.model import Model
from routing_service.competence.models import queries
from services.database import engine_for
from shared.clients import Role
from shared.database import create_sessions
from tests.routing_service.competence.learning_corpora import METRICS, TRAINED_ON, trained
from tests.stack.driving import ROUTING
from tests.stack.operations_of_rules import Call


async def models(call: Call, database_url: str) -> None:
    """Two models that were trained are put in force one after the other, and the first again."""
    first, second = await _trained(database_url)
    operator = {"role": Role.OPERATOR}
    for id in (first, second):
        await call(ROUTING, "POST /v1/routing/models/{id}/activation", id=str(id), **operator)
    back = await call(ROUTING, "POST /v1/routing/models/rollback", **operator)
    listed = await call(ROUTING, "GET /v1/routing/models", **operator)
    assert listed["active"] == back["id"] == first


async def _trained(database_url: str) -> list[int]:
    """As the command leaves them."""
    engine = engine_for(database_url)
    blob = Model(trained().classifier, trained().threshold).dump()
    async with create_sessions(engine).begin() as session:
        added = [
            await queries.add_model(
                session,
                blob=blob,
                metrics=METRICS,
                trained_on=TRAINED_ON,
                trained_by="operator:uji",
                trained_at=datetime.now(UTC),
            )
            for _ in range(2)
        ]
    await engine.dispose()
    return added
