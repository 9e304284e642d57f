"""Text messages go out: by a gateway that speaks HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import httpx

from intake_api.channels.sms import parts
from intake_api.channels.sms.gateways import Gateway, SendBy, SendForm
from intake_api.channels.sms.requests import proof_of
from shared.mail import Absent, Refused

SECONDS = 20.0
#: What a gateway answers that is full, or lets us in no more: nothing is wrong with the message.
_NOT_NOW = frozenset({401, 403, 407, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpSender:
    gateway: Gateway
    send_by: SendBy
    form: SendForm
    own_url: str
    client: httpx.AsyncClient

    async def send(self, message_id: UUID, to: str, text: str) -> None:
        """Raises Absent, Refused."""
        fields, password = self._fields(message_id, to, text), self.send_by.password.get_secret_value()
        auth = httpx.BasicAuth(self.send_by.user, password) if self.form.basic else None
        if not self.form.basic and (self.send_by.user or password):
            fields |= {self.form.user_field: self.send_by.user, self.form.password_field: password}
        by = "params" if self.form.method == "GET" else "json" if self.form.body == "json" else "data"
        try:
            answer = await self.client.request(
                self.form.method, self.send_by.url, auth=auth or httpx.USE_CLIENT_DEFAULT, timeout=SECONDS,
                **{by: fields},  # type: ignore[arg-type]
            )  # fmt: skip
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Absent from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # it may have been taken
            raise Absent(in_mail=True) from error
        if answer.status_code in _NOT_NOW or answer.status_code >= 500:
            raise Absent
        if not answer.is_success:
            raise Refused("gateway", answer.status_code, for_good=True)

    def _fields(self, message_id: UUID, to: str, text: str) -> dict[str, str]:
        is_unicode = parts.is_unicode(text)
        values = {
            "to": to, "text": text, "from": self.gateway.number, "id": str(message_id),
            "report": self._report_to(message_id),
        }  # fmt: skip
        if is_unicode and "hex" in self.form.fields:
            values["hex"] = text.encode("utf-16-be").hex()
            del values["text"]
        named = {self.form.fields[what]: value for what, value in values.items() if value and what in self.form.fields}
        more: Mapping[str, str] = {**self.form.more, **(self.form.more_unicode if is_unicode else {})}
        return {**more, **named}

    def _report_to(self, message_id: UUID) -> str:
        """Where the gateway reports whether it arrived."""
        proof = proof_of(self.gateway.secret.get_secret_value(), message_id)
        query = urlencode({"message": message_id, "proof": proof})
        status = "&status=%d" if self.gateway.kind == "kannel" else ""
        return f"{self.gateway.address or self.own_url}{self.gateway.path}/delivery?{query}{status}"
