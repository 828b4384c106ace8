"""Every preset is trained and held to what its card promises."""

from functools import cache

import numpy as np
import pytest

from playground.engine.choose import fused_module
from playground.engine.plan import METRICS
from playground.engine.probe import ZERO_WEIGHT
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.presets import DEFAULT_PRESET, PRESETS, THEMES

LN2 = float(np.log(2))


@pytest.fixture(scope="module", autouse=True)
def compiled_engine() -> None:
    """Train with the compiled engine where it is installed: the same runs, many times faster."""
    fused = fused_module()
    if fused is not None:
        fused.warm_up()


@cache
def trained(name: str) -> Trainer:
    preset = PRESETS[name]
    trainer = Trainer(preset.experiment)
    trainer.run(epochs=preset.epochs)
    return trainer


def last(name: str, column: str) -> float:
    return float(trained(name).history[column][-1])


def at(name: str, epoch: int, column: str) -> float:
    return float(trained(name).history[column][epoch])


def test_there_are_enough_presets_on_every_theme() -> None:
    assert len(PRESETS) >= 16
    assert {preset.theme for preset in PRESETS.values()} == set(THEMES)
    assert DEFAULT_PRESET in PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_their_links(name: str) -> None:
    experiment = PRESETS[name].experiment
    assert Experiment.from_query(experiment.to_query()) == experiment


def test_presets_are_distinct() -> None:
    assert len({preset.experiment.to_json() for preset in PRESETS.values()}) == len(PRESETS)


def test_first_look_visibly_learns() -> None:
    assert at("first_look", 0, "accuracy_test") < 0.6
    assert at("first_look", 200, "accuracy_test") > 0.9
    # a first visit shall see it happen: not done within the first epochs
    assert at("first_look", 10, "accuracy_test") < 0.85


def test_xor_needs_a_hidden_layer_or_a_feature() -> None:
    assert last("xor_linear", "loss_test") == pytest.approx(LN2, abs=0.05)
    assert last("xor_linear", "accuracy_test") < 0.7
    assert at("xor_hidden", 50, "accuracy_test") > 0.95
    assert last("xor_feature", "accuracy_test") > 0.97
    assert at("xor_feature", 5, "accuracy_test") > 0.95


def test_identity_layers_stay_linear() -> None:
    assert last("identity_stack", "loss_test") == pytest.approx(LN2, abs=0.05)


def test_depth_needs_relu_or_batch_norm() -> None:
    assert last("vanishing_gradient", "loss_train") == pytest.approx(LN2, abs=0.01)
    assert at("deep_relu", 20, "accuracy_test") > 0.95
    # running statistics of batches of ten make the test accuracy jump; the trend counts
    assert np.median(trained("deep_batch_norm").history["accuracy_test"][30:]) > 0.93


def test_eight_sigmoid_layers_need_skip_connections() -> None:
    assert last("deep_residual", "accuracy_test") > 0.95
    experiment = PRESETS["deep_residual"].experiment
    plain = Trainer(experiment.replace(skip="none"))
    plain.run(epochs=300)
    assert plain.history["loss_train"][-1] == pytest.approx(LN2, abs=0.01)
    first = [
        np.linalg.norm(Trainer(e).trace_step().gradients["hidden.0.linear.weight"])
        for e in (experiment, experiment.replace(skip="none"))
    ]
    assert first[0] > 1000 * first[1]


def test_gradients_vanish_towards_the_input() -> None:
    trace = Trainer(PRESETS["vanishing_gradient"].experiment).trace_step()
    norms = [float(np.linalg.norm(g)) for name, g in trace.gradients.items() if g.ndim == 2]
    assert norms[0] < 0.05 * norms[-1]
    assert norms[:-1] == sorted(norms[:-1])


def test_zeros_stay_zeros() -> None:
    trainer = trained("zeros_init")
    for block in trainer.engine.layout.parameters:
        if block.kind == "weight":
            assert not block.view(trainer.engine.state().params).any()
    assert last("zeros_init", "loss_train") == pytest.approx(LN2, abs=0.01)


