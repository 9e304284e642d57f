"""What the door of routing_service takes, where that differs from any other operation."""

from shared.http.door.bodies import KIB
from shared.http.door.places import Places
from shared.http.door.rules import DELIVERIES, FORM, MANY_VALUES, ONE_TEXT, DoorRule, Rules
from shared.settings import RoutingSettings

PATIENCE = 30.0  #: of whoever asks for what takes seconds
ACTIONS = (
    "verification", "correction", "forwarding", "disposition", "redirection", "returns", "hold", "resumption",
    "archive", "responses", "answer", "notes", "merge", "unmerge", "identity",
)  # fmt: skip

FORMS = ("token", "revoke", "introspect", "logout")


def door_rules(settings: RoutingSettings) -> Rules:
    searches = Places("searches", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    similar = Places("similar reports", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    trials = Places("trials of rules", at_once=1, waiting=settings.trials_waiting, seconds=PATIENCE)
    previews = Places("previews", at_once=settings.previews_at_once, waiting=settings.previews_waiting)
    maps = Places("imports of boundaries", at_once=1, waiting=settings.trials_waiting, seconds=PATIENCE)
    log_ins = Places("log-ins", at_once=settings.log_ins_at_once, waiting=settings.log_ins_waiting, seconds=PATIENCE)
    addresses = Places("addresses of webhooks", at_once=5, waiting=50, seconds=PATIENCE)
    elsewhere = Places("log-ins elsewhere", at_once=10, waiting=settings.log_ins_waiting, seconds=PATIENCE)
    bulk = DoorRule(most_values=MANY_VALUES)
    return {
        **{("POST", f"/v1/reports/{{id}}/{action}"): ONE_TEXT for action in ACTIONS},
        ("GET", "/v1/reports"): DoorRule(places=searches, only_with="q"),
        ("GET", "/board/work"): DoorRule(places=searches, only_with="q"),
        **{("POST", page): FORM for page in ("/board/inbox", "/board/reports/{id}")},
        ("POST", "/board/rules/{id}/trial"): DoorRule(places=trials),
        ("GET", "/v1/reports/{id}/similar"): DoorRule(places=similar),
        ("POST", "/v1/routing/preview"): DoorRule(places=previews),
        ("POST", "/v1/boundaries/imports"): DoorRule(most_values=MANY_VALUES, places=maps),
        ("POST", "/v1/registry/imports/{kind}"): bulk,
        ("POST", "/v1/rule-sets"): bulk,
        ("PUT", "/v1/rule-sets/{id}/rules"): bulk,
        ("POST", "/v1/rule-sets/{id}/lint"): DoorRule(places=trials),
        ("POST", "/v1/rule-sets/{id}/replay"): DoorRule(places=trials),
        **{("POST", f"/oauth/{asked}"): DoorRule(most_bytes=16 * KIB) for asked in FORMS},
        ("POST", "/oauth/login"): DoorRule(most_bytes=16 * KIB, places=log_ins),
        ("GET", "/oauth/federation/login"): DoorRule(places=elsewhere),
        ("GET", "/oauth/federation/callback"): DoorRule(places=elsewhere),
        ("POST", "/oauth/login/second"): DoorRule(most_bytes=64 * KIB),
        ("POST", "/oauth/invitations/{token}"): DoorRule(most_bytes=16 * KIB, places=log_ins),
        ("POST", "/v1/webhooks"): DoorRule(places=addresses),
        ("PATCH", "/v1/webhooks/{id}"): DoorRule(places=addresses),
        ("POST", "/internal/events"): DELIVERIES,
    }
