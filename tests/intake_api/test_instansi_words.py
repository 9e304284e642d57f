"""An instansi's own words for news of the reports that it holds."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from intake_api.notifications.texts.ownership import OF_NATION
from intake_api.notifications.writing import NAMES
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import a_registry, bearer
from tests.intake_api.helpers import Submitted, code_of, moved
from tests.intake_api.newsroom import do, reported, rows, told
from tests.mailbox import plain, serving

OPERATOR = bearer(Role.OPERATOR, sub="op-1")
COORDINATOR = bearer(Role.COORDINATOR, sub="coo-1", agency="SAMARINDA")
OTHER = bearer(Role.COORDINATOR, sub="coo-2", agency="BALIKPAPAN")
NAMED = bearer(Role.LIAISON_OFFICER, sub="off-1", agency="SAMARINDA-PU", scopes=("registry:manage",))
PATH = "/v1/news-templates"
WORDS = {"subject": "Laporan {{ number }} dijawab", "body": "Warga Samarinda, {{ agency }} menjawab pada {{ at }}."}


@pytest.fixture(autouse=True)
async def clean(client: httpx.AsyncClient) -> AsyncIterator[None]:
    yield
    for headers in (COORDINATOR, OTHER, OPERATOR):
        await client.delete(f"{PATH}/answered/id", headers=headers)


async def answered_words(client: httpx.AsyncClient, headers: dict[str, str], **params: str) -> Any:
    items = (await client.get(PATH, headers=headers, params=params)).json()["items"]
    return next(one for one in items if (one["name"], one["language"]) == ("answered", "id"))


async def test_an_instansi_has_its_own_words_then_those_of_the_country_then_ours(client: httpx.AsyncClient) -> None:
    path = f"{PATH}/answered/id"

    own = await client.put(path, json=WORDS, headers=COORDINATOR)
    await client.put(path, json=WORDS | {"subject": "Pusat"}, headers=OPERATOR)

    assert (own.json()["agency"], own.json()["version"]) == ("SAMARINDA", own.json()["version"])
    assert own.json()["version"].startswith("SAMARINDA/")
    assert own.json()["changed_by"] == "coordinator:coo-1"
    for headers in (COORDINATOR, NAMED):
        found = await answered_words(client, headers)
        assert (found["agency"], found["subject"], found["ours"]) == ("SAMARINDA", WORDS["subject"], False)
    other = await answered_words(client, OTHER)
    assert (other["agency"], other["subject"], other["changed_by"]) == (None, "Pusat", None)
    assert (await answered_words(client, OPERATOR))["subject"] == "Pusat"
    assert (await answered_words(client, OPERATOR, agency="SAMARINDA"))["agency"] == "SAMARINDA"
    assert (await client.delete(path, headers=NAMED)).status_code == 204
    assert (await answered_words(client, COORDINATOR))["subject"] == "Pusat"
    assert code_of(await client.delete(path, headers=COORDINATOR)) == (404, "template_unchanged")
    await client.delete(path, headers=OPERATOR)
    assert (await answered_words(client, COORDINATOR))["ours"]


@pytest.mark.parametrize(
    ("headers", "agency", "refused"),
    [
        (COORDINATOR, "BALIKPAPAN", (403, "outside_of_instansi")),
        (COORDINATOR, "SAMARINDA-PU", (422, "not_an_instansi")),
        (NAMED, "BALIKPAPAN", (403, "outside_of_instansi")),
        (OPERATOR, "SAMARINDA-PU", (422, "not_an_instansi")),
        (OPERATOR, "NOBODY", (422, "unknown_agency")),
    ],
)
async def test_nobody_writes_the_words_of_another(
    client: httpx.AsyncClient, headers: dict[str, str], agency: str, refused: tuple[int, str]
) -> None:
    path, params = f"{PATH}/answered/id", {"agency": agency}
    answers = [
        await client.get(PATH, params=params, headers=headers),
        await client.put(path, params=params, json=WORDS, headers=headers),
        await client.delete(path, params=params, headers=headers),
        await client.post(f"{path}/preview", params=params, json=WORDS, headers=headers),
    ]
    assert [code_of(answer) for answer in answers] == [refused] * 4


async def test_what_is_said_of_secret_reports_delays_and_looks_is_the_same_everywhere(
    client: httpx.AsyncClient,
) -> None:
    words = {"subject": "Tidak ada apa-apa", "body": "Semua beres."}
    for name in NAMES:
        for headers, params in ((COORDINATOR, {}), (OPERATOR, {"agency": "SAMARINDA"})):
            answer = await client.put(f"{PATH}/{name}/id", params=params, json=words, headers=headers)
            expected = (403, "template_of_nation") if name in OF_NATION else (200, None)
            assert (answer.status_code, answer.json().get("code")) == expected
        await client.delete(f"{PATH}/{name}/id", headers=COORDINATOR)
    items = (await client.get(PATH, headers=COORDINATOR)).json()["items"]
    assert {one["name"] for one in items if not one["changeable"]} == OF_NATION


async def test_a_preview_of_an_instansi_stands_in_the_mail_of_the_country(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{PATH}/answered/id/preview", json=WORDS, headers=COORDINATOR)

    assert "Warga Samarinda, Dinas PUPR Kota Samarinda menjawab" in answer.json()["mail"]
    assert "SP4N-LAPOR!" in answer.json()["mail"]
    bad = await client.put(f"{PATH}/answered/id", json=WORDS | {"body": "{{ name }}"}, headers=COORDINATOR)
    assert code_of(bad) == (422, "bad_template")


LINKS = [
    ("Isi data di https://lapor-bantuan.com/form.", False),
    ("Buka lapor-bantuan\uff0ecom sekarang.", False),
    ("Buka {{ 'lapor-bantuan' ~ '.com' }}.", False),
    ("Tulis ke petugas@mail.com.", False),
    ("Lihat pu.samarindakota.go.id.example.org.", False),
    ("Lihat xgo.id.", False),
    ("Isi data di http://103.10.10.10/form.", False),
    ("Isi data di http://1728711178/.", False),
    ("Isi data di https://лапор.рф/.", False),
    ("Lihat https://pu.samarindakota.go.id/jalan, atau tulis ke pu@samarindakota.go.id.", True),
    ("Lihat {{ link }}. Terima kasih.", True),
]


@pytest.mark.parametrize(("body", "taken"), LINKS)
async def test_the_words_of_an_instansi_lead_to_the_report_and_to_the_government_alone(
    client: httpx.AsyncClient, body: str, *, taken: bool
) -> None:
    path, words = f"{PATH}/answered/id", {"subject": "Dijawab", "body": body}

    own = [await client.put(path, json=words, headers=COORDINATOR)]
    own.append(await client.post(f"{path}/preview", json=words, headers=COORDINATOR))
    nations = await client.put(path, json=words, headers=OPERATOR)

    assert [code_of(one) if one.status_code > 200 else one.status_code for one in own] == (
        [200, 200] if taken else [(422, "bad_template")] * 2
    )
    assert nations.status_code == 200


async def answered(sessions: Sessions, agency: str, **columns: Any) -> Submitted:
    report = await reported(sessions, f"{agency.lower()}@warga.example", **columns)
    await moved(sessions, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.", agency_code=agency)
    return report


async def test_reporters_read_the_words_of_the_instansi_that_holds_their_report(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
    await do(
        sessions,
        "INSERT INTO instansi_news_templates VALUES ('SAMARINDA', 'answered', 'id', 3, :subject, :body, 'x:y', now()),"
        " ('BALIKPAPAN', 'answered', 'id', 1, 'Balikpapan', '{% if at < 3 %}x{% endif %}', 'x:y', now())",
        **WORDS,
    )
    ours, secret = await answered(sessions, "SAMARINDA-PU"), await answered(sessions, "SAMARINDA", secret=True)
    theirs = await answered(sessions, "BALIKPAPAN")

    with serving() as mailbox:
        assert await told(sessions, mailbox.url) == {"told": 3}

    mails = {mail["To"]: plain(mail) for mail in mailbox.mails}
    assert "Warga Samarinda, Samarinda-Pu menjawab" in mails["samarinda-pu@warga.example"]
    assert "Warga Samarinda" not in mails["samarinda@warga.example"] + mails["balikpapan@warga.example"]
    used = {(row.report_id, row.kind): row.template for row in await rows(sessions)}
    assert used[ours.id, "answered"] == "answered/id/SAMARINDA/3"
    assert used[secret.id, "answered"].startswith("secret/id/0.")
    assert used[theirs.id, "answered"].startswith("answered/id/0.")  # what fails is told in ours


async def test_the_log_of_the_registry_says_who_changed_which_words(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    del client
    async with sessions.begin() as session:
        await a_registry(session)
    await do(
        sessions,
        "INSERT INTO instansi_news_templates VALUES ('SAMARINDA', 'closed', 'id', 1, 'A', 'B', 'x:y', now())",
    )
    await do(sessions, "UPDATE instansi_news_templates SET subject = 'C', version = 2")
    await do(sessions, "INSERT INTO news_templates VALUES ('closed', 'id', 1, 'D', 'E', 'x:y', now())")

    log = "SELECT key, data FROM registry_events WHERE subject LIKE '%news_templates' ORDER BY seq"
    added, changed, nations = await rows(sessions, log)

    assert (added.key, added.data["before"]) == ("SAMARINDA/closed/id", None)
    assert (changed.data["before"]["subject"], changed.data["after"]["subject"]) == ("A", "C")
    assert (nations.key, nations.data["after"]["subject"]) == ("closed/id/1", "D")
    state = await rows(sessions, "SELECT key FROM registry_state() WHERE subject LIKE '%news_templates' ORDER BY key")
    assert [row.key for row in state] == ["SAMARINDA/closed/id", "closed/id/1"]
