"""Open311 GeoReport v2 over HTTP: each operation at two paths, which end in .json and .xml."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.routing import APIRoute

from intake_api.channels.open311 import discovery, forms, service, talking, updates
from intake_api.channels.open311.params import Jurisdiction, Open311News, Open311Search
from intake_api.channels.open311.schemas import (
    Open311Definition,
    Open311Discovery,
    Open311Error,
    Open311Receipt,
    Open311Request,
    Open311Service,
    Open311Token,
    Open311Update,
    Open311UpdateReceipt,
)
from shared.clients import CLIENT
from shared.clock import now_dependency
from shared.database import Session
from shared.http import languages
from shared.http.languages import AskedLanguage
from shared.http.web import Now

PREFIX = "/open311/v2"
_ENDS = (".json", ".xml")
#: Who has a token brought the report: these find it whatever the public sees of it.
TOKENS = tuple(f"{PREFIX}/tokens/{{token}}{end}" for end in _ENDS)
#: What is sent with an api_key in it.
FORMS = tuple(("POST", f"{PREFIX}/requests{end}") for end in _ENDS)
UPDATES = tuple(("POST", f"{PREFIX}/servicerequestupdates{end}") for end in _ENDS)
router = APIRouter(prefix=PREFIX, tags=["open311"])

Endpoint = Callable[..., Coroutine[Any, Any, Response]]
InJurisdiction = Annotated[Jurisdiction | None, Query(description="The code of an instansi, which must be there.")]
Extended = Annotated[bool, Query(description="`true`: with `extended_attributes`.")]


#: The document says the rest of it (document.py).
REFUSED: dict[int | str, dict[str, Any]] = {400: {"model": list[Open311Error]}}


def reads(path: str, model: Any) -> Callable[[Endpoint], Endpoint]:
    """A GET in both formats; the documents show the one that they have a language for."""

    def add(endpoint: Endpoint) -> Endpoint:
        name = endpoint.__name__
        shown: dict[str, Any] = {"response_model": model, "responses": REFUSED}
        router.add_api_route(f"{path}.json", endpoint, name=name, **shown)
        router.add_api_route(f"{path}.xml", endpoint, name=f"{name}_as_xml", include_in_schema=False)
        return endpoint

    return add


@reads("/discovery", Open311Discovery)
async def discover_open311(request: Request) -> Response:
    """Where the service is, and how a key is obtained. Every operation of Open311 answers in XML, too: at the path that
    ends in `.xml` instead of `.json`.
    """
    found = discovery.described_for(request.app.state.settings, PREFIX)
    return talking.answer(request.url.path, Open311Discovery, [found])


@reads("/services", list[Open311Service])
async def list_open311_services(
    request: Request, session: Session, language: AskedLanguage, now: Now, jurisdiction_id: InJurisdiction = None
) -> Response:
    """What a report can be about: the categories."""
    settings = request.app.state.settings
    found = await service.services(session, settings, jurisdiction=jurisdiction_id, language=language, now=now)
    return talking.answer(request.url.path, Open311Service, found)


@reads("/services/{service_code}", Open311Definition)
async def get_open311_service(
    service_code: str, request: Request, session: Session, language: AskedLanguage, now: Now,
    jurisdiction_id: InJurisdiction = None,
) -> Response:  # fmt: skip
    """What a report of a category can say beside the fixed fields, each as `attribute[code]`."""
    found = await service.definition(session, service_code, jurisdiction=jurisdiction_id, language=language, now=now)
    return talking.answer(request.url.path, Open311Definition, [found])


@reads("/requests", list[Open311Request])
async def list_open311_requests(
    request: Request, session: Session, language: AskedLanguage, now: Now, params: Annotated[Open311Search, Query()]
) -> Response:
    """Public reports, the newest first: those of 90 days at most, and 1,000 of these unless pages are asked for."""
    found = await service.requests(session, params, language=language, now=now)
    return talking.answer(request.url.path, Open311Request, found)


@reads("/requests/{service_request_id}", list[Open311Request])
async def get_open311_request(
    service_request_id: str, request: Request, session: Session, language: AskedLanguage,
    jurisdiction_id: InJurisdiction = None, extensions: Extended = False,
) -> Response:  # fmt: skip
    """One public report. What is secret, archived or not sent on yet is not there."""
    found = await service.request_of(
        session, service_request_id, jurisdiction=jurisdiction_id, extended=extensions, language=language
    )
    return talking.answer(request.url.path, Open311Request, found)


@reads("/tokens/{token}", list[Open311Token])
async def get_open311_token(token: str, request: Request, session: Session) -> Response:
    """The number of a report that was answered with a token (`LAPOR_OPEN311_TOKENS`)."""
    found = await service.number_for(session, token)
    return talking.answer(request.url.path, Open311Token, [found])


@reads("/servicerequestupdates", list[Open311Update])
async def list_open311_updates(
    request: Request, session: Session, language: AskedLanguage, now: Now, params: Annotated[Open311News, Query()]
) -> Response:
    """What became of public reports, the oldest first: official answers and steps that everybody sees. An answer comes
    when the people in it are masked, so ask for some hours more than you have.
    """
    found = await updates.list_updates(session, params, language=language, now=now)
    return talking.answer(request.url.path, Open311Update, found)


class FormRoute(APIRoute):
    """The short way to an endpoint: the door has read the form and knows the client."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            response: Response = await self.endpoint(request)
            return response

        return handle


