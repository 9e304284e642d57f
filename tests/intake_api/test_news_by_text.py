"""What a gateway for text messages or WhatsApp is handed, once somebody has written one."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from intake_api.notifications import service
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.news import NewsChannel
from shared.log.events import EventType
from shared.mail import Absent, Refused
from tests.factories import NOON, a_registry
from tests.intake_api.helpers import moved
from tests.intake_api.newsroom import SOON, log_is_quiet, post, reported, rows

PHONE = "+6281234567890"


@dataclass
class Gateway:
    """What it was asked to send; or how it fails."""

    fails: Exception | None = None
    sent: list[tuple[UUID, str, str]] = field(default_factory=list)

    async def send(self, message_id: UUID, to: str, text: str) -> None:
        if self.fails is not None:
            raise self.fails
        self.sent.append((message_id, to, text))


async def told_by(sessions: Sessions, channel: NewsChannel, gateway: Gateway) -> dict[str, int]:
    given = replace(post(), senders={channel: gateway})
    await log_is_quiet(sessions)
    await service.gather_news(sessions, given, now=NOON)
    return dict(await service.send_news(sessions, given, now=SOON))


@pytest.fixture
async def registry(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        await a_registry(session)
    return sessions


async def test_several_news_are_one_text_message_with_the_number_and_the_link(registry: Sessions) -> None:
    report = await reported(registry, None, PHONE, channel="sms")
    await moved(registry, report, EventType.REPORT_ASSIGNED, Status.ASSIGNED)
    gateway = Gateway()

    assert await told_by(registry, NewsChannel.SMS, gateway) == {"told": 1}

    ((message_id, to, text),) = gateway.sent
    assert (to, text) == (
        PHONE,
        f"LAPOR! {report.number}: laporan diterima dan akan diperiksa petugas. laporan Anda diteruskan ke instansi."
        f" https://lapor.example/intake/r/{report.number}",
    )
    assert {(row.state, row.channel, row.message_id) for row in await rows(registry)} == {("told", "sms", message_id)}
    assert {row.template for row in await rows(registry)} == {"received/id/0.1", "passed_on/id/0.1"}


async def test_a_chat_says_what_a_mail_says_and_of_a_secret_report_nothing(registry: Sessions) -> None:
    open_report = await reported(registry, None, PHONE, channel="whatsapp")
    secret = await reported(registry, None, PHONE, channel="whatsapp", secret=True)
    gateway = Gateway()

    await told_by(registry, NewsChannel.WHATSAPP, gateway)

    texts = sorted(text for _, _, text in gateway.sent)
    assert texts[0].startswith(f"Ada kabar tentang laporan {secret.number}.\n\nSelengkapnya")
    assert texts[1].startswith("Laporan Anda sudah kami terima pada 2 Maret 2026 12.00 WITA")
    assert f"https://lapor.example/intake/r/{open_report.number}" in texts[1]


@pytest.mark.parametrize(
    ("error", "outcome", "state"),
    [(Absent(), "put_off", "pending"), (Refused("550", 550, for_good=True), "refused", "not_told")],
)
async def test_a_gateway_that_is_away_or_refuses_holds_up_nobody_and_the_row_says_so(
    registry: Sessions, error: Exception, outcome: str, state: str
) -> None:
    await reported(registry, None, PHONE, channel="sms")

    assert await told_by(registry, NewsChannel.SMS, Gateway(error)) == {outcome: 1}

    assert [row.state for row in await rows(registry)] == [state]
