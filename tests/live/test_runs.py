"""The runs of a session: kept, named, reopened, bounded; and looking back at the current one."""

import base64
import io
import json

import numpy as np
import pandas as pd
import pytest
from session_watch import SMALL, Watched

from playground import Experiment, InvalidValue, Trainer
from playground.data.points import Points
from playground.engine.plan import METRICS
from playground.engine.probe import Probe
from playground.engine.run_log import MOST_ENTRIES
from playground.live import runs as module
from playground.live.limits import Limits
from playground.live.runs import MOST_RUNS, Runs
from playground.live.timeline import MOST_SNAPSHOTS, Timeline, WeightSnapshot
from playground.naming import names
from playground.text import LANGUAGES
from playground.ui import session as controls
from playground.ui.sharing import csv_bytes

pytestmark = pytest.mark.usefixtures("auto")


def table_of(seen):
    """All runs of the session in one table."""
    return module.table(seen.session.runs.records(seen.session.trainer, "en"))


def kept(seen):
    """Numbers of the kept runs, newest first, as the viewer was told."""
    return [entry["run"] for entry in seen.told["runs"]["runs"]]


def change(seen, **fields):
    seen.session.apply(seen.session.experiment.replace(**fields))
    seen.receive()


# --- keeping ---------------------------------------------------------------------------------------------


def test_a_run_is_kept_when_another_begins():
    seen = Watched()
    assert kept(seen) == []
    seen.do("epoch", count=3)
    last = seen.session.trainer.history.last()
    seen.do("reset", weights="same")
    (entry,) = seen.told["runs"]["runs"]
    assert (entry["run"], entry["epoch"], entry["status"]) == (1, 3, "running")
    assert entry["loss_test"] == last["loss_test"]
    assert seen.told["runs"]["current"]["run"] == 2


def test_a_kept_run_that_stopped_early_tells_of_the_weights_that_it_went_back_to():
    seen = Watched(
        dataset="moons", noise=0.3, n_samples=40, hidden=(16,), learning_rate=0.5, early_stopping="patience"
    )
    seen.do("epoch", count=100)
    trainer = seen.session.trainer
    now = dict(zip(METRICS, trainer.engine.metrics(), strict=True))["loss_test"]
    seen.do("reset", weights="same")
    (entry,) = seen.told["runs"]["runs"]
    assert entry["status"] == "stopped"
    assert entry["loss_test"] == pytest.approx(now, rel=1e-5)


def test_a_run_without_a_step_is_not_kept():
    seen = Watched()
    seen.do("reset", weights="new")
    change(seen, hidden=(3,))
    assert kept(seen) == []
    seen.do("step")
    seen.do("reset", weights="new")
    assert kept(seen) == [1]


def test_a_hot_change_ends_no_run_and_a_cold_one_does():
    seen = Watched()
    seen.do("epoch")
    change(seen, learning_rate=0.1, optimizer="adam")
    assert kept(seen) == []
    change(seen, activation="relu")
    assert kept(seen) == [1]
    (run,) = seen.session.runs
    assert run.experiment.learning_rate == 0.1
    assert run.experiment.activation.name == "tanh"
    assert run.checkpoint.epoch == 1


def test_a_refused_change_ends_no_run():
    seen = Watched()
    seen.do("epoch")
    with pytest.raises(InvalidValue):
        change(seen, hidden=(64,) * 8, device="mps" if not mps() else "cuda")
    seen.session.refresh()
    seen.receive()
    assert kept(seen) == []


def mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def test_a_draft_keeps_the_run_before_it_once():
    seen = Watched()
    seen.do("epoch")
    blank = Points(("x1", "x2"), "class", ("blue", "orange"), (), ((-6.0, 6.0), (-6.0, 6.0)))
    change(seen, dataset="custom", points=blank)
    assert kept(seen) == [1]
    seen.do("points", op="add", rows=[[-2, 0, 0], [-2, 1, 0], [2, 0, 1], [2, 1, 1]])
    assert kept(seen) == [1]
    seen.do("step")
    seen.do("reopen", run=1)
    assert kept(seen) == [2, 1]
    assert seen.session.experiment.dataset.name == "circle"


