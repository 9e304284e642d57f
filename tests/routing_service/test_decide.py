"""Where a report should go: a pure function."""

from hypothesis import given
from hypothesis import strategies as st

from routing_service.decide import Doubt, Ground, Registry, Rule, Subject, decide, prefixes
from routing_service.decisions import sentences
from routing_service.tree import Node, Tree


def a_node(code: str, parent: str | None = None, *, active: bool = True) -> Node:
    return Node(code, code.title(), parent, "64.72", "Asia/Makassar", active)


TREE = Tree(
    {
        node.code: node
        for node in (
            a_node("CITY"), a_node("ROADS", "CITY"), a_node("LAMPS", "CITY"), a_node("PROVINCE"),
            a_node("CLOSED", "CITY", active=False),
        )
    }
)  # fmt: skip
PARENTS = {"potholes": "roads", "roads": "public_works", "public_works": None, "lamps": "public_works"}


def registry(*rules: tuple[str, str, str]) -> Registry:
    """Rules as (category, region, agency)."""
    found: dict[str, list[Rule]] = {}
    for number, (category, region, agency) in enumerate(rules, start=1):
        found.setdefault(category, []).append(Rule(number, category, region, agency, ""))
    return Registry(PARENTS, found, TREE)


def test_a_rule_for_the_category_and_region_makes_a_clear_case() -> None:
    decision = decide(Subject("roads", "64.72.01", None), registry(("roads", "64.72", "ROADS")))

    assert (decision.agency, decision.clear, decision.doubts) == ("ROADS", True, ())
    assert decision.candidates[0].reasons[0].code is Ground.RULE
    assert decision.candidates[0].reasons[0].values["region_prefix"] == "64.72"


def test_the_smallest_region_wins() -> None:
    rules = registry(("roads", "", "PROVINCE"), ("roads", "64", "PROVINCE"), ("roads", "64.72", "ROADS"))

    assert decide(Subject("roads", "64.72.01", None), rules).agency == "ROADS"
    assert decide(Subject("roads", "64.71", None), rules).agency == "PROVINCE"
    assert decide(Subject("roads", None, None), rules).agency == "PROVINCE"


def test_a_region_is_a_prefix_by_its_parts_and_not_by_its_characters() -> None:
    decision = decide(Subject("roads", "64.72", None), registry(("roads", "64.7", "ROADS"), ("roads", "6", "ROADS")))

    assert decision.doubts == (Doubt.NO_RULE,)


def test_a_category_without_a_rule_here_asks_its_parents() -> None:
    rules = registry(("public_works", "64.72", "CITY"), ("roads", "64.71", "ROADS"))

    decision = decide(Subject("potholes", "64.72", None), rules)

    assert (decision.agency, decision.clear) == ("CITY", True)
    assert decision.candidates[0].reasons[0].values["category"] == "public_works"


def test_the_nearest_category_wins_over_the_smaller_region() -> None:
    rules = registry(("potholes", "64", "PROVINCE"), ("roads", "64.72", "ROADS"))

    assert decide(Subject("potholes", "64.72", None), rules).agency == "PROVINCE"


def test_two_agencies_by_equal_rules_need_a_person() -> None:
    decision = decide(
        Subject("roads", "64.72", None), registry(("roads", "64.72", "ROADS"), ("roads", "64.72", "LAMPS"))
    )

    assert [candidate.agency for candidate in decision.candidates] == ["ROADS", "LAMPS"]
    assert (decision.clear, decision.doubts) == (False, (Doubt.SEVERAL_AGENCIES,))


def test_the_one_of_several_that_the_reporter_names_comes_first_and_still_needs_a_person() -> None:
    decision = decide(
        Subject("roads", "64.72", "LAMPS"), registry(("roads", "64.72", "ROADS"), ("roads", "64.72", "LAMPS"))
    )

    assert (decision.agency, decision.clear) == ("LAMPS", False)


