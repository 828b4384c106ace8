"""What the sections of the chapter on generalization share: texts, charts, pickers, the table of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from playground.experiment import Experiment
from playground.labs import generalization_runs as runs
from playground.labs.generalization_code import SNIPPETS
from playground.techniques import REGULARIZERS
from playground.text import text
from playground.ui import wording
from playground.ui.labs import parts
from playground.views import generalization_runs as run_charts

TOPIC = "lab_generalization"
DATASETS = ("moons", "circle", "xor", "spiral")
NOISE = {"moons": 0.3, "circle": 0.1, "xor": 0.1, "spiral": 0.1}
"""How noisy each data set is drawn here."""


def say(key: str, language: str, **values: object) -> str:
    """A text of this chapter."""
    return text(f"{TOPIC}.{key}", language, **values)


def chart(picture: Any) -> None:
    """Draw an Altair chart as wide as its column."""
    st.altair_chart(picture, width="stretch")


def snippet(name: str, language: str) -> None:
    """A short PyTorch program of the chapter, in an expander."""
    parts.snippet(SNIPPETS[name], language)


def treatment_name(name: str, language: str) -> str:
    """What a treatment is called on the page."""
    if name in REGULARIZERS:
        return wording.label("regularizers", name, language)
    return say(f"treatments.{name}", language)


def dataset_picker(key: str, language: str, names: tuple[str, ...] = DATASETS) -> str:
    """A selectbox of the chapter's data sets."""
    return st.selectbox(
        say("dataset", language),
        names,
        key=key,
        format_func=lambda name: wording.label("datasets", name, language),
    )


def on(dataset: str, base: Experiment = runs.SMALL) -> Experiment:
    """The chapter's base experiment on a data set."""
    return base.replace(dataset=dataset, noise=NOISE[dataset])


def seeds_slider(key: str, language: str, default: int = 8, most: int = 20) -> int:
    """How many data sets to compare on."""
    return int(st.slider(say("seeds", language), 2, most, default, key=key, help=say("seeds_tip", language)))


def epochs_slider(key: str, language: str, default: int = 300, most: int = 1000) -> int:
    """How long to train."""
    return int(st.slider(say("epochs", language), 20, most, default, 20, key=key))


def setup(base: Experiment, language: str) -> None:
    """Say what is trained here."""
    units = " + ".join(str(n) for n in base.hidden) or "0"
    st.caption(
        say(
            "setup",
            language,
            points=round(base.n_samples * base.train_fraction),
            wrong=f"{base.label_noise:.0%}",
            units=units,
            fresh=f"{runs.FRESH_POINTS:,}",
        )
    )


def comparison(table: pd.DataFrame, language: str) -> None:
    """The chart and the numbers of a comparison."""
    names: Mapping[str, str] = {
        name: treatment_name(name, language) for name in dict.fromkeys(table["treatment"])
    }
    chart(run_charts.comparison_chart(table, names, language))
    found = runs.summary(table)
    shown = found.assign(
        treatment=found["treatment"].map(dict(names)),
        gain=[
            "—" if name == "none" else _signed(gain, error)
            for name, gain, error in zip(found["treatment"], found["gain"], found["error"], strict=True)
        ],
    )
    st.dataframe(
        shown[["treatment", "accuracy_train", "accuracy_test", "gap", "loss_test", "gain"]],
        hide_index=True,
        width="stretch",
        column_config={
            "treatment": say("table.treatment", language),
            "accuracy_train": st.column_config.NumberColumn(
                say("table.accuracy_train", language), format="percent"
            ),
            "accuracy_test": st.column_config.NumberColumn(
                say("table.accuracy_test", language), format="percent"
            ),
            "gap": st.column_config.NumberColumn(say("table.gap", language), format="percent"),
            "loss_test": st.column_config.NumberColumn(say("table.loss_test", language), format="%.3f"),
            "gain": say("table.gain", language),
        },
    )
    st.caption(say("table.note", language, seeds=int(found["seeds"].min())))
    if found["error"].notna().sum() > 1:
        _verdict(runs.verdict(found), names, language)


def _verdict(read: runs.Verdict, names: Mapping[str, str], language: str) -> None:
    """What the comparison says, in words and numbers."""
    lines = [
        say(
            "verdict.gap",
            language,
            none=f"{100 * read.gap:.1f}",
            least=f"{100 * read.least:.1f}",
            name=names[read.narrowest],
        )
    ]
    for key, found in (("better", read.better), ("worse", read.worse), ("unclear", read.unclear)):
        if found:
            listed = ", ".join(names[name] for name in found)
            lines.append(say(f"verdict.{key}", language, names=listed))
    st.markdown("  \n".join(lines))


def _signed(gain: float, error: float) -> str:
    """A gain in percentage points with its standard error."""
    spread = "" if error != error else f" ± {100 * error:.1f}"
    return f"{100 * gain:+.1f}{spread}"
