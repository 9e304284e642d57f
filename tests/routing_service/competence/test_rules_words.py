"""How the words of rules are found."""

import pytest

from routing_service.competence.rules.words import find_words, forms, phrase, says


@pytest.mark.parametrize(
    "written",
    [
        "rusak", "Rusak!", "RUSAK", "rusaknya", "kerusakan", "kerusakannya", "dirusak", "dirusakkan", "merusak",
        "merusakkan", "perusak", "terusak", "pengrusakan", "rusaklah", "memperusak", "rusak-rusak",
    ],
)  # fmt: skip
def test_a_word_is_found_with_affixes(written: str) -> None:
    assert says(find_words([written], frozenset({"rusak"})), ("rusak",))


@pytest.mark.parametrize(
    ("root", "written"),
    [
        ("tambal", "menambal"), ("potong", "memotong"), ("sapu", "menyapu"), ("kirim", "mengirimkan"),
        ("angkut", "pengangkutan"), ("baik", "diperbaiki"), ("lampu", "lampu-lampunya"), ("cafe", "Café"),
    ],
)  # fmt: skip
def test_a_root_is_found_where_its_first_letter_was_swallowed(root: str, written: str) -> None:
    assert says(find_words([written], frozenset({root})), (root,))


@pytest.mark.parametrize(
    ("root", "written"),
    [("kerusakan", "rusak"), ("rus", "rusuh"), ("air", "hilir"), ("nas", "dina"), ("an", "jalan"), ("di", "dinas")],
)
def test_another_word_is_not_found(root: str, written: str) -> None:
    assert not says(find_words([written], frozenset({root})), (root,))


def test_a_phrase_needs_its_words_one_after_the_other() -> None:
    words = frozenset({"lampu", "jalan"})

    assert says(find_words(["Lampunya jalanan"], words), ("lampu", "jalan"))
    assert not says(find_words(["lampu di jalan"], words), ("lampu", "jalan"))
    assert not says(find_words(["jalan lampu"], words), ("lampu", "jalan"))
    assert not says(find_words(["lampu", "jalan"], words), ("lampu", "jalan"))


def test_case_accents_and_punctuation_do_not_count() -> None:
    assert phrase("  PASAR, Pagi (lama)! 2x ") == ("pasar", "pagi", "lama", "2x")
    assert phrase("?!") == ()


def test_a_root_of_less_than_three_letters_is_not_made() -> None:
    assert forms("dia") == {"dia"}
    assert all(len(form) >= 3 for form in forms("memberikannyalah"))
