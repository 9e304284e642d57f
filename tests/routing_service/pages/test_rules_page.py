"""Rule sets as people see, try, change and put them in force."""

import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.rules.compared import differences, ways
from routing_service.pages.rules.written import Mistake, RulesUnreadable, read_rules
from shared.clients import Role, Scope
from shared.domain.lifecycle import Status
from shared.schema import Report, StoredRuleSet
from tests.factories import a_rule_set
from tests.routing_service.driving import OPERATOR, Json, Office
from tests.routing_service.pages.visiting import Visitor, cookie

ROADS: Json = {"conditions": {"category": ["roads"]}, "result": {"agency": "SAMARINDA-PU"}}
HOLES: Json = {"conditions": {"words": {"any": ["lubang"]}}, "result": {"agency": "SAMARINDA-DINKES"}}


def visitor(http: httpx.AsyncClient, role: Role, agency: str | None = None, **more: Any) -> Visitor:
    return Visitor(http, cookie(role, sub=f"{role}-1", agency=agency, **more))


@pytest.fixture
def operator(http: httpx.AsyncClient) -> Visitor:
    return visitor(http, Role.OPERATOR)


async def drafted(office: Office, *rules: Json, headers: Any = OPERATOR, **body: Any) -> int:
    sent = {"name": "Uji", "rules": list(rules), **body}
    made = await office.http.post("/v1/rule-sets", json=sent, headers=headers)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


async def state_of(session: AsyncSession, id: int) -> str | None:
    found: str | None = await session.scalar(select(StoredRuleSet.state).where(StoredRuleSet.id == id))
    return found


