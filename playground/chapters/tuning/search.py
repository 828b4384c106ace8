"""A search, live: Optuna chooses, every trial is a network that learns, and bad ones are ended early."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from time import perf_counter
from typing import Any

import numpy as np
import optuna
import pandas as pd

from playground.chapters.controls import Choice, Number, Range, Settings, Switch, seed
from playground.chapters.section import Figure, Found, Opened, Section, Table, Verdict
from playground.chapters.tuning import charts, runs, search_charts
from playground.experiment import FIELDS, Experiment
from playground.live.limits import limits
from playground.registry import InvalidValue
from playground.text import Word, text
from playground.tuning.cluster import attempts_on, cluster
from playground.tuning.script import search_script
from playground.tuning.space import Field, Ranges, checked, pruners, samplers, trials_of
from playground.tuning.study import DATABASE, NAME, Study, quiet, storage_of, table
from playground.tuning.trials import GOALS, Search, attempts
from playground.tuning.tune import check_ways

SAMPLERS = ("random", "grid", "qmc", "tpe", "gp", "cmaes")
PRUNERS = ("none", "median", "hyperband")
TREES = 16
"""Trees of the forest that tells which field mattered."""
RANGE = "range_"
"""Begins the name of the control that says where a field is searched."""
LEAST = 1e-6
"""Lower bound of a logarithmic range whose field may be 0."""
SPENT = "seconds"
"""Attribute of a kept study: seconds of computing that it has had."""
KEPT_SECONDS = 2.0
"""Seconds of computing after which a kept study is told of them."""
BUDGETS = (10, 30, 60, 120, 300, 600)
"""Seconds that a search may be given."""
TOLD = 0.1
"""Seconds of computing after which what there is is told anew."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a search has tried so far.

    Args:
        trials: those that have ended, as ``Study.frame`` tells them; what a choice is called stands for it.
        reports: ``trial``, ``epoch``, ``loss``, of all trials, also the one that learns now.
        importance: ``field``, ``importance`` (shares of 1); empty before the end, or where too few came to theirs.
        times: ``trial``, ``began``, ``ended`` (seconds since the first began), of those that have ended.
        front: trials that no other beats in one goal without losing in the other.
        found: what the best trials change, the best first, numbers with three digits; empty before the end.
        ended: ``""`` before the end, ``"trials"`` when all were tried, ``"seconds"`` when the time was up.
        test: ``trial``, ``loss_test``, ``accuracy_test`` of those that have ended; empty before the end, and where the
            test part chooses or there is none. Nothing shows it until the visitor opens it.
    """

    trials: pd.DataFrame
    reports: pd.DataFrame
    importance: pd.DataFrame
    times: pd.DataFrame
    front: tuple[int, ...] = ()
    found: tuple[Mapping[str, Any], ...] = ()
    ended: str = ""
    test: pd.DataFrame = field(default_factory=pd.DataFrame)


def base(settings: Settings) -> Experiment:
    """What all trials have in common."""
    if not runs.is_example(settings):
        return runs.fast(settings.own.for_choosing())
    return runs.fast(runs.BASE.replace(dataset=settings.dataset, seed=settings.seed))


def space(settings: Settings) -> dict[str, Field]:
    """The fields that are searched, with their ranges."""
    found: dict[str, Field] = {}
    for name in settings.fields:
        given = runs.SEARCHABLE[name]
        found[name] = given if isinstance(given, list) else (*settings[f"{RANGE}{name}"], *given[2:])
    return found


def goals(settings: Settings) -> tuple[str, ...]:
    """What is made small."""
    return GOALS if settings.both else GOALS[:1]


def pruner(settings: Settings) -> str:
    """Which trials are ended early; none where there are two goals."""
    return "none" if settings.both else str(settings.pruner)


def _seconds(settings: Settings) -> float:
    """Of computing, that the search may take."""
    return min(float(settings.seconds), limits().max_search_seconds)


def run(settings: Settings, visitor: str = "") -> Iterator[tuple[float, Result]]:
    """Ask for a setting, train it, tell its loss; as long as trials and seconds last.

    Args:
        visitor: by whose name the study is kept in the server's database, if it has one; a kept one goes on.

    Raises:
        InvalidValue: more trials than a visitor may ask for, or a sampler that knows one goal only.
    """
    most = limits().max_trials
    if settings.trials > most:
        raise InvalidValue("trials", "tuning.most_trials", settings.trials, most=most)
    check_ways(settings.sampler, pruner(settings), goals(settings))
    own = base(settings)
    ranges = checked(own, space(settings))
    study = _study(settings, ranges, visitor)
    before = _ended(study)
    trials = trials_of(settings.sampler, ranges, settings.trials)
    left = max(0, trials - before)
    search = Search(own, ranges, settings.epochs, settings.seeds, goals(settings))
    earlier = float(study.user_attrs.get(SPENT, 0.0))
    spent, told, began = earlier, -math.inf, perf_counter()
    result, ended = _result(study), "trials"
    workers = cluster()
    if workers is not None:
        work = attempts_on(workers, study, search, left)
    else:
        work = attempts(study, search, left, _chooser(settings))
    for tried in work:
        spent += perf_counter() - began
        if spent > _seconds(settings):
            ended = "seconds"
            break
        if spent - told > TOLD:
            result, told = _result(study), spent
            if visitor and spent - earlier > KEPT_SECONDS:
                study.set_user_attr(SPENT, spent)
                earlier = spent
        yield min(0.99, (before + tried) / trials), result
        began = perf_counter()
    yield 0.99, _result(study)
    yield 1.0, _complete(study, Study(study, own, space(settings)), ended)


def _study(settings: Settings, ranges: Ranges, visitor: str) -> optuna.Study:
    """A new study, in memory; or the visitor's own in the server's database, as far as it has come."""
    database = _database() if visitor else None
    options: dict[str, Any] = {
        "pruner": pruners()[pruner(settings)](settings.epochs),
        "directions": ["minimize"] * len(goals(settings)),
        "study_name": NAME if database is None else _name_of(settings, visitor),
        "storage": database,
        "load_if_exists": True,
    }
    kind = samplers()[settings.sampler]
    with quiet():
        study = optuna.create_study(sampler=kind(ranges, settings.trials, settings.seed), **options)
        done = _ended(study)
        if done:  # with the same seed it would draw again what it has tried
            drawn = int(np.random.SeedSequence([settings.seed, done]).generate_state(1)[0])
            study.sampler = kind(ranges, settings.trials, drawn)
    return study


def _ended(study: optuna.Study) -> int:
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return len(study.get_trials(deepcopy=False, states=states))


def _database() -> optuna.storages.RDBStorage | None:
    """The server's, opened once."""
    url = os.environ.get(DATABASE, "")
    return _opened(url) if url else None


