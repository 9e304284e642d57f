"""How long personal data is kept, by class and channel: rules with their legal basis, read from a file."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PositiveInt, TypeAdapter, ValidationError

from intake_api.erasure import queries, service
from intake_api.evidence.store import Store
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.errors import Conflict
from shared.log.payloads.codes import ErasureCause

BATCH = 100
ACTOR = "operator:lapor-retention"

Progress = Callable[[int, int], None]


class RetentionRule(BaseModel):
    """Of a class, a channel, both or, without either, of all. `days`: after the last thing that happened to a report
    whose work has ended; null: kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    classification: Classification | None = None
    channel: Channel | None = None
    days: PositiveInt | None
    legal_basis: str
    mark: str


class BadRules(Exception):
    """The sentence says what is wrong with the file."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long reports of a class are kept that came by some channels."""

    classification: Classification
    channels: tuple[Channel, ...]
    days: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Due:
    """What has been kept long enough: `last_at` is when the longest untouched of them was last touched."""

    term: Term
    reports: int
    last_at: datetime | None


_RULES = TypeAdapter(list[RetentionRule])


def read_rules(file: Path | None) -> list[RetentionRule]:
    """Those of the operator, or else ours. Raises BadRules."""
    source = file or files("intake_api") / "data" / "retention.json"
    try:
        return _RULES.validate_python(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BadRules(f"{source} holds no rules of retention: {problem}.") from None


def terms(rules: Sequence[RetentionRule]) -> Iterator[Term]:
    """The rule that names most decides for a class and a channel; of two alike, the one that names the class."""
    for classification in Classification:
        chosen: dict[tuple[int, str], list[Channel]] = {}
        for channel in Channel:
            rule = _of(rules, classification, channel)
            if rule is not None and rule.days is not None:
                chosen.setdefault((rule.days, rule.legal_basis), []).append(channel)
        for (days, basis), channels in chosen.items():
            yield Term(classification, tuple(channels), days, basis)


def _of(rules: Sequence[RetentionRule], classification: Classification, channel: Channel) -> RetentionRule | None:
    fitting = [
        rule for rule in rules if rule.classification in (None, classification) and rule.channel in (None, channel)
    ]
    return max(
        fitting, key=lambda rule: (rule.classification is not None) * 2 + (rule.channel is not None), default=None
    )


async def due(sessions: Sessions, rules: Sequence[RetentionRule], *, now: datetime) -> list[Due]:
    """Counted, and nothing is done."""
    found = []
    async with sessions() as session:
        for term in terms(rules):
            before = now - timedelta(days=term.days)
            count, oldest = await queries.count_over(
                session, classification=term.classification, channels=term.channels, before=before
            )
            found.append(Due(term, count, oldest))
    return found


async def run(
    sessions: Sessions, rules: Sequence[RetentionRule], *, now: datetime, store: Store, batch: int = BATCH,
    progress: Progress = lambda done, of: None,
) -> int:  # fmt: skip
    """Erase what has been kept long enough, a batch to a transaction; killed anywhere it goes on there. How many."""
    total = sum(one.reports for one in await due(sessions, rules, now=now))
    erased = 0
    for term in terms(rules):
        before, after = now - timedelta(days=term.days), UUID(int=0)
        while True:
            async with sessions.begin() as session:
                rows = await queries.next_over(
                    session, classification=term.classification, channels=term.channels, before=before, after=after,
                    limit=batch,
                )  # fmt: skip
                objects: list[str] = []
                for row in rows:
                    try:
                        done = await service.erase_report(
                            session, row.tracking_number, cause=ErasureCause.RETENTION, actor=ACTOR, now=now
                        )
                    except Conflict:  # opened again in between
                        continue
                    erased += 1
                    objects += done.objects
            await store.discard(objects)
            progress(erased, total)
            if len(rows) < batch:
                break
            after = rows[-1].id
    return erased
