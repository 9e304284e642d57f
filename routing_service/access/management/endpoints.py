from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from routing_service.access.management import service
from routing_service.access.management.handing import Handing
from routing_service.access.management.schemas import (
    AccountCreate,
    AccountParams,
    AccountPatch,
    AccountView,
    ClientCreate,
    ClientKeyCreate,
    ClientParams,
    ClientPatch,
    ClientProof,
    ClientSecretCreate,
    ClientView,
    InvitedAccount,
    NewClientSecret,
    RegisteredClient,
)
from routing_service.registry.agencies.endpoints import Operator
from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page
from shared.settings import Settings

router = APIRouter(prefix="/v1", tags=["access"])

AccountId = Annotated[
    str, Path(alias="id", min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:@-]+$", description="Of the account.")
]
ClientIdInPath = Annotated[
    str, Path(alias="id", min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:@-]+$", description="The `client_id`.")
]
SecretId = Annotated[UUID, Path(description="Of the secret.")]
Kid = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[\x20-\x7e]+$", description="Of the key.")]

_MAKES = web.errors_of(extra=(404, 409, 413))
_CHANGES = web.errors_of(reads=True, extra=(409, 413))


def _handing(request: Request) -> Handing:
    settings: Settings = request.app.state.settings
    return Handing.by(settings)


@router.get("/clients", responses=web.errors_of())
@raises(403, "not_any_more")
async def list_clients(
    params: Annotated[ClientParams, Query()], client: ManagingClient, session: Session, now: Now
) -> Page[ClientView]:
    """The systems that are registered: all of them, or those of your instansi."""
    return await service.list_clients(session, params, client, now=now)


