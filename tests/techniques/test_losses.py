"""Losses against worked numbers, torch.nn losses and finite differences."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from playground.techniques import LOSSES, accuracy, predict

PAIRS = [(name, task) for name, loss in LOSSES.items() for task in loss.tasks]
each_pair = pytest.mark.parametrize(("name", "task"), PAIRS)
classification = pytest.mark.parametrize(
    ("name", "task"), [pair for pair in PAIRS if pair[1] != "regression"]
)


def batch(task, n=7, dtype=torch.float32):
    """Random scores and targets of a task; four classes where there are several."""
    g = torch.Generator().manual_seed(1)
    scores = 2 * torch.randn(n, 4 if task == "multiclass" else 1, generator=g, dtype=dtype)
    if task == "multiclass":
        return scores, torch.randint(0, 4, (n,), generator=g)
    if task == "binary":
        return scores, torch.randint(0, 2, (n,), generator=g).to(dtype)
    return scores, torch.randn(n, generator=g, dtype=dtype)


def loss_of(name, scores, targets, task, **options):
    """The mean loss of one or several samples."""
    return (
        LOSSES[name]
        .forward(torch.tensor(scores), torch.tensor(targets), LOSSES[name].spec(), task=task, **options)
        .item()
    )


@each_pair
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_exported_code_is_the_mean_loss(name, task, smoothing, run_code):
    technique = LOSSES[name]
    spec = technique.spec()
    scores, targets = batch(task)
    ours = technique.forward(scores, targets, spec, smoothing, task)
    theirs = run_code(technique.export(spec, task, smoothing), scores=scores, targets=targets)
    assert ours.shape == theirs.shape == ()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


@each_pair
def test_mean_of_the_samples_is_the_loss_of_the_batch(name, task):
    technique = LOSSES[name]
    scores, targets = batch(task)
    samples = technique.per_sample(scores, targets, technique.spec(), task=task)
    assert samples.shape == targets.shape
    one_by_one = [
        technique.forward(scores[i : i + 1], targets[i : i + 1], technique.spec(), task=task)
        for i in range(len(targets))
    ]
    torch.testing.assert_close(samples, torch.stack(one_by_one))
    torch.testing.assert_close(
        samples.mean(), technique.forward(scores, targets, technique.spec(), task=task)
    )


@each_pair
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_gradient_passes_the_finite_difference_check(name, task, smoothing):
    technique = LOSSES[name]
    scores, targets = batch(task, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda s: technique.forward(s, targets, technique.spec(), smoothing, task),
        (scores.requires_grad_(),),
    )


def test_against_the_losses_of_pytorch():
    def ours(name, task, **parameters):
        scores, targets = batch(task)
        return LOSSES[name].forward(scores, targets, LOSSES[name].spec(**parameters), task=task)

    scores, targets = batch("binary")
    s = scores.squeeze(1)
    close = torch.testing.assert_close
    close(ours("cross_entropy", "binary"), nn.BCELoss()(torch.sigmoid(s), targets))
    signs = 2 * targets - 1
    close(ours("hinge", "binary"), nn.MarginRankingLoss(margin=1)(s, torch.zeros(7), signs))
    close(ours("squared_error", "binary"), nn.MSELoss()(s, signs))

    scores, targets = batch("multiclass")
    close(ours("cross_entropy", "multiclass"), nn.NLLLoss()(scores.log_softmax(1), targets))
    close(ours("hinge", "multiclass"), nn.MultiMarginLoss()(scores, targets))
    close(ours("squared_error", "multiclass"), nn.MSELoss()(scores, F.one_hot(targets, 4).float()))

    scores, targets = batch("regression")
    close(ours("squared_error", "regression"), nn.MSELoss()(scores, targets[:, None]))
    close(ours("huber", "regression", delta=0.5), nn.HuberLoss(delta=0.5)(scores, targets[:, None]))


def test_worked_numbers():
    assert loss_of("cross_entropy", [[0.0]], [1.0], "binary") == pytest.approx(math.log(2))
    assert loss_of("cross_entropy", [[0.0] * 5], [3], "multiclass") == pytest.approx(math.log(5))
    assert loss_of("hinge", [[0.25]], [1.0], "binary") == 0.75
    assert loss_of("hinge", [[0.25]], [0.0], "binary") == 1.25
    assert loss_of("hinge", [[1.5]], [1.0], "binary") == 0
    # y = 1: the others come within 1 - 2 + 1.5 = 0.5 and 1 - 2 + 0 < 0; a third of 0.5
    assert loss_of("hinge", [[1.5, 2.0, 0.0]], [1], "multiclass") == pytest.approx(0.5 / 3)
    assert loss_of("squared_error", [[0.5]], [0.0], "binary") == 2.25  # target -1
    assert loss_of("squared_error", [[0.5]], [0.0], "regression") == 0.25
    assert loss_of("squared_error", [[1.0, 2.0]], [1], "multiclass") == 1.0  # (1² + 1²) / 2
    assert loss_of("huber", [[0.5]], [0.0], "regression") == 0.125
    assert loss_of("huber", [[3.0]], [0.0], "regression") == 2.5


@pytest.mark.parametrize("score", [1e4, -1e4])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_binary_cross_entropy_is_stable(score, target):
    s = torch.tensor([[score]], requires_grad=True)
    loss = LOSSES["cross_entropy"].forward(s, torch.tensor([target]), LOSSES["cross_entropy"].spec())
    (gradient,) = torch.autograd.grad(loss, s)
    right = (score > 0) == (target == 1)
    assert loss.item() == (0 if right else 1e4)
    assert gradient.item() == (0 if right else math.copysign(1, score))


def test_label_smoothing_mixes_in_the_uniform_distribution():
    spec = LOSSES["cross_entropy"].spec()
    scores, targets = batch("multiclass")
    smooth = 0.8 * F.one_hot(targets, 4) + 0.2 / 4
    expected = -(smooth * scores.log_softmax(1)).sum(1)
    torch.testing.assert_close(LOSSES["cross_entropy"].per_sample(scores, targets, spec, 0.2), expected)
    # two classes: one score s is the pair (0, s) under softmax
    scores, targets = batch("binary")
    pair = torch.cat([torch.zeros_like(scores), scores], dim=1)
    torch.testing.assert_close(
        LOSSES["cross_entropy"].per_sample(scores, targets, spec, 0.2),
        F.cross_entropy(pair, targets.long(), reduction="none", label_smoothing=0.2),
    )


@pytest.mark.parametrize(("name", "task"), [p for p in PAIRS if p[0] != "cross_entropy"])
def test_label_smoothing_acts_in_cross_entropy_only(name, task):
    technique = LOSSES[name]
    scores, targets = batch(task)
    plain, smooth = (technique.forward(scores, targets, technique.spec(), e, task) for e in (0.0, 0.4))
    assert plain == smooth


@classification
def test_probability_is_one_and_agrees_with_the_prediction(name, task):
    scores = 3 * torch.randn(
        300, 4 if task == "multiclass" else 1, generator=torch.Generator().manual_seed(2)
    )
    p = LOSSES[name].probability(scores, LOSSES[name].spec())
    assert (p >= 0).all()
    assert (p <= 1).all()
    if task == "multiclass":
        torch.testing.assert_close(p.sum(dim=1), torch.ones(300))
        assert torch.equal(p.argmax(dim=1), predict(scores, task))
    else:
        assert p.shape == (300,)
        assert torch.equal(p > 0.5, predict(scores, task) == 1)


def test_probability_of_the_margins():
    scores = torch.tensor([[-3.0], [-1.0], [0.0], [0.5], [1.0]])
    for name in ("hinge", "squared_error"):
        p = LOSSES[name].probability(scores, LOSSES[name].spec())
        assert p.tolist() == [0, 0, 0.5, 0.75, 1]
    p = LOSSES["squared_error"].probability(torch.tensor([[-1.0, 0.5, 1.5]]), LOSSES["squared_error"].spec())
    assert p.tolist() == [[0, 0.25, 0.75]]


def test_prediction_and_accuracy():
    binary = torch.tensor([[0.3], [-0.2], [0.0], [5.0]])
    assert predict(binary, "binary").tolist() == [1, 0, 0, 1]
    assert accuracy(binary, torch.tensor([1.0, 0.0, 1.0, 0.0]), "binary") == 0.5
    several = torch.tensor([[0.1, 0.2, 0.0], [3.0, 1.0, 2.0]])
    assert predict(several, "multiclass").tolist() == [1, 0]
    assert accuracy(several, torch.tensor([1, 2]), "multiclass") == 0.5
    assert predict(binary, "regression").tolist() == binary[:, 0].tolist()
    assert math.isnan(accuracy(binary, binary[:, 0], "regression"))


def test_task_is_seen_from_the_scores_where_they_decide():
    for name, task in PAIRS:
        scores, targets = batch(task)
        technique = LOSSES[name]
        if (name, task) in (("squared_error", "binary"), ("squared_error", "regression")):
            with pytest.raises(ValueError, match="squared_error: expected a task"):
                technique.forward(scores, targets, technique.spec())
        else:
            assert technique.forward(scores, targets, technique.spec()) == technique.forward(
                scores, targets, technique.spec(), 0.0, task
            )


def test_a_loss_refuses_a_task_it_is_not_for():
    scores, targets = batch("binary")
    with pytest.raises(ValueError, match="huber: expected a task out of"):
        LOSSES["huber"].forward(scores, targets, LOSSES["huber"].spec(), task="binary")
    with pytest.raises(ValueError, match="huber"):
        LOSSES["huber"].probability(scores, LOSSES["huber"].spec())


@each_pair
def test_kinked_means_that_the_derivative_jumps(name, task):
    technique = LOSSES[name]
    scores = torch.zeros(400_001, 3 if task == "multiclass" else 1, dtype=torch.float64)
    scores[:, 0] = torch.linspace(-4, 4, len(scores), dtype=torch.float64)  # steps of 2e-5
    scores.requires_grad_()
    targets = torch.ones(len(scores), dtype=torch.long if task == "multiclass" else torch.float64)
    loss = technique.per_sample(scores, targets, technique.spec(), 0.0, task).sum()
    (slope,) = torch.autograd.grad(loss, scores)
    assert (float(slope[:, 0].diff().abs().max()) > 1e-2) == technique.kinked
