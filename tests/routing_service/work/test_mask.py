"""What the machine masks in a text, and what it leaves. All people here are invented."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing_service.report.masks import LABELS, Field, Kind, Mask, Source, Span
from routing_service.work.masking import mask
from routing_service.work.masking.making import Original, make_public_text, occurrences, retitled
from routing_service.work.masking.mask import find_people, joined, masked
from shared import ids
from shared.domain.folding import visible
from tests.effort import times

REPORT = ids.new_id()


def public(text: str) -> str:
    return masked(text, find_people(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tolong Pak Budi di RT 3", "Tolong Pak [nama] di RT 3"),
        ("pak budi bilang bayar dulu", "pak [nama] bilang bayar dulu"),
        ("rumah ibu siti rahayu gelap", "rumah ibu [nama] gelap"),
        ("sdr. Joko Prasetyo menolak", "sdr. [nama] menolak"),
        ("bpk udin dan haji rusli", "bpk [nama] dan haji [nama]"),
        ("Ketua RT 05 bapak slamet memungut iuran", "Ketua RT 05 bapak [nama] memungut iuran"),
        ("Pak RT Sukardi minta uang", "Pak RT [nama] minta uang"),
        ("dokter hendra tidak datang", "dokter [nama] tidak datang"),
        ("oknum Bripka Joko", "oknum Bripka [nama]"),
        ("petugas bernama Agus Salim", "petugas bernama [nama]"),
        ("Hormat saya, Rina Wulandari", "Hormat saya, [nama]"),
        ("IBU SITI RAHAYU DITOLAK", "IBU [nama] DITOLAK"),
        ("rumah Budi Santoso di Jl. Mawar No. 5", "rumah [nama] di Jl. Mawar No. 5"),
        ("Bapak Wardoyo, bu tukinem dan bpk zulfahmi", "Bapak [nama], bu [nama] dan bpk [nama]"),
        ("a.n. Fitriani Lestari", "a.n. [nama]"),
        ("Nama saya Tukiran, warga RT 5", "Nama saya [nama], warga RT 5"),
        ("perkenalkan, saya tukiran dari RT 5", "perkenalkan, saya [nama] dari RT 5"),
        ("kata pakde Karyo", "kata pakde [nama]"),
        ("rekening BRI an SUKARDI", "rekening BRI an [nama]"),
        ("sopirnya namanya joko, nama tukiran", "sopirnya namanya [nama], nama [nama]"),
    ],
)
def test_people_are_masked_however_they_are_spoken_of(text: str, expected: str) -> None:
    assert public(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hubungi saya, budi@surat.id", "hubungi saya, [surel]"),
        ("Terima kasih. budi@surat.id", "Terima kasih. [surel]"),
        ("budi dot santoso at yahoo dot co dot id ya", "[surel] ya"),
        ("budi.santoso @gmail. com, terima kasih", "[surel], terima kasih"),
        ("NIK 6472 0112 0385 0001, 3 orang, 0812-3456-7890 5 kali", "NIK [nik], 3 orang, [telepon] 5 kali"),
    ],
)
def test_no_more_is_masked_than_what_singles_somebody_out(text: str, expected: str) -> None:
    assert public(text) == expected


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("hubungi 0812-3456 7890 ya", "[telepon]"),
        ("wa 0812.3456.7890", "[telepon]"),
        ("wa o812 3456 7890", "[telepon]"),
        ("telepon (0541) 765 432", "[telepon]"),
        ("+62 812 3456 7890", "[telepon]"),
        ("nik 6472 0155 0895 0001", "[nik]"),
        ("NIK 6472.0155.0895.0001", "[nik]"),
        ("no kk 6472011203040005", "[kartu keluarga]"),
        ("NPWP 12.345.678.9-012.000", "[npwp]"),
        ("mobil KT 1234 AB parkir", "[nomor kendaraan]"),
        ("truk kt 8123 bx lewat", "[nomor kendaraan]"),
        ("plat KT-1234-AB", "[nomor kendaraan]"),
        ("rek BCA 1234567890", "[rekening]"),
        ("tulis ke budi.santoso@surat.id", "[surel]"),
        ("lahir 12 Mei 1990", "[tanggal lahir]"),
        ("id pelanggan 123456789012", "[nomor]"),
        ("nik 64.72.01.120385.0001", "[nik]"),
        ("357812 520390 0001", "[nik]"),
        ("ktp saya: 6472_0112_0385_0001", "[nik]"),
        ("0812_3456_7890", "[telepon]"),
        ("0812 - 3456 - 7890", "[telepon]"),
        ("0821/5566/7788", "[telepon]"),
        ("(+62) 812 3456 7890", "[telepon]"),
        ("+62.812.3456.7890", "[telepon]"),
        ("0 8 1 2 3 4 5 6 7 8 9 0", "[telepon]"),
        ("hubungi 0541-741234", "[telepon]"),
        ("021 5551234", "[telepon]"),
        ("L 1234 AB", "[nomor kendaraan]"),
        ("l 1234 ab", "[nomor kendaraan]"),
        ("b1234xyz", "[nomor kendaraan]"),
        ("nomor polisi: n 45 cd", "[nomor kendaraan]"),
        ("nopol KT5678", "[nomor kendaraan]"),
        ("motor KT 5678 parkir", "[nomor kendaraan]"),
        ("rek bca1234567890", "[rekening]"),
        ("BPD Kaltim 0012345678", "[rekening]"),
        ("id pelanggan 5311 2345 6789", "[nomor]"),
        ("IP 36 . 72 . 215 . 104", "[alamat ip]"),
        ("0812-3456-7890, 0812-3456-7891", "[telepon]"),
    ],
)
def test_what_singles_somebody_out_is_masked(text: str, label: str) -> None:
    masked_text = public(text)

    assert label in masked_text
    assert not any(character.isdigit() for character in masked_text.replace("RT 3", ""))


@pytest.mark.parametrize(
    "text",
    [
        "Jl. Ahmad Yani RT 12 No. 5 berlubang, dekat Pasar Pagi",
        "jl. dr. sutomo gelap, juga Jl. Dr. Soetomo dan jl. a.h nasution",
        "Jembatan Achmad Amins, Gang Haji Saleh, Masjid Haji Ahmad",
        "pasien RSUD Abdul Wahab menunggu lima jam",
        "Titik -0.502106, 117.153709 di Kelurahan Sidodadi",
        "TOLONG PAK LAMPU JALAN MATI DI RT 5",
        "Kepada Yth. Bapak Walikota Balikpapan",
        "bapak kepala dinas dan ibu lurah",
        "pak hari ini lampu mati",
        "ibu menyuruh kami membayar iuran",
        "ibu hamil tidak dilayani, ibu-ibu PKK ikut",
        "Ibu Kota Nusantara",
        "anggaran Rp 1.500.000.000 tahun 2024-2025-2026-2027",
        "tiang nomor 123456 tanggal 21-11-2026 jam 10.30",
        "laporan 4821073955 belum dijawab",
        "dr 2019 phk, kb 1000 kk, sejak th 2021 an",
        "Saya warga RT 5, anak saya sakit",
        "nama jalan, nama pasien, nama hari, 20 an bus, th 2021 an warga",
        "Perkenalkan saya warga RT 5, perkenalkan saya seorang guru",
        "Sejak 08-12-2026 08.30 lampu mati, juga 08/12/2026 pukul 0830",
        "koordinat -0.81234567, 117.14365",
        "Bank Kaltim memotong Rp 12.000.000, rekening listrik 2.500.000",
        "motor B 12 saya, mobil 2020, plat besi 12 mm, plat nomor merah, blok b 1234 kec",
        "RT 08, 10, 12, 14, 15, 16 dan RT 12, 14, 16, 18, 20, 22, 24, 26",
        "jam 08.15, 12.30, 15.45 dan 08:15-08:55, tgl 08/11/2022 14:30",
        "rapat 4-12-2019, 12-10-2021, 17-12-2021, surat 511.3/169/436.7.4/2022",
        "harga 62.811.500.000 atau 12,500,000.00; kode pos 75123, 75124, 75125, 75126",
        "Mohon Pak, hari ini. Bu, indah sekali. Dari RW.02 Sumberrejo, RT.01 Sukolilo",
        "Jl.Dr.Soetomo, Jl. Ahmad-Yani dan Gg.Haji Saleh",
        "blok 08 x 12 y 34 x 56 y 78, ukuran 0812 x 34",
        "tolong @pemkot. Id saya, lapor @live dan @mail, makan at kantin, id card, rapat et al. 2022",
        "satu dua orang, tiga empat lima enam kali, tujuh delapan sembilan hari",
        "RT 021 RW 005, jam 08.00 - 16.00, wilayah 64.72.03.1001, kode pos 75123",
    ],
)
def test_the_place_and_the_matter_stay_readable(text: str) -> None:
    assert public(text) == text


def test_the_label_of_a_mask_is_never_searched_for() -> None:
    """`PublicText.search` leaves out what looks like one."""
    assert set(LABELS) == set(Kind)
    assert all(
        label[0] == "[" and label[-1] == "]" and label[1:-1].replace(" ", "").islower() for label in LABELS.values()
    )
    assert all(label[1:-1].replace(" ", "").isascii() for label in LABELS.values())


def test_a_long_text_is_masked_as_a_short_one_is_wherever_the_words_stand() -> None:
    sentence = "Lampu jalan mati sejak Senin malam dan belum juga diperbaiki. "
    for before in range(0, 130, 13):
        text = (sentence * 20)[: 900 + before] + " Pak Budi Santoso 0812-3456 7890. " + sentence * 10
        assert [span.kind for span in find_people(text)] == [Kind.NAME, Kind.PHONE]
        assert public(text).count("[nama] [telepon]") == 1


def test_no_more_than_a_short_text_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time grows with the square of what is read: twenty thousand times "Pak" as a whole take half a minute."""
    lengths = []

    def detected(text: str) -> list[Span]:
        lengths.append(len(text))
        return []

    monkeypatch.setattr(mask, "_detected", detected)

    for length in (1, 1_000, 1_001, 20_000):
        find_people("P" * length)

    assert max(lengths) <= 1_000
    assert sum(lengths) < 2 * 22_002


