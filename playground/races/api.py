"""Races in a notebook."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from playground.engine.crowd import Crowd
from playground.engine.flock import on_gpu
from playground.experiment import Experiment
from playground.images.experiment import ImageExperiment
from playground.races import export, pictures
from playground.races.lockstep import Lockstep
from playground.races.race import Lane, Race, lane_of
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas as pd

    from playground.engine.trainer import Trainer


def race(
    experiments: Race | Mapping[str, Any] | Iterable[Any], seeds: int = 16, epochs: int = 100
) -> pd.DataFrame:
    """Train experiments side by side, each with several seeds, and return all of their histories.

    Repeat r of every experiment has the first one's seed + r, so that all of them meet the same data, split and
    order of samples, and where shapes and scheme allow, the same initial weights.

    Args:
        experiments: 2 to 6 Experiments, or ImageExperiments; a mapping names them. A Race is taken with its own number
            of seeds.
        seeds: repeats of each, 1 to 64.
        epochs: how long to train; early stopping or divergence can end a run before.

    Returns:
        Tidy table: lane, label, seed, epoch, step, split, loss, accuracy, learning_rate.

    Raises:
        InvalidValue: names the refused field.

    Example:
        >>> from playground import Experiment, race
        >>> table = race([Experiment(activation="relu"), Experiment(activation="tanh")], seeds=2, epochs=3)
        >>> table.groupby("label")["seed"].nunique().to_dict()
        {'ReLU': 2, 'tanh': 2}
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0:
        raise InvalidValue("epochs", "race.epochs", epochs)
    if not isinstance(experiments, Race):
        named = _named(experiments)
        if named and isinstance(named[0][1], ImageExperiment):
            return pictures.race(named, seeds, epochs)
        experiments = _race(named, seeds)
    runners = experiments
    if all(on_gpu(experiment) for experiment in runners.experiments):
        return export.frame(_as_batches(runners, epochs))
    lockstep = Lockstep(runners)
    lockstep.build()
    _train(list(lockstep), epochs)
    return export.frame(export.records(runners, lockstep.lanes))


def _as_batches(race: Race, epochs: int) -> Iterator[export.Record]:
    """The repeats of a lane as one batch: a GPU takes hardly longer for all of them than for one."""
    experiments = [
        race.experiment(lane, repeat) for lane in range(len(race.lanes)) for repeat in range(race.seeds)
    ]
    crowd = Crowd(experiments)
    crowd.run(epochs)
    labels = race.labels()
    for place, (experiment, history) in enumerate(zip(experiments, crowd.histories, strict=True)):
        lane = place // race.seeds
        yield export.Record(lane, labels[lane], experiment.seed, history)


def _train(trainers: list[Trainer], epochs: int) -> None:
    """Train each; the compiled engine's runs on all cores, as it computes without the interpreter's lock."""

    def run(trainer: Trainer) -> None:
        trainer.run(epochs=epochs)

    compiled = [trainer for trainer in trainers if trainer.engine.name == "fused"]
    others = [trainer for trainer in trainers if trainer.engine.name != "fused"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, compiled))
    for trainer in others:
        run(trainer)


def _named(experiments: Mapping[str, Any] | Iterable[Any]) -> list[tuple[str, Any]]:
    return list(experiments.items() if isinstance(experiments, Mapping) else (("", e) for e in experiments))


def _race(pairs: list[tuple[str, Any]], seeds: int) -> Race:
    for i, (_, experiment) in enumerate(pairs):
        if not isinstance(experiment, Experiment):
            raise InvalidValue(f"experiments[{i}]", "race.experiment", experiment)
    if not pairs:
        raise InvalidValue("experiments", "race.lanes", 0, low=2, high=6)
    base = pairs[0][1]
    lanes: list[Lane] = [lane_of(experiment, base, name) for name, experiment in pairs]
    return Race(base=base, lanes=tuple(lanes), seeds=seeds)
