"""docs/events.md is what the payloads say."""

from shared.log.payloads import PAYLOADS
from tests.documents import events_page


def test_the_page_is_current() -> None:
    assert events_page.PAGE.read_text() == events_page.page(), "run `make docs`"


def test_it_names_every_type_who_writes_it_and_who_follows_it() -> None:
    page = events_page.page()

    for type, payload in PAYLOADS.items():
        assert f"\n### {type}\n" in page
        followers = ", ".join(payload.followers) or "nobody"
        assert f"(#{type.replace('.', '')}) | {payload.writer} | {followers} |" in page


def test_a_field_has_its_type_its_meaning_and_when_it_is_left_out() -> None:
    page = events_page.page()

    assert "| `step` | number | working days from the due instant; 0 is that instant |  | 0.1 |" in page
    assert "| `repeated` | true or false | it was a repeated request | where false | 0.1 |" in page
    assert "| `due_at` | instant or null | when it was due |  | 0.1 |" in page
