"""The public client by which people log in from `/docs` of a stack on this machine."""

from collections.abc import Mapping

from routing_service.access.accounts import queries, systems
from routing_service.access.accounts.systems import CODE, REFRESH, SystemDraft
from services.database import engine_for
from services.serve import SERVICES
from shared.clients import Role, Scope
from shared.database import create_sessions
from shared.http.docs_pages import REDIRECT

ID, NAME = "docs", "Pages about the API"
GRANTS = (CODE, REFRESH)


async def register(database_url: str, urls: Mapping[str, str]) -> None:
    """By the addresses that the services have this time. It has no secret, so that it gets nothing for itself."""
    back = {
        f"{origin}{below}{REDIRECT}"
        for service, url in urls.items()
        for origin in (url, url.replace("//127.0.0.1", "//localhost"))
        for below in ("", f"/{SERVICES[service]}")
    }
    scopes = tuple(sorted(scope.value for scope in Scope))
    draft = SystemDraft(NAME, Role.CHANNEL, id=ID, scopes=scopes, redirect_uris=tuple(sorted(back)), grants=GRANTS)
    engine = engine_for(database_url)
    try:
        async with create_sessions(engine).begin() as session:
            if await queries.account(session, ID, lock=True) is None:
                await systems.create_system(session, draft)
            else:
                await systems.change_system(session, ID, {"redirect_uris": list(draft.redirect_uris)})
    finally:
        await engine.dispose()
