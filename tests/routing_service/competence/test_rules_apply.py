"""What a rule set says of a report: pure."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import NOWHERE, Place
from routing_service.competence.rules.apply import NO_RULE_SET, RuleSet
from routing_service.competence.rules.index import Keys
from routing_service.competence.rules.rule import rule
from routing_service.competence.rules.ruling import FailureCode, Ruling
from routing_service.registry.directory import Directory, Listed
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification

TODAY = date(2026, 3, 2)
F = FailureCode


def listed(code: str, region: str | None, parent: str | None = None, **changes: Any) -> Listed:
    level = "agency" if parent else {2: "province", 5: "regency_city"}.get(len(region or ""), "national")
    return Listed(code, code.title(), "dinas" if parent else level, level, parent, region, **changes)


DIRECTORY = Directory(
    7,
    {
        one.code: one
        for one in (
            listed("KALTIM", "64"), listed("KALTIM-ROADS", "64", "KALTIM", duties=("transport",)),
            listed("SAMARINDA", "64.72"), listed("SAMARINDA-LAMPS", "64.72", "SAMARINDA", duties=("transport",)),
            listed("SAMARINDA-PU", "64.72", "SAMARINDA", duties=("public_works",)),
            listed("SAMARINDA-PU2", "64.72", "SAMARINDA", duties=("public_works",)),
            listed("SAMARINDA-OLD", "64.72", "SAMARINDA", valid_until=TODAY, successor="SAMARINDA-PU"),
            listed("SAMARINDA-CLOSED", "64.72", "SAMARINDA", active=False),
        )
    },
    {"works": None, "roads": "works", "potholes": "roads", "lamps": "works"},
)  # fmt: skip
REPORT = Inquiry(
    "Lampu padam", "Penerangan jalan di depan pasar pagi rusaknya sudah lama.", TODAY,
    classification=Classification.COMPLAINT, channel=Channel.APP, category="potholes", target_agency="SAMARINDA-PU",
)  # fmt: skip
VILLAGE = Place("64.72.01.1001", 0.9)
PU = {"agency": "KALTIM-ROADS"}


def rule_set(*rules: tuple[Any, Any]) -> RuleSet:
    return RuleSet(3, [rule(100 + n, n, conditions, result) for n, (conditions, result) in enumerate(rules, start=1)])


def ruling(*rules: tuple[Any, Any], place: Place = VILLAGE, **changes: Any) -> Ruling:
    return rule_set(*rules).apply(replace(REPORT, **changes), place, DIRECTORY)


def failed(found: Ruling) -> FailureCode | None:
    return None if found.failure is None else found.failure.code


def test_the_first_rule_that_a_report_meets_decides() -> None:
    found = ruling(
        ({"category": ["lamps"]}, {"agency": "KALTIM"}),
        ({"category": ["works"]}, {"agency": "SAMARINDA-PU"}),
        ({"category": ["potholes"]}, {"agency": "KALTIM-ROADS"}),
    )

    assert (found.agency, found.rule_set, found.tried, found.failure) == ("SAMARINDA-PU", 3, 2, None)
    assert found.match is not None
    assert (found.match.rule, found.match.position) == (102, 2)
    assert found.match.conditions == {"category": ["works"]}


def test_a_broken_lamp_in_a_village_goes_to_the_transport_agency_of_that_citys_government() -> None:
    result = {"competent": "transport", "level": "regency_city"}

    assert ruling(({"category": ["works"]}, result)).agency == "SAMARINDA-LAMPS"


@pytest.mark.parametrize(
    ("conditions", "changes", "met"),
    [
        ({}, {}, True),
        ({"classification": ["complaint", "aspiration"]}, {}, True),
        ({"classification": ["aspiration"]}, {}, False),
        ({"classification": ["complaint"]}, {"classification": None}, False),
        ({"category": "potholes"}, {}, True),
        ({"category": ["lamps", "works"]}, {}, True),
        ({"category": ["lamps"]}, {}, False),
        ({"category": ["works"]}, {"category": None}, False),
        ({"region": ["64.72"]}, {}, True),
        ({"region": ["64.7"]}, {}, False),
        ({"region": ["64.71", "64.72.01.1001"]}, {}, True),
        ({"region": ["64.72.01.1002"]}, {}, False),
        ({"channel": ["app"]}, {}, True),
        ({"channel": ["sms"]}, {}, False),
        ({"subject": ["waste", "roads"]}, {"subject": "waste"}, True),
        ({"subject": ["waste"]}, {"subject": "roads"}, False),
        ({"subject": ["waste"]}, {}, False),
        ({"subject": ["roads"]}, {"category": "roads"}, True),
        ({"subject": ["roads"]}, {"category": "roads", "subject": "waste"}, False),
        ({"target_agency": ["SAMARINDA"]}, {}, True),
        ({"target_agency": ["SAMARINDA-PU2"]}, {}, False),
        ({"target_agency": ["SAMARINDA"]}, {"target_agency": None}, False),
        ({"category": ["potholes"], "channel": ["app"], "region": ["64"], "target_agency": ["SAMARINDA-PU"]}, {}, True),
        ({"category": ["potholes"], "channel": ["sms"]}, {}, False),
        ({"category": ["potholes"], "target_agency": ["SAMARINDA-PU2"]}, {}, False),
        ({"words": {"any": ["padam"]}, "target_agency": ["SAMARINDA-PU2"]}, {}, False),
        ({"words": {"any": ["lampu mati", "lampu padam"]}}, {}, True),
        ({"words": {"any": ["padam", "banjir"], "none": ["sampah"]}}, {}, True),
        ({"words": {"all": ["PASAR pagi", "rusak"]}}, {}, True),
        ({"words": {"all": ["pasar", "banjir"]}}, {}, False),
        ({"words": {"any": ["pagi pasar"]}}, {}, False),
        ({"words": {"none": ["pasar"]}}, {}, False),
        ({"words": {"none": ["banjir"]}}, {}, True),
        ({"words": {"any": ["padam penerangan"]}}, {}, False),  # a phrase does not reach from the title into the text
    ],
)
def test_all_conditions_must_hold_and_of_a_list_any_one(
    conditions: dict[str, Any], changes: dict[str, Any], met: bool
) -> None:
    found = ruling((conditions, PU), **changes)

    assert found.agency == ("KALTIM-ROADS" if met else None)
    assert (found.tried, found.failure) == (1, None)


@pytest.mark.parametrize(
    ("result", "place", "code"),
    [
        ({"competent": "transport"}, NOWHERE, F.NO_REGION),
        ({"competent": "transport", "level": "regency_city"}, Place("64", 0.9), F.NOBODY_COMPETENT),
        ({"competent": "transport"}, Place("35.78", 0.9), F.NOBODY_COMPETENT),
        ({"competent": "public_works"}, VILLAGE, F.SEVERAL_COMPETENT),
        ({"agencies": ["SAMARINDA-PU", "KALTIM-ROADS"]}, VILLAGE, F.SEVERAL_COMPETENT),
        ({"agency": "SAMARINDA-PUPR"}, VILLAGE, F.UNKNOWN_AGENCY),
        ({"agency": "SAMARINDA-CLOSED"}, VILLAGE, F.OUT_OF_SERVICE),
        ({"agency": "KALTIM", "competent": "transport"}, VILLAGE, F.CANNOT_APPLY),
        ({"agency": ["A", "B"]}, VILLAGE, F.CANNOT_APPLY),
        ({"competent": "transport", "level": "village"}, VILLAGE, F.CANNOT_APPLY),
        ({}, VILLAGE, F.CANNOT_APPLY),
        (None, VILLAGE, F.CANNOT_APPLY),
    ],
)
def test_a_rule_that_fails_on_a_report_stops_the_set_and_says_why(result: Any, place: Place, code: F) -> None:
    found = ruling(({"category": ["roads"]}, result), ({}, PU), place=place)

    assert (found.agency, failed(found), found.tried) == (None, code, 1)
    assert found.match is not None
    assert found.failure is not None
    assert (found.failure.rule, found.match.agency) == (101, None)


@pytest.mark.parametrize(
    "conditions",
    [
        None, [], {"colour": ["red"]}, {"category": []}, {"category": [7]}, {"category": [""]}, {"channel": ["pigeon"]},
        {"words": ["banjir"]}, {"words": {"some": ["banjir"]}}, {"words": {"any": ["?!"]}}, {"region": {"in": "64"}},
    ],
)  # fmt: skip
def test_a_rule_whose_conditions_cannot_be_read_stops_every_report_that_reaches_it(conditions: Any) -> None:
    earlier = ({"category": ["roads"]}, PU)

    assert ruling(earlier, (conditions, PU)).agency == "KALTIM-ROADS"
    found = ruling(earlier, (conditions, PU), ({}, PU), category="lamps")
    assert (failed(found), found.match, found.tried) == (F.CANNOT_APPLY, None, 2)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("64.72", 0.9), "SAMARINDA"),
        (Place("64.71", 0.9), "KALTIM-ROADS"),
        (Place("64", 0.9), None),
        (NOWHERE, None),
    ],
)
def test_a_region_that_is_not_known_exactly_enough_is_a_failure_and_no_reason_to_pass_a_rule_over(
    place: Place, expected: str | None
) -> None:
    rules = (({"category": ["roads"], "region": ["64.72"]}, {"agency": "SAMARINDA"}), ({"category": ["works"]}, PU))

    found = ruling(*rules, place=place)

    assert (found.agency, failed(found)) == (expected, None if expected else F.NO_REGION)
    assert ruling(*rules, place=place, category="lamps").agency == "KALTIM-ROADS"


@pytest.mark.parametrize(("day", "code"), [(TODAY, None), (date(2026, 3, 3), F.OUT_OF_SERVICE)])
def test_an_agency_answers_up_to_its_last_day(day: date, code: F | None) -> None:
    found = ruling(({}, {"agency": "SAMARINDA-OLD"}), received_on=day)

    assert failed(found) is code
    if found.failure is not None:
        assert found.failure.values["successor"] == "SAMARINDA-PU"


# --- duties that pass on -----------------------------------------------------------------------------------

LAST, FIRST = TODAY, date(2026, 3, 3)
TRANSPORT: dict[str, Any] = {"competent": "transport", "level": "regency_city"}


def with_agencies(*agencies: Listed) -> Directory:
    return replace(DIRECTORY, agencies={**DIRECTORY.agencies, **{one.code: one for one in agencies}})


def lamps(**changes: Any) -> Listed:
    return replace(DIRECTORY.agencies["SAMARINDA-LAMPS"], **changes)


def competent(directory: Directory, day: date = FIRST, result: Any = TRANSPORT) -> Ruling:
    return rule_set(({}, result)).apply(replace(REPORT, received_on=day), VILLAGE, directory)


@pytest.mark.parametrize(("day", "agency"), [(LAST, "SAMARINDA-LAMPS"), (FIRST, "SAMARINDA-PU")])
def test_a_duty_passes_to_the_successor_on_the_day_after_the_last(day: date, agency: str) -> None:
    found = competent(with_agencies(lamps(valid_until=LAST, successor="SAMARINDA-PU")), day)

    assert (found.agency, found.failure) == (agency, None)
    assert found.match is not None
    assert found.match.after == (
        None if day == LAST else {"agency": "SAMARINDA-LAMPS", "name": "Samarinda-Lamps", "until": "2026-03-02"}
    )


def test_a_duty_passes_on_through_those_that_have_ended_too_and_never_in_a_circle() -> None:
    second = listed("SECOND", "64.72", "SAMARINDA", valid_until=LAST, successor="SAMARINDA-PU")
    circle = replace(second, successor="SAMARINDA-LAMPS")

    chain = competent(with_agencies(lamps(valid_until=date(2020, 1, 1), successor="SECOND"), second))
    loop = competent(with_agencies(lamps(valid_until=date(2020, 1, 1), successor="SECOND"), circle))

    assert chain.agency == "SAMARINDA-PU"
    assert (loop.agency, failed(loop)) == (None, F.NOBODY_COMPETENT)


def test_whoever_was_given_the_duty_has_it_before_a_successor() -> None:
    given = listed("GIVEN", "64.72", "SAMARINDA", duties=("transport",))

    found = competent(with_agencies(lamps(valid_until=LAST, successor="SAMARINDA-PU"), given))

    assert found.match is not None
    assert (found.agency, found.match.after) == ("GIVEN", None)


@pytest.mark.parametrize(("successor", "agency"), [("SAMARINDA-PU", "SAMARINDA-PU"), (None, None)])
def test_of_several_that_ended_the_duty_passes_on_from_the_last(successor: str | None, agency: str | None) -> None:
    long_ago = listed(
        "LONG-AGO", "64.72", "SAMARINDA", duties=("transport",), valid_until=date(2015, 1, 1), successor="SAMARINDA-PU2"
    )

    found = competent(with_agencies(lamps(valid_until=LAST, successor=successor), long_ago))

    assert (found.agency, failed(found)) == (agency, None if agency else F.NOBODY_COMPETENT)


def test_two_that_ended_on_one_day_in_different_agencies_leave_the_choice_to_a_person() -> None:
    other = lamps(valid_until=LAST, successor="SAMARINDA-PU2")

    found = competent(with_agencies(lamps(valid_until=LAST, successor="SAMARINDA-PU"), replace(other, code="LAMPS-2")))

    assert found.failure is not None
    assert (failed(found), found.failure.values["agencies"]) == (F.SEVERAL_COMPETENT, "SAMARINDA-PU, SAMARINDA-PU2")


def test_a_duty_that_passes_to_another_government_is_still_found_by_the_level_that_had_it() -> None:
    directory = with_agencies(lamps(valid_until=LAST, successor="KALTIM-ROADS"))

    assert competent(directory).agency == "KALTIM-ROADS"
    assert failed(competent(directory, result=TRANSPORT | {"level": "national"})) is F.NOBODY_COMPETENT


def test_who_ended_without_a_successor_leaves_the_duty_to_the_wider_region() -> None:
    directory = with_agencies(lamps(valid_until=LAST))

    assert failed(competent(directory)) is F.NOBODY_COMPETENT
    assert competent(directory, result={"competent": "transport"}).agency == "KALTIM-ROADS"


def test_without_a_set_nothing_is_decided() -> None:
    found = NO_RULE_SET.apply(REPORT, VILLAGE, DIRECTORY)

    assert found == Ruling(None, 0)


def test_of_thousands_of_rules_a_report_meets_a_handful() -> None:
    """The cost of a report does not grow with the set."""
    regencies = [f"{province}.{regency:02}" for province in range(11, 61) for regency in range(1, 11)]
    rules: list[tuple[Any, Any]] = [
        ({"category": [category], "region": [one]}, PU) for category in ("lamps", "roads") for one in regencies
    ]
    rules += [({"words": {"any": [f"kata{number} padam"]}}, PU) for number in range(1000)]
    set = rule_set(*rules, ({"category": ["works"]}, PU))

    found = list(set.index.candidates(Keys(("potholes", "roads", "works"), (), {"kata7", "padam"}), "60.10.01"))

    assert [set.rules[number].stored_conditions for number in found] == [
        {"category": ["roads"], "region": ["60.10"]}, {"words": {"any": ["kata7 padam"]}}, {"category": ["works"]},
    ]  # fmt: skip
