from shared.http import sealing

SECRET = "a-secret-of-this-system"


def test_only_the_same_key_opens_a_text_and_only_in_its_row() -> None:
    key = sealing.key_of(SECRET, "k-1", purpose="answers")
    sealed = sealing.seal(key, "Siti Rahma", about=b"row 1")

    assert sealing.unseal(key, sealed, about=b"row 1") == "Siti Rahma"
    assert sealing.unseal(key, sealed, about=b"row 2") is None
    assert sealing.unseal(key, sealed[:-1], about=b"row 1") is None
    assert sealing.unseal(key, b"", about=b"row 1") is None
    for other in (
        sealing.key_of("another secret", "k-1", purpose="answers"),
        sealing.key_of(SECRET, "k-2", purpose="answers"),
        sealing.key_of(SECRET, "k-1", purpose="letters"),
    ):
        assert sealing.unseal(other, sealed, about=b"row 1") is None


def test_the_same_text_is_never_sealed_alike_and_shows_nothing() -> None:
    key = sealing.key_of(SECRET, "k-1", purpose="answers")
    one, another = (sealing.seal(key, "Siti Rahma", about=b"") for _ in range(2))

    assert one != another
    assert b"Siti" not in one