def test_adam_unwinds_the_spiral_ahead_of_sgd() -> None:
    assert last("spiral_adam", "accuracy_test") > 0.9
    sgd = Trainer(PRESETS["spiral_adam"].experiment.replace(optimizer="sgd"))
    sgd.run(epochs=PRESETS["spiral_adam"].epochs)
    assert sgd.history["accuracy_test"][-1] < 0.8


def test_momentum_goes_further_along_the_ravine() -> None:
    assert last("ravine_sgd", "loss_test") > 0.85
    assert last("ravine_momentum", "loss_test") < 0.7


def test_too_high_a_rate_diverges_and_a_lower_one_learns() -> None:
    trainer = trained("too_fast")
    assert trainer.status == "diverged"
    # visibly: the loss climbs for a while first
    assert trainer.history["loss_train"][10] > 2 * trainer.history["loss_train"][0]
    calmer = Trainer(PRESETS["too_fast"].experiment.replace(learning_rate=0.05))
    calmer.run(epochs=100)
    assert calmer.history["loss_test"][-1] < 1e-3


def test_overfitting_and_what_helps() -> None:
    history = trained("overfitting").history
    assert history["loss_train"][-1] < 0.05
    assert history["loss_test"][-1] > 3 * history["loss_test"].min()
    assert int(history["loss_test"].argmin()) < 50
    for name in ("against_l2", "against_dropout"):
        assert last(name, "loss_test") < 0.5 * last("overfitting", "loss_test")
        assert last(name, "loss_train") > last("overfitting", "loss_train")
    stopped = trained("against_early_stopping")
    assert stopped.status == "stopped"
    watched = stopped.history["loss_validation"]
    assert stopped.best_epoch == int(watched.argmin())
    kept = stopped.engine.metrics()
    assert kept[METRICS.index("loss_validation")] == pytest.approx(watched.min(), rel=1e-4)
    assert kept[METRICS.index("loss_test")] < 0.5 * last("overfitting", "loss_test")


def test_the_course_run_comes_to_the_published_numbers() -> None:
    history = trained("hundred_units").history
    cost = history["loss_train"] + history["penalty"]
    # published: 1.098744, 0.294946 after 1,000 steps, 0.245335 after 8,000; 98 % of the training points
    assert cost[0] == pytest.approx(1.0987, abs=1e-3)
    assert cost[1000] == pytest.approx(0.295, abs=0.02)
    assert cost[8000] == pytest.approx(0.2453, abs=0.005)
    assert history["accuracy_train"][-1] >= 0.98
    linear = Trainer(PRESETS["hundred_units"].experiment.replace(hidden=()))
    linear.run(epochs=200)
    assert linear.history["accuracy_train"][-1] == pytest.approx(0.5, abs=0.06)


def test_l1_makes_zeros() -> None:
    trainer = trained("l1_zeros")
    weights = trainer.engine.state().params[trainer.engine.layout.weight_mask]
    assert (np.abs(weights) < ZERO_WEIGHT).mean() > 2 / 3
    assert last("l1_zeros", "accuracy_test") > 0.95


def test_wrong_labels_are_learned_by_heart() -> None:
    history = trained("label_noise").history
    assert history["accuracy_train"][-1] > 0.9
    assert history["loss_test"][-1] > 2 * history["loss_test"].min()


def test_other_tasks_learn() -> None:
    assert last("four_blobs", "accuracy_test") > 0.95
    assert last("iris", "accuracy_test") > 0.85
    assert PRESETS["iris_relu"].experiment.n_inputs == PRESETS["iris_sigmoid"].experiment.n_inputs == 4
    assert trained("iris_relu").step == trained("iris_sigmoid").step == 500
    assert 0.4 < last("iris_sigmoid", "accuracy_train") < 0.76
    assert last("iris_relu", "accuracy_train") > 0.88
    assert 0.55 < last("digits", "accuracy_test") < 0.75
    assert last("wave", "loss_test") < 0.03