def test_the_picture_is_the_boundary_of_the_last_state():
    seen = Watched(dataset={"name": "blobs", "classes": 3})
    seen.do("epoch", count=4)
    seen.do("grid", size=module.THUMB)
    shown = {name: seen.arrays[name] for name in ("map", "confidence")}
    seen.do("reset", weights="same")
    (run,) = seen.session.runs
    for name, cells in shown.items():
        np.testing.assert_array_equal(run.boundary[name], cells)


# --- bounds ----------------------------------------------------------------------------------------------


def test_the_oldest_that_is_not_pinned_makes_way():
    seen = Watched(n_samples=20)
    for _ in range(3):
        seen.do("step")
        seen.do("reset", weights="new")
    seen.do("pin_run", run=1, on=True)
    for _ in range(MOST_RUNS):
        seen.do("step")
        seen.do("reset", weights="new")
    assert len(kept(seen)) == MOST_RUNS
    assert 1 in kept(seen)
    assert 2 not in kept(seen)
    assert kept(seen)[0] == MOST_RUNS + 3


def test_one_place_stays_free_of_pins():
    seen = Watched(n_samples=20)
    for _ in range(MOST_RUNS):
        seen.do("step")
        seen.do("reset", weights="new")
    for number in range(1, MOST_RUNS):
        seen.do("pin_run", run=number, on=True)
    with pytest.raises(InvalidValue, match="pinned"):
        seen.do("pin_run", run=MOST_RUNS, on=True)
    seen.do("pin_run", run=1, on=False)
    seen.do("pin_run", run=MOST_RUNS, on=True)


def test_memory_is_bounded(monkeypatch):
    one = Watched(n_samples=20)
    one.do("step")
    one.do("reset", weights="new")
    (run,) = one.session.runs
    monkeypatch.setattr(module, "RUNS_BYTES", 3 * run.nbytes)
    for _ in range(6):
        one.do("step")
        one.do("reset", weights="new")
    assert sum(run.nbytes for run in one.session.runs) <= 3 * run.nbytes
    assert kept(one)[0] == 7


def test_a_kept_history_is_thinned_and_says_so(monkeypatch):
    monkeypatch.setattr(module, "KEPT_ROWS", 4000)
    seen = Watched(hidden=(), n_samples=10, batch_size=5)
    seen.session.walk(epochs=5000)
    seen.settle()
    seen.do("reset", weights="same")
    (run,) = seen.session.runs
    assert len(run.checkpoint.history) <= 4000
    assert run.history.stride > 1
    assert run.history.last()["epoch"] == 5000
    table = run.history
    assert set(table_of(seen)["stride"]) == {1, table.stride}


def test_only_small_networks_keep_their_checkpoints():
    timeline = Timeline()
    trainer = Trainer(Experiment(**SMALL))
    for _ in range(6):
        timeline.note(trainer)
        trainer.run(epochs=1)
    size = timeline.snapshots[0].nbytes
    assert timeline.within(10**6) == timeline.snapshots
    assert [mark.epoch for mark in timeline.within(3 * size)] == [0, 2, 5]
    assert timeline.within(size) == ()


# --- reopening -------------------------------------------------------------------------------------------


def test_a_reopened_run_goes_on_bit_for_bit():
    fields = {"dropout": 0.2, "optimizer": "adam", "schedule": "reduce_on_plateau"}
    seen = Watched(**fields)
    seen.do("epoch", count=3)
    seen.do("step", count=2)
    change(seen, hidden=(3,))
    seen.do("epoch")
    reply = seen.do("reopen", run=1)
    assert reply["revision"] == seen.session.revision == seen.scenes[-1]["revision"]
    assert seen.session.experiment.hidden == (4, 2)
    assert seen.header["epoch"] == 3
    assert seen.arrays["history"][:, 0].tolist() == [0, 1, 2, 3]
    assert kept(seen) == [2, 1]
    seen.do("epoch", count=2)
    alone = Trainer(Experiment(**SMALL, **fields))
    alone.run(epochs=5)
    np.testing.assert_array_equal(seen.arrays["parameters"], alone.engine.state().params)
    assert seen.session.trainer.history.last() == alone.history.last()


