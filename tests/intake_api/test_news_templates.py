"""Words of news: ours, and an operator's in their place, which are tried before they are stored."""

from typing import Any

import httpx
import pytest

from intake_api.notifications.writing import CHAT, FRAME, NAMES, SECRET, check_template, ours
from shared.clients import Role
from shared.database import Sessions
from shared.domain.news import NewsKind
from tests.factories import a_registry, bearer
from tests.intake_api.helpers import code_of
from tests.intake_api.newsroom import do, reported, told
from tests.mailbox import plain, serving

OPERATOR = bearer(Role.OPERATOR, sub="op-1")
PATH = "/v1/news-templates"
WORDS = {"subject": "Laporan {{ number }} beres", "body": "Beres pada {{ at }}.{% if followed %} Ikut.{% endif %}"}


def test_every_kind_has_a_template_in_both_languages_and_each_renders() -> None:
    assert ours().keys() == {(name, language) for name in NAMES for language in ("id", "en")}
    assert set(NAMES) == {*NewsKind, FRAME, CHAT, SECRET}
    for words in ours().values():
        check_template(words)


async def test_operators_read_all_templates_with_their_variables(client: httpx.AsyncClient) -> None:
    items = (await client.get(PATH, headers=OPERATOR)).json()["items"]

    found = next(one for one in items if (one["name"], one["language"]) == ("answered", "en"))
    assert {one["name"] for one in found["variables"]} == {
        "number",
        "at",
        "agency",
        "final",
        "corrected",
        "followed",
        "link",
    }
    assert (found["ours"], found["version"], found["changed_by"]) == (True, "0.1", None)


@pytest.mark.parametrize("role", [Role.NATIONAL_ADMIN, Role.REPORTER_APP, Role.LIAISON_OFFICER])
async def test_nobody_else_does(client: httpx.AsyncClient, role: Role) -> None:
    agency = "SAMARINDA" if role is Role.LIAISON_OFFICER else None
    for method, path in (("GET", PATH), ("PUT", f"{PATH}/closed/id"), ("POST", f"{PATH}/closed/id/preview")):
        answer = await client.request(method, path, json=WORDS, headers=bearer(role, agency=agency))
        assert answer.status_code == 403


async def test_what_an_operator_writes_counts_until_it_is_taken_back(client: httpx.AsyncClient) -> None:
    path = f"{PATH}/closed/en"

    first = (await client.put(path, json=WORDS, headers=OPERATOR)).json()
    second = (await client.put(path, json=WORDS | {"subject": "Done"}, headers=OPERATOR)).json()

    assert (first["version"], second["version"], second["subject"]) == ("1", "2", "Done")
    assert (second["ours"], second["changed_by"]) == (False, "operator:op-1")
    assert (await client.delete(path, headers=OPERATOR)).status_code == 204
    listed = (await client.get(PATH, headers=OPERATOR)).json()["items"]
    restored = next(one for one in listed if (one["name"], one["language"]) == ("closed", "en"))
    assert (restored["ours"], restored["version"]) == (True, "0.1")
    assert code_of(await client.delete(path, headers=OPERATOR)) == (404, "template_unchanged")
    assert (await client.put(path, json=WORDS, headers=OPERATOR)).json()["version"] == "4"
    await client.delete(path, headers=OPERATOR)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{ number", "cannot be read"),
        ("{% for x in number %}{{ x }}{% endfor %}", "take out what is a For"),
        ("{% macro x() %}{% endmacro %}", "take out what is a Macro"),
        ("{% include 'closed.id.txt' %}", "take out what is a Include"),
        ("{% set x = 1 %}", "take out what is a Assign"),
        ("{{ number.__class__ }}", "take out what is a Getattr"),
        ("{{ number['x'] }}", "take out what is a Getitem"),
        ("{{ number * 999999999 }}", "take out what is a Mul"),
        ("{{ 9 ** 9 ** 9 }}", "take out what is a Pow"),
        ("{{ range(99) }}", "take out what is a Call"),
        ("{{ number | attr('x') }}", "There is no filter attr"),
        ("{{ name }}", "There is no variable name"),
        ("{{ agency }}", "There is no variable agency"),
        ("{% if final < 3 %}x{% endif %}", "There is no variable final"),
        ("{% if at < 3 %}x{% endif %}", "cannot be filled in"),
        ("{% if followed %}x{% endif %}", "says something, whatever"),
        ("{{ " + "(" * 1_900 + "number" + ")" * 1_900 + " }}", "nested too deeply"),
        ("{% if followed is odd %}x{% endif %}", "No test named"),
    ],
)
async def test_what_does_not_render_is_refused_before_it_is_stored(
    client: httpx.AsyncClient, body: str, says: str
) -> None:
    for method, path in (("PUT", f"{PATH}/closed/id"), ("POST", f"{PATH}/closed/id/preview")):
        answer = await client.request(
            method, path, json=WORDS | {"body": body}, headers=OPERATOR | {"Accept-Language": "en"}
        )
        assert code_of(answer) == (422, "bad_template"), answer.text
        assert says in answer.json()["detail"]
        assert answer.json()["errors"][0]["pointer"] == "/body"


