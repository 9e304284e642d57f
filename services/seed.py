"""The reference data of the services, loaded by their own loaders."""

from collections.abc import Callable

import routing_service.registry.seed
import sla_monitor.seed
from services.database import engine_for


async def load_all(url: str, *, progress: Callable[[str], None]) -> None:
    """May be repeated: what is there already is left alone."""
    engine = engine_for(url)
    try:
        await routing_service.registry.seed.load_registry(engine, progress=progress)
        await sla_monitor.seed.load_rules(engine, progress=progress)
    finally:
        await engine.dispose()
