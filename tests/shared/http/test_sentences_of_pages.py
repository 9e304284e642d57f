"""What pages say of a refusal: no fields, no codes and no operations, which an officer does not know."""

import json
import re
from importlib import resources

import pytest

from shared.domain.wording import Language
from shared.pages.sentences import on_pages
from tests.sentences import spoken

SAID: dict[str, tuple[str, str]] = json.loads(
    (resources.files("shared") / "data" / "pages" / "sentences.json").read_text("utf-8")
)
OF_PROGRAMS = re.compile(r"`|\b(GET|POST|PUT|PATCH)\b|/v1/|\b[a-z]+_[a-z]+\b|Idempotency|\bcursor\b|\btoken\b")
#: Modules behind the pages. What they say to programs alone: registry and log-in of systems, imports, fields that no
#: form has.
BEHIND = re.compile(r"routing_service/(work|report)/|sla_monitor/(escalations|exports|statistics)/|shared/http/idem")
NOT_ON_PAGES = (
    "occurred_at ", "Only a historical import", "No officer who may read this report has the id",
    "This Idempotency-Key was used", "Report {0} was made with this Idempotency-Key", "{0} counts no reports",
)  # fmt: skip


def test_no_sentence_of_a_page_speaks_of_the_api() -> None:
    named = [
        sentence
        for sentence, where in spoken().items()
        if BEHIND.search(str(where)) and OF_PROGRAMS.search(sentence) and sentence not in SAID
    ]

    assert [one for one in named if not one.startswith(NOT_ON_PAGES)] == []
    assert [said for pair in SAID.values() for said in pair if OF_PROGRAMS.search(said)] == []
    assert set(SAID) <= set(spoken())


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("A report that is in_progress does not take the action dispose; what you can do now: respond, put_right.",
         Language.EN, "The report is in progress now, so dispose is not open; what you can do: respond, put right."),
        ("A report that is in_progress does not take the action dispose; what you can do now: respond.",
         Language.ID,
         "Laporan ini kini proses; tindakan disposisi tidak terbuka. Yang dapat Anda lakukan: tindak lanjut."),
        ("There is no agency PPU.", Language.ID, "Tidak ada instansi PPU."),
        ("There is no agency PPU.", Language.EN, "There is no agency PPU."),
    ],
)  # fmt: skip
def test_a_sentence_for_a_page(sentence: str, language: Language, expected: str) -> None:
    assert on_pages(sentence, language) == expected
