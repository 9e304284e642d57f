"""Who may not read the words of a secret report gets none of them by another way."""

from typing import Any
from uuid import UUID

import pytest

from routing_service.work.decisions.explanation import Explanation
from routing_service.work.decisions.wordless import without_words
from shared.clients import Role
from tests.factories import DAY, NOON, a_rule_set, bearer
from tests.routing_service.driving import ADMIN, SUPERVISOR, Office

GRANTED = bearer(Role.SUPERVISOR, sub="ombudsman-2", scopes=("reports:secret",))
SECRET = {
    "secret": True,
    "title": "Pungli di Sidodadi",
    "body": "Di kelurahan Sidodadi, Kecamatan Samarinda Ulu, ada pungli di kantornya.",
    "location_text": "Jalan Gatot Subroto, Sidodadi, Samarinda Ulu",
    "region_code": None,
}


async def a_secret_report(office: Office, **changes: Any) -> UUID:
    await office.execute(
        "INSERT INTO regions (code, name, parent_code) VALUES ('64.72.06', 'Samarinda Ulu', '64.72'),"
        " ('64.72.06.1002', 'Sidodadi', '64.72.06') ON CONFLICT DO NOTHING"
    )
    async with office.transaction() as session:
        await a_rule_set(session, ({"words": {"any": ["pungli"]}}, {"agency": "SAMARINDA-PU"}))
    report = await office.report(**(SECRET | changes))
    await office.deliver((await office.history(report))[0])
    return report


@pytest.mark.parametrize("region", [None, "64.72"])
async def test_the_explanation_tells_a_supervisor_the_region_as_given_and_no_word(
    office: Office, region: str | None
) -> None:
    report = await a_secret_report(office, region_code=region)

    whole = await office.http.get(f"/v1/reports/{report}/routing", headers=GRANTED)
    answer = await office.http.get(f"/v1/reports/{report}/routing", headers=SUPERVISOR)

    told = answer.json()
    for word in ("Sidodadi", "Samarinda Ulu", "64.72.06"):
        assert word in whole.text, word
        assert word not in answer.text, word
    for suggestion in (told["suggestion"], *(one["suggestion"] for one in told["decisions"])):
        assert suggestion["place"] == {
            "region": region, "confidence": 0.9 if region else 0.0, "evidence": [], "contradictions": [],
        }  # fmt: skip
        assert suggestion["rules"] is None
        assert suggestion["agency"] == "SAMARINDA-PU"


async def test_before_verification_the_number_stands_for_the_reporters_title(office: Office) -> None:
    report = await a_secret_report(office)
    number = (await office.get(f"/v1/reports/{report}", ADMIN))["tracking_number"]

    async def titles(headers: dict[str, str]) -> set[str]:
        listed = await office.get("/v1/reports", headers, tracking_number=number)
        return {(await office.get(f"/v1/reports/{report}", headers))["title"], listed["items"][0]["title"]}

    assert await titles(SUPERVISOR) == {f"Laporan {number}"}
    assert await titles(GRANTED) == await titles(ADMIN) == {SECRET["title"]}
    await office.done(report, "verification", ADMIN, title="Dugaan pungutan liar")
    assert await titles(SUPERVISOR) == {"Dugaan pungutan liar"}


async def test_of_reports_merged_into_a_secret_one_the_titles_of_reporters_are_not_told(office: Office) -> None:
    survivor = await a_secret_report(office, received_at=NOON - DAY)
    joined = await office.report(**(SECRET | {"title": "Pungli juga di Sidodadi"}))
    await office.done(joined, "merge", ADMIN, into=str(survivor))

    seen = {name: (await office.get(f"/v1/reports/{survivor}", headers))["merged"][0]["title"] for name, headers in
            {"supervisor": SUPERVISOR, "granted": GRANTED}.items()}  # fmt: skip

    assert seen["granted"] == "Pungli juga di Sidodadi"
    assert seen["supervisor"].startswith("Laporan ")


def an_explanation(of: str) -> dict[str, Any]:
    place = {"code": "place", "region": "64.72.06.1002", "of": of}
    candidate = {"agency": "KELURAHAN", "name": "Kelurahan", "score": 0.9, "reasons": [place]}
    return {
        "suggestion": {"agency": "KELURAHAN", "clear": True, "candidates": [candidate], "doubts": [], "remarks": []},
        "versions": {},
    }


@pytest.mark.parametrize(
    ("of", "region", "named"),
    [
        ("64.72.06.1002", None, False),
        ("64.72.06.1002", "64.72", False),
        ("64.72.06", "64.72", False),
        ("64.72.06", "64.72.06.1001", True),
        ("64.72", None, True),
    ],
)
def test_an_office_so_small_that_it_names_the_place_is_not_told(of: str, region: str | None, named: bool) -> None:
    said = without_words(Explanation.from_data(an_explanation(of)), region).suggestion

    assert said is not None
    assert (said.agency, said.clear) == (("KELURAHAN", True) if named else (None, False))
    assert all("region" not in reason.values for one in said.candidates for reason in one.reasons)


def test_what_is_no_suggestion_stays_what_it_is() -> None:
    chosen = Explanation.from_data({"suggestion": None, "action": "report.forwarded"})

    assert without_words(chosen, None) == chosen
