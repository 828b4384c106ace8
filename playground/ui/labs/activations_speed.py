"""Section: who learns faster."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import activations_speed as lab
from playground.model import Layout
from playground.registry import Spec
from playground.ui.labs import parts
from playground.ui.labs.activations_parts import (
    activations_picker,
    chart,
    dataset_picker,
    init_picker,
    race_link,
    row,
    say,
    snippet,
)
from playground.ui.labs.parts import computed, open_in_playground
from playground.views.activations_charts import race_chart
from playground.views.activations_lines import lines, named_activations, shown


@st.fragment
def draw_iris(language: str) -> None:
    """The lecture's table, measured again."""
    st.subheader(say("iris.title", language))
    st.markdown(say("iris.lesson", language))
    a, b, c, d, e = row(270, 145, 145, 145, 145)
    with a:
        specs = activations_picker("iris.which", language, ("sigmoid", "relu"), most=4)
    with b:
        init = init_picker("iris.init", language, "xavier_normal")
    rate = c.select_slider(say("rate", language), [0.003, 0.01, 0.03, 0.1, 0.3], 0.01, key="iris.rate")
    seeds = d.slider(say("seeds", language), 2, 30, 10, key="iris.seeds")
    scaled = e.toggle(say("iris.standardise", language), key="iris.standardise")
    computed(
        "iris",
        language,
        lambda frame: _iris(language, frame),
        lab.iris_table,
        tuple(specs),
        init,
        (10, 10),
        rate,
        500,
        seeds,
        0.8,
        scaled,
    )
    _flowers(specs, init, rate, scaled, language)
    snippet("iris", language)


def _flowers(specs: list[Spec], init: Spec, rate: float, scaled: bool, language: str) -> None:
    """The comparison in the race, on the two columns that the playground shows."""
    base = Experiment(
        dataset="iris",
        hidden=(10, 10),
        init=init,
        learning_rate=rate,
        batch_size=120,
        preprocessing="standardising" if scaled else "none",
    )
    with st.container(horizontal=True):
        open_in_playground(base.replace(activation=specs[0]), language)
        race_link(base, specs, 500, language)


def _iris(language: str, frame: pd.DataFrame) -> None:
    st.dataframe(_iris_words(lab.summary(frame), language), hide_index=True, width="stretch")
    keys = ["activation", "update"]
    means = frame.groupby(keys, sort=False, as_index=False)[["train", "test", "loss"]].mean()
    means = named_activations(means, language)
    left, right = st.columns(2)
    with left:
        chart(lines(language, means, "update", "loss", "activation"))
    with right:
        chart(lines(language, means, "update", "test", "activation", y_domain=(0, 1), y_format="%"))


def _iris_words(table: pd.DataFrame, language: str) -> pd.DataFrame:
    rows = []
    for line in table.to_dict("records"):
        lecture = f"{line['lecture_train']:.3f} / {line['lecture_test']:.3f}"
        rows.append(
            {
                say("axes.activation", language): shown(line["activation"], language),
                say("iris.train", language): f"{line['train']:.3f} ± {line['train_std']:.3f}",
                say("iris.test", language): f"{line['test']:.3f} ± {line['test_std']:.3f}",
                say("iris.lecture", language): "–" if math.isnan(line["lecture_train"]) else lecture,
            }
        )
    return pd.DataFrame(rows)


@st.fragment
def draw_convergence(language: str) -> None:
    """Is ReLU six times faster?"""
    st.subheader(say("race.title", language))
    st.markdown(say("race.lesson", language))
    a, b, c, d = row(280, 190, 190, 190)
    with a:
        specs = activations_picker("race.which", language, ("sigmoid", "tanh", "relu"), without=("identity",))
    with b:
        dataset = dataset_picker("race.dataset", language, ["moons", "circle", "xor", "spiral"])
    layers = c.slider(say("layers", language), 1, 6, 2, key="race.layers")
    goal = d.select_slider(say("race.goal", language), [0.02, 0.05, 0.1, 0.2, 0.3], 0.1, key="race.goal")
    computed(
        "race",
        language,
        lambda frame: _verdict(frame, language, goal),
        lab.convergence,
        tuple(specs),
        dataset,
        (8,) * layers,
        goal,
        lab.RATES,
        100,
        3,
        button=say("run", language),
    )
    setting = lab.speed_experiment(specs[-1], 0.1, dataset, (8,) * layers)
    with st.container(horizontal=True):
        open_in_playground(setting, language)
        race_link(setting, specs, 100, language, "loss")
    parts.script(setting, 100, language)


