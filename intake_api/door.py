"""What the door of intake_api takes, where that differs from any other operation."""

from intake_api.channels.open311.endpoints import FORMS, UPDATES
from intake_api.channels.open311.keys import known_by_key
from intake_api.channels.sms import gateways as sms_gateways
from shared.http.door.bodies import KIB
from shared.http.door.places import Places
from shared.http.door.rules import FORM, ONE_TEXT, DoorRule, Rules
from shared.http.door.turns import Share
from shared.pages import places
from shared.settings import IntakeSettings

ACTS = ("replies", "ratings", "consents", "withdrawal", "reopening", "appeal", "supports")

#: Files come in here. They are worked on for minutes, and take connections by themselves, for moments.
STREAMS = (
    ("POST", "/v1/uploads"), ("POST", "/v1/uploads/"), ("POST", "/v1/reports/{tracking_number}/uploads"),
    ("PATCH", "/v1/uploads/{upload_id}"), ("POST", "/v1/uploads/{upload_id}"), ("POST", "/r/{tracking_number}/file"),
)  # fmt: skip
#: Forms of pages that bring words and files at once.
FORMS_WITH_FILES = (("POST", "/q"), ("POST", "/q/{code}"), ("POST", "/Q/{code}"))
UPLOADS = (
    ("POST", "/v1/reports/{tracking_number}/evidence"), ("HEAD", "/v1/uploads/{upload_id}"),
    ("DELETE", "/v1/uploads/{upload_id}"), ("OPTIONS", "/v1/uploads"), ("OPTIONS", "/v1/uploads/"),
    ("OPTIONS", "/v1/uploads/{upload_id}"),
    ("OPTIONS", "/v1/reports/{tracking_number}/uploads"),
)  # fmt: skip


def door_rules(settings: IntakeSettings) -> Rules:
    searches = Places("searches", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    similar = Places("similar reports", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    maps = Places("maps", at_once=settings.searches_at_once, waiting=settings.searches_waiting)
    taken = settings.uploads_at_once
    files = Places("uploads", at_once=taken, waiting=taken, held_long=True)
    forms = Places("forms", at_once=taken, waiting=taken, held_long=True)
    uploads = DoorRule(places=files, share=Share.NONE, streams=True)
    return {
        **dict.fromkeys(STREAMS, uploads),
        **dict.fromkeys(FORMS_WITH_FILES, DoorRule(places=forms, share=Share.NONE, streams=True)),
        **{(method, path): DoorRule(share=Share.NONE) for method, path in UPLOADS},
        **{("GET", path): DoorRule(share=Share.NONE) for _, path in FORMS_WITH_FILES},
        **{("POST", f"/v1/reports/{{tracking_number}}/{act}"): ONE_TEXT for act in ACTS},
        **{("POST", page): FORM for page in ("/r/{tracking_number}", "/board/counter")},
        ("GET", "/v1/reports"): DoorRule(places=searches, only_with="q"),
        ("GET", "/v1/regions"): DoorRule(places=searches, only_with="q"),
        ("GET", places.MAP): DoorRule(places=maps),
        ("POST", "/v1/reports/similar"): DoorRule(places=similar, share=Share.READING),
        ("POST", "/v1/reports"): DoorRule(share=Share.OWN),
        **dict.fromkeys(FORMS, DoorRule(most_bytes=FORM.most_bytes, share=Share.OWN, known_by=known_by_key)),
        **dict.fromkeys(UPDATES, DoorRule(most_bytes=FORM.most_bytes, known_by=known_by_key)),
        ("POST", "/unsubscribe/{token}"): DoorRule(most_bytes=8 * KIB),
        **{("GET", path): DoorRule(share=Share.ACTING, takes_bytes=True) for path in sms_gateways.PATHS},
        **{("POST", path): DoorRule(most_bytes=64 * KIB) for path in sms_gateways.PATHS},
    }
