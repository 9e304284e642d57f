"""Long work is shown without a terminal, too."""

import threading
from io import StringIO

import pytest
from rich.console import Console

from services.cli import speaking
from services.cli.speaking import SpeakingConsole
from services.progress import LongWork, Waiting, line
from shared.domain.wording import Language


class Paper(StringIO):
    """A file that says when a line has been written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        if "\n" in text:
            self.written.set()
        return count


def test_a_file_gets_a_line_while_the_work_goes_on() -> None:
    paper = Paper()
    with LongWork(Console(file=paper, width=200), seconds=0.01) as work:
        task = work.add_task("Checking reports", total=5_000)
        work.update(task, completed=1_200)
        assert paper.written.wait(10)

    assert paper.getvalue().startswith("Checking reports: 1,200 of 5,000, 0 s\n")


def test_work_that_cannot_say_how_far_it_is_says_what_it_does() -> None:
    paper = Paper()
    with Waiting("Learning", console=Console(file=paper, width=200), seconds=0.01) as work:
        assert paper.written.wait(10)
        work.update("Asking for 200 reports")
        before = len(paper.getvalue())
        paper.written.clear()
        assert paper.written.wait(10)

    assert paper.getvalue().startswith("Learning: 0 s\n")
    assert "Asking for 200 reports: 0 s\n" in paper.getvalue()[before:]


def test_lines_are_said_in_the_language_that_was_asked_for() -> None:
    paper = Paper()
    speaking.speak(Language.ID)
    try:
        SpeakingConsole(file=paper, width=200).print("Checking reports: 1,200 of 5,000, 20 s")
    finally:
        speaking.speak(Language.EN)

    assert paper.getvalue() == "Memeriksa laporan: 1,200 dari 5,000, 20 detik\n"


def test_a_terminal_gets_bars_and_no_lines() -> None:
    console = Console(file=StringIO(), force_terminal=True)

    with LongWork(console) as work:
        assert not work.disable
        assert not any(thread.name == "progress" for thread in threading.enumerate())


def test_quick_work_says_nothing() -> None:
    paper = Paper()
    with LongWork(Console(file=paper)) as work:
        work.advance(work.add_task("Checking reports", total=1))

    assert paper.getvalue() == ""


def test_only_what_has_moved_is_told_and_else_the_latest() -> None:
    work = LongWork(Console(file=StringIO()))
    first, second = work.add_task("First", total=10), work.add_task("Second", total=10)
    assert [said[:5] for said in work._lines()] == ["First", "Secon"]

    work.advance(first)
    assert work._lines() == [line(work.tasks[0])]

    assert work._lines() == [line(work.tasks[1])]

    work.update(first, completed=10)
    work.update(second, completed=10)
    assert work._lines() == []


@pytest.mark.parametrize(
    ("total", "completed", "said"),
    [(None, 0, "Work: 0 s"), (None, 7, "Work: 7 of ?, 0 s"), (2_000, 0, "Work: 0 of 2,000, 0 s")],
)
def test_a_line_says_what_is_known(total: int | None, completed: int, said: str) -> None:
    work = LongWork(Console(file=StringIO()))
    task = work.add_task("Work", total=total, completed=completed)

    assert line(next(one for one in work.tasks if one.id == task)) == said
