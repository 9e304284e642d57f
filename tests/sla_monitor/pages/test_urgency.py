"""How what is urgent is told by whom it lies with."""

from shared.domain.lifecycle import Level
from sla_monitor.pages.urgency import Held, HolderLine, by_agency, by_instansi, total

PARENTS = {"KOTA": None, "PU": "KOTA", "JALAN": "PU", "LAIN": None, "A": "B", "B": "A"}


def test_agencies_count_with_their_instansi_and_the_most_late_comes_first() -> None:
    held = [
        Held(Level.AGENCY, "JALAN", 2, 1), Held(Level.COORDINATOR, "KOTA", 1, 0), Held(Level.AGENCY, "LAIN", 4, 0),
        Held(Level.NATIONAL, None, 0, 5),
    ]  # fmt: skip

    assert by_instansi(held, PARENTS) == [
        HolderLine("LAIN", True, 4, 0), HolderLine("KOTA", True, 3, 1), HolderLine(None, True, 0, 5),
    ]  # fmt: skip
    assert [line.agency for line in by_agency(held)] == ["LAIN", "JALAN", "KOTA", None]
    assert total(held) == (7, 6)


def test_a_loop_in_the_registry_ends() -> None:
    (line,) = by_instansi([Held(Level.AGENCY, "A", 1, 0)], PARENTS)

    assert line.late == 1
