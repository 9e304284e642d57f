"""What the door of sla_monitor takes, where that differs from any other operation."""

from shared.http.door.places import Places
from shared.http.door.rules import DELIVERIES, MANY_VALUES, ONE_TEXT, DoorRule, Rules
from shared.pages import places
from shared.settings import MonitorSettings

PATIENCE = 30.0  #: of whoever asks for what takes seconds


def door_rules(settings: MonitorSettings) -> Rules:
    statistics = Places("statistics", at_once=settings.statistics_at_once, waiting=settings.statistics_waiting)
    crowd = settings.statistics_waiting  # who waits for what is computed once for all takes no connection
    performance = Places("pages of performance", at_once=crowd, waiting=crowd)
    what_if = Places("what-if computations", at_once=1, waiting=settings.trials_waiting, seconds=PATIENCE)
    packages = Places("packages", at_once=2, waiting=settings.trials_waiting)
    bulk = DoorRule(most_values=MANY_VALUES)
    return {
        ("POST", "/v1/escalations/{id}/acknowledgement"): ONE_TEXT,
        ("GET", "/v1/statistics/clocks"): DoorRule(places=statistics),
        ("GET", "/v1/statistics"): DoorRule(places=statistics),
        ("GET", "/v1/statistics/cases"): DoorRule(places=statistics),
        **{("GET", page): DoorRule(places=statistics) for page in ("/board/agencies", "/board/figures")},
        ("GET", places.PERFORMANCE): DoorRule(places=performance),
        ("GET", f"{places.PERFORMANCE}/{{agency}}"): DoorRule(places=performance),
        ("GET", "/v1/statistics/exports/{export}"): DoorRule(places=packages),
        ("GET", "/v1/reports/{id}/ombudsman-package"): DoorRule(places=packages),
        ("POST", "/v1/calendars"): bulk,
        ("POST", "/v1/calendars/{id}/days"): bulk,
        ("POST", "/v1/calendars/{id}/days/csv"): bulk,
        ("POST", "/v1/calendars/{id}/preview"): DoorRule(places=what_if),
        ("POST", "/v1/policies"): bulk,
        ("POST", "/v1/policies/{code}/migration/preview"): DoorRule(places=what_if),
        **{
            ("POST", page): DoorRule(places=what_if) for page in ("/board/calendars/{id}/preview", "/board/simulations")
        },
        ("POST", "/v1/simulations"): DoorRule(most_values=MANY_VALUES, places=what_if),
        ("POST", "/internal/events"): DELIVERIES,
    }
