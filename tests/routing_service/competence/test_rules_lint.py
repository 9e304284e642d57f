"""What the linter finds in a rule set: pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.competence.rule_sets.findings import Finding, FindingCode, Severity
from routing_service.competence.rule_sets.lint import lint
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.rule import rule
from routing_service.registry.directory import Directory, Listed
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.domain.terms import Term

TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
C = FindingCode
ERROR, WARNING = Severity


def listed(code: str, region: str | None, parent: str | None, *duties: str, active: bool = True) -> Listed:
    level = "agency" if parent else {2: "province", 5: "regency_city"}.get(len(region or ""), "national")
    return Listed(
        code,
        code,
        "dinas" if parent else level,
        level,
        parent,
        region,
        duties,
        active,
        successor=None if active else "B",
    )


DIRECTORY = Directory(
    1,
    {
        one.code: one
        for one in (
            listed("PROVINCE", "64", None), listed("CITY", "64.72", None), listed("TOWN", "64.71", None),
            listed("A", "64.72", "CITY", "lamps", "roads"), listed("B", "64.72", "CITY", "roads"),
            listed("T", "64.71", "TOWN", "lamps"), listed("GONE", "64.72", "CITY", "parks", active=False),
        )
    },
    {"works": None, "roads": "works", "lamps": "works", "health": None},
)  # fmt: skip
REGIONS = frozenset({"64", "64.71", "64.72", "64.72.01"})
A, B = {"agency": "A"}, {"agency": "B"}
Given = tuple[Any, Any]


def findings(*rules: Given) -> list[Finding]:
    set = RuleSet(1, [rule(n, n, *one) for n, one in enumerate(rules, start=1)])
    return lint(set, DIRECTORY, REGIONS, on=TODAY)


def found(*rules: Given) -> list[tuple[FindingCode, tuple[int, ...]]]:
    return [(one.code, one.rules) for one in findings(*rules)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"category": ["roads"]}),
        ({"category": ["works"]}, {"category": ["roads"]}),
        ({"category": ["works", "health"]}, {"category": ["roads", "health"], "channel": ["sms"]}),
        ({"region": ["64"]}, {"region": ["64.72", "64.71"]}),
        ({"target_agency": ["CITY"]}, {"target_agency": ["A"]}),
        ({"subject": ["waste", "roads"]}, {"subject": ["waste"]}),
        ({"classification": ["complaint", "aspiration"]}, {"classification": ["aspiration"]}),
        ({"channel": ["sms"], "region": ["64.72"]}, {"channel": ["sms"], "region": ["64.72.01"]}),
        ({"words": {"any": ["lampu", "jalan"]}}, {"words": {"any": ["lampu jalan"]}}),
        ({"words": {"any": ["lampu"]}}, {"words": {"all": ["lampu padam", "pasar"]}}),
        ({"words": {"all": ["lampu"]}}, {"words": {"all": ["lampu", "padam"]}, "category": ["roads"]}),
        ({"words": {"none": ["air mati"]}}, {"words": {"none": ["air"]}}),
    ],
)
def test_a_rule_whose_reports_an_earlier_one_takes_all_is_shadowed(earlier: Any, later: Any) -> None:
    assert found((earlier, A), (later, B)) == [(C.SHADOWED, (2, 1))]
    assert found((later, B), (earlier, A)) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"category": ["roads"]}, {"category": ["works"]}),
        ({"category": ["roads"]}, {"region": ["64.72"]}),
        ({"region": ["64.72"]}, {}),
        ({"channel": ["sms"]}, {"channel": ["sms", "app"]}),
        ({"category": ["works"], "region": ["64.72"]}, {"category": ["roads"], "region": ["64"]}),
        ({"words": {"any": ["lampu"]}}, {"words": {"any": ["lampu", "jalan"]}}),
        ({"words": {"all": ["lampu", "padam"]}}, {"words": {"any": ["lampu padam", "lampu"]}}),
        ({"words": {"none": ["air"]}}, {"words": {"none": ["air mati"]}}),
        ({"category": ["works"], "words": {"any": ["lampu"]}}, {"category": ["roads"]}),
    ],
)
def test_a_rule_that_has_reports_left_is_not_shadowed(earlier: Any, later: Any) -> None:
    assert found((earlier, A), (later, B)) == []


def test_several_rules_together_can_shadow_another() -> None:
    city, town = {"category": ["works"], "region": ["64.72"]}, {"category": ["roads"], "region": ["64.71"]}

    assert found((city, A), (town, B), ({"category": ["roads"], "region": ["64.71", "64.72"]}, B)) == [
        (C.SHADOWED, (3, 1, 2))
    ]
    assert found((city, A), (town, B), ({"category": ["roads", "lamps"], "region": ["64.71", "64.72"]}, B)) == []


@pytest.mark.parametrize(("most", "codes"), [(2, [(C.NOT_COMPARED, (3,))]), (3, [(C.SHADOWED, (3, 2))])])
def test_a_set_that_would_take_too_long_is_compared_as_far_as_it_goes_and_says_so(
    monkeypatch: pytest.MonkeyPatch, most: int, codes: list[Any]
) -> None:
    monkeypatch.setattr("routing_service.competence.rule_sets.lint.MOST_COMPARED", most)
    one, two = ({"category": ["roads"], "words": {"any": [word]}} for word in ("lampu", "air"))

    assert found((one, A), (two, A), (two, A)) == codes


@pytest.mark.parametrize(("result", "code"), [(B, C.CONTRADICTORY), (A, C.SHADOWED)])
def test_the_same_conditions_with_another_result_contradict_each_other(result: Any, code: FindingCode) -> None:
    one = {"category": ["roads", "lamps"], "words": {"any": ["Lampu", "jalan"]}}
    other = {"category": ["lamps", "roads"], "words": {"any": ["JALAN", "lampu!"]}}

    assert found((one, A), (other, result)) == [(code, (2, 1))]


@pytest.mark.parametrize(
    ("words", "reachable"),
    [
        ({"all": ["lampu jalan"], "none": ["jalan"]}, False),
        ({"any": ["lampu", "jalan raya"], "none": ["lampu", "jalan"]}, False),
        ({"any": ["lampu", "jalan"], "none": ["jalan"]}, True),
        ({"all": ["jalan"], "none": ["lampu jalan"]}, True),
    ],
)
def test_words_that_must_and_must_not_be_there_make_a_rule_unreachable(words: Any, reachable: bool) -> None:
    assert found(({"words": words}, A)) == ([] if reachable else [(C.UNREACHABLE, (1,))])


@pytest.mark.parametrize(
    ("conditions", "result", "code", "severity", "said"),
    [
        ({}, {"agency": "NOBODY"}, C.DEAD_AGENCY, ERROR, "NOBODY"),
        ({}, {"agency": "GONE"}, C.DEAD_AGENCY, ERROR, "GONE (→ B)"),
        ({}, {"agencies": ["A", "GONE"]}, C.DEAD_AGENCY, WARNING, "GONE"),
        ({"target_agency": ["NOBODY"]}, A, C.DEAD_AGENCY, ERROR, "NOBODY"),
        ({}, {"competent": "parks"}, C.DUTY_OF_NOBODY, ERROR, "parks"),
        ({}, {"competent": "lamps", "level": "province"}, C.DUTY_OF_NOBODY, ERROR, "lamps (province)"),
        ({"region": ["64.71"]}, {"competent": "roads"}, C.DUTY_OF_NOBODY, ERROR, "roads"),
        ({"region": ["64"]}, {"competent": "roads"}, C.SEVERAL_COMPETENT, WARNING, "64.72"),
        ({"category": ["roads", "bridges"]}, A, C.UNKNOWN_CATEGORY, WARNING, "bridges"),
        ({"category": ["bridges"]}, A, C.UNKNOWN_CATEGORY, ERROR, "bridges"),
        ({"region": ["64.99", "64"]}, A, C.UNKNOWN_REGION, WARNING, "64.99"),
        ({}, {"agency": "A", "level": "village"}, C.BROKEN, ERROR, "level"),
        ({"weather": ["rain"]}, A, C.BROKEN, ERROR, "weather"),
    ],
)
def test_what_a_rule_names_must_be_there(
    conditions: Any, result: Any, code: FindingCode, severity: Severity, said: str
) -> None:
    (finding,) = findings((conditions, result))

    assert (finding.code, finding.severity) == (code, severity)
    assert all(said in sentence and "{" not in sentence for sentence in finding.sentence)


@pytest.mark.parametrize(
    ("conditions", "result", "indonesian", "english"),
    [
        ({"weather": ["rain"]}, A, "tidak ada weather", "there is no weather"),
        (
            {},
            {"agency": "A", "level": "village"},
            "level hanya bersama competent",
            "a level is only allowed with competent",
        ),
        ({}, {}, "harus salah satu dari agency", "must be one of agency"),
        ([], A, "harus sebuah objek", "must be an object"),
        ({"category": [7]}, A, "harus teks atau daftar teks", "must be a text or a list of texts"),
        ({"channel": ["pigeon"]}, A, "pigeon bukan salah satu dari", "pigeon is not one of"),
        ({"words": {"any": ["?"]}}, A, "tidak berisi huruf atau angka", "has no letter and no digit"),
        ({}, {"agency": ["A", "B"]}, "agency harus satu teks", "agency must be one text"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_in_either_language(
    conditions: Any, result: Any, indonesian: str, english: str
) -> None:
    (finding,) = findings((conditions, result))

    assert (finding.code, indonesian in finding.sentence[0], english in finding.sentence[1]) == (C.BROKEN, True, True)


@pytest.mark.parametrize(
    ("conditions", "result"),
    [
        ({"region": ["64"]}, {"competent": "lamps"}),
        ({"region": ["64.72.01"]}, {"competent": "lamps", "level": "regency_city"}),
        ({"region": ["64.72"]}, {"competent": "regency_city"}),
    ],
)
def test_a_duty_that_somebody_has_there_is_fine(conditions: Any, result: Any) -> None:
    assert found((conditions, result)) == []


def about_terms(conditions: Any, **terms: Term) -> list[tuple[FindingCode, Severity, str]]:
    directory = replace(DIRECTORY, terms=terms)
    set = RuleSet(1, [rule(1, 1, conditions, A)])
    return [(one.code, one.severity, one.sentence[1]) for one in lint(set, directory, REGIONS, on=TODAY)]


ENDED, ENDING, OFF = Term(valid_until=YESTERDAY), Term(valid_until=TODAY), Term(active=False)


@pytest.mark.parametrize(
    ("categories", "terms", "code", "severity", "said"),
    [
        (["roads"], {"roads": ENDED}, C.DEAD_CATEGORY, ERROR, "ended: roads;"),
        (["roads"], {"roads": OFF}, C.DEAD_CATEGORY, ERROR, "ended: roads;"),
        (["roads", "health"], {"roads": ENDED}, C.DEAD_CATEGORY, WARNING, "ended: roads;"),
        (["works"], {"works": ENDED, "roads": ENDED, "lamps": OFF}, C.DEAD_CATEGORY, ERROR, "ended: works;"),
        (["roads"], {"roads": ENDING}, C.CATEGORY_ENDS, WARNING, "roads (2026-03-02)"),
        (["works"], {"works": ENDED, "roads": ENDING, "lamps": ENDED}, C.CATEGORY_ENDS, WARNING, "works (2026-03-02)"),
    ],
)
def test_a_category_that_has_ended_or_will_with_all_below_it_is_found(
    categories: list[str], terms: dict[str, Term], code: FindingCode, severity: Severity, said: str
) -> None:
    ((found_code, found_severity, sentence),) = about_terms({"category": categories}, **terms)

    assert (found_code, found_severity) == (code, severity)
    assert said in sentence


@pytest.mark.parametrize(
    "terms", [{}, {"roads": Term(valid_from=date(2027, 1, 1))}, {"works": ENDED, "roads": OFF}, {"health": ENDED}]
)
def test_a_category_under_which_reports_may_still_come_is_fine(terms: dict[str, Term]) -> None:
    assert about_terms({"category": ["works"]}, **terms) == []


@pytest.mark.parametrize(("last_day", "code"), [(TODAY, C.AGENCY_ENDS), (YESTERDAY, C.DEAD_AGENCY), (None, None)])
def test_an_agency_that_will_end_is_told_with_its_last_day(last_day: date | None, code: FindingCode | None) -> None:
    ending = replace(DIRECTORY.agencies["A"], valid_until=last_day, successor="B" if last_day else None)
    directory = replace(DIRECTORY, agencies={**DIRECTORY.agencies, "A": ending})

    said = lint(RuleSet(1, [rule(1, 1, {}, A)]), directory, REGIONS, on=TODAY)

    assert [one.code for one in said] == ([code] if code else [])
    assert all(("A (2026-03-02 → B)" if code is C.AGENCY_ENDS else "A (→ B)") in one.sentence[0] for one in said)


@pytest.mark.parametrize("last_day", [TODAY, YESTERDAY])
def test_a_duty_that_a_successor_has_taken_over_is_not_nobodys(last_day: date) -> None:
    town = replace(DIRECTORY.agencies["T"], valid_until=last_day, successor="B")
    directory = replace(DIRECTORY, agencies={**DIRECTORY.agencies, "T": town})
    set = RuleSet(1, [rule(1, 1, {"region": ["64.71"]}, {"competent": "lamps"})])

    assert [one.code for one in lint(set, directory, REGIONS, on=TODAY)] == []
    alone = replace(
        directory, agencies={**directory.agencies, "T": replace(town, valid_until=YESTERDAY, successor=None)}
    )
    assert [one.code for one in lint(set, alone, REGIONS, on=TODAY)] == [C.DUTY_OF_NOBODY]


_VALUES: dict[str, list[Any]] = {
    "classification": list(Classification),
    "category": list(DIRECTORY.categories),
    "region": sorted(REGIONS),
    "channel": [Channel.SMS, Channel.APP],
    "target_agency": ["CITY", "A", "B", "T"],
    "subject": ["waste", "roads"],
}
_WORDS = ["lampu", "jalan", "lampu jalan", "air"]


def some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


conditions = st.fixed_dictionaries(
    {},
    optional={
        **{name: some(values) for name, values in _VALUES.items()},
        "words": st.fixed_dictionaries({}, optional={name: some(_WORDS) for name in ("any", "all", "none")}),
    },
)


@given(st.lists(conditions, min_size=1, max_size=5), st.data())
def test_a_shadowed_rule_never_decides_a_report(sets: list[Any], data: st.DataObject) -> None:
    rules = RuleSet(1, [rule(n, n, one, {"agency": "A"}) for n, one in enumerate(sets, start=1)])
    dead = {one.rules[0] for one in lint(rules, DIRECTORY, REGIONS, on=TODAY) if one.code is not C.SEVERAL_COMPETENT}
    picked = {name: data.draw(st.sampled_from([None, *values])) for name, values in _VALUES.items()}
    text = data.draw(st.sampled_from(["", "Lampu jalan mati", "jalan lampu", "Air", "lampu, air dan jalan"]))
    place = Place(picked.pop("region"))

    found = rules.apply(Inquiry(text, "", TODAY, **picked), place, DIRECTORY)

    decided = found.failure.position if found.failure else found.match.position if found.match else None
    assert decided not in dead


@given(st.lists(conditions, min_size=1, max_size=6), st.data())
def test_the_index_finds_the_same_rule_as_a_walk_through_all_of_them(sets: list[Any], data: st.DataObject) -> None:
    rules = [rule(n, n, one, {"agency": "A"}) for n, one in enumerate(sets, start=1)]
    picked = {name: data.draw(st.sampled_from([None, *values])) for name, values in _VALUES.items()}
    text = data.draw(st.sampled_from(["", "Lampu jalan mati", "jalan lampu", "Air", "lampu, air dan jalan"]))
    place = Place(picked.pop("region"))
    inquiry = Inquiry(text, "", TODAY, **picked)

    found = RuleSet(1, rules).apply(inquiry, place, DIRECTORY)

    alone = [RuleSet(1, [one]).apply(inquiry, place, DIRECTORY) for one in rules]
    first = next((n for n, one in enumerate(alone, start=1) if one.match or one.failure), None)
    assert (found.match or found.failure) == (
        None if first is None else (alone[first - 1].match or alone[first - 1].failure)
    )
    assert found.tried == (first or len(rules))
