"""The race's sidebar: ready-made comparison, base, what varies, and the rules."""

from __future__ import annotations

import streamlit as st

from playground.experiment import FIELDS
from playground.presets import PRESETS as EXAMPLES
from playground.races.presets import PRESETS
from playground.races.race import CRITERIA, MODES, SEEDS, Criterion, Race
from playground.races.session import RaceSession
from playground.registry import format_value
from playground.text import text
from playground.ui import binding, controls, follow, race_lanes, race_session
from playground.ui.race_parts import bound, complaint, draw_field, part_binder

SEED_STOPS = (1, 2, 4, 8, 16, 32, 64)


@st.fragment(key=follow.CONTROLS)
def draw(live: RaceSession, language: str) -> None:
    """Draw all controls into the current container, those of closed groups not; the address follows."""
    follow.part_begins(live)
    binding.begin()
    _preset(live, language)
    base = st.expander(text("race.page.base", language), key="race.group.base", on_change="rerun")
    if base.open:
        with base:
            _base(live, language)
    with st.expander(text("race.page.varies", language), expanded=True, key="race.group.lanes"):
        race_lanes.draw(live, language)
    with st.expander(text("race.page.rules", language), expanded=True, key="race.group.rules"):
        _rules(live, language)
    binding.end()
    race_session.PAGE.write(live)
    follow.part_drawn(follow.CONTROLS, live)


def running_preset(race: Race) -> str | None:
    """The ready-made comparison that runs, whatever its seeds and whether it asks first."""
    plain = race.replace(seeds=1, predict=False)
    return next((name for name, preset in PRESETS.items() if preset.race == plain), None)


def _preset(live: RaceSession, language: str) -> None:
    def chosen(race: Race, name: str | None) -> Race:
        if name is None:
            return race
        race_lanes.forget()
        return PRESETS[name].race.replace(seeds=race.seeds, predict=race.predict)

    bound(
        live,
        language,
        st.selectbox,
        "preset",
        running_preset(live.race),
        chosen,
        label=text("race.page.preset", language),
        options=list(PRESETS),
        placeholder=text("race.page.preset_placeholder", language),
        format_func=lambda name: PRESETS[name].title(language),
    )


def _base(live: RaceSession, language: str) -> None:
    binder = part_binder(live, language)
    controls.summary(binder)

    def take() -> None:
        race_session.change(
            live, "race.take", lambda race: race_session.rebased(race, race_session.base_of_visit())
        )

    st.button(
        text("race.page.take", language),
        on_click=take,
        key="race.take",
        icon=":material/neurology:",
        help=text("race.page.take_help", language),
    )
    complaint("race.take", language)
    running = next((n for n, p in EXAMPLES.items() if p.experiment == live.race.base), None)
    bound(
        live,
        language,
        st.selectbox,
        "example",
        running,
        lambda race, name: race_session.rebased(race, EXAMPLES[name].experiment) if name else race,
        label=text("ui.example", language),
        options=list(EXAMPLES),
        placeholder=text("ui.example_placeholder", language),
        format_func=lambda name: text(f"presets.{name}.title", language),
    )
    for field in FIELDS.values():
        if field.in_race:
            draw_field(binder, field.name)


def _rules(live: RaceSession, language: str) -> None:
    race = live.race
    bound(
        live,
        language,
        st.select_slider,
        "seeds",
        race.seeds,
        lambda r, seeds: r.replace(seeds=seeds),
        label=text("race.page.seeds", language),
        options=sorted({*SEED_STOPS, race.seeds}),
        help=text("race.page.seeds_help", language, most=int(SEEDS.high)),
    )
    bound(
        live,
        language,
        st.segmented_control,
        "mode",
        race.mode,
        lambda r, mode: r.replace(mode=mode) if mode else r,
        label=text("race.page.mode", language),
        options=list(MODES),
        format_func=lambda mode: text(f"race.page.modes.{mode}", language),
        help=text("race.page.mode_help", language),
    )
    kinds = [kind for kind in CRITERIA if kind != "best_accuracy" or race.task != "regression"]
    bound(
        live,
        language,
        st.selectbox,
        "criterion",
        race.criterion.kind,
        lambda r, kind: r.replace(criterion=_criterion(r, kind)),
        label=text("race.page.criterion", language),
        options=kinds,
        format_func=lambda kind: text(f"race.page.criteria.{kind}", language),
    )
    _criterion_value(live, language)
    bound(
        live,
        language,
        st.toggle,
        "predict",
        race.predict,
        lambda r, on: r.replace(predict=on),
        label=text("race.page.predict", language),
        help=text("race.page.predict_help", language),
    )


def _criterion(race: Race, kind: str) -> Criterion:
    """Another kind; epochs stay epochs."""
    if race.criterion.epoch is not None and kind != "reach_loss":
        return Criterion(kind, race.criterion.value)
    return Criterion(kind, CRITERIA[kind].default)


def _criterion_value(live: RaceSession, language: str) -> None:
    kind, value = live.race.criterion.kind, live.race.criterion.value

    bound(
        live,
        language,
        st.text_input,
        "criterion_value",
        format_value(value),
        lambda race, given: race.replace(criterion=Criterion(kind, given.replace(",", ""))),  # type: ignore[arg-type]
        label=text(f"race.page.values.{kind}", language),
    )
