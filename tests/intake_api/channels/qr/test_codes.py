"""The text of a code, and of a page that was shown."""

from datetime import timedelta

from intake_api.channels.qr import codes, tokens
from intake_api.channels.qr.tokens import TokenState
from tests.factories import NOON

SECOND = timedelta(seconds=1)


def test_a_code_is_read_as_it_is_printed_and_as_it_is_typed() -> None:
    code = codes.new_code("secret")

    assert len(code) == codes.LETTERS == 24
    assert codes.read_code(code, ["secret"]) == code
    assert codes.read_code(f" {codes.spelt(code).lower()} ", ["secret"]) == code


def test_a_code_of_an_earlier_key_is_known_for_as_long_as_that_key_is_kept() -> None:
    code = codes.new_code("earlier")

    assert codes.read_code(code, ["later", "earlier"]) == code
    assert codes.read_code(code, ["later"]) is None


def test_a_code_with_one_letter_changed_is_none_of_ours() -> None:
    code = codes.new_code("secret")
    others = [
        code[:place] + letter + code[place + 1 :]
        for place in range(len(code))
        for letter in "A7"
        if code[place] != letter
    ]

    assert {codes.read_code(one, ["secret"]) for one in others} == {None}
    assert {codes.read_code(one, ["secret"]) for one in ("", "A" * 24, "é" * 24, code + "A", code[:-1], "0" * 24)} == {
        None
    }


def test_a_page_counts_for_its_code_and_for_a_day() -> None:
    token = tokens.new_token("secret", "CODE", NOON)

    assert tokens.state_of(token, ["later", "secret"], "CODE", NOON + tokens.LASTS - SECOND) is TokenState.GOOD
    assert tokens.state_of(token, ["secret"], "CODE", NOON + tokens.LASTS) is TokenState.OVER
    assert tokens.state_of(token, ["secret"], "", NOON) is TokenState.FORGED
    assert tokens.state_of(token, ["another"], "CODE", NOON) is TokenState.FORGED
    assert {tokens.state_of(one, ["secret"], "CODE", NOON) for one in ("", "é", "A" * 48, token[:-4])} == {
        TokenState.FORGED
    }
