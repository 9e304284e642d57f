"""What is learned, how it is kept, and what it says of a report."""

import pickle
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning import features, kinds, storage, sureness, texts, training
from routing_service.competence.learning.classifier import Classifier
from routing_service.competence.learning.features import Reading
from routing_service.competence.learning.model import Model
from routing_service.competence.learning.storage import BadModel
from routing_service.competence.learning.sureness import Sureness
from routing_service.competence.place.place import NOWHERE, Place
from routing_service.registry.directory import Directory, Listed
from tests.routing_service.competence.learning_corpora import FIRST, VILLAGES, directory, examples, office, trained

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def blob() -> bytes:
    return Model(trained().classifier, trained().threshold).dump()


@pytest.fixture(scope="module")
def model(blob: bytes) -> Model:
    return Model.load(blob, version=7)


def an_inquiry(body: str, **changes: object) -> Inquiry:
    return Inquiry(title="Laporan", body=body, received_on=DAY, **changes)  # type: ignore[arg-type]


def test_the_agency_whose_words_stand_in_a_report_is_the_likeliest(model: Model) -> None:
    inquiries = [an_inquiry("jalan rusak dan aspal lubang"), an_inquiry("sampah menumpuk, sungai berbau")]

    road, waste = model.predict(inquiries, [NOWHERE, NOWHERE], directory())

    assert (road.likely[0].agency, waste.likely[0].agency) == ("PU", "DLH")
    assert road.model == 7
    assert road.likely[0].probability > 0.5


def test_words_that_spoke_for_an_agency_are_told_the_strongest_first(model: Model) -> None:
    (said,) = model.predict([an_inquiry("lampu jalan padam")], [NOWHERE], directory())

    words = said.likely[0].words
    assert {"lampu", "padam"} & {word.text for word in words}
    assert [word.weight for word in words] == sorted((word.weight for word in words), reverse=True)


@pytest.mark.parametrize("village", VILLAGES)
def test_an_office_that_exists_in_every_village_is_found_by_the_place(model: Model, village: str) -> None:
    (said,) = model.predict(
        [an_inquiry("surat pengantar lama, kantor lurah tutup")], [Place(village, 0.9)], directory()
    )

    assert (said.likely[0].agency, said.likely[0].kind) == (office(village), "village")


def test_without_a_village_no_village_office_is_named(model: Model) -> None:
    (said,) = model.predict([an_inquiry("kantor lurah tutup")], [Place("64.72", 0.9)], directory())

    assert not any(one.agency.startswith("LURAH") for one in said.likely)


def test_who_returned_a_report_is_not_likely_any_more(model: Model) -> None:
    inquiry = an_inquiry("jalan rusak, jembatan retak", returned_by=frozenset({"PU"}))

    (said,) = model.predict([inquiry], [NOWHERE], directory())

    assert "PU" not in {one.agency for one in said.likely}
    assert not said.sure


def test_an_agency_that_has_ended_stands_for_its_successor(model: Model) -> None:
    known = dict(directory().agencies)
    known["PU"] = Listed("PU", "PU", "dinas", "agency", "KOTA", "64.72", valid_until=date(2026, 3, 1), successor="BARU")
    known["BARU"] = Listed("BARU", "Baru", "dinas", "agency", "KOTA", "64.72")

    (said,) = model.predict([an_inquiry("jalan rusak")], [NOWHERE], Directory(2, known))

    assert said.likely[0].agency == "BARU"


def test_a_model_reads_back_as_it_was_written(model: Model, blob: bytes) -> None:
    readings = [one.reading for one in examples()]

    before, after = trained().classifier.rank(readings), model.classifier.rank(readings)

    np.testing.assert_array_equal(before.classes[:, 0], after.classes[:, 0])
    np.testing.assert_allclose(before.probabilities, after.probabilities, atol=0.02)  # sums are kept in halves
    assert Model.load(blob).dump() == blob


def test_the_same_reports_make_the_same_model(blob: bytes) -> None:
    again = training.train(list(reversed(examples())), wanted=0.9)
    other = training.train(list(reversed(examples())), wanted=0.9)

    assert Model(again.classifier, again.threshold).dump() == Model(other.classifier, other.threshold).dump()


def _sealed(content: bytes) -> bytes:
    return storage.MAGIC + bytes([storage.FORMAT]) + content


def _with_a_pickle() -> bytes:
    archive = BytesIO()
    np.savez(archive, header=np.array([{"threshold": 1}], dtype=object), allow_pickle=True)
    return _sealed(archive.getvalue())


