"""A report of its own for each operation that acts on one."""

import asyncio
from dataclasses import dataclass
from typing import Any

from services.local.samples.calls import INTAKE, PATIENCE_SECONDS, PAUSE_SECONDS, ROUTING, Calls, NoSample
from shared.clients import Role
from shared.http.openapi import examples

CITY, ROADS, HEALTH = "SAMARINDA", "SAMARINDA-DPUPR", "SAMARINDA-DINKES"
ADMIN, COORDINATOR, OFFICER, APP = Role.NATIONAL_ADMIN, Role.COORDINATOR, Role.LIAISON_OFFICER, Role.REPORTER_APP
ACCOUNT, SUPPORTER = "akun-contoh", "akun-pendukung"
REPORTS_EACH = 10

Sample = dict[str, Any]


def account_of(number: int) -> str:
    """Ten reports each: an account may hand in no more than some dozens in an hour."""
    return ACCOUNT if number < REPORTS_EACH else f"{ACCOUNT}-{number // REPORTS_EACH}"


def submission(number: int, **changes: Any) -> Sample:
    return {
        "classification": "complaint",
        "title": f"Contoh: jalan berlubang di Jalan Merdeka nomor {number}",
        "body": f"Lubang sedalam tiga puluh sentimeter di depan rumah nomor {number}. Laporan ini contoh.",
        "location": {"text": f"Jalan Merdeka nomor {number}", "region_code": "64.72"},
        "reporter_reference": account_of(number),
        "reporter": {"name": "Ani Lestari", "phone": "+62 812 3456 7890", "email": "ani@warga.example"},
    } | changes