def test_a_reopened_run_keeps_its_place_unless_its_settings_change():
    seen = Watched()
    seen.do("epoch", count=2)
    seen.do("reset", weights="same")
    seen.do("reopen", run=1)
    seen.do("reset", weights="same")
    assert [(run.number, run.checkpoint.epoch) for run in seen.session.runs] == [(1, 2)]
    seen.do("reopen", run=1)
    seen.do("epoch")
    seen.do("reset", weights="same")
    assert [(run.number, run.checkpoint.epoch) for run in seen.session.runs] == [(1, 3)]
    seen.do("reopen", run=1)
    change(seen, learning_rate=0.3)
    seen.do("epoch")
    seen.do("reset", weights="same")
    assert [(run.number, run.checkpoint.epoch) for run in seen.session.runs] == [(1, 3), (2, 4)]


def test_reopening_the_open_run_changes_nothing():
    seen = Watched()
    seen.do("epoch")
    seen.do("reset", weights="same")
    seen.do("reopen", run=1)
    seen.do("epoch")
    trainer = seen.session.trainer
    seen.do("reopen", run=1)
    assert seen.session.trainer is trainer
    assert trainer.epoch == 2


def test_what_is_gone_is_refused():
    seen = Watched()
    seen.do("epoch")
    seen.do("reset", weights="same")
    seen.do("delete_run", run=1)
    assert kept(seen) == []
    for command in ("reopen", "delete_run", "pin_run", "ghost"):
        with pytest.raises(InvalidValue, match="run"):
            seen.do(command, run=1)
        with pytest.raises(InvalidValue, match="run"):
            seen.do(command, run="first")


def test_a_diverged_run_is_kept_and_stays_diverged():
    seen = Watched(learning_rate=10.0, loss="squared_error", activation="relu", hidden=(16, 16))
    seen.do("epoch", count=100)
    seen.do("reset", weights="same")
    assert seen.told["runs"]["runs"][0]["status"] == "diverged"
    seen.do("reopen", run=1)
    assert seen.header["status"] == "diverged"


# --- the ghost -------------------------------------------------------------------------------------------


def test_the_previous_run_is_the_ghost():
    seen = Watched()
    assert seen.told["ghost_run"]["rows"] == []
    seen.do("epoch", count=4)
    rows = seen.session.trainer.history.rows()
    seen.do("reset", weights="new")
    assert seen.told["runs"]["ghost"]["run"] == 1
    drawn = np.array(seen.told["ghost_run"]["rows"], dtype=float)
    assert drawn[:, 0].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(drawn[:, 2:4], rows[:, 2:4], rtol=1e-3)


def test_a_ghost_can_be_chosen_and_taken_away():
    seen = Watched()
    for _ in range(3):
        seen.do("epoch")
        seen.do("reset", weights="new")
    for choice, expected in ((1, 1), (None, None), ("previous", 3)):
        seen.do("ghost", run=choice)
        ghost = seen.told["runs"]["ghost"]
        assert (ghost and ghost["run"]) == expected
        assert bool(seen.told["ghost_run"]["rows"]) == (expected is not None)
    seen.do("ghost", run=1)
    seen.do("delete_run", run=1)
    assert seen.told["runs"]["ghost"]["run"] == 3


def test_a_loss_of_another_kind_is_no_ghost_of_its_own_accord():
    seen = Watched()
    seen.do("epoch")
    change(seen, dataset="plane")
    assert seen.told["runs"]["ghost"] is None
    seen.do("ghost", run=1)
    assert seen.told["runs"]["ghost"]["run"] == 1


def test_a_ghost_shows_its_first_epochs_and_every_bend():
    history = module.History()
    epochs = np.arange(20_000)
    loss = np.exp(-epochs / 3000)
    loss[12_345] = 7.0
    history.extend(epochs, 5 * epochs, np.tile(loss[:, None], 7), np.full(len(epochs), 0.1))
    rows = module.curve(history)
    assert len(rows) <= 2 * module.GHOST_ROWS
    shown = [row[0] for row in rows]
    assert shown[:20] == list(range(20))
    assert shown == sorted(set(shown))
    assert 12_345 in shown
    assert shown[-1] == 19_999


# --- names -----------------------------------------------------------------------------------------------


