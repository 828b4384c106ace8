"""The texts of the race's socket: what runs, and who is ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.races import statistics
from playground.races.lane import LaneRun
from playground.races.lockstep import LaneTrainers
from playground.races.race import Criterion, Race
from playground.races.standings import Standings, compare_lanes, value_at, verdict
from playground.text import text


@dataclass(frozen=True, eq=False)
class Told:
    """What a race's viewers are told, as of now.

    Args:
        race: who runs. lanes: what runs in each lane. networks: those of each.
        shared: for each lane what it has in common with the first one.
        language: of the texts.
        revision: grows with every change of what viewers must know before a frame.
        version: grows when the standings may have changed.
        run_number: counts the runs.
        prediction: the lane that the viewer has named.
        playing, speed, stop_at, grid_size, failed: as of the told.
    """

    race: Race
    lanes: Sequence[LaneRun]
    networks: Sequence[LaneTrainers]
    shared: Sequence[Mapping[str, Any]]
    language: str
    revision: int
    version: int
    run_number: int
    prediction: int | None
    playing: bool
    speed: float | None
    stop_at: int | None
    grid_size: int
    failed: bool


def criterion_text(criterion: Criterion, language: str) -> str:
    """The criterion as a phrase."""
    return text(f"race_core.criterion.{criterion.kind}", language, value=f"{criterion.value:g}")


def race_message(told: Told) -> dict[str, Any]:
    """Everything about the race that does not change from frame to frame."""
    race, language = told.race, told.language
    criterion = race.criterion
    return {
        "type": "race",
        "revision": told.revision,
        "run": told.run_number,
        "race": race.to_dict(),
        "seeds": race.seeds,
        "mode": race.mode,
        "criterion": {
            "kind": criterion.kind,
            "value": criterion.value,
            "text": criterion_text(criterion, language),
        },
        "predict": race.predict,
        "prediction": told.prediction,
        "stop_at": told.stop_at,
        "speed": told.speed,
        "playing": told.playing,
        "grid": told.grid_size,
        "task": race.task,
        "lanes": [_lane(told, lane) for lane in told.lanes],
    }


def _lane(told: Told, lane: LaneRun) -> dict[str, Any]:
    race, language, i = told.race, told.language, lane.number
    facts = told.shared[i]
    return {
        "lane": i,
        "label": race.labels(language)[i],
        "differences": race.differences(language)[i],
        "n_parameters": lane.trainer.engine.layout.n_parameters,
        "steps_per_epoch": lane.trainer.steps_per_epoch,
        "notices": [text(f"live.notice.{key}", language) for key in lane.experiment.notices()],
        "seeds": [race.experiment(i, repeat).seed for repeat in range(race.seeds)],
        "shared": {
            **facts,
            "same_as": None if i == 0 else 0,
            "text": shared_text(facts, i, race.labels(language)[0], language),
        },
    }


def shared_text(facts: Mapping[str, Any], lane: int, first: str, language: str) -> str:
    """What a lane has in common with the first one, in words."""
    if lane == 0:
        return text("race_core.shared.first", language)
    weights = facts["weights"]
    names = ("data", "split", "features", "order", "batches")
    same = [name for name in names if facts[name]] + (["weights"] if weights == "all" else [])
    other = [name for name in names if not facts[name]]
    if not facts["order"]:
        other.remove("batches")
    if weights != "all":
        other.append("some_weights" if weights == "some" else "weights")

    def said(keys: list[str]) -> str:
        return ", ".join(text(f"race_core.shared.{key}", language) for key in keys)

    if not other:
        return text("race_core.shared.everything", language, lane=first, same=said(same))
    if not same:
        return text("race_core.shared.nothing", language, lane=first, other=said(other))
    return text("race_core.shared.both", language, lane=first, same=said(same), other=said(other))


def standings_message(told: Told, found: Standings) -> dict[str, Any]:
    """Every lane's place and figures, the winner once there is one, and whether it is more than luck."""
    decided = found.decided
    winner = found.winners[0] if len(found.winners) == 1 else None
    comparison = None
    if decided and told.race.seeds > 1:
        judged = verdict(told.race.criterion, told.networks, found)
        if judged is not None:
            a, b, measure, result = judged
            comparison = _comparison(told, a, b, measure, result)
    right = None
    if decided and told.prediction is not None and found.winners:
        right = told.prediction in found.winners
    return {
        "type": "standings",
        "run": told.run_number,
        "decided": decided,
        "winner": winner,
        "tie": list(found.winners) if len(found.winners) > 1 else [],
        "text": " ".join(filter(None, (_text(told, found), _over_folds(told)))),
        "prediction": told.prediction,
        "right": right,
        "rows": [_row(told, lane, found) for lane in told.lanes],
        "comparison": comparison,
    }


