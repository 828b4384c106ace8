"""A search over any fields of an experiment, by Optuna's samplers and pruners; every trial is a real run."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.later import pd
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import optuna
    import pandas

REPORTS = 10
"""How often a trial tells its loss, and may be ended early."""

Field = tuple[Any, ...] | list[Any]
"""``(low, high)`` or ``(low, high, "log")`` is a range, a list a choice."""


def _samplers() -> dict[str, Callable[[Range, int, int], optuna.samplers.BaseSampler]]:
    from optuna import samplers

    return {
        "random": lambda ranges, trials, seed: samplers.RandomSampler(seed=seed),
        "grid": lambda ranges, trials, seed: samplers.GridSampler(_grid(ranges, trials), seed=seed),
        "qmc": lambda ranges, trials, seed: samplers.QMCSampler(
            scramble=True, seed=seed, warn_independent_sampling=False
        ),
        "tpe": lambda ranges, trials, seed: samplers.TPESampler(seed=seed),
        "gp": lambda ranges, trials, seed: samplers.GPSampler(seed=seed),
    }


def _pruners() -> dict[str, Callable[[int], optuna.pruners.BasePruner]]:
    from optuna import pruners

    return {
        "none": lambda epochs: pruners.NopPruner(),
        "median": lambda epochs: pruners.MedianPruner(n_startup_trials=5),
        "hyperband": lambda epochs: pruners.HyperbandPruner(min_resource=1, max_resource=max(1, epochs)),
    }


Range = Mapping[str, "_Values"]


@dataclass(frozen=True)
class _Values:
    """What a field may be.

    Args:
        low, high: ends of a range; None for a choice.
        log: whether the range is logarithmic.
        choices: by what each is called.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Mapping[str, Any] | None = None

    def suggest(self, trial: optuna.Trial, name: str) -> Any:
        """What the sampler chooses for a trial."""
        if self.choices is not None:
            return self.choices[trial.suggest_categorical(name, list(self.choices))]
        assert self.low is not None
        assert self.high is not None
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


@dataclass(frozen=True, eq=False)
class Study:
    """A search, with what it found.

    Args:
        study: Optuna's own study: its plots, importances and dashboard work on it.
        experiment: what was tuned, with its validation part.
        space: where.
    """

    study: optuna.Study
    experiment: Experiment
    space: Mapping[str, Field]

    @property
    def best(self) -> Experiment:
        """The experiment of the trial with the lowest validation loss. ValueError: no trial came to its end.

        Its test part has not been looked at: ``train(found.best, epochs)["loss_test"]`` judges it.
        """
        values = _space(self.experiment, self.space)
        found: dict[str, Any] = self.study.best_trial.params
        return self.experiment.replace(
            **{
                name: values[name].choices[value] if values[name].choices is not None else value  # type: ignore[index]
                for name, value in found.items()
            }
        )

    def frame(self) -> pandas.DataFrame:
        """One row a trial: ``trial``, ``state``, ``value`` (nan where it was ended early), ``epochs``, each field, and
        ``loss_train``, ``loss_validation``, ``accuracy_train``, ``accuracy_validation`` where it ended; ``loss_test``,
        ``accuracy_test`` in their place where the test part chooses."""
        return pd.DataFrame(
            [
                {
                    "trial": trial.number,
                    "state": trial.state.name.lower(),
                    "value": math.nan
                    if trial.value is None or trial.state.name != "COMPLETE"
                    else trial.value,
                    **trial.params,
                    **trial.user_attrs,
                }
                for trial in self.study.trials
            ]
        )


