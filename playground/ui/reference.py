"""The reference of techniques, walked from the registries."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from playground.data import Preprocessing
from playground.families import FAMILIES
from playground.registry import Param, Technique, format_value
from playground.techniques.activations import Activation
from playground.techniques.initializers import Initializer
from playground.text import text
from playground.ui import wording
from playground.views.technique_charts import technique_chart
from playground.views.technique_frames import INPUTS, UNITS

PARAMETER = "family"
SHORT_CHOICES = 4
CHART_HEIGHT = 260


def draw(language: str) -> None:
    """The picker of families and the entries of the picked one."""
    asked = st.query_params.get(PARAMETER)
    first = asked if asked in FAMILIES else next(iter(FAMILIES))
    if st.session_state.get("reference.family") not in FAMILIES:
        st.session_state["reference.family"] = first
    family = st.pills(
        text("pages.techniques.family", language),
        list(FAMILIES),
        required=True,
        format_func=lambda name: text(f"pages.techniques.families.{name}", language),
        key="reference.family",
        label_visibility="collapsed",
    )
    if family is None:
        return
    if st.query_params.get(PARAMETER) != family:
        st.query_params[PARAMETER] = family
    st.write(text(f"pages.techniques.about.{family}", language))
    for name in FAMILIES[family]:
        entry(family, name, language)


def entry(family: str, name: str, language: str) -> None:
    """One technique: words and numbers on the left, the picture on the right."""
    technique = FAMILIES[family][name]
    with st.container(border=True):
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.subheader(wording.label(family, name, language), anchor=name.replace("_", "-"))
            st.write(wording.tip(family, name, language))
            st.latex(technique.formula)
            _facts(technique, language)
            _parameters(family, technique, language)
        with right:
            chart = _chart(family, name, language)
            if chart is not None:
                st.altair_chart(chart, width="stretch", height=CHART_HEIGHT)
            hint = text(f"techniques.{family}.{name}.try", language)
            st.info(f"**{text('pages.techniques.try', language)}**: {hint}", icon=":material/lightbulb:")


@st.cache_data(show_spinner=False, max_entries=400)
def _chart_spec(family: str, name: str, language: str) -> dict[str, Any] | None:
    chart = technique_chart(family, name, language)
    return None if chart is None else chart.to_dict()


def _chart(family: str, name: str, language: str) -> Any:
    spec = _chart_spec(family, name, language)
    return None if spec is None else alt.Chart.from_dict(spec)


def _facts(technique: Technique, language: str) -> None:
    """Derivative, range, spread, source and names in other libraries, as far as there are any."""
    facts: list[tuple[str, str]] = []
    if isinstance(technique, Activation):
        facts.append((text("pages.techniques.derivative", language), f"${technique.derivative}$"))
        facts.append((text("pages.techniques.range_of_outputs", language), f"${technique.range}$"))
    if technique.pytorch:
        facts.append((text("pages.techniques.pytorch", language), f"`{technique.pytorch}`"))
    if isinstance(technique, Preprocessing) and technique.sklearn:
        facts.append((text("pages.techniques.scikit", language), f"`{technique.sklearn}`"))
    if technique.name != "none":
        facts.append((text("pages.techniques.source", language), technique.source))
    st.markdown("  \n".join(f"**{name}**: {value}" for name, value in facts))
    if isinstance(technique, Initializer):
        value = technique.std(INPUTS, UNITS, technique.spec())
        if value is not None:
            st.caption(text("pages.techniques.std", language, value=f"{value:.3g}"))


def _parameters(family: str, technique: Technique, language: str) -> None:
    if not technique.params:
        return
    columns = ("parameter", "default", "range", "meaning")
    head = [text(f"pages.techniques.{column}", language) for column in columns]
    rows = [
        (
            f"{wording.param_label(family, technique.name, param.name, language)} (`{param.name}`)",
            _value(param.default, language),
            _range(param, language),
            wording.param_help(family, technique.name, param.name, language),
        )
        for param in technique.params
    ]
    st.table(pd.DataFrame(rows, columns=head).set_index(head[0]))


def _value(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return text("pages.techniques.on" if value else "pages.techniques.off", language)
    if isinstance(value, str):
        return wording.option_label(value, language)
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return format_value(value)


def _range(param: Param, language: str) -> str:
    if param.kind == "bool":
        return " / ".join(_value(v, language) for v in (True, False))
    if param.kind == "choice":
        shown = [wording.option_label(c, language) for c in param.choices]
        if len(shown) <= SHORT_CHOICES:
            return ", ".join(shown)
        return text("pages.techniques.or", language, count=len(shown), first=", ".join(shown[:2]))
    return f"{format_value(param.low)}\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}{format_value(param.high)}"