def _text(told: Told, found: Standings) -> str:
    language, race = told.language, told.race
    if not found.decided:
        return text("race_core.open", language, criterion=criterion_text(race.criterion, language))
    if not found.winners:
        return text("race_core.nobody", language)
    names = race.labels(language)
    if len(found.winners) > 1:
        return text("race_core.tie", language, lanes=", ".join(names[i] for i in found.winners))
    winner = found.winners[0]
    value = found.places[winner].value or 0.0
    unit = race.mode if race.criterion.kind == "reach_loss" else race.criterion.kind
    shown = (
        f"{100 * value:.1f}"
        if unit == "best_accuracy"
        else f"{value:.3g}"
        if value < 1000
        else f"{value:.0f}"
    )
    return text(f"race_core.winner.{unit}", language, lane=names[winner], value=shown)


def _over_folds(told: Told) -> str:
    """Mean and standard deviation of each lane over its folds, as far as all have come; "" where there are none."""
    race, language = told.race, told.language
    if not race.folds or race.seeds < 2 or any(len(lane.trainers) < race.seeds for lane in told.networks):
        return ""
    measure = "accuracy" if race.criterion.kind == "best_accuracy" else "loss"
    said = []
    for lane, name in zip(told.networks, race.labels(language), strict=True):
        epoch = min(trainer.epoch for trainer in lane.trainers)
        if race.criterion.epoch is not None:
            epoch = min(epoch, race.criterion.epoch)
        values = np.abs([value_at(trainer, epoch, measure) for trainer in lane.trainers])
        said.append(f"{name} {_mean_and_spread(values, measure, language)}")
    return text(f"race_core.folds.{measure}", language, lanes=", ".join(said), n=race.seeds)


def _mean_and_spread(values: np.ndarray, measure: str, language: str) -> str:
    if not np.isfinite(values).all():
        return text("race_core.outcome.diverged", language)
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if measure == "accuracy":
        return f"{100 * mean:.1f} ± {100 * spread:.1f} %"
    return f"{mean:.3g} ± {spread:.2g}"


def _row(told: Told, lane: LaneRun, found: Standings) -> dict[str, Any]:
    place, trainers, own = found.places[lane.number], lane.trainers, lane.networks
    last = lane.curves.last()
    status = [trainer.status for trainer in trainers]
    reached = place.reached
    return {
        "lane": lane.number,
        "rank": place.rank,
        "label": told.race.labels(told.language)[lane.number],
        "value": place.value,
        "reached": None if reached is None else dict(vars(reached)),
        "epoch": own.leader.epoch,
        "step": own.leader.step,
        "seconds": own.seconds,
        **{name: last.get(name) for name in ("loss_train", "loss_test", "accuracy_train", "accuracy_test")},
        "learning_rate": own.leader.learning_rate,
        "seeds_alive": len(status) - status.count("diverged"),
        "seeds_diverged": status.count("diverged"),
        "seeds_stopped": status.count("stopped"),
        "seeds_reached": place.seeds_reached,
    }


def comparison_message(told: Told, a: int, b: int, measure: str) -> dict[str, Any]:
    """Two lanes as they are now, or at the criterion's epoch where both have passed it."""
    networks = told.networks
    epoch = told.race.criterion.epoch
    there = epoch is not None and all(
        t.history.epochs > epoch or t.status != "running"
        for lane in (networks[a], networks[b])
        for t in lane.trainers
    )
    result = compare_lanes(networks[a], networks[b], measure, epoch if there else None)
    return _comparison(told, a, b, measure, result)


def _comparison(told: Told, a: int, b: int, measure: str, result: statistics.Comparison) -> dict[str, Any]:
    names = told.race.labels(told.language)
    # Said from the side of the one that is ahead.
    ahead, behind = (a, b) if result.wins >= result.losses else (b, a)
    seen = result if ahead == a else result.swapped()
    return {
        "a": a,
        "b": b,
        "measure": measure,
        **result.to_dict(),
        "text": statistics.in_words(seen, names[ahead], names[behind], measure, told.language),
    }
