"""A clear case takes one call: a disposition that names a field of a verification verifies the report first."""

from shared.domain.lifecycle import Classification, Status
from tests.routing_service.driving import ADMIN, AGENCY, Office


async def test_it_is_verified_and_assigned_at_once_with_both_events(office: Office) -> None:
    report = office.reports[Status.RECEIVED]

    view = await office.done(
        report, "disposition", ADMIN, title="Jalan berlubang", classification="aspiration", secret=True, region="64.71"
    )

    assert (view["status"], view["agency"], view["title"]) == ("assigned", AGENCY, "Jalan berlubang")
    assert (view["classification"], view["secret"], view["region"]) == (Classification.ASPIRATION, True, "64.71")
    events = await office.history(report)
    assert [(event.type.value, event.data["to"]) for event in events[-2:]] == [
        ("report.verified", "verified"),
        ("report.assigned", "assigned"),
    ]
    assert events[-2].data["classification"] == "aspiration"
    decided = await office.get(f"/v1/reports/{report}/routing", ADMIN)
    assert decided["decisions"][-1]["agency"] == AGENCY


async def test_without_such_a_field_a_report_that_is_not_verified_is_not_disposed_of(office: Office) -> None:
    refused = await office.act(office.reports[Status.RECEIVED], "disposition", ADMIN, agency=AGENCY, title=None)

    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


async def test_what_was_verified_before_is_not_verified_again(office: Office) -> None:
    report = office.reports[Status.VERIFIED]

    refused = await office.act(report, "disposition", ADMIN, agency=AGENCY, title="Lain")

    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert (await office.types(report))[-1] != "report.assigned"


async def test_where_the_disposition_is_refused_nothing_is_verified(office: Office) -> None:
    report = office.reports[Status.RECEIVED]
    before = await office.types(report)

    for body, code in (
        ({"agency": "NOBODY", "title": "Jalan berlubang"}, "unknown_agency"),
        ({"agency": AGENCY, "category": "nothing"}, "unknown_category"),
    ):
        refused = await office.act(report, "disposition", ADMIN, **body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)

    assert await office.types(report) == before
    assert await office.status(report) is Status.RECEIVED
