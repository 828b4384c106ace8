"""Section: learning-rate schedules."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from playground.labs import optimization_schedules as lab
from playground.labs.optimization_code import SNIPPETS
from playground.races.race import MAX_LANES
from playground.techniques import SCHEDULES
from playground.ui import wording
from playground.ui.labs import parts
from playground.ui.labs.optimization_parts import chart, lesson, say
from playground.ui.labs.racing import open_in_race
from playground.views.optimization_charts import decay_chart, plateau_charts, schedule_chart, schedule_name

FIRST = ("constant", "step", "cosine")
RATES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


@st.fragment
def draw_effect(language: str) -> None:
    """The curve of each schedule, and the same run under it."""
    lesson("schedules", language)
    a, b = st.columns(2)
    rate = a.select_slider(say("schedules.rate", language), RATES, 0.5, key="schedules.rate")
    epochs = b.slider(say("schedules.epochs", language), 20, 200, 40, 10, key="schedules.epochs")
    names = st.pills(
        say("schedules.which", language),
        list(SCHEDULES),
        selection_mode="multi",
        default=list(FIRST),
        key="schedules.names",
        format_func=lambda name: schedule_name(name, language),
    )
    if not names:
        st.info(say("schedules.none", language))
        return
    specs = tuple(lab.fitted(name, epochs) for name in SCHEDULES if name in names)
    experiment = lab.noisy_run().replace(learning_rate=rate)
    curves = lab.curve_frame(specs, epochs, rate)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{say('schedules.curves', language)}**")
        if len(curves):
            chart(schedule_chart(curves, "rate", language), "schedules.curves")
        if any(SCHEDULES[spec.name].feedback for spec in specs):
            st.caption(say("schedules.feedback", language))
        with st.expander(say("schedules.formulas", language), icon=":material/function:"):
            for spec in specs:
                st.markdown(f"**{schedule_name(spec.name, language)}** · {_values(spec, language)}")
                st.latex(SCHEDULES[spec.name].formula)
    with right:
        st.markdown(f"**{say('schedules.losses', language)}**")
        parts.computed(
            "schedules",
            language,
            lambda frame: _effect(frame, language),
            lab.run_frame,
            experiment,
            specs,
            epochs,
        )
    shown = experiment.replace(schedule=specs[-1])
    with st.container(horizontal=True):
        parts.open_in_playground(shown, language)
        open_in_race(experiment, [{"schedule": spec} for spec in specs[:MAX_LANES]], epochs, language, "loss")
    parts.script(shown, epochs, language)


def _values(spec, language: str) -> str:  # type: ignore[no-untyped-def]
    pairs = (
        f"{wording.param_label('schedules', spec.name, name, language)} "
        + (", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}")
        for name, value in spec.values
    )
    return ", ".join(pairs) or "–"


def _effect(frame: pd.DataFrame, language: str) -> None:
    chart(schedule_chart(frame, "loss", language, log_y=True), f"schedules.losses.{len(frame)}")
    table = lab.endings(frame)
    table["schedule"] = [schedule_name(name, language) for name in table["schedule"]]
    number = st.column_config.NumberColumn
    st.dataframe(
        table[["schedule", "loss", "test_loss", "jitter"]],
        hide_index=True,
        width="stretch",
        column_config={
            "schedule": say("axes.schedule", language),
            "loss": number(say("axes.loss", language), format="%.4f"),
            "test_loss": number(say("axes.test_loss", language), format="%.4f"),
            "jitter": number(
                say("axes.jitter", language), format="%.4f", help=say("schedules.jitter_tip", language)
            ),
        },
    )


@st.fragment
def draw_plateau(language: str) -> None:
    """What triggers reduce-on-plateau."""
    lesson("plateau", language)
    st.latex(SCHEDULES["reduce_on_plateau"].formula)
    a, b, c, d = st.columns(4)
    patience = a.slider(
        wording.param_label("schedules", "reduce_on_plateau", "patience", language),
        0,
        20,
        4,
        key="plateau.patience",
    )
    threshold = b.select_slider(
        wording.param_label("schedules", "reduce_on_plateau", "threshold", language),
        [0.0, 0.0001, 0.001, 0.01, 0.05, 0.1],
        0.01,
        key="plateau.threshold",
        format_func=lambda v: f"{v:g}",
    )
    factor = c.slider(
        wording.param_label("schedules", "reduce_on_plateau", "factor", language),
        0.1,
        0.9,
        0.5,
        0.1,
        key="plateau.factor",
    )
    epochs = d.slider(say("schedules.epochs", language), 20, 200, 40, 10, key="plateau.epochs")
    spec = SCHEDULES["reduce_on_plateau"].spec(patience=patience, threshold=threshold, factor=factor)
    experiment = lab.noisy_run()

    def show(frame: pd.DataFrame) -> None:
        events = lab.plateau_frame(frame, spec, experiment.learning_rate)
        if len(events):
            for part, picture in enumerate(plateau_charts(events, language)):
                chart(picture, f"plateau.{part}.{len(events)}")
            lowered = events[events["event"] == "lowers"]
            st.caption(
                say(
                    "plateau.found",
                    language,
                    times=len(lowered),
                    epochs=", ".join(map(str, lowered["epoch"].tolist())) or "–",
                )
            )

    parts.computed("plateau", language, show, lab.run_frame, experiment, (spec,), epochs)
    parts.open_in_playground(experiment.replace(schedule=spec), language)
    parts.snippet(SNIPPETS["plateau"], language)


@st.fragment
def draw_decay(language: str) -> None:
    """Decay against a constant rate, over seeds."""
    lesson("decay", language)
    a, b, c = st.columns(3)
    falling = [name for name in SCHEDULES if name not in ("constant", "warm_up")]
    name = a.selectbox(
        say("axes.schedule", language),
        falling,
        falling.index("cosine"),
        key="decay.schedule",
        format_func=lambda n: schedule_name(n, language),
    )
    epochs = b.slider(say("schedules.epochs", language), 20, 100, 30, 10, key="decay.epochs")
    seeds = c.slider(say("decay.seeds", language), 2, 10, 5, key="decay.seeds")

    def show(frame: pd.DataFrame) -> None:
        for column, y in zip(st.columns(3), ("loss", "jitter", "test_loss"), strict=True):
            with column:
                chart(decay_chart(frame, y, language), f"decay.{y}.{len(frame)}")
        wide = frame.pivot(index="seed", columns="schedule", values="loss")
        better = int((wide[name] < wide["constant"]).sum())
        st.caption(
            say(
                "decay.found",
                language,
                better=better,
                seeds=len(wide),
                schedule=schedule_name(name, language),
            )
        )

    parts.computed(
        "decay",
        language,
        show,
        lab.decay_against_constant,
        lab.noisy_run(),
        lab.fitted(name, epochs),
        epochs,
        seeds,
        button=say("decay.run", language),
    )
    schedule = lab.fitted(name, epochs)
    shown = lab.noisy_run().replace(schedule=schedule)
    with st.container(horizontal=True):
        parts.open_in_playground(shown, language)
        both = [{"schedule": schedule}, {"schedule": SCHEDULES["constant"].spec()}]
        open_in_race(lab.noisy_run(), both, epochs, language, "loss")
    parts.script(shown, epochs, language)
