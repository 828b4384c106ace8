"""An ensemble on the map: where its members disagree, their average decides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.generalization import charts, members, runs
from playground.chapters.generalization.runs import SMALL, points_frame
from playground.chapters.section import Figure, Section, Verdict
from playground.experiment import Experiment

KINDS = ("members", "snapshots")
BASE = SMALL.replace(n_samples=200, train_fraction=0.2)
"""Forty training points."""


def base(settings: Settings) -> Experiment:
    """The first member."""
    own = BASE.replace(hidden=members.SIZES[settings.size])
    return runs.on(settings.dataset.name, own, runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, members.Ensemble]]:
    """Train the members one after the other, or one run whose snapshots are the members."""
    compute = members.ensemble if settings.kind == "members" else members.snapshots
    return compute(base(settings), settings.epochs, settings.members)


def picture(found: members.Ensemble, settings: Settings, language: str) -> list[Figure]:
    """The members' boundaries and that of their average."""
    kinds = {
        "member": charts.Line(charts.say("legend.member", language), charts.MEMBER, 1.2, 0.6),
        "average": charts.Line(charts.say("legend.average", language), charts.AVERAGE, 4),
    }
    points = points_frame(found.X, found.y)
    return [charts.map_figure(found.boundaries, points, found.domain, kinds, language)]


def verdict(found: members.Ensemble, settings: Settings) -> Verdict:
    """Whether the average is right more often than a member."""
    alone, together = found.disputed
    values = {
        "members": len(found.accuracies),
        "mean": f"{100 * float(np.mean(found.accuracies)):.1f}",
        "best": f"{100 * max(found.accuracies):.1f}",
        "average": f"{100 * found.average:.1f}",
        "gain": f"{100 * found.gain:+.1f}",
        "split": f"{100 * found.disagreement:.1f}",
        "alone": f"{100 * alone:.0f}" if alone == alone else "–",
        "together": f"{100 * together:.0f}" if together == together else "–",
    }
    return Verdict("gain" if found.gain > 0 else "none", found.gain > 0, values)


def code(settings: Settings) -> str:
    """Members that differ in their first weights, and their average."""
    layers, n_in = [], 2
    for n in members.SIZES[settings.size]:
        layers.append(f"nn.Linear({n_in}, {n}), nn.ReLU(), ")
        n_in = n
    return f"""import torch
from sklearn.datasets import make_circles
from torch import nn

X, y = make_circles(2040, noise=0.15, factor=0.5, random_state={settings.seed})
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
X_train, y_train, X_test, y_test = X[:40], y[:40], X[40:], y[40:]
p = []
for seed in range({settings.members}):
    torch.manual_seed(seed)
    net = nn.Sequential({"".join(layers)}nn.Linear({n_in}, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(200):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(X_train)[:, 0], y_train).backward()
        optimizer.step()
    with torch.no_grad():
        p.append(torch.sigmoid(net(X_test)[:, 0]))
accuracy = lambda p: ((p > 0.5) == y_test).float().mean().item()
print("members", [round(accuracy(q), 3) for q in p])
print("mean of the members", sum(map(accuracy, p)) / len(p), "  average", accuracy(torch.stack(p).mean(0)))
"""


SECTION = Section(
    rows=("ensembles",),
    controls=(
        Choice("kind", KINDS, default="members"),
        runs.dataset("circle"),
        Choice("size", tuple(members.SIZES), default="small"),
        Number("members", 2, 10, default=members.MEMBERS),
        Number("epochs", 20, 1000, default=200, step=20),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=base,
    code=code,
    formula=lambda s: r"\bar p(x) = \frac{1}{M} \sum_{m=1}^{M} p_m(x)",
)
