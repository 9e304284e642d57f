"""The command that checks a receipt, without a database and without a network."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.consoles import output
from services.trouble import CannotRun
from shared.proof import receipts
from shared.proof.notes import BadNote, VerifierKey, cosigned_at
from shared.proof.receipts import Verified


def verify(
    receipt: Annotated[Path, typer.Argument(help="The file that a reporter got, `1234567897.tlog-proof`; -: stdin.")],
    key: Annotated[
        list[Path],
        typer.Option(
            help="The keys of the log, and of witnesses if you know them: a file as `lapor log key` prints it. May be "
            "given several times."
        ),
    ],
) -> None:
    """Check offline that a receipt is genuine: that the log holds its report. Exit code 1: it proves nothing."""
    keys = [known for file in key for known in read_keys(file)]
    try:
        verified = receipts.verify(_read(receipt), keys)
    except BadNote as error:
        raise CannotRun(f"The receipt proves nothing: {error}.") from None
    _say(verified)


def read_keys(file: Path) -> list[VerifierKey]:
    """A key a line; what begins with # is left out. Raises CannotRun."""
    try:
        lines = [line.strip() for line in _read(file).splitlines()]
        keys = [VerifierKey.read(line) for line in lines if line and not line.startswith("#")]
    except BadNote as error:
        raise CannotRun(f"{file} holds no keys that verify: {error}.") from None
    if not keys:
        raise CannotRun(f"{file} holds no key; `lapor log key` prints those of the log.")
    return keys


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_bytes().decode()
    except OSError as error:
        raise CannotRun(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CannotRun(f"{file} is no text.") from None


def _say(verified: Verified) -> None:
    opening, head = verified.opening, verified.checkpoint.head
    output.print(
        f"The receipt is genuine. Report {opening.tracking_number} ({opening.report_id}) is in the log {head.origin}.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    output.print(
        f"Its history had {opening.seq} events then, and no other history ends with {opening.head.hex()}.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    output.print(f"Leaf {verified.index} of {head.size}.", highlight=False)
    for witness, signature in verified.checkpoint.cosigned:
        at = f"{cosigned_at(signature):%Y-%m-%d %H:%M}"
        output.print(f"{witness.name} has seen that checkpoint by {at} UTC.", highlight=False, soft_wrap=True)
    if not verified.checkpoint.cosigned:
        output.print("No witness whose key you gave has cosigned that checkpoint.", highlight=False)
