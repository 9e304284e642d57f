"""Problems in Indonesian: every sentence that can be raised has one, with its values in their places."""

import json
import re
from importlib import resources

import pytest

from shared.http.translating import Catalogue, indonesian
from tests.sentences import spoken, spoken_by_commands


def _sentences(package: str, name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((resources.files(package) / "data" / name).read_text("utf-8"))["sentences"]
    return found


SENTENCES = _sentences("shared", "sentences_id.json")
OF_COMMANDS = _sentences("services", "commands_id.json")


def test_every_sentence_of_the_code_has_an_indonesian_one() -> None:
    missing = {sentence: where for sentence, where in spoken().items() if sentence not in SENTENCES}

    assert missing == {}


def test_every_sentence_of_a_command_has_an_indonesian_one() -> None:
    """They are translated line by line."""
    missing = {
        line: where
        for sentence, where in spoken_by_commands().items()
        for line in sentence.split("\n")
        if re.search(r"[A-Za-z]{3}", re.sub(r"\{\d+\}", "", line)) and line not in OF_COMMANDS
    }

    assert missing == {}


def test_an_indonesian_sentence_has_no_value_that_the_english_one_lacks() -> None:
    for english, said in [*SENTENCES.items(), *OF_COMMANDS.items()]:
        assert set(re.findall(r"\{\d+\}", said)) <= set(re.findall(r"\{\d+\}", english)), english


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("There is no agency PPU.", "Tidak ada instansi PPU."),
        ("A report that is assigned does not take the action verify; what you can do now: redirect, return, hold.",
         "Laporan berstatus belum ditindaklanjuti tidak menerima tindakan verifikasi; yang dapat Anda lakukan sekarang:"
         " mengalihkan, mengembalikan, menunda."),
        ("A report that is withdrawn does not take the action reply, and no other one; submit a new report.",
         "Laporan berstatus dicabut tidak menerima tindakan tanggapan maupun tindakan lain; kirim laporan baru."),
        ("SAMARINDA is KALTIM itself or below it.", "SAMARINDA adalah KALTIM sendiri atau berada di bawahnya."),
        ("Write at most 200 characters.", "Tulis paling banyak 200 karakter."),
        ("2 fields are not as they should be; see `errors`.", "2 isian belum benar; lihat `errors`."),
        ("The role supervisor may not do this; it takes operator or national_admin or agency_head.",
         "Peran pengawas tidak boleh melakukan ini; yang boleh: operator atau admin pusat atau pimpinan instansi."),
        ("The days cannot be taken. /2/date: 2026 lies; and 4 more",
         "Hari-hari ini tidak dapat diterima. /2/date: 2026 lies; dan 4 lagi"),
        ("The policy P gives 5 working days for first_response; an agency's own limit is shorter: 4 at most.",
         "Kebijakan P memberi 5 hari kerja untuk tindak lanjut pertama; batas instansi sendiri harus lebih pendek:"
         " paling banyak 4."),
        ("There is no agency BINA MARGA or X.", "Tidak ada instansi BINA MARGA or X."),
        ("Nobody has translated this.", "Nobody has translated this."),
    ],
)  # fmt: skip
def test_a_sentence_is_translated_with_its_values(english: str, expected: str) -> None:
    assert indonesian(english) == expected


def test_of_several_that_fit_the_one_that_says_most_is_meant() -> None:
    catalogue = Catalogue.of({"{0} is {1}.": "A {1} {0}", "{0} is {1} already.": "B {1} {0}"}, {"x": "X"})

    assert catalogue.translated("x is y already.") == "B y X"
    assert catalogue.translated("x is y.") == "A y X"
