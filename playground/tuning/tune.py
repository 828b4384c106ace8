"""A search over any fields of an experiment, by Optuna's samplers and pruners; every trial is a real run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.engine.threads import threads
from playground.experiment import Experiment
from playground.registry import InvalidValue
from playground.tuning.cluster import attempts_on, cluster
from playground.tuning.space import Field, Ranges, checked, pruners, samplers, trials_of
from playground.tuning.study import NAME, Study, quiet, storage_of
from playground.tuning.trials import GOALS, Search, complete

if TYPE_CHECKING:
    import optuna


def tune(
    experiment: Experiment,
    space: Mapping[str, Field],
    trials: int = 50,
    epochs: int = 50,
    seeds: int = 1,
    sampler: str = "tpe",
    pruner: str = "none",
    goals: Sequence[str] = ("loss",),
    storage: str | None = None,
    name: str | None = None,
    seed: int = 0,
    progress: bool = False,
    seconds: float | None = None,
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
        sampler: ``"random"``, ``"grid"``, ``"qmc"``, ``"tpe"``, ``"gp"`` or ``"cmaes"`` (numbers only: it leaves
            choices to chance).
        pruner: ``"none"``, ``"median"`` or ``"hyperband"``: which trials are ended early.
        goals: ``("loss", "parameters")`` looks for networks that are good and small at once; ``found.front()`` holds
            them. Its trials are not ended early, and CMA-ES knows one goal only.
        storage: a database of Optuna's (``"sqlite:///studies.db"``) in which the study is kept; by default the one that
            ``PLAYGROUND_DATABASE_URL`` names, else memory.
        name: of the study in the storage; one of that name goes on, also from several processes at once.
        seed: of the sampler; a study that goes on draws anew.
        progress: show a bar.
        seconds: after which no further trial begins, however many were asked for.

    ``PLAYGROUND_DASK`` names the scheduler of a Dask cluster (``tcp://host:8786``) on whose workers the trials are
    trained then, as many at once as it has threads.

    Source:
        Bergstra et al. 2011 (TPE); Hansen & Ostermeier 2001 (CMA-ES); Li et al. 2018 (Hyperband); Akiba et al. 2019
        (Optuna).

    Raises:
        InvalidValue: names the refused field; nothing has been trained then.

    Example:
        >>> from playground import Experiment, tune
        >>> found = tune(Experiment(n_samples=60), {"learning_rate": (0.001, 1.0, "log")}, trials=3, epochs=2)
        >>> len(found.frame())
        3
    """
    for field, number, least in (("trials", trials, 1), ("epochs", epochs, 1), ("seeds", seeds, 1)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise InvalidValue(field, "tuning.whole", number, least=least)
    if seconds is not None and not (isinstance(seconds, (int, float)) and seconds > 0):
        raise InvalidValue("seconds", "tuning.seconds", seconds)
    wanted = check_ways(sampler, pruner, goals)
    ranges = checked(experiment, space)
    with quiet():
        study = _study(ranges, trials, epochs, sampler, pruner, wanted, storage, name, seed)
        experiment = _as_begun(study, experiment).for_choosing()
        search = Search(experiment, ranges, epochs, seeds, wanted)
        workers = cluster()
        if workers is not None:
            count = trials_of(sampler, ranges, trials)
            _follow(attempts_on(workers, study, search, count, seconds), count, progress)
        else:
            with ThreadPoolExecutor(threads()) as pool:
                study.optimize(
                    lambda trial: complete(search.run(trial, pool)),
                    n_trials=trials,
                    timeout=seconds,
                    show_progress_bar=progress,
                )
    return Study(study, experiment, dict(space))


def _follow(done: Iterator[float], trials: int, progress: bool) -> None:
    """Wait for all trials."""
    from tqdm.auto import tqdm

    with tqdm(total=trials, disable=not progress) as bar:
        for number in done:
            bar.update(int(number) - bar.n)


def check_ways(sampler: str, pruner: str, goals: Sequence[str]) -> tuple[str, ...]:
    """The goals, if sampler and pruner are there and go together with them. Raises InvalidValue."""
    for field, chosen, known in (("sampler", sampler, samplers()), ("pruner", pruner, pruners())):
        if chosen not in known:
            raise InvalidValue(field, "expected.choice", chosen, choices=", ".join(known))
    wanted = (goals,) if isinstance(goals, str) else tuple(goals)
    if wanted not in (GOALS[:1], GOALS):
        raise InvalidValue("goals", "tuning.goals", goals)
    if len(wanted) > 1 and pruner != "none":
        raise InvalidValue("pruner", "tuning.pruner_goals", pruner)
    if len(wanted) > 1 and sampler == "cmaes":
        raise InvalidValue("sampler", "tuning.sampler_goals", sampler)
    return wanted


def _study(
    ranges: Ranges,
    trials: int,
    epochs: int,
    sampler: str,
    pruner: str,
    goals: Sequence[str],
    storage: str | None,
    name: str | None,
    seed: int,
) -> optuna.Study:
    """A new study, or the one of that name."""
    import optuna

    database = storage_of(storage)
    options: dict[str, Any] = {
        "storage": database,
        "study_name": NAME if name is None and database is None else name,
        "pruner": pruners()[pruner](epochs),
        "directions": ["minimize"] * len(goals),
    }
    try:
        return optuna.create_study(sampler=samplers()[sampler](ranges, trials, seed), **options)
    except optuna.exceptions.DuplicatedStudyError:
        # With the same seed it would try again what it has tried, and what others who work on it are trying.
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        study = optuna.create_study(
            sampler=samplers()[sampler](ranges, trials, drawn), load_if_exists=True, **options
        )
    if len(study.directions) != len(goals):
        raise InvalidValue("goals", "tuning.begun_goals", ", ".join(goals), count=len(study.directions))
    return study


def _as_begun(study: optuna.Study, experiment: Experiment) -> Experiment:
    """The experiment, choosing on the part that the study's trials so far were chosen on."""
    begun = study.user_attrs.get("choose_on")
    if begun is None:  # a study is new, or of a version that knew no validation part
        begun = "test" if study.trials else experiment.choose_on
        study.set_user_attr("choose_on", begun)
    return experiment.replace(choose_on=begun)
