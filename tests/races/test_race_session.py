"""What a race does with commands and slices, without a socket between."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from race_watch import Criterion, Lane, Race, Watched, small_race

from playground import Experiment, InvalidValue, Trainer
from playground.live import memory
from playground.live.limits import Limits
from playground.live.viewer import Viewer

pytestmark = pytest.mark.usefixtures("auto")

LANES = (Lane(activation="relu"), Lane(batch_size=7), Lane(hidden=(3,), optimizer="adam"))
PLANE = {"dataset": "plane", "hidden": (), "batch_size": 5000}


def test_a_reply_tells_of_new_weights():
    seen = Watched(small_race())
    assert seen.do("reset", weights="new")["revision"] == seen.session.revision
    assert "revision" not in seen.do("step")


def test_hello_brings_race_scenes_frame_and_standings():
    seen = Watched(small_race(*LANES))
    (told,) = seen.texts["race"]
    assert [lane["lane"] for lane in told["lanes"]] == [0, 1, 2]
    assert told["lanes"][0]["shared"]["same_as"] is None
    assert told["lanes"][1]["shared"]["same_as"] == 0
    assert told["lanes"][1]["shared"]["order"]
    assert not told["lanes"][1]["shared"]["batches"]
    assert told["lanes"][2]["differences"]
    assert Race.from_dict(told["race"]) == seen.session.race
    assert [scene["lane"] for scene in seen.texts["scene"]] == [0, 1, 2]
    assert [scene["n_parameters"] for scene in seen.texts["scene"]] == [25, 25, 13]
    (standing,) = seen.texts["standings"]
    assert not standing["decided"]
    assert len(seen.frames) == 1
    for header, arrays in seen.frames[0]:
        assert (header["step"], header["status"], header["frame"]) == (0, "paused", 1)
        assert arrays["map"].shape == (60, 60)
        assert {"parameters", "units", "wrong", "history"} <= set(arrays)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("mode", ["step", "epoch", "time"])
def test_lanes_stand_side_by_side_in_every_frame(mode, seeds):
    seen = Watched(small_race(*LANES, mode=mode, seeds=seeds, criterion=Criterion("best_loss", 12)))
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    assert len(seen.frames) > 2
    assert not seen.session.playing
    for frame in seen.frames:
        headers = [header for header, _ in frame]
        assert len({header["frame"] for header in headers}) == 1
        if mode == "step":
            assert len({header["step"] for header in headers}) == 1
        if mode == "epoch":
            assert len({header["epoch"] for header in headers}) == 1
    last = seen.texts["standings"][-1]
    assert last["decided"]
    assert all(row["epoch"] >= 12 for row in last["rows"])
    assert (last["comparison"] is not None) == (seeds > 1 and last["winner"] is not None)


def test_frames_show_what_each_lane_is_alone():
    seen = Watched(small_race(*LANES))
    seen.do("step", count=3)
    seen.do("step", count=2)
    seen.run()
    for experiment, header, arrays in zip(
        seen.session.race.experiments, seen.headers, seen.arrays, strict=True
    ):
        alone = Trainer(experiment)
        alone.run(steps=5)
        np.testing.assert_array_equal(arrays["parameters"], alone.engine.state().params)
        assert header["loss_test"] == pytest.approx(alone.engine.metrics()[1])


def test_medians_band_and_disagreement_come_with_seeds():
    seen = Watched(small_race(seeds=4))
    seen.run()
    seen.do("epoch", count=3)
    seen.run()
    for lane, header, arrays in zip(seen.session.lanes, seen.headers, seen.arrays, strict=True):
        assert (header["seeds"], header["seeds_alive"], header["maps_from"]) == (4, 4, 4)
        assert arrays["map"].shape == arrays["disagreement"].shape == (40, 40)
        assert arrays["band"].shape == (len(arrays["history"]), 4)
        losses = [trainer.engine.metrics()[1] for trainer in lane.trainers]
        assert header["loss_test"] == pytest.approx(np.median(losses))


def test_a_diverging_lane_greys_alone():
    race = small_race(
        Lane(learning_rate=0.01), Lane(learning_rate=10.0), base=PLANE, criterion=Criterion("best_loss", 500)
    )
    seen = Watched(race)
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    good, bad = seen.headers
    assert (good["status"], bad["status"]) == ("paused", "diverged")
    assert bad["reason"]
    assert bad["loss_test"] is not None
    last = seen.texts["standings"][-1]
    assert (last["winner"], last["rows"][1]["value"]) == (0, None)
    assert last["rows"][1]["seeds_diverged"] == 1
    assert good["epoch"] == 500


def test_a_diverging_repeat_is_counted_and_the_lane_goes_on():
    seen = Watched(small_race(seeds=3))
    seen.run()
    seen.do("epoch")
    seen.session.lanes[0].trainers[1].status = "diverged"
    seen.do("epoch", count=2)
    seen.run()
    assert [header["seeds_alive"] for header in seen.headers] == [2, 3]
    assert [header["status"] for header in seen.headers] == ["paused", "paused"]
    assert [header["epoch"] for header in seen.headers] == [3, 3]


def test_the_first_to_reach_a_loss_wins():
    race = small_race(
        Lane(learning_rate=0.001),
        Lane(learning_rate=0.05),
        base=PLANE,
        criterion=Criterion("reach_loss", 0.01),
    )
    seen = Watched(race)
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    last = seen.texts["standings"][-1]
    assert last["winner"] == 1
    alone = Trainer(race.experiments[1])
    alone.run(epochs=400)
    first = int(np.flatnonzero(alone.history["loss_test"] <= 0.01)[0])
    assert last["rows"][1]["reached"]["step"] == last["rows"][1]["value"] == first
    slower = last["rows"][0]["reached"]  # of a fast engine a slice is many epochs, also beyond the decision
    assert slower is None or slower["step"] > first
    assert seen.do("play") == {}  # decided once; it can be played on
    assert seen.session.playing


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_row_of_a_lane_that_stopped_early_tells_what_it_is_ranked_by(seeds):
    base = {"dataset": "moons", "noise": 0.3, "hidden": (16,), "learning_rate": 0.5}
    lanes = Lane(early_stopping="patience"), Lane(activation="relu")
    seen = Watched(small_race(*lanes, base=base, seeds=seeds, criterion=Criterion("best_loss", 200)))
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    last = seen.texts["standings"][-1]["rows"][0]
    assert last["seeds_stopped"] == seeds
    assert last["loss_test"] == pytest.approx(last["value"])


def test_a_prediction_comes_first_and_is_judged():
    seen = Watched(small_race(predict=True, criterion=Criterion("best_loss", 3)))
    for cmd in ("play", "step", "epoch"):
        with pytest.raises(InvalidValue) as info:
            seen.do(cmd)
        assert info.value.field == "prediction"
    assert seen.session.lockstep.step == 0
    seen.do("predict", lane=1)
    assert seen.texts["race"][-1]["prediction"] == 1
    seen.do("predict", lane=0)  # may be changed until the start
    seen.do("epoch", count=3)
    seen.run()
    with pytest.raises(InvalidValue):
        seen.do("predict", lane=1)
    last = seen.texts["standings"][-1]
    assert last["right"] == (last["winner"] == 0)


def test_stop_at_pauses_every_lane_there():
    seen = Watched(small_race(*LANES, mode="epoch"))
    seen.do("stop_at", epoch=4)
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    assert [header["epoch"] for header in seen.headers] == [4, 4, 4]
    assert not seen.session.playing


def test_reset_starts_the_same_race_or_with_new_weights():
    seen = Watched(small_race(seeds=2))
    first = [arrays["parameters"] for arrays in seen.arrays]
    seen.do("epoch")
    seen.do("reset", weights="same")
    seen.run()
    for before, after in zip(first, seen.arrays, strict=True):
        np.testing.assert_array_equal(before, after["parameters"])
    assert all(header["step"] == 0 for header in seen.headers)
    seen.do("reset", weights="new")
    seen.run()
    assert not np.array_equal(first[0], seen.arrays[0]["parameters"])
    assert seen.session.shared[1]["weights"] == "all"


def test_a_changed_race_starts_anew_only_where_it_must():
    seen = Watched(small_race())
    seen.do("epoch")
    race = seen.session.race
    seen.session.apply(race.replace(criterion=Criterion("best_accuracy", 50), mode="epoch"))
    assert seen.session.lockstep.epoch == 1
    seen.session.apply(race.replace(seeds=2))
    assert seen.session.lockstep.epoch == 0
    revision = seen.session.revision
    with pytest.raises(InvalidValue):
        seen.session.apply(race.replace(base=race.base.replace(engine="reference", device="cuda")))
    assert seen.session.revision == revision
    assert seen.session.race.seeds == 2


def test_commands_of_one_lane():
    seen = Watched(small_race(*LANES))
    told = seen.do("inspect", lane=2, x1=0.0, x2=1.0)["inspection"]
    assert len(told["layers"][0]["h"]) == 3
    seen.do("focus", lane=0, layer=1, unit=3)
    assert [header["focus"] for header in seen.headers] == [[1, 3], None, None]
    seen.do("panels", lane=1, open=["layers", "diagnosis"])
    assert seen.texts["stats"][-1]["lane"] == 1
    for bad in ({"lane": 3}, {}, {"lane": "a"}):
        with pytest.raises(InvalidValue):
            seen.do("focus", layer=None, **bad)


def test_comparison_is_the_paired_test_of_the_repeats():
    seen = Watched(small_race(seeds=4))
    seen.run()
    seen.do("epoch", count=2)
    seen.run()
    told = seen.do("compare", a=0, b=1)["comparison"]
    losses = [[t.history["loss_test"][2] for t in lane.trainers] for lane in seen.session.lanes]
    assert told["difference"] == pytest.approx(np.median(np.subtract(*losses)))
    assert told["n"] == 4
    assert told["text"]
    for bad in ({"a": 0, "b": 0}, {"a": 0, "b": 9}, {"a": 0, "b": 1, "measure": "beauty"}):
        with pytest.raises(InvalidValue):
            seen.do("compare", **bad)


def test_what_would_be_unfair_is_not_there():
    seen = Watched(small_race())
    for cmd in ("set_parameter", "structure", "points", "trace", "apply", "__init__"):
        with pytest.raises(InvalidValue):
            seen.do(cmd, lane=0)


def test_it_rests_unwatched_and_waits_for_acknowledgement():
    seen = Watched(small_race(criterion=Criterion("best_loss", 100_000)))
    seen.do("play")
    seen.do("visible", on=False)
    assert seen.session.due(0.0) is None
    seen.do("visible", on=True)
    assert seen.session.due(0.0) is not None
    seen.session.speed = None
    seen.session.frame_interval = 0.0
    before = seen.viewer.frames
    for _ in range(40):
        seen.session.advance(0.002)
    assert seen.viewer.frames == before + 1  # the next is made when this one is on its way
    seen.receive()
    for _ in range(40):
        seen.session.advance(0.002)
    assert seen.viewer.frames == before + 2


def test_a_race_ends_before_its_histories_fill_the_memory(monkeypatch):
    # Two lanes of one network: eleven epochs each, the curves of a lane take as much as two more networks.
    monkeypatch.setattr("playground.races.session.RACE_BYTES", 11 * 2 * 3 * memory.ROW_BYTES * 1.25)
    seen = Watched(small_race(mode="epoch", criterion=Criterion("best_loss", 100_000)))
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    assert [header["epoch"] for header in seen.headers] == [10, 10]
    with pytest.raises(InvalidValue):
        seen.do("play")


def test_too_much_is_refused():
    with pytest.raises(InvalidValue) as info:
        Watched(small_race(seeds=64), Limits(max_parameters=1000))
    assert info.value.field == "seeds"
    seen = Watched(small_race(), Limits(viewers_per_session=1))
    with pytest.raises(InvalidValue):
        seen.session.join(Viewer(lambda: None))


NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(-5, 70000), st.floats(), st.text(max_size=3))


@settings(max_examples=60, deadline=None)
@given(
    cmd=st.sampled_from(
        [
            "step",
            "epoch",
            "reset",
            "speed",
            "stop_at",
            "grid",
            "focus",
            "inspect",
            "panels",
            "predict",
            "compare",
            "x",
        ]
    ),
    fields=st.dictionaries(
        st.sampled_from(
            [
                "lane",
                "count",
                "weights",
                "steps_per_second",
                "epoch",
                "size",
                "layer",
                "unit",
                "a",
                "b",
                "x1",
                "open",
            ]
        ),
        NUMBERS,
        max_size=4,
    ),
)
def test_bad_fields_are_refused_in_words_and_change_nothing(cmd, fields):
    seen = RESTING
    if isinstance(fields.get("count"), int) and fields["count"] > 3:
        fields["count"] = 10**9
    with contextlib.suppress(InvalidValue):
        seen.do(cmd, **fields)
    seen.do("pause")
    json.dumps(seen.headers)


RESTING = Watched(small_race(base={"n_samples": 10}))


def test_it_is_named_in_the_visitors_language():
    race = Race(Experiment(n_samples=20), (Lane(activation="relu"), Lane(activation="sigmoid")))
    seen = Watched(race)
    seen.session.language = "ko"
    seen.session.changed()
    seen.receive()
    assert seen.texts["race"][-1]["lanes"][1]["label"] == "시그모이드"


def test_repeats_of_folds_are_told_with_mean_and_spread():
    base = Experiment(split={"name": "folds", "folds": 3}, n_samples=60, hidden=(3,), device="cpu")
    race = Race(
        base,
        lanes=(Lane(learning_rate=0.1), Lane(learning_rate=0.3)),
        seeds=3,
        criterion=Criterion("best_loss", 4),
    )
    seen = Watched(race)
    assert seen.texts["race"][0]["lanes"][0]["seeds"] == [0, 0, 0]
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    seen.run()
    ends = []
    for fold in (1, 2, 3):
        trainer = Trainer(race.experiments[0].replace(split={"name": "folds", "folds": 3, "fold": fold}))
        trainer.run(epochs=4)
        ends.append(trainer.history.last()["loss_test"])
    said = seen.texts["standings"][-1]["text"]
    assert f"{np.mean(ends):.3g} ± {np.std(ends, ddof=1):.2g}" in said
    assert "3 folds" in said
