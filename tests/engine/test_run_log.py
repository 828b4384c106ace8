"""A run as a value: whatever is done to it, it can be taken again, bit for bit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import Experiment, InvalidValue, Trainer
from playground.data.prepare import points_from_experiment
from playground.engine import fused, weights
from playground.engine.replay import Replay, take_again
from playground.engine.run_log import MOST_BYTES, MOST_CHARACTERS, MOST_ENTRIES, Entry, RunLog
from playground.text import LANGUAGES
from playground.text.refusals import plain

SMALL: dict[str, Any] = {"n_samples": 40, "hidden": (3, 2), "batch_size": 7}
BUSY: dict[str, Any] = SMALL | {
    "dropout": 0.2,
    "input_noise": 0.1,
    "optimizer": "adam",
    "normalization": "batch_norm",
    "schedule": {"name": "reduce_on_plateau", "patience": 2},
    "early_stopping": {"name": "patience", "patience": 3},
    "choose_on": "test",
}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    fused.warm_up()


def same(first: Trainer, second: Trainer) -> None:
    """All that two trainers hold is the same, bit for bit."""
    one, two = first.checkpoint(), second.checkpoint()
    assert (one.experiment, one.engine, one.step, one.epoch) == (
        two.experiment,
        two.engine,
        two.step,
        two.epoch,
    )
    assert (one.status, one.plateau, one.patience, one.log) == (
        two.status,
        two.plateau,
        two.patience,
        two.log,
    )
    for name in ("params", "buffers", "slots", "counts"):
        np.testing.assert_array_equal(getattr(one.state, name), getattr(two.state, name))
    np.testing.assert_array_equal(one.history, two.history)
    assert one.order.position == two.order.position
    for trainer in (first, second):
        trainer.stay()
        trainer.run(steps=5)
    np.testing.assert_array_equal(first.engine.state().params, second.engine.state().params)


def in_text(log: RunLog | None) -> RunLog:
    """The log after a journey through JSON."""
    assert log is not None
    return RunLog.from_json(log.to_json())


def paint(trainer: Trainer, x1: float, x2: float) -> None:
    experiment = trainer.experiment
    points = experiment.points or points_from_experiment(experiment)
    points = points.without([3]).append([(x1, x2, 1)])
    trainer.reconfigure(experiment.replace(dataset="custom", points=points, n_samples=5000))


def set_all(trainer: Trainer, scale: float) -> None:
    tensors = weights.named(trainer.engine.state(), trainer.engine.layout)
    trainer.set_weights({name: np.float32(scale) * tensor for name, tensor in tensors.items()})


def use(trainer: Trainer, **fields: Any) -> None:
    trainer.reconfigure(trainer.experiment.replace(**fields))


numbers = st.floats(-2.0, 2.0, width=32)
DEEDS: dict[str, st.SearchStrategy[Callable[[Trainer], Any]]] = {
    "run": st.integers(1, 40).map(lambda n: lambda trainer: trainer.run(steps=n)),
    "settings": st.sampled_from(
        [
            {"learning_rate": 0.3},
            {"l2": 0.01, "batch_size": 4},
            {"optimizer": "sgd"},
            {"dropout": 0.5},
            {"input_noise": 0.0},
            {"schedule": "cosine"},
            {"early_stopping": "none"},
            {"loss": "squared_error"},
            {"engine": "reference"},
            {"engine": "auto"},
        ]
    ).map(lambda fields: lambda trainer: use(trainer, **fields)),
    "parameter": st.tuples(st.integers(0, 10), numbers).map(
        lambda at: lambda trainer: trainer.set_parameter(*at)
    ),
    "weights": numbers.map(lambda scale: lambda trainer: set_all(trainer, scale)),
    "points": st.tuples(numbers, numbers).map(lambda place: lambda trainer: paint(trainer, *place)),
    "engine": st.sampled_from(["fused", "reference", "auto"]).map(
        lambda e: lambda trainer: trainer.switch_engine(e)
    ),
    "trace": st.just(lambda trainer: trainer.status == "running" and trainer.trace_step()),
}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([SMALL, BUSY]),
    st.sampled_from(["fused", "reference", "auto"]),
    st.lists(st.one_of(*DEEDS.values()), max_size=12),
)
def test_whatever_is_done_to_a_run_it_can_be_taken_again(fields, engine, deeds):
    trainer = Trainer(Experiment(**fields, engine=engine))
    for deed in deeds:
        try:
            deed(trainer)
        except InvalidValue:
            continue  # it could not be done to this run, and is no part of it
    if trainer.status == "diverged" or trainer.log is None:
        return
    log = in_text(trainer.log)
    assert log == trainer.log
    assert log.last == trainer.experiment
    same(take_again(log), trainer)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_long_run_with_everything_done_to_it(engine):
    trainer = Trainer(Experiment(**BUSY, engine=engine))
    use(trainer, learning_rate=0.05)
    trainer.run(steps=11)
    use(trainer, early_stopping="none", learning_rate=0.2)
    trainer.set_parameter(2, 0.25)
    trainer.run(steps=100)
    set_all(trainer, 0.5)
    paint(trainer, 0.5, -0.25)
    trainer.run(epochs=30)
    trainer.trace_step()
    use(trainer, optimizer="sgd", schedule="constant")
    trainer.run(epochs=2)
    log = in_text(trainer.log)
    assert [entry.what for entry in log.entries] == [
        "settings",
        "parameter",
        "weights",
        "settings",
        "trace",
        "settings",
    ]
    same(take_again(log), trainer)


def test_settings_before_the_first_step_are_what_the_run_begins_with():
    changed, fresh = Trainer(Experiment(**SMALL)), Trainer(Experiment(**SMALL, loss="squared_error", l2=0.1))
    use(changed, loss="squared_error", l2=0.1)
    assert changed.log == fresh.log
    same(changed, fresh)


def test_a_taken_over_run_is_taken_over_at_the_same_step():
    trainer = Trainer(Experiment(**SMALL))
    trainer.switch_engine("reference")
    trainer.run(steps=9)
    trainer.switch_engine("auto")
    trainer.run(steps=9)
    assert trainer.log == RunLog(trainer.experiment, "reference", (Entry(9, "engine", "fused"),), 18)
    same(take_again(in_text(trainer.log)), trainer)


def test_it_is_taken_again_in_slices_of_any_size():
    trainer = Trainer(Experiment(**BUSY | {"early_stopping": "none"}))
    trainer.run(steps=10)
    trainer.set_parameter(0, 1.0)
    trainer.run(steps=10)
    replay = Replay(in_text(trainer.log))
    rooms = []
    while not replay.over:
        rooms.append(replay.room)
        replay.trainer.run(steps=min(replay.room, 3))
        replay.follow()
    assert rooms == [10, 7, 4, 1, 10, 7, 4, 1]
    assert replay.exact
    same(replay.trainer, trainer)


def test_a_restored_run_knows_what_was_done_before():
    trainer = Trainer(Experiment(**SMALL))
    trainer.run(steps=3)
    trainer.set_parameter(0, 1.0)
    other = Trainer(Experiment(**SMALL))
    other.restore(trainer.checkpoint())
    other.set_parameter(1, 2.0)
    other.run(steps=3)
    same(take_again(in_text(other.log)), other)


def test_too_much_done_and_diverged_runs_that_go_on_are_not_promised():
    trainer = Trainer(Experiment(**SMALL))
    trainer.run(steps=1)
    for i in range(MOST_ENTRIES + 1):
        trainer.set_parameter(i % 2, float(i))
    assert trainer.log is None
    trainer.reset()
    assert trainer.log is not None
    gone = Trainer(Experiment(**SMALL, learning_rate=10.0, loss="squared_error", activation="relu"))
    gone.set_parameter(0, 1e6)
    gone.run(epochs=20)
    assert gone.status == "diverged"
    assert gone.log is not None
    use(gone, learning_rate=0.01)
    assert gone.log is None


def test_dragging_one_weight_is_one_entry():
    trainer = Trainer(Experiment(**SMALL))
    trainer.run(steps=1)
    for value in (0.1, 0.2, 0.3):
        trainer.set_parameter(4, value)
    assert trainer.log is not None
    assert trainer.log.entries == (Entry(1, "parameter", [4, 0.3]),)


def test_a_brush_stroke_is_told_by_its_points():
    trainer = Trainer(Experiment(**SMALL | {"n_samples": 500}))
    trainer.run(steps=1)
    paint(trainer, 0.5, 0.25)
    paint(trainer, 0.75, 0.25)
    assert trainer.log is not None
    assert [e.value["points"] for e in trainer.log.entries] == [
        {"drop": [3], "add": [[0.5, 0.25, 1]]},
        {"drop": [3], "add": [[0.75, 0.25, 1]]},
    ]


def test_a_link_holds_a_run_on_which_little_was_done():
    trainer = Trainer(Experiment(**SMALL))
    trainer.run(steps=5)
    use(trainer, learning_rate=0.1, optimizer="adam")
    trainer.set_parameter(3, -0.75)
    trainer.run(steps=8)
    log = trainer.log
    assert log is not None
    text = log.packed()
    assert text is not None
    assert len(text) < 200
    assert RunLog.unpacked(log.experiment, text) == replace(log, engine="")
    same(take_again(RunLog.unpacked(log.experiment, text)), trainer)
    for place in range(11):
        set_all(trainer, 1.01)
        trainer.run(steps=1)
        trainer.set_parameter(place, 0.3)
    assert trainer.log is not None
    assert trainer.log.packed() is None


LOG = RunLog(Experiment(**SMALL), "reference", (Entry(2, "parameter", [0, 1.5]),), 4).to_dict()
WRONG: dict[str, dict[str, Any]] = {
    "run": {"unknown": 1},
    "version": {"version": 2},
    "experiment": {"experiment": {"hidden": [0]}},
    "engine": {"engine": "gpu"},
    "did": {"did": "all"},
    "step": {"step": 10**9},
    "negative": {"step": -1},
    "not an entry": {"did": [[1, "parameter"]]},
    "unknown entry": {"did": [[1, "exec", "print()"]]},
    "backwards": {"did": [[3, "trace", None], [2, "trace", None]]},
    "behind the end": {"did": [[5, "trace", None]]},
    "no such parameter": {"did": [[2, "parameter", [10**6, 1.0]]]},
    "no number": {"did": [[2, "parameter", [0, float("nan")]]]},
    "too large": {"did": [[2, "parameter", [0, 1e9]]]},
    "other settings": {"did": [[2, "settings", {"hidden": [5]}]]},
    "unknown settings": {"did": [[2, "settings", {"password": "x"}]]},
    "settings no object": {"did": [[2, "settings", [1]]]},
    "points": {"did": [[2, "settings", {"dataset": "custom", "points": {"drop": [0.5], "add": []}}]]},
    "points 2": {
        "did": [[2, "settings", {"dataset": "custom", "points": {"drop": [], "add": [[1, "a", 0]]}}]]
    },
    "weights": {"did": [[2, "weights", "AAAA"]]},
    "weights no text": {"did": [[2, "weights", 3]]},
    "no base64": {"did": [[2, "weights", "ä"]]},
    "an engine that is none": {"did": [[2, "engine", "gpu"]]},
    "trace of something": {"did": [[2, "trace", 1]]},
    "too many": {"did": [[2, "trace", None]] * (MOST_ENTRIES + 1)},
    "too large entries": {"did": [[2, "weights", "A" * MOST_BYTES]] * 2},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_file_that_no_run_can_have_made_is_refused(wrong):
    with pytest.raises(InvalidValue) as refused:
        RunLog.from_dict(LOG | wrong)
    assert str(refused.value)
    assert RunLog.from_dict(LOG).to_dict() == LOG


ONE_OF_TWO = [
    ("parameter", [10**6, 1.0], "did[1].index"),
    ("parameter", [0, 1e9], "did[1].value"),
    ("settings", {"learning_rate": -1}, "did[1].learning_rate"),
    ("settings", {"hidden": [5]}, "did[1]"),
    ("settings", {"dataset": "custom", "points": {"drop": [0.5], "add": []}}, "did[1].points"),
    ("weights", "AAAA", "did[1].weights"),
    ("engine", "gpu", "did[1]"),
    ("trace", 1, "did[1]"),
]


@pytest.mark.parametrize(("what", "value", "field"), ONE_OF_TWO, ids=[f"{w} {f}" for w, _, f in ONE_OF_TWO])
def test_a_refusal_names_the_entry_and_what_in_it(what, value, field):
    with pytest.raises(InvalidValue) as refused:
        RunLog.from_dict(LOG | {"did": [[2, "parameter", [0, 1.5]], [3, what, value]]})
    assert refused.value.field == field
    for language in LANGUAGES:
        assert re.search(r" 2\b", plain(refused.value, language)), "places count from 1"


@pytest.mark.parametrize("step", [1, 5, "x"])
def test_a_step_out_of_order_is_refused_with_its_entry(step):
    with pytest.raises(InvalidValue) as refused:
        RunLog.from_dict(LOG | {"did": [[2, "parameter", [0, 1.5]], [step, "trace", None]]})
    assert refused.value.field == "did[1].step"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", json.dumps(LOG)[:-1]])
def test_text_that_holds_no_run_is_refused(text):
    with pytest.raises(InvalidValue):
        RunLog.from_json(text)


@pytest.mark.parametrize("text", ["", "ä", "abc", "A" * (MOST_CHARACTERS + 1), "eJyrBQAAeQB5"])
def test_a_damaged_link_is_refused(text):
    with pytest.raises(InvalidValue):
        RunLog.unpacked(Experiment(**SMALL), text)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(list(LOG)),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        ),
    )
)
def test_anything_else_is_refused_by_a_sentence(fields):
    try:
        found = RunLog.from_dict(LOG | fields)
    except InvalidValue as refused:
        told = str(refused)
    else:
        told = found.to_json()
    assert told
