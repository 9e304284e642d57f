"""What a text message means, and how it is put together of parts."""

import random

import pytest

from intake_api.channels.sms import parts, reading
from intake_api.channels.sms.parts import PartPlace
from intake_api.channels.sms.reading import Checked, Reported, Unclear, Why, Withdrawn
from intake_api.channels.sms.talking import SENTENCES
from intake_api.notifications.texting import Alphabet, length_of, parts_of
from shared.domain.wording import Language

NUMBER = "1234567897"
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HOLE = "Lubang besar di depan Pasar Pagi."


@pytest.mark.parametrize(
    "written",
    [
        "LAPOR", "lapor", "Lapor:", "LAPORR", "lapr", "lpor", "lapro", "LAPPOR", "lapur", "LAPOR#", "  LAPOR -",
        "laporr!", "l\u0430por", "REPORT",
    ],
)  # fmt: skip
def test_a_keyword_is_forgiven_its_spelling_and_is_no_word_of_the_report(written: str) -> None:
    asked = reading.read_message(f"{written} {HOLE}")

    assert isinstance(asked, Reported)
    assert (asked.title, asked.body) == (HOLE, HOLE)


@pytest.mark.parametrize(
    "text",
    [
        HOLE, "Lapar, bantuan beras belum sampai", "Laporan banjir di Jl. Gatot Subroto",
        "Cek dong jalan di depan SD rusak", "Batalkan tarif parkir baru di Jl. Sudirman",
        "Batas desa kami dipindah orang", "Status tanah kami tidak jelas",
        "مياه الشرب مقطوعة منذ أسبوع", "🚧 jalan amblas di Loa Janan 👨‍👩‍👧",
    ],
)  # fmt: skip
def test_free_text_is_a_report_that_keeps_each_of_its_words(text: str) -> None:
    asked = reading.read_message(text)

    assert isinstance(asked, Reported)
    assert asked.body == text


@pytest.mark.parametrize(
    "text",
    [
        f"CEK {NUMBER}", f"cek{NUMBER}", f"chek #{NUMBER}", "CEKK 123 456 7897", f"status: {NUMBER}.", NUMBER,
        f"Cec {NUMBER}",
    ],
)  # fmt: skip
def test_how_a_report_stands_is_asked_in_any_spelling(text: str) -> None:
    assert reading.read_message(text) == Checked(NUMBER, Language.ID)


@pytest.mark.parametrize(
    "text",
    [
        f"BATAL {NUMBER} {CODE}", f"batl {NUMBER} {CODE.lower()}", f"Btl#{NUMBER}#{CODE[:8]} {CODE[8:]}",
        f"BATALL {NUMBER}, {CODE}",
    ],
)  # fmt: skip
def test_a_report_is_withdrawn_with_number_and_code(text: str) -> None:
    assert reading.read_message(text) == Withdrawn(NUMBER, CODE, Language.ID)


def test_the_language_of_the_keyword_is_answered_in() -> None:
    assert reading.read_message(f"CHECK {NUMBER}") == Checked(NUMBER, Language.EN)
    assert reading.read_message(f"CANCEL {NUMBER} {CODE}") == Withdrawn(NUMBER, CODE, Language.EN)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.TOO_SHORT), ("LAPOR", Why.TOO_SHORT), ("tes", Why.TOO_SHORT), ("LAPOR tes 123", Why.TOO_SHORT),
        ("😀😀😀😀😀😀😀😀😀😀😀😀", Why.TOO_SHORT), ("abcdefghi", Why.TOO_SHORT), ("CEK", Why.NO_NUMBER),
        ("CEK 12345", Why.NO_NUMBER), ("CEK 12345678901", Why.NO_NUMBER), ("BATAL", Why.NO_NUMBER),
        (f"BATAL {NUMBER}", Why.NO_CODE), ("\x00\u200b", Why.TOO_SHORT),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_with_what_to_write(text: str, why: Why) -> None:
    asked = reading.read_message(text)

    assert isinstance(asked, Unclear)
    assert asked.why is why
    assert isinstance(reading.read_message("abcdefghij"), Reported)


@pytest.mark.parametrize(
    ("sender", "phone"),
    [
        ("081234567890", "+6281234567890"), ("+62 812-3456-7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"), ("006281234567890", "+6281234567890"), ("+85291234567", "+85291234567"),
        ("+12345678", "+12345678"),
        ("PROMO", None), ("TELKOMSEL", None), ("1708", None), ("3636", None), ("+1234567", None), ("", None),
        ("0", None),
        ("+62812PROMO", None), ("+" + "1" * 16, None), ("0 - - -", None),
    ],
)  # fmt: skip
def test_a_report_comes_from_a_phone_and_from_no_advertiser(sender: str, phone: str | None) -> None:
    assert reading.phone_of(sender) == phone


def test_a_long_report_has_a_title_that_ends_at_a_word() -> None:
    title = reading.title_of("Jalan di depan rumah kami rusak berat dan berlubang sejak musim hujan tahun lalu " * 3)

    assert title == "Jalan di depan rumah kami rusak berat dan berlubang sejak musim hujan tahun lalu Jalan di depan..."
    assert reading.title_of("a" * 300) == "a" * 97 + "..."
    assert reading.title_of("Lampu mati. Sudah seminggu gelap di sini.") == "Lampu mati"


def test_each_answer_is_one_message_of_gsm_7_with_the_longest_values() -> None:
    values = {"number": NUMBER, "code": CODE, "missing": "12,13,../20", "most": 99, "status": "Menunggu Tanggapan"}

    lengths = [length_of(said.format(**values)) for wording in SENTENCES.values() for said in wording]

    assert {(one.alphabet, one.parts) for one in lengths} == {(Alphabet.GSM_7, 1)}


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("050003d50302", PartPlace(0xD5, 3, 2)), ("06080412340302", PartPlace(0x1234, 3, 2)), ("0605040b8423f0", None),
        ("0b0504158100000003d50201", PartPlace(0xD5, 2, 1)), ("050003d50101", None), ("050003d5", None),
        ("05", None), ("", None),
    ],
)  # fmt: skip
def test_the_header_of_a_part_says_where_it_belongs(header: str, place: PartPlace | None) -> None:
    assert parts.place_of_header(bytes.fromhex(header)) == place


@pytest.mark.parametrize(
    "place", [PartPlace(1, 21, 1), PartPlace(1, 3, 0), PartPlace(1, 3, 4), PartPlace(-1, 3, 1), PartPlace(1, 10**9, 5)]
)
def test_a_part_of_a_billion_is_none(place: PartPlace) -> None:
    assert not place.is_possible
    assert PartPlace(1, 20, 20).is_possible


@pytest.mark.parametrize("text", ["Jalan rusak. " * 30, "🚧" * 100, "مياه " * 60, "[x] €" * 50])
def test_what_was_taken_apart_is_joined_whatever_the_order(text: str) -> None:
    taken = list(enumerate(parts_of(text), start=1))
    random.Random(1).shuffle(taken)

    assert len(taken) == length_of(text).parts > 1
    assert parts.joined(dict(taken), len(taken)) == text


def test_a_character_that_was_torn_apart_between_two_parts_is_whole_again() -> None:
    high, low = "🚧".encode("utf-16-be")[:2], "🚧".encode("utf-16-be")[2:]
    torn = {seq: half.decode("utf-16-be", "surrogatepass") for seq, half in ((1, high), (2, low))}

    assert parts.joined(torn, 2) == "🚧"
    assert parts.joined({2: "b"}, 3) == "[...]b[...]"
