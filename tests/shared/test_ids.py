import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import ids

NUMBERS = st.integers(0, 10**9 - 1).map(lambda n: f"{n:09d}").map(lambda digits: digits + ids.check_digit(digits))


def test_a_tracking_number_has_ten_digits_and_checks() -> None:
    number = ids.new_tracking_number()

    assert len(number) == 10
    assert ids.is_tracking_number(number)


@given(number=NUMBERS, place=st.integers(0, 9), wrong=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: str, place: int, wrong: int) -> None:
    digit = str((int(number[place]) + wrong) % 10)

    assert not ids.is_tracking_number(number[:place] + digit + number[place + 1 :])


@given(number=NUMBERS, place=st.integers(0, 8))
def test_two_neighbours_swapped_are_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert ids.is_tracking_number(swapped) == (swapped == number)


@pytest.mark.parametrize("text", ["", "123456789", "12345678901", "12345678a0", "\uff11" * 10])
def test_what_is_not_ten_digits_is_no_tracking_number(text: str) -> None:
    assert not ids.is_tracking_number(text)


@given(number=NUMBERS)
def test_a_number_whose_zeros_a_spreadsheet_has_dropped_is_the_same_number(number: str) -> None:
    shown = str(int(number))

    whole = ids.whole_tracking_number(shown)

    assert whole == (number if len(shown) >= 7 else None)
    assert whole is None or ids.is_tracking_number(whole)


@pytest.mark.parametrize("text", ["", "123456", "12345678901", "12345678a", "\uff11" * 9])
def test_what_has_too_few_or_other_signs_is_no_part_of_a_number(text: str) -> None:
    assert ids.whole_tracking_number(text) is None


def test_a_new_number_never_begins_with_a_zero() -> None:
    firsts = {ids.new_tracking_number()[0] for _ in range(1000)}

    assert firsts == set("123456789")


def test_tracking_numbers_do_not_count() -> None:
    numbers = {ids.new_tracking_number() for _ in range(1000)}

    assert len(numbers) > 990
    assert sorted(numbers) != list(numbers)


def test_an_access_code_has_at_least_128_bits_and_its_hash_forgives_case() -> None:
    code = ids.new_access_code()

    assert len(code) * 5 >= 128
    assert ids.access_code_hash(f" {code.lower()} ") == ids.access_code_hash(code)


def test_the_access_code_of_a_key_is_given_again_and_no_other_key_has_it() -> None:
    report = ids.new_id()

    assert ids.derived_access_code("s", report, "key") == ids.derived_access_code("s", report, "key")
    assert ids.derived_access_code("s", report, "key") != ids.derived_access_code("s", report, "kez")
    assert ids.derived_access_code("s", report, "key") != ids.derived_access_code("s", ids.new_id(), "key")


def test_identifiers_ascend_with_time() -> None:
    made = [ids.new_id() for _ in range(1000)]

    assert made == sorted(made)
    assert {one.version for one in random.sample(made, 10)} == {7}
