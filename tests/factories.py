"""Valid rows in one line; a test names only what it is about."""

import os
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import JSON, Text, cast, insert, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.levels import level_of
from shared import ids
from shared.actors import ROUTING
from shared.clients import Role
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Holder, Level, Status
from shared.domain.regions import WITA
from shared.http.tokens import Signer, Tokens
from shared.keys.public import PublicKey, PublicKeys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from shared.log import digests
from shared.log.events import FOLLOWERS, GENESIS, Draft, EventType, canonical, event_hash
from shared.log.payloads import Raw
from shared.schema import Agency, Category, Chain, EventRow, OutboxRow, Region, Report, StoredRule, StoredRuleSet
from shared.settings import Settings
from tests.payloads import complete

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday noon in East Kalimantan
DAY = timedelta(days=1)
#: All keys of all services, made anew by each process of the tests.
RING = Ring.make(KeyPurpose, now=NOON)
PUBLIC_KEYS = PublicKeys(
    [
        PublicKey.of(RING.current(KeyPurpose.DEVELOPMENT)),
        PublicKey.of(RING.current(KeyPurpose.TOKENS)),
        PublicKey.of(RING.current(KeyPurpose.SERVICE), ROUTING),
    ]
)
SIGNER = Signer(lambda: RING.current(KeyPurpose.DEVELOPMENT))
#: Of somebody else.
FOREIGN = Signer(partial(Key.make, KeyPurpose.DEVELOPMENT, now=NOON))


def tokens(*, production: bool = False) -> Tokens:
    """Verifies what `SIGNER` signs."""
    return Tokens(lambda: PUBLIC_KEYS, issuer="http://127.0.0.1:8002", production=production)


def environment_of_keys() -> dict[str, str]:
    """What a real process gets to know them by."""
    return {
        "LAPOR_ENVIRONMENT": "development",
        "LAPOR_KEYS": RING.as_text(),
        "LAPOR_PUBLIC_KEYS": PUBLIC_KEYS.as_text(),
    }


def settings(database_url: str, kind: type[Settings] = Settings, **changes: Any) -> Any:
    """Frozen, so that those who ask for the same share it: reading it takes as long as a request."""
    environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith("LAPOR_")))
    try:
        return _settings(kind, database_url, environment, **changes)
    except TypeError:  # one of the changes is a list
        return _settings.__wrapped__(kind, database_url, environment, **changes)


@lru_cache(maxsize=64)
def _settings(kind: type[Settings], database_url: str, _environment: tuple[Any, ...], **changes: Any) -> Settings:
    keys: dict[str, Any] = {
        "keys": SecretStr(RING.as_text()), "public_keys": PUBLIC_KEYS.as_text(), "environment": "development",
        # Of all tests together: they come from one address. Those of limits say otherwise.
        "wrong_codes_per_address": 0, "wrong_codes_per_report": 0, "submissions_per_address": 0,
    }  # fmt: skip
    return kind(database_url=database_url, **keys | changes)


def token(role: Role, *, sub: str = "somebody", agency: str | None = None, scopes: tuple[str, ...] = ()) -> str:
    return SIGNER.mint(role, sub=sub, agency=agency, scopes=scopes)


def bearer(
    role: Role, *, sub: str = "somebody", agency: str | None = None, scopes: tuple[str, ...] = ()
) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(role, sub=sub, agency=agency, scopes=scopes)}"}


REGIONS = {
    "64": ("Kalimantan Timur", None),
    "64.72": ("Kota Samarinda", "64"),
    "64.72.01": ("Palaran", "64.72"),
    "64.71": ("Kota Balikpapan", "64"),
    "35": ("Jawa Timur", None),
    "35.78": ("Kota Surabaya", "35"),
}
AGENCIES = {  # code: (kind, parent, region)
    "KALTIM": ("province", None, "64"),
    "KALTIM-DISDIK": ("dinas", "KALTIM", "64"),
    "SAMARINDA": ("city", None, "64.72"),
    "SAMARINDA-PU": ("dinas", "SAMARINDA", "64.72"),
    "SAMARINDA-PU-JALAN": ("unit", "SAMARINDA-PU", "64.72"),
    "SAMARINDA-DINKES": ("dinas", "SAMARINDA", "64.72"),
    "BALIKPAPAN": ("city", None, "64.71"),
    "BALIKPAPAN-PU": ("dinas", "BALIKPAPAN", "64.71"),
}
CATEGORIES = {"roads": None, "roads.damage": "roads", "health": None}


async def a_registry(session: AsyncSession) -> None:
    """A few regions, agencies (two cities and a province) and categories."""
    await session.execute(
        insert(Region), [{"code": code, "name": name, "parent_code": up} for code, (name, up) in REGIONS.items()]
    )
    await session.execute(
        insert(Agency),
        [
            {
                "code": code, "name": code.title(), "short_name": None, "kind": kind, "parent_code": parent,
                "region_code": region, "time_zone": WITA,
                "level": level_of(kind, root=parent is None, region=region).value,
            }
            for code, (kind, parent, region) in AGENCIES.items()
        ],
    )  # fmt: skip
    await session.execute(
        insert(Category),
        [{"code": code, "parent_code": up, "label_id": code, "label_en": code} for code, up in CATEGORIES.items()],
    )