async def test_a_clerk_reads_what_is_in_force_what_is_drafted_and_what_was(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    first = await a_rule_set(session, (ROADS["conditions"], ROADS["result"]), name="Pertama")
    active = await a_rule_set(session, (ROADS["conditions"], ROADS["result"]), name="Kedua")
    draft = await drafted(office, ROADS, HOLES)

    page, one = await operator.get("/board/rules"), await operator.get(f"/board/rules/{draft}")

    sections = re.findall(r'id="sets-(\w+)">.*?(?=</section>)', page.text, re.DOTALL)
    assert sections == ["active", "draft", "retired"]
    assert [f"/board/rules/{id}" in page.text for id in (first, active, draft)] == [True] * 3
    assert "Has one of the words: “lubang”" in one.text
    assert "<strong>Dinas Kesehatan" in one.text or "SAMARINDA-DINKES" in one.text
    assert "New rules: 1; gone: 0; kept: 1." in one.text


async def test_a_replay_says_how_many_reports_would_go_elsewhere_and_from_whom_to_whom(
    office: Office, http: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_rule_set(session, (ROADS["conditions"], ROADS["result"]))
    report = await office.made(Status.ASSIGNED)
    number = await session.scalar(select(Report.tracking_number).where(Report.id == report))
    draft = await drafted(office, {"conditions": {"region": ["64"]}, "result": {"agency": "SAMARINDA-DINKES"}})
    admin = visitor(http, Role.NATIONAL_ADMIN)

    page = await admin.sends(await admin.get(f"/board/rules/{draft}"), "replay", last="200")

    assert page.status_code == 200, page.text
    counted = re.search(r"(\d+) reports examined, (\d+) would be different", page.text)
    assert counted is not None
    of_ways = re.findall(r'data-name="Reports">(\d+)<', page.text)
    assert 0 < int(counted[2]) == sum(map(int, of_ways)) <= int(counted[1])
    assert f'href="/board/reports/{number}"' in page.text


async def test_an_operator_is_led_to_no_report_that_they_may_not_open(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    draft = await drafted(office, HOLES)

    page = await operator.sends(await operator.get(f"/board/rules/{draft}"), "replay", last="200")

    assert page.status_code == 200
    assert "Only reports that everybody may read are examined" in page.text
    assert "/board/reports/" not in page.text


async def test_a_draft_is_checked_and_what_is_left_to_say_of_offices_stands_apart(
    office: Office, operator: Visitor
) -> None:
    draft = await drafted(office, HOLES, HOLES | {"result": {"agency": "SAMARINDA-PU"}})

    page = await operator.sends(await operator.get(f"/board/rules/{draft}"), "lint")

    assert "Rule 2 has the same conditions as rule 1 and another result" in page.text
    assert "This set has no rule with a subject yet." in page.text


async def test_a_draft_is_put_in_force_once_it_is_confirmed_and_taken_back(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    before = await a_rule_set(session, (ROADS["conditions"], ROADS["result"]))
    draft = await drafted(office, HOLES)
    page = await operator.get(f"/board/rules/{draft}")

    unread = await operator.sends(page, "activate")
    done = await operator.sends(page, "activate", confirmed="yes")

    assert (unread.status_code, "Tick that you have read what changes" in unread.text) == (422, True)
    assert (done.status_code, done.headers["location"]) == (303, f"/board/rules/{draft}?done=activate")
    assert await state_of(session, draft) == "active"
    shown = await operator.get(done.headers["location"])
    assert "This set is in force now" in shown.text
    back = await operator.sends(shown, "rollback", confirmed="yes")
    assert back.status_code == 303
    assert await state_of(session, before) == "active"


async def test_of_two_at_one_draft_the_second_sees_who_was_first_and_keeps_what_was_typed(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    draft = await drafted(office, ROADS)
    page = await operator.get(f"/board/rules/{draft}")
    written = json.dumps([HOLES])

    first = await operator.sends(page, "rules", rules=json.dumps([ROADS, ROADS]))
    second = await operator.sends(page, "rules", rules=written)
    activated = await operator.sends(page, "activate", confirmed="yes")

    assert first.status_code == 303
    assert (second.status_code, activated.status_code) == (412, 412)
    assert "Who changed it first:" in second.text
    assert "“lubang”" not in second.text
    assert "&#34;lubang&#34;" in second.text  # in the field
    assert await state_of(session, draft) == "draft"


async def test_whoever_puts_a_set_in_force_after_another_was_is_told_so(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    one, other = await drafted(office, ROADS), await drafted(office, HOLES)
    page, other_page = await operator.get(f"/board/rules/{one}"), await operator.get(f"/board/rules/{other}")
    await operator.sends(page, "activate", confirmed="yes")

    late = await operator.sends(other_page, "activate", confirmed="yes")

    assert late.status_code == 409
    assert f"Meanwhile the rule set {one} is in force" in late.text
    assert "Who changed it first:" in late.text


async def test_a_file_makes_a_draft_and_what_is_wrong_in_one_stands_beside_its_line(
    operator: Visitor, session: AsyncSession
) -> None:
    page = await operator.get("/board/rules")
    token = re.search(r'name="form" value="(\w+)"', page.text.partition('id="form-draft"')[2])
    assert token is not None
    fields = {"form": token[1], "act": "draft", "name": "Berkas"}
    wrong = (
        "[\n" + json.dumps(ROADS) + ",\n" + json.dumps(ROADS | {"result": {"agency": "A", "level": "national"}}) + "]"
    )

    async def upload(content: bytes) -> httpx.Response:
        headers = operator.headers | {"Accept-Language": "en"}
        return await operator.http.post(
            "/board/rules", data=fields, files={"file": ("aturan.json", content)}, headers=headers
        )

    refused, broken, binary = [await upload(one) for one in (wrong.encode(), b"[\n{\n", b"\x00\xff\x89PNG")]
    made = await upload(json.dumps({"name": "x", "rules": [ROADS, HOLES]}).encode())

    assert (refused.status_code, broken.status_code, binary.status_code) == (422, 422, 422)
    assert "<strong>Line 3</strong> (Rule 2): a level is only allowed with competent" in refused.text
    assert "Berkas" in refused.text
    assert "<strong>Line 3</strong>: From here on this is no JSON" in broken.text
    assert made.status_code == 303, made.text
    shown = await operator.get(made.headers["location"])
    assert "2 rules" in shown.text
    file = await operator.get(made.headers["location"].partition("?")[0] + "/file")
    assert [one["result"] for one in file.json()] == [ROADS["result"], HOLES["result"]]


async def test_a_draft_is_discarded_and_one_that_another_is_based_on_is_not(
    office: Office, operator: Visitor, session: AsyncSession
) -> None:
    draft = await drafted(office, ROADS)
    later = await drafted(office, HOLES, based_on=draft)

    kept = await operator.sends(await operator.get(f"/board/rules/{draft}"), "discard", confirmed="yes")
    gone = await operator.sends(await operator.get(f"/board/rules/{later}"), "discard", confirmed="yes")

    assert (kept.status_code, f"The rule set {later} is based on {draft}" in kept.text) == (409, True)
    assert gone.headers["location"] == "/board/rules?done=discard"
    assert (await state_of(session, draft), await state_of(session, later)) == ("draft", None)


async def test_an_instansi_changes_its_own_rules_alone(
    office: Office, http: httpx.AsyncClient, session: AsyncSession
) -> None:
    national = await a_rule_set(session, (ROADS["conditions"], ROADS["result"]))
    own = await drafted(office, ROADS, agency="SAMARINDA")
    coordinator = visitor(http, Role.COORDINATOR, "SAMARINDA")
    stranger = visitor(http, Role.COORDINATOR, "BALIKPAPAN")
    named = visitor(http, Role.LIAISON_OFFICER, "SAMARINDA-PU", scopes=(Scope.MANAGE,))
    unnamed = visitor(http, Role.LIAISON_OFFICER, "SAMARINDA-PU")

    pages = [await coordinator.get(f"/board/rules/{id}") for id in (own, national)]

    assert ["form-activate" in one.text for one in pages] == [True, False]
    assert (await stranger.get(f"/board/rules/{own}")).status_code == 404
    assert (await named.get("/board/rules")).status_code == 200
    refused = await unnamed.get("/board/rules")
    assert refused.status_code == 403
    assert "/board/rules" not in refused.text.partition("<main")[0]  # the bar does not lead to it either
    outside = await coordinator.sends(
        pages[0], "rules", rules=json.dumps([ROADS, ROADS | {"result": {"agency": "BALIKPAPAN-PU"}}], indent=1)
    )
    assert outside.status_code == 422
    assert re.search(r"<strong>Line \d+</strong> \(Rule 2\): Rule 2 names BALIKPAPAN-PU", outside.text)


@pytest.mark.parametrize("cursor", ["", "٣", "2026-11..2026-01", "WyJ4Il0"])
async def test_a_place_in_the_list_that_no_page_gave_is_refused(operator: Visitor, cursor: str) -> None:
    refused = await operator.get(f"/board/rules?cursor={cursor}")

    assert refused.status_code == 422


async def test_an_empty_page_says_why(operator: Visitor) -> None:
    page = await operator.get("/board/rules")

    assert page.text.count('class="card">Empty: ') == 3


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", [(1, None)]),
        ("{}", [(1, None)]),
        ('{"rules": 1}', [(1, None)]),
        ("[1]", [(1, 1)]),
        ("[\n\n {}]", [(3, 1), (3, 1)]),
        ('{"note": "\\"rules\\": [",\n"rules": [\n{"conditions": {"region": ["x"]}, "result": {}}]}', [(3, 1), (3, 1)]),
        ('[{"conditions": {},\n "result": {"agency": "A"},\n "note": 3}]', [(3, 1)]),
        ('{"[": 1,\n"\\u0072ules": [1]}', [(1, None)]),
        ("[" * 100_000, [(1, None)]),
        ("9" * 5_000, [(1, None)]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_text_of_rules_stands_on_its_line(text: str, mistakes: list[tuple[int, int | None]]) -> None:
    with pytest.raises(RulesUnreadable) as refused:
        read_rules(text)

    assert [one[:2] for one in refused.value.mistakes] == mistakes
    assert all(isinstance(one, Mistake) and one.message for one in refused.value.mistakes)


class ARule:
    def __init__(self, conditions: Json, agency: str = "A") -> None:
        self.conditions, self.result = conditions, {"agency": agency}


def test_two_sets_differ_by_what_their_rules_decide_and_by_their_order() -> None:
    one, two, three = ARule({"region": ["1", "2"]}), ARule({"region": ["3"]}), ARule({"region": ["3"]}, "B")
    same = ARule({"region": ["2", "1"]})

    assert not differences([one, two], [same, two])
    assert differences([one, two], [two, one]).reordered
    changed = differences([one, two, two], [one, three])
    assert (changed.added, changed.gone, changed.kept, changed.reordered) == ([three], [two, two], 1, False)
    assert ways([]) == []