@pytest.mark.parametrize("hostile", ["pak ", "pak bu ", "1 ", "budi@", "1\u200b"])
def test_a_hostile_text_takes_time_that_grows_with_its_length(hostile: str) -> None:
    """CPU time: four times the text takes four times as long; as a square it would be sixteen times."""

    def taken(length: int) -> float:
        text = (hostile * length)[:length]
        before = time.process_time()
        find_people(text)
        return time.process_time() - before

    taken(1_000)  # what is found out about characters is kept
    short, long = (min(taken(length) for _ in range(3)) for length in (2_500, 10_000))

    assert long < 9 * short + 0.02


@settings(max_examples=times(15, 200))
@given(st.text(max_size=200))
def test_any_text_is_read_and_only_what_is_masked_is_replaced(text: str) -> None:
    spans = find_people(text)

    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert spans == joined(spans)
    starts, ends = [0, *(span.end for span in spans)], [*(span.start for span in spans), len(text)]
    kept = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    labels = [*(LABELS[span.kind] for span in spans), ""]
    assert public(text) == visible("".join(part + label for part, label in zip(kept, labels, strict=True)))


def test_spans_that_overlap_become_one_of_the_kind_of_the_longest() -> None:
    spans = [
        Span(5, 8, Kind.NAME),
        Span(0, 6, Kind.PHONE),
        Span(8, 9, Kind.NIK),
        Span(20, 30, Kind.NUMBER),
        Span(20, 30, Kind.SIM),
    ]

    assert joined(spans) == [Span(0, 8, Kind.PHONE), Span(8, 9, Kind.NIK), Span(20, 30, Kind.SIM)]