@router.post(
    "/clients", status_code=HTTPStatus.CREATED, response_model=RegisteredClient, responses=_MAKES,
    dependencies=[makes("/v1/clients/{id}")],
)  # fmt: skip
@raises(403, "more_than_yours", "outside_of_instansi", "not_any_more")
@raises(409, "client_exists", "too_many_secrets")
@raises(422, "reserved_id", "role_of_no_system", "unknown_agency")
async def register_client(
    body: ClientCreate, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Register an app or a channel; its secret is shown in this answer alone. An instansi registers its own."""
    made = await service.register_client(session, body, client, now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.get("/clients/{id}", responses=web.errors_of(reads=True))
@raises(403, "not_any_more")
async def get_client(id: ClientIdInPath, client: ManagingClient, session: Session, now: Now) -> ClientView:
    """One system, with its secrets and keys by id."""
    return await service.get_client(session, id, client, now=now)


@router.patch("/clients/{id}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(403, "more_than_yours", "not_any_more")
async def change_client(
    id: ClientIdInPath, body: ClientPatch, client: ManagingClient, session: Session, now: Now
) -> ClientView:
    """Change a system, or shut it out: its tokens are then refused within seconds."""
    return await service.change_client(session, id, body, client, now=now)


@router.post(
    "/clients/{id}/secrets", status_code=HTTPStatus.CREATED, response_model=NewClientSecret, responses=_CHANGES,
    dependencies=[makes("/v1/clients/{id}")],
)  # fmt: skip
@raises(403, "more_than_yours", "not_any_more")
@raises(409, "too_many_secrets")
async def add_client_secret(
    id: ClientIdInPath, body: ClientSecretCreate, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Give a system a second secret, shown in this answer alone; then take the first one away."""
    made = await service.add_secret(session, id, body, client, now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.delete("/clients/{id}/secrets/{secret_id}", responses=web.errors_of(reads=True))
@raises(403, "more_than_yours", "not_any_more")
async def end_client_secret(
    id: ClientIdInPath, secret_id: SecretId, client: ManagingClient, session: Session, now: Now
) -> ClientView:
    """Take a secret away. Tokens that it got stay good until they are over."""
    return await service.end_secret(session, id, secret_id, client, now=now)


@router.post(
    "/clients/{id}/keys", status_code=HTTPStatus.CREATED, response_model=ClientProof, responses=_CHANGES,
    dependencies=[makes("/v1/clients/{id}")],
)  # fmt: skip
@raises(403, "more_than_yours", "not_any_more")
@raises(409, "key_exists", "too_many_keys")
@raises(422, "private_key", "unusable_key")
async def add_client_key(
    id: ClientIdInPath, body: ClientKeyCreate, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Give a system a public key; it then asks for tokens by signing (`private_key_jwt`)."""
    made = await service.add_key(session, id, body, client, now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.delete("/clients/{id}/keys/{kid}", responses=web.errors_of(reads=True))
@raises(403, "more_than_yours", "not_any_more")
async def end_client_key(
    id: ClientIdInPath, kid: Kid, client: ManagingClient, session: Session, now: Now
) -> ClientView:
    """Take a key away."""
    return await service.end_key(session, id, kid, client, now=now)


@router.get("/accounts", responses=web.errors_of())
@raises(403, "not_any_more")
async def list_accounts(
    params: Annotated[AccountParams, Query()], client: ManagingClient, session: Session
) -> Page[AccountView]:
    """The people who may log in: all of them, or the officers of your instansi."""
    return await service.list_accounts(session, params, client)


@router.post(
    "/accounts", status_code=HTTPStatus.CREATED, response_model=InvitedAccount, responses=_MAKES,
    dependencies=[makes("/v1/accounts/{id}")],
)  # fmt: skip
@raises(409, "account_deactivated", "account_exists", "account_taken_up", "email_taken")
@raises(422, "role_of_officers")
@raises(422, "role_is_national", "unknown_agency")
async def register_person(
    body: AccountCreate, request: Request, client: Operator, session: Session, once: Idempotent, now: Now
) -> Response:
    """Register somebody who is no officer of the registry, and send them the link with which they take up their
    account. Only operators.
    """
    made = await service.register_person(session, body, client, handing=_handing(request), now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.get("/accounts/{id}", responses=web.errors_of(reads=True))
@raises(403, "not_any_more")
async def get_account(id: AccountId, client: ManagingClient, session: Session) -> AccountView:
    """One account of a person."""
    return await service.get_account(session, id, client)


@router.patch("/accounts/{id}", responses=_CHANGES)
@raises(403, "more_than_yours", "not_any_more")
@raises(409, "account_deactivated")
async def change_account(
    id: AccountId, body: AccountPatch, client: ManagingClient, session: Session, now: Now
) -> AccountView:
    """Lock, unlock or deactivate an account, or change its scopes. Tokens are refused within seconds."""
    return await service.change_account(session, id, body, client, now=now)


@router.post(
    "/accounts/{id}/reset", status_code=HTTPStatus.CREATED, response_model=InvitedAccount, responses=_CHANGES,
    dependencies=[makes("/v1/accounts/{id}")],
)  # fmt: skip
@raises(403, "more_than_yours", "not_any_more")
@raises(409, "account_deactivated")
async def reset_account(
    id: AccountId, request: Request, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Take away password and second factor, end all tokens, and send a link to set them anew."""
    made = await service.reset_account(session, id, client, handing=_handing(request), now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.post(
    "/officers/{id}/invitation", status_code=HTTPStatus.CREATED, response_model=InvitedAccount, responses=_CHANGES,
    dependencies=[makes("/v1/accounts/{id}")],
)  # fmt: skip
@raises(403, "more_than_yours", "not_any_more")
@raises(409, "account_deactivated", "account_exists", "account_taken_up", "email_taken", "officer_inactive")
@raises(422, "role_without_login")
async def invite_officer(
    officer_id: Annotated[UUID, Path(alias="id", description="Of the officer.")],
    request: Request, client: ManagingClient, session: Session, once: Idempotent, now: Now,
) -> Response:  # fmt: skip
    """Give an officer an account, and send them the link with which they take it up. Earlier links work no more."""
    made = await service.invite_officer(session, officer_id, client, handing=_handing(request), now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)
