"""How much gradient reaches each layer before training."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.activations import depth, parts
from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import MAX_LAYERS, Experiment
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

MOST_UNITS = 16
"""Units of a layer where a network is opened elsewhere."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Gradients by layer, activation by activation."""
    frames = []
    for spec in parts.specs(settings.names):
        init = parts.drawn_from(settings.init, spec)
        frames.append(
            depth.gradients_at_start(
                [spec], init, settings.depth, settings.width, first_seed=5 * settings.seed
            )
        )
        yield len(frames) / len(settings.names), pd.concat(frames, ignore_index=True)


def ratios(frame: pd.DataFrame) -> pd.Series:
    """The gradient reaching the first hidden layer over the last one's, by activation."""
    signal = frame[frame["measure"] == "signal"]
    groups = signal.groupby("activation", sort=False)["norm"]
    return groups.first() / groups.last()


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Norms by layer on a logarithmic axis: a straight line is a constant factor per layer."""
    shown = frame[frame["measure"] == settings.measure]
    chart = lines(
        shown[shown["norm"] > 0],
        parts.axis("layer", language),
        parts.axis("norm", language, log=True, powers=True),
        "activation",
        parts.say("activation", language),
        name=parts.named(language),
        width=3.5,
    )
    return [Figure(chart, shown, columns=parts.titles(("activation", "layer", "norm"), language))]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """First layer over last, and the factor of one layer."""
    found = ratios(frame)
    steps = max(1, settings.depth - 1)
    table = pd.DataFrame(
        {
            "activation": [parts.shown(str(name), language) for name in found.index],
            "init": [_scheme(str(name), settings, language) for name in found.index],
            "ratio": [f"{value:.2g}" for value in found],
            "factor": [f"{value ** (1 / steps):.2f}" for value in found],
        }
    )
    return [Table(table, parts.titles(list(table.columns), language))]


def _scheme(label: str, settings: Settings, language: str) -> str:
    return parts.scheme_name(parts.drawn_from(settings.init, ACTIVATIONS[label].spec()).name, language)


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Does sigmoid's gradient die out while ReLU's arrives?"""
    found = ratios(frame)
    if {"sigmoid", "relu"} <= set(found.index):
        sigmoid, relu = float(found["sigmoid"]), float(found["relu"])
        holds = sigmoid < 0.01 and 0.1 < relu < 10
        key = "kept" if holds else "lost" if relu <= 0.1 else "other"
        return Verdict(
            key, holds, {"sigmoid": f"{sigmoid:.1g}", "relu": f"{relu:.2g}", "depth": settings.depth}
        )
    low, high = float(found.min()), float(found.max())
    return Verdict("range", True, {"low": f"{low:.1g}", "high": f"{high:.1g}", "depth": settings.depth})


def base(settings: Settings) -> Experiment:
    """The network for playground and race, which have fewer layers."""
    hidden = (min(settings.width, MOST_UNITS),) * min(settings.depth, MAX_LAYERS)
    return Experiment(hidden=hidden, seed=settings.seed)


def experiment(settings: Settings) -> Experiment:
    """The first activation."""
    spec = parts.specs(settings.names)[0]
    return base(settings).replace(activation=spec, init=parts.drawn_from(settings.init, spec))


def lanes(settings: Settings) -> Lanes:
    """All of them while they train."""
    return parts.raced(base(settings), settings.names, 100, settings.init)


def code(settings: Settings) -> str:
    """The norms in PyTorch, for the usual three."""
    return f"""import torch
from torch import nn

depth, width = {settings.depth}, {settings.width}
g = torch.Generator().manual_seed({settings.seed})
x = torch.randn(64, 2, generator=g)
y = (x.norm(dim=1, keepdim=True) > 1.2).float()
for activation, gain in ((nn.Sigmoid, 1.0), (nn.Tanh, 1.0), (nn.ReLU, 2**0.5)):
    layers, sizes = [], [2] + [width] * depth
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(n_in, n_out), activation()]
    net = nn.Sequential(*layers, nn.Linear(width, 1))
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain, generator=g)  # gain √2: He's weights, for ReLU
            nn.init.zeros_(layer.bias)
    nn.functional.binary_cross_entropy_with_logits(net(x), y).backward()
    norms = [layer.weight.grad.norm().item() for layer in net if isinstance(layer, nn.Linear)]
    print(activation.__name__, " ".join(f"{{norm:.1e}}" for norm in norms))
"""


SECTION = Section(
    rows=("vanishing",),
    controls=(
        parts.activations("sigmoid", "tanh", "relu"),
        parts.scheme(),
        parts.slider("depth", 2, depth.MAX_DEPTH, 10),
        parts.slider("width", 2, depth.MAX_WIDTH, 16),
        parts.measure(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    lanes=lanes,
    code=code,
    formula=lambda settings: (
        r"\frac{\partial L}{\partial z^{(l)}} = f'(z^{(l)}) \odot "
        r"W^{(l+1)\top} \frac{\partial L}{\partial z^{(l+1)}}"
    ),
)
