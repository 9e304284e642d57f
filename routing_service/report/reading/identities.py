"""Asks intake_api, which alone holds identities and their keys. Nothing is remembered here."""

import logging
from typing import Protocol
from uuid import UUID

import httpx
from pydantic import ValidationError

from shared.actors import INTAKE, ROUTING
from shared.clients import Client, Role
from shared.errors import Unavailable
from shared.http.identities import PATH, IdentityAsked, IdentityTold
from shared.http.kinds import audience_of
from shared.http.tokens import Signer
from shared.logs import request_id
from shared.settings import Settings

logger = logging.getLogger(__name__)

TOKEN_SECONDS = 60
#: Problems of intake_api that its operator has to know of.
_TOLD_ON = frozenset({"identity_key_missing", "identity_unreadable"})


class Identities(Protocol):
    async def of(self, report_id: UUID, client: Client) -> IdentityTold:
        """For somebody who may see it. Raises Unavailable."""


class IntakeIdentities:
    """`http` is made when it is first needed: most processes are never asked."""

    def __init__(self, settings: Settings, signer: Signer, http: httpx.AsyncClient | None = None) -> None:
        self._url = settings.url_of(INTAKE) + PATH
        self._seconds = settings.http_timeout_seconds
        self._signer = signer
        self._http = http

    async def of(self, report_id: UUID, client: Client) -> IdentityTold:
        asked = IdentityAsked(report_id=report_id, actor=client.actor, agency=client.agency)
        token = self._signer.mint(Role.SERVICE, sub=ROUTING, seconds=TOKEN_SECONDS, aud=audience_of(INTAKE))
        headers = {"Authorization": f"Bearer {token}"}
        if (identifier := request_id.get()) is not None:
            headers["X-Request-Id"] = identifier
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=self._seconds, trust_env=False)
        try:
            answer = await self._http.post(self._url, json=asked.model_dump(mode="json"), headers=headers)
        except httpx.HTTPError as error:
            logger.warning("intake_api was not reached for an identity", extra={"error": type(error).__name__})
            raise _away() from None
        if not answer.is_success:
            raise _refused(answer)
        try:
            return IdentityTold.model_validate_json(answer.content)
        except ValidationError:
            raise _away() from None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()


def _away() -> Unavailable:
    return Unavailable(
        "Who reported is kept by intake_api, which cannot be reached just now; nothing was shown and no look was "
        "recorded. Try again in a moment.",
        code="identities_away",
    )


def _refused(answer: httpx.Response) -> Unavailable:
    """What intake_api says of its keys is passed on; what else it refuses is a matter between the services."""
    try:
        problem = answer.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "", ""
    logger.error("intake_api refused an identity", extra={"status": answer.status_code, "code": code})
    return Unavailable(detail, code=code) if code in _TOLD_ON else _away()
