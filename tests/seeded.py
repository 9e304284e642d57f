"""The registry and the rules that a new installation has, in memory."""

from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.rule import rule
from routing_service.registry import seed
from routing_service.registry.directory import Directory, Listed

DIRECTORY = Directory(
    1,
    {
        one["code"]: Listed(
            one["code"], one["name"], one["kind"], one["level"], one["parent_code"], one["region_code"],
            tuple(one["duties"]),
        )
        for one in seed.agencies()
    },
    {one["code"]: one["parent_code"] for one in seed.categories()},
)  # fmt: skip
RULES = RuleSet(
    1,
    [
        rule(position, position, one["conditions"], one["result"], note=one["note"])
        for position, one in enumerate(seed.rule_set()["rules"], start=1)
    ],
)