def test_names_tell_only_what_differs():
    plain = Experiment(dataset="moons")
    tried = plain.replace(activation="relu", learning_rate=0.1)
    assert [short for short, _ in names([plain, tried], "en")] == ["tanh, η 0.03", "ReLU, η 0.1"]
    assert names([Experiment()], "en") == [("default settings", "default settings")]
    assert "(입력 모든 열)" in names([Experiment(dataset={"name": "iris", "inputs": "all"})], "ko")[0][1]
    assert names([Experiment(activation="relu", learning_rate=0.1)], "en")[0][0] == "ReLU, η 0.1"


def test_redrawn_weights_and_other_seeds_are_told_apart():
    plain = Experiment()
    pairs = names([plain, plain.replace(init_seed=1)], "en")
    assert [short for short, _ in pairs] == ["weights 0", "weights 1"]
    pairs = names([plain, plain.replace(seed=3)], "en")
    assert [short for short, _ in pairs] == ["seed 0", "seed 3"]


def test_a_long_name_is_cut_and_the_full_one_is_not():
    other = Experiment(
        dataset="moons", hidden=(8, 8), activation="relu", l2=0.01, batch_size=32, learning_rate=0.1
    )
    short, full = names([Experiment(), other], "en")[1]
    assert short.endswith(", …")
    assert full.count(",") == 5
    assert full.startswith(short[:-3])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_can_be_named(language):
    one = Experiment()
    points = Points(("x1", "x2"), "class", ("a", "b"), ((0.0, 0.0, 0), (1.0, 1.0, 1)), ((0, 1), (0, 1)))
    others = (
        Experiment(dataset="custom", points=points, hidden=(), device="cpu"),
        Experiment(
            features=("x1",), preprocessing="standardize", init="zeros", normalization="batch_norm",
            dropout=(0.1, 0.2), dropconnect=0.1, input_noise=0.1, mixup=0.1, label_smoothing=0.1, l1=0.1,
            weight_decay=0.1, loss="hinge", optimizer="adam", schedule="exponential", clipping="norm",
            early_stopping="patience", noise=0.1, label_noise=0.1, class_balance=0.3, train_fraction=0.4,
            n_samples=100, engine="reference", init_seed=4, activation=("relu", "tanh"),
        ),
    )  # fmt: skip
    for other in others:
        for _, full in names([one, other], language):
            assert "{" not in full
            assert ", ," not in full


# --- looking back ----------------------------------------------------------------------------------------


def test_checkpoints_are_few_dense_at_first_and_at_epoch_ends():
    seen = Watched(hidden=(), n_samples=10, batch_size=5)
    for _ in range(40):
        seen.do("epoch", count=100)
    epochs = seen.told["marks"]["epochs"]
    assert len(epochs) == MOST_SNAPSHOTS
    assert epochs == sorted(set(epochs))
    assert epochs[0] == 0
    assert epochs[-1] > 0.9 * 4000
    assert len([e for e in epochs if e <= 40]) >= 10
    gaps = np.diff(np.log(np.array(epochs) + 10.0))
    assert gaps.max() < 4 * gaps.mean()
    steps = seen.session.trainer.steps_per_epoch
    assert all(mark.step == steps * mark.epoch for mark in seen.session.runs.timeline.snapshots)


def test_checkpoints_come_while_it_plays_at_any_speed():
    seen = Watched(n_samples=20)
    seen.do("speed", steps_per_second=None)
    seen.do("play")
    while seen.session.trainer.epoch < 8:
        seen.session.advance(0.0)
    marks = seen.session.runs.timeline.snapshots
    assert [mark.epoch for mark in marks[:8]] == list(range(8))
    steps = seen.session.trainer.steps_per_epoch
    assert all(mark.step == steps * mark.epoch for mark in marks)


def test_cutting_a_run_at_checkpoints_changes_nothing():
    seen = Watched(dropout=0.3)
    seen.do("step", count=2)
    seen.do("epoch", count=30)
    alone = Trainer(Experiment(**SMALL, dropout=0.3))
    alone.run(epochs=30)
    np.testing.assert_array_equal(seen.arrays["parameters"], alone.engine.state().params)


