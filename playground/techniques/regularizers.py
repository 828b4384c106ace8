"""Regularizers: each a strength of the experiment, 0 for off, and what it does in a training step.

An entry says where it acts (``acts_on``), from which random stream it draws, what a script writes for it, and at which
strength the reference page shows it. A penalty brings its two functions, and the engines need no more than those and
the compiled form. What the others do to inputs, weights, units or blocks stands where that happens: the numbers are
drawn in ``playground.engine.noise``, the targets are smoothed in ``losses``. Batch normalization and early stopping
have families of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from playground import streams
from playground.registry import Registry, Spec, Technique, number
from playground.techniques.losses import LOSSES

if TYPE_CHECKING:
    from torch import Tensor, nn

Place = Literal["weights", "units", "blocks", "inputs", "targets", "loss", "update"]
"""Where a regularizer acts: it drops weights, units or whole blocks of the network, changes the inputs or the targets
of a mini-batch, adds to the loss, or changes the update."""

DROPPED: tuple[Place, ...] = ("weights", "units", "blocks")
"""The places where parts of the network are left out."""


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """A term of the loss, strength · Σ value(w) over all weights, without biases.

    Args:
        value, derivative: of each entry of a tensor of any shape, with the derivative 0 at 0.
        kinked: whether the derivative jumps somewhere.
    """

    value: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    kinked: bool = False


@dataclass(frozen=True, kw_only=True)
class Script:
    """What an exported script writes for a regularizer, where that is more than its expression.

    Args:
        rng: name of the generator of its random stream.
        batch: lines that change the inputs ``x``, with ``{strength}``.
        loss: lines that give ``loss`` from ``x`` and the targets ``t``, with ``{criterion}``; () for the usual one.
        module: gives the class that leaves out weights ``(n_in, n_out, rate, rng)``, units ``(rate, rng)`` or a
            block ``(rate, rng, *layers)``; the script contains its source.
    """

    rng: str = ""
    batch: tuple[str, ...] = ()
    loss: tuple[str, ...] = ()
    module: Callable[[], type[nn.Module]] | None = None


def _strength_alone(experiment: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Regularizer(Technique):
    """A regularizer with one strength; 0 is off.

    Args:
        field: the field of the experiment that holds the strength; also the name of the parameter.
        acts_on: where it acts.
        export: PyTorch's own form, an expression; its placeholders stand with each entry.
        shown: the strength at which the reference page shows it.
        shown_with: other fields of the experiment that it needs to have an effect.
        penalty: the term of the loss, where it acts on that.
        stream: of ``playground.streams``, None where nothing is drawn.
        script: what a script writes instead of ``export``.
        rates: ``(experiment) -> rates``, of each hidden layer, where parts of the network are left out.
        needs: ``(experiment) -> bool``, whether a strength above 0 has an effect there.
    """

    field: str
    acts_on: Place
    export: Callable[[Spec], str]
    shown: float
    shown_with: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    penalty: Penalty | None = None
    stream: int | None = None
    script: Script = Script()
    rates: Callable[[Any], tuple[float, ...]] | None = None
    needs: Callable[[Any], bool] = _strength_alone

    def strength(self, experiment: Any) -> float:
        """How strong it is in an experiment: the largest of what it may have for each layer."""
        value = getattr(experiment, self.field)
        return float(max(value, default=0.0) if isinstance(value, tuple) else value)

    def acts(self, experiment: Any) -> bool:
        """Whether it has an effect in an experiment."""
        if self.rates is not None:
            return any(self.rates(experiment))
        return self.strength(experiment) > 0 and self.needs(experiment)


def acting(experiment: Any, *places: Place) -> list[Regularizer]:
    """The regularizers that have an effect at one of the places in an experiment, in the order in which they act."""
    return [entry for entry in REGULARIZERS.values() if entry.acts_on in places and entry.acts(experiment)]


def drop_rates(skips: Sequence[bool], most: float) -> tuple[float, ...]:
    """The chance that stochastic depth leaves out each block; 0 for blocks without a skip connection.

    It grows linearly from block to block up to ``most`` at the last one (Huang et al. 2016, equation 4, with 1 - p_L as
    the parameter).
    """
    total, rates, block = sum(skips), [], 0
    for adds in skips:
        block += adds
        rates.append(block / total * most if adds else 0.0)
    return tuple(rates)


def _dropout() -> type[nn.Module]:
    from playground.techniques.modules import Dropout

    return Dropout


def _dropconnect() -> type[nn.Module]:
    from playground.techniques.modules import DropConnect

    return DropConnect


def _stochastic_depth() -> type[nn.Module]:
    from playground.techniques.modules import StochasticDepth

    return StochasticDepth


REGULARIZERS: Registry[Regularizer] = Registry("regularizers")

# {weights}: the weight matrices.
REGULARIZERS.add(
    Regularizer(
        name="l1",
        field="l1",
        acts_on="loss",
        formula=r"L + \lambda_1 \sum |w|",
        source="Tibshirani 1996, Regression shrinkage and selection via the lasso",
        params=(number("l1", 0.0, 0.0, 1.0, log=True),),
        penalty=Penalty(value=lambda w: w.abs(), derivative=lambda w: w.sign(), kinked=True),
        export=lambda spec: f"{spec['l1']!r} * sum(w.abs().sum() for w in {{weights}})",
        shown=0.003,
    )
)

# {weights}: the weight matrices.
REGULARIZERS.add(
    Regularizer(
        name="l2",
        field="l2",
        acts_on="loss",
        formula=r"L + \tfrac{\lambda_2}{2} \sum w^2",
        source="Krogh & Hertz 1991, A simple weight decay can improve generalization",
        pytorch="torch.optim.SGD",
        params=(number("l2", 0.0, 0.0, 1.0, log=True),),
        penalty=Penalty(value=lambda w: w.square() / 2, derivative=lambda w: w),
        export=lambda spec: f"{spec['l2']!r} / 2 * sum(w.square().sum() for w in {{weights}})",
        shown=0.03,
    )
)

# {w}: one weight matrix, {lr}: the learning rate. Before the optimizer's step, without gradient.
REGULARIZERS.add(
    Regularizer(
        name="weight_decay",
        field="weight_decay",
        acts_on="update",
        formula=r"w \leftarrow (1 - \eta \lambda)\, w",
        source="Loshchilov & Hutter 2019, Decoupled weight decay regularization, Algorithm 1",
        pytorch="torch.optim.AdamW",
        params=(number("weight_decay", 0.0, 0.0, 1.0, log=True),),
        export=lambda spec: f"{{w}}.mul_(1 - {{lr}} * {spec['weight_decay']!r})",
        shown=1.0,
    )
)

# A module after each hidden layer's activation.
REGULARIZERS.add(
    Regularizer(
        name="dropout",
        field="dropout",
        acts_on="units",
        formula=r"\tilde h = \frac{m \odot h}{1 - p}, \quad m_j \sim \text{Bernoulli}(1 - p)",
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, section 4",
        pytorch="torch.nn.Dropout",
        params=(number("dropout", 0.0, 0.0, 0.95, 0.05),),
        rates=lambda experiment: experiment.dropouts,
        stream=streams.DROPOUT,
        export=lambda spec: f"nn.Dropout({spec['dropout']!r})",
        script=Script(rng="dropout_rng", module=_dropout),
        shown=0.5,
    )
)

# {w}: the weight matrix of a hidden layer, in training.
REGULARIZERS.add(
    Regularizer(
        name="dropconnect",
        field="dropconnect",
        acts_on="weights",
        formula=r"z = \frac{M \odot W}{1 - p}\, x + b, \quad M_{ij} \sim \text{Bernoulli}(1 - p)",
        source="Wan, Zeiler, Zhang, LeCun & Fergus 2013, Regularization of neural networks using "
        "DropConnect, section 3",
        pytorch="torch.nn.functional.dropout",
        params=(number("dropconnect", 0.0, 0.0, 0.95, 0.05),),
        rates=lambda experiment: (experiment.dropconnect,) * len(experiment.hidden),
        stream=streams.DROPCONNECT,
        export=lambda spec: f"F.dropout({{w}}, {spec['dropconnect']!r})",
        script=Script(rng="dropconnect_rng", module=_dropconnect),
        shown=0.3,
    )
)

# {x}: what enters a residual block, {f}: the block; in training, for the last block. A block's own rate is smaller.
REGULARIZERS.add(
    Regularizer(
        name="stochastic_depth",
        field="stochastic_depth",
        acts_on="blocks",
        formula=r"h_l = h_{l-1} + b_l\, f_l(h_{l-1}), \quad b_l \sim \text{Bernoulli}(p_l), \quad "
        r"p_l = 1 - \tfrac{l}{L}\, p",
        source="Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, equations 2, 4 and 5",
        params=(number("stochastic_depth", 0.0, 0.0, 0.95, 0.05),),
        rates=lambda experiment: experiment.drop_rates,
        stream=streams.STOCHASTIC_DEPTH,
        export=lambda spec: f"{{x}} + (torch.rand(()) >= {spec['stochastic_depth']!r}) * {{f}}({{x}})",
        script=Script(rng="depth_rng", module=_stochastic_depth),
        shown=0.475,
        shown_with={"skip": "residual", "hidden": (32,) * 5},
    )
)

# The mixing weight of a mini-batch. The inputs and the two losses are then mixed with it.
REGULARIZERS.add(
    Regularizer(
        name="mixup",
        field="mixup",
        acts_on="inputs",
        formula=r"\tilde x = \lambda x_i + (1 - \lambda) x_j, \quad "
        r"\tilde L = \lambda L(s, y_i) + (1 - \lambda) L(s, y_j), \quad "
        r"\lambda \sim \text{Beta}(\alpha, \alpha)",
        source="Zhang, Cisse, Dauphin & Lopez-Paz 2018, mixup, section 2",
        pytorch="torch.distributions.Beta",
        params=(number("mixup", 0.0, 0.0, 2.0, 0.1),),
        stream=streams.MIXUP,
        export=lambda spec: (
            f"torch.distributions.Beta({spec['mixup']!r}, {spec['mixup']!r}).sample()"
            if spec["mixup"]
            else ""
        ),
        script=Script(
            rng="mixup_rng",
            batch=(
                "lam = mixup_rng.beta({strength}, {strength})",
                "partner = torch.from_numpy(mixup_rng.permutation(len(batch)))",
                "x = lam * x + (1 - lam) * x[partner]",
            ),
            loss=(
                "scores = model(x)",
                "loss = lam * {criterion}(scores, t)",
                "loss = loss + (1 - lam) * {criterion}(scores, t[partner])",
            ),
        ),
        shown=1.0,
    )
)

# {x}: the preprocessed features of a mini-batch, in training.
REGULARIZERS.add(
    Regularizer(
        name="input_noise",
        field="input_noise",
        acts_on="inputs",
        formula=r"\tilde x = x + \sigma \varepsilon, \quad \varepsilon \sim \mathcal N(0, I)",
        source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization",
        pytorch="torch.randn_like",
        params=(number("input_noise", 0.0, 0.0, 2.0, 0.05),),
        stream=streams.INPUT_NOISE,
        export=lambda spec: f"{{x}} + {spec['input_noise']!r} * torch.randn_like({{x}})",
        script=Script(
            rng="noise_rng",
            batch=(
                "noise = noise_rng.standard_normal(x.shape, dtype=np.float32)",
                "x = x + {strength} * torch.from_numpy(noise)",
            ),
        ),
        shown=0.5,
    )
)

# The loss for several classes. With two classes and one score the target becomes y (1 - e) + e / 2.
REGULARIZERS.add(
    Regularizer(
        name="label_smoothing",
        field="label_smoothing",
        acts_on="targets",
        formula=r"\tilde y = (1 - \epsilon)\, y + \frac{\epsilon}{C}",
        source="Szegedy, Vanhoucke, Ioffe, Shlens & Wojna 2016, Rethinking the Inception "
        "architecture, section 7",
        pytorch="torch.nn.CrossEntropyLoss",
        params=(number("label_smoothing", 0.0, 0.0, 0.5, 0.05),),
        needs=lambda experiment: LOSSES[experiment.loss.name].smooths,
        export=lambda spec: f"nn.CrossEntropyLoss(label_smoothing={spec['label_smoothing']!r})",
        shown=0.2,
    )
)
