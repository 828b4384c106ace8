"""Update rules raced on a surface of two weights, from a start that the visitor sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Control, Handle, Number, Settings, Switch
from playground.chapters.optimization import racing
from playground.chapters.optimization.charts import axis, columns, named, rule_lines, rule_name, say
from playground.chapters.optimization.programs import race_code
from playground.chapters.optimization.racing import RATES, RULES, Path
from playground.chapters.optimization.surfaces import SURFACES, Pair, network_experiment
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import OPTIMIZERS
from playground.views.lines import LOWEST, lines

FIRST = ("sgd", "momentum", "adagrad", "adam", "newton")
FAR = 10.0
"""The height at the start times this is the top of the chart: what diverges would press all others flat."""


# --- what is set -----------------------------------------------------------------------------------------


def surface_of(settings: Settings) -> Spec:
    """The surface with its parameters."""
    technique = SURFACES[settings.surface]
    return technique.spec(**{param.name: settings[param.name] for param in technique.params})


def start_of(settings: Settings) -> Pair:
    """Where the race begins: what was set, within the picture; else the surface's usual start."""
    surface = surface_of(settings)
    technique = SURFACES[surface.name]
    if len(settings.start) != 2:
        return technique.start(surface)
    x, y = (
        min(max(value, low), high)
        for value, (low, high) in zip(settings.start, technique.domain(surface), strict=True)
    )
    return x, y


def rate_name(rule: str) -> str:
    """The control that holds a rule's learning rate."""
    return f"rate_{rule}"


def rates_by_hand(settings: Settings) -> dict[str, float]:
    """The learning rate of each chosen rule as the controls say."""
    return {
        name: settings[rate_name(name)] if RULES[name].tunable else RULES[name].rate
        for name in settings.rules
    }


def _on(surface: str) -> Callable[[Settings], bool]:
    return lambda settings: bool(settings.surface == surface)


def _by_hand(rule: str) -> Callable[[Settings], bool]:
    return lambda settings: bool(settings.by_hand and rule in settings.rules)


def _surface_controls() -> Iterator[Control]:
    """One control for each parameter of a surface, shown with it."""
    for name, technique in SURFACES.items():
        for param in technique.params:
            yield Number(
                param.name,
                param.low,
                param.high,
                default=param.default,
                step=param.step,
                log=param.log,
                shown=_on(name),
            )


def _rate_controls() -> Iterator[Control]:
    """One control for each rule whose learning rate can be set, shown while the rule runs with rates set by hand."""
    for name, rule in RULES.items():
        if rule.tunable:
            yield Number(
                rate_name(name),
                0.0001,
                3.0,
                default=rule.rate,
                log=True,
                symbol="η",
                shown=_by_hand(name),
                label=partial(rule_name, name),
            )


# --- what is computed ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Race:
    """A race.

    Args:
        surface: what it runs on.
        start: where the rules begin.
        steps: how many they take.
        ground: the surface's values over its domain, as ``racing.heights`` gives them.
        paths: what they did; none while learning rates are searched for.
    """

    surface: Spec
    start: Pair
    steps: int
    ground: np.ndarray
    paths: tuple[Path, ...] = ()


def run(settings: Settings) -> Iterator[tuple[float, Race | None]]:
    """The race, after a search for the best learning rate of each rule unless the visitor sets them.

    The search is fair: each rule gets the same 18 values, for just this surface, start and number of steps.
    """
    surface, start = surface_of(settings), start_of(settings)
    ground = np.empty((0, 0))
    for share, rows in racing.grounding(surface):
        ground = rows
        yield 0.1 * share, None
    race = Race(surface, start, settings.steps, ground)
    yield 0.1, race
    rates = rates_by_hand(settings)
    if not settings.by_hand:
        for share, found in racing.tuned(surface, settings.rules, start, settings.steps):
            rates = found
            yield 0.1 + 0.8 * share, race
    noise = racing.noise_for(surface, settings.steps, racing.NOISE_SEED)
    for name in settings.rules:
        path = racing.run_rule(surface, RULES[name], rates[name], start, settings.steps, noise)
        race = replace(race, paths=(*race.paths, path))
        yield 0.9, replace(race, paths=())
    yield 1.0, race


def beside(race: Race, settings: Settings) -> Path:
    """The path whose gradients are shown beside it: the chosen one, else the first."""
    return next((path for path in race.paths if path.rule == settings.beside), race.paths[0])


# --- what is shown ---------------------------------------------------------------------------------------


