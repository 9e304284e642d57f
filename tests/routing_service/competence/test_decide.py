"""Where a report should go: a pure function."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing_service.competence.decide import MOST_CANDIDATES, SURE_PLACE, decide
from routing_service.competence.decision import Decision, Doubt, Ground, Remark
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import NOWHERE, Clue, Contradiction, Place, Source
from routing_service.competence.prediction import NOTHING_LEARNED, Likely, Prediction, Word
from routing_service.competence.rules.ruling import NO_RULES, Failure, FailureCode, Match, Ruling
from routing_service.competence.rules.sentences import of_failure
from routing_service.registry.directory import Directory, Listed
from routing_service.work.decisions import sentences, vocabulary
from shared.domain.wording import Language

TODAY = date(2026, 3, 2)


def an_agency(code: str, parent: str | None = None, region: str | None = "64.72", **changes: Any) -> Listed:
    return Listed(code, code.title(), changes.pop("kind", "dinas"), "agency", parent, region, **changes)


DIRECTORY = Directory(
    1,
    {
        agency.code: agency
        for agency in (
            an_agency("CITY", kind="city"), an_agency("ROADS", "CITY"), an_agency("POTHOLES", "ROADS"),
            an_agency("LAMPS", "CITY"), an_agency("PARKS", "CITY"), an_agency("CLOSED", "CITY", active=False),
            an_agency("MERGED", "CITY", active=False, successor="ROADS"),
            an_agency("OTHER-CITY", region="64.71", kind="city"), an_agency("OTHER-ROADS", "OTHER-CITY", "64.71"),
            an_agency("PROVINCE", region="64", kind="province"), an_agency("MINISTRY", region=None, kind="ministry"),
        )
    },
)  # fmt: skip
INQUIRY = Inquiry("Jalan berlubang", "Di depan pasar.", TODAY, category="roads")
HERE = Place("64.72", 0.9, (Clue(Source.GIVEN_CODE, "64.72", 0.9),))


def ruled(agency: str | None, **changes: Any) -> Ruling:
    conditions = changes.pop("conditions", {"category": ["roads"], "region": ["64.72"]})
    match = Match(7, 3, agency, conditions, changes.pop("result", {"agency": agency}), "Jalan {kota}.")
    return Ruling(1, 3, match, **changes)


def failed(code: FailureCode, **values: str) -> Ruling:
    return ruled(None, failure=Failure(7, 3, code, values))


def learned(*likely: tuple[str, float], threshold: float = 0.9, kind: str | None = None) -> Prediction:
    words = (Word("berlubang", 0.4), Word("aspal", 0.2))
    return Prediction(5, tuple(Likely(agency, share, words, kind) for agency, share in likely), threshold)


def decided(
    ruling: Ruling = NO_RULES,
    prediction: Prediction = NOTHING_LEARNED,
    place: Place = HERE,
    directory: Directory = DIRECTORY,
    on: date | None = None,
    **changes: Any,
) -> Decision:
    return decide(replace(INQUIRY, **changes), place, ruling, prediction, directory, on=on)


def doubts(decision: Decision) -> list[Any]:
    return [doubt.code for doubt in decision.doubts]


def grounds(decision: Decision, number: int = 0) -> list[Any]:
    return [reason.code for reason in decision.candidates[number].reasons]


def agencies(decision: Decision) -> list[str]:
    return [candidate.agency for candidate in decision.candidates]


# --- rules -------------------------------------------------------------------------------------------------


def test_a_rule_makes_a_clear_case_even_before_anything_was_learned() -> None:
    decision = decided(ruled("ROADS"))

    assert (decision.agency, decision.clear, decision.doubts) == ("ROADS", True, ())
    assert grounds(decision) == [Ground.RULE, Ground.PLACE]
    assert decision.candidates[0].reasons[0].values["position"] == 3
    assert [remark.code for remark in decision.remarks] == [Remark.NOTHING_LEARNED]


def test_where_something_was_learned_nothing_is_remarked() -> None:
    assert decided(ruled("ROADS"), learned()).remarks == ()


PIN = Clue(Source.COORDINATES, "64.72", 0.95)


@pytest.mark.parametrize(
    ("latitude", "evidence", "remarks"),
    [(-0.5, (), [Remark.PIN_UNUSED]), (-0.5, (PIN,), []), (None, (), [])],
)
def test_a_pin_that_no_boundary_has_is_told_to_have_been_left_out(
    latitude: float | None, evidence: tuple[Clue, ...], remarks: list[Remark]
) -> None:
    place = Place("64.72", 0.9, (*evidence, *HERE.evidence))

    decision = decided(ruled("ROADS"), learned(), place, latitude=latitude, longitude=latitude and 117.1)

    assert ([one.code for one in decision.remarks], decision.clear) == (remarks, True)


@pytest.mark.parametrize(
    "ruling",
    [
        failed(FailureCode.NO_REGION, needs="64.72", known=""),
        failed(FailureCode.NOBODY_COMPETENT, kind="transport", level="", region="64.72"),
        failed(FailureCode.UNKNOWN_AGENCY, agency="NOBODY"),
        failed(FailureCode.CANNOT_APPLY, reason="result: must be one of agency, agencies, competent"),
        Ruling(1, 3, None, Failure(7, 3, FailureCode.CANNOT_APPLY, {"reason": "conditions: must be an object"})),
    ],
)
def test_a_rule_that_failed_is_seen_by_a_person_however_sure_the_model_is(ruling: Ruling) -> None:
    decision = decided(ruling, learned(("ROADS", 0.99)))

    assert (decision.agency, decision.clear) == ("ROADS", False)
    assert doubts(decision) == [Doubt.RULE_FAILED]


def test_all_that_a_rule_leaves_to_choose_from_are_suggested() -> None:
    decision = decided(failed(FailureCode.SEVERAL_COMPETENT, agencies="LAMPS, ROADS"))

    assert agencies(decision) == ["LAMPS", "ROADS"]
    assert doubts(decision) == [Doubt.RULE_FAILED]


def test_of_several_by_a_rule_the_one_that_the_reporter_names_comes_first_and_still_needs_a_person() -> None:
    decision = decided(failed(FailureCode.SEVERAL_COMPETENT, agencies="LAMPS, ROADS"), target_agency="ROADS")

    assert (agencies(decision), decision.clear) == (["ROADS", "LAMPS"], False)


def test_a_rule_for_an_agency_that_is_gone_suggests_its_successor_to_a_person() -> None:
    decision = decided(failed(FailureCode.OUT_OF_SERVICE, agency="MERGED", name="Merged", successor="ROADS"))

    assert grounds(decision) == [Ground.RULE, Ground.SUCCESSOR, Ground.PLACE]
    assert (decision.agency, doubts(decision)) == ("ROADS", [Doubt.RULE_FAILED, Doubt.OUT_OF_SERVICE])


# --- the model ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "clear"), [(0.9, True), (0.8999, False)])
def test_the_model_acts_alone_from_its_threshold_on(share: float, clear: bool) -> None:
    decision = decided(prediction=learned(("ROADS", share), ("LAMPS", 0.05)))

    assert (decision.agency, decision.clear) == ("ROADS", clear)
    assert doubts(decision) == ([] if clear else [Doubt.NO_RULE, Doubt.NOT_SURE])
    assert decision.candidates[0].reasons[0].values["words"] == ["berlubang", "aspal"]


def test_below_its_threshold_a_person_gets_the_likeliest_three() -> None:
    likely = (("ROADS", 0.4), ("LAMPS", 0.3), ("PARKS", 0.2))

    decision = decided(prediction=learned(*likely), target_agency="PARKS")

    assert agencies(decision) == ["PARKS", "ROADS", "LAMPS"]
    assert len(decided(ruled("CITY"), learned(*likely)).candidates) == MOST_CANDIDATES


def test_a_rule_comes_before_a_model_that_is_surer_of_another() -> None:
    assert agencies(decided(ruled("ROADS"), learned(("LAMPS", 0.999)))) == ["ROADS", "LAMPS"]


@pytest.mark.parametrize(("share", "clear"), [(0.8999, True), (0.9, False)])
def test_a_rule_that_a_sure_model_contradicts_needs_a_person(share: float, clear: bool) -> None:
    decision = decided(ruled("ROADS"), learned(("LAMPS", share)))

    assert (decision.agency, decision.clear) == ("ROADS", clear)
    assert doubts(decision) == ([] if clear else [Doubt.RULE_AND_MODEL_DISAGREE])


@pytest.mark.parametrize("likely", ["POTHOLES", "CITY"])
def test_a_model_that_names_a_unit_of_the_agency_or_its_instansi_contradicts_no_rule(likely: str) -> None:
    assert decided(ruled("ROADS"), learned((likely, 0.99))).clear


def test_nothing_known_gives_no_agency() -> None:
    decision = decide(replace(INQUIRY, category=None), NOWHERE, NO_RULES, NOTHING_LEARNED, Directory())

    assert (decision.agency, decision.clear, decision.candidates) == (None, False, ())
    assert doubts(decision) == [Doubt.NO_CATEGORY, Doubt.NO_REGION]


def test_a_part_that_is_missing_is_told_and_asks_a_person() -> None:
    decision = decide(INQUIRY, HERE, ruled("ROADS"), NOTHING_LEARNED, DIRECTORY, missing=("model",))

    assert (decision.agency, doubts(decision)) == ("ROADS", [Doubt.PART_MISSING])


# --- the place ---------------------------------------------------------------------------------------------


def test_places_that_contradict_need_a_person() -> None:
    other = Clue(Source.LOCATION_TEXT, "64.71", 0.8)
    place = replace(HERE, contradictions=(Contradiction(HERE.evidence[0], other),))

    assert doubts(decided(ruled("ROADS"), place=place)) == [Doubt.PLACES_CONTRADICT]


@pytest.mark.parametrize(("confidence", "clear"), [(SURE_PLACE, True), (SURE_PLACE - 0.01, False)])
@pytest.mark.parametrize(
    ("ruling", "prediction"),
    [
        (ruled("ROADS"), NOTHING_LEARNED),
        (ruled("ROADS", conditions={}, result={"competent": "public_works"}), NOTHING_LEARNED),
        (NO_RULES, learned(("ROADS", 0.99), kind="village")),
    ],
)
def test_what_hangs_on_the_place_needs_a_sure_one(
    ruling: Ruling, prediction: Prediction, confidence: float, clear: bool
) -> None:
    decision = decided(ruling, prediction, replace(HERE, confidence=confidence))

    assert (decision.clear, Doubt.PLACE_UNSURE in doubts(decision)) == (clear, not clear)


@pytest.mark.parametrize(
    ("ruling", "prediction"),
    [(ruled("MINISTRY", conditions={"category": ["roads"]}), NOTHING_LEARNED), (NO_RULES, learned(("ROADS", 0.99)))],
)
def test_what_does_not_hang_on_the_place_needs_no_sure_one(ruling: Ruling, prediction: Prediction) -> None:
    assert decided(ruling, prediction, replace(HERE, confidence=0.1)).clear


@pytest.mark.parametrize(("region", "clear"), [("64.71", False), ("64", True), ("64.72.01", True)])
def test_an_agency_of_another_region_needs_a_person(region: str, clear: bool) -> None:
    decision = decided(prediction=learned(("ROADS", 0.99)), place=replace(HERE, region=region))

    assert (decision.clear, doubts(decision)) == (clear, [] if clear else [Doubt.OTHER_REGION])


def test_where_only_the_place_speaks_the_governments_there_are_suggested() -> None:
    decision = decided()

    assert agencies(decision) == ["CITY", "PROVINCE"]
    assert [grounds(decision, number) for number in (0, 1)] == [[Ground.PLACE], [Ground.PLACE]]
    assert doubts(decision) == [Doubt.NO_RULE]


def test_whom_a_coordinator_may_not_assign_to_is_not_suggested_for_the_place_alone() -> None:
    assert decided(within="CITY").candidates == ()


# --- whom the reporter names -------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["ROADS", "CITY"])
def test_a_reporter_who_names_the_agency_or_its_instansi_confirms_the_rule(named: str) -> None:
    decision = decided(ruled("ROADS"), target_agency=named)

    assert (decision.agency, decision.clear) == ("ROADS", True)
    assert grounds(decision) == [Ground.RULE, Ground.NAMED_BY_REPORTER, Ground.PLACE]


@pytest.mark.parametrize("named", ["PROVINCE", "LAMPS", "POTHOLES"])
def test_a_reporter_who_names_another_agency_makes_it_a_case_for_a_person(named: str) -> None:
    decision = decided(ruled("ROADS"), target_agency=named)

    assert agencies(decision) == ["ROADS", named]
    assert doubts(decision) == [Doubt.REPORTER_NAMES_ANOTHER]


def test_whom_the_reporter_names_is_a_suggestion_where_nothing_else_speaks() -> None:
    decision = decided(place=NOWHERE, category=None, target_agency="LAMPS")

    assert (decision.agency, decision.clear) == ("LAMPS", False)
    assert doubts(decision) == [Doubt.NO_CATEGORY, Doubt.NO_REGION]


def test_an_agency_that_nobody_knows_is_named_in_vain() -> None:
    assert decided(ruled("ROADS"), target_agency="NOBODY").clear


# --- out of service ----------------------------------------------------------------------------------------


def test_an_agency_out_of_service_is_never_a_clear_case() -> None:
    decision = decided(ruled("CLOSED"))

    assert (decision.agency, doubts(decision)) == ("CLOSED", [Doubt.OUT_OF_SERVICE])


def test_whoever_is_in_service_comes_before_whoever_is_not() -> None:
    decision = decided(ruled("CLOSED"), learned(("LAMPS", 0.5)))

    assert agencies(decision) == ["LAMPS", "CLOSED"]
    assert Doubt.OUT_OF_SERVICE in doubts(decision)


@pytest.mark.parametrize(
    ("day", "agency"),
    [
        (TODAY - timedelta(days=1), "OLD"),
        (TODAY, "OLD"),
        (TODAY + timedelta(days=1), "NEW"),
    ],
)
def test_the_last_day_of_an_agency_is_a_day_of_service(day: date, agency: str) -> None:
    old = an_agency("OLD", "CITY", valid_until=TODAY, successor="NEW")
    new = an_agency("NEW", "CITY", valid_from=TODAY + timedelta(days=1))
    directory = Directory(2, {**DIRECTORY.agencies, "OLD": old, "NEW": new})

    decision = decided(ruled("OLD"), directory=directory, received_on=day)

    assert (decision.agency, decision.clear) == (agency, agency == "OLD")


def test_a_report_that_is_entered_late_does_not_go_to_an_agency_that_has_gone_meanwhile() -> None:
    old = an_agency("OLD", "CITY", valid_until=TODAY, successor="ROADS")
    directory = Directory(2, {**DIRECTORY.agencies, "OLD": old})

    decision = decided(ruled("OLD"), directory=directory, on=TODAY + timedelta(days=60))

    assert (decision.agency, doubts(decision)) == ("ROADS", [Doubt.OUT_OF_SERVICE])


def told_of(code: FailureCode, **values: str) -> list[str]:
    return [of_failure(code.value, values, language) for language in (Language.ID, Language.EN)]


def test_why_a_rule_gives_no_agency_is_told_in_either_language_and_with_the_successor() -> None:
    assert told_of(FailureCode.OUT_OF_SERVICE, agency="MERGED", name="Merged", successor="ROADS") == [
        "Merged sudah tidak bertugas, penggantinya ROADS",
        "Merged is out of service; ROADS took over",
    ]
    assert told_of(FailureCode.OUT_OF_SERVICE, agency="CLOSED", name="Closed", successor="") == [
        "Closed sudah tidak bertugas",
        "Closed is out of service",
    ]
    assert told_of(
        FailureCode.CANNOT_APPLY, reason="words: must be an object", reason_id="words: harus sebuah objek"
    ) == [
        "aturan itu sendiri rusak (words: harus sebuah objek)",
        "the rule itself is broken (words: must be an object)",
    ]
    # As it was stored before there were two languages.
    assert "must be an object" in told_of(FailureCode.CANNOT_APPLY, reason="words: must be an object")[0]


def test_a_loop_of_successors_ends() -> None:
    loop = {code: an_agency(code, active=False, successor=other) for code, other in (("A", "B"), ("B", "A"))}

    assert Directory(1, loop).in_office("A", TODAY) is None


def passed_on(region: str | None) -> Decision:
    """By a rule for a duty that passed on to NEW, which sits in that region."""
    old, new = an_agency("OLD", "CITY", valid_until=TODAY), an_agency("NEW", None, region)
    after = {"agency": "OLD", "name": "Dinas Lama", "until": "2026-03-02"}
    match = Match(7, 3, "NEW", {}, {"competent": "transport"}, "", after)
    ruling = Ruling(1, 3, match)
    return decided(ruling, directory=Directory(2, {**DIRECTORY.agencies, "OLD": old, "NEW": new}))


@pytest.mark.parametrize("region", ["64.72", "64.71", None])
def test_who_has_a_duty_from_an_agency_that_ended_has_its_region_with_it_and_the_case_is_clear(
    region: str | None,
) -> None:
    decision = passed_on(region)

    assert (decision.agency, decision.clear, doubts(decision)) == ("NEW", True, [])
    assert grounds(decision) == [Ground.RULE, Ground.SUCCESSOR, Ground.PLACE]
    told = decision.candidates[0].reasons[1].as_data()
    assert sentences.of_ground(told, Language.ID) == (
        "Instansi ini menggantikan Dinas Lama, yang bertugas sampai 2026-03-02."
    )
    assert (
        sentences.of_ground(told, Language.EN) == "It took over from Dinas Lama, which was in service until 2026-03-02."
    )


def test_a_government_that_took_over_from_another_is_suggested_for_the_ground_of_both() -> None:
    gone = replace(DIRECTORY.agencies["OTHER-CITY"], valid_until=TODAY - timedelta(days=1), successor="CITY")
    directory = Directory(2, {**DIRECTORY.agencies, "OTHER-CITY": gone})

    decision = decided(place=Place("64.71.01", 0.9), directory=directory)

    assert (decision.agency, grounds(decision)) == ("CITY", [Ground.SUCCESSOR, Ground.PLACE])
    assert Doubt.OTHER_REGION not in doubts(decision)


# --- holders and returns -----------------------------------------------------------------------------------


def test_what_an_instansi_holds_leaves_it_by_a_person_only() -> None:
    assert decided(ruled("ROADS"), within="CITY").clear
    assert doubts(decided(ruled("ROADS"), within="OTHER-CITY")) == [Doubt.OUTSIDE_INSTANSI]


def test_who_returned_it_is_not_suggested_again_and_neither_is_what_belongs_to_it() -> None:
    likely = learned(("POTHOLES", 0.95), ("LAMPS", 0.04))

    decision = decided(ruled("ROADS"), likely, returned_by=frozenset({"ROADS"}), returns=1)

    assert agencies(decision) == ["LAMPS"]
    assert Doubt.RETURNED in doubts(decision)


def test_whom_a_return_names_comes_before_what_was_learned_and_still_needs_a_person() -> None:
    returned: dict[str, Any] = {"returned_by": frozenset({"ROADS"}), "suggested": ("PARKS",), "returns": 1}

    decision = decided(prediction=learned(("ROADS", 0.95), ("LAMPS", 0.5)), **returned)

    assert agencies(decision) == ["PARKS", "LAMPS"]
    assert grounds(decision) == [Ground.NAMED_BY_RETURN, Ground.PLACE]
    assert not decision.clear


def test_a_rule_for_an_agency_that_did_not_return_it_still_comes_first_after_a_return() -> None:
    decision = decided(ruled("ROADS"), returned_by=frozenset({"LAMPS"}), suggested=("PARKS",), returns=1)

    assert (agencies(decision), decision.clear) == (["ROADS", "PARKS"], False)


def test_a_coordinator_who_has_a_report_back_sees_his_agencies_but_those_that_returned_it() -> None:
    returned: dict[str, Any] = {"returned_by": frozenset({"CITY", "LAMPS"}), "returns": 2, "must_decide": "coordinator"}
    prediction = learned(("LAMPS", 0.6), ("ROADS", 0.3))

    assert agencies(decided(prediction=prediction, within="CITY", **returned)) == ["ROADS"]
    assert agencies(decided(prediction=prediction, **returned)) == ["PROVINCE"]
    assert doubts(decided(ruled("ROADS"), within="CITY", **returned)) == [Doubt.MUST_DECIDE, Doubt.RETURNED]


# --- always ------------------------------------------------------------------------------------------------

_AGENCY = st.sampled_from([None, "NOBODY", *DIRECTORY.agencies])
_SOME = st.sampled_from(list(DIRECTORY.agencies))
_RULINGS = st.one_of(
    st.just(NO_RULES),
    _SOME.map(ruled),
    st.sampled_from(
        [
            failed(FailureCode.SEVERAL_COMPETENT, agencies="LAMPS, ROADS"),
            failed(FailureCode.NO_REGION, needs="transport", known=""),
            failed(FailureCode.UNKNOWN_AGENCY, agency="NOBODY"),
        ]
    ),
)
_LIKELY = st.lists(st.tuples(_SOME, st.floats(0, 1)), max_size=3, unique_by=lambda one: one[0]).map(
    lambda found: learned(*sorted(found, key=lambda one: -one[1]))
)
_PLACES = st.sampled_from([NOWHERE, HERE, Place("64", 0.3), Place("64.71.02", 0.8), Place("35.78", 0.9)])


@given(
    ruling=_RULINGS,
    prediction=st.one_of(st.just(NOTHING_LEARNED), _LIKELY),
    place=_PLACES,
    named=_AGENCY,
    within=st.sampled_from([None, "CITY", "OTHER-CITY"]),
    returned=st.frozensets(_SOME, max_size=2),
    suggested=st.lists(_SOME, max_size=2),
)
def test_every_decision_explains_itself_and_never_goes_back(
    ruling: Ruling,
    prediction: Prediction,
    place: Place,
    named: str | None,
    within: str | None,
    returned: frozenset[str],
    suggested: list[str],
) -> None:
    decision = decided(
        ruling, prediction, place, target_agency=named, within=within, returned_by=returned, suggested=tuple(suggested)
    )

    assert decision.clear == (decision.agency is not None and not decision.doubts)
    assert decision.doubts or decision.candidates
    assert returned.isdisjoint(agencies(decision)) or within in returned
    assert not (returned and decision.clear)
    assert len(set(agencies(decision))) == len(decision.candidates) <= MOST_CANDIDATES
    assert all(candidate.reasons and 0 <= candidate.score <= 1 for candidate in decision.candidates)
    data = decision.as_data()
    for language in Language:
        told = [sentences.of_ground(one, language) for candidate in data["candidates"] for one in candidate["reasons"]]
        told += [sentences.of_doubt(one, language) for one in data["doubts"]]
        told += [sentences.of_remark(one, language) for one in data["remarks"]]
        told.append(sentences.of_ruling(ruling.as_data(), language))
        assert all(sentence and "{" not in sentence.replace("{kota}", "") for sentence in told)


def test_every_code_has_its_sentence_and_that_of_a_newer_release_is_told_as_such() -> None:
    assert set(vocabulary.GROUNDS) == set(Ground)
    assert set(vocabulary.DOUBTS) == set(Doubt)
    assert set(vocabulary.REMARKS) == set(Remark)
    for tell in (sentences.of_ground, sentences.of_doubt, sentences.of_remark):
        assert tell({"code": "of_tomorrow"}, Language.EN) == "Recorded by a newer release (of_tomorrow)."
