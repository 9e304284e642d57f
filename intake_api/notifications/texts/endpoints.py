from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from intake_api.notifications.texts import service
from intake_api.notifications.texts.schemas import (
    NewsLanguage,
    NewsTemplatePreview,
    NewsTemplateTrial,
    NewsTemplateView,
    NewsTemplateWords,
)
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import IdempotencyKeyHeader
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1/news-templates", tags=["news"])

Operator = Annotated[Client, Depends(allow(Role.OPERATOR))]
TemplateName = Annotated[
    str, Path(alias="name", pattern=r"^[a-z_]{1,24}$", description="The kind of news, `secret`, or `mail`.")
]
TemplateLanguage = Annotated[NewsLanguage, Path(alias="language", description="Of the template, as `id` or `jv`.")]


@router.get("", responses=web.errors_of())
async def list_news_templates(_client: Operator, session: Session) -> Page[NewsTemplateView]:
    """By which words reporters are told what happens to their reports, with the variables of each. Only operators."""
    return Page(items=await service.list_templates(session))


@router.put("/{name}/{language}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(404, "unknown_template")
@raises(422, "bad_template")
async def change_news_template(
    name: TemplateName,
    language: TemplateLanguage,
    body: NewsTemplateWords,
    client: Operator,
    session: Session,
    now: Now,
) -> NewsTemplateView:
    """Put words of your own in the place of ours, in this or another language, from the next mail on. What does not
    render is refused. Earlier versions stay on record. Only operators."""
    return await service.change(session, name, language, body, by=client.actor, now=now)


@router.delete(
    "/{name}/{language}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=web.errors_of(reads=True),
)
@raises(404, "unknown_template", "template_unchanged")
async def restore_news_template(
    name: TemplateName, language: TemplateLanguage, client: Operator, session: Session, now: Now
) -> None:
    """Take your own words back: those of the release count again. Only operators."""
    await service.restore(session, name, language, by=client.actor, now=now)


@router.post("/{name}/{language}/preview", responses=web.errors_of(reads=True, extra=(413,)))
@raises(404, "unknown_template")
@raises(422, "bad_template")
async def preview_news_template(
    name: TemplateName, language: TemplateLanguage, body: NewsTemplateTrial, _client: Operator, session: Session,
    _key: IdempotencyKeyHeader = None,
) -> NewsTemplatePreview:  # fmt: skip
    """How a mail would read, with examples in the place of what happened. Stores nothing, so an Idempotency-Key has no
    effect. Only operators."""
    return await service.preview(session, name, language, body)
