"""What a text message asks for is done as the API does it, and answered. Whatever comes twice is answered alike."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter

from intake_api.channels.sms import reading, talking
from intake_api.channels.sms.reading import Asked, Checked, Reported, Unclear, Withdrawn
from intake_api.channels.sms.taking import Became, Incoming, Indexes, Taken, take_message
from intake_api.channels.sms.talking import Telling, worded
from intake_api.pages.guesses import watched
from intake_api.reporters import service as reporters
from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking, open_case
from intake_api.reports import service as reports
from intake_api.submissions import doors
from intake_api.submissions.schemas import Contact, ReportSubmission
from intake_api.submissions.service import Submissions
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.domain.wording import Language
from shared.errors import DomainError, NotFound, Unavailable
from shared.http.limits.counters import Counters
from shared.http.limits.refusals import LimitReached
from shared.http.translating import indonesian
from shared.keys.held import Keys
from shared.settings import IntakeSettings

logger = logging.getLogger(__name__)


class SmsMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.taken = Counter(
            "lapor_sms_messages", "Text messages that came in, by what became of them.", ["became"], registry=registry
        )


@dataclass(frozen=True, slots=True)
class Messages:
    """One for each process."""

    sessions: Sessions
    submissions: Submissions
    counters: Counters
    keys: Keys
    settings: IntakeSettings
    metrics: SmsMetrics
    wake: Callable[[], None]

    async def answer(self, message: Incoming, *, now: datetime) -> str | None:
        """Do what it asks for, and what is to be answered; None: nothing. Raises Unavailable; then it comes again."""
        asked = reading.read_message(message.words)
        async with self.sessions.begin() as session:
            taken = await take_message(session, message, asked, indexes=self.indexes, settings=self.settings, now=now)
        said = await self._done(message, asked, taken, now)
        self.metrics.taken.labels(taken.became.value).inc()
        return said

    @property
    def indexes(self) -> Indexes:
        return Indexes(self.keys)

    def ignored(self) -> None:
        """From a sender that has no phone, or too many parts: nobody is answered."""
        self.metrics.taken.labels("ignored").inc()

    async def _done(self, message: Incoming, asked: Asked, taken: Taken, now: datetime) -> str | None:
        if taken.became is Became.UNANSWERED:
            return None
        if taken.became is Became.ONE_TOO_MANY:
            return worded(Telling.TOO_MANY, asked.language, most=self.settings.sms_reports_a_day)
        match asked:
            case Reported():
                return await self._reported(message, asked, taken, now)
            case Checked():
                return await self._status(asked)
            case Withdrawn():
                return await self._withdrawn(message, asked, now)
            case Unclear():
                return talking.of_unclear(asked)

    async def _reported(self, message: Incoming, asked: Reported, taken: Taken, now: datetime) -> str:
        """The key of the submission is the message's: whatever comes again gets the first receipt."""
        reference = f"{message.gateway}:{taken.reference}"
        try:
            submission = ReportSubmission(
                classification=Classification.COMPLAINT,
                title=asked.title,
                body=asked.body,
                channel=Channel.SMS,
                received_at=taken.received_at,
                external_reference=reference,
                reporter=Contact(phone=message.sender),
            )
        except ValueError:
            return worded(Telling.UNREADABLE, asked.language)
        number, code = await self._receipt(submission, reference, now)
        return talking.of_receipt(asked.language, number, code, missing=message.missing, total=message.total)

    async def _receipt(self, submission: ReportSubmission, reference: str, now: datetime) -> tuple[str, str | None]:
        """Number and access code; no code: that key was forgotten since. Raises Unavailable."""
        try:
            receipt = await self.submissions.submit(submission, client=doors.SMS, key=f"sms:{reference}", now=now)
        except Unavailable:
            raise
        except DomainError as error:
            if error.tracking_number is not None:
                return error.tracking_number, None
            logger.warning("a text message is not taken", extra={"code": error.code})
            detail = "This text message cannot be taken just now; send it again later."
            raise Unavailable(detail, code="not_taken_now") from error
        self.wake()
        return receipt.tracking_number, receipt.access_code

    async def _status(self, asked: Checked) -> str:
        """What everybody may know: whoever claims a number as the sender of a message need not have it."""
        async with self.sessions.begin() as session:
            try:
                report = await reports.public_report(session, asked.number, language=asked.language)
            except NotFound:
                return worded(Telling.UNKNOWN, asked.language, number=asked.number)
        agency = None if report.agency is None else report.agency.name
        return talking.of_status(asked.language, asked.number, report.status_label, agency)

    async def _withdrawn(self, message: Incoming, asked: Withdrawn, now: datetime) -> str:
        asking = Asking(Credentials(doors.SMS, asked.code, None, self.keys), now, self.settings.replies_a_day)
        try:
            async with (
                watched(self.counters, message.sender, asked.number, acts=True),
                self.sessions.begin() as session,
            ):
                case = await open_case(session, asked.number, asking, if_match=None)
                await reporters.withdraw(session, case)
        except LimitReached:
            return worded(Telling.TOO_MANY_TRIES, asked.language)
        except Unavailable:
            raise
        except DomainError as error:
            if isinstance(error, NotFound):
                return worded(Telling.WRONG, asked.language, number=asked.number)
            if error.code == "already_withdrawn":
                return worded(Telling.WITHDRAWN, asked.language, number=asked.number)
            return talking.of_refusal(error.detail if asked.language is Language.EN else indonesian(error.detail))
        self.wake()
        return worded(Telling.WITHDRAWN, asked.language, number=asked.number)
