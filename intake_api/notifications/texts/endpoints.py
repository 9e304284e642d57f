from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from intake_api.notifications.texts import service
from intake_api.notifications.texts.schemas import (
    NewsLanguage,
    NewsTemplatePreview,
    NewsTemplateTrial,
    NewsTemplateView,
    NewsTemplateWords,
)
from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient
from shared.http.idempotency import IdempotencyKeyHeader
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Code, Page

router = APIRouter(prefix="/v1/news-templates", tags=["news"])

TemplateName = Annotated[
    str, Path(alias="name", pattern=r"^[a-z_]{1,24}$", description="The kind of news, `secret`, `mail`, or `whatsapp`.")
]
TemplateLanguage = Annotated[NewsLanguage, Path(alias="language", description="Of the template, as `id` or `jv`.")]
Instansi = Annotated[
    Code | None,
    Query(
        alias="agency",
        description="The instansi whose words are meant; operators leave it out for those of the country, an instansi "
        "has its own.",
    ),
]


@router.get("", responses=web.errors_of())
@raises(403, "not_any_more", "outside_of_instansi")
@raises(422, "not_an_instansi", "unknown_agency")
async def list_news_templates(
    client: ManagingClient, session: Session, agency: Instansi = None
) -> Page[NewsTemplateView]:
    """By which words reporters are told what happens to their reports, with the variables of each. Operators; an
    instansi for the reports that it holds."""
    return Page(items=await service.list_templates(session, agency, client))


@router.put("/{name}/{language}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(403, "not_any_more", "outside_of_instansi", "template_of_nation")
@raises(404, "unknown_template")
@raises(422, "bad_template", "not_an_instansi", "unknown_agency")
async def change_news_template(
    name: TemplateName,
    language: TemplateLanguage,
    body: NewsTemplateWords,
    client: ManagingClient,
    session: Session,
    now: Now,
    agency: Instansi = None,
) -> NewsTemplateView:
    """Put words of your own in the place of ours, in this or another language, from the next mail on. What does not
    render is refused. Earlier words stay on record. Operators; an instansi for the reports that it holds."""
    return await service.change(session, (name, language), body, agency, client, now=now)


@router.delete(
    "/{name}/{language}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=web.errors_of(reads=True),
)
@raises(403, "not_any_more", "outside_of_instansi", "template_of_nation")
@raises(404, "unknown_template", "template_unchanged")
@raises(422, "not_an_instansi", "unknown_agency")
async def restore_news_template(
    name: TemplateName,
    language: TemplateLanguage,
    client: ManagingClient,
    session: Session,
    now: Now,
    agency: Instansi = None,
) -> None:
    """Take your own words back: those of the country count again, or those of the release. Operators; an instansi for
    the reports that it holds."""
    await service.restore(session, (name, language), agency, client, now=now)


@router.post("/{name}/{language}/preview", responses=web.errors_of(reads=True, extra=(413,)))
@raises(403, "not_any_more", "outside_of_instansi", "template_of_nation")
@raises(404, "unknown_template")
@raises(422, "bad_template", "not_an_instansi", "unknown_agency")
async def preview_news_template(
    name: TemplateName,
    language: TemplateLanguage,
    body: NewsTemplateTrial,
    client: ManagingClient,
    session: Session,
    agency: Instansi = None,
    _key: IdempotencyKeyHeader = None,
) -> NewsTemplatePreview:
    """How a mail would read, with examples in the place of what happened. Stores nothing, so an Idempotency-Key has no
    effect. Operators; an instansi for the reports that it holds."""
    return await service.preview(session, (name, language), body, agency, client)
