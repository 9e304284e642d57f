from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from intake_api.submissions.checks import ALLOWED
from intake_api.submissions.schemas import ReportReceipt, ReportSubmission
from intake_api.submissions.service import Submissions
from shared.clients import Client
from shared.clock import now_dependency
from shared.http import auth, web
from shared.http.idempotency import IdempotencyKeyHeader
from shared.http.made import Makes
from shared.http.raising import raises
from shared.http.web import Now

RECEIPT = Makes("/v1/reports/{tracking_number}")
_key = TypeAdapter[str | None](IdempotencyKeyHeader)


class ShortRoute(APIRoute):
    """The short way to an endpoint whose signature FastAPI documents: the token, then the bytes of the body straight
    into the model. It saves the solving of dependencies, and JSON that is validated as JSON can be taken strictly.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            client = await auth.client_of(request)
            key = _validated("header", "Idempotency-Key", value=request.headers.get("idempotency-key"))
            try:
                body = ReportSubmission.model_validate_json(await _body(request))
            except ValidationError as error:
                raise _invalid(error, "body") from None
            now = await request.app.dependency_overrides.get(now_dependency, now_dependency)()
            response: Response = await self.endpoint(request, body, client, now, key)
            return response

        return handle


async def _body(request: Request) -> bytes:
    """The door has read and bounded it, and passes it on in one piece."""
    message = await request.receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await request.receive()
        content += message.get("body", b"")
    return content


def _validated(*location: str, value: str | None) -> str | None:
    try:
        return _key.validate_python(value)
    except ValidationError as error:
        raise _invalid(error, *location) from None


def _invalid(error: ValidationError, *location: str) -> RequestValidationError:
    found = error.errors(include_url=False, include_input=False)
    return RequestValidationError([{**one, "loc": (*location, *one["loc"])} for one in found])


@raises(403, "unregistered_agency")
@raises(409, "duplicate_external_reference")
@raises(422, "unknown_region", "unknown_category", "inactive_category", "unknown_agency")
@raises(422, "occurred_in_future", "received_in_future", "too_early", "foreign_channel")
@raises(422, "received_at_not_allowed", "entered_by_not_allowed", "reporter_reference_not_allowed")
@raises(429, "limit_reached")
@raises(503, "identity_key_missing")
async def submit_report(
    request: Request,
    body: ReportSubmission,
    client: Annotated[Client, Depends(ALLOWED)],
    now: Now,
    key: IdempotencyKeyHeader = None,
) -> Response:
    """Accept a report from any channel and hand out its tracking number and access code."""
    submissions: Submissions = request.app.state.submissions
    receipt = await submissions.submit(body, client=client, key=key, now=now)
    request.app.state.wake()
    root_path = request.scope.get("root_path", "")
    headers = {"Location": RECEIPT.at(root_path, tracking_number=receipt.tracking_number)}
    if receipt.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(receipt.as_json(), HTTPStatus.CREATED, headers, "application/json")


def install_submit_route(app: FastAPI) -> None:
    """Straight onto the application, before all others: a router that is included matches each request twice more, and
    each page of the documentation once (measured: an eighth and a fifteenth of what a submission takes of Python).
    """
    app.router.add_api_route(
        "/v1/reports",
        submit_report,
        methods=["POST"],
        tags=["reports"],
        status_code=HTTPStatus.CREATED,
        response_model=ReportReceipt,
        dependencies=[Depends(RECEIPT)],
        responses=web.errors_of(extra=(409, 413)),
        route_class_override=ShortRoute,
    )
    app.router.routes.insert(0, app.router.routes.pop())