def test_a_reporter_who_names_the_agency_or_its_instansi_confirms_the_rule() -> None:
    for named in ("ROADS", "CITY"):
        decision = decide(Subject("roads", "64.72", named), registry(("roads", "64.72", "ROADS")))

        assert (decision.agency, decision.clear) == ("ROADS", True)
        assert [reason.code for reason in decision.candidates[0].reasons] == [Ground.RULE, Ground.NAMED_BY_REPORTER]


def test_a_reporter_who_names_another_agency_makes_it_a_case_for_a_person() -> None:
    decision = decide(Subject("roads", "64.72", "PROVINCE"), registry(("roads", "64.72", "ROADS")))

    assert [candidate.agency for candidate in decision.candidates] == ["ROADS", "PROVINCE"]
    assert decision.doubts == (Doubt.REPORTER_NAMES_ANOTHER,)


def test_whom_the_reporter_names_is_a_suggestion_where_no_rule_speaks() -> None:
    decision = decide(Subject(None, None, "LAMPS"), registry())

    assert (decision.agency, decision.clear) == ("LAMPS", False)
    assert decision.doubts == (Doubt.NO_CATEGORY, Doubt.NO_REGION)


def test_an_agency_out_of_service_is_never_a_clear_case() -> None:
    decision = decide(Subject("roads", "64.72", None), registry(("roads", "64.72", "CLOSED")))

    assert (decision.agency, decision.doubts) == ("CLOSED", (Doubt.OUT_OF_SERVICE,))


def test_what_an_instansi_holds_leaves_it_by_a_person_only() -> None:
    rules = registry(("roads", "64.72", "ROADS"))

    assert decide(Subject("roads", "64.72", None, within="CITY"), rules).clear
    assert decide(Subject("roads", "64.72", None, within="PROVINCE"), rules).doubts == (Doubt.OUTSIDE_INSTANSI,)


def test_nothing_known_gives_no_agency() -> None:
    decision = decide(Subject(None, None, None), Registry())

    assert (decision.agency, decision.clear, decision.candidates) == (None, False, ())


def test_a_loop_of_categories_ends() -> None:
    decision = decide(Subject("a", None, None), Registry({"a": "b", "b": "a"}, {}, TREE))

    assert decision.doubts == (Doubt.NO_RULE, Doubt.NO_REGION)


def test_a_loop_of_agencies_ends() -> None:
    tree = Tree({"A": a_node("A", "B"), "B": a_node("B", "A")})

    assert tree.line("A") == ("A", "B")


def test_the_prefixes_of_a_region_are_all_that_it_lies_in() -> None:
    assert prefixes("64.72.01") == ["", "64", "64.72", "64.72.01"]
    assert prefixes(None) == [""]


_CATEGORY = st.sampled_from([None, *PARENTS])
_AGENCY = st.sampled_from([None, *TREE.nodes])
_RULES = st.lists(
    st.tuples(st.sampled_from(list(PARENTS)), st.sampled_from(["", "64", "64.72"]), st.sampled_from(list(TREE.nodes))),
    max_size=6,
)


@given(category=_CATEGORY, region=st.sampled_from([None, "64", "64.72", "35.78"]), named=_AGENCY, rules=_RULES)
def test_every_decision_explains_itself(
    category: str | None, region: str | None, named: str | None, rules: list[tuple[str, str, str]]
) -> None:
    decision = decide(Subject(category, region, named), registry(*rules))

    assert decision.clear == (decision.agency is not None and not decision.doubts)
    assert decision.doubts or decision.candidates
    data = decision.as_data()
    for candidate in data["candidates"]:
        assert candidate["reasons"]
        for reason in candidate["reasons"]:
            assert all(sentence and "{" not in sentence for sentence in sentences.of_reason(reason))
    for doubt in data["doubts"]:
        assert all(sentences.of_doubt(doubt))
