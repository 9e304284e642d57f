"""What the door of intake_api takes, where that differs from any other operation."""

from shared.http.door.bodies import KIB
from shared.http.door.places import Places
from shared.http.door.rules import ONE_TEXT, Rule, Rules
from shared.http.door.turns import Share
from shared.settings import IntakeSettings

ACTS = ("replies", "ratings", "consents", "withdrawal", "reopening", "appeal", "supports")


def door_rules(settings: IntakeSettings) -> Rules:
    searches = Places("searches", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    similar = Places("similar reports", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    return {
        **{("POST", f"/v1/reports/{{tracking_number}}/{act}"): ONE_TEXT for act in ACTS},
        ("POST", "/r/{tracking_number}"): Rule(most_bytes=256 * KIB),  # one text, written as forms write it
        ("GET", "/v1/reports"): Rule(places=searches, only_with="q"),
        ("GET", "/v1/regions"): Rule(places=searches, only_with="q"),
        ("POST", "/v1/reports/similar"): Rule(places=similar, share=Share.READING),
        ("POST", "/v1/reports"): Rule(share=Share.OWN),
        ("POST", "/unsubscribe/{token}"): Rule(most_bytes=8 * KIB),
    }
