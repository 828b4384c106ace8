"""Section: the loss around the solution of a run."""

from __future__ import annotations

import time

import streamlit as st

from playground.chapters.optimization import landscapes as lab
from playground.experiment import Experiment
from playground.presets import PRESETS
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import session
from playground.ui.labs import parts
from playground.ui.labs.optimization_parts import chart, lesson, say
from playground.views.optimization_landscape import landscape_chart

OWN = "playground"
FIRST = "own"
MOST_EPOCHS = 500


def first_experiment() -> Experiment:
    """The run that is shown before anything is chosen."""
    return Experiment(
        dataset="moons", n_samples=200, noise=0.2, hidden=(6, 4), learning_rate=0.2, batch_size=20
    )


def _sources(language: str) -> dict[str, tuple[str, Experiment, int]]:
    """Label, experiment and epochs of each run that can be looked at."""
    found = {FIRST: (say("landscape.own", language), first_experiment(), 60)}
    live = session.existing()
    if live is not None:
        epochs = min(max(live.trainer.epoch, 20), MOST_EPOCHS)
        found[OWN] = (say("landscape.playground", language), live.experiment, epochs)
    for name, preset in PRESETS.items():
        found[name] = (
            text(f"presets.{name}.title", language),
            preset.experiment,
            min(preset.epochs, MOST_EPOCHS),
        )
    return found


@st.fragment
def draw(language: str) -> None:
    """Contours and path on a random or a principal plane."""
    lesson("landscape", language)
    sources = _sources(language)
    a, b, c = st.columns([3, 2, 2], vertical_alignment="bottom")
    name = a.selectbox(
        say("landscape.run", language),
        list(sources),
        key="landscape.run",
        format_func=lambda n: sources[n][0],
    )
    _, experiment, suggested = sources[name]
    epochs = b.slider(
        say("schedules.epochs", language), 5, MOST_EPOCHS, suggested, 5, key=f"landscape.epochs.{name}"
    )
    points = c.select_slider(
        say("landscape.points", language), [21, 31, 41, 61, 81], 41, key="landscape.points"
    )
    kind = st.segmented_control(
        say("landscape.kind", language),
        ["principal", "random"],
        default="principal",
        required=True,
        key="landscape.kind",
        format_func=lambda k: say(f"landscape.{k}", language),
        help=say("landscape.kind_tip", language),
    )
    seed = 0
    if kind == "random":
        seed = int(
            st.number_input(say("landscape.seed", language), 0, 999, 0, key="landscape.seed", width=160)
        )
        st.latex(
            r"d_{ij} \leftarrow \frac{d_{ij}}{\lVert d_{ij}\rVert}\,\lVert\theta_{ij}\rVert, \qquad "
            r"f(a, b) = L(\theta^* + a\,d_1 + b\,d_2)"
        )
    try:
        run = parts.computed(
            "landscape", language, lambda _: None, lab.recording, experiment.replace(device="cpu"), epochs
        )
        if run is not None:
            _show(run, kind, seed, points, language)
    except InvalidValue as error:
        st.error(describe(error, language), icon=":material/error:")
    parts.open_in_playground(experiment, language)
    parts.script(experiment, epochs, language)


def _show(run: lab.Run, kind: str, seed: int, points: int, language: str) -> None:
    key = ("landscape", id(run), kind, seed, points)
    kept = parts.results().get(key)
    if kept is None or kept[0] is not run:
        started = time.perf_counter()
        with st.spinner(text("labs.computing", language)):
            plane = lab.principal_plane(run) if kind == "principal" else lab.random_plane(run, seed)
            found = lab.landscape(run, plane, points)
        kept = (run, found, time.perf_counter() - started)
        parts.results().put(key, kept)
    _, found, seconds = kept
    chart(landscape_chart(found, language), "landscape.chart")
    st.caption(
        say(
            f"landscape.found_{kind}",
            language,
            share=f"{100 * found.explained:.1f}",
            points=points * points,
            rows=found.rows,
            seconds=f"{seconds:.2f}",
        )
    )
    if run.status == "diverged":
        st.warning(say("landscape.diverged", language))
