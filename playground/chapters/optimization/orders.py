"""First order against second order on a network: loss against steps, gradient evaluations and time.

All rules run on the reference engine, so that their times compare; L-BFGS is also given mini-batches, which the
trainer never does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.optimization.charts import axis, columns, named, rule_lines, rule_name
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.data import prepare
from playground.engine.noise import NoiseSource
from playground.engine.order import BatchOrder
from playground.engine.reference import ReferenceEngine
from playground.experiment import Experiment
from playground.model import Layout
from playground.techniques import OPTIMIZERS
from playground.text import text
from playground.views.lines import LOWEST

COLUMNS = ["rule", "step", "evaluations", "passes", "seconds", "loss"]
POINTS = 80
"""Losses taken in a run at most."""


@dataclass(frozen=True)
class Runner:
    """One participant.

    Args:
        rule: a registered optimizer's name.
        rate: learning rate.
    """

    rule: str
    rate: float


RUNNERS = (Runner("sgd", 0.3), Runner("momentum", 0.1), Runner("adam", 0.02), Runner("lbfgs", 1.0))
"""Rates that suit small networks with scaled inputs; L-BFGS's line search starts from η = 1."""


def network(dataset: str = "moons", hidden: Sequence[int] = (8, 8), seed: int = 0) -> Experiment:
    """The network that the rules race on."""
    return Experiment(
        dataset=dataset,
        hidden=tuple(hidden),
        preprocessing="standardize",
        noise=0.1,
        seed=seed,
        device="cpu",
    )


def _evaluations(engine: ReferenceEngine, steps: int) -> int:
    """How often the gradient of a batch was computed."""
    if not engine.full_batch:
        return steps
    return sum(int(kept.get("func_evals", 0)) for kept in (engine.state().extra or {}).values())


