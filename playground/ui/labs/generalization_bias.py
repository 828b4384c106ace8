"""Section: bias and variance, by degree, by width, and beyond the interpolation threshold."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import generalization_bias as lab
from playground.labs import generalization_features as descent
from playground.ui.labs import parts
from playground.ui.labs.generalization_parts import chart, say, snippet
from playground.views import generalization_charts as charts

MODELS = ("polynomial", "width", "descent")
SAMPLES = 200
NETWORKS = 10
SLICES = (16, 40, 400)


def draw(language: str) -> None:
    """The lesson, and one of three models."""
    parts.lesson("lab_generalization.bias", language)
    st.latex(
        r"\mathbb{E}\left[(y - \hat f(x))^2\right] = \underbrace{\left(\mathbb{E}\hat f(x) - f(x)\right)^2}"
        r"_{\text{bias}^2} + \underbrace{\mathbb{E}\left[(\hat f(x) - \mathbb{E}\hat f(x))^2\right]}"
        r"_{\text{variance}} + \underbrace{\sigma^2}_{\text{noise}}"
    )
    _model(language)


@st.fragment
def _model(language: str) -> None:
    model = st.segmented_control(
        say("bias.model", language),
        MODELS,
        default=MODELS[0],
        required=True,
        format_func=lambda name: say(f"bias.models.{name}", language),
        key="gen.bias.model",
    )
    if model == "descent":
        _descent(language)
        return
    left, right = st.columns(2, gap="medium")
    n = int(left.slider(say("bias.points", language), 10, 60, 30, key="gen.bias.n"))
    sigma = float(right.slider(say("bias.sigma", language), 0.0, 0.5, 0.2, 0.05, key="gen.bias.sigma"))
    if model == "polynomial":
        _polynomials(n, sigma, language)
    else:
        _networks(n, sigma, language)
    snippet("bias", language)


@st.cache_data(show_spinner=False, max_entries=32)
def _by_degree(n: int, sigma: float) -> pd.DataFrame:
    return lab.by_degree(n, sigma, SAMPLES)


def _preset(degree: int) -> None:
    st.session_state["gen.bias.degree"] = degree


def _polynomials(n: int, sigma: float, language: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for degree in lab.PRESETS:
            st.button(
                say("bias.preset", language, degree=degree),
                key=f"gen.bias.preset.{degree}",
                on_click=_preset,
                args=(degree,),
                help=say(f"bias.presets.{degree}", language),
            )
        st.session_state.setdefault("gen.bias.degree", 5)
        degree = int(
            st.slider(say("bias.degree", language), 0, max(lab.DEGREES), key="gen.bias.degree", width=320)
        )
    fits = lab.polynomial_fits(degree, n, sigma, SAMPLES)
    table = _by_degree(n, sigma)
    _show(fits, table, degree, "degree", n, language)
    best = int(table["complexity"].to_numpy()[table["validation"].to_numpy().argmin()])
    st.info(say("bias.best", language, degree=best), icon=":material/lightbulb:")


def _networks(n: int, sigma: float, language: str) -> None:
    width = int(st.select_slider(say("bias.width", language), lab.WIDTHS, 4, key="gen.bias.width"))
    st.caption(say("bias.networks", language, networks=NETWORKS))

    def picture(table: pd.DataFrame) -> None:
        if len(table) < 2:
            return
        left, right = st.columns(2, gap="medium")
        with left:
            chart(charts.parts_chart(table, width, "width", language))
        with right:
            chart(charts.errors_chart(table, width, "width", language))

    def fitted(fits: lab.Fits) -> None:
        _fits(fits, n, say("bias.width_title", language, width=width), language)
        _numbers(fits, language)

    found = parts.computed("gen.width.fits", language, fitted, lab.network_fits, width, n, sigma, NETWORKS)
    if found is not None:
        table = parts.computed("gen.width", language, picture, lab.by_width, n, sigma, NETWORKS)
        if table is not None:
            best = table.iloc[int(table["validation"].to_numpy().argmin())]
            widest = table.iloc[-1]
            degree = _by_degree(n, sigma).iloc[-1]
            st.info(
                say(
                    "bias.best_width",
                    language,
                    width=int(best["complexity"]),
                    widest=int(widest["complexity"]),
                    variance=f"{widest['variance']:.2g}",
                    degree=int(degree["complexity"]),
                    variance_degree=f"{degree['variance']:.2g}",
                ),
                icon=":material/lightbulb:",
            )
    parts.open_in_playground(
        Experiment(
            dataset="x_sin",
            features=("x1",),
            noise=sigma,
            n_samples=2 * n,
            preprocessing="standardising",
            hidden=(width,),
            activation="tanh",
            init="pytorch",
            optimizer="adam",
        ),
        language,
    )


def _fits(fits: lab.Fits, n: int, title: str, language: str) -> None:
    x, y = lab.samples(n, fits.sigma, 1)
    points = pd.DataFrame({"x": x[0], "y": y[0]})
    chart(charts.fits_chart(lab.curves_frame(fits), points, title, language))


def _show(fits: lab.Fits, table: pd.DataFrame, complexity: int, kind: str, n: int, language: str) -> None:
    first, second = st.columns([3, 2], gap="medium")
    with first:
        _fits(fits, n, say("bias.degree_title", language, degree=complexity), language)
    with second:
        _numbers(fits, language)
    left, right = st.columns(2, gap="medium")
    with left:
        chart(charts.parts_chart(table, complexity, kind, language))
    with right:
        chart(charts.errors_chart(table, complexity, kind, language))


def _numbers(fits: lab.Fits, language: str) -> None:
    with st.container(horizontal=True):
        for name, value in (
            ("bias2", fits.bias2),
            ("variance", fits.variance),
            ("noise", fits.sigma**2),
            ("validation", fits.validation),
            ("train", float(fits.train.mean())),
        ):
            st.metric(say(f"legend.{name}", language), f"{value:.3g}", width="content")
    total = fits.bias2 + fits.variance + fits.sigma**2
    st.caption(say("bias.sum", language, total=f"{total:.4g}", validation=f"{fits.validation:.4g}"))


def _descent(language: str) -> None:
    st.markdown(say("descent.lesson", language, points=descent.POINTS, inputs=descent.INPUTS))
    first, second, third = st.columns(3, gap="medium")
    sigma = float(first.slider(say("bias.sigma", language), 0.0, 1.0, 0.3, 0.1, key="gen.descent.sigma"))
    ridge = float(
        second.select_slider(
            say("descent.ridge", language),
            (0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0),
            format_func=lambda value: f"{value:g}",
            key="gen.descent.ridge",
            help=say("descent.ridge_tip", language),
        )
    )
    seeds = int(third.slider(say("seeds", language), 5, 50, 20, 5, key="gen.descent.seeds"))

    def picture(table: pd.DataFrame) -> None:
        medians = descent.medians(table)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            chart(charts.descent_chart(medians, descent.POINTS, language))
        with right:
            chart(charts.slices_chart(descent.slice_through(SLICES, sigma, ridge), language))
        before = medians[medians["features"] < descent.POINTS]
        valley = before.iloc[int(before["test"].to_numpy().argmin())]
        peak = medians.iloc[int(medians["test"].to_numpy().argmax())]
        last = medians.iloc[-1]
        st.markdown(
            say(
                "descent.peak",
                language,
                few=int(valley["features"]),
                least=f"{valley['test']:.3g}",
                seeds=seeds,
                features=int(peak["features"]),
                error=f"{peak['test']:.3g}",
                most=int(last["features"]),
                last=f"{last['test']:.3g}",
            )
        )

    parts.computed(
        "gen.descent", language, picture, descent.double_descent, sigma, ridge, descent.POINTS, seeds
    )
    snippet("descent", language)
