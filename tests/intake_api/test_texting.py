"""Short messages: how long they are, as telephone networks count, and how news is fitted into them."""

import pytest

from intake_api.notifications.texting import Alphabet, Length, fits_sms, fitted, length_of
from intake_api.notifications.writing import FRAME, SECRET, fill_short, given_to, ours
from shared.domain.evidence import REFUSALS
from shared.domain.news import NewsKind
from shared.domain.wording import Language, say

GSM, UCS = Alphabet.GSM_7, Alphabet.UCS_2
#: Longer than any address that we know of.
LINK = "https://lapor.kementerian-panrb.go.id/intake/r/1234567897"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("x" * 160, (GSM, 160, 1)),
        ("x" * 161, (GSM, 161, 2)),
        ("x" * 306, (GSM, 306, 2)),
        ("x" * 307, (GSM, 307, 3)),
        ("€" * 80, (GSM, 160, 1)),
        ("x" * 159 + "€", (GSM, 161, 2)),
        ("x" * 152 + "€" + "x" * 152, (GSM, 306, 3)),  # what takes two is not torn apart
        ("✓" * 70, (UCS, 70, 1)),
        ("✓" * 71, (UCS, 71, 2)),
        ("✓" * 134, (UCS, 134, 2)),
        ("✓" * 135, (UCS, 135, 3)),
        ("😀" * 35, (UCS, 70, 1)),
        ("😀" * 36, (UCS, 72, 2)),
        ("ñèØ@£\n", (GSM, 6, 1)),
        ("ç", (UCS, 1, 1)),  # as a small letter it is not in it
    ],
)
def test_a_text_is_as_long_as_networks_count_it(text: str, length: tuple[Alphabet, int, int]) -> None:
    assert length_of(text) == Length(*length)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", [*NewsKind, SECRET])
@pytest.mark.parametrize("least", [False, True])
def test_each_news_is_one_text_message_in_either_language(name: str, language: Language, least: bool) -> None:
    values = {one.name: one.otherwise if least else one.example for one in given_to(name).values()}
    reasons = [None] if "reason" not in values else [say(both, language) for both in REFUSALS.values()]
    for reason in reasons:
        short = fill_short(ours()[name, language], values | {"reason": reason})
        text = fill_short(ours()[FRAME, language], {"number": "1234567897", "news": short, "link": LINK, "stop": ""})

        length = length_of(text)
        assert (length.alphabet, length.parts) == (GSM, 1), text


def test_the_newest_news_is_kept_where_not_all_of_it_fits() -> None:
    assert fitted("<{}>".format, ["a" * 100, "b" * 100, "c" * 100], fits_sms, between=" ") == (
        f"<{'a' * 100} {'b' * 100} {'c' * 100}>"
    )
    assert fitted("<{}>".format, ["a" * 110, "b" * 100, "c" * 100], fits_sms, between=" ") == (
        f"<{'b' * 100} {'c' * 100}>"
    )
    assert fitted("<{}>".format, ["a", "b" * 400], fits_sms, between=" ") == f"<{'b' * 301}...>"