def test_words_are_found_in_either_case_and_not_within_longer_ones() -> None:
    assert occurrences("Ani", "ani, Ani; tani dan anita. ANI") == [(0, 3), (5, 8), (26, 29)]
    assert occurrences("Siti  Aminah", "kata siti aminah") == [(5, 16)]
    assert occurrences("a.b(", "a.b( axb(") == [(0, 4)]
    assert occurrences("  ", "a  b") == []


def test_what_people_decided_survives_making_the_text_again() -> None:
    original = Original(REPORT, "Pak Budi", "Kata sukarni dan Pak Joko.")
    lifted = Mask(Field.BODY, Span(21, 25, Kind.NAME), Source.MACHINE, lifted=True)
    added = Mask(Field.BODY, Span(5, 12, Kind.NAME), Source.VERIFIER)

    made = make_public_text(original, [lifted, added])

    assert (made.title, made.body) == ("Pak [nama]", "Kata [nama] dan Pak Joko.")
    again = make_public_text(original, [mask for mask in made.masks if mask.lifted or mask.source is Source.VERIFIER])
    assert again == made


def test_a_new_title_keeps_the_masks_of_the_body() -> None:
    original = Original(REPORT, "Pak Budi", "Kata sukarni.")
    added = Mask(Field.BODY, Span(5, 12, Kind.NAME), Source.VERIFIER)

    made = retitled(original, make_public_text(original, [added]).masks, "Lampu Bu Sukarni, kata Bu Ani")

    assert (made.title, made.body) == ("Lampu Bu [nama], kata Bu [nama]", "Kata [nama].")


def test_a_text_that_cannot_be_read_is_masked_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_text: str) -> list[Span]:
        raise RecursionError

    monkeypatch.setattr("routing_service.work.masking.making.find_people", broken)

    made = make_public_text(Original(REPORT, "Pak Budi", "menolak"))

    assert (made.title, made.body) == ("[disamarkan]", "[disamarkan]")
