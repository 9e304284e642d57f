from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.texts.versions import OwnWords, Version
from intake_api.notifications.writing import TemplateWords
from shared.schema import Agency, InstansiNewsTemplate, NewsTemplate


async def newest(session: AsyncSession) -> dict[tuple[str, str], Version]:
    """The newest version of each template of the nation's that somebody changed, by its name and language."""
    statement = (
        select(NewsTemplate)
        .distinct(NewsTemplate.kind, NewsTemplate.language)
        .order_by(NewsTemplate.kind, NewsTemplate.language, NewsTemplate.version.desc())
    )
    return {(row.kind, row.language): _of_nation(row) for row in await session.scalars(statement)}


async def of_instansi(session: AsyncSession, agency: str) -> dict[tuple[str, str], Version]:
    """Those of an instansi, by name and language."""
    statement = select(InstansiNewsTemplate).where(InstansiNewsTemplate.agency_code == agency)
    return {(row.kind, row.language): _of_instansi(row) for row in await session.scalars(statement)}


async def in_force(session: AsyncSession, instansi: Collection[str]) -> OwnWords:
    """What stands in the place of ours: of the nation, and of these."""
    statement = select(InstansiNewsTemplate).where(InstansiNewsTemplate.agency_code.in_(instansi))
    found = [_of_instansi(row) for row in await session.scalars(statement)] if instansi else []
    everywhere = {key: one.words for key, one in (await newest(session)).items() if one.words is not None}
    return OwnWords(everywhere, {(one.agency, *one.key): one.words for one in found if one.words is not None})


_CHANGING = 0x6C61706F72_04  # "lapor", and which of its locks


async def add_version(session: AsyncSession, version: Version) -> Version:
    """The next version of a template of the nation's; two who change it at once get one each."""
    name, language = version.key
    key = func.hashtextextended(f"{name}/{language}", _CHANGING)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    last = await session.scalar(
        select(func.max(NewsTemplate.version)).where(NewsTemplate.kind == name, NewsTemplate.language == language)
    )
    row = _columns(version) | {
        "version": (last or 0) + 1, "created_by": version.changed_by, "created_at": version.changed_at,
    }  # fmt: skip
    statement = insert(NewsTemplate).values(row).returning(NewsTemplate)
    return _of_nation((await session.scalars(statement)).one())


async def put_version(session: AsyncSession, version: Version) -> Version:
    """The words of an instansi in the place of its last ones; of two at once the later one counts."""
    row = _columns(version) | {
        "agency_code": version.agency, "version": 1, "changed_by": version.changed_by,
        "changed_at": version.changed_at,
    }  # fmt: skip
    statement = postgresql.insert(InstansiNewsTemplate).values(row)
    new = {name: statement.excluded[name] for name in ("subject", "body", "short", "changed_by", "changed_at")}
    written = statement.on_conflict_do_update(
        index_elements=["agency_code", "kind", "language"],
        set_=new | {"version": InstansiNewsTemplate.version + 1},
    ).returning(InstansiNewsTemplate)
    rows = await session.scalars(written, execution_options={"populate_existing": True})
    return _of_instansi(rows.one())


async def parent_of(session: AsyncSession, code: str) -> Sequence[str | None]:
    """Empty: there is no such agency."""
    return (await session.scalars(select(Agency.parent_code).where(Agency.code == code))).all()


def _columns(version: Version) -> dict[str, Any]:
    (name, language), words = version.key, version.words
    said = {field: getattr(words, field, None) for field in ("subject", "body", "short")}
    return {"kind": name, "language": language, **said}


def _of_nation(row: NewsTemplate) -> Version:
    words = _words(row, str(row.version))
    return Version((row.kind, row.language), words, row.created_by, row.created_at)


def _of_instansi(row: InstansiNewsTemplate) -> Version:
    words = _words(row, f"{row.agency_code}/{row.version}")
    return Version((row.kind, row.language), words, row.changed_by, row.changed_at, row.agency_code)


def _words(row: NewsTemplate | InstansiNewsTemplate, version: str) -> TemplateWords | None:
    if row.subject is None or row.body is None:
        return None
    return TemplateWords(row.kind, row.language, version, row.subject, row.body, row.short)
