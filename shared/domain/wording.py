"""What people read, in the two languages that we speak. Pure."""

from enum import StrEnum


class Language(StrEnum):
    ID = "id"
    EN = "en"


Wording = tuple[str, str]  #: Indonesian, English; on the wire it is shared.http.wire.Bilingual


def say(wording: Wording, language: Language) -> str:
    return wording[0 if language is Language.ID else 1]
