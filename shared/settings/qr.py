"""Where the page of a printed code leads to."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from shared.settings.environment import Environment

#: What a link to an app may never be.
_SCRIPTS = ("javascript", "data", "vbscript")


class QrSettings(Environment):
    app_link: str = Field(
        "",
        description=(
            "The link that opens the app from the page of a printed code, with `{code}` where the code goes, such as "
            "`https://app.example.go.id/q/{code}` or `lapor://q/{code}`. Empty: the page names no app."
        ),
    )
    whatsapp_number: str = Field(
        "",
        pattern=r"^([1-9][0-9]{7,14})?$",
        description=(
            "The number that people write to by WhatsApp, with the code of the country and digits alone, such as "
            "`6281234567890`. Empty: the page of a printed code does not name it."
        ),
    )

    @field_validator("app_link")
    @classmethod
    def _has_a_place_for_the_code(cls, link: str) -> str:
        if link and ("{code}" not in link or urlsplit(link).scheme.lower() in ("", *_SCRIPTS)):
            raise ValueError("write it as https://host/path/{code} or app://path/{code}, or leave it empty")
        return link
