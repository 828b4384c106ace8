"""Who is ahead, and whether a race is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.engine.trainer import Trainer
from playground.races.lockstep import LaneTrainers
from playground.races.race import Criterion, Race
from playground.races.seeds import ACCURACY, LOSS, SeedCurves, row_values
from playground.races.statistics import Comparison, paired_test_of

MEASURES = ("loss", "accuracy")


@dataclass(frozen=True)
class Reached:
    """Where a lane met the criterion's loss: epochs, steps and seconds of training."""

    epoch: int
    step: int
    seconds: float


@dataclass(frozen=True)
class Place:
    """A lane's place.

    Attributes:
        rank: from 1, equal lanes share one; None while nothing tells them apart.
        value: the criterion's figure: epochs, steps or seconds to the loss (by the race's mode), or loss or
            accuracy at the criterion's epoch; before that the current one. None when there is none.
        reached: for ``reach_loss``.
        seeds_reached: repeats that got to the loss, or to the epoch.
    """

    rank: int | None
    value: float | None
    reached: Reached | None
    seeds_reached: int


@dataclass(frozen=True)
class Standings:
    """All places, in the order of the lanes.

    Attributes:
        decided: whether nothing can change any more.
        winners: the lanes in front once decided; several in a tie, none when no lane got there.
    """

    places: tuple[Place, ...]
    decided: bool
    winners: tuple[int, ...]


def standings(race: Race, lanes: Sequence[LaneTrainers], curves: Sequence[SeedCurves]) -> Standings:
    """The standings as of now. The curves must be up to date."""
    if race.criterion.kind == "reach_loss":
        return _by_reaching(race, lanes, curves)
    return _by_value(race, lanes, curves)


def _by_reaching(race: Race, lanes: Sequence[LaneTrainers], curves: Sequence[SeedCurves]) -> Standings:
    goal = race.criterion.value
    reached = [_reached(lane, curve, goal) for lane, curve in zip(lanes, curves, strict=True)]
    unit = {"step": "step", "epoch": "epoch", "time": "seconds"}[race.mode]
    figures = [None if r is None else float(getattr(r, unit)) for r in reached]
    ended = not any(lane.running for lane in lanes)
    decided = ended or any(figure is not None for figure in figures)
    ranks = _ranks([np.inf if figure is None else figure for figure in figures])
    places = tuple(
        Place(
            None if figure is None else rank,
            figure,
            r,
            sum(epochs_to(trainer, goal) < np.inf for trainer in lane.trainers),
        )
        for figure, rank, r, lane in zip(figures, ranks, reached, lanes, strict=True)
    )
    winners = tuple(i for i, place in enumerate(places) if place.rank == 1) if decided else ()
    return Standings(places, decided, winners)


def _reached(lane: LaneTrainers, curves: SeedCurves, goal: float) -> Reached | None:
    there = np.flatnonzero(curves.standing[:, 0] <= goal)
    if not len(there):
        return None
    row = curves.history.rows(int(there[0]))[0]
    return Reached(int(row[0]), int(row[1]), lane.seconds_at(row[0]))


def _by_value(race: Race, lanes: Sequence[LaneTrainers], curves: Sequence[SeedCurves]) -> Standings:
    epoch = race.criterion.epoch
    assert epoch is not None
    column, sign = (0, 1.0) if race.criterion.kind == "best_loss" else (1, -1.0)
    figures, there = [], []
    for lane, curve in zip(lanes, curves, strict=True):
        standing, reached = curve.standing, curve.history.epochs > epoch
        there.append(reached or not lane.running)
        if not reached and not lane.running:
            figures.append(float(np.median([value_at(t, epoch, MEASURES[column]) for t in lane.trainers])))
        else:
            figures.append(float(standing[curve.history.places(epoch), column]))
    decided = all(there)
    ranks = _ranks([sign * figure for figure in figures])
    places = tuple(
        Place(
            rank,
            figure if np.isfinite(figure) else None,
            None,
            sum(t.history.epochs > epoch or t.status == "stopped" for t in lane.trainers),
        )
        for figure, rank, lane in zip(figures, ranks, lanes, strict=True)
    )
    winners: tuple[int, ...] = ()
    if decided:
        winners = tuple(i for i, p in enumerate(places) if p.rank == 1 and p.value is not None)
    return Standings(places, decided, winners)


def _ranks(values: Sequence[float]) -> list[int]:
    """From 1 for the smallest; equal values share a rank."""
    return [1 + sum(other < value for other in values) for value in values]


def epochs_to(trainer: Trainer, goal: float) -> float:
    """The first epoch whose test loss is at or below ``goal``, of those in the history; inf when there is none."""
    there = np.flatnonzero(trainer.history["loss_test"] <= goal)
    return float(trainer.history["epoch"][there[0]]) if len(there) else np.inf


def value_at(trainer: Trainer, epoch: int | None, measure: str) -> float:
    """Test loss or accuracy at an epoch (None: now); a diverged repeat is infinitely bad."""
    worst = np.inf if measure == "loss" else -np.inf
    at = trainer.history.epochs - 1 if epoch is None else epoch
    if trainer.status == "diverged" and epoch is None:
        return worst
    value = row_values(trainer, np.array([at]))[0, LOSS if measure == "loss" else ACCURACY]
    return float(value) if np.isfinite(value) else worst


def compare_lanes(
    a: LaneTrainers, b: LaneTrainers, measure: str, epoch: int | None = None, goal: float | None = None
) -> Comparison:
    """Two lanes over their repeats: by test loss or accuracy at an epoch, or by the epochs to a loss ``goal``."""
    pairs = list(zip(a.trainers, b.trainers, strict=True))
    if goal is not None:
        first = tuple(epochs_to(t, goal) for t, _ in pairs)
        second = tuple(epochs_to(t, goal) for _, t in pairs)
        return paired_test_of(first, second)
    if epoch is None:
        # What all running repeats of both have finished.
        ends = [t.history.epochs - 1 for t in (*a.trainers, *b.trainers) if t.status == "running"]
        longest = max(t.history.epochs - 1 for t in (*a.trainers, *b.trainers))
        epoch = min(ends) if ends else longest
    first = tuple(value_at(t, epoch, measure) for t, _ in pairs)
    second = tuple(value_at(t, epoch, measure) for _, t in pairs)
    return paired_test_of(first, second, measure == "loss")


def verdict(
    criterion: Criterion, lanes: Sequence[LaneTrainers], found: Standings
) -> tuple[int, int, str, Comparison] | None:
    """The winner against the best of the others: both lanes, the measure, and the paired test; None without winner."""
    if not found.decided or len(found.winners) != 1:
        return None
    winner = found.winners[0]
    others = [i for i in range(len(lanes)) if i != winner]
    second = min(others, key=lambda i: (found.places[i].rank or len(lanes), i))
    if criterion.kind == "reach_loss":
        return (
            winner,
            second,
            "epochs",
            compare_lanes(lanes[winner], lanes[second], "loss", goal=criterion.value),
        )
    measure = "loss" if criterion.kind == "best_loss" else "accuracy"
    comparison = compare_lanes(lanes[winner], lanes[second], measure, criterion.epoch)
    return winner, second, measure, comparison
