"""First order against second order on a network: loss against steps, gradient evaluations and time.

All rules run on the reference engine, so that their times compare; L-BFGS is also given mini-batches, which the
trainer never does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.data import prepare
from playground.engine.noise import NoiseSource
from playground.engine.order import BatchOrder
from playground.engine.reference import ReferenceEngine
from playground.experiment import Experiment
from playground.model import Layout
from playground.techniques import OPTIMIZERS

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
        preprocessing="standardising",
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
        Columns ``rule`` (registered optimizers and ``"newton"``), ``numbers``, ``formula`` (LaTeX in P and m).
    """
    P = Layout.of(experiment).n_parameters
    rows: list[tuple[str, int, str]] = []
    for name, technique in OPTIMIZERS.items():
        if technique.full_batch:
            m = technique.spec()["history_size"]
            rows.append((name, 2 * m * P, f"2mP,\\ m = {m}"))
        else:
            rows.append(
                (name, technique.slots * P, {0: "0", 1: "P"}.get(technique.slots, f"{technique.slots}P"))
            )
    rows.append(("newton", P * P, "P^2"))
    return pd.DataFrame(rows, columns=["rule", "numbers", "formula"])
