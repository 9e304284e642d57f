"""The public client by which people log in from `/docs` of a stack on this machine."""

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert

from services.database import engine_for
from services.serve import SERVICES
from shared.clients import Role, Scope
from shared.domain.accounts import AccountKind, AccountState
from shared.http.docs_pages import REDIRECT
from shared.schema import Account

ID = "docs"
GRANTS = ("authorization_code", "refresh_token")


async def register(database_url: str, urls: Mapping[str, str]) -> None:
    """By the addresses that the services have this time. It has no secret, so that it gets nothing for itself."""
    back = {
        f"{origin}{below}{REDIRECT}"
        for service, url in urls.items()
        for origin in (url, url.replace("//127.0.0.1", "//localhost"))
        for below in ("", f"/{SERVICES[service]}")
    }
    row = {
        "id": ID, "kind": AccountKind.SYSTEM, "role": Role.CHANNEL.value, "state": AccountState.ACTIVE,
        "name": "Pages about the API", "grants": list(GRANTS), "scopes": sorted(Scope), "redirect_uris": sorted(back),
    }  # fmt: skip
    statement = insert(Account).values(row)
    engine = engine_for(database_url)
    try:
        async with engine.begin() as connection:
            changed = {"redirect_uris": row["redirect_uris"]}
            await connection.execute(statement.on_conflict_do_update(index_elements=[Account.id], set_=changed))
    finally:
        await engine.dispose()
