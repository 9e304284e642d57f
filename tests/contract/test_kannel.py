"""A report's whole life by text message, through a real Kannel: fakesmsc, bearerbox, smsbox, and the three services."""

import asyncio
import json
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from services.local.stack import Stack
from shared.clients import Role
from tests.conftest import clone, drop
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, ROUTING
from tests.waiting import until

FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
BEARERBOX, SMSBOX = (
    shutil.which("bearerbox", path="/usr/sbin:/usr/bin"),
    shutil.which("smsbox", path="/usr/sbin:/usr/bin"),
)
SECRET = "the-secret-of-kannel-in-a-test"
PHONE = "081234567890"
RECEIVED = re.compile(r"Laporan diterima\. Nomor (\d{10}), kode akses ([A-Z2-7]{32})\.")

pytestmark = [
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` sends through a real Kannel"),
    pytest.mark.skipif(
        not (FAKESMSC.exists() and BEARERBOX and SMSBOX),
        reason="Kannel is not here: apt-get install kannel kannel-extras",
    ),
]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def configuration(folder: Path, ports: list[int], intake: str) -> str:
    admin, box, smsc, sending = ports
    address = intake.replace("http://", f"http://kannel:{SECRET}@")
    fields = "from=%p&to=%P&text=%b&coding=%c&charset=%C&id=%I&at=%T&udh=%u"
    return f"""
group = core
admin-port = {admin}
admin-password = x
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
store-type = file
store-location = {folder}/store
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sending}
global-sender = 1708
http-request-retry = 20
http-queue-delay = 1

group = sendsms-user
username = lapor
password = sendpass
concatenation = true
max-messages = 3

group = sms-service
keyword = default
get-url = "{address}/channels/sms/kannel?{fields}"
concatenation = true
max-messages = 3
omit-empty = true
"""


@asynccontextmanager
async def running(*command: str, output: Path) -> AsyncIterator[None]:
    with output.open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Phones:
    """What is sent by fakesmsc, and what came back to it; one of it runs until the next is sent."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.sent = folder, port, 0

    @asynccontextmanager
    async def texting(self, message: str) -> AsyncIterator[None]:
        self.sent += 1
        output = self.folder / f"phone-{self.sent}"
        async with running(str(FAKESMSC), "-r", str(self.port), "-m", "1", message, output=output):
            yield

    def told(self, pattern: str) -> list[re.Match[str]]:
        text = "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("phone-*")))
        return [found for line in re.findall(r"Got message \d+: <(.*)>", text) if (found := re.search(pattern, line))]

    async def hears(self, pattern: str) -> re.Match[str]:
        await until(lambda: self.told(pattern))
        return self.told(pattern)[0]


@asynccontextmanager
async def kannel(folder: Path, server: URL, seeded: URL) -> AsyncIterator[tuple[Stack, Phones]]:
    ports, gateways = free_ports(4), folder / "gateways.json"
    send = {"url": f"http://127.0.0.1:{ports[3]}/cgi-bin/sendsms", "user": "lapor", "password": "sendpass"}
    one = {"name": "kannel", "kind": "kannel", "secret": SECRET, "number": "1708", "send": send}
    gateways.write_text(json.dumps({"gateways": [one]}))
    environment = {
        "LAPOR_SMS_GATEWAYS_FILE": str(gateways), "LAPOR_NEWS_GATHER_SECONDS": "0", "LAPOR_QUIET_HOURS": "",
        "LAPOR_MAIL_SECONDS": "0.3",
    }  # fmt: skip
    url = await clone(server, seeded)
    text = url.render_as_string(hide_password=False)
    async with ForkedStack(text, home=folder / "home", environment=environment) as stack:
        (folder / "kannel.conf").write_text(configuration(folder, ports, stack.url(INTAKE)))
        boxes = str(BEARERBOX), str(SMSBOX)
        async with running(boxes[0], str(folder / "kannel.conf"), output=folder / "bearerbox"):
            await asyncio.sleep(2)  # smsbox asks it once
            async with running(boxes[1], str(folder / "kannel.conf"), output=folder / "smsbox"):
                await asyncio.sleep(1)
                yield stack, Phones(folder, ports[2])
    await drop(server, url)


async def test_a_report_comes_in_by_text_message_is_answered_and_its_news_goes_out(
    server: URL, seeded: URL, tmp_path: Path
) -> None:
    async with kannel(tmp_path, server, seeded) as (stack, phones), httpx.AsyncClient(trust_env=False) as http:
        async with phones.texting(f"{PHONE} 1708 text lapr lubang besar di depan Pasar Pagi Samarinda"):
            number, code = (await phones.hears(RECEIVED.pattern)).groups()
            await phones.hears(rf"LAPOR! {number}: laporan diterima")
        admin = {"Authorization": f"Bearer {stack.token(Role.NATIONAL_ADMIN)}"}
        async with phones.texting(f"{PHONE} 1708 text CEK {number}"):
            await phones.hears(f"Laporan {number}: Belum")
            for act, body in (("verification", {}), ("answer", {"body": "Lubang sudah ditutup."})):
                address = f"{stack.url(ROUTING)}/v1/reports/{number}/{act}"
                answer = await http.post(address, json=body, headers=admin)
                assert answer.status_code == 200, answer.text
            await phones.hears(rf"LAPOR! {number}: .*(jawaban|dijawab)")
        async with phones.texting(f"081234567891 1708 text BATAL {number} {code}"):
            await phones.hears(f"Laporan {number} dicabut sesuai permintaan Anda")