@dataclass(slots=True)
class Living:
    """A report on its way."""

    call: Calls
    number: str
    code: str | None
    account: str | None

    async def act(self, what: str, role: Role, **body: Any) -> Any:
        return await self.call(ROUTING, "POST", f"/v1/reports/{self.number}/{what}", body, role=role)

    async def reporter(self, what: str, **body: Any) -> None:
        await self.call(INTAKE, "POST", f"/v1/reports/{self.number}/{what}", body, role=APP, code=self.code)

    async def reaches(self, status: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if (await self.seen())["status"] == status:
                    return
                await asyncio.sleep(PAUSE_SECONDS)

    async def seen(self) -> Any:
        return await self.call(ROUTING, "GET", f"/v1/reports/{self.number}", role=ADMIN)

    def own(self) -> Sample:
        return {"parameters": {"tracking_number": self.number, "X-Reporter-Reference": self.account}}

    def public(self, **more: str) -> Sample:
        return {"parameters": {"tracking_number": self.number, **more}}

    def officers(self, **more: str) -> Sample:
        return {"parameters": {"id": self.number, **more}}


class Lives:
    """How far a report is taken. Each makes a new one."""

    def __init__(self, call: Calls) -> None:
        self.call = call
        self._made = 0

    async def received(self, role: Role = APP, **changes: Any) -> Living:
        self._made += 1
        form = submission(self._made, **changes)
        receipt = await self.call(INTAKE, "POST", "/v1/reports", form, role=role)
        return Living(self.call, receipt["tracking_number"], receipt["access_code"], form["reporter_reference"])

    async def verified(self, **changes: Any) -> Living:
        report = await self.received(**changes)
        await report.act("verification", ADMIN, category="road_damage")
        return report

    async def forwarded(self) -> Living:
        report = await self.verified()
        await report.act("forwarding", ADMIN, agency=CITY)
        return report

    async def assigned(self, agency: str = ROADS) -> Living:
        report = await self.forwarded()
        await report.act("disposition", COORDINATOR, agency=agency)
        return report

    async def held(self) -> Living:
        report = await self.assigned()
        await report.act("hold", OFFICER, question="Di depan nomor berapa lubang itu, dan sejak kapan?")
        return report

    async def answered(self) -> Living:
        report = await self.assigned()
        await report.act("responses", OFFICER, body="Lubang sudah ditambal oleh Pak Darto dan tim.", final=True)
        return report

    async def closed(self) -> Living:
        report = await self.answered()
        await report.reporter("ratings", score=5, resolved=True)
        await report.reaches("closed")
        return report

    async def archived(self) -> Living:
        report = await self.received()
        await report.act("archive", ADMIN, reason="too_general", explanation="Sebutkan nama jalan dan patokannya.")
        return report

    async def asked(self) -> Living:
        report = await self.received(
            classification="information_request",
            title="Contoh: kapan loket layanan buka?",
            body="Mohon informasi hari dan jam buka loket layanan.",
        )
        await report.act("verification", ADMIN)
        return report


async def make(lives: Lives) -> dict[str, Sample]:
    parts = await asyncio.gather(
        _read(lives),
        _of_the_reporter(lives),
        _of_officers(lives),
        _of_supporters(lives),
        _answers(lives),
        _uploads(lives),
        _merged(lives),
    )
    return {operation: sample for part in parts for operation, sample in part.items()}


async def _read(lives: Lives) -> dict[str, Sample]:
    report = await lives.assigned()
    await report.act("responses", OFFICER, body="Tim kami memeriksa lokasi besok pagi.", final=False)
    own = (
        "get_report", "list_timeline", "list_messages", "list_deadlines", "export_report", "get_notifications",
        "choose_notifications",
    )  # fmt: skip
    seen = (
        "list_readers",
        "get_report", "list_messages", "list_report_events", "list_merged_reports", "find_similar_reports",
        "explain_routing", "list_routing_decisions", "list_returns", "view_identity",
    )  # fmt: skip
    return {
        **{f"intake_{operation}": report.own() for operation in own},
        **{f"routing_{operation}": report.officers() for operation in seen},
        "sla_list_clocks": report.officers(),
        "intake_get_open311_request": {"parameters": {"service_request_id": report.number}},
        "intake_get_open311_token": {"parameters": {"token": (await report.seen())["id"].replace("-", "")}},
    }


async def _of_the_reporter(lives: Lives) -> dict[str, Sample]:
    held, answered, consenting, closed, archived, withdrawn, erased = await asyncio.gather(
        lives.held(), lives.answered(), lives.assigned(), lives.closed(), lives.archived(), lives.received(),
        lives.archived(),
    )  # fmt: skip
    typed = await lives.received(OFFICER, reporter_reference=None)
    return {
        "intake_reply_to_report": held.own(),
        "intake_rate_answer": answered.own(),
        "intake_give_consent": consenting.own(),
        "intake_reopen_report": closed.own(),
        "intake_appeal_archiving": archived.own(),
        "intake_withdraw_report": withdrawn.own(),
        "intake_make_slip": typed.public(),
        "intake_erase_person": erased.public(),
    }


async def _of_officers(lives: Lives) -> dict[str, Sample]:
    at = {
        "verify_report": lives.received(),
        "correct_report": lives.verified(),
        "forward_report": lives.verified(),
        "dispose_report": lives.forwarded(),
        "redirect_report": lives.assigned(HEALTH),
        "return_report": lives.assigned(),
        "hold_report": lives.assigned(),
        "resume_report": lives.held(),
        "note_on_report": lives.assigned(),
        "list_colleagues": lives.assigned(),
        "respond_to_report": lives.assigned(),
        "answer_report": lives.asked(),
        "archive_report": lives.received(),
        "get_public_text": lives.assigned(),
        "change_public_text": lives.assigned(),
        "request_evidence": lives.assigned(),
    }
    made = await asyncio.gather(*at.values())
    return {f"routing_{operation}": report.officers() for operation, report in zip(at, made, strict=True)}


async def _uploads(lives: Lives) -> dict[str, Sample]:
    """Of the size of the file in the example."""
    content = examples.written(INTAKE)["intake_append_to_upload"]["body"]
    shown, begun, given_up, whole, proven = await asyncio.gather(
        _upload(lives, content), _upload(lives, content), _upload(lives, content), _upload(lives, content, whole=True),
        lives.received(),
    )  # fmt: skip
    return {
        "intake_create_upload_for_report": (await lives.received()).own(),
        "intake_get_upload": {"parameters": {"upload_id": shown}},
        "intake_append_to_upload": {"parameters": {"upload_id": begun}},
        "intake_remove_upload": {"parameters": {"upload_id": given_up}},
        "intake_add_evidence": {**proven.own(), "body": {"uploads": [whole]}},
    }


async def _upload(lives: Lives, content: str, *, whole: bool = False) -> str:
    """The id of one by the app."""
    call = lives.call
    headers = {
        "Authorization": f"Bearer {call.tokens[APP]}", "Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)),
        "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    url = f"{call.stack.url(INTAKE)}/v1/uploads"
    answer = await call.http.post(url, headers=headers, content=content.encode() if whole else b"")
    if not answer.is_success:
        raise NoSample(f"POST /v1/uploads: {answer.status_code} {answer.text}")
    return answer.headers["location"].rpartition("/")[2]


async def _of_supporters(lives: Lives) -> dict[str, Sample]:
    wanted, supported = await asyncio.gather(lives.forwarded(), lives.forwarded())
    for report, account in ((wanted, SUPPORTER), (supported, SUPPORTER)):
        path = f"/v1/reports/{report.number}/supports"
        await lives.call.until(INTAKE, "POST", path, {"reporter_reference": account}, role=APP)
    return {
        "intake_support_report": wanted.public(),
        "intake_take_support_back": supported.public(reporter_reference=SUPPORTER),
        "intake_list_supported_reports": {"parameters": {"reporter_reference": SUPPORTER}},
        "intake_list_own_reports": {"parameters": {"reporter_reference": ACCOUNT}},
    }


async def _answers(lives: Lives) -> dict[str, Sample]:
    asked, answered = await asyncio.gather(lives.asked(), lives.answered())
    await asked.act("answer", ADMIN, body="Loket buka pukul 09.00.")
    wrong, said = [(await report.seen())["messages"][-1]["id"] for report in (asked, answered)]
    return {
        "routing_correct_response": asked.officers() | {"body": {"message": wrong}},
        "routing_get_public_answer": answered.officers(message_id=said),
        "routing_change_public_answer": answered.officers(message_id=said),
    }


async def _merged(lives: Lives) -> dict[str, Sample]:
    older, younger, base, merged = [await lives.forwarded() for _ in range(4)]
    await merged.act("merge", ADMIN, into=base.number)
    return {
        "routing_merge_report": younger.officers() | {"body": {"into": older.number}},
        "routing_unmerge_report": merged.officers(),
    }
