"""Initializers: how a layer's weights start. Biases start at zero, except with PyTorch's default."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from playground.later import nn
from playground.registry import Registry, Spec, Technique, number

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Numbers(NamedTuple):
    """What each weight of a layer is, or is drawn from, independently of the others.

    Attributes:
        kind: one value for all, or a normal or uniform distribution around 0.
        value: that value, the standard deviation, or the bound.
    """

    kind: Literal["constant", "normal", "uniform"]
    value: float


def _zero_bias(bias: Tensor, n_in: int, generator: Generator, spec: Spec) -> None:
    nn.init.zeros_(bias)


def _uniform_bias(bias: Tensor, n_in: int, generator: Generator, spec: Spec) -> None:
    bound = 1 / math.sqrt(n_in)
    nn.init.uniform_(bias, -bound, bound, generator=generator)


def _zero_bias_numbers(n_in: int) -> Numbers:
    return Numbers("constant", 0.0)


def _uniform_bias_numbers(n_in: int) -> Numbers:
    return Numbers("uniform", 1 / math.sqrt(n_in))


def _kaiming_uniform(n_in: int, a: float) -> Numbers:
    """As nn.init.kaiming_uniform_ has it, in the same order of roundings."""
    return Numbers("uniform", math.sqrt(3) * (math.sqrt(2 / (1 + a**2)) / math.sqrt(n_in)))


def _zero_bias_code(spec: Spec) -> str:
    return "nn.init.zeros_({b})"


def _uniform_bias_code(spec: Spec) -> str:
    return "nn.init.uniform_({b}, -1 / math.sqrt({w}.shape[1]), 1 / math.sqrt({w}.shape[1]), generator=g)"


@dataclass(frozen=True, kw_only=True)
class Initializer(Technique):
    """An initialization of a weight matrix ``(n_out, n_in)``; for maxout n_out counts all pieces.

    Args:
        fill: ``(weight, generator, spec)``, in place. ``generator`` is the only source of randomness.
        std: ``(n_in, n_out, spec) -> float``, the theoretical standard deviation of a weight; None
            where weights are not independent (orthogonal).
        export: the call that fills ``{w}`` with the generator ``g``.
        fill_bias: ``(bias, n_in, generator, spec)``, in place, called right after ``fill``.
        export_bias: the call that fills ``{b}`` (the default's bound needs ``{w}`` as well).
        numbers: ``(n_in, n_out, spec) -> Numbers``, what ``fill`` draws, computed as PyTorch does; None where weights
            are not independent.
        bias_numbers: ``(n_in) -> Numbers``, the same for ``fill_bias``.
    """

    fill: Callable[[Tensor, Generator, Spec], object]
    std: Callable[[int, int, Spec], float | None]
    export: Callable[[Spec], str]
    fill_bias: Callable[[Tensor, int, Generator, Spec], None] = _zero_bias
    export_bias: Callable[[Spec], str] = _zero_bias_code
    numbers: Callable[[int, int, Spec], Numbers] | None = None
    bias_numbers: Callable[[int], Numbers] = _zero_bias_numbers


INITIALIZERS: Registry[Initializer] = Registry("initializers")

INITIALIZERS.add(
    Initializer(
        name="zeros",
        formula=r"w = 0",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4",
        pytorch="torch.nn.init.zeros_",
        fill=lambda w, g, spec: nn.init.zeros_(w),
        numbers=lambda n_in, n_out, spec: Numbers("constant", 0.0),
        std=lambda n_in, n_out, spec: 0.0,
        export=lambda spec: "nn.init.zeros_({w})",
    )
)

INITIALIZERS.add(
    Initializer(
        name="constant",
        formula=r"w = c",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4",
        pytorch="torch.nn.init.constant_",
        params=(number("value", 0.5, -2.0, 2.0, 0.01),),
        fill=lambda w, g, spec: nn.init.constant_(w, spec["value"]),
        numbers=lambda n_in, n_out, spec: Numbers("constant", spec["value"]),
        std=lambda n_in, n_out, spec: 0.0,
        export=lambda spec: f"nn.init.constant_({{w}}, {spec['value']!r})",
    )
)

INITIALIZERS.add(
    Initializer(
        name="small_normal",
        formula=r"w \sim \mathcal N(0,\ 0.01^2)",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification, section 5",
        pytorch="torch.nn.init.normal_",
        fill=lambda w, g, spec: nn.init.normal_(w, std=0.01, generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", 0.01),
        std=lambda n_in, n_out, spec: 0.01,
        export=lambda spec: "nn.init.normal_({w}, std=0.01, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="large_normal",
        formula=r"w \sim \mathcal N(0,\ 1)",
        source="Glorot & Bengio 2010, Understanding the difficulty of training, section 3",
        pytorch="torch.nn.init.normal_",
        fill=lambda w, g, spec: nn.init.normal_(w, generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", 1.0),
        std=lambda n_in, n_out, spec: 1.0,
        export=lambda spec: "nn.init.normal_({w}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="normal",
        formula=r"w \sim \mathcal N(0,\ \sigma^2)",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification, section 5",
        pytorch="torch.nn.init.normal_",
        params=(number("std", 0.5, 0.001, 10.0, log=True),),
        fill=lambda w, g, spec: nn.init.normal_(w, std=spec["std"], generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", spec["std"]),
        std=lambda n_in, n_out, spec: float(spec["std"]),
        export=lambda spec: f"nn.init.normal_({{w}}, std={spec['std']!r}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="uniform",
        formula=r"w \sim \mathcal U(-b,\ b)",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.6",
        pytorch="torch.nn.init.uniform_",
        params=(number("bound", 0.5, 0.001, 10.0, log=True),),
        fill=lambda w, g, spec: nn.init.uniform_(w, -spec["bound"], spec["bound"], generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("uniform", spec["bound"]),
        std=lambda n_in, n_out, spec: float(spec["bound"]) / math.sqrt(3),
        export=lambda spec: f"nn.init.uniform_({{w}}, {-spec['bound']!r}, {spec['bound']!r}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="xavier_normal",
        formula=r"w \sim \mathcal N\!\left(0,\ \frac{2}{n_{in} + n_{out}}\right)",
        source="Glorot & Bengio 2010, Understanding the difficulty of training, equation 12",
        pytorch="torch.nn.init.xavier_normal_",
        fill=lambda w, g, spec: nn.init.xavier_normal_(w, generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", math.sqrt(2 / (n_in + n_out))),
        std=lambda n_in, n_out, spec: math.sqrt(2 / (n_in + n_out)),
        export=lambda spec: "nn.init.xavier_normal_({w}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="xavier_uniform",
        formula=r"w \sim \mathcal U(-b,\ b), \quad b = \sqrt{\frac{6}{n_{in} + n_{out}}}",
        source="Glorot & Bengio 2010, Understanding the difficulty of training, equation 16",
        pytorch="torch.nn.init.xavier_uniform_",
        fill=lambda w, g, spec: nn.init.xavier_uniform_(w, generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("uniform", math.sqrt(3) * math.sqrt(2 / (n_in + n_out))),
        std=lambda n_in, n_out, spec: math.sqrt(2 / (n_in + n_out)),
        export=lambda spec: "nn.init.xavier_uniform_({w}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="xavier_fan_in",
        formula=r"w \sim \mathcal N\!\left(0,\ \frac{1}{n_{in}}\right)",
        source="Glorot & Bengio 2010, Understanding the difficulty of training, equation 10",
        pytorch="torch.nn.init.kaiming_normal_",
        fill=lambda w, g, spec: nn.init.kaiming_normal_(w, nonlinearity="linear", generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", 1 / math.sqrt(n_in)),
        std=lambda n_in, n_out, spec: math.sqrt(1 / n_in),
        export=lambda spec: 'nn.init.kaiming_normal_({w}, nonlinearity="linear", generator=g)',
    )
)

INITIALIZERS.add(
    Initializer(
        name="he_normal",
        formula=r"w \sim \mathcal N\!\left(0,\ \frac{2}{n_{in}}\right)",
        source="He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, equation 10",
        pytorch="torch.nn.init.kaiming_normal_",
        fill=lambda w, g, spec: nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", math.sqrt(2) / math.sqrt(n_in)),
        std=lambda n_in, n_out, spec: math.sqrt(2 / n_in),
        export=lambda spec: 'nn.init.kaiming_normal_({w}, nonlinearity="relu", generator=g)',
    )
)

INITIALIZERS.add(
    Initializer(
        name="he_fan_average",
        formula=r"w \sim \mathcal N\!\left(0,\ \frac{4}{n_{in} + n_{out}}\right)",
        source="He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, equations 10 and 14; "
        "Glorot & Bengio 2010, equation 12",
        pytorch="torch.nn.init.xavier_normal_",
        fill=lambda w, g, spec: nn.init.xavier_normal_(w, gain=math.sqrt(2), generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", math.sqrt(2) * math.sqrt(2 / (n_in + n_out))),
        std=lambda n_in, n_out, spec: math.sqrt(4 / (n_in + n_out)),
        export=lambda spec: "nn.init.xavier_normal_({w}, gain=math.sqrt(2), generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="lecun_normal",
        formula=r"w \sim \mathcal N\!\left(0,\ \frac{1}{n_{in}}\right)",
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, equation 16",
        pytorch="torch.nn.init.kaiming_normal_",
        fill=lambda w, g, spec: nn.init.kaiming_normal_(w, nonlinearity="linear", generator=g),
        numbers=lambda n_in, n_out, spec: Numbers("normal", 1 / math.sqrt(n_in)),
        std=lambda n_in, n_out, spec: math.sqrt(1 / n_in),
        export=lambda spec: 'nn.init.kaiming_normal_({w}, nonlinearity="linear", generator=g)',
    )
)

INITIALIZERS.add(
    Initializer(
        name="orthogonal",
        formula=r"W^\top W = c^2 I \ (n_{in} \le n_{out}), \quad "
        r"W W^\top = c^2 I \ (n_{in} \ge n_{out})",
        source="Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics, section 3",
        pytorch="torch.nn.init.orthogonal_",
        params=(number("gain", 1.0, 0.1, 5.0, 0.1),),
        fill=lambda w, g, spec: nn.init.orthogonal_(w, spec["gain"], generator=g),
        std=lambda n_in, n_out, spec: None,
        export=lambda spec: f"nn.init.orthogonal_({{w}}, gain={spec['gain']!r}, generator=g)",
    )
)

INITIALIZERS.add(
    Initializer(
        name="pytorch",
        formula=r"w, b \sim \mathcal U\!\left(-\tfrac{1}{\sqrt{n_{in}}},\ \tfrac{1}{\sqrt{n_{in}}}\right)",
        source="PyTorch documentation, torch.nn.Linear",
        pytorch="torch.nn.Linear",
        fill=lambda w, g, spec: nn.init.kaiming_uniform_(w, a=math.sqrt(5), generator=g),
        numbers=lambda n_in, n_out, spec: _kaiming_uniform(n_in, math.sqrt(5)),
        std=lambda n_in, n_out, spec: 1 / math.sqrt(3 * n_in),
        export=lambda spec: "nn.init.kaiming_uniform_({w}, a=math.sqrt(5), generator=g)",
        fill_bias=_uniform_bias,
        export_bias=_uniform_bias_code,
        bias_numbers=_uniform_bias_numbers,
    )
)
