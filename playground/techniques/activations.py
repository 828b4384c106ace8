"""Activations: the non-linearity between a layer's sum ``z`` and its output ``h``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.later import F, torch
from playground.registry import Registry, Spec, Technique, number, whole

if TYPE_CHECKING:
    from torch import Tensor


def _one_piece(spec: Spec) -> int:
    return 1


@dataclass(frozen=True, kw_only=True)
class Activation(Technique):
    """An activation.

    Args:
        forward: ``(z, spec) -> h``. Elementwise, except maxout: ``z (..., n·k) -> h (..., n)``, where
            the pieces of unit j are the columns ``j·k .. j·k+k-1``.
        export: the ``nn.Module`` that does the same.
        numpy: the same as an expression of ``z`` (B, n·k), ``np`` and ``math``; ``{slope}`` stands for a learned slope.
        js: the same as a JavaScript expression of the number ``z``, the parameters by name and ``learned``, a learned
            slope. A unit of several pieces begins with its first one; the expression says what becomes of ``h``, what
            it has so far, with the next one ``z``. "" for none: the server then paints what the browser otherwise does.
        derivative: LaTeX of dh/dz.
        range: the interval of the outputs, LaTeX.
        zero_centered: whether a standard normal ``z`` gives outputs of mean zero.
        pieces: how many pre-activations one unit has (more than 1 for maxout only).
        kinked: whether its derivative jumps somewhere.
        learned: whether it has a trained parameter (PReLU: one slope a layer). ``forward`` then uses
            the value it starts from.
    """

    forward: Callable[[Tensor, Spec], Tensor]
    export: Callable[[Spec], str]
    numpy: Callable[[Spec], str]
    derivative: str
    range: str
    zero_centered: bool
    js: str = ""
    pieces: Callable[[Spec], int] = _one_piece
    kinked: bool = False
    learned: bool = False


ACTIVATIONS: Registry[Activation] = Registry("activations")

ACTIVATIONS.add(
    Activation(
        name="identity",
        formula=r"h = z",
        derivative=r"1",
        range=r"(-\infty, \infty)",
        zero_centered=True,
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2.1",
        pytorch="torch.nn.Identity",
        forward=lambda z, spec: z,
        export=lambda spec: "nn.Identity()",
        numpy=lambda spec: "z",
        js="z",
    )
)

ACTIVATIONS.add(
    Activation(
        name="sigmoid",
        formula=r"h = \sigma(z) = \frac{1}{1 + e^{-z}}",
        derivative=r"h\,(1 - h)",
        range=r"(0, 1)",
        zero_centered=False,
        source="Rumelhart, Hinton & Williams 1986, Nature 323, equation 2",
        pytorch="torch.nn.Sigmoid",
        forward=lambda z, spec: torch.sigmoid(z),
        export=lambda spec: "nn.Sigmoid()",
        numpy=lambda spec: "1 / (1 + np.exp(-z))",
        js="1 / (1 + Math.exp(-z))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="tanh",
        formula=r"h = \tanh z = 2\,\sigma(2z) - 1",
        derivative=r"1 - h^2",
        range=r"(-1, 1)",
        zero_centered=True,
        source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.4",
        pytorch="torch.nn.Tanh",
        forward=lambda z, spec: torch.tanh(z),
        export=lambda spec: "nn.Tanh()",
        numpy=lambda spec: "np.tanh(z)",
        js="1 - 2 / (1 + Math.exp(2 * z))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="relu",
        proper_name=True,
        formula=r"h = \max(0, z)",
        derivative=r"\begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}",
        range=r"[0, \infty)",
        zero_centered=False,
        kinked=True,
        source="Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
        pytorch="torch.nn.ReLU",
        forward=lambda z, spec: F.relu(z),
        export=lambda spec: "nn.ReLU()",
        numpy=lambda spec: "np.maximum(z, 0)",
        js="Math.max(z, 0)",
    )
)

ACTIVATIONS.add(
    Activation(
        name="leaky_relu",
        proper_name=True,
        formula=r"h = \max(\alpha z, z)",
        derivative=r"\begin{cases} 1 & z > 0 \\ \alpha & z \le 0 \end{cases}",
        range=r"(-\infty, \infty)",
        zero_centered=False,
        kinked=True,
        source="Maas, Hannun & Ng 2013, Rectifier nonlinearities improve acoustic models, section 2",
        pytorch="torch.nn.LeakyReLU",
        params=(number("slope", 0.01, 0.0, 0.99, 0.01),),
        forward=lambda z, spec: F.leaky_relu(z, spec["slope"]),
        export=lambda spec: f"nn.LeakyReLU({spec['slope']!r})",
        numpy=lambda spec: f"np.where(z > 0, z, {spec['slope']!r} * z)",
        js="z > 0 ? z : slope * z",
    )
)

ACTIVATIONS.add(
    Activation(
        name="prelu",
        proper_name=True,
        formula=r"h = \max(0, z) + a \min(0, z)",
        derivative=r"\begin{cases} 1 & z > 0 \\ a & z \le 0 \end{cases}, \quad "
        r"\frac{\partial h}{\partial a} = \min(0, z)",
        range=r"(-\infty, \infty)",
        zero_centered=False,
        kinked=True,
        source="He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, equation 1",
        pytorch="torch.nn.PReLU",
        params=(number("start", 0.25, 0.0, 1.0, 0.01),),
        forward=lambda z, spec: F.prelu(z, z.new_full((1,), spec["start"])),
        export=lambda spec: f"nn.PReLU(init={spec['start']!r})",
        numpy=lambda spec: "np.where(z > 0, z, {slope} * z)",
        js="z > 0 ? z : learned * z",
        learned=True,
    )
)

ACTIVATIONS.add(
    Activation(
        name="elu",
        proper_name=True,
        formula=r"h = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}",
        derivative=r"\begin{cases} 1 & z > 0 \\ h + \alpha & z \le 0 \end{cases}",
        range=r"(-\alpha, \infty)",
        zero_centered=False,
        source="Clevert, Unterthiner & Hochreiter 2016, Exponential linear units, section 3",
        pytorch="torch.nn.ELU",
        params=(number("alpha", 1.0, 0.1, 5.0, 0.1),),
        forward=lambda z, spec: F.elu(z, spec["alpha"]),
        export=lambda spec: f"nn.ELU({spec['alpha']!r})",
        numpy=lambda spec: f"np.where(z > 0, z, {spec['alpha']!r} * np.expm1(np.minimum(z, 0)))",
        js="z > 0 ? z : alpha * Math.expm1(z)",
    )
)

ACTIVATIONS.add(
    Activation(
        name="selu",
        proper_name=True,
        formula=r"h = \lambda \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}"
        r", \quad \lambda = 1.0507,\ \alpha = 1.6733",
        derivative=r"\begin{cases} \lambda & z > 0 \\ h + \lambda \alpha & z \le 0 \end{cases}",
        range=r"(-1.7581, \infty)",
        zero_centered=True,
        kinked=True,
        source="Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-normalizing networks, equation 2",
        pytorch="torch.nn.SELU",
        forward=lambda z, spec: F.selu(z),
        export=lambda spec: "nn.SELU()",
        numpy=lambda spec: (
            "1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))"
        ),
        js="1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="maxout",
        formula=r"h_j = \max_{i = 1 \ldots k} z_{ji}, \quad z_{ji} = w_{ji} \cdot x + b_{ji}",
        derivative=r"\frac{\partial h_j}{\partial z_{ji}} = "
        r"\begin{cases} 1 & i = \arg\max_{i'} z_{ji'} \\ 0 & i \ne \arg\max_{i'} z_{ji'} \end{cases}",
        range=r"(-\infty, \infty)",
        zero_centered=False,
        kinked=True,
        source="Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, Maxout networks, section 3",
        pytorch="torch.nn.MaxPool1d",
        params=(whole("pieces", 2, 2, 5),),
        forward=lambda z, spec: z.unflatten(-1, (-1, spec["pieces"])).max(dim=-1).values,
        export=lambda spec: f"nn.MaxPool1d({spec['pieces']})",
        numpy=lambda spec: f"z.reshape(len(z), -1, {spec['pieces']}).max(axis=2)",
        js="Math.max(h, z)",
        pieces=lambda spec: int(spec["pieces"]),
    )
)

ACTIVATIONS.add(
    Activation(
        name="gelu",
        proper_name=True,
        formula=r"h = z\,\Phi(z) = \tfrac{z}{2} \left(1 + \operatorname{erf}(z / \sqrt 2)\right)",
        derivative=r"\Phi(z) + z\,\varphi(z), \quad \varphi(z) = e^{-z^2/2} / \sqrt{2\pi}",
        range=r"[-0.17, \infty)",
        zero_centered=False,
        source="Hendrycks & Gimpel 2016, Gaussian error linear units, section 2",
        pytorch="torch.nn.GELU",
        forward=lambda z, spec: F.gelu(z),
        export=lambda spec: "nn.GELU()",
        numpy=lambda spec: "z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2",
        js="(z / 2) * (1 + erf(z * Math.SQRT1_2))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="silu",
        proper_name=True,
        formula=r"h = z\,\sigma(z)",
        derivative=r"\sigma(z) \left(1 + z\,(1 - \sigma(z))\right)",
        range=r"[-0.278, \infty)",
        zero_centered=False,
        source="Elfwing, Uchibe & Doya 2018, Sigmoid-weighted linear units; "
        "Ramachandran, Zoph & Le 2017 (Swish)",
        pytorch="torch.nn.SiLU",
        forward=lambda z, spec: F.silu(z),
        export=lambda spec: "nn.SiLU()",
        numpy=lambda spec: "z / (1 + np.exp(-z))",
        js="z / (1 + Math.exp(-z))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="mish",
        proper_name=True,
        formula=r"h = z \tanh(\ln(1 + e^z))",
        derivative=r"\tanh s + z\,(1 - \tanh^2 s)\,\sigma(z), \quad s = \ln(1 + e^z)",
        range=r"[-0.309, \infty)",
        zero_centered=False,
        source="Misra 2020, Mish: a self regularized non-monotonic activation function",
        pytorch="torch.nn.Mish",
        forward=lambda z, spec: F.mish(z),
        export=lambda spec: "nn.Mish()",
        numpy=lambda spec: "z * np.tanh(np.logaddexp(0, z))",
        js="z * Math.tanh(softplus(z))",
    )
)

ACTIVATIONS.add(
    Activation(
        name="softplus",
        formula=r"h = \tfrac{1}{\beta} \ln(1 + e^{\beta z})",
        derivative=r"\sigma(\beta z)",
        range=r"(0, \infty)",
        zero_centered=False,
        source="Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, Second-order functional knowledge",
        pytorch="torch.nn.Softplus",
        params=(number("beta", 1.0, 0.1, 10.0, 0.1),),
        forward=lambda z, spec: F.softplus(z, spec["beta"]),
        export=lambda spec: f"nn.Softplus({spec['beta']!r})",
        numpy=lambda spec: f"np.logaddexp(0, {spec['beta']!r} * z) / {spec['beta']!r}",
        js="softplus(beta * z) / beta",
    )
)
