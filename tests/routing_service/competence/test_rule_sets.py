"""Rule sets over HTTP: drafted, checked, tried on the past, put in force, taken back."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rules import queries
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.schema import Region, StoredRuleSet
from tests.factories import NOON, a_report, a_rule_set, bearer
from tests.routing_service.driving import ADMIN, OFFICER, OPERATOR, SUPERVISOR, Json, Office
from tests.waiting import until_somebody_waits

ROADS: Json = {"conditions": {"category": ["roads"]}, "result": {"agency": "SAMARINDA-PU"}}
SICK: Json = {
    "conditions": {"words": {"any": ["lubang besar"]}},
    "result": {"agency": "SAMARINDA-DINKES"},
    "note": "Uji.",
}


async def post(office: Office, path: str, body: Any = None, headers: Any = OPERATOR) -> Any:
    return await office.http.post(f"/v1/rule-sets{path}", json=body, headers=headers)


async def drafted(office: Office, *rules: Json, **body: Any) -> Json:
    response = await post(office, "", {"name": "Uji", "rules": list(rules), **body})
    assert response.status_code == 201, response.text
    draft: Json = response.json()
    return draft


async def in_force(session: AsyncSession, result: Json = ROADS["result"]) -> int:
    return await a_rule_set(session, (ROADS["conditions"], result))


async def test_a_draft_keeps_its_rules_in_their_order_with_note_and_legal_basis(office: Office) -> None:
    draft = await drafted(office, SICK, ROADS | {"legal_basis": "UU 23/2014"}, note="Percobaan")

    read = await office.get(f"/v1/rule-sets/{draft['id']}", ADMIN)

    assert read == draft
    assert (read["state"], read["rules_count"], read["created_by"]) == ("draft", 2, "operator:operator-1")
    assert [(one["position"], one["note"], one["legal_basis"]) for one in read["rules"]] == [
        (1, "Uji.", None),
        (2, "", "UU 23/2014"),
    ]
    assert read["rules"][0]["conditions"] == SICK["conditions"]


async def test_a_draft_based_on_a_set_starts_with_its_rules(office: Office, session: AsyncSession) -> None:
    active = await in_force(session)

    draft = (await post(office, "", {"name": "Baru", "based_on": active})).json()

    assert (draft["based_on"], [one["conditions"] for one in draft["rules"]]) == (active, [ROADS["conditions"]])


async def test_the_rules_of_a_draft_are_replaced_and_those_of_a_former_set_never(
    office: Office, session: AsyncSession
) -> None:
    draft = await drafted(office, ROADS)
    active = await in_force(session)
    body = {"rules": [SICK, SICK]}

    changed = await office.http.put(f"/v1/rule-sets/{draft['id']}/rules", json=body, headers=OPERATOR)
    refused = await office.http.put(f"/v1/rule-sets/{active}/rules", json=body, headers=OPERATOR)

    assert (changed.status_code, changed.json()["rules_count"]) == (200, 2)
    assert (refused.status_code, refused.json()["code"]) == (409, "rule_set_not_draft")


async def put_rules(office: Office, id: int, *rules: Json, seen: str | None = None) -> Any:
    headers = OPERATOR if seen is None else OPERATOR | {"If-Match": seen}
    return await office.http.put(f"/v1/rule-sets/{id}/rules", json={"rules": rules}, headers=headers)


async def test_whoever_replaces_rules_that_somebody_else_has_changed_since_is_told_so(office: Office) -> None:
    made = await post(office, "", {"name": "Uji", "rules": [ROADS]})
    id, seen = made.json()["id"], made.headers["ETag"]
    read = await office.http.get(f"/v1/rule-sets/{id}", headers=ADMIN)

    first = await put_rules(office, id, SICK, seen=seen)
    second = await put_rules(office, id, ROADS, SICK, seen=seen)
    again = await put_rules(office, id, ROADS, SICK, seen=first.headers["ETag"])

    assert read.headers["ETag"] == seen == f'"{made.json()["version"]}"'
    assert (first.status_code, again.status_code, again.json()["rules_count"]) == (200, 200, 2)
    assert (second.status_code, second.json()["code"]) == (412, "version_mismatch")
    assert second.json()["detail"].startswith("The rule set has changed since you read it")
    assert again.headers["ETag"] not in (seen, first.headers["ETag"])


@pytest.mark.parametrize("seen", [None, "*"])
async def test_without_a_version_the_rules_of_a_draft_are_replaced_as_before(office: Office, seen: str | None) -> None:
    draft = await drafted(office, ROADS)
    await put_rules(office, draft["id"], SICK)

    assert (await put_rules(office, draft["id"], seen=seen)).json()["version"] == 0


async def test_the_same_rules_written_again_are_another_version(office: Office) -> None:
    draft = await drafted(office, ROADS)

    same = await put_rules(office, draft["id"], ROADS)

    assert same.json()["version"] > draft["version"] > 0


async def test_of_two_who_replace_the_same_rules_at_once_one_is_told_so(busy: Office) -> None:
    draft = await drafted(busy, ROADS)
    seen = f'"{draft["version"]}"'

    answers = await asyncio.gather(
        *(put_rules(busy, draft["id"], *rules, seen=seen) for rules in ((SICK,), (ROADS, SICK)))
    )

    assert sorted(one.status_code for one in answers) == [200, 412]
    kept = next(one.json() for one in answers if one.status_code == 200)
    assert await busy.get(f"/v1/rule-sets/{draft['id']}", OPERATOR) == kept


async def test_rules_that_were_changed_after_the_replay_are_not_put_in_force_unseen(office: Office) -> None:
    draft = await drafted(office, ROADS)
    replayed = OPERATOR | {"If-Match": f'"{draft["version"]}"'}
    changed = await put_rules(office, draft["id"], SICK)

    unseen = await post(office, f"/{draft['id']}/activation", {"replaces": None}, replayed)
    seen = OPERATOR | {"If-Match": changed.headers["ETag"]}
    activated = await post(office, f"/{draft['id']}/activation", {"replaces": None}, seen)

    assert (unseen.status_code, unseen.json()["code"]) == (412, "version_mismatch")
    assert (activated.status_code, activated.json()["state"]) == (200, "active")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rules SET note = 'x' WHERE rule_set_id = :id",
        "DELETE FROM rules WHERE rule_set_id = :id",
        "INSERT INTO rules (rule_set_id, position, conditions, result) VALUES (:id, 9, '{}', '{}')",
    ],
)
async def test_the_database_refuses_to_change_rules_that_were_in_force(session: AsyncSession, statement: str) -> None:
    active = await in_force(session)

    with pytest.raises(DBAPIError, match="no draft"):
        async with session.begin_nested():
            await session.execute(text(statement), {"id": active})


async def test_the_list_shows_the_newest_first_page_by_page(office: Office, session: AsyncSession) -> None:
    ids = [(await drafted(office))["id"], await in_force(session), (await drafted(office, ROADS))["id"]]

    first = await office.get("/v1/rule-sets", SUPERVISOR, limit=2)
    second = await office.get("/v1/rule-sets", SUPERVISOR, limit=2, cursor=first["next_cursor"])
    drafts = await office.get("/v1/rule-sets", OPERATOR, state="draft")

    assert [one["id"] for one in [*first["items"], *second["items"]]] == ids[::-1]
    assert [one["id"] for one in drafts["items"]] == [ids[2], ids[0]]


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"conditions": {}, "result": {}}, "/rules/0/result"),
        ({"conditions": {}, "result": {"agency": "A", "competent": "roads"}}, "/rules/0/result"),
        ({"conditions": {}, "result": {"agency": "A", "level": "province"}}, "/rules/0/result"),
        ({"conditions": {}, "result": {"competent": "roads", "level": "village"}}, "/rules/0/result/level"),
        ({"conditions": {"category": []}, "result": {"agency": "A"}}, "/rules/0/conditions/category"),
        ({"conditions": {"region": ["Samarinda"]}, "result": {"agency": "A"}}, "/rules/0/conditions/region/0"),
        ({"conditions": {"channel": ["pigeon"]}, "result": {"agency": "A"}}, "/rules/0/conditions/channel/0"),
        ({"conditions": {"words": {}}, "result": {"agency": "A"}}, "/rules/0/conditions/words"),
        ({"conditions": {"words": {"any": ["?"]}}, "result": {"agency": "A"}}, "/rules/0/conditions/words/any/0"),
        ({"conditions": {"words": {"any": ["a\x00"]}}, "result": {"agency": "A"}}, "/rules/0/conditions/words/any/0"),
        ({"conditions": {"weather": ["rain"]}, "result": {"agency": "A"}}, "/rules/0/conditions/weather"),
        ({"conditions": {}, "result": {"agency": "A"}, "note": "x" * 501}, "/rules/0/note"),
        ({"result": {"agency": "A"}}, "/rules/0/conditions"),
    ],
)
async def test_a_rule_that_says_nothing_clear_is_refused_by_its_field(office: Office, rule: Json, pointer: str) -> None:
    response = await post(office, "", {"name": "Uji", "rules": [rule]})

    assert (response.status_code, response.json()["code"]) == (422, "invalid"), response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


async def test_a_draft_based_on_nothing_known_is_refused(office: Office) -> None:
    response = await post(office, "", {"name": "Uji", "based_on": 999_999})

    assert (response.status_code, response.json()["code"]) == (422, "unknown_rule_set")


@pytest.mark.parametrize("path", ["", "/lint", "/replay", "/activation", "/rollback", "/rules"])
async def test_a_set_that_is_not_there_is_not_found(office: Office, path: str) -> None:
    bodies: Json = {"/replay": {"last": 1}, "/activation": {"replaces": None}, "/rules": {"rules": []}}
    method = {"": "GET", "/rules": "PUT"}.get(path, "POST")

    response = await office.http.request(method, f"/v1/rule-sets/999999{path}", json=bodies.get(path), headers=OPERATOR)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("headers", "reads", "writes"),
    [(OPERATOR, 200, 201), (ADMIN, 200, 403), (SUPERVISOR, 200, 403), (OFFICER, 403, 403), ({}, 401, 401)],
)
async def test_operators_write_and_the_national_level_reads(
    office: Office, headers: Any, reads: int, writes: int
) -> None:
    listed = await office.http.get("/v1/rule-sets", headers=headers)
    made = await post(office, "", {"name": "Uji"}, headers)

    assert (listed.status_code, made.status_code) == (reads, writes)


async def test_lint_tells_in_sentences_what_is_wrong(office: Office) -> None:
    draft = await drafted(
        office,
        ROADS,
        {"conditions": {"category": ["roads.damage"], "region": ["64.72"]}, "result": {"agency": "KALTIM"}},
        {"conditions": {"category": ["lamps"], "region": ["64.99"]}, "result": {"agency": "SAMARINDA-OLD"}},
        {"conditions": {"category": ["health"]}, "result": {"competent": "hospital", "level": "province"}},
    )

    found = (await post(office, f"/{draft['id']}/lint", headers=ADMIN)).json()

    assert (found["errors"], found["warnings"]) == (5, 0)
    assert [(one["code"], one["rules"]) for one in found["findings"]] == [
        ("shadowed", [2, 1]),
        ("unknown_category", [3]),
        ("unknown_region", [3]),
        ("dead_agency", [3]),
        ("duty_of_nobody", [4]),
    ]
    assert "aturan 1" in found["findings"][0]["id"]
    assert "rule 1" in found["findings"][0]["en"]


async def test_a_replay_lists_what_would_change_against_the_set_in_force(office: Office, session: AsyncSession) -> None:
    active = await in_force(session)
    stays = await office.report(body="Aspal mengelupas.")
    moves = await office.report(body="Ada lubang besar.")
    await office.report(category_code="health", body="Antrean panjang.", region_code=None)
    draft = await drafted(
        office, SICK, ROADS, {"conditions": {"category": ["health"]}, "result": {"competent": "dinas"}}
    )

    told = (await post(office, f"/{draft['id']}/replay", {"last": 3}, ADMIN)).json()

    assert (told["compared_with"], told["examined"], told["changed"], told["withheld"]) == (active, 3, 2, 0)
    numbers = {report: await office.value(report, "tracking_number") for report in (stays, moves)}
    sick, moved = told["items"]
    assert moved["tracking_number"] == numbers[moves]
    assert moved["before"] == {"agency": "SAMARINDA-PU", "position": 1, "failure": None, "rule_set": active}
    assert moved["after"] == {"agency": "SAMARINDA-DINKES", "position": 1, "failure": None, "rule_set": draft["id"]}
    assert "SAMARINDA-DINKES (Uji.)" in moved["why"]["id"]
    assert sick["after"] == {"agency": None, "position": 3, "failure": "no_region", "rule_set": draft["id"]}
    assert "no rule applies" in sick["why"]["en"]
    assert told["before"] == {"decided": 2, "failed": 0, "undecided": 1, "as_assigned": 0}
    assert told["after"] == {"decided": 2, "failed": 1, "undecided": 0, "as_assigned": 0}
    assert told["failing"] == [{"position": 3, "failure": "no_region", "reports": 1}]


async def test_a_replay_locates_a_report_as_a_new_one_is_by_whom_it_is_meant_for(
    office: Office, session: AsyncSession
) -> None:
    villages = {
        "64.72.03": "Samarinda Ulu",
        "64.72.03.1005": "Sidodadi",
        "35.78.02": "Tegal",
        "35.78.02.1005": "Sidodadi",
    }
    rows = [{"code": code, "name": name, "parent_code": code.rpartition(".")[0]} for code, name in villages.items()]
    await session.execute(insert(Region), rows)
    text = {"title": "Banjir", "body": "Banjir di Sidodadi, Sidodadi banjir."}
    await office.report(**text, region_code=None, target_agency_code="SAMARINDA")
    rules = {"conditions": {}, "result": {"competent": "city"}}
    draft = await drafted(office, rules)

    told = (await post(office, f"/{draft['id']}/replay", {"last": 1}, ADMIN)).json()
    await post(office, f"/{draft['id']}/activation", {"replaces": None})
    body = text | {"agency": "SAMARINDA"}
    new = (await office.http.post("/v1/routing/preview", json=body, headers=ADMIN)).json()

    assert new["place"]["region"] == "64.72.03.1005"
    assert told["items"][0]["after"]["agency"] == new["agency"] == "SAMARINDA"


async def test_a_replay_says_how_many_reports_a_set_sends_to_whom_they_were_really_assigned(office: Office) -> None:
    draft = await drafted(office, ROADS)
    count = await office.scalar("SELECT count(*) FROM reports WHERE agency_code = 'SAMARINDA-PU'")

    told = (await post(office, f"/{draft['id']}/replay", {"last": 5000}, ADMIN)).json()

    assert told["after"]["as_assigned"] == count > 0
    assert (told["examined"], told["compared_with"], told["before"]["undecided"]) == (
        await office.scalar("SELECT count(*) FROM reports"), None, told["examined"],
    )  # fmt: skip


# --- who keeps the rules reads no words ----------------------------------------------------------------------

WORD = "rahmawati"
NAMES: Json = {"conditions": {"words": {"any": [WORD, "081234567890"]}}, "result": {"agency": "SAMARINDA-DINKES"}}
KEEPERS = [OPERATOR, SUPERVISOR, bearer(Role.SUPERVISOR, scopes=("reports:secret",))]


async def masked(office: Office, report: UUID, body: str) -> None:
    await office.execute(
        "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
        " VALUES (:id, 'Jalan berlubang', :body, '[]', 1, :at, 'x')"
        " ON CONFLICT (report_id) DO UPDATE SET body = :body",
        id=report, body=body, at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize("headers", KEEPERS)
@pytest.mark.parametrize(
    "changes",
    [
        {"secret": True},
        {"published_at": None, "anonymous": True},
        {"status": Status.ARCHIVED},
        {"status": Status.WITHDRAWN},
    ],
)
async def test_of_a_report_that_is_not_public_no_number_of_a_replay_depends(
    office: Office, headers: Any, changes: Json
) -> None:
    draft = await drafted(office, NAMES)
    shown = await office.report(published_at=NOON, agency_code="SAMARINDA-PU")
    await masked(office, shown, "Kata [nama] lubangnya besar.")
    before = (await post(office, f"/{draft['id']}/replay", {"last": 5000}, headers)).json()

    hidden = await office.report(**({"published_at": NOON, "body": f"Ibu {WORD} 0812 3456 7890."} | changes))
    await masked(office, hidden, f"Ibu {WORD}")
    after = (await post(office, f"/{draft['id']}/replay", {"last": 5000}, headers)).json()

    assert after == before
    assert (before["examined"] > 0, before["withheld"]) == (True, 0)


@pytest.mark.parametrize("headers", KEEPERS)
async def test_a_replay_reads_of_a_public_report_what_everybody_reads(office: Office, headers: Any) -> None:
    draft = await drafted(office, NAMES)
    written = {"title": f"Ibu {WORD}", "body": f"Ibu {WORD}, 0812 3456 7890.", "location_text": f"rumah {WORD}"}
    report = await office.report(published_at=NOON, anonymous=True, **written)
    await masked(office, report, "Ibu [nama], [telepon].")

    told = (await post(office, f"/{draft['id']}/replay", {"last": 1}, headers)).json()
    await masked(office, report, f"Ibu {WORD}")  # an officer has lifted the mask
    lifted = (await post(office, f"/{draft['id']}/replay", {"last": 1}, headers)).json()

    assert (told["examined"], told["changed"], told["after"]["decided"]) == (1, 0, 0)
    assert (lifted["examined"], lifted["changed"], lifted["after"]["decided"]) == (1, 1, 1)


async def test_the_national_administrator_replays_what_was_written_and_that_is_recorded(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    draft = await drafted(office, NAMES)
    await office.report(secret=True, body=f"Ibu {WORD}")

    with caplog.at_level("INFO", logger="routing_service.competence.rule_sets.replaying"):
        told = (await post(office, f"/{draft['id']}/replay", {"last": 1}, ADMIN)).json()
        await post(office, f"/{draft['id']}/replay", {"last": 1}, OPERATOR)

    assert (told["changed"], len(told["items"])) == (1, 1)
    (line,) = [one for one in caplog.records if one.name == "routing_service.competence.rule_sets.replaying"]
    assert (line.__dict__["actor"], line.__dict__["rule_set"]) == ("national_admin:pusat-1", draft["id"])
    assert WORD not in str(line.__dict__)


@pytest.mark.parametrize(("last", "status"), [(0, 422), (1, 200), (5000, 200), (5001, 422), ("all", 422)])
async def test_a_replay_is_bounded(office: Office, last: Any, status: int) -> None:
    draft = await drafted(office, ROADS)

    assert (await post(office, f"/{draft['id']}/replay", {"last": last})).status_code == status


async def test_activation_replaces_the_set_in_force_and_a_rollback_puts_it_back(
    office: Office, session: AsyncSession
) -> None:
    former = await in_force(session)
    draft = (await drafted(office, SICK))["id"]

    activated = (await post(office, f"/{draft}/activation", {"replaces": former})).json()
    states = await states_of(office, former, draft)
    back = (await post(office, f"/{draft}/rollback")).json()

    assert (activated["state"], activated["replaced"]) == ("active", former)
    assert activated["activated_by"] == "operator:operator-1"
    assert states == ["retired", "active"]
    assert (back["id"], back["state"]) == (former, "active")
    assert await states_of(office, former, draft) == ["active", "retired"]
    again = await post(office, f"/{draft}/activation", {"replaces": former})
    assert again.status_code == 200


async def test_what_is_put_in_force_decides_the_next_report(office: Office, session: AsyncSession) -> None:
    former = await in_force(session)
    draft = (await drafted(office, SICK, ROADS))["id"]
    text = {"title": "Jalan", "body": "Ada lubang besar.", "category": "roads", "location": {"region_code": "64.72"}}

    async def suggested() -> str:
        response = await office.http.post("/v1/routing/preview", json=text, headers=ADMIN)
        assert response.status_code == 200, response.text
        return str(response.json()["agency"])

    before = await suggested()
    await post(office, f"/{draft}/activation", {"replaces": former})
    after = await suggested()
    await post(office, f"/{draft}/rollback")

    assert (before, after, await suggested()) == ("SAMARINDA-PU", "SAMARINDA-DINKES", "SAMARINDA-PU")


async def states_of(office: Office, *ids: int) -> list[str]:
    return [(await office.get(f"/v1/rule-sets/{id}", OPERATOR))["state"] for id in ids]


async def test_whoever_activates_names_the_set_that_he_compared_with(office: Office, session: AsyncSession) -> None:
    active, draft = await in_force(session), (await drafted(office, SICK))["id"]

    for named in (None, draft, active + 1_000):
        refused = await post(office, f"/{draft}/activation", {"replaces": named})
        assert (refused.status_code, refused.json()["code"]) == (409, "rule_set_replaced")
    assert await states_of(office, active, draft) == ["active", "draft"]


async def test_what_cannot_be_put_in_force_or_taken_back_is_refused(office: Office, session: AsyncSession) -> None:
    active, empty = await in_force(session), (await drafted(office))["id"]

    codes = [
        (await post(office, f"/{active}/activation", {"replaces": active})).json()["code"],
        (await post(office, f"/{empty}/activation", {"replaces": active})).json()["code"],
        (await post(office, f"/{active}/rollback")).json()["code"],
        (await post(office, f"/{empty}/rollback")).json()["code"],
    ]

    assert codes == ["rule_set_active", "rule_set_empty", "nothing_before", "rule_set_replaced"]


async def test_of_two_activations_at_once_one_wins(busy: Office, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        active = await in_force(session)
    drafts = [(await drafted(busy, SICK))["id"] for _ in range(4)]

    answers = await asyncio.gather(*(post(busy, f"/{id}/activation", {"replaces": active}) for id in drafts))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await busy.scalar("SELECT count(*) FROM rule_sets WHERE state = 'active'") == 1


async def test_of_two_first_activations_at_once_one_wins(busy: Office) -> None:
    drafts = [(await drafted(busy, SICK))["id"] for _ in range(2)]

    answers = await asyncio.gather(*(post(busy, f"/{id}/activation", {"replaces": None}) for id in drafts))

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_rules_never_change_under_an_activation_that_runs_at_the_same_time(busy: Office) -> None:
    draft = (await drafted(busy, ROADS))["id"]
    put = busy.http.put(f"/v1/rule-sets/{draft}/rules", json={"rules": [SICK, ROADS]}, headers=OPERATOR)

    activated, changed = await asyncio.gather(post(busy, f"/{draft}/activation", {"replaces": None}), put)

    assert activated.status_code == 200
    assert changed.status_code in (200, 409)
    assert activated.json()["rules_count"] == (2 if changed.status_code == 200 else 1) or changed.status_code == 409


async def test_a_draft_that_somebody_is_just_basing_another_one_on_is_not_discarded(
    busy: Office, sessions: Sessions
) -> None:
    draft = (await drafted(busy, ROADS))["id"]
    async with sessions.begin() as session:
        values = {"name": "Atas", "note": "", "based_on": draft, "created_by": "operator:op-2"}
        await session.execute(insert(StoredRuleSet).values(values))
        discarding = asyncio.create_task(busy.http.delete(f"/v1/rule-sets/{draft}", headers=OPERATOR))
        await until_somebody_waits(busy.scalar)

    answer = await discarding

    assert (answer.status_code, answer.json()["code"]) == (409, "rule_set_built_on")


async def test_nothing_is_based_on_a_draft_that_is_just_being_discarded(busy: Office, sessions: Sessions) -> None:
    draft = (await drafted(busy, ROADS))["id"]
    async with sessions.begin() as session:
        await queries.remove_draft(session, draft)
        basing = asyncio.create_task(post(busy, "", {"name": "Atas", "based_on": draft}))
        await until_somebody_waits(busy.scalar)

    answer = await basing

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_rule_set")


async def test_a_repeated_request_makes_one_draft(office: Office) -> None:
    headers = OPERATOR | {"Idempotency-Key": "draft-1"}

    answers = [await post(office, "", {"name": "Sekali"}, headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert await office.scalar("SELECT count(*) FROM rule_sets WHERE name = 'Sekali'") == 1


async def test_a_channel_may_not_read_rules(office: Office) -> None:
    response = await office.http.get("/v1/rule-sets", headers=bearer(Role.CHANNEL))

    assert response.status_code == 403


async def test_the_newest_reports_are_replayed_first(office: Office) -> None:
    draft = await drafted(office, ROADS)
    old = office.reports[Status.CLOSED]
    newest = await a_number(office)

    told = (await post(office, f"/{draft['id']}/replay", {"last": 1}, ADMIN)).json()

    assert [one["tracking_number"] for one in told["items"]] == [newest]
    assert newest != await office.value(old, "tracking_number")


async def a_number(office: Office) -> str:
    async with office.transaction() as session:
        report = await a_report(session)
    return str(await office.value(report, "tracking_number"))