@pytest.mark.parametrize(
    ("words", "status"),
    [({"subject": ""}, 422), ({"body": "x" * 4_001}, 422), ({"subject": "a\x00"}, 422), ({"more": 1}, 422)],
)
async def test_bad_words_are_refused(client: httpx.AsyncClient, words: dict[str, Any], status: int) -> None:
    assert (await client.put(f"{PATH}/closed/id", json=WORDS | words, headers=OPERATOR)).status_code == status


@pytest.mark.parametrize("path", ["opened/id", "closed/idn-x", "Closed/id"])
async def test_a_template_that_there_is_none_of_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.put(f"{PATH}/{path}", json=WORDS, headers=OPERATOR)).status_code in (404, 422)


async def test_a_preview_shows_the_whole_mail_and_stores_nothing(client: httpx.AsyncClient) -> None:
    tried = (await client.post(f"{PATH}/closed/id/preview", json={"body": "Rampung."}, headers=OPERATOR)).json()

    assert (tried["subject"], tried["body"]) == ("Laporan 1234567897 selesai", "Rampung.")
    assert "Rampung.\n\nSelengkapnya" in tried["mail"]
    listed = (await client.get(PATH, headers=OPERATOR)).json()["items"]
    assert all(one["ours"] for one in listed if one["name"] == "closed" and one["language"] == "id")


async def test_a_preview_shows_the_text_message_with_its_length_and_the_chat(client: httpx.AsyncClient) -> None:
    tried = (await client.post(f"{PATH}/closed/en/preview", json={"short": "done ✓"}, headers=OPERATOR)).json()

    text = "LAPOR! 1234567897: done ✓ https://lapor.example/r/1234567897"
    assert tried["sms"] == {"text": text, "alphabet": "ucs-2", "units": len(text), "parts": 1}
    assert tried["whatsapp"].startswith("Your report was closed on 2 Maret 2026 12.00 WITA")
    assert "with your access code: https://lapor.example/r/1234567897" in tried["whatsapp"]


@pytest.mark.parametrize(
    ("name", "short", "says"),
    [
        ("closed", "x" * 252, None),
        ("closed", "x" * 253, "two text messages"),
        ("closed", "x" * 79 + "✓", None),  # a letter that is not in GSM-7 makes all of them longer
        ("closed", "x" * 80 + "✓", "two text messages"),
        ("closed", "{{ agency }}", "no variable agency"),
        ("closed", "{% if followed %}x{% endif %}", "says something"),
        ("mail", "x" * 307, "two text messages"),
        ("whatsapp", "x", "no short form"),
    ],
)
async def test_a_short_form_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, name: str, short: str, says: str | None
) -> None:
    path = f"{PATH}/{name}/id/preview"
    answer = await client.post(path, json={"short": short}, headers=OPERATOR | {"Accept-Language": "en"})

    if says is None:
        assert answer.json()["sms"]["parts"] == 2
    else:
        assert code_of(answer) == (422, "bad_template")
        assert says in answer.json()["detail"]
        assert answer.json()["errors"][0]["pointer"] == "/short"


async def test_a_language_is_added_by_its_templates_and_the_rest_is_said_in_indonesian(sessions: Sessions) -> None:
    jv = {"subject": "Laporan {{ number }} ditampa", "body": "Laporan sampeyan wis ditampa."}
    await do(
        sessions, "INSERT INTO news_templates VALUES ('received', 'jv', 1, :subject, :body, 'operator:x', now())", **jv
    )
    async with sessions.begin() as session:
        await a_registry(session)
    report = await reported(sessions)
    await do(sessions, "INSERT INTO news_choices VALUES (:id, NULL, 'jv', now())", id=report.id)

    with serving() as mailbox:
        assert await told(sessions, mailbox.url) == {"told": 1}

    (mail,) = mailbox.mails
    assert "wis ditampa" in plain(mail)
    assert "dengan kode akses Anda" in plain(mail)
    assert mail["Content-Language"] == "jv"
    assert mail["Subject"].strip() == f"[LAPOR!] Laporan {report.number} ditampa"
