"""Runs on pictures side by side over seeds: what differs between two lanes is what the experiments differ in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from playground.data.settings import MAX_SEED
from playground.experiment_text import query_text
from playground.images.experiment import IMAGE_FIELDS, ImageExperiment
from playground.images.trainer import SLICE, ImageTrainer, preparing
from playground.races.export import Record, frame
from playground.races.race import MAX_LANES, MIN_LANES, SEEDS
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas as pd


class ImageRace:
    """Experiments that are trained with several seeds each, one run after the other.

    Repeat r of every lane has the first lane's seed + r: of that repeat all lanes meet the same pictures, split and
    order, and where the networks are alike, the same initial weights.

    Args:
        experiments: 2 to 6 with their names, no two alike; one without a name ("") is called by the settings that
            differ.
        seeds: repeats of each, 1 to 64.
        epochs: of each run, from 0.

    Raises:
        InvalidValue: names the refused field.
    """

    def __init__(self, experiments: Sequence[tuple[str, ImageExperiment]], seeds: int, epochs: int) -> None:
        if not MIN_LANES <= len(experiments) <= MAX_LANES:
            raise InvalidValue("lanes", "race.lanes", len(experiments), low=MIN_LANES, high=MAX_LANES)
        self.experiments = tuple(experiment for _, experiment in experiments)
        for number, experiment in enumerate(self.experiments):
            if not isinstance(experiment, ImageExperiment):
                raise InvalidValue(f"experiments[{number}]", "race.experiment", experiment)
            if experiment in self.experiments[:number]:
                raise InvalidValue(f"lanes[{number}]", "race.twin", experiments[number][0] or number + 1)
        if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0:
            raise InvalidValue("epochs", "race.epochs", epochs)
        self.seeds, self.epochs = SEEDS.check(seeds), epochs
        first = self.experiments[0].seed
        if first + self.seeds - 1 > MAX_SEED:
            raise InvalidValue("seed", "expected.int", first, low=0, high=MAX_SEED - self.seeds + 1)
        self.labels = tuple(
            name or _differing(experiment, self.experiments) for name, experiment in experiments
        )

    def run(self, every: int = 1) -> Iterator[tuple[float, tuple[Record, ...]]]:
        """Train all of them, repeat by repeat.

        Args:
            every: epochs between two measurements.

        Yields:
            The share done, 0 to 1, and the runs that are through.
        """
        found: list[Record] = []
        plan = list(product(range(self.seeds), range(len(self.experiments))))
        for number, (repeat, lane) in enumerate(plan):
            experiment = self.experiments[lane].replace(seed=self.experiments[0].seed + repeat)
            parts = None
            for prepared in preparing(experiment):
                parts = prepared
                yield number / len(plan), tuple(found)
            trainer = ImageTrainer(experiment, parts, every=every)
            steps = self.epochs * trainer.steps_per_epoch
            while trainer.step < steps and trainer.status == "running":
                trainer.run_for(SLICE, steps - trainer.step)
                yield (number + min(trainer.step / steps, 0.99)) / len(plan), tuple(found)
            found.append(Record(lane, self.labels[lane], experiment.seed, trainer.history))
            yield (number + 1) / len(plan), tuple(found)


def _differing(experiment: ImageExperiment, others: tuple[ImageExperiment, ...]) -> str:
    """The settings in which the experiments differ, as a link has them: ``"pooling=average, l2=0.01"``."""
    return ", ".join(
        f"{name}={query_text(field, getattr(experiment, name))}"
        for name, field in IMAGE_FIELDS.items()
        if any(getattr(other, name) != getattr(experiment, name) for other in others)
    )


def race(experiments: Sequence[tuple[str, ImageExperiment]], seeds: int, epochs: int) -> pd.DataFrame:
    """Train experiments on pictures side by side, see ``playground.race``."""
    *_, (_, records) = ImageRace(experiments, seeds, epochs).run()
    return frame(sorted(records, key=lambda run: (run.lane, run.seed)))
