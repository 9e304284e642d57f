"""Commands for the keys of the services."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.consoles import output
from services.local.home import Home
from services.local.keys import HOLDERS, KeyFolder
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key

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
    if one.purpose in KEPT and not lose:
        raise CannotRun(f"{key} is needed for what was written under it: {KEPT[one.purpose]} Add --lose to lose that.")
    where.remove(holder, one)
    output.print(f"{key} is gone.")


#: What would be lost with a key.
KEPT = {
    KeyPurpose.REFERENCES: "accounts would no longer find their reports and supports.",
    KeyPurpose.ACCESS_CODES: "repeated requests of the last days would not get their access code again.",
    KeyPurpose.IDENTITIES: "names and contacts could not be read.",
    KeyPurpose.INDEX: "phones and addresses could not be found.",
    KeyPurpose.ACCOUNTS: "officers would have to set up their second factor again.",
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