def race(
    experiment: Experiment,
    runners: tuple[Runner, ...] = RUNNERS,
    batch_size: int | None = None,
    passes: int = 60,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train the same network from the same weights with each rule, on one budget of gradient evaluations.

    Args:
        experiment: data, network and weights; its optimizer is not used.
        runners: the rules with their learning rates.
        batch_size: rows of a batch; None for all.
        passes: the budget: evaluations of a batch's gradient times its rows, in training sets.

    Yields:
        The share done and a table with the columns ``rule``, ``step``, ``evaluations`` (of a batch's gradient),
        ``passes`` (over the training set, counted in gradients), ``seconds`` (in steps alone), ``loss`` (of the whole
        training set). A rule that diverges ends early.
    """
    data = prepare(experiment)
    n = len(data.F_train)
    size = n if batch_size is None else min(batch_size, n)
    rows: list[tuple[str, int, int, float, float, float]] = []
    _warm_up(experiment, n)
    for number, runner in enumerate(runners):
        own = experiment.replace(
            optimizer=runner.rule, learning_rate=runner.rate, engine="reference", device="cpu"
        )
        engine = ReferenceEngine(own, data, NoiseSource(own))
        order = BatchOrder(own.seed, n, size)
        rows.append((runner.rule, 0, 0, 0.0, 0.0, engine.metrics()[0]))
        budget = passes * n / size
        step, seconds, evaluations, shown = 0, 0.0, 0, 0.0
        while evaluations < budget:
            started = time.perf_counter()
            chunk = 1 if engine.full_batch else max(1, int(budget / POINTS))
            plan = order.plan(chunk, lambda epochs, rate=runner.rate: np.full(epochs, rate))  # type: ignore[misc]
            plan = plan._replace(evaluate=np.zeros(len(plan.lr), bool))
            outcome = engine.run(plan)
            seconds += time.perf_counter() - started
            step += outcome.steps
            order.advance(int(plan.offsets[outcome.steps]))
            before, evaluations = evaluations, _evaluations(engine, step)
            if evaluations >= shown or evaluations >= budget:
                shown = evaluations + budget / POINTS
                loss = engine.metrics()[0]
                rows.append((runner.rule, step, evaluations, evaluations * size / n, seconds, loss))
                share = (number + min(1.0, evaluations / budget)) / len(runners)
                yield share, pd.DataFrame(rows, columns=COLUMNS)
            if outcome.diverged or evaluations == before:
                break  # L-BFGS that asks for no gradient any more has converged
    yield 1.0, pd.DataFrame(rows, columns=COLUMNS)


def _warm_up(experiment: Experiment, n: int) -> None:
    """A few steps that nobody times: PyTorch's first ones are slower."""
    own = experiment.replace(optimizer="sgd", engine="reference", device="cpu")
    engine = ReferenceEngine(own, prepare(own), NoiseSource(own))
    engine.run(BatchOrder(own.seed, n, n).plan(5, lambda epochs: np.zeros(epochs)))


def memory(experiment: Experiment) -> pd.DataFrame:
    """Numbers that each rule keeps beside the P weights.

    Returns:
        Columns ``rule`` (registered optimizers and ``"newton"``), ``numbers``, ``needs`` (the same in P).
    """
    P = Layout.of(experiment).n_parameters
    rows: list[tuple[str, int, str]] = []
    for name, technique in OPTIMIZERS.items():
        if technique.full_batch:
            m = technique.spec()["history_size"]
            rows.append((name, 2 * m * P, f"{2 * m} P"))
        else:
            rows.append(
                (name, technique.slots * P, {0: "0", 1: "P"}.get(technique.slots, f"{technique.slots} P"))
            )
    rows.append(("newton", P * P, "P²"))
    return pd.DataFrame(rows, columns=["rule", "numbers", "needs"])


# --- the section -----------------------------------------------------------------------------------------

DATASETS = ("moons", "circle", "xor", "spiral", "iris", "breast_cancer")
HIDDEN = ("4", "8-8", "16-16", "32-32")
BATCHES = ("all", "100", "50", "25", "10", "5")
RATES = {runner.rule: runner.rate for runner in RUNNERS}
DEEPER = 30.0
"""The loss axis ends this far below the best loss of the first order."""
OTHER_RATE = 0.02
"""Of the rules that have none among ``RUNNERS``."""


def experiment(settings: Settings) -> Experiment:
    """The network under L-BFGS."""
    return _network(settings).replace(optimizer="lbfgs", learning_rate=1.0)


def _network(settings: Settings) -> Experiment:
    return network(settings.dataset, tuple(map(int, settings.hidden.split("-"))), settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The race, as ``race`` gives it."""
    runners = tuple(Runner(name, RATES.get(name, OTHER_RATE)) for name in settings.rules)
    size = None if settings.batch == "all" else int(settings.batch)
    yield from race(_network(settings), runners, size, settings.passes)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> Sequence[Figure]:
    """Loss over the gradients computed; over steps and over time below."""
    # What L-BFGS reaches with the full batch would press the other curves into one line.
    floor = frame.loc[frame["rule"] != "lbfgs", "loss"].min() / DEEPER
    low = max(float(frame["loss"].min()), float(floor) if floor > 0 else LOWEST)
    loss = axis("loss", language, log=True, domain=(low, 1.1 * float(frame["loss"].max())))
    shown = named(frame, "rule", lambda rule: rule_name(rule, language))
    heads = columns(language, "rule", "step", "evaluations", "passes", "seconds", "loss")
    main = Figure(
        rule_lines(frame, axis("passes", language, zero=True), loss, language), shown, columns=heads
    )
    below = [
        Figure(
            rule_lines(frame, axis(x, language, log=True), loss, language, columns=2),
            shown,
            SECTION.say(f"by_{x}", language),
            columns(language, "rule", x, "loss"),
        )
        for x in ("step", "seconds")
    ]
    return [main, *below]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> Sequence[Table]:
    """The ends; and what each rule must remember."""

    def called(rule: str) -> str:
        return rule_name(rule, language)

    rates = ", ".join(f"{called(name)} {RATES.get(name, OTHER_RATE):g}" for name in settings.rules)
    last = frame.groupby("rule", sort=False).last().reset_index().sort_values("loss")
    ends = Table(
        named(last, "rule", called),
        columns(language, "rule", "loss", "step", "evaluations", "passes", "seconds"),
        SECTION.say(
            "ends",
            language,
            rates=rates,
        ),
        {"loss": "%.3g", "passes": "%.1f", "seconds": "%.3f"},
    )
    own = _network(settings)
    title = SECTION.say("memory", language, weights=f"{Layout.of(own).n_parameters:,}")
    kept = Table(named(memory(own), "rule", called), columns(language, "rule", "needs", "numbers"), title)
    return [ends, kept]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """L-BFGS against the best of the first order, with the full batch and with mini-batches."""
    ends = frame.groupby("rule")["loss"].last()
    others = [float(ends[name]) for name in ends.index if name != "lbfgs"]
    if "lbfgs" not in ends or not others:
        return Verdict("no_comparison", True)
    own, best = float(ends["lbfgs"]), min(others)
    values = {
        "lbfgs": f"{own:.2g}",
        "first": f"{best:.2g}",
        "passes": settings.passes,
        "batch": settings.batch,
    }
    full = settings.batch == "all"
    if own < best:
        return Verdict("full_ahead" if full else "mini_ahead", full, values)
    return Verdict("full_behind" if full else "mini_behind", not full or not math.isfinite(best), values)


def code(settings: Settings) -> str:
    """Ten L-BFGS steps with all rows, and with ten at a time."""
    return '''\
import torch

torch.manual_seed(0)
X = torch.randn(200, 2)
y = (X.square().sum(dim=1, keepdim=True) < 1.2).float()


def train(rows):
    """Ten L-BFGS steps; each uses the rows of one batch, the loss is that of all rows."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.LBFGS(network.parameters(), lr=1.0, line_search_fn="strong_wolfe")
    for step in range(10):
        batch = torch.randperm(len(X))[:rows]

        def closure():
            optimizer.zero_grad()
            loss = loss_of(network(X[batch]), y[batch])
            loss.backward()
            return loss

        optimizer.step(closure)
    return loss_of(network(X), y).item()


print(train(rows=200), train(rows=10))
'''


def _dataset(name: str, language: str) -> str:
    return text(f"techniques.datasets.{name}.label", language)


def _batch(name: str, language: str) -> str:
    return SECTION.say("all", language) if name == "all" else name


SECTION = Section(
    rows=("newton", "lbfgs"),
    controls=(
        Choice("batch", BATCHES, default="all", option=_batch),
        Choice("rules", tuple(OPTIMIZERS), default=tuple(RATES), many=True, option=rule_name),
        Choice("dataset", DATASETS, default="moons", option=_dataset),
        Choice("hidden", HIDDEN, default="8-8", option=lambda name, language: name),
        Number("passes", 20, 300, default=60, step=20),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=code,
    formula=lambda settings: r"\text{Newton}:\quad w \leftarrow w - H^{-1} g",
)
