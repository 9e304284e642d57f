"""`evaluate`: figures from files alone."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing_service.competence.learning import corpus, evaluate, offices, training
from routing_service.competence.learning.corpus import BadCorpus, Row
from routing_service.competence.learning.evaluate import Answer
from routing_service.competence.learning.offices import Offices
from services.cli import routing_learning
from services.trouble import CannotRun
from tests.routing_service.competence.learning_corpora import rows, written

KEYS = {
    "top1",
    "top3",
    "macro_f1",
    "coverage",
    "precision",
    "baseline",
    "confusion",
    "train_seconds",
    "peak_mib",
    "decide_p50_ms",
}
REAL = Path(__file__).parents[4] / "shared" / "data" / "complaints" / "surabaya_2022.csv"


def test_one_file_gives_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routing_learning.evaluate(train=written(tmp_path, rows()), wanted=0.9, as_json=True)

    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert set(found["baseline"]) == {"top1", "top3", "macro_f1", "coverage", "precision"}
    assert found["top1"] > 0.8
    assert sum(found["confusion"]["Dinas PU"].values()) == 8
    assert found["train_seconds"] > 0 < found["decide_p50_ms"]


def test_rolling_learns_anew_before_each_month_from_all_that_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "LEAST_SAID", 20)
    told: list[str] = []
    all_rows = corpus.read_corpus(written(tmp_path, rows()))
    moved = [replace(row, received_at=day_of(number)) for number, row in enumerate(all_rows)]

    found = evaluate.rolling(moved[:64], moved[64:], wanted=0.9, say=told.append)

    assert [line for line in told if line.startswith("Learning for")] == [
        "Learning for March 2026 from 64 reports",
        "Learning for April 2026 from 96 reports",
    ]
    assert set(found) == KEYS
    assert sum(sum(said.values()) for said in found["confusion"].values()) == 64
    with pytest.raises(BadCorpus, match="received_at"):
        evaluate.rolling(moved[:64], [replace(row, received_at=None) for row in moved[64:]], wanted=0.9, say=print)


def day_of(number: int) -> datetime:
    """32 reports in each month of 2026."""
    return datetime(2026, 1 + number // 32, 1 + number % 28, tzinfo=UTC)


def test_what_a_citizen_picked_stands_in_a_column_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picked = [f"{row},{'waste' if 'Dinas DLH' in row else 'roads'}" for row in rows()]
    file = written(tmp_path, picked, head="text,district,village,agency,received_at,picked")

    assert [row.subject for row in corpus.read_corpus(file, subject="picked")][:2] == ["roads", "waste"]
    assert not any(row.subject for row in corpus.read_corpus(file))
    routing_learning.evaluate(train=file, subject="picked", wanted=0.9, as_json=True)
    assert set(json.loads(capsys.readouterr().out)) == KEYS
    with pytest.raises(CannotRun, match="The column chosen is missing"):
        routing_learning.evaluate(train=file, subject="chosen")


def test_folds_ask_for_every_report_once(tmp_path: Path) -> None:
    told: list[str] = []
    found = evaluate.cross_validate(corpus.read_corpus(written(tmp_path, rows())), 2, wanted=0.9, say=told.append)

    assert sum(sum(said.values()) for said in found["confusion"].values()) == 128
    assert "Fold 2 of 2" in told


def test_texts_of_the_training_file_are_not_asked_for(tmp_path: Path) -> None:
    known = [Row("Jalan  Rusak", "A"), Row("lampu padam", "B")]

    assert corpus.without([Row("jalan rusak\n", "B"), Row("banjir", "A")], known) == [Row("banjir", "A")]
    with pytest.raises(BadCorpus, match="nothing is left"):
        evaluate.evaluate(known, known, wanted=0.9, say=print)


def test_reports_without_dates_keep_their_order_unless_they_are_sorted_by_agency() -> None:
    mixed = [Row(str(number), "AB"[number % 2]) for number in range(20)]
    parted = [Row(str(number), "AB"[number // 10]) for number in range(20)]

    assert corpus.in_order(mixed) == mixed
    assert corpus.in_order(parted) != parted
    assert {row.text for row in corpus.in_order(parted)} == {row.text for row in parted}
    assert [one.label for one in evaluate.examples(mixed)] == ["A", "B"] * 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: The file has no lines of data"),
        (b"text,kantor\na,b\n", "line 1, column agency: The column agency is missing"),
        (b"text,agency\n", "line 1: The file has no lines of data"),
        (b"text,agency\nrusak,\n", "line 2, column agency: This column must be filled in"),
        (
            b"text,agency,received_at\nrusak,PU,kemarin\n",
            "line 2, column received_at: This column must be an instant such as",
        ),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)

    with pytest.raises(CannotRun, match=said):
        routing_learning.evaluate(train=file)


def test_commands_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="Name a file"):
        routing_learning.evaluate()
    with pytest.raises(CannotRun, match="cannot be read"):
        routing_learning.evaluate(test=tmp_path / "none.csv")
    with pytest.raises(CannotRun, match="leave --test away"):
        routing_learning.evaluate(train=tmp_path, test=tmp_path, folds=3)
    with pytest.raises(CannotRun, match="leave --folds away"):
        routing_learning.evaluate(train=tmp_path, folds=3, rolling=True)
    with pytest.raises(CannotRun, match="cannot be parted"):
        routing_learning.evaluate(train=written(tmp_path, rows()[:3]), folds=4)


@pytest.mark.parametrize(
    ("agency", "learned"),
    [
        ("Kelurahan Mekar Jaya", "@village"),
        ("Desa Bukit Raya", "@village"),
        ("Kecamatan Kota Lama", "@district"),
        ("Puskesmas Mekar", "@puskesmas"),
        ("Dinas Perhubungan", "Dinas Perhubungan"),
        ("Kelurahan", "Kelurahan"),
    ],
)
def test_offices_are_told_by_their_names(agency: str, learned: str) -> None:
    assert offices.class_of(agency) == learned


def test_the_column_tells_the_office_then_the_text(tmp_path: Path) -> None:
    known = Offices.of(
        [
            Row("", "Kelurahan Mekar Jaya", village="Mekarjaya"),
            Row("", "Kelurahan Bukit", village="Bukit"),
            Row("", "Kelurahan Bukit", village="Bukit Atas"),
        ]
    )

    assert known.resolve("@village", Row("", "", village="MEKAR JAYA")) == "Kelurahan Mekar Jaya"
    assert known.resolve("@village", Row("", "", village="Bukit Atas")) == "Kelurahan Bukit"  # who answered there
    assert known.resolve("@village", Row("", "", village="Sungai Baru")) == "Kelurahan Sungai Baru"
    assert known.resolve("@village", Row("di rt 3 mekar jaya, mohon bantuan", "")) == "Kelurahan Mekar Jaya"
    assert known.resolve("@village", Row("entah di mana", "")) is None
    assert known.resolve("Dinas Sosial", Row("", "")) == "Dinas Sosial"


def test_figures_count_what_they_say() -> None:
    truth = ["A", "A", "B", "C"]
    answers = [Answer(("A", "B"), True), Answer(("B", "A"), True), Answer(("B",), False), Answer((), False)]

    assert evaluate.scores(truth, answers) == {
        "top1": 0.5,
        "top3": 0.75,
        "macro_f1": pytest.approx((2 / 3 + 2 / 3 + 0 + 0) / 4, abs=1e-4),
        "coverage": 0.5,
        "precision": 0.5,
    }
    assert evaluate.scores(truth, [Answer(("A",), False)] * 4)["precision"] is None
    assert evaluate.confusion(truth, answers) == {"A": {"A": 1, "B": 1}, "B": {"B": 1}, "C": {"": 1}}


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the complaints of ../shared are not here")
def test_real_reports_find_their_agency(tmp_path: Path) -> None:
    with REAL.open(encoding="utf-8", newline="") as file:
        some = [row for number, row in enumerate(csv.DictReader(file)) if number % 12 == 0]
    taken = [
        Row(one["text"], one["agency"], one["district"], one["village"], received_at=None)
        for one in sorted(some, key=lambda one: one["received_at"])
    ]

    found = evaluate.evaluate(*evaluate.latest_part(taken), wanted=0.95, say=lambda _: None)

    assert found["top1"] > 0.5
    assert found["top3"] > 0.7