def _without_weights() -> bytes:
    return storage.pack({"threshold": 0.5}, {})


def _too_large_when_unpacked() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("header.npy", bytes(storage.LARGEST + 1))
    return _sealed(archive.getvalue())


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"", "no model of lapor"),
        (pickle.dumps({"classes": []}), "no model of lapor"),
        (storage.MAGIC + bytes([3]) + bytes(40), "format 3; this release reads format 5. Train it anew"),
        (storage.MAGIC, "no model of lapor"),
        (_sealed(b"abc"), "damaged"),
        (_with_a_pickle(), "plain arrays"),
        (_without_weights(), "missing"),
    ],
)
def test_bytes_that_are_no_model_are_refused_with_a_sentence(broken: bytes, said: str) -> None:
    with pytest.raises(BadModel, match=said):
        Model.load(broken)


def test_an_archive_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "LARGEST", 100_000)

    with pytest.raises(BadModel, match="unpacks to more"):
        Model.load(_too_large_when_unpacked())


def test_a_model_whose_parts_do_not_fit_is_refused(blob: bytes) -> None:
    header, arrays = storage.unpack(blob)
    arrays["weights"] = arrays["weights"][:-1]

    with pytest.raises(BadModel, match="do not fit"):
        Model.load(storage.pack(header, arrays))


@pytest.mark.parametrize(("texts_with_it", "kept"), [(2, False), (3, True)])
def test_a_word_of_fewer_than_three_texts_never_enters_a_model(texts_with_it: int, kept: bool) -> None:
    written = [f"jalan rusak {number} sutrisno" for number in range(texts_with_it)] * 3  # each was sent thrice
    written += [f"jalan rusak {number}" for number in range(4)]

    words, grams = features.learn([Reading(text) for text in written]).terms
    assert ("sutrisno" in words) is kept
    assert ("utris" in grams) is kept


def in_turns(subjects: tuple[str, ...] = ("roads", "waste", "")) -> list[Reading]:
    return [Reading(one.reading.text, subjects[number % len(subjects)]) for number, one in enumerate(examples())]


