"""A page that was shown becomes a report once, however often its form is sent."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from intake_api.channels.qr import codes, queries, reading, tokens
from intake_api.channels.qr.reading import Form
from intake_api.channels.qr.shown import ScannedCode
from intake_api.channels.qr.tokens import TokenState
from intake_api.submissions import doors
from intake_api.submissions.schemas import ReportSubmission
from intake_api.submissions.service import Receipt, Submissions
from intake_api.uploads.arriving import Steps
from shared.errors import DomainError, Invalid, NotFound, TryAgain, Unavailable
from shared.http import idempotency, problems
from shared.http.limits.counters import Counters
from shared.http.limits.refusals import LimitReached
from shared.http.limits.rules import Limit
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

#: A second click waits so often for the first one to be done, so long each.
_TRIES, _TRY_SECONDS = 10, 0.2
_TOO_LONG = "This page lay open for too long. Look it over, and send it once more."


class Revoked(DomainError):
    """Whoever scans it is led on."""

    status = HTTPStatus.GONE
    code = "qr_code_revoked"

    def __init__(self) -> None:
        super().__init__("This code is no longer in use. You can report here all the same: say where it is.")


class Taken(NamedTuple):
    """`otherwise`: the form had been sent before, with other words, which are not in the report."""

    receipt: Receipt
    otherwise: bool = False


def signed(keys: Keys, text: str) -> str:
    """The code as it is stored. Raises NotFound for what we did not sign, before the database is asked."""
    code = codes.read_code(text, keys.secrets(KeyPurpose.QR_CODES))
    if code is None:
        raise unknown()
    return code


async def scan(steps: Steps, code: str, now: datetime) -> ScannedCode:
    """Raises NotFound, Revoked, Unavailable."""
    with problems.away_is_unavailable():
        async with steps() as session:
            found = await queries.scanned(session, code, now)
    return usable(found)


def usable(found: ScannedCode | None) -> ScannedCode:
    """Raises NotFound, Revoked."""
    if found is None:
        raise unknown()
    if found.is_revoked:
        raise Revoked
    return found


def unknown() -> NotFound:
    return NotFound(
        "This code is none of ours. You can report here all the same: say where it is.", code="unknown_qr_code"
    )


def new_token(keys: Keys, code: str, now: datetime) -> str:
    return tokens.new_token(keys.secret(KeyPurpose.QR_CODES), code, now)


class PageForms:
    """Takes the forms of the pages; one for each process."""

    def __init__(self, submissions: Submissions, counters: Counters, keys: Keys) -> None:
        self._submissions = submissions
        self._counters = counters
        self._keys = keys

    def check_shown(self, form: Form, code: str, now: datetime) -> TokenState:
        """Raises Invalid for a form that we did not show."""
        state = tokens.state_of(form.get("once", ""), self._keys.secrets(KeyPurpose.QR_CODES), code, now)
        if state is TokenState.FORGED:
            raise Invalid("Look over what you have written, and send it once more.", pointer="/once")
        return state

    async def take(
        self, form: Form, scanned: ScannedCode | None, state: TokenState, *, address: str, now: datetime
    ) -> Taken:
        """Raises Invalid, LimitReached, Unavailable; then nothing is written."""
        token = form["once"]
        with problems.away_is_unavailable():
            if state is TokenState.OVER:
                return await self._known(token, Invalid(_TOO_LONG, pointer="/once"))
            submission = reading.submission(form, scanned, tokens.reference_of(token))
            try:
                drawn = await self._counters.count_nearly((Limit.SUBMISSIONS_OF_ADDRESS, address))
            except LimitReached as error:
                return await self._known(token, error)
            taken: Taken | None = None
            try:
                taken = await self._submit(submission, token, now)
            finally:
                if taken is None or taken.receipt.replayed:
                    drawn.give_back()
            return taken

    async def _known(self, token: str, otherwise: DomainError) -> Taken:
        """What the page has become before. Raises `otherwise` where it has become nothing."""
        known = await self._submissions.submitted_under(token, doors.QR)
        if known is None:
            raise otherwise
        return Taken(known)

    async def _submit(self, submission: ReportSubmission, token: str, now: datetime) -> Taken:
        for _ in range(_TRIES):
            try:
                return Taken(await self._submissions.submit(submission, client=doors.QR, key=token, now=now))
            except TryAgain:
                await asyncio.sleep(_TRY_SECONDS)
            except Invalid as error:
                if error.code != idempotency.REUSED:
                    raise
                return (await self._known(token, error))._replace(otherwise=True)
        raise Unavailable("Too much is asked for at this moment; try again in a few seconds.", code="too_busy")