async def submit_open311_request(request: Request) -> Response:
    """Hand in a report, with the `api_key` of a registered client. It is stored before this is answered.

    A form that comes again under the same `attribute[external_id]` (or, without one, with the very same words) is the
    same report and gets the first number.
    """
    state = request.app.state
    now = await request.app.dependency_overrides.get(now_dependency, now_dependency)()
    receipt = await service.hand_in(
        state.submissions, state.sessions, forms.kept(request.scope), request.scope[CLIENT], state.settings,
        language=languages.preferred(request.headers.get("accept-language")), now=now,
    )  # fmt: skip
    state.wake()
    return talking.answer(request.url.path, Open311Receipt, [receipt])


#: How a form is described in the documents: the operations read it by themselves.
def form_of(required: dict[str, str], optional: dict[str, str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": said} for name, said in (required | optional).items()}
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {forms.MEDIA_TYPE: {"schema": schema}}}}


SUBMISSION = form_of(
    {
        "api_key": "A secret of a registered client.",
        "service_code": "The code of a category, or `uncategorised`.",
        "description": "What happened, in the citizen's words. Its first line is the title, unless one is given.",
    },
    {
        "jurisdiction_id": "The code of the instansi that it is meant for.",
        "lat": "Latitude (WGS 84), with `long`; or else `address_string`.",
        "long": "Longitude (WGS 84).",
        "address_string": "The place in words.",
        "address_id": "A number of the place in your own system; it is added to the place in words.",
        "email": "Of the reporter.",
        "first_name": "Of the reporter.",
        "last_name": "Of the reporter.",
        "phone": "Of the reporter.",
        "media_url": "The address of a photo or a document, to be fetched as evidence; may be there several times.",
        "account_id": "The reporter's account in an app; only by apps.",
        "attribute[title]": "And other attributes: `services/{service_code}` lists them.",
        "attribute[external_id]": "Your own number of the report: it is taken once.",
        "extensions": "`true`: the answer has the access code of the reporter.",
    },
)


UPDATE = form_of(
    {
        "api_key": "A secret of the client that handed the report in.",
        "service_request_id": "The tracking number.",
    },
    {
        "description": "What is to be said; it becomes a reply of the reporter.",
        "update_id": "Your own number of the update: it is taken once.",
        "status": "How your system calls it; told where there is no description.",
    },
)


async def post_open311_update(request: Request, session: Session, now: Now) -> Response:
    """Say something more about a report that this client handed in, for its reporter. It is stored before this is
    answered, and the same `update_id` again says nothing twice.
    """
    receipt = await updates.take_update(session, request, forms.kept(request.scope), request.scope[CLIENT], now=now)
    return talking.answer(request.url.path, Open311UpdateReceipt, [receipt])


for _end, _more in zip(_ENDS, ("", "_as_xml"), strict=True):
    router.add_api_route(
        f"/servicerequestupdates{_end}", post_open311_update, methods=["POST"], name=f"post_open311_update{_more}",
        response_model=list[Open311UpdateReceipt], responses=REFUSED, openapi_extra=UPDATE, include_in_schema=not _more,
    )  # fmt: skip


def install_form_routes(app: FastAPI) -> None:
    """Straight onto the application, like the submission that it stands beside."""
    path = f"{PREFIX}/requests"
    for end, more in zip(_ENDS, ("", "_as_xml"), strict=True):
        app.router.add_api_route(
            f"{path}{end}", submit_open311_request, methods=["POST"], name=f"submit_open311_request{more}",
            response_model=list[Open311Receipt], responses=REFUSED, tags=["open311"],
            route_class_override=FormRoute, openapi_extra=SUBMISSION, include_in_schema=not more,
        )  # fmt: skip
        app.router.routes.insert(0, app.router.routes.pop())
