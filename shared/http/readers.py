"""What PostgreSQL is told of a GET: that its caller may not see all reports.

A service whose login has a role to read by (services/grants/) takes it for such a GET, in the message that begins the
transaction: row-level security then hides whatever report the caller is not known to reach. A condition that somebody
forgets shows nothing. Without a word of ours that is what everybody may know; `reach_of` adds what the caller works on.
"""

from collections.abc import Callable, Iterable

from fastapi import Request
from sqlalchemy import make_url

from shared.clients import CLIENT, Client
from shared.queries.reach import works_on_all
from shared.reading import READERS

#: The rules of one report that is named depend on its columns, its code or its account: the code applies them.
_NAMED = ("/v1/reports/{", "/v1/reporters/{")

#: None: as the service itself, which sees all.
Reads = Callable[[Request], str | None]


def reads_as(database_url: str, *, whole: Iterable[str] = ()) -> Reads:
    """`whole`: paths that find reports by what only their conditions know, such as the client that submitted them."""
    login = make_url(database_url).username
    if login is None or login not in READERS:
        return lambda request: None
    reader, known = READERS[login], frozenset(whole)

    def reading(request: Request) -> str | None:
        path: str = getattr(request.scope.get("route"), "path_format", "")
        client: Client | None = request.scope.get(CLIENT)
        if path.startswith(_NAMED) or path in known or (client is not None and works_on_all(client)):
            return None
        return reader

    return reading
