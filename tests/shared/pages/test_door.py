"""What a page computes is kept within the same bounds as the operation of the API that computes it."""

from intake_api import door as intake
from routing_service import door as routing
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings
from sla_monitor import door as monitor
from tests.factories import settings

NOWHERE = "postgresql://lapor@nowhere/nothing"
#: 20,000 letters of four bytes, each as `%F0%9F%98%80`.
LONGEST_TEXT = 20_000 * 12


def test_pages_wait_for_the_same_places_as_the_operations_that_compute_the_same() -> None:
    found = monitor.door_rules(settings(NOWHERE, MonitorSettings))
    searches = routing.door_rules(settings(NOWHERE, RoutingSettings))

    for page in ("/board/agencies", "/board/figures"):
        assert found["GET", page].places is found["GET", "/v1/statistics"].places is not None
    assert searches["GET", "/board/work"].places_for(b"q=jalan") is searches["GET", "/v1/reports"].places
    assert searches["GET", "/board/work"].places_for(b"status=assigned") is None


def test_a_form_may_be_as_long_as_its_longest_text_and_not_much_longer() -> None:
    rules = dict(routing.door_rules(settings(NOWHERE, RoutingSettings)))
    rules |= intake.door_rules(settings(NOWHERE, IntakeSettings))

    for page in ("/board/inbox", "/board/reports/{id}", "/board/counter"):
        assert LONGEST_TEXT < rules["POST", page].most_bytes < 2 * LONGEST_TEXT
