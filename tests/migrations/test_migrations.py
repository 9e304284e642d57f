"""The migrations and the models agree, and the way down is the way up."""

import asyncio
import os
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from services.database import PROJECT, engine_for
from shared.revision import BASE, REVISION


async def alembic(url: str, *arguments: str) -> str:
    """In a process of its own: Alembic keeps one environment per process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "alembic", *arguments,
        cwd=PROJECT,
        env={**os.environ, "LAPOR_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def relations(url: str) -> set[str]:
    engine = engine_for(url)
    async with engine.connect() as connection:
        found = await connection.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        )
        names = set(found)
    await engine.dispose()
    return names


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(Config(toml_file=PROJECT / "pyproject.toml"))


async def test_models_and_migrations_agree(own_database_url: str) -> None:
    assert "No new upgrade operations" in await alembic(own_database_url, "check")


async def test_up_down_and_up_again_leave_the_same_tables(own_database_url: str) -> None:
    before = await relations(own_database_url)

    await alembic(own_database_url, "downgrade", "base")
    assert await relations(own_database_url) <= {"alembic_version", "alembic_version_pkc"}
    await alembic(own_database_url, "upgrade", "head")

    assert await relations(own_database_url) == before


def test_the_release_asks_for_the_newest_migration() -> None:
    assert scripts().get_heads() == [REVISION]


def test_the_release_knows_the_first_migration_that_is_kept() -> None:
    assert scripts().get_bases() == [BASE]


def test_revisions_ascend_with_their_files() -> None:
    """`/readyz` compares revisions as text."""
    revisions = [script.revision for script in scripts().walk_revisions()]

    assert revisions == sorted(revisions, reverse=True)
    assert all(Path(script.path).name.startswith(script.revision) for script in scripts().walk_revisions())
