"""The gateways that an installation has, and how each speaks: presets, or a form of its own."""

from collections.abc import Mapping
from enum import StrEnum, auto
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

ROOM = "/channels/sms"
#: Where a gateway brings messages, and where it reports whether ours arrived.
MESSAGES, DELIVERIES = PATHS = f"{ROOM}/{{gateway}}", f"{ROOM}/{{gateway}}/delivery"


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fields(Strict):
    """How a gateway calls what it sends."""

    sender: str
    words: str
    reference: str
    at: str = ""  #: seconds since 1970, or RFC 3339
    header: str = ""  #: the user data header
    number: str = ""  #: of a part: of which message it is,
    total: str = ""  #: how many there are,
    seq: str = ""  #: and which one it is
    coding: str = ""
    charset: str = ""
    hex: str = ""  #: the words once more, in hexadecimal


class ProofKind(StrEnum):
    """By what a gateway shows that it is the one."""

    SECRET = auto()  #: the password of Basic, or the field `key`
    TWILIO = auto()
    HMAC_SHA256 = auto()  #: of the body as it came, hexadecimal, in a header


class AnswerKind(StrEnum):
    """How we answer: in the response, or, with `ack`, in a message of its own."""

    TEXT = auto()
    TWIML = auto()
    JSON = auto()
    ACK = auto()


class HttpForm(Strict):
    fields: Fields
    proof: ProofKind = ProofKind.SECRET
    proof_header: str = "X-Signature"
    body: Literal["fields", "json"] = "fields"
    answer: AnswerKind = AnswerKind.JSON
    ack: str = ""


class SendForm(Strict):
    """How a message goes out. `fields`: what holds `to`, `text`, `from`, `id`, and `report`, our address for that."""

    method: Literal["GET", "POST"] = "POST"
    body: Literal["fields", "json"] = "fields"
    fields: Mapping[str, str] = Field(min_length=2)
    more: Mapping[str, str] = Field(default_factory=dict)
    more_unicode: Mapping[str, str] = Field(default_factory=dict)  #: for words that are not of GSM-7
    basic: bool = False  #: user and password as Basic; else in these two fields
    user_field: str = "username"
    password_field: str = "password"


_KANNEL = HttpForm(
    fields=Fields(
        sender="from", words="text", reference="id", at="at", header="udh", coding="coding", charset="charset"
    ),
    answer=AnswerKind.TEXT,
)
_TWILIO = HttpForm(
    fields=Fields(sender="From", words="Body", reference="MessageSid"),
    proof=ProofKind.TWILIO,
    answer=AnswerKind.TWIML,
)
_JASMIN = HttpForm(
    fields=Fields(sender="from", words="content", reference="id", coding="coding", hex="binary"),
    answer=AnswerKind.ACK,
    ack="ACK/Jasmin",
)
READING: Mapping[str, HttpForm] = MappingProxyType({"kannel": _KANNEL, "twilio": _TWILIO, "jasmin": _JASMIN})
SENDING: Mapping[str, SendForm] = MappingProxyType(
    {
        "kannel": SendForm(
            method="GET",
            fields={"to": "to", "text": "text", "from": "from", "report": "dlr-url"},
            more={"charset": "UTF-8", "dlr-mask": "19", "coding": "0"},
            more_unicode={"coding": "2"},
        ),
        "twilio": SendForm(fields={"to": "To", "text": "Body", "from": "From", "report": "StatusCallback"}, basic=True),
        "jasmin": SendForm(
            method="GET",
            fields={"to": "to", "text": "content", "hex": "hex-content", "from": "from", "report": "dlr-url"},
            more={"dlr": "yes", "dlr-level": "2", "dlr-method": "GET"},
            more_unicode={"coding": "8"},
        ),
    }
)


class SendBy(Strict):
    url: str = Field(pattern=r"^https?://")
    user: str = ""
    password: SecretStr = SecretStr("")
    form: SendForm | None = None


class Gateway(Strict):
    """`address`: of intake_api, as the gateway reaches it. `number`: what our messages come from."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    kind: Literal["kannel", "twilio", "jasmin", "http", "gammu"]
    secret: SecretStr = SecretStr("")
    number: str = ""
    address: str = Field("", pattern=r"^(https?://[^?#]*[^/?#])?$")
    form: HttpForm | None = None
    send: SendBy | None = None
    database: SecretStr = SecretStr("")  #: of Gammu SMSD

    @model_validator(mode="after")
    def _is_whole(self) -> "Gateway":
        if self.kind == "gammu":
            if not self.database.get_secret_value():
                raise ValueError("a gateway of the kind gammu needs its database")
            return self
        if len(self.secret.get_secret_value()) < 16:
            raise ValueError("give the gateway a secret of at least 16 characters")
        if self.reads is None:
            raise ValueError("a gateway of the kind http needs its form")
        if self.send is not None and self.sends is None:
            raise ValueError("a gateway of the kind http needs the form of what it sends")
        if self.reads.answer is AnswerKind.ACK and self.send is None:
            raise ValueError("this gateway is answered in messages of their own; say in send how they go out")
        return self

    @property
    def reads(self) -> HttpForm | None:
        return self.form or READING.get(self.kind)

    @property
    def sends(self) -> SendForm | None:
        return None if self.send is None else self.send.form or SENDING.get(self.kind)

    @property
    def path(self) -> str:
        return f"{ROOM}/{self.name}"


class Gateways(Strict):
    gateways: tuple[Gateway, ...] = ()

    @model_validator(mode="after")
    def _have_names(self) -> "Gateways":
        if len({one.name for one in self.gateways}) < len(self.gateways):
            raise ValueError("two gateways have one name")
        return self

    @classmethod
    def of(cls, file: Path | None) -> "Gateways":
        """Raises ValueError, which says where the file is wrong and nothing of what stands there."""
        if file is None:
            return cls()
        try:
            return cls.model_validate_json(file.read_bytes())
        except OSError as error:
            raise ValueError(f"LAPOR_SMS_GATEWAYS_FILE cannot be read: {error.strerror}") from None
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
                for one in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise ValueError(f"LAPOR_SMS_GATEWAYS_FILE: {wrong}") from None

    def named(self, name: str) -> Gateway | None:
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> Mapping[str, Gateway]:
        return {one.name: one for one in self.gateways}