def rows_of(readings: list[Reading]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    learned = features.learn(readings)
    found = np.zeros((len(readings), learned.width), dtype=np.float32)
    for row, reading in zip(found, readings, strict=True):
        columns, values = learned.row(reading)
        row[columns] = values
    return found


def test_terms_weigh_as_scikit_learn_weighs_them() -> None:
    written = [one.reading.text for one in examples()]
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", min_df=3, sublinear_tf=True)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True)

    expected = np.hstack([view.fit_transform(dict.fromkeys(written)).toarray() for view in (words, grams)])

    different = [Reading(text) for text in dict.fromkeys(written)]
    np.testing.assert_allclose(rows_of(different), expected, atol=1e-6)


def test_a_text_of_which_nothing_is_known_has_its_subject_alone() -> None:
    learned = features.learn(in_turns())

    assert not len(learned.row(Reading("zzz"))[0])
    assert len(learned.row(Reading("zzz", "waste"))[0]) == 1  # that it was picked says something alone
    assert not len(learned.row(Reading("zzz", "unknown"))[0])


def test_reports_with_the_same_subject_are_so_much_more_alike() -> None:
    readings = in_turns(("roads", "waste"))
    plain, crossed = rows_of([Reading(one.text) for one in readings]), rows_of(readings)

    alike, more = plain @ plain.T, crossed @ crossed.T
    same = np.array([[one.subject == other.subject for other in readings] for one in readings])
    np.testing.assert_allclose(more[~same], alike[~same], atol=1e-5)
    assert (more[same] >= alike[same] + 0.3 - 1e-5).all()
    assert (more[same] <= 2 * alike[same] + 0.3 + 1e-5).all()


@pytest.mark.parametrize(("with_subject", "kept"), [(2, False), (3, True)])
def test_a_word_of_fewer_than_three_texts_of_a_subject_is_not_crossed_with_it(with_subject: int, kept: bool) -> None:
    """Else the subject would tell whose word it is."""
    readings = [Reading(f"sutrisno {number}", "waste" if number < with_subject else "") for number in range(6)]
    readings += [Reading(f"sampah {number}", "waste") for number in range(3)]

    learned = features.learn(readings)

    assert learned.subjects == ["waste"]
    assert (learned.terms[0].index("sutrisno") in learned.crossed) is kept


def test_a_model_that_knows_subjects_reads_back_as_it_was_written_and_uses_them() -> None:
    taught = [
        replace(one, reading=replace(one.reading, subject="waste" if one.label == "DLH" else "roads"))
        for one in examples()
    ]
    found = training.train(taught, wanted=0.9)
    back = Model.load(Model(found.classifier, 0.5).dump()).classifier

    assert back.features.subjects == ["roads", "waste"]
    np.testing.assert_array_equal(back.features.crossed, found.classifier.features.crossed)
    roads, waste = back.rank([Reading("tolong diperiksa", "roads"), Reading("tolong diperiksa", "waste")]).classes
    assert back.classes[waste[0]] == "DLH" != back.classes[roads[0]]


@pytest.mark.parametrize(("right", "found"), [(19, sureness.NEVER), (20, 0.9)])
def test_a_threshold_needs_enough_right_reports(right: int, found: float) -> None:
    confidence = np.full(right, 0.9)

    assert sureness.threshold(confidence, np.ones(right, dtype=np.bool_), wanted=0.95) == found


def test_a_few_sure_reports_that_are_wrong_hardly_move_the_threshold() -> None:
    draw = np.random.default_rng(3)
    confidence = draw.uniform(0.3, 0.99, 2_000)
    right = draw.random(2_000) < confidence

    calm = sureness.threshold(confidence, right, wanted=0.9)
    right[np.argsort(-confidence)[:5]] = False
    moved = sureness.threshold(confidence, right, wanted=0.9)

    assert right[confidence >= calm].mean() == pytest.approx(0.9, abs=0.02)
    assert calm <= moved <= calm + 0.03


def test_no_threshold_gives_a_precision_that_is_reached_nowhere() -> None:
    confidence = np.linspace(0.5, 0.9, 400)

    assert sureness.threshold(confidence, np.arange(400) % 2 == 0, wanted=0.95) == sureness.NEVER


def test_the_threshold_goes_down_as_far_as_enough_are_right() -> None:
    confidence = np.concatenate([np.linspace(0.8, 1, 100), np.linspace(0.1, 0.3, 50)])
    right = np.concatenate([np.ones(100, dtype=np.bool_), np.zeros(50, dtype=np.bool_)])

    assert 0.28 < sureness.threshold(confidence, right, wanted=0.95) <= 0.8


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Jln. rusakkkk yg parahhh!!", "jalan rusak yang parah"),
        ("[NAME_1] minta [NUMBER]", "xxname minta xxnumber"),
        ("NIK [nik], KK [kartu keluarga], dari [nama]", "nik xxnumber kk xxnumber dari xxnama"),
        ("lampu mati\\n\\nTerima kasih", "lampu mati terima kasih"),
        ("teman2 & NIK 6471000000000000", "teman nik xxnumber"),
    ],
)
def test_informal_spellings_and_masks_are_evened_out(written: str, read: str) -> None:
    assert texts.normal(written) == read


def test_units_are_a_kind_by_their_duty_where_there_are_several() -> None:
    units = [Listed(f"P{one}", "", "unit", "unit", "KOTA", f"64.72.0{one}", ("health_centre",)) for one in (1, 2)]
    lone = Listed("KSOP", "", "unit", "unit", "KOTA", "64.72", ("ports",))
    known = Directory(1, {**directory().agencies, **{one.code: one for one in (*units, lone)}})

    assert kinds.class_of("P1", known) == "@health_centre"
    assert kinds.class_of("KSOP", known) == "KSOP"
    assert list(kinds.resolve("@health_centre", "64.72.02.1001", known, DAY)) == ["P2"]


def _governments() -> Directory:
    """Two cities and their province with public works each; the second city has two departments for the environment."""
    roots = [
        Listed("PROV", "", "province", "province", None, "64"),
        *(Listed(f"KOTA-{one}", "", "city", "regency_city", None, f"64.7{one}") for one in (1, 2)),
    ]
    works = [Listed(f"{one.code}-PU", "", "dinas", "agency", one.code, one.region, ("public_works",)) for one in roots]
    greens = [
        Listed(code, "", "dinas", "agency", parent, region, ("environment",))
        for code, parent, region in (
            ("DLH", "KOTA-1", "64.71"),
            ("DLH-A", "KOTA-2", "64.72"),
            ("DLH-B", "KOTA-2", "64.72"),
        )
    ]
    return Directory(1, {one.code: one for one in (*roots, *works, *greens)})


def test_departments_of_several_cities_are_learned_together_by_their_duty() -> None:
    known = _governments()

    assert {kinds.class_of(f"KOTA-{one}-PU", known) for one in (1, 2)} == {"@regency_city:public_works"}
    assert list(kinds.resolve("@regency_city:public_works", "64.72.02.1001", known, DAY)) == ["KOTA-2-PU"]


