"""What a session does with controls and commands, without a socket between."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_watch import SMALL, Watched
from waiting import Clock

from playground import Experiment, InvalidValue, Trainer
from playground.data.points import Points
from playground.data.prepare import prepare
from playground.engine.run_log import RunLog
from playground.live import base, pacing, sessions, viewer
from playground.live.commands import COMMANDS, carry_out
from playground.live.limits import Limits
from playground.live.session import LiveSession, points_experiment
from playground.text.refusals import plain

pytestmark = pytest.mark.usefixtures("auto")


def test_hello_brings_scene_and_whole_frame():
    seen = Watched()
    scene, (header, arrays) = seen.scenes[0], seen.frames[0]
    assert scene["n_parameters"] == 25
    assert [layer["units"] for layer in scene["layers"]] == [4, 2, 1]
    assert len(scene["points"]["x1"]) == 60
    assert scene["points"]["part"] == [0] * 30 + [2] * 30
    assert header["status"] == "paused"
    assert header["epoch"] == header["step"] == 0
    assert arrays["map"].shape == (60, 60)
    assert arrays["units"].shape == (2 + 4 + 2 + 1, 20, 20)
    assert arrays["parameters"].shape == (25,)
    assert arrays["history"].shape == (1, 10)


def test_steps_on_the_stage_are_the_trainers_steps():
    seen = Watched()
    seen.do("step", count=2)
    seen.do("epoch")
    alone = Trainer(Experiment(**SMALL))
    alone.run(epochs=1)
    np.testing.assert_array_equal(seen.arrays["parameters"], alone.engine.state().params)
    assert seen.header["epoch"] == 1
    assert seen.header["loss_test"] == alone.history.last()["loss_test"]


def test_skips_are_switched_while_it_runs_and_left_out_layers_are_told():
    seen = Watched(hidden=(4, 4, 4), stochastic_depth=0.95)
    assert [layer["skips"] for layer in seen.scenes[-1]["layers"]] == [False] * 4
    seen.do("step", count=3)
    weights = seen.arrays["parameters"].copy()
    seen.session.apply(seen.session.experiment.replace(skip="residual"))
    seen.receive()
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, weights)
    assert [layer["skips"] for layer in seen.scenes[-1]["layers"]] == [False, True, True, False]
    assert seen.scenes[-1]["layers"][2]["drop_rate"] == 0.95
    uniform = np.random.default_rng([0, 9]).random((8, 2), dtype=np.float32)
    for step in range(8):
        seen.do("step", count=1)
        middle, last = (uniform[step] < np.float32([0.475, 0.95])).tolist()
        assert seen.arrays["dropped"].tolist() == [0] * 4 + [2 * middle] * 4 + [2 * last] * 4
    seen.do("structure", op="add_layer", layer=3)
    assert seen.session.trainer.experiment.skips == (False, True, True, True)
    seen.do("set_parameter", index=0, value=0.5)
    seen.do("step", count=2)
    assert seen.header["step"] == 2


def test_playing_trains_in_slices_and_pausing_rests():
    seen = Watched()
    seen.do("play")
    for _ in range(3):
        seen.session.advance(0.01)
    assert seen.session.trainer.step >= 3  # each slice at least one step, however busy the machine is
    seen.do("pause")
    step = seen.session.trainer.step
    assert seen.session.due(time.monotonic()) is None
    seen.session.advance(0.01)
    assert seen.session.trainer.step == step


def test_a_hidden_or_lonely_session_is_not_served():
    seen = Watched()
    seen.do("play")
    assert seen.session.due(time.monotonic()) is not None
    seen.do("visible", on=False)
    assert seen.session.due(time.monotonic()) is None
    seen.do("visible", on=True)
    assert seen.session.due(time.monotonic()) is not None
    seen.session.leave(seen.viewer)
    assert seen.session.due(time.monotonic()) is None


def test_out_of_sight_a_run_trains_on_to_its_stop_epoch_and_paints_nothing():
    seen = Watched()
    seen.do("stop_at", epoch=3)
    seen.do("play")
    seen.do("visible", on=False)
    frames = seen.viewer.frames
    while (due := seen.session.due(time.monotonic())) is not None:
        assert math.isfinite(due)
        seen.session.advance(0.01)
    assert (seen.session.trainer.epoch, seen.session.playing) == (3, False)
    assert seen.viewer.frames == frames
    seen.do("visible", on=True)
    assert (seen.header["epoch"], seen.header["status"]) == (3, "paused")


@pytest.mark.parametrize(
    ("stop_at", "trains", "word"), [(None, False, "rested"), (10**6, True, "stops at"), (1, True, "end")]
)
def test_whoever_comes_back_reads_what_became_of_the_run(stop_at, trains, word, monkeypatch):
    monkeypatch.setattr(base, "UNSEEN_SECONDS", 0.0)
    seen = Watched()
    seen.do("stop_at", epoch=stop_at)
    seen.do("play")
    seen.do("visible", on=False)
    assert seen.session.trains == trains
    while seen.session.trainer.epoch < 2 and seen.session.trains:
        seen.session.advance(0.01)
    seen.do("visible", on=True)
    assert word in seen.told.pop("notice")["message"]
    seen.do("pause")
    seen.do("visible", on=False)
    seen.do("visible", on=True)
    assert "notice" not in seen.told, "a paused run has nothing to tell"


def play_for(seen, clock, seconds, slice_seconds):
    """Serve the session as the scheduler would, on a machine that takes so long for a slice; steps taken."""
    before, end = seen.session.trainer.step, clock.now + seconds
    while (due := seen.session.due(clock.now)) < end:
        clock.now = max(due, clock.now)
        seen.session.advance(0.01)
        clock.now += slice_seconds
    clock.now = end
    return seen.session.trainer.step - before


def test_the_speed_limit_holds(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pacing, "time", clock)
    seen = Watched()
    seen.do("speed", steps_per_second=50)
    seen.do("play")
    assert play_for(seen, clock, 10.0, 0.001) == pytest.approx(500, abs=2)
    # A second of somebody else's work, and no burst of a second's steps after it.
    clock.now += 1.0
    assert play_for(seen, clock, 1.0, 0.001) <= 50 * (1 + pacing.MAX_LAG) + 50
    assert play_for(seen, clock, 10.0, 0.001) == pytest.approx(500, abs=2)


@pytest.mark.parametrize("late", [0.0, 0.006])
def test_in_a_crowd_each_slice_is_a_frame_and_lateness_costs_none(monkeypatch, late):
    """The training of a frame is one slice, and one that comes late does not make the frames after it late."""
    clock = Clock()
    monkeypatch.setattr(pacing, "time", clock)
    monkeypatch.setattr(base, "time", clock)
    monkeypatch.setattr(viewer, "time", clock)
    seen = Watched()
    session = seen.session
    session.crowded, session.frame_interval = True, 1 / 20
    seen.do("speed", steps_per_second=200)
    seen.do("play")
    slices, before, start, step = 0, len(seen.frames), clock.now, session.trainer.step
    while (due := session.due(clock.now)) < start + 10.0:
        clock.now = max(due, clock.now) + late
        session.advance(60.0)
        clock.now += 0.0005
        seen.receive()
        slices += 1
    frames = len(seen.frames) - before
    assert frames == pytest.approx(200, abs=3)
    assert slices <= frames + 3
    assert session.trainer.step - step == pytest.approx(2000, abs=15)
    assert not session.trainer.step % session.trainer.steps_per_epoch, (
        "a plan of whole epochs is made at once"
    )


def test_stop_at_pauses_at_the_end_of_that_epoch():
    seen = Watched()
    seen.do("stop_at", epoch=3)
    seen.do("play")
    for _ in range(200):
        seen.session.advance(0.01)
    seen.receive()
    assert seen.session.trainer.epoch == 3
    assert seen.session.status == "paused"
    assert seen.session.trainer.step == 3 * seen.session.trainer.steps_per_epoch


def test_a_hot_change_keeps_the_network_and_a_cold_one_rebuilds_it():
    seen = Watched()
    seen.do("epoch", count=3)
    before = seen.session.trainer.engine.state().params
    seen.session.apply(seen.session.experiment.replace(learning_rate=0.5, l2=0.01, optimizer="adam"))
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, before)
    assert seen.session.trainer.epoch == 3
    run = seen.session.run_number
    seen.session.apply(seen.session.experiment.replace(hidden=(3,)))
    assert seen.session.trainer.epoch == 0
    assert seen.session.run_number == run + 1


def test_a_refused_change_leaves_the_run_alone():
    seen = Watched()
    seen.do("epoch")
    trainer, experiment = seen.session.trainer, seen.session.experiment
    with pytest.raises(InvalidValue):
        seen.session.apply(experiment.replace(device="cuda" if not has_cuda() else "mps"))
    assert seen.session.trainer is trainer
    assert seen.session.experiment == experiment
    assert trainer.epoch == 1


def has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def test_a_reply_tells_of_a_changed_experiment_and_of_nothing_else():
    """The page follows such replies; no list of commands says which ones."""
    seen = Watched()
    changing = [
        ("reset", {"weights": "new"}),
        ("structure", {"op": "add_unit", "layer": 0}),
        ("points", {"op": "add", "rows": [[0.0, 0.0, 0]]}),
        ("points", {"op": "undo"}),
    ]
    for name, fields in changing:
        before = seen.session.revision
        assert seen.do(name, **fields)["revision"] == seen.session.revision > before, name
    for name in ("play", "pause", "step", "epoch", "inspect", "runs", "trace"):
        assert "revision" not in seen.do(name), name


def test_reset_brings_the_same_weights_and_redraw_new_ones():
    seen = Watched()
    first = seen.arrays["parameters"].copy()
    seen.do("epoch")
    seen.do("reset", weights="same")
    np.testing.assert_array_equal(seen.arrays["parameters"], first)
    points = seen.scenes[-1]["points"]
    seen.do("reset", weights="new")
    assert not np.array_equal(seen.arrays["parameters"], first)
    assert seen.scenes[-1]["points"] == points


def test_divergence_stops_the_run_and_says_why():
    seen = Watched(learning_rate=10.0, loss="squared_error", activation="relu", hidden=(16, 16))
    seen.do("epoch", count=100)
    assert seen.header["status"] == "diverged"
    assert "finite" in seen.header["reason"]
    assert np.isfinite(seen.arrays["parameters"]).all()
    with pytest.raises(InvalidValue):
        seen.do("play")
    seen.do("reset", weights="same")
    assert seen.header["status"] == "paused"


def test_a_weight_edited_by_hand_is_used():
    seen = Watched()
    seen.do("set_parameter", index=3, value=1.5)
    assert seen.arrays["parameters"][3] == 1.5
    assert seen.header["loss_train"] == pytest.approx(seen.session.trainer.engine.metrics()[0])
    assert seen.header["loss_train"] != seen.session.trainer.history.last()["loss_train"]
    with pytest.raises(InvalidValue, match="index"):
        seen.do("set_parameter", index=25, value=1.0)


def test_layers_and_units_change_on_the_stage():
    seen = Watched()
    for op, layer, hidden in (
        ("add_unit", 0, (5, 2)),
        ("remove_unit", 1, (5, 1)),
        ("add_layer", 2, (5, 1, 1)),
        ("remove_layer", 0, (1, 1)),
    ):
        seen.do("structure", op=op, layer=layer)
        assert seen.session.experiment.hidden == hidden
    with pytest.raises(InvalidValue):
        seen.do("structure", op="remove_unit", layer=0)
    for _ in range(6):
        seen.do("structure", op="add_layer")
    with pytest.raises(InvalidValue, match="8 layers"):
        seen.do("structure", op="add_layer")


def test_points_painted_on_a_toy_set_keep_it_and_the_weights():
    seen = Watched()
    seen.do("epoch", count=2)
    before = seen.session.trainer.engine.state().params
    seen.do("points", op="add", rows=[[1.0, 2.0, 1], [1.5, 2.0, 0]])
    assert seen.session.experiment.dataset.name == "custom"
    assert len(seen.scenes[-1]["points"]["x1"]) == 62
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, before)
    seen.do("points", op="erase", x1=1.0, x2=2.0, radius=0.01)
    assert len(seen.scenes[-1]["points"]["x1"]) == 61
    seen.do("points", op="undo")
    assert len(seen.scenes[-1]["points"]["x1"]) == 62
    seen.do("points", op="undo")
    assert seen.session.experiment.dataset.name == "circle"
    with pytest.raises(InvalidValue):
        seen.do("points", op="undo")


ON_THE_WAY = [
    {"cmd": "set_parameter", "index": 0, "value": 0.5},
    {"cmd": "points", "op": "add", "rows": [[1.0, 2.0, 1]]},
]


def taken_again(seen):
    """A fresh session to which a page brings the run that it has seen."""
    again = Watched()
    again.do("replay", log=json.loads(seen.session.log.to_json()))
    again.session.settle()
    again.receive()
    return again


def assert_same(seen, again):
    one, two = seen.session, again.session
    np.testing.assert_array_equal(one.trainer.engine.state().params, two.trainer.engine.state().params)
    np.testing.assert_array_equal(one.trainer.history.rows(), two.trainer.history.rows())
    assert (one.experiment, one.trainer.epoch) == (two.experiment, two.trainer.epoch)
    assert not two.playing


def test_a_link_to_an_epoch_gives_the_run_that_nobody_touched():
    seen = Watched(dropout=0.2)
    seen.do("epoch", count=3)
    again = LiveSession(Experiment.from_query(seen.session.experiment.to_query()), bounds=Limits())
    again.replay(seen.session.trainer.epoch)
    again.settle()
    assert again.trainer.epoch == 3
    np.testing.assert_array_equal(
        again.trainer.engine.state().params, seen.session.trainer.engine.state().params
    )


def test_a_run_that_was_changed_on_the_way_is_taken_again_by_another_server():
    seen = Watched()
    seen.session.change(l2=0.01, batch_size=7)
    seen.do("epoch", count=3)
    for touch in ON_THE_WAY:
        seen.do(**touch)
        seen.do("step")
    seen.session.change(learning_rate=0.2, optimizer="adam")
    seen.do("trace")
    seen.do("epoch", count=100)
    seen.session.settle()
    assert seen.told["log"]["log"]["did"] == [list(entry) for entry in seen.session.log.entries]
    again = taken_again(seen)
    assert_same(seen, again)
    assert again.scenes[-1]["points"] == seen.scenes[-1]["points"]


def test_a_kept_run_that_goes_on_can_still_be_taken_again():
    seen = Watched()
    seen.do("epoch", count=2)
    seen.do("set_parameter", index=0, value=0.5)
    seen.do("reset")
    seen.do("epoch")
    seen.session.reopen(1)
    seen.do("epoch")
    assert_same(seen, taken_again(seen))


def test_whoever_changes_a_run_that_is_being_taken_again_has_it_from_there():
    seen = Watched()
    seen.do("epoch", count=100)
    seen.session.settle()
    seen.session.change(learning_rate=0.2)
    seen.do("epoch", count=100)
    seen.session.settle()
    again = Watched()
    again.session.take_again(RunLog(seen.session.log.experiment, "fused", (), 10_000_000))
    assert again.session.repeats
    again.receive()
    assert again.scenes[-1]["repeats"]
    again.session.change(learning_rate=0.3)
    assert not again.session.repeats
    assert not again.session.playing
    log = again.session.log
    assert [entry.what for entry in log.entries] == ["settings"]
    assert log.step < 10_000_000
    again.receive()
    assert not again.scenes[-1]["repeats"]


def test_only_a_run_that_has_not_begun_makes_way_for_one_that_a_page_has_seen():
    seen = Watched()
    seen.do("epoch")
    log = json.loads(seen.session.log.to_json())
    begun = Watched()
    begun.do("epoch", count=4)
    begun.do("replay", log=log)
    assert begun.session.trainer.epoch == 4
    with pytest.raises(InvalidValue):
        begun.do("replay", log={**log, "did": [[0, "exec", "1"]]})


def test_a_reloaded_page_goes_on_with_its_session_while_there_is_one():
    server = sessions.server()
    earlier = server.open(Experiment(hidden=(3,)))
    seen = Watched()
    seen.do("epoch")
    log = json.loads(seen.session.log.to_json())
    opened = Watched()
    assert opened.do("replay", log=log, instead_of=earlier.token) == {"there": True}
    assert opened.session.trainer.epoch == 0
    server.close(earlier)
    opened.do("replay", log=log, instead_of=earlier.token)
    opened.session.settle()
    assert opened.session.trainer.epoch == 1


def test_a_run_whose_points_fill_a_message_is_not_told():
    seen = Watched(bounds=Limits(message_bytes=4000))
    assert seen.told["log"]["log"]
    seen.do("points", op="add", rows=[[x / 7, x / 3, 1] for x in range(200)])
    seen.do("reset")
    assert seen.told["log"]["log"] is None


def test_painted_points_fit_into_a_link():
    seen = Watched()
    seen.do("points", op="add", rows=[[1.0123456789, -2.0 / 3.0, 1]])
    experiment = seen.session.experiment
    assert experiment.points.rows[-1] == (1.01, -0.67, 1)
    assert Experiment.from_query(experiment.to_query()) == experiment


def test_a_stroke_of_several_messages_is_undone_as_one():
    seen = Watched()
    seen.do("points", op="add", rows=[[1.0, 2.0, 1]])
    seen.do("points", op="add", rows=[[1.1, 2.0, 1]], continues=True)
    seen.do("points", op="add", rows=[[1.2, 2.0, 1]], continues=True)
    assert len(seen.scenes[-1]["points"]["x1"]) == 63
    seen.do("points", op="undo")
    assert seen.session.experiment.dataset.name == "circle"


def test_erasing_takes_the_points_inside_each_ellipse():
    seen = Watched()
    seen.do("points", op="add", rows=[[5.0, 5.0, 1], [5.3, 5.0, 1], [5.0, 5.3, 1]])
    seen.do("points", op="erase", places=[[5.0, 5.0, 0.4, 0.1]])
    left = list(zip(seen.scenes[-1]["points"]["x1"], seen.scenes[-1]["points"]["x2"], strict=True))
    assert (5.0, 5.3) in left
    assert (5.0, 5.0) not in left
    assert (5.3, 5.0) not in left


def test_a_blank_sheet_is_a_draft_until_it_suffices():
    seen = Watched()
    blank = Points(("x1", "x2"), "class", ("blue", "orange"), (), ((-6.0, 6.0), (-6.0, 6.0)))
    seen.session.apply(seen.session.experiment.replace(dataset="custom", points=blank))
    seen.receive()
    assert seen.scenes[-1]["draft"]
    with pytest.raises(InvalidValue):
        seen.do("play")
    with pytest.raises(InvalidValue):
        seen.do("step")
    seen.do("points", op="add", rows=[[-2, 0, 0], [-2, 1, 0], [-3, 0, 0]])
    assert seen.scenes[-1]["draft"]
    assert len(seen.scenes[-1]["points"]["x1"]) == 3
    seen.do("points", op="add", rows=[[2, 0, 1], [2, 1, 1], [3, 0, 1]])
    assert not seen.scenes[-1]["draft"]
    seen.do("epoch")
    assert seen.header["epoch"] == 1


def test_inspecting_a_point_tells_what_the_network_computes():
    seen = Watched()
    seen.do("epoch", count=5)
    told = seen.do("inspect", point=0)["inspection"]
    data = seen.session.trainer.data
    scores = seen.session.trainer.engine.forward(data.F_train[:1])
    assert told["scores"] == pytest.approx(scores[-1][0].tolist(), abs=1e-5)
    assert told["layers"][0]["h"] == pytest.approx(scores[0][0].tolist(), abs=1e-5)
    s, y = told["scores"][0], told["target"]
    # Binary cross-entropy by hand: log(1 + e^-s) for class 1, log(1 + e^s) for class 0.
    assert told["loss"] == pytest.approx(np.log1p(np.exp(-s if y == 1 else s)), abs=1e-5)
    assert sum(told["probabilities"]) == pytest.approx(1.0)


def test_a_trace_is_one_real_step():
    seen = Watched()
    told = seen.do("trace")["trace"]
    alone = Trainer(Experiment(**SMALL))
    alone.run(steps=1)
    after = np.array(told["before"]) + np.array(told["updates"])
    np.testing.assert_allclose(after, alone.engine.state().params, atol=1e-6)
    # Plain SGD: the change is −η times the gradient.
    np.testing.assert_allclose(told["updates"], -0.03 * np.array(told["gradients"]), atol=1e-7)
    # Ten rows make the batch, so their mean is the batch's loss.
    assert np.mean(told["losses"]) == pytest.approx(told["loss"], abs=1e-6)
    json.dumps(told)


def test_a_traces_rows_carry_mixup_and_label_smoothing():
    seen = Watched(mixup=0.5, label_smoothing=0.1)
    told = seen.do("trace")["trace"]
    assert told["batch"]["partner_y"] is not None
    assert np.mean(told["losses"]) == pytest.approx(told["loss"], abs=1e-6)


def test_an_early_stop_names_the_epoch_whose_weights_are_back():
    seen = Watched(
        dataset="moons", noise=0.3, n_samples=40, hidden=(16,), learning_rate=0.5, early_stopping="patience"
    )
    seen.do("epoch", count=100)
    trainer = seen.session.trainer
    assert trainer.status == "stopped"
    losses = trainer.history["loss_validation"]
    assert (
        f"epoch {losses.argmin()} are restored: that validation loss was {losses.min():.3f}"
        in seen.header["reason"]
    )
    assert seen.header["loss_validation"] == pytest.approx(
        losses.min(), rel=1e-5
    )  # what is shown is what was kept


def test_a_validation_part_is_shown_as_such():
    seen = Watched(dataset="moons", n_samples=60, validation_fraction=0.2)
    assert seen.scenes[-1]["points"]["part"] == [0] * 24 + [1] * 6 + [2] * 30
    assert seen.scenes[-1]["watched"] == "validation"
    seen.do("epoch")
    last = seen.session.trainer.history.last()
    assert seen.header["loss_validation"] == last["loss_validation"]
    assert seen.header["accuracy_validation"] == last["accuracy_validation"]
    seen.do("panels", open=["errors"])
    judged = seen.stats[-1]["judged"]
    assert [(each["part"], np.sum(each["confusion"])) for each in judged] == [("validation", 6), ("test", 30)]
    data = seen.session.trainer.data
    for point, part in ((0, "train"), (24, "validation"), (30, "test"), (59, "test")):
        row = point - {"train": 0, "validation": 24, "test": 30}[part]
        found = seen.do("inspect", point=point)["inspection"]
        assert (found["part"], found["x1"]) == (part, getattr(data, f"X_{part}")[row, 0])


def test_what_is_held_out_is_said():
    seen = Watched(dataset="moons", n_samples=60, early_stopping="patience")
    assert seen.scenes[-1]["points"]["part"].count(1) == 6
    assert any("fifth of the training points" in notice for notice in seen.scenes[-1]["notices"])
    on_test = Watched(dataset="moons", n_samples=60, early_stopping="patience", choose_on="test")
    assert on_test.scenes[-1]["points"]["part"].count(1) == 0
    assert any("test part chooses" in notice for notice in on_test.scenes[-1]["notices"])


def test_residuals_are_of_training_and_test_points():
    seen = Watched(dataset="plane", train_fraction=0.8)
    seen.do("panels", open=["errors"])
    told = seen.stats[-1]["residuals"]
    data, forward = seen.session.trainer.data, seen.session.trainer.engine.forward
    assert told["part"] == ["train"] * len(data.y_train) + ["test"] * len(data.y_test)
    assert told["predicted"] == pytest.approx(
        np.concatenate([forward(data.F_train)[-1], forward(data.F_test)[-1]])[:, 0]
    )
    assert told["target"] == pytest.approx(np.concatenate([data.y_train, data.y_test]))


def test_panels_are_fed_only_when_open():
    seen = Watched()
    seen.do("epoch")
    assert not seen.stats
    seen.do("panels", open=["layers", "errors", "diagnosis"])
    told = seen.stats[-1]
    assert len(told["layers"]) == 3
    assert np.sum(told["judged"][0]["confusion"]) == 30
    assert told["diagnosis"][0]["title"]
    assert len(told["gradient_norms"]["layers"]) == 3


def test_a_suggestion_can_be_applied():
    seen = Watched(learning_rate=10.0, loss="squared_error", activation="relu", hidden=(16, 16))
    seen.do("epoch", count=100)
    seen.do("panels", open=["diagnosis"])
    (found,) = [f for f in seen.stats[-1]["diagnosis"] if f["id"] == "diverged"]
    assert found["action"]
    seen.do("apply", suggestion="diverged")
    assert seen.session.experiment.learning_rate == 1.0
    assert seen.session.status == "paused"
    with pytest.raises(InvalidValue):
        seen.do("apply", suggestion="no such thing")


def test_focus_shows_a_units_own_map():
    seen = Watched()
    seen.do("focus", layer=0, unit=0)
    row = seen.arrays["map"][0]
    # The map of input x1 grows from left to right, around 0 in the middle.
    assert row[0] < 10 < 245 < row[-1]
    assert (np.diff(row.astype(int)) >= 0).all()
    seen.do("focus", layer=None)
    assert seen.header["focus"] is None
    with pytest.raises(InvalidValue):
        seen.do("focus", layer=1, unit=4)


def test_multi_class_and_regression_have_their_own_maps():
    blobs = Watched(dataset={"name": "blobs", "classes": 3})
    assert set(np.unique(blobs.arrays["map"])) <= {0, 1, 2}
    assert blobs.arrays["confidence"].shape == (60, 60)
    plane = Watched(dataset="plane")
    assert plane.header["accuracy_test"] is None
    assert plane.arrays["wrong"].sum() == 0


def test_every_command_refuses_what_it_cannot_read():
    seen = Watched()
    before = seen.session.trainer.engine.state().params
    for bad in (
        None,
        3,
        [],
        {},
        {"cmd": "nonsense"},
        {"cmd": ["play"]},
        {"cmd": "step", "count": 0},
        {"cmd": "speed", "steps_per_second": "fast"},
        {"cmd": "speed", "steps_per_second": float("nan")},
        {"cmd": "set_parameter", "index": 0, "value": float("inf")},
        {"cmd": "points", "op": "add"},
        {"cmd": "points", "op": "add", "rows": [[1]]},
        {"cmd": "points", "op": "add", "rows": [[0, 0, 9]]},
        {"cmd": "grid", "size": 4000},
        {"cmd": "inspect", "point": 60},
        {"cmd": "panels", "open": "layers"},
        {"cmd": "structure", "op": "add_unit", "layer": 9},
    ):
        with pytest.raises(InvalidValue):
            carry_out(seen.session, seen.viewer, bad)
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, before)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = [
    "count",
    "weights",
    "steps_per_second",
    "epoch",
    "layer",
    "unit",
    "size",
    "index",
    "value",
    "op",
    "rows",
    "places",
    "x1",
    "x2",
    "radius",
    "point",
    "open",
    "suggestion",
    "run",
    "continues",
    "on",
    "frame",
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_no_message_breaks_a_session(cmd, fields):
    seen = test_no_message_breaks_a_session.seen
    before = (seen.session.experiment, seen.session.revision, seen.session.trainer.step)
    try:
        carry_out(seen.session, seen.viewer, {"cmd": cmd, **fields})
    except InvalidValue as error:
        told = plain(error, "ko").encode()
        after = (seen.session.experiment, seen.session.revision, seen.session.trainer.step)
        if not told or after != before:
            pytest.fail("a refused command changed something")
    seen.session.pause()
    seen.viewer.take()


test_no_message_breaks_a_session.seen = Watched(n_samples=20)


def test_the_network_of_a_session_is_bounded():
    with pytest.raises(InvalidValue, match="parameters"):
        LiveSession(Experiment(hidden=(64,) * 8), bounds=Limits(max_parameters=1000))
    session = LiveSession(Experiment(hidden=(4,)), bounds=Limits(max_parameters=1000))
    session.walk(epochs=1)
    session.settle()
    with pytest.raises(InvalidValue, match="parameters"):
        session.apply(session.experiment.replace(hidden=(64,) * 8))
    assert (session.experiment.hidden, session.trainer.epoch) == ((4,), 1)


def test_a_long_history_is_thinned_for_the_viewer():
    seen = Watched(hidden=(), n_samples=10, batch_size=5)
    seen.session.trainer.run(epochs=600)
    seen.session.refresh()
    seen.receive()
    assert len(seen.session.trainer.history) == 601
    assert len(seen.arrays["history"]) < 320
    assert seen.header["history"] == {"start": 1, "reset": False}  # the page has the untrained network's row
    assert seen.arrays["history"][-1, 0] == 600


@pytest.mark.parametrize("bound", [100_000, 4_000])
def test_of_a_long_history_only_what_moved_is_sent(bound: int, monkeypatch):
    """What a page has put together is the thinned whole, also after the history itself was thinned."""
    from playground.engine import history
    from playground.live.history import MOST_ROWS

    monkeypatch.setattr(history, "MAX_ROWS", bound)
    seen = Watched(hidden=(), n_samples=10, batch_size=10, validation_fraction=0.2)
    seen.session.playing = True
    page: list[list[float]] = seen.arrays["history"].tolist()
    sent = []
    for epochs in (100, 200, 30, 1, 500, 7, 7, 800, 3, 3, 4000, 50, 50, 1):
        seen.session.trainer.run(epochs=epochs)
        seen.viewer.history_time = -1.0
        seen.session.refresh()
        seen.receive()
        place = seen.header["history"]
        page = [] if place["reset"] else page[: place["start"]]
        page += seen.arrays["history"].tolist()
        sent.append(len(seen.arrays["history"]))
        whole = seen.session.trainer.history
        rows = np.arange(len(whole)) if len(whole) <= MOST_ROWS else whole.representative(MOST_ROWS)
        np.testing.assert_array_equal(page, whole.taken(rows))
    assert max(sent[-3:]) < 20


def test_a_classifier_is_judged_beside_the_majority_on_the_watched_part():
    seen = Watched(dataset="blobs", class_balance=0.9, label_noise=0.0)
    seen.do("panels", open=["errors"])
    (judged,) = seen.stats[-1]["judged"]
    data = seen.session.trainer.data
    positive = int((data.y_test == 1).sum())
    assert (judged["part"], judged["points"], judged["drawn"]) == ("test", 30, 30)
    assert judged["majority"]["share"] == pytest.approx(max(positive, 30 - positive) / 30)
    assert [each["points"] for each in judged["classes"]] == [30 - positive, positive]
    first, second = judged["roc"]
    assert first["area"] == pytest.approx(second["area"])
    assert judged["precision_recall"][0]["area"] != pytest.approx(judged["precision_recall"][1]["area"])
    assert sum(judged["calibration"]["counts"]) == 30


def test_only_cross_entropy_gives_probabilities_to_calibrate():
    seen = Watched(loss="hinge")
    seen.do("panels", open=["errors"])
    (judged,) = seen.stats[-1]["judged"]
    assert judged["calibration"] is None
    assert judged["roc"][0]["area"] > 0


def test_a_regression_is_judged_on_every_part():
    from sklearn import metrics

    seen = Watched(dataset="plane", validation_fraction=0.2)
    seen.do("epoch")
    seen.do("panels", open=["errors"])
    data, forward = seen.session.trainer.data, seen.session.trainer.engine.forward
    fits = {fit["part"]: fit for fit in seen.stats[-1]["fits"]}
    assert list(fits) == ["train", "validation", "test"]
    predicted = forward(data.F_validation)[-1][:, 0]
    assert fits["validation"]["r2"] == pytest.approx(metrics.r2_score(data.y_validation, predicted), abs=1e-5)
    assert fits["test"]["points"] == 30


def test_judging_many_points_takes_some_of_them_for_the_curves(monkeypatch):
    from playground.live import judged

    monkeypatch.setattr(judged, "MOST_ROWS", 10)
    seen = Watched()
    seen.do("panels", open=["errors"])
    (found,) = seen.stats[-1]["judged"]
    assert (found["points"], found["drawn"], np.sum(found["confusion"])) == (30, 10, 30)


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge", "squared_error"])
def test_only_a_loss_with_probabilities_speaks_of_them(loss: str):
    seen = Watched(loss=loss)
    assert seen.scenes[-1]["probable"] == (loss == "cross_entropy")
    found = seen.do("inspect", x1=0.0, x2=0.0)["inspection"]
    assert (found["probabilities"] is None) == (loss != "cross_entropy")
    assert found["predicted"] in (0, 1)


def test_an_address_of_few_own_points_holds_no_number_of_samples():
    few, many = (
        Points(class_names=("a", "b"), rows=tuple((i, -i, i % 2) for i in range(n))) for n in (500, 501)
    )
    assert "n_samples" not in points_experiment(Experiment(), few).to_query()
    assert points_experiment(Experiment(), many).n_samples == 5000
    assert sum(prepare(points_experiment(Experiment(class_balance=0.3), few)).sizes()) == sum(
        prepare(points_experiment(Experiment(class_balance=0.3), few).replace(n_samples=5000)).sizes()
    )
