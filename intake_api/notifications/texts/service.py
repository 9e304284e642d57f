"""Templates as operators read, change and try them. One that does not render is refused before it is stored."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.texts import queries
from intake_api.notifications.texts.schemas import (
    NewsTemplatePreview,
    NewsTemplateTrial,
    NewsTemplateView,
    NewsTemplateWords,
    TemplateVariable,
)
from intake_api.notifications.writing import FRAME, NAMES, USUAL, Words, check_template, fill, given_to, ours
from shared.errors import NotFound
from shared.schema import NewsTemplate


async def list_templates(session: AsyncSession) -> list[NewsTemplateView]:
    """All that are in force, ours and an operator's."""
    changed = await queries.newest(session)
    keys = {*ours(), *(key for key, row in changed.items() if row.body is not None)}
    return [_view(_in_force(changed, *key), changed.get(key)) for key in sorted(keys)]


async def change(
    session: AsyncSession, name: str, language: str, words: NewsTemplateWords, *, by: str, now: datetime
) -> NewsTemplateView:
    """Raises NotFound, BadTemplate."""
    _check_name(name)
    check_template(Words(name, language, "", words.subject, words.body))
    row = await queries.add_version(session, name, language, subject=words.subject, body=words.body, by=by, now=now)
    return _view(_in_force({(name, language): row}, name, language), row)


async def restore(session: AsyncSession, name: str, language: str, *, by: str, now: datetime) -> None:
    """Ours count again; what was changed stays on record. Raises NotFound."""
    _check_name(name)
    changed = (await queries.newest(session)).get((name, language))
    if changed is None or changed.body is None:
        raise NotFound("Nobody has changed this template; there is nothing to take back.", code="template_unchanged")
    await queries.add_version(session, name, language, subject=None, body=None, by=by, now=now)


async def preview(session: AsyncSession, name: str, language: str, trial: NewsTemplateTrial) -> NewsTemplatePreview:
    """Raises NotFound, BadTemplate. Stores nothing."""
    _check_name(name)
    changed = await queries.newest(session)
    now = _found(changed, name, language)
    if now is None and (trial.subject is None or trial.body is None):
        raise _unknown(name)
    words = Words(
        name, language, "", trial.subject or (now.subject if now else ""), trial.body or (now.body if now else "")
    )
    check_template(words)
    told = fill(words, _examples(name))
    frame = words if name == FRAME else _found(changed, FRAME, language) or _in_force(changed, FRAME, USUAL)
    mail = fill(frame, {**_examples(FRAME), "news": told.body if name != FRAME else "..."})
    return NewsTemplatePreview(subject=told.subject, body=told.body, mail=mail.body)


def _examples(name: str) -> dict[str, object]:
    return {one.name: one.example for one in given_to(name).values()}


def _check_name(name: str) -> None:
    if name not in NAMES:
        raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(
        f"There is no template {name} in this language; `GET /v1/news-templates` lists them.", code="unknown_template"
    )


def _found(changed: Mapping[tuple[str, str], NewsTemplate], name: str, language: str) -> Words | None:
    row = changed.get((name, language))
    if row is not None and row.subject is not None and row.body is not None:
        return Words(name, language, str(row.version), row.subject, row.body)
    return ours().get((name, language))


def _in_force(changed: Mapping[tuple[str, str], NewsTemplate], name: str, language: str) -> Words:
    found = _found(changed, name, language)
    assert found is not None
    return found


def _view(words: Words, row: NewsTemplate | None) -> NewsTemplateView:
    variables = [
        TemplateVariable(name=one.name, meaning=one.meaning, example=one.example)
        for one in given_to(words.name).values()
    ]
    return NewsTemplateView(
        name=words.name, language=words.language, version=words.version, ours=row is None or row.body is None,
        subject=words.subject, body=words.body, variables=variables, changed_by=None if row is None else row.created_by,
        changed_at=None if row is None else row.created_at,
    )  # fmt: skip
