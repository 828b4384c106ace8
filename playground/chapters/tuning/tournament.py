"""AutoML by successive halving: many networks begin, the better half trains on for twice as long, until one is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import altair as alt
import optuna
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.section import Figure, Found, Section, Table, Verdict
from playground.chapters.tuning import charts, runs
from playground.chapters.tuning.search_charts import called, legend_key
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.layout import Layout
from playground.text import Word, text
from playground.tuning.study import quiet
from playground.tuning.trials import up_to
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

ENTRANTS = (16, 32, 64, 128)
FIRST = 4
"""Epochs of the first round; each further round ends after twice as many."""
GOOD = 1 / 8
"""Share of all networks, trained to the end, that the winner should be among."""
TECHNIQUES = {
    "activation": ("activations", ("sigmoid", "tanh", "relu", "gelu")),
    "normalization": ("normalizations", ("none", "batch_norm", "layer_norm")),
    "optimizer": ("optimizers", ("sgd", "momentum", "rmsprop", "adam")),
    "schedule": ("schedules", ("constant", "cosine", "exponential")),
}
"""What is chosen from, with the family that the entries are of."""
FIELDS = ("hidden", *TECHNIQUES, "learning_rate", "weight_decay", "dropout")


@dataclass(frozen=True, eq=False)
class Result:
    """What a tournament has come to.

    Args:
        rounds: one row for each network and each round that it trained in: ``entrant``, ``round`` (from 1), ``epochs``
            (at its end), ``loss``, ``ended`` (whether it went out there), ``place`` (1: the winner; 0 before the end).
        entrants: ``entrant`` and ``FIELDS`` of each, with ``parameters``.
        check: ``entrant``, ``loss`` of all networks trained for as long as the winner; empty before that.
        epochs: that all networks of the tournament trained, together.
        seconds: of computing, without the check.
        found: what the best change, the best first, numbers with three digits.
    """

    rounds: pd.DataFrame
    entrants: pd.DataFrame
    check: pd.DataFrame
    epochs: int = 0
    seconds: float = 0.0
    found: tuple[Mapping[str, Any], ...] = ()


def base(settings: Settings) -> Experiment:
    """What all networks have in common."""
    if not runs.is_example(settings):
        return runs.fast(settings.own.for_choosing())
    return runs.BASE.replace(dataset=settings.dataset, seed=settings.seed)


def suggested(trial: optuna.Trial) -> dict[str, Any]:
    """What is drawn for a network: its size, and how it is trained."""
    width = trial.suggest_int("width", 2, 16, log=True)
    chosen: dict[str, Any] = {"hidden": (width,) * trial.suggest_int("layers", 1, 3)}
    for name, (_, choices) in TECHNIQUES.items():
        chosen[name] = trial.suggest_categorical(name, choices)
    chosen["learning_rate"] = float(f"{trial.suggest_float('learning_rate', 1e-4, 1.0, log=True):.3g}")
    chosen["weight_decay"] = float(f"{trial.suggest_float('weight_decay', 1e-5, 0.1, log=True):.3g}")
    chosen["dropout"] = round(trial.suggest_float("dropout", 0.0, 0.3), 3)
    return chosen


def ends(entrants: int) -> list[int]:
    """The epochs after which each round ends."""
    return [FIRST * 2**k for k in range(entrants.bit_length())]


class _Entrant:
    """A network of the tournament."""

    def __init__(self, number: int, trial: optuna.Trial, own: Experiment) -> None:
        self.number, self.trial = number, trial
        self.changes = suggested(trial)
        self.trainer = Trainer(runs.fast(own.replace(**self.changes)))
        self.loss = runs.WORST
        self.out = 0
        """The round in which it went out, 0 before."""


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Round after round, the better half trains on; then all of them, to see what was missed."""
    with quiet():
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=settings.seed))
    own = base(settings)
    stops = ends(settings.entrants)
    entrants: list[_Entrant] = []
    rows: list[dict[str, Any]] = []
    began, seconds = perf_counter(), 0.0
    for number in range(settings.entrants):
        entrants.append(_Entrant(number, study.ask(), own))
        seconds += perf_counter() - began
        yield 0.05 * number / settings.entrants, _result(rows, entrants, seconds)
        began = perf_counter()
    left = list(entrants)
    for number, stop in enumerate(stops, start=1):
        for entrant in left:
            for _ in up_to(entrant.trainer, stop):
                seconds += perf_counter() - began
                yield 0.05 + 0.45 * (number - 1) / len(stops), _result(rows, entrants, seconds)
                began = perf_counter()
            entrant.loss = runs.outcome(entrant.trainer).loss
            entrant.trial.report(entrant.loss, stop)
        left.sort(key=lambda entrant: (entrant.loss, entrant.number))
        better = left[: len(left) // 2] if number < len(stops) else []
        for place, entrant in enumerate(left, start=1):
            ended = entrant not in better
            rows.append(
                {
                    "entrant": entrant.number,
                    "round": number,
                    "epochs": stop,
                    "loss": entrant.loss,
                    "ended": ended,
                    "place": place if ended else 0,
                }
            )
            if ended:
                entrant.out = number
                state = optuna.trial.TrialState
                won = number == len(stops)
                study.tell(
                    entrant.trial, entrant.loss if won else None, state.COMPLETE if won else state.PRUNED
                )
        left = better
    seconds += perf_counter() - began
    ranked = sorted(entrants, key=lambda entrant: (-entrant.out, entrant.loss, entrant.number))
    found = tuple(entrant.changes for entrant in ranked[: runs.FINALISTS])
    epochs = sum(stops[entrant.out - 1] for entrant in entrants)
    result = _result(rows, entrants, seconds, found=found, epochs=epochs)
    checked = []
    for number, entrant in enumerate(entrants):
        for _ in up_to(entrant.trainer, stops[-1]):
            yield 0.5 + 0.49 * number / len(entrants), result
        checked.append((entrant.number, runs.outcome(entrant.trainer).loss))
        yield 0.5 + 0.49 * (number + 1) / len(entrants), result
    check = pd.DataFrame(checked, columns=["entrant", "loss"])
    yield 1.0, _result(rows, entrants, seconds, check, found, epochs)


def _result(
    rows: list[dict[str, Any]],
    entrants: list[_Entrant],
    seconds: float,
    check: pd.DataFrame | None = None,
    found: tuple[Mapping[str, Any], ...] = (),
    epochs: int = 0,
) -> Result:
    described = [
        {
            "entrant": entrant.number,
            **{name: str(value) if name == "hidden" else value for name, value in entrant.changes.items()},
            "parameters": Layout.of(entrant.trainer.experiment).n_parameters,
        }
        for entrant in entrants
    ]
    return Result(
        pd.DataFrame(rows, columns=["entrant", "round", "epochs", "loss", "ended", "place"]),
        pd.DataFrame(described, columns=["entrant", *FIELDS, "parameters"]),
        pd.DataFrame(columns=["entrant", "loss"]) if check is None else check,
        epochs,
        seconds,
        found,
    )


def described(networks: pd.DataFrame, language: str) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """Networks by what was drawn for them, in words; the titles of ``FIELDS``, and the formats of their numbers."""
    words = {
        name: [called(name, value, language) for value in networks[name]] for name in ("hidden", *TECHNIQUES)
    }
    titles = {name: text(f"fields.{name}.label", language) for name in FIELDS}
    return (
        networks.assign(**words),
        titles,
        {"learning_rate": "%.3g", "weight_decay": "%.2g", "dropout": "%.2f"},
    )


def told(network: Mapping[Any, Any]) -> dict[str, object]:
    """One of them, as the numbers of a sentence."""
    found: dict[str, object] = {
        "hidden": called("hidden", network["hidden"], "en"),
        "rate": f"{network['learning_rate']:.3g}",
        "decay": f"{network['weight_decay']:.2g}",
        "dropout": f"{network['dropout']:.2f}",
    }
    for name, (family, _) in TECHNIQUES.items():
        found[name] = Word(f"techniques.{family}.{network[name]}.label")
    return found


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The losses round by round, each network's line as far as it came; then all trained to the end."""
    rounds = result.rounds
    if rounds.empty:
        return []
    counts = rounds.groupby("round")["entrant"].count()
    last = int(rounds["round"].max())
    names = {
        number: SECTION.say("round", language, number=number, count=counts[number]) for number in counts.index
    }
    reached = rounds.groupby("entrant")["round"].transform("max")
    winner = rounds.loc[rounds["place"].eq(1) & rounds["round"].eq(len(ends(settings.entrants))), "entrant"]
    kinds = [SECTION.say(f"kinds.{name}", language) for name in ("out", "last", "winner")]
    kind = reached.ge(max(1, last - 2)).map({True: kinds[1], False: kinds[0]})
    kind = kind.mask(rounds["entrant"].isin(winner), kinds[2])
    shown = rounds.assign(kind=kind, entrant=rounds["entrant"] + 1)
    described = {name: charts.say(f"axes.{name}", language) for name in ("epochs", "loss")}
    entrant = SECTION.say("entrant", language)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[NEUTRAL_COLOUR, CLASS_COLOURS[0], CLASS_COLOURS[1]]),
        legend=legend_key(),
    )
    stops = [stop for stop in ends(settings.entrants) if stop <= rounds["epochs"].max()]
    x = alt.X(
        "epochs:Q",
        title=described["epochs"],
        scale=alt.Scale(
            type="log", base=2, domain=[FIRST * 0.9, max(stops[-1], 2 * FIRST) * 1.1], nice=False
        ),
        axis=alt.Axis(values=stops, format="d"),
    )
    reach = [0.9 * float(rounds["loss"].min()), 1.1 * float(rounds["loss"].max())]
    y = alt.Y(
        "loss:Q",
        title=described["loss"],
        scale=alt.Scale(type="log", domain=reach, nice=False),
        axis=alt.Axis(format=".2~g", tickCount=5),
    )
    tips = [
        alt.Tooltip("entrant:Q", title=entrant),
        alt.Tooltip("round:Q", title=SECTION.say("rounds", language)),
        alt.Tooltip("epochs:Q", title=described["epochs"]),
        alt.Tooltip("loss:Q", title=described["loss"], format=".4f"),
    ]
    lines = (
        alt.Chart(shown)
        .mark_line(strokeWidth=1.8, opacity=0.6)
        .encode(x=x, y=y, color=colour, detail="entrant:N")
    )
    points = (
        alt.Chart(shown)
        .mark_point(filled=True, size=55, opacity=0.85)
        .encode(x=x, y=y, color=colour, tooltip=tips)
    )
    titles = {"entrant": entrant, "round": SECTION.say("rounds", language), **described}
    figures = [Figure(alt.layer(lines, points), shown, columns=titles)]
    if len(result.check):
        figures.append(_all(result, names, entrant, language))
    return figures


