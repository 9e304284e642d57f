from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema

from intake_api.notifications.texting import Alphabet
from intake_api.notifications.writing import MOST_LETTERS
from shared.http.wire import Answer, Schema, Storable

NewsLanguage = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_LETTERS), Storable]

#: It renders to two text messages at most; what stands between braces is longer.
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000), Storable]
_SHORT = "In a line, for text messages: two of them hold it with number and link."


class NewsTemplateWords(Schema):
    """The words of a template: text with `{{ variables }}` and `{% if ... %}`."""

    subject: Subject = Field(description="Of the mail, where this is all that it tells.")
    body: Body = Field(description="Plain text; an empty line begins a paragraph.")
    short: Short | None = Field(None, description=f"{_SHORT} Null: the one that came with the release.")


class NewsTemplateTrial(Schema):
    """Words to try; what is left out stands as it is in force."""

    subject: Subject | None = Field(None, description="Instead of the subject in force.")
    body: Body | None = Field(None, description="Instead of the body in force.")
    short: Short | None = Field(None, description="Instead of the short form in force.")


class TemplateVariable(Answer):
    """What a template is given."""

    name: str = Field(description="As it stands between the braces.")
    meaning: str = Field(description="What it says.")
    # Of any type in the document: clients for Kotlin and Java read nothing that is one thing or another.
    example: Annotated[str | bool, WithJsonSchema({})] = Field(
        description="What previews put in its place: a text, or true or false."
    )


class NewsTemplateView(Answer):
    """A template as it is in force."""

    name: str = Field(
        description="The kind of news; `mail` and `whatsapp` are what stands around it, `secret` all that is said of a "
        "secret report."
    )
    language: str = Field(description="In which language.")
    version: str = Field(
        description="`0.1` and the like came with the release; `1` and on are an operator's, `SAMARINDA/1` and on an "
        "instansi's."
    )
    ours: bool = Field(description="Whether it came with the release.")
    agency: str | None = Field(description="The instansi whose words these are; null: those of the whole country.")
    changeable: bool = Field(description="Whether an instansi may put words of its own here; the nation always may.")
    subject: str = Field(description="Of the mail.")
    body: str = Field(description="The text.")
    short: str | None = Field(description=f"{_SHORT} Null: it has none of its own.")
    variables: list[TemplateVariable] = Field(description="What it may say.")
    changed_by: str | None = Field(
        description="Who changed it last, for the country or for the instansi that was asked for; null: nobody."
    )
    changed_at: datetime | None = Field(description="When; null: never.")


class SmsPreview(Answer):
    """A text message, and what it costs."""

    text: str = Field(description="The whole message.")
    alphabet: Alphabet = Field(description="`gsm-7`, or `ucs-2` where a letter is not in that: it takes half as many.")
    units: int = Field(description="How long it is: 160 (`ucs-2`: 70) go alone, 153 (67) in each of several parts.")
    parts: int = Field(description="How many text messages it costs; never more than 2.")


class NewsTemplatePreview(Answer):
    """A template filled in with examples."""

    subject: str = Field(description="As the mail has it.")
    body: str = Field(description="The news alone.")
    mail: str = Field(description="The whole text of a mail that tells it.")
    whatsapp: str = Field(description="The whole text of a chat message that tells it.")
    sms: SmsPreview | None = Field(description="The text message that tells it; null: it has no short form.")
