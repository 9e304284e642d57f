"""The invented reports: the same in every run, and such as the services take them."""

import itertools
import json
from pathlib import Path

import routing_service
from services.bench import corpus

DATA = Path(routing_service.__file__).parent / "data"


def seeded(name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((DATA / f"{name}.json").read_text())[name]
    return rows


def test_the_same_seed_invents_the_same_reports() -> None:
    assert list(corpus.written(50, seed=1)) == list(corpus.written(50, seed=1))
    assert list(corpus.written(50, seed=1)) != list(corpus.written(50, seed=2))


def test_every_topic_and_region_is_written_about() -> None:
    reports = list(corpus.written(500, seed=1))

    assert {report.duty for report in reports} == {topic.duty for topic in corpus.TOPICS}
    assert {report.region for report in reports} == set(corpus.REGIONS)
    assert sum(report.category is None for report in reports) == 250


def test_what_they_are_about_is_seeded() -> None:
    agencies = {(duty, row.get("region")) for row in seeded("agencies") for duty in row.get("duties") or ()}  # type: ignore[attr-defined]

    assert {topic.category for topic in corpus.TOPICS} <= {row["code"] for row in seeded("categories")}
    assert {(topic.duty, region) for topic in corpus.TOPICS for region in corpus.REGIONS} <= agencies


def test_a_report_lies_in_the_square_of_its_region_and_in_no_other() -> None:
    for report in corpus.written(200, seed=1):
        around = [
            region
            for region, (west, south) in corpus.REGIONS.items()
            if west <= report.longitude <= west + corpus.SIDE_DEGREES
            and south <= report.latitude <= south + corpus.SIDE_DEGREES
        ]
        assert around == [report.region]


def test_no_two_squares_touch() -> None:
    for (west, south), (other_west, other_south) in itertools.combinations(corpus.REGIONS.values(), 2):
        assert max(abs(west - other_west), abs(south - other_south)) > corpus.SIDE_DEGREES
    assert len(corpus.boundaries()["features"]) == len(corpus.REGIONS)
