"""Where Open311 is, for programs that look for it."""

from intake_api.channels.open311.schemas import Open311Discovery, Open311Endpoint
from intake_api.channels.open311.talking import MEDIA_TYPES
from shared.settings import IntakeSettings

#: When what is answered last changed its shape.
CHANGESET = "2026-11-28T00:00:00Z"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
KEYS = "An operator registers a client (`lapor clients register --role channel --scope reports:submit`)."


def described_for(settings: IntakeSettings, path: str) -> Open311Discovery:
    endpoint = Open311Endpoint(
        specification=SPECIFICATION,
        url=f"{settings.own_url}{path}",
        changeset=CHANGESET,
        type="production" if settings.environment == "production" else "test",
        formats=[one.partition(";")[0] for one in MEDIA_TYPES.values()],
    )
    contact = settings.open311_contact or "The operators of this installation"
    return Open311Discovery(changeset=CHANGESET, contact=contact, key_service=KEYS, endpoints=[endpoint])