@cache
def _opened(url: str) -> optuna.storages.RDBStorage | None:
    return storage_of(url)


def _name_of(settings: Settings, visitor: str) -> str:
    """What a visitor's study of these settings is called in the database; both cannot be told from it."""
    asked = repr((visitor, sorted(SECTION.query(settings).items())))
    return f"visitor-{hashlib.sha256(asked.encode()).hexdigest()[:32]}"


def kept(settings: Settings, visitor: str) -> bool:
    """Whether the server's database holds trials of the visitor's search with these settings."""
    database = _database()
    if database is None:
        return False
    try:
        return bool(optuna.load_study(study_name=_name_of(settings, visitor), storage=database).trials)
    except KeyError:
        return False


@cache
def _choosers() -> Executor:
    """Threads for the samplers that think longer than a slice may take; all visitors' searches share them."""
    return ThreadPoolExecutor(1, thread_name_prefix="sampler")


def _chooser(settings: Settings) -> Executor | None:
    return _choosers() if settings.sampler == "gp" else None


def _result(study: optuna.Study) -> Result:
    trials = study.get_trials(deepcopy=False)
    reports = [
        (trial.number, epoch, min(loss, runs.WORST))
        for trial in trials
        for epoch, loss in trial.intermediate_values.items()
    ]
    front: tuple[int, ...] = ()
    if any(trial.state == optuna.trial.TrialState.COMPLETE for trial in trials):
        front = tuple(sorted(trial.number for trial in study.best_trials))
    return Result(
        table([trial for trial in trials if trial.state.is_finished()]),
        pd.DataFrame(reports, columns=["trial", "epoch", "loss"]),
        pd.DataFrame(columns=["field", "importance"]),
        _times(trials),
        front,
    )