def tune(
    experiment: Experiment,
    space: Mapping[str, Field],
    trials: int = 50,
    epochs: int = 50,
    seeds: int = 1,
    sampler: str = "tpe",
    pruner: str = "none",
    storage: str | None = None,
    name: str | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Study:
    """Search for the settings with the lowest validation loss.

    A fifth of the training points is held out as the validation part if the experiment sets no ``validation_fraction``.
    With its ``choose_on="test"`` none is, and the search is for the lowest test loss. A kept study goes on as it began.

    Args:
        experiment: what all trials have in common.
        space: for each field that is searched its range or its choices: ``(1e-4, 1.0, "log")``, ``(0.0, 0.5)``,
            ``[(4,), (8, 8)]``.
        trials: how many settings are tried.
        epochs: how long each is trained, unless it is ended early.
        seeds: repeats of a trial, whose mean counts; repeat r has the experiment's seed + r.
        sampler: ``"random"``, ``"grid"``, ``"qmc"``, ``"tpe"`` or ``"gp"``.
        pruner: ``"none"``, ``"median"`` or ``"hyperband"``: which trials are ended early.
        storage: a database of Optuna's (``"sqlite:///studies.db"``) in which the study is kept; None for memory.
        name: of the study in the storage; one of that name goes on.
        seed: of the sampler.
        progress: show a bar.

    Source:
        Bergstra et al. 2011 (TPE); Li et al. 2018 (Hyperband); Akiba et al. 2019 (Optuna).

    Raises:
        InvalidValue: names the refused field; nothing has been trained then.

    Example:
        >>> from playground import Experiment, tune
        >>> found = tune(Experiment(n_samples=60), {"learning_rate": (0.001, 1.0, "log")}, trials=3, epochs=2)
        >>> len(found.frame())
        3
    """
    import optuna

    for field, number, least in (("trials", trials, 1), ("epochs", epochs, 1), ("seeds", seeds, 1)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise InvalidValue(field, "tuning.whole", number, least=least)
    makers, enders = _samplers(), _pruners()
    for field, chosen, known in (("sampler", sampler, makers), ("pruner", pruner, enders)):
        if chosen not in known:
            raise InvalidValue(field, "expected.choice", chosen, choices=", ".join(known))
    ranges = _space(experiment, space)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            load_if_exists=True,
            sampler=makers[sampler](ranges, trials, seed),
            pruner=enders[pruner](epochs),
        )
        experiment = _as_begun(study, experiment).for_choosing()
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            objective = _objective(experiment, ranges, epochs, seeds, pool)
            study.optimize(objective, n_trials=trials, show_progress_bar=progress)
    finally:
        optuna.logging.set_verbosity(verbosity)
    return Study(study, experiment, dict(space))


def _as_begun(study: optuna.Study, experiment: Experiment) -> Experiment:
    """The experiment, choosing on the part that the study's trials so far were chosen on."""
    begun = study.user_attrs.get("choose_on")
    if begun is None:  # a study is new, or of a version that knew no validation part
        begun = "test" if study.trials else experiment.choose_on
        study.set_user_attr("choose_on", begun)
    return experiment.replace(choose_on=begun)


def _objective(
    experiment: Experiment, ranges: Range, epochs: int, seeds: int, pool: ThreadPoolExecutor
) -> Callable[[optuna.Trial], float]:
    import optuna

    watched = experiment.watched
    metrics = [f"{kind}_{part}" for kind in ("loss", "accuracy") for part in ("train", watched)]
    stops = sorted({max(1, round(epochs * part / REPORTS)) for part in range(1, REPORTS + 1)})

    def objective(trial: optuna.Trial) -> float:
        own = experiment.replace(**{name: values.suggest(trial, name) for name, values in ranges.items()})
        trainers = [Trainer(own.replace(seed=own.seed + repeat)) for repeat in range(seeds)]
        for stop in stops:
            list(pool.map(lambda trainer, stop=stop: trainer.run(epochs=stop - trainer.epoch), trainers))
            ends = [trainer.history.last() for trainer in trainers]
            for metric in metrics:
                trial.set_user_attr(metric, float(np.mean([end[metric] for end in ends])))
            trial.set_user_attr("epochs", int(trainers[0].epoch))
            loss = float(np.mean([end[f"loss_{watched}"] for end in ends]))
            if any(trainer.status == "diverged" for trainer in trainers) or not math.isfinite(loss):
                raise optuna.TrialPruned  # there is no loss to report
            trial.report(loss, stop)
            if stop < epochs and trial.should_prune():
                raise optuna.TrialPruned
        return loss

    return objective


def _space(experiment: Experiment, space: Mapping[str, Field]) -> dict[str, _Values]:
    """The space, checked: every end of a range and every choice is a value that the experiment takes."""
    if not space:
        raise InvalidValue("space", "tuning.space", space)
    found = {}
    for name, given in space.items():
        if isinstance(given, list):
            if not given:
                raise InvalidValue(name, "tuning.empty", given)
            for value in given:
                experiment.replace(**{name: value})
            found[name] = _Values(choices={str(value): value for value in given})
            continue
        numbers = isinstance(given, tuple) and len(given) in (2, 3) and given[2:] in ((), ("log",))
        if not numbers or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in given[:2]):
            raise InvalidValue(name, "tuning.field", given)
        low, high, log = given[0], given[1], len(given) == 3
        for value in (low, high):
            experiment.replace(**{name: value})
        if not low < high or (log and low <= 0):
            raise InvalidValue(name, "tuning.field", given)
        found[name] = _Values(low, high, log)
    return found


def _grid(ranges: Range, trials: int) -> dict[str, list[Any]]:
    """As many values of each field as make a grid of at least so many points."""
    spans = [name for name, values in ranges.items() if values.choices is None]
    fixed = math.prod(len(values.choices) for values in ranges.values() if values.choices is not None)
    side = max(2, math.ceil((trials / fixed) ** (1 / len(spans)) - 1e-9)) if spans else 1
    grid: dict[str, list[Any]] = {}
    for name, values in ranges.items():
        if values.choices is not None:
            grid[name] = list(values.choices)
            continue
        assert values.low is not None
        assert values.high is not None
        spaced = np.geomspace if values.log else np.linspace
        points = spaced(values.low, values.high, side)
        whole = isinstance(values.low, int) and isinstance(values.high, int)
        grid[name] = sorted({round(float(p)) for p in points}) if whole else [float(p) for p in points]
    return grid
