from datetime import UTC, datetime

import pytest

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.registry import seed
from services.demo import lives
from shared.domain.codes import ArchiveReason
from shared.domain.lifecycle import Status
from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from tests.seeded import DIRECTORY, RULES

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
STORIES = lives.stories()
REGIONS = {code for code, _ in seed.regions(villages=False)}
IDS = [story.given["title"] for story in STORIES]


def test_every_life_has_an_end_and_is_told_at_least_once() -> None:
    assert set(lives.LIVES) == set(lives.ENDS) == {story.life for story in STORIES}
    assert set(lives.ENDS.values()) <= {status.value for status in Status}


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_a_story_names_what_the_registry_knows(story: lives.Story) -> None:
    assert story.given["region"] in REGIONS
    assert story.given.get("category") in {None, *(row["code"] for row in seed.categories())}
    if story.life != "archived":
        assert story.agency in {row["code"] for row in seed.agencies()}
    else:
        assert story.given["archive_reason"] in set(ArchiveReason)


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_a_story_goes_to_the_agency_that_the_rules_decide(story: lives.Story) -> None:
    inquiry = Inquiry("", "", NOW.date(), category=story.given.get("category"))

    ruling = RULES.apply(inquiry, Place(story.given["region"], 0.9), DIRECTORY)

    if ruling.agency is not None:
        assert ruling.agency == story.agency


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_a_story_is_an_acceptable_submission(story: lives.Story) -> None:
    body = story.submission(NOW)

    assert 1 <= len(body["title"]) <= 200
    if "latitude" in body["location"]:
        assert LATITUDE_RANGE[0] <= body["location"]["latitude"] <= LATITUDE_RANGE[1]
        assert LONGITUDE_RANGE[0] <= body["location"]["longitude"] <= LONGITUDE_RANGE[1]
    assert ("received_at" in body) is story.late_entry


def test_late_paper_forms_are_among_them_so_that_something_is_overdue() -> None:
    late = [story.submission(NOW)["received_at"] for story in STORIES if story.late_entry]

    assert len(late) >= 5
    assert min(late) < "2026-05-01"