def test_scrubbing_shows_the_past_while_training_goes_on():
    seen = Watched(normalization="batch_norm")
    seen.do("epoch", count=5)
    then = {name: seen.arrays[name].copy() for name in ("map", "parameters", "units", "wrong")}
    points = seen.do("inspect", point=3)["inspection"]
    seen.do("epoch", count=20)
    assert seen.do("scrub", epoch=5) == {"epoch": 5}
    assert seen.header["scrubbed"] == 5
    np.testing.assert_array_equal(seen.arrays["parameters"], then["parameters"])
    for name in ("map", "units"):
        assert np.abs(seen.arrays[name].astype(int) - then[name]).max() <= 1, name
    np.testing.assert_array_equal(seen.arrays["wrong"], then["wrong"])
    again = seen.do("inspect", point=3)["inspection"]
    assert again["scores"] == pytest.approx(points["scores"], abs=1e-5)

    seen.do("play")
    frames, epoch = len(seen.frames), seen.header["epoch"]
    while seen.session.trainer.epoch < 60 or len(seen.frames) == frames:
        seen.session.advance(0.02)
        seen.receive()
    assert seen.header["scrubbed"] == 5
    assert seen.header["epoch"] > epoch
    assert "history" in seen.arrays
    assert "map" not in seen.arrays
    assert "parameters" not in seen.arrays
    seen.do("pause")

    assert seen.do("scrub", epoch=None) == {"epoch": None}
    assert seen.header["scrubbed"] is None
    live = seen.session.trainer.engine.state().params
    np.testing.assert_array_equal(seen.arrays["parameters"], live)
    assert {"map", "units", "unit_stats", "wrong"} <= set(seen.arrays)


def test_looking_back_draws_units_and_several_classes():
    seen = Watched(dataset={"name": "blobs", "classes": 3})
    seen.do("epoch", count=3)
    seen.do("scrub", epoch=1)
    assert seen.arrays["confidence"].shape == (60, 60)
    first = seen.arrays["map"]
    seen.do("focus", layer=1, unit=0)
    assert seen.header["scrubbed"] == 1
    assert seen.header["map_range"][1] > 0
    assert not np.array_equal(seen.arrays["map"], first)


def test_the_nearest_checkpoint_is_shown_and_stays_when_it_is_thinned_out():
    timeline = Timeline(tuple(WeightSnapshot(epoch, epoch, None) for epoch in (0, 10, 20)))
    assert timeline.nearest(14).epoch == 10
    assert timeline.nearest(10**9).epoch == 20
    assert Timeline().nearest(3) is None
    seen = Watched(hidden=(), n_samples=10, batch_size=5)
    seen.do("epoch", count=100)
    epochs = seen.told["marks"]["epochs"]
    for epoch in epochs[1:-1:7]:
        assert seen.do("scrub", epoch=epoch)["epoch"] == epoch
    held = seen.viewer.past
    for _ in range(30):
        seen.session.walk(epochs=200)
        seen.settle()
    seen.receive()
    assert seen.header["scrubbed"] == held.epoch


def test_acting_on_the_network_returns_to_the_present():
    for cmd, fields in (
        ("step", {}),
        ("epoch", {}),
        ("trace", {}),
        ("set_parameter", {"index": 0, "value": 1.0}),
        ("reset", {"weights": "same"}),
    ):
        seen = Watched()
        seen.do("epoch", count=2)
        seen.do("scrub", epoch=1)
        seen.do(cmd, **fields)
        assert seen.header["scrubbed"] is None, cmd
        assert "parameters" in seen.arrays, cmd


def test_one_viewer_looks_back_alone():
    seen, other = Watched(), Watched()
    other.session = seen.session
    seen.session.join(other.viewer)
    seen.do("epoch", count=2)
    seen.do("scrub", epoch=0)
    seen.session.refresh()
    other.receive()
    assert other.header["scrubbed"] is None
    assert seen.header["scrubbed"] == 0


def test_bad_epochs_are_refused():
    seen = Watched()
    for epoch in (-1, 1.5, "now", float("nan"), [1]):
        with pytest.raises(InvalidValue):
            seen.do("scrub", epoch=epoch)


def test_hello_tells_everything_again():
    seen = Watched()
    seen.do("epoch", count=2)
    seen.do("scrub", epoch=1)
    seen.told.clear()
    seen.do("hello")
    assert {"runs", "ghost_run", "marks"} <= set(seen.told)
    assert "map" in seen.arrays


