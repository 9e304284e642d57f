from fastapi import APIRouter, Request

from intake_api.notifications.choices import service
from intake_api.notifications.choices.schemas import NewsWay, NewsWish
from intake_api.notifications.post import Post
from intake_api.reporters import access
from intake_api.reporters.parameters import AsReporter
from shared.database import Session
from shared.http import web
from shared.http.languages import AskedLanguage
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import TrackingNumber

router = APIRouter(prefix="/v1/reports/{tracking_number}/notifications", tags=["reporters"])


def _post(request: Request) -> Post:
    post: Post = request.app.state.post
    return post


@router.get("", responses=web.errors_of(reads=True))
async def get_notifications(
    tracking_number: TrackingNumber, request: Request, session: Session, reporter: AsReporter, language: AskedLanguage
) -> NewsWay:
    """How the reporter is told of what happens to the report, and what they chose. What they were told of stands in
    the timeline of the report."""
    report, _ = await access.find_own(session, tracking_number, reporter)
    return await service.read(session, report, _post(request), language=language)


@router.put("", responses=web.errors_of(reads=True, extra=(409, 413)))
@raises(409, "erased")
@raises(422, "unknown_language")
async def choose_notifications(
    tracking_number: TrackingNumber, body: NewsWish, request: Request, session: Session, reporter: AsReporter,
    language: AskedLanguage, now: Now,
) -> NewsWay:  # fmt: skip
    """Choose how the reporter is told, in which language, or that they are not. An address is not given here: it is the
    one that the report was submitted with. Who asks for mails again gets them again, also after they did not arrive.
    """
    report, _ = await access.find_own(session, tracking_number, reporter)
    await service.choose(session, report, body, now=now)
    return await service.read(session, report, _post(request), language=language)
