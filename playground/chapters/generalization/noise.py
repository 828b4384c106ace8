"""Noise on inputs and labels, and mixtures: other points in each epoch, so that no single one is learned by heart."""

from __future__ import annotations

from collections.abc import Iterator

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.generalization import charts, runs, seen
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment
from playground.techniques import REGULARIZERS

EPOCHS = 300


def base(settings: Settings) -> Experiment:
    """The run without noise."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def treatment(settings: Settings) -> runs.Treatment:
    """What is chosen, with its strength."""
    return runs.Treatment(settings.noise, settings[settings.noise])


def run(settings: Settings) -> Iterator[tuple[float, seen.Seen]]:
    """Train without and with it."""
    return seen.looked_at(base(settings), treatment(settings), EPOCHS)


def picture(found: seen.Seen, settings: Settings, language: str) -> list[Figure]:
    """What training sees, and the two boundaries."""
    name = charts.treatment_name(settings.noise, language)
    return [seen.figure(found, base(settings), name, language)]


def tables(found: seen.Seen, settings: Settings, language: str) -> list[Table]:
    """Accuracies and losses."""
    return [seen.table(found, charts.treatment_name(settings.noise, language), language)]


def verdict(found: seen.Seen, settings: Settings) -> Verdict:
    """Whether wrong answers have become less certain: the test loss."""
    holds = found.numbers["chosen"]["loss_test"] < found.numbers["none"]["loss_test"]
    return Verdict("lower" if holds else "higher", holds, seen.values(found))


SECTION = Section(
    rows=("input_noise",),
    controls=(
        Choice("noise", seen.NOISES, default="input_noise", option=charts.treatment_name),
        Number(
            "input_noise",
            0.05,
            2.0,
            default=0.5,
            step=0.05,
            symbol="σ",
            shown=lambda s: s.noise == "input_noise",
        ),
        Number("mixup", 0.1, 2.0, default=0.4, step=0.1, symbol="α", shown=lambda s: s.noise == "mixup"),
        Number(
            "label_smoothing",
            0.05,
            0.5,
            default=0.2,
            step=0.05,
            symbol="ε",
            shown=lambda s: s.noise == "label_smoothing",
        ),
        runs.dataset("moons"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: runs.treated(base(s), treatment(s)),
    lanes=lambda s: Lanes(base(s), [{}, *({name: s[name]} for name in seen.NOISES)], EPOCHS),
    formula=lambda s: REGULARIZERS[s.noise].formula,
)