# --- export and noting -----------------------------------------------------------------------------------


def test_all_runs_go_into_one_tidy_table():
    seen = Watched()
    seen.do("epoch", count=2)
    change(seen, activation="relu")
    seen.do("epoch")
    table = pd.read_csv(io.StringIO(csv_bytes(controls.runs_table(seen.session)).decode("utf-8-sig")))
    assert list(table.columns) == [
        "run", "label", "epoch", "step", "split", "loss", "accuracy", "learning_rate", "stride",
    ]  # fmt: skip
    assert table.groupby(["run", "label"]).size().to_dict() == {(1, "tanh"): 6, (2, "ReLU"): 4}
    assert set(table["split"]) == {"train", "test"}
    now = table[(table.run == 2) & (table.epoch == 1) & (table.split == "test")]
    assert now["loss"].item() == pytest.approx(seen.session.trainer.history.last()["loss_test"])


def test_a_reopened_run_is_in_the_table_once():
    seen = Watched()
    seen.do("epoch", count=2)
    seen.do("reset", weights="same")
    seen.do("reopen", run=1)
    seen.do("epoch")
    table = table_of(seen)
    assert table["epoch"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_gradient_norms_are_noted_while_no_panel_is_open():
    seen = Watched()
    seen.do("play")
    while seen.session.trainer.epoch < 5:
        seen.session.painter._next_gradients = 0.0
        seen.session.advance(0.01)
        seen.receive()
    seen.do("pause")
    seen.do("panels", open=["layers"])
    noted = seen.stats[-1]["gradient_norms"]
    assert len(noted["epochs"]) > 1
    assert all(len(layer) == len(noted["epochs"]) for layer in noted["layers"])


def test_the_first_run_of_a_session_has_a_checkpoint():
    trainer = Trainer(Experiment(**SMALL))
    runs = Runs(trainer)
    (mark,) = runs.timeline.snapshots
    assert mark.epoch == 0
    probe = Probe(trainer.experiment)
    probe.look_at(mark.state)
    F = trainer.data.F_test
    np.testing.assert_allclose(probe.layers(F)[1], trainer.engine.forward(F)[-1], atol=1e-6)


def test_a_page_keeps_a_run_and_brings_it_back():
    seen = Watched(n_samples=40)
    seen.do("epoch", count=3)
    seen.do("set_parameter", index=0, value=0.5)
    seen.do("epoch", count=2)
    weights = seen.session.trainer.engine.state().params
    told = json.loads(json.dumps(seen.do("keep_run")["kept"], allow_nan=False))
    kept = told.pop("kept")
    assert kept["again"]
    assert (kept["epoch"], kept["task"], kept["status"]) == (5, "binary", "running")
    assert [row[0] for row in kept["curve"]] == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(kept["weights"]), "<f4"), weights)
    seen.do("reset", weights="new")
    seen.do("epoch")
    again = seen.do("keep_run", run=1)["kept"]
    assert again == told | {"kept": kept | {name: again["kept"][name] for name in ("name", "full")}}
    seen.do("bring_run", log=told)
    assert (seen.session.trainer.epoch, seen.session.runs.number) == (5, 3)
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, weights)
    assert len(seen.session.runs) == 2


def test_a_run_that_cannot_be_repeated_is_brought_back_with_its_weights():
    seen = Watched(n_samples=40)
    seen.do("epoch")
    for i in range(MOST_ENTRIES + 1):
        seen.session.trainer.set_parameter(i % 2, float(i))
    weights = seen.session.trainer.engine.state().params
    told = seen.do("keep_run")["kept"]
    assert not told.pop("kept")["again"]
    seen.do("reset")
    seen.do("bring_run", log=told)
    assert seen.session.trainer.epoch == 0
    np.testing.assert_array_equal(seen.session.trainer.engine.state().params, weights)


def test_what_is_too_large_to_come_back_is_not_kept():
    seen = Watched(bounds=Limits(message_bytes=3000))
    seen.do("points", op="add", rows=[[x / 7, x / 3, 1] for x in range(200)])
    with pytest.raises(InvalidValue, match="3 kB"):
        seen.do("keep_run")
    with pytest.raises(InvalidValue):
        seen.do("keep_run", run=7)
