"""Why a report went, or would go, where, over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from routing_service.app import create_app
from routing_service.competence.prediction import Likely, Prediction, Word
from routing_service.report.case import Case
from routing_service.report.queries import cases
from routing_service.work.decisions.advice import Advising
from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.settings import RoutingSettings
from tests.factories import a_rule_set, bearer, settings
from tests.routing_service import driving
from tests.routing_service.conftest import NOWHERE, calling
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Office

EN = {"Accept-Language": "en"}


async def with_rule(office: Office) -> int:
    """For the roads of Samarinda."""
    async with office.transaction() as session:
        return await a_rule_set(session, ({"category": ["roads"], "region": ["64.72"]}, {"agency": "SAMARINDA-PU"}))


async def test_the_routing_of_a_report_tells_every_decision_and_return(office: Office) -> None:
    await with_rule(office)
    report = await office.report()
    await office.deliver((await office.history(report))[0])
    await office.done(report, "verification", ADMIN)
    await office.done(report, "forwarding", ADMIN)
    await office.done(report, "disposition", COORDINATOR, agency="SAMARINDA-DINKES")
    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-PU")
    await office.done(report, "returns", OFFICER, suggested_agency="KALTIM")

    told = await office.get(f"/v1/reports/{report}/routing", COORDINATOR)

    assert [(one["action"], one["agency"], one["automatic"], one["differs"]) for one in told["decisions"]] == [
        ("report.received", "SAMARINDA-PU", True, None),
        ("report.forwarded", "SAMARINDA", False, False),
        ("report.assigned", "SAMARINDA-DINKES", False, True),
        ("report.redirected", "SAMARINDA-PU", False, False),
        ("report.returned", "KALTIM", True, None),
    ]
    reasons = told["decisions"][0]["suggestion"]["candidates"][0]["reasons"]
    assert (reasons[0]["code"], reasons[0]["text"]) == ("rule", "Aturan nomor 1 menyebut instansi ini. Aturan 1.")
    assert [(one["previous_agency"], one["suggested_agency"]) for one in told["returns"]] == [
        ("SAMARINDA-PU", "KALTIM")
    ]
    assert (told["suggestion"]["agency"], told["suggestion"]["clear"]) == ("KALTIM", False)
    assert [doubt["code"] for doubt in told["suggestion"]["doubts"]] == ["returned", "outside_instansi"]


async def test_the_suggestion_follows_what_the_verifier_corrected(office: Office) -> None:
    await with_rule(office)
    report = await office.report(category_code=None)
    before = await office.get(f"/v1/reports/{report}/routing", ADMIN)
    await office.done(report, "verification", ADMIN, category="roads.damage")

    after = await office.get(f"/v1/reports/{report}/routing", ADMIN)

    assert [doubt["code"] for doubt in before["suggestion"]["doubts"]] == ["no_category"]
    assert (after["suggestion"]["agency"], after["suggestion"]["clear"]) == ("SAMARINDA-PU", True)


@pytest.mark.parametrize(
    ("headers", "secret", "status"),
    [
        (driving.SUPERVISOR, True, 200),
        (driving.OTHER_OFFICER, False, 403),
        (driving.OTHER_OFFICER, True, 404),
        (driving.CUSTODIAN, False, 403),
        ({}, False, 401),
    ],
)
async def test_the_routing_is_told_to_those_who_work_on_the_report(
    office: Office, headers: Any, secret: bool, status: int
) -> None:
    report = await office.made(Status.ASSIGNED, secret=secret)

    response = await office.http.get(f"/v1/reports/{report}/routing", headers=headers)

    assert response.status_code == status


async def test_a_preview_says_where_a_text_would_go_and_stores_nothing(office: Office) -> None:
    await with_rule(office)
    body = {
        "classification": "complaint", "title": "Lubang", "body": "Di depan pasar.", "category": "roads.damage",
        "location": {"text": "Jalan besar", "latitude": -0.5, "longitude": 117.1, "region_code": "64.72.01"},
    }  # fmt: skip
    before = await office.scalar("SELECT count(*) FROM routing_decisions")

    response = await office.http.post("/v1/routing/preview", json=body, headers=bearer(Role.REPORTER_APP))

    assert response.status_code == 200, response.text
    assert (response.json()["agency"], response.json()["doubts"]) == ("SAMARINDA-PU", [])
    assert await office.scalar("SELECT count(*) FROM routing_decisions") == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"category": "nothing"}, "/category", "unknown_category"),
        ({"agency": "NOWHERE"}, "/agency", "unknown_agency"),
        ({"location": {"region_code": "99.99"}}, "/location/region_code", "unknown_region"),
        ({"location": {"latitude": 52.5}}, "/location/latitude", "invalid"),
        ({"colour": "red"}, "/colour", "invalid"),
        ({"body": "a\x00b"}, "/body", "invalid"),
        ({"body": "x" * 20_001}, "/body", "invalid"),
    ],
)
async def test_a_preview_refuses_what_is_not_known(office: Office, body: Any, pointer: str, code: str) -> None:
    response = await office.http.post("/v1/routing/preview", json=body, headers=ADMIN)

    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(("last_day", "status"), [("2026-03-02", 200), ("2026-03-01", 422)])
async def test_a_preview_takes_no_category_that_a_report_could_not_have(
    office: Office, last_day: str, status: int
) -> None:
    await office.execute(f"UPDATE categories SET valid_until = '{last_day}' WHERE code = 'health'")

    response = await office.http.post("/v1/routing/preview", json={"category": "health"}, headers=ADMIN)

    assert response.status_code == status
    assert status == 200 or response.json()["code"] == "inactive_category"


# --- what a person chose -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "given", "stored", "text"),
    [
        ("SAMARINDA-PU", {}, None, "A person chose Samarinda-Pu, in keeping with the suggestion."),
        (
            "SAMARINDA-PU",
            {"override_reason": "other"},
            None,
            "A person chose Samarinda-Pu, in keeping with the suggestion.",
        ),
        (
            "SAMARINDA-DINKES",
            {},
            None,
            "A person chose Samarinda-Dinkes, otherwise than was suggested: no reason given.",
        ),
        (
            "SAMARINDA-DINKES",
            {"override_reason": "place_misread", "note": "Di dekat puskesmas."},
            "place_misread",
            "A person chose Samarinda-Dinkes, otherwise than was suggested: The place was misread.",
        ),
    ],
)
async def test_a_choice_is_stored_with_what_was_suggested_and_its_reason_where_it_differs(
    office: Office, agency: str, given: Any, stored: str | None, text: str
) -> None:
    await with_rule(office)
    report = await office.made(Status.VERIFIED)

    await office.done(report, "disposition", COORDINATOR, agency=agency, **given)

    last = (await office.get(f"/v1/reports/{report}/routing", COORDINATOR | EN))["decisions"][-1]
    assert (last["agency"], last["override_reason"], last["text"]) == (agency, stored, text)
    assert (last["name"], last["note"], last["carried_out"]) == (agency.title(), given.get("note"), False)
    assert last["suggestion"]["agency"] == "SAMARINDA-PU"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "Orang memilih Samarinda-Pu; tidak ada usulan."),
        (EN, "A person chose Samarinda-Pu; nothing was suggested."),
    ],
)
async def test_where_nothing_was_suggested_nobody_is_said_to_have_followed_it(
    office: Office, headers: Any, text: str
) -> None:
    report = await office.made(Status.VERIFIED, region_code=None, category_code=None, body="Halo.", title="Halo")

    await office.done(report, "disposition", ADMIN, agency="SAMARINDA-PU")

    last = (await office.get(f"/v1/reports/{report}/routing", ADMIN | headers))["decisions"][-1]
    assert (last["suggestion"]["agency"], last["text"]) == (None, text)


@pytest.mark.parametrize(("automatic", "told"), [(True, "carried out at once without a person"), (False, "nobody has")])
async def test_a_suggestion_that_the_service_carried_out_by_itself_is_told_so(
    office: Office, automatic: bool, told: str
) -> None:
    await with_rule(office)
    office.settings(automatic_assignment=automatic)
    report = await office.report()
    await office.deliver((await office.history(report))[0])

    (receipt,) = (await office.get(f"/v1/reports/{report}/routing", ADMIN | EN))["decisions"]

    assert (receipt["carried_out"], told in receipt["text"]) == (automatic, True)


async def test_who_may_not_read_a_secret_report_reads_no_note_on_its_decisions(office: Office) -> None:
    report = await office.made(Status.VERIFIED, secret=True)
    await office.done(report, "disposition", ADMIN, agency="SAMARINDA-PU", note="Di dekat puskesmas.")

    admins, supervisors = [
        (await office.get(f"/v1/reports/{report}/routing", one))["decisions"][-1]["note"]
        for one in (ADMIN, driving.SUPERVISOR)
    ]

    assert (admins, supervisors) == ("Di dekat puskesmas.", None)


async def test_a_reason_that_is_none_is_refused(office: Office) -> None:
    body = {"agency": "SAMARINDA-PU", "override_reason": "because"}

    response = await office.act(office.reports[Status.VERIFIED], "disposition", COORDINATOR, **body)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/override_reason")


# --- sentences ---------------------------------------------------------------------------------------------


class Foretells:
    """Has learned where such reports go, and from which words."""

    def predict(self, inquiries: Any, places: Any, directory: Any) -> list[Prediction]:
        likely = Likely("SAMARINDA-PU", 0.9573, (Word("berlubang", 0.5), Word("aspal", 0.2)))
        return [Prediction(4, (likely,), 0.95) for _ in inquiries]


async def test_the_routing_is_told_in_the_language_that_was_asked_for(office: Office) -> None:
    office.app.state.knowledge.model.held = Foretells()
    rule = await with_rule(office)
    report = await office.report()
    await office.deliver((await office.history(report))[0])

    indonesian, english = [
        (await office.get(f"/v1/reports/{report}/routing", ADMIN | headers))["decisions"][0]["suggestion"]
        for headers in ({}, EN)
    ]

    assert indonesian["text"] == "Jelas: Samarinda-Pu; dapat diteruskan tanpa keputusan orang."
    assert english["text"] == "Clear: Samarinda-Pu; it may go there without a person."
    assert [reason["text"] for reason in english["candidates"][0]["reasons"]] == [
        "Rule 1 names it. Aturan 1.",
        "Reports like this one went to it before: probability 95.7%. Words that spoke for it: berlubang, aspal.",
        "The place of the report, Kota Samarinda (64.72), lies in its region: Kota Samarinda (64.72).",
    ]
    assert indonesian["candidates"][0]["reasons"][1]["text"].endswith(
        "peluang 95,7 %. Kata yang mendukung: berlubang, aspal."
    )
    assert (english["place"]["region"], english["place"]["evidence"][0]["source"]) == ("64.72", "given_code")
    assert english["place"]["evidence"][0]["text"].startswith("The region chosen in the report is Kota Samarinda")
    assert (english["rules"]["tried"], english["rules"]["position"]) == (1, 1)
    assert english["rules"]["text"] == f"Rule set {rule}, rules tried: 1; rule 1 decides. Aturan 1."
    assert english["versions"] | {"registry": 0, "boundaries": 0} == {
        "registry": 0, "rules": rule, "instansi_rules": None, "boundaries": 0, "model": None,
    }  # fmt: skip


class Sorts:
    """Has learned which categories such reports come under."""

    def predict(self, inquiries: Any, places: Any, directory: Any) -> list[Prediction]:
        return [Prediction(4, categories=("roads.damage", "health", "roads", "gone")) for _ in inquiries]


async def test_a_verifier_is_offered_the_likeliest_categories_and_whom_the_rules_name_under_each(
    office: Office,
) -> None:
    office.app.state.knowledge.model.held = Sorts()
    await with_rule(office)  # for roads
    report = await office.report(category_code=None)

    offered = (await office.get(f"/v1/reports/{report}/routing", ADMIN))["suggestion"]["categories"]

    assert [(one["code"], one["agency"], one["name"]) for one in offered] == [
        ("roads.damage", "SAMARINDA-PU", "Samarinda-Pu"),
        ("health", None, None),
        ("roads", "SAMARINDA-PU", "Samarinda-Pu"),
    ]
    assert all(one["label"]["id"] and one["label"]["en"] for one in offered)
    chosen = await office.done(report, "verification", ADMIN, category=offered[0]["code"])
    assert chosen["category"] == "roads.damage"


async def test_categories_are_offered_to_nobody_who_may_not_read_the_words(office: Office) -> None:
    office.app.state.knowledge.model.held = Sorts()
    report = await office.report(secret=True)

    told = await office.get(f"/v1/reports/{report}/routing", driving.SUPERVISOR)

    assert (told["suggestion"]["categories"], told["suggestion"]["subjects"]) == ([], [])


async def test_a_preview_offers_subjects_with_what_they_mean(office: Office) -> None:
    office.app.state.knowledge.model.held = Sorts()

    answer = await office.http.post("/v1/routing/preview", json={"title": "Jalan rusak"}, headers=ADMIN)

    found = answer.json()
    assert [one["code"] for one in found["subjects"]] == ["roads", "health"]
    assert found["subjects"][0]["meaning"]["id"].startswith("Jalan berlubang")
    assert [one["code"] for one in found["categories"]] == ["roads.damage", "health", "roads"]


async def test_a_preview_uses_the_subject_that_was_picked_and_knows_no_other(office: Office) -> None:
    asked: list[str | None] = []

    class Listens(Sorts):
        def predict(self, inquiries: Any, places: Any, directory: Any) -> list[Prediction]:
            asked.extend(one.subject for one in inquiries)
            return super().predict(inquiries, places, directory)

    office.app.state.knowledge.model.held = Listens()

    for subject, status in (("waste", 200), ("sampah", 422)):
        body = {"title": "Bau", "subject": subject}
        assert (await office.http.post("/v1/routing/preview", json=body, headers=ADMIN)).status_code == status
    assert asked == ["waste"]


@pytest.mark.parametrize(("secret", "words"), [(False, ["berlubang", "aspal"]), (True, [])])
async def test_who_may_not_read_a_secret_report_sees_no_word_of_it_in_its_reasons(
    office: Office, secret: bool, words: list[str]
) -> None:
    office.app.state.knowledge.model.held = Foretells()
    report = await office.report(secret=secret)
    await office.deliver((await office.history(report))[0])

    response = await office.http.get(f"/v1/reports/{report}/routing", headers=driving.SUPERVISOR)

    told = response.json()
    for suggestion in (told["suggestion"], told["decisions"][0]["suggestion"]):
        learned = suggestion["candidates"][0]["reasons"][0]
        assert (learned["code"], learned["values"]["words"]) == ("learned", words)
    assert ("berlubang" in response.text) is not secret


# --- thought about before the lock -------------------------------------------------------------------------


async def test_what_was_thought_before_the_lock_is_thought_anew_if_the_report_has_changed(office: Office) -> None:
    rule = await with_rule(office)
    report = await office.made(Status.VERIFIED)
    advising = Advising(office.app.state.knowledge, 2)
    async with office.transaction() as session:
        advisers = [await advising.adviser(session, [report]) for _ in range(2)]
        for adviser in advisers:
            await adviser.think()
        thought = advisers[0].opinions[report]
    case = (await cases_of(office, report))[report]
    history = await office.history(report)

    async with office.transaction() as session:
        same = await advisers[0].on(session, case, history, office.clock.now)
        case.category = "health"
        other = await advisers[1].on(session, case, history, office.clock.now)

    assert same.opinion is thought
    assert (same.decision.agency, same.opinion.ruling.rule_set) == ("SAMARINDA-PU", rule)
    assert (other.decision.clear, other.opinion.ruling.match) == (False, None)


async def cases_of(office: Office, report: UUID) -> dict[UUID, Case]:
    async with office.transaction() as session:
        return await cases(session, [report])


# --- previews ----------------------------------------------------------------------------------------------

_COUNTED = ("reports", "events", "outbox", "routing_decisions", "messages", "idempotency_keys")


async def test_a_preview_writes_nothing_at_all_even_under_a_key(office: Office) -> None:
    await with_rule(office)
    count = "SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in _COUNTED)
    before = await office.scalar(count)
    headers = bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=("reports:submit",)) | {"Idempotency-Key": "one"}

    answers = [
        await office.http.post("/v1/routing/preview", json={"title": title, "category": "roads"}, headers=headers)
        for title in ("Jalan rusak di Samarinda", "Jalan rusak")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert await office.scalar(count) == before


async def test_an_empty_preview_says_what_is_missing(office: Office) -> None:
    response = await office.http.post("/v1/routing/preview", json={}, headers=ADMIN | EN)

    told = response.json()
    assert (told["agency"], told["text"]) == (None, "No agency can be suggested.")
    assert [doubt["text"] for doubt in told["doubts"]] == [
        "The report has no category yet.", "The region of the report is not known."
    ]  # fmt: skip
    assert [remark["code"] for remark in told["remarks"]] == ["nothing_learned"]


async def test_a_preview_in_two_places_at_once_asks_a_person(office: Office) -> None:
    await with_rule(office)
    body = {
        "title": "Jalan rusak",
        "category": "roads",
        "location": {"region_code": "64.72", "text": "Kota Balikpapan"},
    }

    told = (await office.http.post("/v1/routing/preview", json=body, headers=ADMIN | EN)).json()

    assert (told["agency"], told["clear"], [one["code"] for one in told["doubts"]]) == (
        "SAMARINDA-PU", False, ["places_contradict"]
    )  # fmt: skip
    assert "Kota Samarinda" in told["doubts"][0]["text"]
    assert "Kota Balikpapan" in told["doubts"][0]["text"]


async def test_previews_beyond_what_a_process_takes_are_told_to_come_back() -> None:
    app = create_app(settings(NOWHERE, RoutingSettings, previews_at_once=1, previews_waiting=1))
    place = app.state.rules["POST", "/v1/routing/preview"].places.place

    async with calling(app) as http, place("national_admin:pusat-1@"):
        refused = await http.post("/v1/routing/preview", json={}, headers=ADMIN)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_previews")
    assert refused.headers["Retry-After"] == "1"
