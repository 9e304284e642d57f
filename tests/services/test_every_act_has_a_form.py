"""Whatever an officer may do to a report by the API they may do at a page; docs/board.md tells what is left out."""

from importlib import resources

from fastapi.routing import APIRoute

from routing_service.app import ROUTERS as OF_ROUTING
from routing_service.work.actions import schemas
from sla_monitor.clocks.endpoints import router as clocks
from sla_monitor.escalations.endpoints import router as escalations

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
#: By hand: the operation, and the form that does it (`service/template#form`).
FORMS = {
    "/v1/reports/{id}/verification": "routing_service/report.html#verify_title",
    "/v1/reports/{id}/correction": 'routing_service/report.html#open("correct")',
    "/v1/reports/{id}/forwarding": 'routing_service/report.html#open("forward")',
    "/v1/reports/{id}/disposition": 'routing_service/report.html#open("dispose", more="verifies")',
    "/v1/reports/{id}/redirection": 'routing_service/report.html#"dispose" if "dispose" in shown.can else "redirect"',
    "/v1/reports/{id}/returns": 'routing_service/report.html#open("return")',
    "/v1/reports/{id}/hold": 'routing_service/report.html#open("hold")',
    "/v1/reports/{id}/resumption": 'routing_service/report.html#open("resume")',
    "/v1/reports/{id}/archive": 'routing_service/report.html#open("archive")',
    "/v1/reports/{id}/responses": 'routing_service/report.html#open("respond")',
    "/v1/reports/{id}/answer": 'routing_service/report.html#open("answer")',
    "/v1/reports/{id}/corrections": 'routing_service/report.html#open("put_right")',
    "/v1/reports/{id}/notes": 'routing_service/report.html#open("note")',
    "/v1/reports/{id}/merge": 'routing_service/report.html#open("merge")',
    "/v1/reports/{id}/unmerge": 'routing_service/report.html#open("unmerge")',
    "/v1/reports/{id}/evidence-request": 'routing_service/report.html#open("ask_for_evidence")',
    "/v1/reports/{id}/evidence/{evidence_id}/review": 'routing_service/public.html#open("release"',
    "/v1/reports/{id}/public-text": 'routing_service/public.html#open("mask"',
    "/v1/reports/{id}/messages/{message_id}/public-text": 'routing_service/public.html#name="message"',
    "/v1/reports/{id}/identity": "routing_service/report.html#form-identity",
    "/v1/reports/{id}/identity-requests": 'routing_service/identities.html#value="ask"',
    "/v1/reports/{id}/identity-requests/{request}/approval": 'routing_service/identities.html#value="approve"',
    "/v1/escalations/{id}/acknowledgement": "sla_monitor/_parts.html#form-acknowledge",
}


def test_every_write_of_a_report_has_its_form() -> None:
    writes = {
        route.path
        for router in (*OF_ROUTING, clocks, escalations)
        for route in router.routes
        if isinstance(route, APIRoute) and _WRITES & (route.methods or set()) and route.include_in_schema
        if route.path.startswith(("/v1/reports/{", "/v1/escalations/{"))
    }

    assert writes == set(FORMS)
    for path, form in FORMS.items():
        template, _, said = form.partition("#")
        service, _, name = template.partition("/")
        assert said in (resources.files(service) / "data" / "board" / name).read_text("utf-8"), path


def test_every_field_of_an_action_has_its_field() -> None:
    """But for those that docs/board.md leaves out."""
    left_out = {"occurred_at", "subject"}
    bodies = (
        schemas.Verification, schemas.Correction, schemas.Forwarding, schemas.Disposition, schemas.Assignment,
        schemas.Return, schemas.Hold, schemas.Archiving, schemas.OfficialAnswer, schemas.DirectAnswer,
        schemas.AnswerCorrection,
    )  # fmt: skip
    page = (resources.files("routing_service") / "data" / "board" / "report.html").read_text("utf-8")

    missing = [
        f"{body.__name__}.{name}"
        for body in bodies
        for name in body.model_fields.keys() - left_out
        if f'name="{name}"' not in page and f'"{name}", ' not in page
    ]

    assert missing == []
