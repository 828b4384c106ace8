"""Losses: how far the scores are from the targets.

Scores have the shape (B, n_outputs): one output for binary tasks and regression, one a class otherwise.
Targets have the shape (B,): 0.0 or 1.0 (binary), a class index (multi-class), a value (regression).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from playground.later import F, torch
from playground.registry import Registry, Spec, Technique, number

if TYPE_CHECKING:
    from torch import Tensor

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, kw_only=True)
class Loss(Technique):
    """A loss.

    Args:
        tasks: the tasks it can be used for.
        samples: ``(scores, targets, spec, label_smoothing, task) -> (B,)``, the loss of each sample.
        code: ``(spec, task, label_smoothing) -> str`` behind ``export``.
        samples_code: the same of the loss of each sample, for the tasks with classes; None for a loss without any.
        probability: ``(scores, spec) -> (B,)`` for one output, the probability of class 1 to display;
            ``(B, C)`` for C outputs. Only cross-entropy's is a probability in earnest. Not for regression.
        js: ``probability`` for one output as a JavaScript expression of the score ``s`` and the parameters by name; ""
            for none: the server then paints what the browser otherwise does.
        js_part: for several outputs the part of a class, of its score ``s`` and the largest one ``top``; its share of
            the sum over all classes is its probability.
        kinked: whether its derivative by a score jumps somewhere.
        smooths: whether it takes smoothed labels.
        probabilistic: whether ``probability`` is one in earnest; else scores and classes are shown.
    """

    tasks: tuple[Task, ...]
    samples: Callable[[Tensor, Tensor, Spec, float, Task], Tensor]
    code: Callable[[Spec, Task, float], str]
    probability: Callable[[Tensor, Spec], Tensor]
    samples_code: Callable[[Spec, Task, float], str] | None = None
    js: str = ""
    js_part: str = ""
    kinked: bool = False
    smooths: bool = False
    probabilistic: bool = False

    def per_sample(
        self,
        scores: Tensor,
        targets: Tensor,
        spec: Spec,
        label_smoothing: float = 0.0,
        task: Task | None = None,
    ) -> Tensor:
        """The loss of each sample, (B,).

        ``task`` is needed where the scores leave it open (squared error with one output). Raises
        ValueError for a task that the loss is not for. ``label_smoothing`` (0–0.5) acts in
        cross-entropy only.
        """
        return self.samples(scores, targets, spec, label_smoothing, self._task(scores, task))

    def forward(
        self,
        scores: Tensor,
        targets: Tensor,
        spec: Spec,
        label_smoothing: float = 0.0,
        task: Task | None = None,
    ) -> Tensor:
        """The mean of ``per_sample`` over the batch, a tensor without dimensions."""
        return self.per_sample(scores, targets, spec, label_smoothing, task).mean()

    def export(self, spec: Spec, task: Task | None = None, label_smoothing: float = 0.0) -> str:
        """The mean loss as an expression in ``{scores}`` (B, n_outputs) and ``{targets}`` (B,)."""
        return self.code(spec, task or self.tasks[0], label_smoothing)

    def _task(self, scores: Tensor, task: Task | None) -> Task:
        if task is None:
            several = scores.shape[1] > 1
            fitting = [known for known in self.tasks if (known == "multiclass") == several]
            if len(fitting) != 1:
                raise ValueError(f"{self.name}: expected a task, one of {fitting}, got none")
            return fitting[0]
        if task not in self.tasks:
            raise ValueError(f"{self.name}: expected a task out of {self.tasks}, got {task!r}")
        return task


def predict(scores: Tensor, task: Task) -> Tensor:
    """The predicted class index (binary: 1 where the score is positive), or value for regression."""
    if task == "regression":
        return scores[:, 0]
    if task == "binary":
        return (scores[:, 0] > 0).long()
    return scores.argmax(dim=1)


def accuracy(scores: Tensor, targets: Tensor, task: Task) -> float:
    """The share of right predictions, 0–1; nan for regression."""
    if task == "regression":
        return math.nan
    return int((predict(scores, task) == targets).sum()) / len(targets)


def _cross_entropy(scores: Tensor, targets: Tensor, spec: Spec, label_smoothing: float, task: Task) -> Tensor:
    if task == "multiclass":
        return F.cross_entropy(scores, targets, reduction="none", label_smoothing=label_smoothing)
    smooth = targets * (1 - label_smoothing) + label_smoothing / 2
    return F.binary_cross_entropy_with_logits(scores[:, 0], smooth, reduction="none")


def _cross_entropy_code(spec: Spec, task: Task, label_smoothing: float) -> str:
    if task == "multiclass":
        smoothing = f", label_smoothing={label_smoothing!r}" if label_smoothing else ""
        return f"F.cross_entropy({{scores}}, {{targets}}{smoothing})"
    targets = "{targets}"
    if label_smoothing:
        targets = f"{{targets}} * (1 - {label_smoothing!r}) + {label_smoothing!r} / 2"
    return f"F.binary_cross_entropy_with_logits({{scores}}.squeeze(1), {targets})"


def _cross_entropy_samples(spec: Spec, task: Task, label_smoothing: float) -> str:
    return _cross_entropy_code(spec, task, label_smoothing).removesuffix(")") + ', reduction="none")'


def _softmax(scores: Tensor, spec: Spec) -> Tensor:
    if scores.shape[1] == 1:
        return torch.sigmoid(scores[:, 0])
    return torch.softmax(scores, dim=1)


def _hinge(scores: Tensor, targets: Tensor, spec: Spec, label_smoothing: float, task: Task) -> Tensor:
    if task == "multiclass":
        # Written out: multi_margin_loss is not there on every device (MPS).
        target = targets[:, None]
        margins = F.relu(1 - scores.gather(1, target) + scores)
        return margins.scatter(1, target, 0.0).sum(dim=1) / scores.shape[1]
    return F.relu(1 - (2 * targets - 1) * scores[:, 0])


def _hinge_code(spec: Spec, task: Task, label_smoothing: float) -> str:
    if task == "multiclass":
        return "F.multi_margin_loss({scores}, {targets})"
    return "F.relu(1 - (2 * {targets} - 1) * {scores}.squeeze(1)).mean()"


def _hinge_samples(spec: Spec, task: Task, label_smoothing: float) -> str:
    if task == "multiclass":
        return 'F.multi_margin_loss({scores}, {targets}, reduction="none")'
    return _hinge_code(spec, task, label_smoothing).removesuffix(".mean()")


def _hinge_probability(scores: Tensor, spec: Spec) -> Tensor:
    """For display: the margin from -1 to 1 becomes 0 to 1."""
    if scores.shape[1] == 1:
        return ((scores[:, 0] + 1) / 2).clamp(0, 1)
    return torch.softmax(scores, dim=1)


def _squared_error(scores: Tensor, targets: Tensor, spec: Spec, label_smoothing: float, task: Task) -> Tensor:
    if task == "multiclass":
        one_hot = F.one_hot(targets, scores.shape[1]).to(scores.dtype)
        return (scores - one_hot).square().mean(dim=1)
    if task == "binary":
        targets = 2 * targets - 1
    return (scores[:, 0] - targets).square()


def _squared_error_code(spec: Spec, task: Task, label_smoothing: float) -> str:
    if task == "multiclass":
        return "F.mse_loss({scores}, F.one_hot({targets}, {scores}.shape[1]).to({scores}.dtype))"
    if task == "binary":
        return "F.mse_loss({scores}.squeeze(1), 2 * {targets} - 1)"
    return "F.mse_loss({scores}.squeeze(1), {targets})"


def _squared_error_samples(spec: Spec, task: Task, label_smoothing: float) -> str:
    if task == "multiclass":
        return "({scores} - F.one_hot({targets}, {scores}.shape[1])).square().mean(dim=1)"
    return "({scores}.squeeze(1) - (2 * {targets} - 1)).square()"


def _squared_error_probability(scores: Tensor, spec: Spec) -> Tensor:
    """For display: scores of -1 to 1 become 0 to 1; one-hot scores become shares of the positive ones."""
    if scores.shape[1] == 1:
        return ((scores[:, 0] + 1) / 2).clamp(0, 1)
    positive = F.relu(scores)
    total = positive.sum(dim=1, keepdim=True)
    return torch.where(total > 0, positive / total, torch.softmax(scores, dim=1))


def _huber_probability(scores: Tensor, spec: Spec) -> Tensor:
    raise ValueError("huber: expected a classification loss for a probability, got a regression loss")


LOSSES: Registry[Loss] = Registry("losses")

LOSSES.add(
    Loss(
        name="cross_entropy",
        formula=r"L = -\ln \frac{e^{s_y}}{\sum_j e^{s_j}}, \quad C = 2:\ "
        r"L = -y \ln \sigma(s) - (1 - y) \ln(1 - \sigma(s))",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, sections 6.2.2.2 and 6.2.2.3",
        pytorch="torch.nn.CrossEntropyLoss",
        tasks=("binary", "multiclass"),
        samples=_cross_entropy,
        code=_cross_entropy_code,
        samples_code=_cross_entropy_samples,
        probability=_softmax,
        js="1 / (1 + Math.exp(-s))",
        js_part="Math.exp(s - top)",
        smooths=True,
        probabilistic=True,
    )
)

LOSSES.add(
    Loss(
        name="hinge",
        formula=r"L = \tfrac1C \sum_{j \ne y} \max(0,\ 1 - s_y + s_j), \quad C = 2:\ "
        r"L = \max(0,\ 1 - y s),\ y = \pm 1",
        kinked=True,
        source="Cortes & Vapnik 1995, Support-vector networks; Weston & Watkins 1999",
        pytorch="torch.nn.MultiMarginLoss",
        tasks=("binary", "multiclass"),
        samples=_hinge,
        code=_hinge_code,
        samples_code=_hinge_samples,
        probability=_hinge_probability,
        js="Math.min(1, Math.max(0, (s + 1) / 2))",
        js_part="Math.exp(s - top)",
    )
)

LOSSES.add(
    Loss(
        name="squared_error",
        formula=r"L = (s - y)^2, \quad C = 2:\ y = \pm 1, \quad C > 2:\ "
        r"L = \tfrac1C \sum_j (s_j - [j = y])^2",
        source="Bishop 2006, Pattern Recognition and Machine Learning, section 5.2",
        pytorch="torch.nn.MSELoss",
        tasks=("binary", "multiclass", "regression"),
        samples=_squared_error,
        code=_squared_error_code,
        samples_code=_squared_error_samples,
        probability=_squared_error_probability,
        js="Math.min(1, Math.max(0, (s + 1) / 2))",
        js_part="top > 0 ? Math.max(0, s) : Math.exp(s - top)",
    )
)

LOSSES.add(
    Loss(
        name="huber",
        formula=r"L = \begin{cases} \tfrac12 (s - y)^2 & |s - y| \le \delta \\ "
        r"\delta\,(|s - y| - \tfrac12 \delta) & |s - y| > \delta \end{cases}",
        source="Huber 1964, Robust estimation of a location parameter",
        pytorch="torch.nn.HuberLoss",
        params=(number("delta", 1.0, 0.01, 10.0, log=True),),
        tasks=("regression",),
        samples=lambda scores, targets, spec, label_smoothing, task: F.huber_loss(
            scores[:, 0], targets, reduction="none", delta=spec["delta"]
        ),
        code=lambda spec, task, label_smoothing: (
            f"F.huber_loss({{scores}}.squeeze(1), {{targets}}, delta={spec['delta']!r})"
        ),
        probability=_huber_probability,
    )
)