def _times(trials: list[optuna.trial.FrozenTrial]) -> pd.DataFrame:
    began = [trial.datetime_start for trial in trials if trial.datetime_start is not None]
    rows = [
        (
            trial.number,
            *((at - min(began)).total_seconds() for at in (trial.datetime_start, trial.datetime_complete)),
        )
        for trial in trials
        if trial.datetime_start is not None and trial.datetime_complete is not None
    ]
    return pd.DataFrame(rows, columns=["trial", "began", "ended"])


def _complete(study: optuna.Study, found: Study, ended: str) -> Result:
    """With what Optuna says of the whole study."""
    result = _result(study)
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    importance: dict[str, float] = {}
    if len({trial.values[0] for trial in complete}) > 1:
        importance = optuna.importance.get_param_importances(
            study,
            evaluator=optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=0),
            target=lambda trial: trial.values[0],
        )
    ranked = sorted(complete, key=lambda trial: (trial.values[0], trial.number))
    names = list(found.space)
    every = found.frame(test=True)
    hidden = found.experiment.watched != "test" and "loss_test" in every
    return replace(
        result,
        importance=pd.DataFrame(
            [(name, float(share)) for name, share in importance.items()], columns=["field", "importance"]
        ),
        found=tuple(
            {name: _readable(getattr(own, name)) for name in names}
            for own in map(found.of, ranked[: runs.FINALISTS])
        ),
        ended=ended,
        test=every[["trial", "loss_test", "accuracy_test"]] if hidden else pd.DataFrame(),
    )


def opened(result: Result, settings: Settings) -> Opened | None:
    """The test part beside the other losses, and how often it could have been chosen by: what had been compared."""
    if result.test.empty or "loss_test" in result.trials:
        return None
    trials = result.trials.merge(result.test, on="trial")
    whole = trials[trials["state"] == "complete"]
    if whole.empty:
        return None
    best = whole.sort_values("value").iloc[0]
    values = {
        "trials": len(trials),
        "best": int(best["trial"]) + 1,
        "validation": f"{best['value']:.3f}",
        "test": f"{best['loss_test']:.3f}",
        "typical": f"{whole['loss_test'].median():.3f}",
    }
    return Opened(replace(result, trials=trials), values)