@pytest.mark.parametrize("region", ["64", "65.01", None])
def test_a_place_with_no_city_that_has_such_a_department_names_none(region: str | None) -> None:
    assert list(kinds.resolve("@regency_city:public_works", region, _governments(), DAY)) == []


def test_the_department_of_the_only_province_is_no_kind() -> None:
    assert kinds.class_of("PROV-PU", _governments()) == "PROV-PU"


def test_departments_that_duty_and_place_do_not_tell_apart_are_learned_each_for_itself() -> None:
    assert kinds.class_of("DLH-A", _governments()) == "DLH-A"


def test_reports_of_cities_that_read_alike_are_told_by_their_place() -> None:
    known = _governments()
    taught = [
        training.Example(Reading(text), kinds.class_of(f"KOTA-{city}-{agency}", known), FIRST + timedelta(days=day))
        for day in range(30)
        for city in (1, 2)
        for agency, text in (("PU", f"jalan rusak {day}"), ("UMUM", f"surat lama {day}"))
    ]
    trained = training.train(taught, wanted=0.9)
    model = Model(trained.classifier, trained.threshold)
    places = [Place(f"64.7{city}.01") for city in (1, 2)]

    said = model.predict([Inquiry("jalan rusak", "", DAY)] * 2, places, known)

    assert [one.likely[0].agency for one in said] == ["KOTA-1-PU", "KOTA-2-PU"]


def test_too_few_agencies_are_refused_with_a_sentence() -> None:
    alike = [one for one in examples() if one.label == "PU"]

    with pytest.raises(training.TooFew, match="at least two agencies"):
        training.train(alike, wanted=0.95)


def _of_two(texts_: list[str]) -> list[training.Example]:
    return [
        training.Example(Reading(text), ("PU", "DLH")[day % 2], FIRST + timedelta(days=day))
        for day, text in enumerate(texts_)
    ]


@pytest.mark.parametrize(
    ("texts_", "said"),
    [
        ([""] * 60, "No word stands in 3 different texts"),
        (["jalan rusak", "lampu mati"] * 30, "No word stands in 3 different texts"),
        ([f"jalan rusak {number}" for number in range(42)] + ["jalan rusak 1"] * 18, "repeat the earlier ones"),
    ],
)
def test_texts_that_teach_nothing_are_refused_with_a_sentence(texts_: list[str], said: str) -> None:
    with pytest.raises(training.TooFew, match=said):
        training.train(_of_two(texts_), wanted=0.95)


def test_two_agencies_are_enough_and_told_apart() -> None:
    texts_ = [f"{('jalan rusak', 'lampu mati')[number % 2]} {number}" for number in range(60)]

    classifier = training.train(_of_two(texts_), wanted=0.9).classifier
    ranked = classifier.rank([Reading("jalan rusak sekali"), Reading("lampu mati")])

    assert [classifier.classes[best] for best in ranked.classes[:, 0]] == ["PU", "DLH"]


def a_classifier(owners: list[int]) -> Classifier:
    """Three classes whose scores are given."""
    likely = Sureness(np.array([2, 1], dtype=np.float32), 0.0)
    none = features.Features((), np.zeros(0, dtype=np.float32))
    of_pairs = np.array(owners, dtype=np.int64)
    return Classifier("ABC", of_pairs, "xyz"[: len(owners)], none, np.zeros((0, 6), dtype=np.float16), likely)


def test_a_class_counts_with_its_best_pair_and_one_without_counts_twice() -> None:
    scores = np.array([[0.1, 0.2, 0.15, 0.6, -0.9, -0.8]], dtype=np.float32)  # two pairs of A, one of B, none of C

    ranked = a_classifier([0, 0, 1]).ranked(scores)

    assert list(ranked.classes[0]) == [0, 2, 1]  # 0.1 + 0.6, 0.15 twice, 0.2 - 0.8
    np.testing.assert_allclose(ranked.leads, [[0.1 - 0.2, 0.6 - 0.15]], atol=1e-6)
    assert list(ranked.pairs[0]) == [0, 2, 1]  # 0.1 + 0.6, 0.2 - 0.8, 0.1 - 0.9


def test_probabilities_fall_from_the_first_and_are_no_more_than_one_together() -> None:
    for scores in ([[0.9, -0.9, -0.9]], [[-0.5, -0.5, -0.5]], [[0.1, 0.2, 0.19]]):
        told = a_classifier([]).ranked(np.array(scores, dtype=np.float32)).probabilities[0]

        assert list(told) == sorted(told, reverse=True)
        assert told.sum() <= 1 + 1e-6


