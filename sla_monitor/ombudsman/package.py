"""The files of a package, and the ZIP of them. No I/O."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import Row

from shared.domain.lifecycle import Status, status_label
from shared.domain.messages import BY_REPORTER
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.log import origin
from shared.log.payloads.monitor import ClockStep
from sla_monitor import explanations
from sla_monitor.calendars import Calendar
from sla_monitor.clock import SHOWN, Clock
from sla_monitor.deadlines import LoggedEvent
from sla_monitor.policy import Policy

NO_EVIDENCE = {
    "id": "LAPOR! belum menerima lampiran; tidak ada bukti selain yang tertulis.",
    "en": "LAPOR! does not take attachments yet: there is no evidence but what is written.",
}


@dataclass(frozen=True, slots=True)
class OmbudsmanCase:
    """Everything about a report that goes into its package."""

    report: Row[Any]
    messages: Sequence[Row[Any]]
    chain: Sequence[Row[Any]]
    clocks: Sequence[Clock]
    policy: Policy
    calendar: Calendar
    asked_at: datetime | None
    consented_at: datetime
    made_at: datetime


def packed(case: OmbudsmanCase) -> bytes:
    """The same case at the same instant makes the same bytes."""
    content = _files(case)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in content.items())
    content["SHA256SUMS"] = sums.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            when = case.made_at.astimezone(UTC).timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, when), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _files(case: OmbudsmanCase) -> dict[str, bytes]:
    shipped = files("sla_monitor") / "data" / "ombudsman"
    readme = (shipped / "README.txt").read_text(encoding="utf-8")
    lines = (json.dumps(_link(event), ensure_ascii=False) + "\n" for event in case.chain)
    return {
        "README.txt": readme.format(
            number=case.report.tracking_number,
            made_at=case.made_at.isoformat(),
            consented_at=case.consented_at.isoformat(),
        ).encode(),
        "report.json": _json(_report(case)),
        "timeline.json": _json({"items": [_entry(event, case.report) for event in case.chain]}),
        "messages.json": _json({"items": [_message(message) for message in case.messages]}),
        "evidence.json": _json({"items": [], "note": NO_EVIDENCE}),
        "clocks.json": _json({"items": [_clock(clock, case) for clock in case.clocks]}),
        "chain.jsonl": "".join(lines).encode(),
        "verify.py": (shipped / "verify.py").read_bytes(),
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _named(code: str | None, name: str | None) -> Mapping[str, str | None] | None:
    return None if code is None else {"code": code, "name": name}


def _label(status: str) -> Mapping[str, str]:
    return dict(zip(("id", "en"), status_label(code(Status, status)), strict=True))


def _report(case: OmbudsmanCase) -> Mapping[str, Any]:
    report = case.report
    copied = (
        "id", "tracking_number", "classification", "supervisory", "status", "anonymous", "secret", "channel", "title",
        "verified_title", "body", "occurred_on", "received_at", "recorded_at",
    )  # fmt: skip
    return {
        **{name: getattr(report, name) for name in copied},
        "status_label": _label(report.status),
        "category": report.category_code,
        "location": {
            "text": report.location_text,
            "latitude": report.latitude,
            "longitude": report.longitude,
            "region": _named(report.about_region_code, report.region_name),
        },
        "agency": _named(report.agency_code, report.agency_name),
        "reporter": None,
        "consent": {"purpose": "ombudsman", "asked_at": case.asked_at, "granted_at": case.consented_at},
        "policy": case.policy.code,
        "calendar": case.calendar.name,
        "salt": report.salt.hex(),
    }


def _entry(event: Row[Any], report: Row[Any]) -> Mapping[str, Any]:
    told = LoggedEvent(event.seq, event.type, event.occurred_at, event.recorded_at, json.loads(event.data))
    actor = event.actor
    if origin.is_hidden(anonymous=report.anonymous, secret=report.secret):
        actor, _ = origin.without(event.type, actor, told.data)
    place, step, said = told.placed, told.carries(ClockStep), told.said
    return {
        "seq": event.seq,
        "at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "type": event.type,
        "actor": actor,
        "status": place and place.status,
        "status_label": place and _label(place.status),
        "agency": step.agency if step is not None else place and place.agency,
        "message": said and said.message,
    }


def _message(message: Row[Any]) -> Mapping[str, Any]:
    official = "agency" if message.agency_code else "administrator"
    return {
        "id": message.id,
        "at": message.created_at,
        "author": "reporter" if message.kind in BY_REPORTER else official,
        "agency": _named(message.agency_code, message.agency_name),
        "kind": message.kind,
        "corrects": message.corrects,
        "text": message.body,
        "salt": message.salt.hex(),
    }


def _clock(clock: Clock, case: OmbudsmanCase) -> Mapping[str, Any]:
    days = explanations.explain(clock, case.policy, case.calendar) if clock.due_on else []
    return {
        **clock.only(SHOWN),
        "legal_basis": say(clock.legal_basis, Language.ID),
        "explanation": {
            language.value: explanations.text(clock, case.policy, case.calendar, language=language, now=case.made_at)
            for language in Language
        },
        "uncounted_days": [
            {
                "date": day.on,
                "reason": day.reason,
                "name": {"id": day.name.id, "en": day.name.en} if day.name else None,
            }
            for day in days
        ],
        "steps": [
            {"step": step.offset, "at": step.at, "kind": step.kind, "recipients": list(step.recipients)}
            for step in clock.steps
        ],
    }


def _link(event: Row[Any]) -> Mapping[str, Any]:
    return {
        "id": str(event.id),
        "report_id": str(event.report_id),
        "seq": event.seq,
        "type": event.type,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat(),
        "recorded_at": event.recorded_at.astimezone(UTC).isoformat(),
        "actor": event.actor,
        "data": event.data,
        "previous_hash": event.previous_hash.hex(),
        "hash": event.hash.hex(),
    }