def picture(race: Race | None, settings: Settings, language: str) -> Sequence[Figure]:
    """Below the paths: the height over the steps, and one rule's gradients beside its effective steps."""
    if race is None or not race.paths:
        return []

    def called(rule: str) -> str:
        return rule_name(rule, language)

    lowest = SURFACES[race.surface.name].lowest(race.surface)
    parts = [
        pd.DataFrame({"rule": path.rule, "step": np.arange(len(path.losses)), "height": path.losses - lowest})
        for path in race.paths
    ]
    heights = pd.concat(parts, ignore_index=True)
    top = FAR * max(float(part["height"].iloc[0]) for part in parts)
    heights = heights[np.isfinite(heights["height"])].assign(height=lambda f: f["height"].clip(upper=top))
    step = axis("step", language)
    height = rule_lines(heights, step, axis("height", language, log=True), language, columns=5)
    figures = [
        Figure(
            height,
            named(heights, "rule", called),
            SECTION.say("heights", language),
            columns(language, "rule", "step", "height"),
            wide=True,
        )
    ]
    path = beside(race, settings)
    frame = racing.path_frame(path)
    for column, title in (("gradient", "gradient_size"), ("effective", "effective_size")):
        part = frame[frame[column] > LOWEST]
        chart = lines(
            part,
            step,
            replace(axis(title, language, log=True), column=column),
            "coordinate",
            say("axes.coordinate", language),
        )
        heads = {**columns(language, "step", "coordinate"), column: say(f"axes.{title}", language)}
        title = SECTION.say(f"{column}_of", language, rule=rule_name(path.rule, language))
        figures.append(Figure(chart, part, title, heads))
    return figures


def tables(race: Race, settings: Settings, language: str) -> Sequence[Table]:
    """Who came how far."""
    if race is None or not race.paths:
        return []
    frame = racing.standings(race.paths, race.surface)
    heads = columns(language, "rule", "rate", "height", "arrival", "evaluations")
    shown = named(frame, "rule", lambda rule: rule_name(rule, language))
    formats = {"rate": "%.3g", "height": "%.3g", "arrival": "%d"}
    return [Table(shown, heads, SECTION.say("standings", language), formats)]


def verdict(race: Race, settings: Settings) -> Verdict:
    """Momentum against gradient descent where both run; else who arrived."""
    table = racing.standings(race.paths, race.surface).set_index("rule")
    if {"sgd", "momentum"} <= set(table.index):
        ends = {name: float(table["height"][name]) for name in ("sgd", "momentum")}
        values = {"steps": race.steps, **{name: f"{end:.2g}" for name, end in ends.items()}}
        if not math.isfinite(ends["momentum"]) or ends["momentum"] >= ends["sgd"]:
            return Verdict("descent_ahead", False, values)
        return Verdict("momentum_ahead", True, values)
    arrived = table["arrival"].dropna()
    if arrived.empty:
        return Verdict("nobody", False, {"steps": race.steps})
    values = {"arrived": len(arrived), "of": len(table), "first": int(arrived.min())}
    return Verdict("arrived", True, values)


# --- the section -----------------------------------------------------------------------------------------


def formula(settings: Settings) -> str:
    """The surface, and the update of each chosen rule."""
    rows = [SURFACES[settings.surface].formula]
    for name in settings.rules:
        spec = RULES[name].spec
        if name == racing.NEWTON:
            rows.append(r"\text{Newton}:\quad w \leftarrow w - \eta\, H^{-1} g")
        elif spec is not None and name in OPTIMIZERS:
            label = rule_name(name, "en")
            rows.append(rf"\text{{{label}}}:\quad {OPTIMIZERS[name].formula}")
    return r"\begin{gathered}" + r"\\[2pt]".join(rows) + r"\end{gathered}"


def code(settings: Settings) -> str:
    """One rule's race as a program: over the values of the search, or at the rate set by hand."""
    rule = RULES[settings.beside if settings.beside in settings.rules else settings.rules[0]]
    surface = surface_of(settings)
    if not rule.tunable:
        rates: tuple[float, ...] = (rule.rate,)
    elif settings.by_hand:
        rates = (settings[rate_name(rule.name)],)
    else:
        rates = RATES
    return race_code(surface, rule, rates, start_of(settings), settings.steps)


def experiment(settings: Settings) -> Experiment:
    """The network whose loss the surface is; else the first run of the playground under the chosen rule."""
    surface = surface_of(settings)
    spec = RULES[settings.beside].spec
    base = network_experiment(surface) if surface.name == "network" else Experiment()
    if spec is None or OPTIMIZERS[spec.name].full_batch:
        return base
    return base.replace(optimizer=spec)


SECTION = Section(
    rows=(
        "rules_raced",
        "ravine",
        "saddle",
        "momentum",
        "nesterov",
        "adagrad",
        "rmsprop",
        "adam",
        "adamw",
        "newton",
        "gradient_sizes",
    ),
    controls=(
        Choice("surface", tuple(SURFACES), default="quadratic"),
        *_surface_controls(),
        Choice("rules", tuple(RULES), default=FIRST, many=True, option=rule_name),
        Number("steps", 20, 500, default=150, step=10),
        Handle("start", "surface", low=-10.0, high=10.0, default=(), counts=(0, 2)),
        Switch("by_hand"),
        *_rate_controls(),
        Choice("beside", tuple(RULES), default="adagrad", option=rule_name),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=code,
    formula=formula,
    handle="start",
)
