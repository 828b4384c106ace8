"""A search as a program that calls Optuna itself and makes the same study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.experiment import Experiment
from playground.tuning.space import Field, checked, grid
from playground.tuning.study import NAME
from playground.tuning.trials import Search

SAMPLERS = {
    "random": "optuna.samplers.RandomSampler(seed={seed})",
    "grid": "optuna.samplers.GridSampler({grid}, seed={seed})",
    "qmc": "optuna.samplers.QMCSampler(scramble=True, seed={seed})",
    "tpe": "optuna.samplers.TPESampler(seed={seed})",
    "gp": "GPSampler(seed={seed}, warn_independent_sampling=False)",
    "cmaes": "optuna.samplers.CmaEsSampler(seed={seed})",
}
PRUNERS = {
    "none": "NopPruner()",
    "median": "MedianPruner(n_startup_trials=5)",
    "hyperband": "HyperbandPruner(min_resource=1, max_resource={epochs})",
}


def search_script(
    experiment: Experiment,
    space: Mapping[str, Field],
    *,
    trials: int,
    epochs: int,
    seeds: int = 1,
    sampler: str = "tpe",
    pruner: str = "none",
    goals: Sequence[str] = ("loss",),
    seed: int = 0,
) -> str:
    """A program that searches as ``tune`` does: the same trials with the same values."""
    own = experiment.for_choosing()
    ranges = checked(own, space)
    stops = Search(own, ranges, epochs).stops
    both = len(goals) > 1
    points = grid(ranges, trials) if sampler == "grid" else {}
    made = SAMPLERS[sampler].format(seed=seed, grid=points)
    tables = "".join(
        f"{name.upper()} = {{{', '.join(f'{str(v)!r}: {v!r}' for v in given)}}}\n"
        for name, given in space.items()
        if isinstance(given, list)
    )
    suggested = "".join(f"        {name}={_suggested(name, given)},\n" for name, given in space.items())
    body = [
        '"""The search as Optuna is told of it; each trial is a network of the playground."""',
        "",
        "import numpy as np",
        "import optuna",
        "",
        "from playground import Experiment, Trainer",
        *(["from playground.layout import Layout"] if both else []),
        *(["from playground.tuning.gaussian import GPSampler"] if sampler == "gp" else []),
        "",
        f"BASE = {_call(own)}",
        f"SEEDS, STOPS = {seeds}, {stops}",
        tables,
        "",
        "def objective(trial):",
        "    own = BASE.replace(",
        suggested.rstrip("\n"),
        "    )",
        "    trainers = [Trainer(own.replace(seed=own.seed + repeat)) for repeat in range(SEEDS)]",
        "    for stop in STOPS:",
        "        for trainer in trainers:",
        "            trainer.run(epochs=stop - trainer.epoch)",
        f'        loss = float(np.mean([trainer.history.last()["loss_{own.watched}"] for trainer in trainers]))',
        '        if not np.isfinite(loss) or any(trainer.status == "diverged" for trainer in trainers):',
        "            raise optuna.TrialPruned",
    ]
    if both:
        body += ["    return loss, float(Layout.of(own).n_parameters)"]
    else:
        body += [
            "        trial.report(loss, stop)",
            "        if stop < STOPS[-1] and trial.should_prune():",
            "            raise optuna.TrialPruned",
            "    return loss",
        ]
    body += [
        "",
        "",
        "study = optuna.create_study(",
        f"    sampler={made},",
        f"    pruner=optuna.pruners.{PRUNERS[pruner].format(epochs=max(1, epochs))},",
        f"    study_name={NAME!r},",
        f"    directions={['minimize'] * len(goals)!r},",
        ")",
        f"study.optimize(objective, n_trials={trials})",
        "for best in study.best_trials:",
        "    print(best.number, best.values, best.params)",
        "",
    ]
    return "\n".join(body)


def _call(experiment: Experiment) -> str:
    """What makes the experiment: its call, or its JSON where it has points of its own."""
    if experiment.points is None:
        return repr(experiment)
    return f"Experiment.from_json({experiment.to_json()!r})"


def _suggested(name: str, given: Field) -> str:
    if isinstance(given, list):
        return f'{name.upper()}[trial.suggest_categorical("{name}", list({name.upper()}))]'
    low, high = given[:2]
    kind: Any = "int" if isinstance(low, int) and isinstance(high, int) else "float"
    return f'trial.suggest_{kind}("{name}", {low!r}, {high!r}{", log=True" if len(given) == 3 else ""})'
