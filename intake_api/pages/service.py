"""What a form of the mailbox does: what the operation of its name does, once however often a browser sends it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.items import EvidenceList, Viewing, list_of
from intake_api.notifications.choices import service as choices
from intake_api.notifications.choices.schemas import NewsWay
from intake_api.notifications.post import Post
from intake_api.pages import forms
from intake_api.pages.forms import Form
from intake_api.reporters import access, export, service, view
from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking, LockedSituation, open_case
from intake_api.reporters.schemas import MessageParams, OwnMessages, OwnReport, ReporterAction
from shared.domain.wording import Language
from shared.errors import Invalid
from shared.http import idempotency

#: Messages on a page.
_MOST = 5

#: Whether a key was seen before.
Asked = Callable[[idempotency.Key], Awaitable[idempotency.Once]]
Act = Callable[[AsyncSession, LockedSituation, Any], Awaitable[None]]

_ACTS: Mapping[ReporterAction, Act] = {
    ReporterAction.REPLY: lambda session, case, said: service.reply(session, case, said.body),
    ReporterAction.RATE: service.rate,
    ReporterAction.CONSENT: service.consent,
    ReporterAction.WITHDRAW: lambda session, case, said: service.withdraw(session, case),
    ReporterAction.REOPEN: lambda session, case, said: service.reopen(session, case, said.body),
    ReporterAction.APPEAL: lambda session, case, said: service.appeal(session, case, said.body),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody with a number and a code, which may be wrong."""

    session: AsyncSession
    number: str
    asking: Asking
    language: Language
    post: Post

    @property
    def reporter(self) -> Credentials:
        return self.asking.reporter


async def act(visit: Visit, act: ReporterAction, form: Form, asked: Asked) -> None:
    """Raises what the operation raises; then nothing is written."""
    said = forms.said(form, act)
    once = forms.token(form)
    if once is None:
        raise Invalid("Open the page anew, and send the form from there.", pointer="/once")
    caller = idempotency.caller(None, visit.reporter.access_code or "")
    content = b"" if said is None else said.model_dump_json().encode()
    key = idempotency.Key(visit.reporter.keys, caller, f"POST /r/{visit.number} {act.value}", once, content)
    async with visit.session.begin_nested():
        first = await asked(key)
        if first.repeats is None:
            case = await open_case(visit.session, visit.number, visit.asking, if_match=None)
            await _ACTS[act](visit.session, case, said)
            await first.remember(case.report.id)


async def choose_news(visit: Visit, form: Form) -> None:
    """Sent again, it says the same. Raises NotFound, Invalid, Conflict."""
    report, _ = await access.find_own(visit.session, visit.number, visit.reporter)
    async with visit.session.begin_nested():
        await choices.choose(visit.session, report, forms.wish(form), now=visit.asking.now)


class Found(NamedTuple):
    """What the page shows: `talk` is a page of the messages, newest first."""

    report: OwnReport
    talk: OwnMessages
    evidence: EvidenceList
    news: NewsWay


async def look_in(visit: Visit, viewing: Viewing, cursor: str | None = None) -> Found:
    """Raises NotFound; Invalid for a cursor that we did not make."""
    report, version = await access.find_own(visit.session, visit.number, visit.reporter)
    talk = await view.own_messages(visit.session, report, MessageParams(limit=_MOST, cursor=cursor))
    shown = await view.own_report(visit.session, report, version, visit.asking, language=visit.language)
    news = await choices.read(visit.session, report, visit.post, language=visit.language)
    return Found(shown, talk, await list_of(visit.session, report, viewing), news)


async def receipt(visit: Visit) -> str:
    """Raises NotFound."""
    report, _ = await access.find_own(visit.session, visit.number, visit.reporter)
    return await export.receipt(visit.session, report)


async def copy_of_all(visit: Visit) -> str:
    """Raises NotFound."""
    report, version = await access.find_own(visit.session, visit.number, visit.reporter)
    found = await export.export(visit.session, report, version, visit.asking, language=visit.language)
    return found.model_dump_json(indent=1)