def _verdict(frame: pd.DataFrame, language: str, goal: float) -> None:
    chart(race_chart(language, frame))
    table = lab.verdict(frame)
    never = say("race.never", language)
    columns = ("activation", "best_rate", "epochs", "ratio", "epochs_same", "ratio_same")

    def cell(column: str, value: object) -> str:
        if column == "activation":
            return shown(str(value), language)
        number = float(str(value))
        if not math.isfinite(number):
            return never
        return f"{number:.1f}×" if column.startswith("ratio") else f"{number:g}"

    st.dataframe(
        pd.DataFrame(
            {
                say(f"race.columns.{column}", language): [cell(column, value) for value in table[column]]
                for column in columns
            }
        ),
        hide_index=True,
        width="stretch",
    )
    slower = [row for row in table.itertuples() if row.activation in ("sigmoid", "tanh")]
    if slower and "relu" in set(table["activation"]):
        found = ", ".join(
            f"{shown(str(row.activation), language)} {cell('ratio', row.ratio)}" for row in slower
        )
        st.success(say("race.result", language, found=found, goal=f"{goal:g}"), icon=":material/speed:")


@st.fragment
def draw_maxout(language: str) -> None:
    """Maxout against ReLU with equally many parameters."""
    st.subheader(say("maxout.title", language))
    st.markdown(say("maxout.lesson", language))
    a, b, c, d = row(200, 200, 200, 200)
    with a:
        dataset = dataset_picker("maxout.dataset", language, ["spiral", "moons", "circle", "xor"])
    width = b.slider(say("width", language), 2, 16, 8, key="maxout.width")
    layers = c.slider(say("layers", language), 1, 4, 2, key="maxout.layers")
    pieces = d.slider(say("maxout.pieces", language), 2, 5, 2, key="maxout.pieces")
    maxout = lab.maxout_experiment((width,) * layers, pieces, dataset)
    relu = lab.relu_of_equal_size(maxout)
    same = maxout.replace(activation="relu")
    contest = {"maxout": maxout, "relu_equal": relu, "relu_width": same}
    st.dataframe(_sizes(contest, language), hide_index=True, width="stretch")
    computed(
        "maxout",
        language,
        lambda frame: _contest(language, frame),
        _compare,
        maxout,
        relu,
        same,
        button=say("run", language),
    )
    open_in_playground(maxout, language)
    parts.script(maxout, 150, language)


def _sizes(contest: dict[str, Experiment], language: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            say("maxout.network", language): [say(f"maxout.{name}", language) for name in contest],
            say("maxout.hidden", language): ["-".join(map(str, e.hidden)) for e in contest.values()],
            say("maxout.parameters", language): [Layout.of(e).n_parameters for e in contest.values()],
        }
    )


def _contest(language: str, frame: pd.DataFrame) -> None:
    if frame.empty:
        return
    named = frame.assign(name=[say(f"maxout.{name}", language) for name in frame["name"]])
    last = named.sort_values("epoch").groupby(["name", "seed"], sort=False).tail(1)
    means = last.groupby("name", sort=False, as_index=False)[["loss", "accuracy"]].mean()
    words = {
        say("maxout.network", language): list(means["name"]),
        say("maxout.loss", language): [f"{v:.3f}" for v in means["loss"]],
        say("maxout.accuracy", language): [f"{v:.1%}" for v in means["accuracy"]],
    }
    st.dataframe(pd.DataFrame(words), hide_index=True, width="stretch")
    chart(lines(language, named, "epoch", "loss", "name", detail="seed"))


def _compare(maxout: Experiment, relu: Experiment, same: Experiment) -> Iterator[tuple[float, pd.DataFrame]]:
    return lab.compare({"maxout": maxout, "relu_equal": relu, "relu_width": same})