def _all(result: Result, names: Mapping[int, str], entrant: str, language: str) -> Figure:
    """What each network would have come to, by the round in which it went out."""
    out = result.rounds[result.rounds["ended"]].set_index("entrant")["round"]
    check = result.check.assign(round=[names[out[number]] for number in result.check["entrant"]])
    check["entrant"] += 1
    rounds, loss = SECTION.say("out_in", language), charts.say("axes.loss", language)
    order = [names[number] for number in sorted(names)]
    chart = (
        alt.Chart(check)
        .mark_point(filled=True, size=70, opacity=0.75, color=CLASS_COLOURS[0])
        .encode(
            x=alt.X(
                "loss:Q", title=loss, scale=alt.Scale(type="log"), axis=alt.Axis(format=".2~g", tickCount=5)
            ),
            y=alt.Y("round:N", sort=order, title=rounds, axis=alt.Axis(labelLimit=220)),
            tooltip=[
                alt.Tooltip("entrant:Q", title=entrant),
                alt.Tooltip("round:N", title=rounds),
                alt.Tooltip("loss:Q", title=loss, format=".4f"),
            ],
        )
    )
    columns = {"entrant": entrant, "round": rounds, "loss": loss}
    return Figure(chart, check, SECTION.say("check", language), columns, wide=True)


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """The best of the tournament, and what they are."""
    out = result.rounds[result.rounds["ended"]]
    if len(out) < settings.entrants:
        return []
    ranked = out.sort_values(["round", "place"], ascending=[False, True]).head(runs.FINALISTS)
    best = ranked.merge(result.entrants, on="entrant").assign(entrant=lambda frame: frame["entrant"] + 1)
    best, fields, formats = described(best, language)
    titles = {
        "entrant": SECTION.say("entrant", language),
        **charts.columns(language, "epochs", "loss"),
        **fields,
    }
    formats["loss"] = "%.4f"
    return [Table(best, titles, SECTION.say("best", language), formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """What won, where it would stand among all, and the price."""
    last = len(ends(settings.entrants))
    winner = int(result.rounds.loc[result.rounds["round"].eq(last), "entrant"].iloc[0])
    losses = result.check.set_index("entrant")["loss"]
    place = int((losses < losses[winner]).sum()) + 1
    what = result.entrants.set_index("entrant").to_dict("index")[winner]
    whole = settings.entrants * ends(settings.entrants)[-1]
    values: dict[str, object] = {
        "entrants": settings.entrants,
        **told(what),
        "loss": f"{losses[winner]:.3f}",
        "best": f"{losses.min():.3f}",
        "typical": f"{losses.median():.3f}",
        "place": place,
        "share": f"{result.epochs / whole:.0%}",
        "epochs": f"{result.epochs:,}",
        "whole": f"{whole:,}",
        "seconds": f"{result.seconds:.2g}",
    }
    good = place <= max(1, round(GOOD * settings.entrants))
    return Verdict("good" if good else "missed", good, values)


def chosen(result: Result, settings: Settings) -> Found | None:
    """The winner, and the last five over sixteen seeds."""
    numbers = result.rounds.merge(result.entrants, on="entrant")
    return runs.finals(base(settings), result.found, ends(settings.entrants)[-1], numbers)


SECTION = Section(
    rows=("tournament",),
    controls=(
        Number("entrants", ENTRANTS[0], ENTRANTS[-1], default=32, values=ENTRANTS),
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
)
