"""What is sealed opens with its key, in its row and column, and nowhere else."""

from uuid import UUID

import pytest

from shared.ids import new_id
from shared.keys import envelope
from shared.keys.envelope import Envelope, Unreadable
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key
from tests.factories import NOON

ROW = new_id()
KEY, NEXT = (Key.make(KeyPurpose.IDENTITIES, now=NOON) for _ in range(2))
SAID = {"name": "Siti Nurhaliza", "phone": None, "email": "siti@warga.example"}


def sealed() -> Envelope:
    return envelope.seal(KEY, SAID, table="reporters", row=ROW)


def test_what_is_sealed_opens_with_the_key_that_it_names_and_shows_nothing_before() -> None:
    made = sealed()

    assert envelope.open_(KEY, made, table="reporters", row=ROW) == SAID
    assert made.key_id == KEY.id
    assert made.fields["phone"] is None
    assert b"Siti" not in b"".join(filter(None, (made.wrapped, *made.fields.values())))


def test_the_same_words_are_sealed_otherwise_each_time() -> None:
    first, second = sealed(), sealed()

    assert first.wrapped != second.wrapped
    assert first.fields["name"] != second.fields["name"]


@pytest.mark.parametrize(
    ("table", "row", "moved"),
    [("others", ROW, {}), ("reporters", new_id(), {}), ("reporters", ROW, {"name": "email", "email": "name"})],
)
def test_moved_to_another_table_row_or_column_it_does_not_open(table: str, row: UUID, moved: dict[str, str]) -> None:
    made = sealed()
    fields = {name: made.fields[moved.get(name, name)] for name in made.fields}

    with pytest.raises(Unreadable):
        envelope.open_(KEY, made._replace(fields=fields), table=table, row=row)


@pytest.mark.parametrize("cut", [0, 5, 12, -1])
def test_what_was_changed_or_cut_short_does_not_open(cut: int) -> None:
    made = sealed()

    with pytest.raises(Unreadable):
        envelope.open_(KEY, made._replace(wrapped=made.wrapped[:cut]), table="reporters", row=ROW)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(Unreadable):
        envelope.open_(NEXT, sealed(), table="reporters", row=ROW)


def test_wrapped_anew_it_opens_with_the_next_key_alone_and_what_is_sealed_stays() -> None:
    made = sealed()

    wrapped = envelope.rewrap(KEY, NEXT, made.wrapped, table="reporters", row=ROW)

    anew = Envelope(NEXT.id, wrapped, made.fields)
    assert envelope.open_(NEXT, anew, table="reporters", row=ROW) == SAID
    with pytest.raises(Unreadable):
        envelope.open_(KEY, anew, table="reporters", row=ROW)
