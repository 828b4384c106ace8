"""Section: the race of update rules on a surface of two weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.chapters.optimization import racing as lab
from playground.chapters.optimization.surfaces import SURFACES, Pair, network_experiment
from playground.experiment import NUMBERS, Experiment
from playground.labs.optimization_code import race_code
from playground.registry import InvalidValue, Spec
from playground.stage.surface import race_stage
from playground.techniques import OPTIMIZERS
from playground.text import topic
from playground.ui.labs import parts
from playground.ui.labs.optimization_parts import chart, lesson, say
from playground.ui.widgets import log_values
from playground.views.optimization_charts import coordinate_chart, race_chart, rule_looks, rule_name

STAGE = "race.stage"
RATES, STARTS, SEARCHED = "race.rates", "race.starts", "race.searched"
SHOWN, SEARCH = "race.shown", "race.searching"
FIRST = ("sgd", "momentum", "adagrad", "adam", "newton")
SEED = 0


@dataclass(frozen=True)
class Track:
    """What a race runs on.

    Args:
        surface: the choice.
        start: where the rules begin.
        steps: how many they take.
    """

    surface: Spec
    start: Pair
    steps: int


@dataclass(frozen=True)
class Shown:
    """The race on the stage: ``track`` and ``paths``."""

    track: Track
    paths: tuple[lab.Path, ...]


def _kept(name: str) -> dict[Any, Any]:
    return st.session_state.setdefault(name, {})


def _moved(surface: Spec) -> None:
    """A click on the surface."""
    given = getattr(st.session_state.get(STAGE), "start", None)
    (x_low, x_high), (y_low, y_high) = SURFACES[surface.name].domain(surface)
    try:
        x, y = (float(v) for v in given)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        return
    if x_low <= x <= x_high and y_low <= y <= y_high:
        _kept(STARTS)[surface] = (x, y)


def _surface(language: str) -> Spec:
    name = st.selectbox(
        say("race.surface", language),
        list(SURFACES),
        key="race.surface",
        format_func=lambda n: say(f"surfaces.{n}.label", language),
    )
    values = {}
    for param in SURFACES[name].params:
        key = f"params.{param.name}"
        values[param.name] = parts.number_control(
            param,
            f"race.{name}.{param.name}",
            say(f"{key}.label", language),
            say(f"{key}.tip", language),
        )
    return SURFACES[name].spec(**values)


@st.fragment
def draw(language: str) -> None:
    """The race, its standings, and gradient beside effective step."""
    lesson("race", language)
    left, right = st.columns([1, 3], gap="medium")
    with left:
        surface = _surface(language)
        steps = st.slider(say("race.steps", language), 20, 500, 150, 10, key="race.steps")
        technique = SURFACES[surface.name]
        start = _kept(STARTS).get(surface) or technique.start(surface)
        track = Track(surface, start, steps)
    with right:
        names = st.pills(
            say("race.rules", language),
            list(lab.RULES),
            selection_mode="multi",
            wrap=True,
            default=list(FIRST),
            key="race.names",
            format_func=lambda name: rule_name(name, language),
        )
        st.latex(technique.formula)
        st.caption(say(f"surfaces.{surface.name}.tip", language))
    chosen = [name for name in lab.RULES if name in names]
    if not chosen:
        st.info(say("race.none", language))
        return
    with left:
        rates = _rates(track, chosen, language)
        with st.expander(say("race.start", language)):
            _start_by_number(surface, start, language)
    if rates is not None:
        shown = Shown(track, _race(surface, tuple(rates.items()), start, steps))
        st.session_state[SHOWN] = shown
    elif SHOWN in st.session_state:
        # While η is searched for, the last race stays: the page keeps its place.
        shown = st.session_state[SHOWN]
    else:
        return
    with right:
        labels = {
            key.removeprefix("stage."): value
            for key, value in topic("lab_optimization", language).items()
            if key.startswith("stage.")
        }
        looks = {path.rule: (rule_name(path.rule, language), *rule_looks(path.rule)) for path in shown.paths}
        on = shown.track.surface
        race_stage(on, shown.track.start, shown.paths, looks, labels, key=STAGE, on_start=lambda: _moved(on))
    _results(shown.track, shown.paths, language)
    _code(shown, language)


@st.cache_data(show_spinner=False, max_entries=32)
def _race(
    surface: Spec, rates: tuple[tuple[str, float], ...], start: Pair, steps: int
) -> tuple[lab.Path, ...]:
    return lab.race(surface, dict(rates), start, steps, SEED)


# --- learning rates --------------------------------------------------------------------------------------


def _rates(track: Track, names: list[str], language: str) -> dict[str, float] | None:
    """The learning rate of each rule: searched for at first and on request, else as the sliders say.

    None while the search is under way. Who stops it gets each rule's usual rate where none is found yet.
    """
    kept = _kept(RATES).setdefault(track.surface, {})
    st.button(
        say("race.search", language),
        key="race.search",
        icon=":material/manage_search:",
        width="stretch",
        on_click=kept.clear,
    )
    missing = [name for name in names if name not in kept]
    if missing and not _search(track, missing, kept, language):
        return None
    with st.expander(say("race.rates", language), icon=":material/tune:"):
        for name in names:
            _rate_slider(track.surface, name, kept, language)
    searched = _kept(SEARCHED)
    fair = all(
        not lab.RULES[name].tunable or searched.get((track.surface, name)) == (track, kept[name])
        for name in names
    )
    st.caption(say("race.fair" if fair else "race.unfair", language, steps=track.steps))
    return {name: kept[name] for name in names}


def _tuned(track: Track, names: tuple[str, ...]) -> Iterator[tuple[float, dict[str, float]]]:
    return lab.tuned(track.surface, names, track.start, track.steps, SEED)


def _search(track: Track, names: list[str], kept: dict[str, float], language: str) -> bool:
    """Search on for the rates of some rules; whether all are known now."""
    job: parts.Job | None = st.session_state.get(f"{SEARCH}.job")
    if job is not None and job.stopped:
        found: dict[str, float] = job.result or {}
        del st.session_state[f"{SEARCH}.job"]
        kept.update({name: lab.RULES[name].rate for name in names if name not in found})
    else:
        done = parts.computed(SEARCH, language, lambda _: None, _tuned, track, tuple(names))
        if done is None:
            return False
        found = done
    kept.update(found)
    _kept(SEARCHED).update({(track.surface, name): (track, rate) for name, rate in found.items()})
    return True


def _rate_slider(surface: Spec, name: str, kept: dict[str, float], language: str) -> None:
    key = f"race.rate.{surface.name}.{name}"
    value = kept[name]
    if st.session_state.get(key) != value:
        st.session_state[key] = value

    def by_hand() -> None:
        # Streamlit may tell of a value that the page itself has set; while η is searched for, that is no choice.
        if name in kept:
            kept[name] = st.session_state[key]

    st.select_slider(
        f"η, {rule_name(name, language)}",
        log_values(NUMBERS["learning_rate"], value),
        key=key,
        format_func=lambda v: f"{v:.3g}",
        on_change=by_hand,
    )


def _start_by_number(surface: Spec, start: Pair, language: str) -> None:
    """The start for those who cannot click."""
    keys = ("race.start.x", "race.start.y")
    domain = SURFACES[surface.name].domain(surface)

    def rounded(point: Pair) -> list[float]:
        return [round(min(max(v, low), high), 4) for v, (low, high) in zip(point, domain, strict=True)]

    def by_number() -> None:
        # Streamlit may tell of numbers that the page itself has set; they are rounded, and not to become the start.
        x, y = (float(st.session_state[key]) for key in keys)
        if [x, y] != rounded(_kept(STARTS).get(surface) or start):
            _kept(STARTS)[surface] = (x, y)

    for axis, key, shown, (low, high) in zip("xy", keys, rounded(start), domain, strict=True):
        if st.session_state.get(key) != shown:
            st.session_state[key] = shown
        step = (high - low) / 50
        st.number_input(axis, low, high, step=step, format="%.3f", key=key, on_change=by_number)
    if st.button(say("race.start_reset", language), key="race.start.reset"):
        _kept(STARTS).pop(surface, None)
        st.rerun(scope="fragment")


# --- below the race --------------------------------------------------------------------------------------


def _results(track: Track, paths: tuple[lab.Path, ...], language: str) -> None:
    table = lab.standings(paths, track.surface)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        lowest = SURFACES[track.surface.name].lowest(track.surface)
        chart(race_chart(paths, lowest, language), "race.losses")
    with right:
        shown = table.assign(rule=[rule_name(name, language) for name in table["rule"]])
        columns = ["rule", "rate", "loss", "arrival", "evaluations"]
        st.dataframe(
            shown[columns],
            hide_index=True,
            width="stretch",
            key="race.table",
            column_config={
                "rule": say("axes.rule", language),
                "rate": st.column_config.NumberColumn("η", format="%.3g"),
                "loss": st.column_config.NumberColumn(say("axes.loss", language), format="%.3g"),
                "arrival": st.column_config.NumberColumn(
                    say("axes.arrival", language), help=say("race.arrival_tip", language), format="%d"
                ),
                "evaluations": say("axes.evaluations", language),
            },
        )
        if table["diverged"].any():
            st.caption(say("race.diverged", language))
    st.markdown(say("race.beside", language))
    names = [path.rule for path in paths]
    picked = st.segmented_control(
        say("axes.rule", language),
        names,
        default="adagrad" if "adagrad" in names else names[0],
        required=True,
        key="race.beside." + "+".join(names),
        format_func=lambda name: rule_name(name, language),
        label_visibility="collapsed",
    )
    path = next(path for path in paths if path.rule == picked)
    frame = lab.path_frame(path)
    for place, column in zip(st.columns(2, gap="medium"), ("gradient", "effective"), strict=True):
        with place:
            chart(coordinate_chart(frame, column, language), f"race.beside.{column}")


def _code(shown: Shown, language: str) -> None:
    track, rates = shown.track, {path.rule: path.rate for path in shown.paths}
    if track.surface.name == "network":
        experiment = network_experiment(track.surface)
        parts.open_in_playground(experiment, language)
        parts.script(experiment, 40, language)
        return
    with st.expander(say("code", language), icon=":material/code:"):
        name = st.selectbox(
            say("axes.rule", language),
            list(rates),
            key="race.code." + "+".join(rates),
            format_func=lambda n: rule_name(n, language),
        )
        code = race_code(track.surface, lab.RULES[name], rates[name], track.start, track.steps)
        st.code(code, language="python")
    spec = lab.RULES[name].spec
    if spec is not None:
        _link(spec, rates[name], language)


def _link(spec: Spec, rate: float, language: str) -> None:
    try:
        choice = OPTIMIZERS[spec.name].spec() if OPTIMIZERS[spec.name].full_batch else spec
        experiment = Experiment(optimizer=choice, learning_rate=rate)
    except InvalidValue:
        return
    parts.open_in_playground(experiment, language)