@pytest.mark.parametrize("right", [True, False])
def test_where_all_were_right_or_all_wrong_the_share_is_told(right: bool) -> None:
    leads = np.array([[0.5, 0.3], [0.9, 0.7]] * 4, dtype=np.float32)

    told = Sureness.fit(leads, np.full(8, right)).probabilities(np.array([[0.7, 0.5]], dtype=np.float32))

    assert told == pytest.approx([0.9 if right else 0.1])


def test_however_easy_the_reports_were_nothing_is_sure_without_a_lead() -> None:
    leads = np.full((100, 2), 0.8, dtype=np.float32)

    found = Sureness.fit(leads, np.ones(100, dtype=np.bool_))

    assert found.probabilities(np.zeros((1, 2), dtype=np.float32)) == pytest.approx([0.5])
    assert sureness.threshold(found.probabilities(leads), np.ones(100, dtype=np.bool_), wanted=0.95) > 0.9


def test_the_latest_reports_are_held_back_without_texts_that_are_known() -> None:
    known = [replace(examples()[0], received_on=FIRST + timedelta(days=100 + day)) for day in range(10)]

    trial = training.fit([*examples(), *known]).trial

    cut = round((128 + 10) * (1 - training.HELD_BACK))
    assert len(trial.examples) == 128 - cut
    assert min(one.received_on for one in trial.examples) >= sorted(one.received_on for one in examples())[cut]


def test_held_back_reports_are_told_what_a_model_says_that_has_not_seen_them() -> None:
    """Without learning a second time: by the corner of the factor of the kernel."""
    rows = sparse.csr_matrix(rows_of([one.reading for one in examples()]))
    draw = np.random.default_rng(5)
    targets = draw.choice([-1, 1], (128, 3)).astype(np.float32)
    penalties = draw.uniform(0.5, 2, 128).astype(np.float32)

    _, (_, held_back) = training.ridge(rows, targets, penalties, [60, 90])

    learned, _ = training.ridge(rows[:90], targets[:90], penalties[:90], [60])
    np.testing.assert_allclose(held_back, rows[90:] @ learned, atol=1e-3)


def test_a_trial_since_a_day_asks_of_later_days_alone() -> None:
    day = FIRST + timedelta(days=20)

    later = training.fit(examples(), since=day).later

    assert {one.received_on for one in later.examples} == {FIRST + timedelta(days=number) for number in range(21, 32)}


def test_the_likeliest_categories_are_told_that_there_still_are() -> None:
    names = {"PU": "roads", "DLH": "waste", "DISHUB": "transport", "@village": "village"}
    taught = [replace(one, category=names[one.label]) for one in examples()]
    known = replace(directory(), categories={"roads": None, "waste": None, "village": None})

    (said,) = Model.load(Model(training.train(taught, wanted=0.9).classifier, 0.5).dump()).predict(
        [an_inquiry("sampah menumpuk")], [NOWHERE], known
    )

    assert said.categories[0] == "waste"
    assert set(said.categories) == {"roads", "waste", "village"}  # transport is gone
    assert said.as_data()["categories"] == list(said.categories)


def test_leads_are_told_only_of_the_class_that_was_named(model: Model) -> None:
    bare, returned = model.predict(
        [an_inquiry("jalan rusak"), an_inquiry("jalan rusak", returned_by=frozenset({"PU"}))],
        [NOWHERE, NOWHERE],
        directory(),
    )

    assert bare.leads is not None
    assert bare.as_data()["leads"] == [pytest.approx(one, abs=1e-4) for one in bare.leads]
    assert returned.leads is returned.as_data()["leads"] is None


def test_a_few_that_were_far_ahead_and_wrong_make_no_text_sure_that_has_no_lead() -> None:
    leads = np.array([[0.5, 0.5]] * 98 + [[1.0, 1.0]] * 2, dtype=np.float32)
    right = np.arange(100) < 98

    found = Sureness.fit(leads, right)

    assert found.probabilities(np.zeros((1, 2), dtype=np.float32)) == pytest.approx([0.5])
    assert found.probabilities(leads[:1])[0] > 0.9


def test_a_text_of_which_nothing_is_known_is_not_sure(model: Model) -> None:
    (said,) = model.predict([Inquiry("x", "", DAY)], [NOWHERE], directory())

    assert not said.sure