async def a_rule_set(session: AsyncSession, *rules: tuple[Any, Any], active: bool = True, name: str = "Uji") -> int:
    """A set of rules, given as (conditions, result); in force in place of any other, or a draft."""
    row = {"name": name, "note": "", "created_by": "operator:test"}
    id = (await session.scalars(insert(StoredRuleSet).values(row).returning(StoredRuleSet.id))).one()
    for position, (conditions, result) in enumerate(rules, start=1):
        values = {"position": position, "conditions": conditions, "result": result, "note": f"Aturan {position}."}
        await session.execute(insert(StoredRule).values(rule_set_id=id, **values))
    if active:
        sets = update(StoredRuleSet)
        await session.execute(sets.where(StoredRuleSet.state == "active").values(state="retired"))
        in_force = {"state": "active", "activated_by": "operator:test", "activated_at": NOON}
        await session.execute(sets.where(StoredRuleSet.id == id).values(in_force))
    return id


def drafted(type: EventType, at: datetime, actor: str, data: Mapping[str, Any]) -> Draft:
    """With as much in its data as the test is about; what it cannot be without is made up."""
    return Draft(Raw(named=type, data=complete(type, data)), at, actor)


def report_values(**changes: Any) -> dict[str, Any]:
    received_at = changes.get("received_at", NOON)
    values = {
        "id": ids.new_id(),
        "tracking_number": ids.new_tracking_number(),
        "access_code_hash": ids.access_code_hash("CODE"),
        "title": "Jalan berlubang",
        "body": "Lubang besar di depan pasar pagi.",
        "salt": ids.new_salt(),
        "private_salt": ids.new_salt(),
        "region_code": "64.72",
        "channel": Channel.APP,
        "client_id": "mobile-app",
        "classification": Classification.COMPLAINT,
        "category_code": "roads.damage",
        "subject_code": None,
        "anonymous": False,
        "secret": False,
        "received_at": received_at,
        "recorded_at": received_at,
    }
    return values | changes


async def a_report(session: AsyncSession, *, in_clear: Any = None, **changes: Any) -> UUID:
    """A report as intake_api leaves it: received, with the first event of its chain and its outbox rows.

    `in_clear`: as the release before sealed names left it, the name and contact of its reporter.
    """
    values = report_values(**changes)
    holder = Holder(values.get("holder_level", Level.NATIONAL), values.get("holder_agency_code"))
    draft = drafted(
        EventType.REPORT_RECEIVED,
        values["received_at"],
        "reporter_app:mobile-app",
        {
            "classification": str(values["classification"]),
            "category": values["category_code"],
            "subject": values["subject_code"],
            "anonymous": values["anonymous"],
            "secret": values["secret"],
            "channel": str(values["channel"]),
            "status": Status.RECEIVED.value,
            "holder": holder.as_data(),
            "region": values["region_code"],
            "province": "64",
            "time_zone": WITA,
            "imported": values.get("imported", False),
            "digest": digests.of_words(values),
            "digests": _digests(values, in_clear),
        },
    )
    await session.execute(insert(Report).values(values))
    await _first_event(session, values["id"], draft, recorded_at=values["recorded_at"])
    report_id: UUID = values["id"]
    return report_id


def _digests(values: Mapping[str, Any], in_clear: Mapping[str, str] | None) -> dict[str, str | None]:
    made = digests.of_report(defaultdict(lambda: None, values))
    if in_clear is not None:
        del made["identity"]
        made["reporter"] = digests.of_reporter_in_clear({**values, **in_clear})
    return made


async def _first_event(session: AsyncSession, report_id: UUID, draft: Draft, *, recorded_at: datetime) -> None:
    event_id, data = ids.new_id(), canonical(draft.payload.as_data())
    digest = event_hash(
        GENESIS, event_id=event_id, report_id=report_id, seq=1, type=draft.type, occurred_at=draft.occurred_at,
        recorded_at=recorded_at, actor=draft.actor, data=data,
    )  # fmt: skip
    await session.execute(
        insert(EventRow).values(
            id=event_id, report_id=report_id, seq=1, type=draft.type.value, occurred_at=draft.occurred_at,
            recorded_at=recorded_at, actor=draft.actor, data=cast(literal(data, Text), JSON),
            previous_hash=GENESIS, hash=digest,
        )
    )  # fmt: skip
    await session.execute(insert(Chain).values(report_id=report_id, seq=1, hash=digest, fact_seq=1))
    await session.execute(
        insert(OutboxRow), [{"event_id": event_id, "follower": follower} for follower in FOLLOWERS[draft.type]]
    )