def _readable(value: Any) -> Any:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The history, or both goals in a plane; where trials ended; when the search is over, what the fields did."""
    trials = search_charts.shown(result.trials, result.front, language)
    if trials.empty:
        return []
    figures = [search_charts.history(trials, language)]
    if settings.both:
        figures.insert(0, search_charts.front(trials, language))
    if len(result.reports):
        figures.append(search_charts.intermediate(result.reports, trials, language))
    figures[1:] = [replace(figure, title=_title(figure, language)) for figure in figures[1:]]
    if not result.ended or not settings.fields:
        return figures
    where = space(settings)
    fields = list(result.importance["field"]) or list(settings.fields)
    if len(result.importance):
        figures.append(search_charts.importance(result.importance, trials, language))
    figures.append(search_charts.parallel(trials, fields, where, language))
    figures.append(search_charts.slices(trials, fields, where, language))
    if len(fields) > 1:
        figures.append(search_charts.contour(trials, fields[0], fields[1], where, language))
    figures.append(search_charts.timeline(result.times, trials, language))
    return figures


def _title(figure: Figure, language: str) -> str:
    return figure.title or SECTION.say("figures.history", language)


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """The best trials."""
    trials = search_charts.shown(result.trials, result.front, language)
    if trials.empty:
        return []
    ended = trials[trials["state_key"] == "complete"].sort_values("value")
    best = ended[ended["front"]] if settings.both else ended.head(runs.FINALISTS)
    more = ["test"] if "test" in best else []
    titles = charts.columns(language, "trial", "loss", *more, "parameters")
    titles |= {name: search_charts.field(name, language) for name in settings.fields}
    where = space(settings)
    formats = {"loss": "%.4f", "test": "%.4f"}
    formats |= {name: "%.3g" for name in where if not isinstance(where[name], list)}
    title = SECTION.say("front" if settings.both else "best", language)
    return [Table(best, titles, title, formats, links=search_charts.LINK)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """What the search found, which field mattered, and what the pruner saved."""
    trials = result.trials
    whole = trials[trials["state"] == "complete"] if len(trials) else trials
    if len(whole) < 2:
        return Verdict("too_few", False, {"trials": len(trials)})
    losses = trials[f"loss_{base(settings).watched}"].clip(upper=runs.WORST)
    best, typical = float(whole["value"].min()), float(losses.median())
    asked = len(trials) * settings.epochs
    pruned = int(((trials["state"] == "pruned") & ~trials["diverged"].astype(bool)).sum())
    values: dict[str, object] = {
        "trials": len(trials),
        "best": f"{best:.3f}",
        "typical": f"{typical:.3f}",
        "pruned": pruned,
        "saved": f"{1 - trials['epochs'].sum() / asked:.0%}",
        "seconds": f"{_seconds(settings):g}",
    }
    if settings.both:
        front = whole[whole["trial"].isin(result.front)].sort_values("value")
        small, large = front.iloc[-1], front.iloc[0]
        values |= {"front": len(front), "few": int(small["parameters"]), "many": int(large["parameters"])}
        values |= {"high": f"{small['value']:.3f}", "low": f"{large['value']:.3f}"}
        return Verdict("front" if len(front) > 1 else "no_front", len(front) > 1, values)
    if len(result.importance):
        first = result.importance.iloc[0]
        values["field"], values["share"] = (
            Word(f"fields.{first['field']}.label"),
            f"{first['importance']:.0%}",
        )
    better = best < 0.9 * typical
    key = "early" if result.ended == "seconds" else "pruned" if pruned else "whole"
    if not len(result.importance):
        key = "alike"
    return Verdict(key if better or key in ("early", "alike") else "no_gain", better, values)


def chosen(result: Result, settings: Settings) -> Found | None:
    """The best trial, and the best five over sixteen seeds."""
    return runs.finals(base(settings), result.found, settings.epochs, result.trials)


def code(settings: Settings) -> str:
    """The same study by Optuna alone."""
    return search_script(
        base(settings),
        space(settings),
        trials=settings.trials,
        epochs=settings.epochs,
        seeds=settings.seeds,
        sampler=settings.sampler,
        pruner=pruner(settings),
        goals=goals(settings),
        seed=settings.seed,
    )


def _searched(name: str, settings: Settings) -> bool:
    return name in settings.fields


def _range_of(name: str, language: str) -> str:
    return text("sections.range_of", language, field=text(f"fields.{name}.label", language))


def _ranges() -> Iterator[Range]:
    """The range of each field that is a number, set where it is searched."""
    for name, given in runs.SEARCHABLE.items():
        declared = FIELDS[name].param
        if isinstance(given, list) or declared is None:
            continue
        log = len(given) == 3
        yield Range(
            f"{RANGE}{name}",
            declared.low or (min(given[0], LEAST) if log else declared.low),
            declared.high,
            default=(given[0], given[1]),
            log=log,
            step=declared.step,
            shown=partial(_searched, name),
            label=partial(_range_of, name),
        )


SECTION = Section(
    rows=("search",),
    controls=(
        Choice(
            "fields",
            tuple(runs.SEARCHABLE),
            default=("learning_rate", "weight_decay", "hidden", "activation"),
            many=True,
            option=lambda name, language: text(f"fields.{name}.label", language),
        ),
        *_ranges(),
        Choice("sampler", SAMPLERS, default="tpe"),
        Choice("pruner", PRUNERS, default="median", shown=lambda settings: not settings.both),
        Number("trials", 10, 200, default=60, step=10),
        Number("epochs", 10, 100, default=30, step=10),
        Number("seeds", 1, 8, default=1),
        Number("seconds", BUDGETS[0], BUDGETS[-1], default=300, values=BUDGETS),
        Switch("both"),
        runs.own(),
        runs.dataset(shown=runs.is_example),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=base,
    chosen=chosen,
    opened=opened,
    code=code,
    starts=False,
    waits=lambda s, language: search_charts.axes(s.trials, s.both, language),
    kept=kept,
)
