"""Dealing out the points: every splitting, folds as repeats of a race, and points that come with parts of their own."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import Experiment, InvalidValue, Race, Trainer
from playground.data import SPLITS, Points, points_frame, points_from_frame, prepare
from playground.data.packing import packed, unpacked
from playground.data.points import PARTS
from playground.data.prepare import points_from_experiment, split
from playground.engine.choose import can_continue
from playground.export import to_script
from playground.live.undo import Undo

RARE = np.repeat([0, 1, 2], [60, 30, 6])


def by(name: str, **params: int) -> tuple[object, np.ndarray, int]:
    return SPLITS[name].spec(**params), RARE, 3


@pytest.mark.parametrize("name", SPLITS)
@given(
    n=st.integers(20, 80),
    share=st.floats(0.1, 0.9),
    held=st.sampled_from([0.0, 0.2, 0.5]),
    seed=st.integers(0, 99),
    folds=st.integers(2, 20),
    fold=st.integers(1, 20),
)
def test_every_row_is_dealt_out_once_and_no_part_is_empty(name, n, share, held, seed, folds, fold) -> None:
    params = {"folds": folds, "fold": fold} if SPLITS[name].params else {}
    for classes, y in ((3, np.arange(n) % 3), (0, np.linspace(0, 1, n))):
        parts = split(n, share, seed, held, (SPLITS[name].spec(**params), y, classes))
        assert sorted(np.concatenate(parts)) == list(range(n))
        train, validation, test = map(len, parts)
        assert min(train, test) >= 1
        assert bool(validation) == bool(held)
        if not SPLITS[name].params:
            assert abs(n - test - n * share) <= 1


@pytest.mark.parametrize("name", [name for name in SPLITS if SPLITS[name].stratified])
@given(seed=st.integers(0, 10**6), held=st.sampled_from([0.0, 0.3]))
def test_every_part_holds_each_class_in_its_share(name: str, seed: int, held: float) -> None:
    for rows in split(len(RARE), 0.6, seed, held, by(name)):
        found = np.bincount(RARE[rows], minlength=3)
        assert np.abs(found - len(rows) * np.bincount(RARE) / len(RARE)).max() <= 1.5


def test_a_random_split_of_the_rare_class_goes_astray() -> None:
    counts = [np.bincount(RARE[split(len(RARE), 0.6, seed)[2]], minlength=3)[2] for seed in range(30)]
    assert min(counts) == 0
    assert max(counts) >= 4


def test_values_are_dealt_out_by_their_tenths() -> None:
    y = np.random.default_rng(0).normal(size=200)
    test = split(200, 0.5, 3, by=(SPLITS["stratified"].spec(), y, 0))[2]
    tenth = np.argsort(np.argsort(y)) // 20
    assert set(np.bincount(tenth[test])) <= {9, 10, 11}


def test_every_row_is_tested_on_in_just_one_fold() -> None:
    tested = [split(len(RARE), 0.5, 4, by=by("folds", folds=7, fold=fold))[2] for fold in range(1, 8)]
    assert sorted(np.concatenate(tested)) == list(range(len(RARE)))
    assert {len(rows) for rows in tested} == {13, 14}
    again = split(len(RARE), 0.5, 4, by=by("folds", folds=7, fold=8))[2]
    assert again.tolist() == tested[0].tolist()


def test_repeats_of_a_race_are_the_folds_with_the_same_data_and_start() -> None:
    base = Experiment(split={"name": "folds", "folds": 4}, n_samples=80, hidden=(3,), device="cpu")
    race = Race(base, lanes=({"learning_rate": 0.1}, {"learning_rate": 0.3}), seeds=5)
    runs = [race.experiment(0, repeat) for repeat in range(5)]
    assert [run.split["fold"] for run in runs] == [1, 2, 3, 4, 1]
    assert [run.seed for run in runs] == [0, 0, 0, 0, 1]
    first = Trainer(runs[0]).engine.state().params
    for run in runs[:4]:
        assert (Trainer(run).engine.state().params == first).all()
    places = [set(prepare(run).test_index.tolist()) for run in runs[:4]]
    assert set().union(*places) == set(range(80))
    assert sum(map(len, places)) == 80
    assert prepare(race.experiment(1, 2)).test_index.tolist() == prepare(runs[2]).test_index.tolist()
    assert Race.from_query(race.to_query()) == race


def test_folds_say_that_the_training_share_has_no_effect() -> None:
    assert "folds_set_the_parts" in Experiment(split="folds").notices()
    assert "folds_set_the_parts" not in Experiment(split="stratified").notices()


def test_a_fold_beyond_the_last_is_said() -> None:
    def notices(fold: int) -> tuple[str, ...]:
        return Experiment(split={"name": "folds", "folds": 4, "fold": fold}).notices()

    assert "fold_beyond_the_last" in notices(5)
    assert "fold_beyond_the_last" not in notices(4)


# --- parts of their own ---------------------------------------------------------------------------------


def with_parts(parts: str, classes: int = 2) -> Points:
    """Points with a part for each letter: t for the training part, v for validation, e for the test part."""
    known = dict(zip("tve", PARTS, strict=True))
    rows = tuple((0.5 * i, float(i * 7 % 5), i % 2 if classes else 0.25 * i) for i in range(len(parts)))
    names = ("a", "b") if classes else ()
    return Points(("p", "q"), "y", names, rows, parts=tuple(known[letter] for letter in parts))


@pytest.mark.parametrize(
    ("parts", "change", "sizes", "watched"),
    [
        ("tttteett" * 3, {}, (18, 0, 6), "test"),
        ("tttvteet" * 3, {}, (15, 3, 6), "validation"),
        ("ttttvv", {}, (4, 2, 0), "validation"),
        ("tttteett" * 3, {"validation_fraction": 0.5}, (9, 9, 6), "validation"),
        ("tttteett" * 3, {"early_stopping": "patience"}, (14, 4, 6), "validation"),
        ("tttteett" * 3, {"train_fraction": 1.0, "split": "folds"}, (18, 0, 6), "test"),
    ],
)
def test_points_keep_the_parts_that_they_come_with(parts, change, sizes, watched) -> None:
    points = with_parts(parts)
    experiment = Experiment(dataset="custom", points=points, **change)
    data = prepare(experiment)
    assert data.sizes() == sizes
    assert experiment.watched == watched
    assert {points.parts[i] for i in data.test_index} <= {"test"}
    assert "test" not in {points.parts[i] for i in [*data.train_index, *data.validation_index]}
    assert "parts_given" in experiment.notices()
    assert "folds_set_the_parts" not in experiment.notices()


def test_parts_travel_everywhere() -> None:
    points = with_parts("tvtettte")
    assert Points.from_dict(points.to_dict()) == points
    assert unpacked(packed(points)) == points
    scaled = with_parts("ttee", 0)
    scaled = Points(scaled.x_names, "y", (), scaled.rows, None, (1.0, 2.0), scaled.parts)
    assert unpacked(packed(scaled)) == scaled
    experiment = Experiment(dataset="custom", points=points)
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert Experiment.from_query(experiment.to_query()) == experiment
    undo = Undo()
    undo.keep(experiment)
    assert undo.take_back()["points"] == points
    frame = points_frame(points)
    assert frame["part"].tolist() == list(points.parts)
    assert points_from_frame(frame, points) == points
    assert points_from_experiment(experiment).parts == points.parts
    assert points.append([(9.0, 9.0, 1)]).parts == (*points.parts, "train")
    assert points.without([0, 3]).parts == ("validation", "train", "train", "train", "train", "test")


@pytest.mark.parametrize("parts", [["train"], ["train"] * 7 + ["tests"], "train", [1] * 8])
def test_parts_that_are_none_are_refused(parts: object) -> None:
    points = with_parts("tvtettte")
    with pytest.raises(InvalidValue) as caught:
        Points(points.x_names, "y", points.class_names, points.rows, parts=parts)
    assert caught.value.field.startswith("points.parts")


def test_points_of_which_none_is_to_be_trained_on_are_refused() -> None:
    with pytest.raises(InvalidValue) as caught:
        prepare(Experiment(dataset="custom", points=with_parts("eeeev")))
    assert caught.value.key == "own.empty_part"


def test_a_network_that_has_learned_from_points_is_not_judged_by_them() -> None:
    old = Experiment(dataset="custom", points=with_parts("tttteeee"))
    assert can_continue(old, old.replace(points=old.points.append([(1.0, 1.0, 0)])))
    assert not can_continue(old, old.replace(points=with_parts("ttteeeee")))
    plain = Points(old.points.x_names, "y", old.points.class_names, old.points.rows)
    assert not can_continue(old.replace(points=plain), old)


@pytest.mark.parametrize("parts", ["tttteett" * 3, "tttvteet" * 3, "ttttvv"])
@pytest.mark.parametrize("change", [{}, {"validation_fraction": 0.4}, {"split": "stratified"}])
def test_the_script_keeps_the_parts(parts: str, change: dict[str, object]) -> None:
    experiment = Experiment(
        dataset="custom", points=with_parts(parts), hidden=(3,), preprocessing="standardize", **change
    )
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    trainer.run(epochs=3)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(to_script(experiment, 3), "script", "exec"), {})
    last = trainer.history.last()
    expected = [last[f"loss_{part}"] for part in PARTS if not np.isnan(last[f"loss_{part}"])]
    found = [float(word) for word in said.getvalue().splitlines()[-1].split() if word[0].isdigit()]
    assert found == pytest.approx(expected, rel=1e-4)
