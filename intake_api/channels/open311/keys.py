"""An `api_key` is a secret of a registered client: it is made, replaced and taken away as such."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import State
from starlette.types import Scope as Connection

from intake_api.channels.open311 import forms, queries
from shared.clients import Client, Scope
from shared.database import Sessions
from shared.errors import Unauthenticated
from shared.http.problems import away_is_unavailable

#: So long a client that was shut out, or a key that was taken away, still gets in.
REMEMBERED_SECONDS = 2.0
REMEMBERED_KEYS = 1_000
#: What a key opens, whatever else the client may do with a token: a key is sent as it is with each report.
_OPENS = frozenset({Scope.SUBMIT.value})


class ApiKeys:
    """One for each process."""

    def __init__(self, sessions: Callable[[], Sessions], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Client]] = OrderedDict()

    async def client_of(self, key: str) -> Client | None:
        """None: nobody has it, or nobody any more. Raises Unavailable."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        until, client = self._known.get(digest, (0.0, None))
        if client is not None and self._clock() < until:
            return client
        self._known.pop(digest, None)
        client = await self._read(digest)
        if client is not None:
            self._known[digest] = self._clock() + REMEMBERED_SECONDS, client
            if len(self._known) > REMEMBERED_KEYS:
                self._known.popitem(last=False)
        return client

    async def _read(self, digest: bytes) -> Client | None:
        with away_is_unavailable():
            async with self._sessions()() as session:
                row = await queries.owner_of_key(session, digest)
        return None if row is None else Client(row.id, row.role, row.agency, _OPENS.intersection(row.scopes))


async def known_by_key(state: State, scope: Connection, body: bytes) -> Client | None:
    """For the door: who sends a form. Raises Unauthenticated where it has no key, and Invalid where it is no form."""
    form = forms.read_sent(scope, body)
    if not form.get("api_key"):
        raise Unauthenticated("Send the api_key of a registered client.", code="no_api_key")
    keys: ApiKeys = state.api_keys
    return await keys.client_of(form["api_key"])
