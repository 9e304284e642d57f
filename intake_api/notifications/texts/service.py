"""Templates as they are read, changed and tried. One that does not render is refused before it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.texting import length_of
from intake_api.notifications.texts import queries
from intake_api.notifications.texts.ownership import OF_NATION, check_links, check_own, owner_of_words
from intake_api.notifications.texts.schemas import (
    NewsTemplatePreview,
    NewsTemplateTrial,
    NewsTemplateView,
    NewsTemplateWords,
    SmsPreview,
    TemplateVariable,
)
from intake_api.notifications.texts.versions import Key, Version
from intake_api.notifications.writing import (
    CHAT,
    FRAME,
    FRAMES,
    NAMES,
    USUAL,
    TemplateWords,
    Written,
    check_template,
    fill,
    fill_short,
    given_to,
    ours,
)
from shared.clients import Client
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Changed:
    """What somebody put in the place of ours, as `owner` has it: the nation (None), or an instansi."""

    owner: str | None
    everywhere: Mapping[Key, Version]
    own: Mapping[Key, Version]

    def last(self, key: Key) -> Version | None:
        """What the owner did last, itself."""
        return (self.everywhere if self.owner is None else self.own).get(key)

    def in_force(self, key: Key) -> tuple[TemplateWords | None, Version | None]:
        """The words that count, and who wrote them; no version: they are ours."""
        for version in (self.own.get(key), self.everywhere.get(key)):
            if version is not None and version.words is not None:
                return version.words, version
        return ours().get(key), None

    def view(self, key: Key) -> NewsTemplateView:
        words, version = self.in_force(key)
        assert words is not None
        last = self.last(key)
        return NewsTemplateView(
            name=words.name, language=words.language, version=words.version, ours=version is None,
            agency=None if version is None else version.agency, changeable=_changeable(words.name, self.owner),
            subject=words.subject, body=words.body, short=words.short, variables=_variables(words.name),
            changed_by=None if last is None else last.changed_by, changed_at=None if last is None else last.changed_at,
        )  # fmt: skip


async def list_templates(session: AsyncSession, agency: str | None, client: Client) -> list[NewsTemplateView]:
    """All that are in force: ours, the nation's, and the instansi's. Raises Forbidden, Invalid."""
    changed = await _changed(session, await owner_of_words(session, agency, client))
    keys = {*ours(), *changed.everywhere, *changed.own}
    return [changed.view(key) for key in sorted(keys) if changed.in_force(key)[0] is not None]


async def change(
    session: AsyncSession, key: Key, words: NewsTemplateWords, agency: str | None, client: Client, *, now: datetime
) -> NewsTemplateView:
    """Raises NotFound, Forbidden, Invalid, BadTemplate."""
    owner = await _owner(session, key, agency, client)
    given = TemplateWords(*key, "", words.subject, words.body, words.short)
    check_template(given)
    check_links(given, owner)
    await _write(session, Version(key, given, client.actor, now, owner))
    return (await _changed(session, owner)).view(key)


async def restore(session: AsyncSession, key: Key, agency: str | None, client: Client, *, now: datetime) -> None:
    """What stood there before them counts again; they stay on record. Raises NotFound, Forbidden, Invalid."""
    owner = await _owner(session, key, agency, client)
    last = (await _changed(session, owner)).last(key)
    if last is None or last.words is None:
        raise NotFound("Nobody has changed this template; there is nothing to take back.", code="template_unchanged")
    await _write(session, Version(key, None, client.actor, now, owner))


async def preview(
    session: AsyncSession, key: Key, trial: NewsTemplateTrial, agency: str | None, client: Client
) -> NewsTemplatePreview:
    """Raises NotFound, Forbidden, Invalid, BadTemplate. Stores nothing."""
    owner = await _owner(session, key, agency, client)
    changed = await _changed(session, owner)
    now, _ = changed.in_force(key)
    if now is None and (trial.subject is None or trial.body is None):
        raise _unknown(key[0])
    words = _tried(key, now, trial)
    check_template(words)
    check_links(words, owner)
    told = fill(words, _examples(words.name))

    def framed(frame: str, news: str) -> Written:
        around = words if words.name == frame else changed.in_force((frame, words.language))[0]
        around = around or changed.in_force((frame, USUAL))[0]
        assert around is not None
        return fill(around, {**_examples(frame), "news": "..." if words.name in FRAMES else news})

    return NewsTemplatePreview(
        subject=told.subject, body=told.body, mail=framed(FRAME, told.body).body,
        whatsapp=framed(CHAT, told.body).body,
        sms=None if told.short is None else _sms(framed(FRAME, told.short).short, told.short),
    )  # fmt: skip


def _tried(key: Key, now: TemplateWords | None, trial: NewsTemplateTrial) -> TemplateWords:
    """What is left out stands as it is in force."""
    given = (getattr(trial, name) or getattr(now, name, None) for name in ("subject", "body", "short"))
    subject, body, short = given
    return TemplateWords(*key, "", subject or "", body or "", short)


def _sms(text: str | None, short: str) -> SmsPreview:
    """Where the words around it have no short form, ours stand there."""
    text = text or fill_short(ours()[FRAME, USUAL], {**_examples(FRAME), "news": short})
    length = length_of(text)
    return SmsPreview(text=text, alphabet=length.alphabet, units=length.units, parts=length.parts)


async def _owner(session: AsyncSession, key: Key, agency: str | None, client: Client) -> str | None:
    """Raises NotFound, Forbidden, Invalid."""
    if key[0] not in NAMES:
        raise _unknown(key[0])
    owner = await owner_of_words(session, agency, client)
    check_own(key[0], owner)
    return owner


async def _changed(session: AsyncSession, owner: str | None) -> Changed:
    own = {} if owner is None else await queries.of_instansi(session, owner)
    return Changed(owner, await queries.newest(session), own)


async def _write(session: AsyncSession, version: Version) -> None:
    if version.agency is None:
        await queries.add_version(session, version)
    else:
        await queries.put_version(session, version)


def _changeable(name: str, owner: str | None) -> bool:
    return owner is None or name not in OF_NATION


def _variables(name: str) -> list[TemplateVariable]:
    return [
        TemplateVariable(name=one.name, meaning=one.meaning, example=one.example) for one in given_to(name).values()
    ]


def _examples(name: str) -> dict[str, object]:
    return {one.name: one.example for one in given_to(name).values()}


def _unknown(name: str) -> NotFound:
    return NotFound(
        f"There is no template {name} in this language; `GET /v1/news-templates` lists them.", code="unknown_template"
    )
