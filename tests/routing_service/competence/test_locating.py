"""Where a report is about, from a handful of regions and polygons of our own."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import shapely

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.locate import Locator
from routing_service.competence.place.place import Place, Source
from routing_service.competence.place.polygons import Boundary

REGIONS: Mapping[str, str] = {
    "35": "Jawa Timur", "35.07": "Kabupaten Malang", "35.73": "Kota Malang", "35.78": "Kota Surabaya",
    "35.78.01": "Karang Pilang", "35.78.02": "Wonocolo", "35.78.02.1004": "Jemur Wonosari",
    "35.78.06": "Sawahan", "35.78.06.1001": "Petemon",
    "64": "Kalimantan Timur", "64.08": "Kabupaten Kutai Timur", "64.08.04": "Sangatta Utara",
    "64.08.04.2001": "Sangatta Utara", "64.08.04.1004": "Teluk Lingga", "64.08.14": "Sangatta Selatan",
    "64.08.06": "Muara Wahau", "64.08.09": "Bengalon", "64.08.09.2001": "Sepaso", "64.08.09.2003": "Sekerat",
    "64.71": "Kota Balikpapan", "64.71.05": "Balikpapan Kota", "64.71.05.1001": "Klandasan Ulu",
    "64.72": "Kota Samarinda", "64.72.01": "Palaran", "64.72.01.1003": "Simpang Pasir",
    "64.72.03": "Samarinda Ulu", "64.72.03.1005": "Sidodadi", "64.72.09": "Samarinda Kota",
    "64.72.09.1003": "Pasar Pagi", "35.15": "Kabupaten Sidoarjo", "35.15.02": "Prambon", "35.15.02.2005": "Sidodadi",
    "72.07": "Kabupaten Banggai Kepulauan", "72": "Sulawesi Tengah", "72.07.06": "Bulagi", "72.07.06.2015": "Sepi",
}  # fmt: skip


def square(longitude: float, latitude: float, size: float = 0.1) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(longitude, latitude, longitude + size, latitude + size)))


BOUNDARIES = (
    Boundary(1, "64.08", square(117.0, 0.0, 1.0)),
    Boundary(1, "64.71", square(116.0, -1.0, 0.5)),
    Boundary(2, "64.08.04", square(117.5, 0.5, 0.2)),
    Boundary(2, "64.08.14", square(117.5, 0.31, 0.2)),  # a strip of 0.01 degrees is claimed by both
)


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator.build(REGIONS.items(), BOUNDARIES, version=7)


def about(**known: Any) -> Inquiry:
    values: dict[str, Any] = {"title": "Laporan", "body": "Mohon ditindaklanjuti.", "received_on": date(2026, 3, 2)}
    return Inquiry(**values | known)


def where(locator: Locator, **known: Any) -> Place:
    return locator.locate(about(**known))


def test_a_report_that_says_nothing_is_nowhere_but_names_the_boundaries(locator: Locator) -> None:
    place = where(locator)

    assert (place.region, place.confidence, place.evidence, place.boundaries) == (None, 0.0, (), 7)


def test_a_pin_lies_in_the_smallest_region_around_it(locator: Locator) -> None:
    place = where(locator, latitude=0.6, longitude=117.6)

    assert place.region == "64.08.04"
    assert place.confidence == pytest.approx(0.95)
    assert place.evidence[0].values["path"] == "Sangatta Utara, Kabupaten Kutai Timur, Kalimantan Timur"


def test_what_two_neighbours_claim_goes_to_the_smaller_code_where_they_are_of_one_size(locator: Locator) -> None:
    place = where(locator, latitude=0.505, longitude=117.6)

    assert place.region == "64.08.04"
    assert place.evidence[0].values["also"] == "64.08.14"
    assert place.confidence == pytest.approx(0.75)


@pytest.mark.parametrize(("metres", "found"), [(100, "64.71"), (490, "64.71"), (510, None), (5000, None)])
def test_a_pin_off_the_coast_belongs_to_the_nearest_shore_within_500_metres(
    locator: Locator, metres: float, found: str | None
) -> None:
    place = where(locator, latitude=-0.75, longitude=116.0 - metres / 111_320)

    assert place.region == found
    if found:
        assert place.confidence == pytest.approx(0.6)
        assert place.evidence[0].values["metres"] == pytest.approx(metres, abs=2)


def test_a_pin_beside_a_district_belongs_to_it_if_the_regency_around_the_pin_is_its_own(locator: Locator) -> None:
    place = where(locator, latitude=0.7 + 200 / 111_320, longitude=117.6)

    assert place.region == "64.08.04"


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(0.0, 0.0), (0.001, -0.001), (117.6, 0.6), (52.5, 13.4), (0.6, 95.0)]
)
def test_null_island_swapped_and_foreign_coordinates_are_no_evidence(
    locator: Locator, latitude: float, longitude: float
) -> None:
    assert where(locator, latitude=latitude, longitude=longitude).evidence == ()


def test_coordinates_without_any_boundaries_are_no_evidence() -> None:
    assert Locator.build(REGIONS.items()).locate(about(latitude=0.6, longitude=117.6)).evidence == ()


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ("Lampu jalan mati di Sangatta sejak kemarin", "64.08"),
        ("Jalan rusak di Kel. Sidodadi Kec. Samarinda Ulu", "64.72.03.1005"),
        ("KEL : SIDODADI\\nKEC : SAMARINDA ULU", "64.72.03.1005"),
        ("Banjir di Sidodadi, Samarinda Ulu, Samarinda", "64.72.03.1005"),
        ("Banjir di kelurahan jemurwonosari", "35.78.02.1004"),
        ("Jembatan putus di Muara Wahau", "64.08.06"),
        ("Air PDAM mati, kecamatan Palaran", "64.72.01"),
        ("Desa Sepaso, Bengalon belum ada listrik", "64.08.09.2001"),
        ("Sampah menumpuk di kota Balikpapan", "64.71"),
        ("Sampah menumpuk di Kutim", "64.08"),
    ],
)
def test_places_are_read_from_the_body(locator: Locator, words: str, region: str) -> None:
    place = where(locator, body=words)

    assert place.region == region
    assert {evidence.source for evidence in place.evidence} == {Source.BODY}


@pytest.mark.parametrize(
    "words",
    [
        "Sepi sekali pasar pagi ini, pedagang mengeluh",
        "Tidak ada bantuan di desaku, di kelurahan yang sama sudah ada",
        "Rumah tetangga mengadakan hajatan di kelurahan setempat",
        "Sidodadi rusak",  # two villages are called so
        "Simpang pasir ditutup, sawahan kering",
        "Kami sungguh malang, di jalan Palaran nomor 3",
    ],
)
def test_ordinary_words_and_streets_name_no_place(locator: Locator, words: str) -> None:
    assert where(locator, body=words).region is None


def test_a_village_by_its_name_alone_counts_where_the_pin_says_which_regency(locator: Locator) -> None:
    place = where(locator, latitude=0.1, longitude=117.1, body="Listrik padam di Sekerat")

    assert place.region == "64.08.09.2003"
    assert [evidence.source for evidence in place.evidence] == [Source.COORDINATES, Source.BODY]
    assert place.contradictions == ()


def test_the_instansi_that_a_report_was_sent_to_tells_regions_of_one_name_apart(locator: Locator) -> None:
    assert locator.locate(about(body="Banjir di Sidodadi"), around="64.72").region == "64.72.03.1005"
    assert locator.locate(about(body="Banjir di Sidodadi"), around="35.15").region == "35.15.02.2005"
    assert locator.locate(about(), around="64.72").region is None


def test_a_city_and_a_regency_of_one_name_are_not_guessed_between(locator: Locator) -> None:
    assert where(locator, body="Jalan rusak di Malang").region is None
    assert where(locator, body="Jalan rusak di Kabupaten Malang").region == "35.07"
    assert where(locator, body="Jalan rusak di kota Malang").region == "35.73"


def test_a_pin_in_one_city_and_a_text_about_another_contradict_each_other(locator: Locator) -> None:
    place = where(locator, latitude=-0.75, longitude=116.2, body="Jalan berlubang di Sangatta")

    assert place.region == "64.71"  # the pin tells more
    assert place.confidence <= 0.5
    (contradiction,) = place.contradictions
    assert (contradiction.one.source, contradiction.one.region) == (Source.COORDINATES, "64.71")
    assert (contradiction.other.source, contradiction.other.region) == (Source.BODY, "64.08")


def test_every_pair_that_excludes_each_other_is_told(locator: Locator) -> None:
    place = where(locator, latitude=-0.75, longitude=116.2, region="64.72", location_text="Sangatta, Kutai Timur")

    pairs = {(one.one.region, one.other.region) for one in place.contradictions}
    assert pairs == {("64.71", "64.72"), ("64.71", "64.08"), ("64.72", "64.08")}


def test_nested_regions_agree_and_the_more_precise_holds(locator: Locator) -> None:
    place = where(
        locator, latitude=0.6, longitude=117.6, region="64", location_text="Desa Sangatta Utara, Kec. Sangatta Utara"
    )

    assert place.region == "64.08.04.2001"
    assert place.contradictions == ()
    assert len(place.evidence) == 3


def test_two_sources_for_one_region_make_it_surer(locator: Locator) -> None:
    alone = where(locator, body="Banjir di kecamatan Palaran")
    together = where(locator, region="64.72.01", body="Banjir di kecamatan Palaran")

    assert alone.region == together.region == "64.72.01"
    assert together.confidence > max(alone.confidence, 0.9)


def test_a_given_code_that_is_no_region_is_no_evidence(locator: Locator) -> None:
    assert where(locator, region="99.01").evidence == ()


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ("Sangatta", "64.08"),
        ("Jl. A. Yani RT 05 Kel. Teluk Lingga, Sangatta Utara", "64.08.04.1004"),
        ("Jl. Mawar, Sidodadi, Samarinda Ulu", "64.72.03.1005"),
        ("Palaran", "64.72.01"),
        ("Balikpapan Kota", "64.71.05"),  # not the city of which it is a district
        ("Kec. Samarindah Ulu, Samarinda", "64.72.03"),  # a typing error
        ("Kel. Teluk Lingga, Sangatta Utara, Kutim", "64.08.04.1004"),
    ],
)
def test_a_location_text_says_nothing_but_the_place(locator: Locator, words: str, region: str) -> None:
    assert where(locator, location_text=words).region == region


def test_the_location_text_goes_before_the_body(locator: Locator) -> None:
    place = where(locator, location_text="Sangatta", body="Saya melapor di Balikpapan")

    assert place.region == "64.08"
    assert len(place.contradictions) == 1


def test_where_a_district_and_its_village_share_a_name_the_district_is_meant_unless_it_is_said(
    locator: Locator,
) -> None:
    assert where(locator, body="Banjir di Sangatta Utara, Kutai Timur").region == "64.08.04"
    assert where(locator, body="Banjir di desa Sangatta Utara, Kutai Timur").region == "64.08.04.2001"


def test_a_village_of_a_common_name_is_told_by_the_city_that_is_named_with_it(locator: Locator) -> None:
    assert where(locator, body="Kelurahan Sidodadi kebanjiran").region is None
    assert where(locator, body="Kelurahan Sidodadi kebanjiran. Terima kasih, warga Samarinda").region == "64.72.03.1005"


def test_a_street_called_like_a_village_is_told_but_decides_nothing(locator: Locator) -> None:
    place = where(locator, region="35.78", body="Lubang di jalan Petemon dekat sekolah")

    assert place.region == "35.78"
    assert [(one.region, one.confidence < 0.5) for one in place.evidence] == [("35.78", False), ("35.78.06.1001", True)]


def test_only_the_first_4000_characters_are_read(locator: Locator) -> None:
    filling = "Mohon segera diperbaiki. " * 200

    assert where(locator, body=f"Kel. Simpang Pasir. {filling}").region == "64.72.01.1003"
    assert where(locator, body=f"{filling} Kel. Simpang Pasir.").region is None


def test_two_villages_that_are_named_alike_leave_what_is_around_both(locator: Locator) -> None:
    place = where(locator, body="Banjir di Kelurahan Sidodadi Kec. Samarinda Ulu dan Kel. Simpang Pasir Kec. Palaran")

    assert place.region == "64.72"


def test_a_place_is_told_as_data(locator: Locator) -> None:
    data = where(locator, latitude=-0.75, longitude=116.2, body="Jalan berlubang di Sangatta").as_data()

    assert data["boundaries"] == 7
    assert data["contradictions"][0]["other"]["values"]["read"] == "sangatta"
    assert data["evidence"][0]["values"]["set"] == 1
