import csv
from pathlib import Path
from typing import Any

import pytest

from services.demo import history

HEADING = ["text", "district", "village", "topic", "topic_kind", "agency", "received_at", "answered_at"]
A_ROW = {
    "text": "Lampu jalan di depan sekolah padam",
    "district": "Sungai Kunjang",
    "village": "Loa Bakung",
    "topic": "Lampu jalan",
    "topic_kind": "fisik",
    "agency": "Dinas Perhubungan",
    "received_at": "2022-03-01T02:00:00Z",
    "answered_at": "2022-03-03T02:00:00Z",
}


def a_file(folder: Path, *changes: dict[str, Any], name: str = "old.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADING)
        writer.writeheader()
        writer.writerows({**A_ROW, **change} for change in changes)
    return path


def the_row(folder: Path, **change: Any) -> history.Row:
    return history.read_history(a_file(folder, change))[0]


def test_the_city_is_the_one_with_most_of_the_districts(tmp_path: Path) -> None:
    rows = history.read_history(a_file(tmp_path, {}, {"district": "SAMARINDA ULU"}, {"district": "Nowhere"}))

    found = history.instansi_of(rows)

    assert (found.code, found.region, found.kind) == ("KOTA-SAMARINDA", "64.72", "city")


def test_districts_of_no_city_are_refused_in_a_sentence(tmp_path: Path) -> None:
    rows = history.read_history(a_file(tmp_path, {"district": "Nowhere"}))

    with pytest.raises(history.BadFile, match="No city or regency"):
        history.instansi_of(rows)


def test_a_row_becomes_a_submission_with_its_real_instant_and_place(tmp_path: Path) -> None:
    row = the_row(tmp_path)

    submission = row.submission(history.instansi_of([row]))

    assert submission["received_at"] == "2022-03-01T02:00:00Z"
    assert submission["location"] == {"text": "Loa Bakung, Sungai Kunjang", "region_code": "64.72.06"}
    assert submission["classification"] == "complaint"


def test_the_title_is_the_first_80_characters_and_the_body_at_most_20000(tmp_path: Path) -> None:
    row = the_row(tmp_path, text="x" * 30_000)

    submission = row.submission(history.instansi_of([row]))

    assert submission["title"] == "x" * 80
    assert len(submission["body"]) == 20_000


def test_control_characters_are_dropped_and_line_ends_stay() -> None:
    assert history.allowed("satu\x00\x8f dua\n\ttiga\x7f ") == "satu dua\n\ttiga"


def test_a_text_of_nothing_but_control_characters_is_replaced_by_the_topic(tmp_path: Path) -> None:
    assert the_row(tmp_path, text="\x8f\x81").text == "Lampu jalan"


def test_a_line_separator_inside_a_text_does_not_end_its_row(tmp_path: Path) -> None:
    rows = history.read_history(a_file(tmp_path, {"text": "satu\u2028dua\x1dtiga\nempat"}, {}))

    assert len(rows) == 2
    assert rows[0].text == "satu\u2028duatiga\nempat"


def test_the_same_row_of_the_same_file_has_the_same_reference_and_another_file_another(tmp_path: Path) -> None:
    first = history.read_history(a_file(tmp_path, {}, {}))
    again = history.read_history(a_file(tmp_path, {}, {}, name="copy.csv"))
    other = history.read_history(a_file(tmp_path, {}, {"text": "lain"}, name="other.csv"))

    assert [row.reference for row in first] == [row.reference for row in again]
    assert len({row.reference for row in [*first, *other]}) == 4


@pytest.mark.parametrize(
    ("answered_at", "before"),
    [
        ("2022-03-01T01:59:59Z", True),
        ("2022-03-01T02:00:00Z", False),
        ("2022-03-01T08:59:59+07:00", True),
        ("", False),
        ("yesterday", False),
    ],
)
def test_answers_before_receipt_are_known_beforehand(tmp_path: Path, answered_at: str, before: bool) -> None:
    assert history.answered_before_received(the_row(tmp_path, answered_at=answered_at)) is before


def test_a_long_agency_name_gets_a_short_code_that_is_its_own() -> None:
    name = "Dinas Pemberdayaan Perempuan dan Perlindungan Anak serta Pengendalian Penduduk"

    one, other = history.slug(f"{name} A"), history.slug(f"{name} B")

    assert len(one) <= history.CODE_CHARACTERS
    assert one != other
    assert history.slug("RSUD dr. Soewandhie") == "RSUD-DR-SOEWANDHIE"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Dinas Sosial", "dinas"), ("Kelurahan Gading", "village"), ("RSUD X", "hospital"), ("Bagian Umum", "unit")],
)
def test_the_kind_of_an_agency_follows_from_its_name(tmp_path: Path, name: str, kind: str) -> None:
    instansi = history.instansi_of([the_row(tmp_path)])

    assert history.agency(name, instansi)["kind"] == kind


def test_a_file_without_the_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("text,agency\nx,y\n")

    with pytest.raises(history.BadFile, match=r"The column answered_at is missing; add it\..*The column district"):
        history.read_history(path)


def test_a_row_without_an_agency_is_read_and_one_that_is_too_short_is_named(tmp_path: Path) -> None:
    path = a_file(tmp_path, {"agency": ""}, {})

    assert [row.agency for row in history.read_history(path)] == ["", "Dinas Perhubungan"]
    assert history.agency("", history.instansi_of(history.read_history(path)))["kind"] == "unit"
    path.write_text(path.read_text() + "only,two\n")
    with pytest.raises(history.BadFile, match="line 4: The line has 2 cells, the heading 8"):
        history.read_history(path)


def test_a_file_with_semicolons_and_indonesian_headings_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lapor.csv"
    heading = "Isi laporan;Kecamatan;Kelurahan;Topik;Instansi;Tanggal diterima;Dijawab;Nomor"
    row = "Lampu padam;Sungai Kunjang;Loa Bakung;PJU;Dinas Perhubungan;2022-03-01T02:00:00Z;;17"
    path.write_text(f"Laporan 2022\n{heading}\n{row}\n", encoding="cp1252")

    [found] = history.read_history(path)

    assert (found.text, found.village, found.answered_at) == ("Lampu padam", "Loa Bakung", None)


def test_a_cell_of_more_than_131072_characters_is_read(tmp_path: Path) -> None:
    assert len(the_row(tmp_path, text="x" * 140_000).text) == 20_000


def test_who_governs_the_region_already_is_the_instansi_of_the_file(tmp_path: Path) -> None:
    found = history.instansi_of([the_row(tmp_path)])
    samarinda = {"code": "SAMARINDA", "name": "Pemkot", "kind": "city", "region": "64.72", "parent": None}

    assert history.governing(found, [samarinda]).code == "SAMARINDA"
    assert history.governing(found, [samarinda | {"parent": "KALTIM"}, samarinda | {"region": "64.71"}]) == found


def test_an_agency_is_known_by_its_name_with_or_without_its_place() -> None:
    known = history.by_name([
        {"code": "A", "name": "Dinas Sosial Kota Samarinda", "short_name": "Dinsos"},
        {"code": "B", "name": "Kelurahan Mojo", "short_name": None},
    ])  # fmt: skip

    names = ("Dinas Sosial", "DINAS SOSIAL KOTA SAMARINDA", "dinsos", "Kelurahan Mojo", "Dinas")
    assert [known.get(history.simplified(name)) for name in names] == ["A", "A", "A", "B", None]


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(history.BadFile, match="cannot be read"):
        history.read_history(tmp_path / "missing.csv")
