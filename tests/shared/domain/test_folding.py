"""One spelling for what looks alike, and the way back to what was written."""

# ruff: noqa: RUF001

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.folding import composed, fold, is_blank, is_unseen, searchable, unseen, visible


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Pak\u00a0Budi\u2011Santoso", "Pak Budi-Santoso"),
        ("0\ufe0f\u20e38\ufe0f\u20e3 ⓪⑧ ０８ ٠٨ 𝟎𝟖 ⁰⁸ 〇八", "08 08 08 08 08 08 08"),
        ("⑩ ㉑ Ⅷ ½", "10 21 VIII 1/2"),
        ("Вυԁі ＢＵＤＩ 𝓑𝓾𝓭𝓲 ⓑⓤⓓⓘ 🅱🅤🅓🅘 ʙᴜᴅɪ Bu\u0301đı", "Budi BUDI Budi budi BUDI budi Budi"),
        ("a\u200bb\u00adc\u2060d\u3164e\U000e0041f", "abcdef"),
        ("Pak&nbsp;Budi &#8203;&amp; a%20b \\u00a0 <b>c</b> &nix;", "Pak Budi & a b c &nix;"),
        ("a\t \tb   c\r\n\r\n\r\nd", "a\tb c\n\nd"),
        ("0812•3456·7890 … ；", "0812-3456-7890 . ;"),
        ("\ufdfa", "\ufdfa"),
    ],
)
def test_what_looks_alike_is_read_alike(written: str, read: str) -> None:
    assert fold(written).text == read


def test_a_stretch_of_what_is_read_is_a_stretch_of_what_was_written() -> None:
    text = "kata  Pak\u00a0B\u200budi\u00ad, 0️⃣8️⃣ ⑩ &nbsp;x"
    folded = fold(text)

    def written(words: str) -> str:
        at = folded.text.index(words)
        start, end = folded.original(at, at + len(words))
        return text[start:end]

    assert written("Budi") == "B\u200budi\u00ad"
    assert written("08") == "0️⃣8️⃣"
    assert written("1") == "⑩"  # what became two characters is one stretch
    assert written("x") == "x"
    assert written("kata Pak") == "kata  Pak"


@given(st.text(max_size=50))
def test_every_text_can_be_read_and_mapped_back(text: str) -> None:
    for folded in (fold(text), fold(text, gaps=True)):
        assert len(folded.starts) == len(folded.text) + 1
        assert folded.starts[-1] == len(text) or not folded.text
        assert list(folded.starts) == sorted(folded.starts)
        for at in range(len(folded.text)):
            start, end = folded.original(at, at + 1)
            assert 0 <= start < end <= len(text)


@given(st.text(max_size=50))
def test_what_is_shown_holds_nothing_that_is_not_seen(text: str) -> None:
    shown = visible(text)

    assert not any(map(is_unseen, shown))
    assert unseen(shown) == ""
    assert visible(shown) == shown


def test_what_is_shown_is_as_it_was_written_otherwise() -> None:
    assert visible("Kafé 2 m², ½ jam,\n\tjalan: ①") == "Kafé 2 m², ½ jam,\n\tjalan: ①"
    assert visible("Lаmpu mаti, лампа") == "Lampu mati, лампа"
    assert visible("Kafe\u0301\u00a0Be\u0301jo\u2028Ｌａｍｐｕ 𝗺𝗮𝘁𝗶\r\n\u200b.") == "Kafé Béjo\nLampu mati\n."


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\u3164", "\u2800\u00a0", "\ufe0f\u0301", "\U000e0041"])
def test_what_nobody_sees_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200b1", "...", "лампа", "😀", "é"])
def test_what_somebody_sees_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_words_are_looked_for_without_accents_and_shapes() -> None:
    words = "Kafé Béjo"
    forms = {unicodedata.normalize(form, words) for form in ("NFC", "NFD")} | {
        "Ｋａｆｅ\u00a0Ｂｅｊｏ",
        "Kafe\u200b Bejo",
    }

    assert {searchable(form) for form in forms} == {"Kafe Bejo"}
    assert searchable("Lampu – mati “jalan” -padam") == "Lampu   mati “jalan” -padam"
    assert composed("Kafe\u0301") == "Kafé"
