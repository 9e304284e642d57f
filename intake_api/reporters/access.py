"""Who is a report's own reporter: a caller with its access code, or the app that submitted it for an account."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reporters import queries
from shared import ids
from shared.clients import ACTS_FOR_ACCOUNTS, Client
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.log.payloads.codes import Proof
from shared.schema import Report


@dataclass(frozen=True, slots=True)
class Credentials:
    client: Client | None
    access_code: str | None
    reference: str | None
    keys: Keys

    @property
    def given(self) -> bool:
        """Whether anything claims to be the reporter; else it is the public."""
        return self.access_code is not None or self.reference is not None

    @property
    def actor(self) -> str:
        """How events name the reporter."""
        by_app = self.access_code is None and self.client is not None
        return f"reporter:{self.client.sub}" if by_app and self.client else "reporter"

    @property
    def proof(self) -> Proof:
        """By what the reporter acts, for the log."""
        return Proof.ACCOUNT if self.access_code is None else Proof.CODE

    @property
    def carried_by(self) -> str | None:
        """Whose token carried it, for the log."""
        return None if self.client is None else self.client.actor

    def reference_hashes(self) -> list[bytes]:
        """Of the app's account, under every key that it may have been stored with; what is written now has the first.
        Raises Unauthenticated, Forbidden unless an app asks."""
        if self.client is None:
            raise Unauthenticated("Send the access code in X-Access-Code, or an app's token.")
        if self.client.role is not ACTS_FOR_ACCOUNTS:
            raise Forbidden("Only the app that submitted a report acts for its reporter without the access code.")
        if self.reference is None:
            raise Forbidden("Name the account in X-Reporter-Reference, or send X-Access-Code.")
        secrets = self.keys.secrets(KeyPurpose.REFERENCES)
        return [ids.reference_hash(secret, self.client.sub, self.reference) for secret in secrets]


def unknown(tracking_number: str) -> NotFound:
    return NotFound(f"There is no report {tracking_number}, or it is not open to you.", code="unknown_report")


async def find_own(session: AsyncSession, tracking_number: str, credentials: Credentials) -> tuple[Report, int]:
    """The report, to its reporter, and its version.

    A wrong code is answered exactly like a number that nobody has, and takes as long. Raises NotFound.
    """
    if credentials.access_code is not None:
        proofs = [ids.access_code_hash(credentials.access_code)]
    else:
        proofs = credentials.reference_hashes()
    if not ids.is_tracking_number(tracking_number):
        raise unknown(tracking_number)
    by_code = credentials.access_code is not None
    found = await queries.find_proven(session, tracking_number, proofs, by_code=by_code)
    if found is None:
        raise unknown(tracking_number)
    return found
