"""Logistic regression and the linear SVM: networks without hidden layers, beside scikit-learn's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import neurons, parts
from playground.chapters.activations.neurons import Neuron
from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.views.theme import CLASS_COLOURS, label_expression

UPDATES = 2000


@dataclass(frozen=True, eq=False)
class Result:
    """Points (n, 2) with classes (n,), the network thus far and, at the end, both models (``neurons.comparison``)."""

    X: np.ndarray
    y: np.ndarray
    network: Neuron
    table: pd.DataFrame | None = None


def experiment(settings: Settings) -> Experiment:
    """The network."""
    return neurons.linear_experiment(
        settings.model, settings.dataset, settings.noise, settings.l2, settings.seed
    )


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train the network, then ask scikit-learn."""
    setting = experiment(settings)
    X, y = neurons.points(setting)
    network = Neuron(0, 0, 0)
    for share, network in neurons.train_linear(setting, UPDATES):
        yield 0.95 * share, Result(X, y, network)
    yield 1.0, Result(X, y, network, neurons.comparison(setting, network))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Two classes, and both borders on each other."""
    reach = float(np.abs(result.X).max()) * 1.1
    domain = alt.Scale(domain=[-reach, reach], nice=False)
    frame = pd.DataFrame({"x1": result.X[:, 0], "x2": result.X[:, 1], "class": result.y})
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=30, opacity=0.75)
        .encode(
            x=alt.X("x1:Q", title="x₁", scale=domain),
            y=alt.Y("x2:Q", title="x₂", scale=domain),
            color=alt.Color(
                "class:N", scale=alt.Scale(domain=[0, 1], range=list(CLASS_COLOURS[:2])), legend=None
            ),
        )
    )
    drawn = {"network": result.network}
    if result.table is not None:
        line = result.table.set_index("who").loc["scikit_learn"].to_dict()
        drawn = {"scikit_learn": Neuron(line["w1"], line["w2"], -line["bias"]), **drawn}
    names = {who: SECTION.say(who, language) for who in ("scikit_learn", "network")}
    marks: dict[str, dict[str, Any]] = {
        "scikit_learn": {"strokeWidth": 9, "opacity": 0.8},
        "network": {"strokeWidth": 3, "strokeDash": [8, 5]},
    }
    stroke = alt.Stroke(
        "who:N",
        title=None,
        scale=alt.Scale(domain=list(names), range=["#b8bcc4", "#d1478e"]),
        legend=alt.Legend(orient="top", labelExpr=label_expression(names), symbolType="stroke"),
    )
    edges = [
        alt.Chart(neurons.line(neuron, reach).assign(who=who))
        .mark_line(clip=True, **marks[who])
        .encode(x="x1:Q", y="x2:Q", stroke=stroke)
        for who, neuron in drawn.items()
    ]
    return [Figure(alt.layer(points, *edges), frame, columns=parts.titles(("x1", "x2", "class"), language))]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Weights, objective and accuracy of both."""
    if result.table is None:
        return []
    frame = result.table.assign(who=[SECTION.say(who, language) for who in result.table["who"]])
    formats = dict.fromkeys(("w1", "w2", "bias", "objective"), "%.4f") | {"accuracy": "percent"}
    return [Table(frame, parts.titles(list(frame.columns), language), formats=formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Do both minimise the same?"""
    assert result.table is not None
    network, other = result.table["objective"]
    weights = np.abs(np.diff(result.table[["w1", "w2", "bias"]].to_numpy(), axis=0)).max()
    same = network - other < 0.005 * max(other, 1e-9)
    values = {"gap": f"{max(network - other, 0):.1e}", "difference": f"{weights:.2g}"}
    return Verdict("same" if same else "apart", bool(same), values)


def formula(settings: Settings) -> str:
    """The objective of both; scikit-learn's C is 1 / (nλ)."""
    loss = r"\max(0,\ 1 - y_i s_i)" if settings.model == "svm" else r"\ln(1 + e^{-y_i s_i})"
    return (
        rf"\min_{{w,b}}\ \frac1n \sum_i {loss} + \frac{{\lambda}}{{2}} \lVert w \rVert^2, \quad y_i = \pm 1"
    )


def code(settings: Settings) -> str:
    """Network and scikit-learn, side by side."""
    logistic = settings.model == "logistic"
    name, module = ("LogisticRegression", "linear_model") if logistic else ("SVC", "svm")
    model = "LogisticRegression(C=C, tol=1e-8)" if logistic else 'SVC(kernel="linear", C=C, tol=1e-6)'
    loss = (
        "torch.nn.functional.softplus(-signs * scores).mean()"
        if logistic
        else "torch.relu(1 - signs * scores).mean()"
    )
    return f"""import torch
from sklearn.datasets import make_blobs
from sklearn.{module} import {name}
from sklearn.preprocessing import scale

X, y = make_blobs(250, centers=[[-1, -1], [1, 1]], random_state={settings.seed})
X, l2 = scale(X), {settings.l2}
inputs, signs = torch.tensor(X), torch.tensor(2.0 * y - 1)
neuron = torch.nn.Linear(2, 1, dtype=torch.float64)
optimizer = torch.optim.SGD(neuron.parameters(), lr=0.5)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 10 ** (-3 / {UPDATES}))
for update in range({UPDATES}):
    optimizer.zero_grad()
    scores = neuron(inputs)[:, 0]
    loss = {loss}
    (loss + l2 / 2 * neuron.weight.square().sum()).backward()
    optimizer.step()
    schedule.step()
print("network     ", neuron.weight.tolist(), neuron.bias.tolist())
C = 1 / (len(X) * l2)
model = {model}.fit(X, y)
print("scikit-learn", model.coef_.tolist(), model.intercept_.tolist())
"""


SECTION = Section(
    rows=("linear_models",),
    controls=(
        Choice("model", tuple(neurons.MODELS), default="logistic"),
        parts.dataset("blobs", "moons", "circle", "xor"),
        parts.slider("noise", 0.0, 0.5, 0.3, step=0.05),
        parts.slider(
            "l2", 0.001, 1.0, 0.01, log=True, values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0), symbol="λ"
        ),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=code,
    formula=formula,
)
