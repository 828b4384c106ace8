"""Regularizers that are plain numbers of an experiment, described for controls and reference page.

Each is applied where it acts: in the model, in the noise or in the training step. Here stand its formula, its
range and the expression that a script would use. Batch normalization and early stopping have families
of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.registry import Registry, Spec, Technique, number


@dataclass(frozen=True, kw_only=True)
class Regularizer(Technique):
    """A regularizer with one strength; 0 is off.

    Args:
        field: the field of the experiment that holds the strength; also the name of the parameter.
        export: the expression; its placeholders stand with each entry.
    """

    field: str
    export: Callable[[Spec], str]


REGULARIZERS: Registry[Regularizer] = Registry("regularizers")

# {weights}: the weight matrices. A term of the loss.
REGULARIZERS.add(
    Regularizer(
        name="l1",
        field="l1",
        formula=r"L + \lambda_1 \sum |w|",
        source="Tibshirani 1996, Regression shrinkage and selection via the lasso",
        params=(number("l1", 0.0, 0.0, 1.0, log=True),),
        export=lambda spec: f"{spec['l1']!r} * sum(w.abs().sum() for w in {{weights}})",
    )
)

# {weights}: the weight matrices. A term of the loss.
REGULARIZERS.add(
    Regularizer(
        name="l2",
        field="l2",
        formula=r"L + \tfrac{\lambda_2}{2} \sum w^2",
        source="Krogh & Hertz 1991, A simple weight decay can improve generalization",
        pytorch="torch.optim.SGD",
        params=(number("l2", 0.0, 0.0, 1.0, log=True),),
        export=lambda spec: f"{spec['l2']!r} / 2 * sum(w.square().sum() for w in {{weights}})",
    )
)

# {w}: one weight matrix, {lr}: the learning rate. Before the optimizer's step, without gradient.
REGULARIZERS.add(
    Regularizer(
        name="weight_decay",
        field="weight_decay",
        formula=r"w \leftarrow (1 - \eta \lambda)\, w",
        source="Loshchilov & Hutter 2019, Decoupled weight decay regularization, Algorithm 1",
        pytorch="torch.optim.AdamW",
        params=(number("weight_decay", 0.0, 0.0, 1.0, log=True),),
        export=lambda spec: f"{{w}}.mul_(1 - {{lr}} * {spec['weight_decay']!r})",
    )
)

# A module after each hidden layer's activation.
REGULARIZERS.add(
    Regularizer(
        name="dropout",
        field="dropout",
        formula=r"\tilde h = \frac{m \odot h}{1 - p}, \quad m_j \sim \text{Bernoulli}(1 - p)",
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, section 4",
        pytorch="torch.nn.Dropout",
        params=(number("dropout", 0.0, 0.0, 0.95, 0.05),),
        export=lambda spec: f"nn.Dropout({spec['dropout']!r})",
    )
)

# {w}: the weight matrix of a hidden layer, in training.
REGULARIZERS.add(
    Regularizer(
        name="dropconnect",
        field="dropconnect",
        formula=r"z = \frac{M \odot W}{1 - p}\, x + b, \quad M_{ij} \sim \text{Bernoulli}(1 - p)",
        source="Wan, Zeiler, Zhang, LeCun & Fergus 2013, Regularization of neural networks using "
        "DropConnect, section 3",
        pytorch="torch.nn.functional.dropout",
        params=(number("dropconnect", 0.0, 0.0, 0.95, 0.05),),
        export=lambda spec: f"F.dropout({{w}}, {spec['dropconnect']!r})",
    )
)

# {x}: what enters a residual block, {f}: the block; in training, for the last block. A block's own rate is smaller.
REGULARIZERS.add(
    Regularizer(
        name="stochastic_depth",
        field="stochastic_depth",
        formula=r"h_l = h_{l-1} + b_l\, f_l(h_{l-1}), \quad b_l \sim \text{Bernoulli}(p_l), \quad "
        r"p_l = 1 - \tfrac{l}{L}\, p",
        source="Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, equations 2, 4 and 5",
        params=(number("stochastic_depth", 0.0, 0.0, 0.95, 0.05),),
        export=lambda spec: f"{{x}} + (torch.rand(()) >= {spec['stochastic_depth']!r}) * {{f}}({{x}})",
    )
)

# {x}: the preprocessed features of a mini-batch, in training.
REGULARIZERS.add(
    Regularizer(
        name="input_noise",
        field="input_noise",
        formula=r"\tilde x = x + \sigma \varepsilon, \quad \varepsilon \sim \mathcal N(0, I)",
        source="Bishop 1995, Training with noise is equivalent to Tikhonov regularization",
        pytorch="torch.randn_like",
        params=(number("input_noise", 0.0, 0.0, 2.0, 0.05),),
        export=lambda spec: f"{{x}} + {spec['input_noise']!r} * torch.randn_like({{x}})",
    )
)

# The mixing weight of a mini-batch. The inputs and the two losses are then mixed with it.
REGULARIZERS.add(
    Regularizer(
        name="mixup",
        field="mixup",
        formula=r"\tilde x = \lambda x_i + (1 - \lambda) x_j, \quad "
        r"\tilde L = \lambda L(s, y_i) + (1 - \lambda) L(s, y_j), \quad "
        r"\lambda \sim \text{Beta}(\alpha, \alpha)",
        source="Zhang, Cisse, Dauphin & Lopez-Paz 2018, mixup, section 2",
        pytorch="torch.distributions.Beta",
        params=(number("mixup", 0.0, 0.0, 2.0, 0.1),),
        export=lambda spec: (
            f"torch.distributions.Beta({spec['mixup']!r}, {spec['mixup']!r}).sample()"
            if spec["mixup"]
            else ""
        ),
    )
)

# The loss for several classes. With two classes and one score the target becomes y (1 - e) + e / 2.
REGULARIZERS.add(
    Regularizer(
        name="label_smoothing",
        field="label_smoothing",
        formula=r"\tilde y = (1 - \epsilon)\, y + \frac{\epsilon}{C}",
        source="Szegedy, Vanhoucke, Ioffe, Shlens & Wojna 2016, Rethinking the Inception "
        "architecture, section 7",
        pytorch="torch.nn.CrossEntropyLoss",
        params=(number("label_smoothing", 0.0, 0.0, 0.5, 0.05),),
        export=lambda spec: f"nn.CrossEntropyLoss(label_smoothing={spec['label_smoothing']!r})",
    )
)
