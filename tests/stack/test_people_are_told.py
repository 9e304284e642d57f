"""From a missed deadline to a mail in somebody's box, through the real processes and a real SMTP server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.local.stack import Stack
from shared.clients import Role
from tests.forks import ForkedStack
from tests.mailbox import plain, serving
from tests.stack.driving import INTAKE, MONITOR, ROUTING, a_submission
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow

#: Whatever the calendar of the days before today: for one of them the verification was due a few working days ago.
DAYS_AGO = (6, 9, 12, 16)


async def posted(client: httpx.AsyncClient, stack: Stack, role: Role, url: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {stack.token(role, sub='tester')}"}
    answer = await client.post(url, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


async def test_an_officer_gets_a_mail_and_acknowledges_the_escalation(database_url: str, home: Path) -> None:
    with serving() as mailbox:
        environment = {
            "LAPOR_SWEEP_SECONDS": "0.5",
            "LAPOR_MAIL_SECONDS": "0.5",
            "LAPOR_SMTP_URL": mailbox.url,
            "LAPOR_MAIL_FROM": "lapor@pusat.example",
            "LAPOR_DIGEST_ABOVE": "20",
            "LAPOR_WORKING_HOURS": "",
        }
        async with (
            ForkedStack(database_url, home=home, environment=environment) as stack,
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client,
        ):
            officer = {"name": "Budi", "email": "budi@pusat.example", "language": "en"}
            await posted(client, stack, Role.OPERATOR, f"{stack.url(ROUTING)}/v1/officers", officer)
            for number, days in enumerate(DAYS_AGO):
                received_at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
                letter = a_submission(number, channel="letter", received_at=received_at)
                await posted(client, stack, Role.NATIONAL_ADMIN, f"{stack.url(INTAKE)}/v1/reports", letter)
            await until(lambda: mailbox.mails)

            monitor, headers = stack.url(MONITOR), {"Authorization": f"Bearer {stack.token(Role.NATIONAL_ADMIN)}"}
            listed = await client.get(f"{monitor}/v1/escalations", params={"notify": True}, headers=headers)
            told = [one for one in listed.json()["items"] if one["tracking_number"] in plain(mailbox.mails[0])]
            note = {"note": "Diverifikasi hari ini."}
            path = f"{monitor}/v1/escalations/{told[0]['id']}/acknowledgement"
            acknowledged = await posted(client, stack, Role.NATIONAL_ADMIN, path, note)

    assert mailbox.mails[0]["To"] == "Budi <budi@pusat.example>"
    assert "Verification" in mailbox.mails[0]["Subject"]
    assert acknowledged["acknowledged_by"] == "national_admin:tester"
