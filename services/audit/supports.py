"""Supports: each is told by the log of the report's supports, and what that log tells is there."""

from collections.abc import Mapping
from datetime import datetime

from services.audit.files import File, Findings, Found
from shared.log.events import GENESIS
from shared.log.support_log import SupportKind, entry_hash, supporter_digest


def supports(file: File) -> Findings:
    yield from _links(file)
    yield from _head(file)
    yield from _compared(file)


def _links(file: File) -> Findings:
    previous = GENESIS
    for expected, entry in enumerate(file.support_log, start=1):
        if entry.seq != expected:
            yield Found(None, f"entry {expected} of its supports' log is missing")
            return
        hashed = entry_hash(
            previous, report_id=file.report["id"], seq=entry.seq, kind=entry.kind, supporter=entry.supporter,
            recorded_at=entry.recorded_at,
        )  # fmt: skip
        if (entry.previous_hash, entry.hash) != (previous, hashed):
            yield Found(None, f"entry {expected} of its supports' log was changed")
        previous = entry.hash


def _head(file: File) -> Findings:
    report, log = file.report, file.support_log
    seq, hash = (log[-1].seq, log[-1].hash) if log else (0, GENESIS)
    if (report["support_seq"] or 0, report["support_hash"] or GENESIS) != (seq, hash):
        yield Found(None, f"the head of its supports' log says {report['support_seq'] or 0} entries, there are {seq}")
    counted = report["support_count"] or 0
    if counted != len(file.supports):
        yield Found(None, f"{counted} people are said to support it, {len(file.supports)} do")


def _compared(file: File) -> Findings:
    told = _standing(file)
    salt = file.report["private_salt"]
    stored = {supporter_digest(salt, one.supporter_hash): one.supported_at for one in file.supports}
    for digest, since in stored.items():
        if digest not in told:
            yield Found(None, "a support of it is not in its supports' log: nobody gave it")
        elif told[digest] != since:
            yield Found(None, "the time of a support of it was changed")
    if told.keys() - stored.keys():
        yield Found(None, "a support that was given to it, and not taken back, is not there")


def _standing(file: File) -> Mapping[str, datetime]:
    """Who supports it by its log, and since when."""
    standing: dict[str, datetime] = {}
    for entry in file.support_log:
        if entry.kind == SupportKind.GIVEN:
            standing[entry.supporter] = entry.recorded_at
        else:
            standing.pop(entry.supporter, None)
    return standing
