"""The operations on rule sets, each driven to success."""

from shared.clients import Role
from tests.stack.driving import ROUTING
from tests.stack.operations_of_rules import Call


async def rule_sets(call: Call) -> None:
    """The seeded set, a draft made of it, tried, put in force and taken back."""
    operator = {"role": Role.OPERATOR}
    listed = await call(ROUTING, "GET /v1/rule-sets", params={"state": "active"}, **operator)
    active = listed["items"][0]["id"]
    draft = await call(ROUTING, "POST /v1/rule-sets", json={"name": "Uji", "based_on": active}, **operator)
    there = {**operator, "id": str(draft["id"])}
    lamps = {
        "conditions": {"category": ["street_light_out"], "words": {"any": ["lampu"]}},
        "result": {"competent": "transport", "level": "regency_city"},
    }
    kept = [{"conditions": one["conditions"], "result": one["result"]} for one in draft["rules"]]
    await call(ROUTING, "PUT /v1/rule-sets/{id}/rules", json={"rules": [lamps, *kept]}, **there)
    await call(ROUTING, "GET /v1/rule-sets/{id}", **there)
    found = await call(ROUTING, "POST /v1/rule-sets/{id}/lint", **there)
    assert found["errors"] == 0
    replayed = await call(ROUTING, "POST /v1/rule-sets/{id}/replay", json={"last": 100}, **there)
    assert (replayed["compared_with"], replayed["changed"]) == (active, 0)
    await call(ROUTING, "POST /v1/rule-sets/{id}/activation", json={"replaces": active}, **there)
    await call(ROUTING, "POST /v1/rule-sets/{id}/rollback", **there)
    other = await call(ROUTING, "POST /v1/rule-sets", json={"name": "Uji"}, **operator)
    await call(ROUTING, "DELETE /v1/rule-sets/{id}", **{**operator, "id": str(other["id"])})
