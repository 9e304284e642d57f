"""Whose an upload is, until it belongs to a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared import ids
from shared.clients import OFFICERS, Client, Role, Scope
from shared.errors import Forbidden, NotFound
from shared.http.limits import subjects
from shared.http.limits.counters import Subject
from shared.http.limits.rules import Limit
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.schema import Upload


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who sends: a client with a token, for an account if it names one; else whoever knows the id of the upload."""

    client: Client | None
    reference: str | None
    address: str
    keys: Keys

    @property
    def caller(self) -> str:
        return self.address if self.client is None else f"{self.client.actor}@{self.client.agency or ''}"

    def check(self) -> None:
        """Raises Forbidden for whoever neither hands in reports nor works on them."""
        client = self.client
        if client is None or client.role is Role.REPORTER_APP or client.role in OFFICERS:
            return
        if client.role is not Role.CHANNEL or not (client.may(Scope.SUBMIT) or client.may(Scope.WORK)):
            raise Forbidden(f"The role {client.role.value} hands in no files.")

    def owned(self) -> dict[str, object]:
        """The columns of an upload that say whose it is."""
        client = self.client
        if client is None:
            return {"owner": None, "owner_agency": None, "reference_hash": None}
        hashes = self._hashes()
        return {
            "owner": client.actor, "owner_agency": client.agency, "reference_hash": hashes[0] if hashes else None,
        }  # fmt: skip

    def check_owns(self, upload: Upload | None) -> Upload:
        """Raises NotFound, alike for what is another's and for what there is not."""
        if upload is None or not self._owns(upload):
            raise unknown_upload()
        return upload

    def _owns(self, upload: Upload) -> bool:
        if upload.owner is None:
            return True
        client = self.client
        if client is None or (client.actor, client.agency) != (upload.owner, upload.owner_agency):
            return False
        return upload.reference_hash is None or upload.reference_hash in self._hashes()

    def counted(self) -> Sequence[Subject]:
        """Whose files are limited."""
        if self.client is None:
            return ((Limit.UPLOADS_OF_ADDRESS, self.address),)
        of_client = (Limit.UPLOADS_OF_CLIENT, self.client.sub)
        if self.reference is None or self.client.role is not Role.REPORTER_APP:
            return (of_client,)
        return (of_client, (Limit.UPLOADS_OF_REPORTER, subjects.at_client(self.client.sub, self.reference)))

    def _hashes(self) -> list[bytes]:
        if self.client is None or self.reference is None or self.client.role is not Role.REPORTER_APP:
            return []
        secrets = self.keys.secrets(KeyPurpose.REFERENCES)
        return [ids.reference_hash(secret, self.client.sub, self.reference) for secret in secrets]


def unknown_upload() -> NotFound:
    return NotFound(
        "There is no such upload, or it is not yours; it may be over. Send the file again.", code="unknown_upload"
    )
