"""Commands for the keys of the services."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from intake_api.channels.sms import queries as text_messages
from intake_api.identities.queries import count_of_key
from intake_api.identities.renewal import Renewed, renew
from intake_api.identities.sealing import Identities
from intake_api.uploads import renewal as evidence
from services import database
from services.cli.consoles import errors, output
from services.local import chosen
from services.local.home import Home
from services.local.keys import HOLDERS, KeyFolder
from services.progress import LongWork
from services.startup import read_settings
from services.trouble import CannotRun
from shared.actors import INTAKE
from shared.clock import utc_now
from shared.database import create_sessions
from shared.errors import Unavailable
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, KeyTrouble
from shared.settings import Settings

app = typer.Typer(help="Make, show and change the keys of the services.", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Option(help="Where the keys lie; default: keys in LAPOR_HOME.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def _folder(path: Path | None) -> KeyFolder:
    return Home.from_environment().keys if path is None else KeyFolder(path)


@app.command()
def new(
    folder: Folder = None,
    development: Annotated[bool, typer.Option(help="Also the key that signs tokens of `lapor token`.")] = False,
) -> None:
    """Make the keys that are missing; those that are there stay."""
    where = _folder(folder)
    made = where.complete(development=development)
    output.print(f"{len(made)} keys made in {where.path}." if made else f"Nothing is missing in {where.path}.")


@app.command()
def show(folder: Folder = None, as_json: AsJson = False) -> None:
    """List keys: whose, what for, since when. Never the keys themselves."""
    rows = [_row(holder, key, utc_now()) for holder, key in _all(_folder(folder))]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("key", "held by", "purpose", "made", "written with from", "state")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    output.print(table if rows else "There are no keys; make them with `lapor keys new`.")


@app.command()
def rotate(
    purpose: Annotated[KeyPurpose, typer.Argument(help="What the key is for.")],
    folder: Folder = None,
    holder: Annotated[str | None, typer.Option(help="Only the key of this service.")] = None,
    minutes: Annotated[int, typer.Option(min=0, help="When it is written with: after all copies have read it.")] = 10,
) -> None:
    """Give a key a successor. Everybody reads it at once, and writes with it after some minutes."""
    where, now = _folder(folder), utc_now()
    chosen = [one for one, purposes in HOLDERS.items() if purpose in purposes and holder in (None, one)]
    chosen = [one for one in chosen if any(key.purpose is purpose for key in where.ring(one).keys)]
    if not chosen:
        raise CannotRun(f"No service holds a key for {purpose.value} there; `lapor keys show` lists them.")
    for one in chosen:
        key = where.add(one, Key.make(purpose, now=now, from_at=now + timedelta(minutes=minutes)))
        output.print(f"{one} writes with {key.id} from {key.from_at:%Y-%m-%d %H:%M} UTC on.")


@app.command()
def retire(
    key: Annotated[str, typer.Argument(help="The id of the key, as `lapor keys show` lists it.")],
    folder: Folder = None,
    lose: Annotated[bool, typer.Option(help="Even if what was written under it cannot be found again.")] = False,
) -> None:
    """Take a key away for good, once nothing needs it any more."""
    where = _folder(folder)
    found = [(holder, one) for holder, one in _all(where) if one.id == key]
    if not found:
        raise CannotRun(f"There is no key {key}; `lapor keys show` lists them.")
    holder, one = found[0]
    if where.ring(holder).current(one.purpose) == one:
        raise CannotRun(f"{key} is written with; give it a successor first: `lapor keys rotate {one.purpose.value}`.")
    if one.purpose in COUNTED and not lose:
        _check_unneeded(where, one)
    elif one.purpose in PASSING and not lose:
        _check_over(where, holder, one)
    elif one.purpose in KEPT and not lose:
        raise CannotRun(f"{key} is needed for what was written under it: {KEPT[one.purpose]} Add --lose to lose that.")
    where.remove(holder, one)
    output.print(f"{key} is gone.")


@app.command()
def rewrap(folder: Folder = None, as_json: AsJson = False) -> None:
    """Wrap anew what earlier keys wrap, and seal what lies in clear. Stop it when you like: it goes on where it was."""
    where = _folder(folder)
    with chosen.working_database(Home.from_environment()) as url:
        renewed, wrapped = asyncio.run(_renew(url, where.held_by(INTAKE)))
    if as_json:
        without = renewed.without_key + wrapped.without_key
        typer.echo(json.dumps({**asdict(renewed), **asdict(wrapped), "without_key": without}))
    else:
        output.print(f"Files wrapped anew: {wrapped.files}, uploads: {wrapped.uploads}.")
        for key, count in sorted(wrapped.without_key.items()):
            output.print(f"The key {key} is not in the ring: {count} files stay as they are. Put it back.")
        output.print(f"Identities sealed: {renewed.sealed}, wrapped anew: {renewed.rewrapped}.")
        for key, count in sorted(renewed.without_key.items()):
            output.print(f"The key {key} is not in the ring: {count} identities stay as they are. Put it back.")
    raise typer.Exit(1 if renewed.without_key or wrapped.without_key else 0)


async def _renew(url: str, keys: Keys) -> tuple[Renewed, evidence.Rewrapped]:
    await database.check_reachable(url)
    await database.check_migrated(url)
    engine = database.engine_for(url)
    try:
        with LongWork(errors) as bar:
            task = bar.add_task("Sealing and wrapping anew", total=None)
            sessions = create_sessions(engine)
            renewed = await renew(
                sessions, Identities(keys), progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
            return renewed, await evidence.rewrap(
                sessions, keys, progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
    except (Unavailable, KeyTrouble) as trouble:
        raise CannotRun(str(trouble)) from None
    finally:
        await engine.dispose()


#: Keys of what is forgotten after `LAPOR_IDEMPOTENCY_DAYS`.
PASSING = frozenset({KeyPurpose.ACCESS_CODES, KeyPurpose.IDEMPOTENCY})


def _check_over(where: KeyFolder, holder: str, key: Key) -> None:
    """Raises CannotRun while repeated requests may still need the key: for some days after its successor took over."""
    days = read_settings(Settings, database_url="not needed").idempotency_days
    until = where.ring(holder).current(key.purpose).from_at + timedelta(days=days)
    if utc_now() < until:
        raise CannotRun(f"{key.id} is needed until {until:%Y-%m-%d %H:%M} UTC: {KEPT[key.purpose]}")


#: Keys whose use is counted in the database before they go.
COUNTED = frozenset({KeyPurpose.IDENTITIES, KeyPurpose.INDEX, KeyPurpose.EVIDENCE})


def _check_unneeded(where: KeyFolder, key: Key) -> None:
    """Raises CannotRun while rows need the key."""
    with chosen.working_database(Home.from_environment()) as url:
        count = asyncio.run(_count(url, key))
    if count and key.purpose is KeyPurpose.EVIDENCE:
        raise CannotRun(f"{count} files need {key.id}: {KEPT[key.purpose]} Wrap them anew first: `lapor keys rewrap`.")
    if count:
        raise CannotRun(
            f"{count} identities need {key.id}: {KEPT[key.purpose]} Wrap them anew first: `lapor keys rewrap`."
        )


async def _count(url: str, key: Key) -> int:
    await database.check_reachable(url)
    engine = database.engine_for(url)
    try:
        sessions = create_sessions(engine)
        if key.purpose is KeyPurpose.EVIDENCE:
            return await evidence.count_of_key(sessions, key.id)
        async with sessions() as session:
            # Parts of text messages are emptied within the hour, and rewrapped by nobody.
            return await count_of_key(session, key.id) + await text_messages.count_of_key(session, key.id)
    finally:
        await engine.dispose()


#: What would be lost with a key.
KEPT = {
    KeyPurpose.REFERENCES: "accounts would no longer find their reports and supports.",
    KeyPurpose.ACCESS_CODES: "repeated requests of the last days would not get their access code again.",
    KeyPurpose.IDEMPOTENCY: "repeated requests of the last days would be done once more.",
    KeyPurpose.IDENTITIES: "names and contacts could not be read.",
    KeyPurpose.EVIDENCE: "evidence, and files that are still being sent, could not be read.",
    KeyPurpose.INDEX: "phones and addresses could not be found.",
    KeyPurpose.UNSUBSCRIBING: "the addresses in earlier mails by which reporters want no more of them would not work.",
    KeyPurpose.QR_CODES: "codes that hang on walls would not be known any more; they would have to be printed anew.",
    KeyPurpose.ACCOUNTS: "officers would have to set up their second factor again.",
    KeyPurpose.WEBHOOKS: "webhooks could not sign; an hour after its successor is written with, none needs it.",
    KeyPurpose.LOG: "nobody could tell any more that earlier checkpoints are ours.",
}


def _all(folder: KeyFolder) -> list[tuple[str, Key]]:
    return [(holder, key) for holder in HOLDERS for key in folder.ring(holder).keys]


def _row(holder: str, key: Key, now: datetime) -> dict[str, Any]:
    return {
        "key": key.id,
        "held_by": holder,
        "purpose": key.purpose.value,
        "made_at": key.made_at.isoformat(),
        "from_at": key.from_at.isoformat(),
        "state": "waits" if key.from_at > now else "in use",
    }
