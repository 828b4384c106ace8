"""What the lanes of a race change: one setting over several values, or each lane by hand."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.experiment import FIELDS, Experiment
from playground.races.links import changed_fields
from playground.races.race import MAX_LANES, MAX_NAME, MIN_LANES, Lane, Race, evenly, vary
from playground.races.session import RaceSession
from playground.registry import Param, Spec, Technique, format_value
from playground.techniques import LOSSES
from playground.text import text
from playground.ui import binding, race_session, wording
from playground.ui.race_parts import bound, complaint, draw_field, part_binder

HOW = "race.how"
SHOWN = "race.fields"
TYPICAL: dict[str, tuple[str, ...]] = {
    "activation": ("sigmoid", "tanh", "relu"),
    "init": ("small_normal", "xavier_normal", "he_normal"),
    "optimizer": ("sgd", "momentum", "rmsprop", "adam"),
    "schedule": ("constant", "step", "cosine"),
}
"""Values that race first when a technique is chosen; of other families the first ones."""
WRITTEN_FIRST = {"hidden": ((2,), (4,), (8, 8)), "features": (("x1", "x2"), ("x1", "x2", "x1_squared"))}
"""First values of fields that take a list, which is written as in links, with ``;`` between the lists."""
UNVARIED = ("none", "choice", "optional")
"""Controls of fields that no race compares: points, where it runs, and a seed of its own."""
DECADE = 10.0


def forget() -> None:
    """Another race was chosen: the choices made for the old one's lanes are void."""
    for key in [str(key) for key in st.session_state]:
        if key == HOW or key.startswith(SHOWN):
            del st.session_state[key]


def draw(live: RaceSession, language: str) -> None:
    """One setting or by hand, and the controls for it."""
    if HOW not in st.session_state:
        st.session_state[HOW] = "one" if race_session.varied(live.race) else "hand"
    how = st.segmented_control(
        text("race.page.varies", language),
        ["one", "hand"],
        required=True,
        format_func=lambda name: text(f"race.page.how.{name}", language),
        key=HOW,
        label_visibility="collapsed",
    )
    (_one if how == "one" else _by_hand)(live, language)


# --- one setting over several values -----------------------------------------------------------------


def options(base: Experiment) -> list[str]:
    """What can be varied: the fields, and the parameters of the base's techniques as ``"optimizer.beta1"``."""
    found = []
    for field, declared in FIELDS.items():
        if declared.control in UNVARIED or (field == "activation" and not base.hidden):
            continue
        found.append(field)
        spec = getattr(base, field)
        if isinstance(spec, Spec) and field != "dataset":
            found += [f"{field}.{param}" for param in spec.params]
    return found


def option_label(name: str, base: Experiment, language: str) -> str:
    """A field, or a technique's parameter with its technique."""
    field, _, param = name.partition(".")
    label = wording.field_label(field, language)
    if not param:
        return label
    spec = getattr(base, field)
    family = FIELDS[field].techniques().family
    return f"{wording.label(family, spec.name, language)}: {wording.param_label(family, spec.name, param, language)}"


def first_values(base: Experiment, name: str) -> list[Any]:
    """Values to begin with when ``name`` is chosen to vary."""
    field, _, param = name.partition(".")
    if param:
        return _around(_param_of(base, field, param), getattr(base, field)[param])
    if FIELDS[field].registry:
        offered = offers(base, field)
        return [value for value in TYPICAL.get(field, tuple(offered)) if value in offered][:4]
    if field in WRITTEN_FIRST:
        return list(WRITTEN_FIRST[field])
    return _around(FIELDS[field].numbers(), getattr(base, field))


def offers(base: Experiment, field: str) -> list[str]:
    """The techniques of a field that can run here."""
    registry = FIELDS[field].techniques()
    names = list(registry)
    if field == "loss":
        return [name for name in names if base.task in LOSSES[name].tasks]
    if field == "dataset":  # the lanes of a race have one task
        kinds = {name: registry[name].task(registry[name].spec(), None) for name in names if name != "custom"}
        return [name for name, task in kinds.items() if task == base.task]
    return names


def _param_of(base: Experiment, field: str, name: str) -> Param:
    technique: Technique = FIELDS[field].techniques()[getattr(base, field).name]
    return technique.param(name)


def _around(param: Param, value: Any) -> list[Any]:
    """Three values in the range of ``param``: on a logarithmic scale a decade apart."""
    if param.kind == "bool":
        return [False, True]
    if param.kind == "choice":
        return list(param.choices[:MAX_LANES])
    if isinstance(value, tuple):
        value = max(value, default=param.low)
    if param.log and value:
        wanted = [value / DECADE, value, value * DECADE]
    else:
        width = param.high - param.low if param.high - param.low <= 1e4 else 4
        wanted = [value, value + width / 8, value + width / 4]
        if wanted[-1] > param.high:
            wanted = [value - width / 4, value - width / 8, value]
    held = [min(param.high, max(param.low, float(f"{v:.3g}"))) for v in wanted]
    return sorted({int(v) if param.kind == "int" else v for v in held})


def _one(live: RaceSession, language: str) -> None:
    race = live.race
    name = race_session.varied(race)
    offered = options(race.base)
    if name is not None and name not in offered:
        offered.append(name)

    def choose(race: Race, chosen: str | None) -> Race:
        if chosen is None:
            return race
        return race.replace(lanes=vary(race.base, chosen, first_values(race.base, chosen)))

    bound(
        live,
        language,
        st.selectbox,
        "varied",
        name,
        choose,
        label=text("race.page.field", language),
        options=offered,
        placeholder=text("race.page.several", language),
        format_func=lambda option: option_label(option, race.base, language),
    )
    if name is None:
        st.caption(text("race.page.several_help", language))
        return
    field, _, param = name.partition(".")
    if not param and FIELDS[field].registry:
        _techniques(live, language, field)
    else:
        _values(live, language, name)


def _techniques(live: RaceSession, language: str, field: str) -> None:
    values = {}
    for experiment in live.race.experiments:
        value = getattr(experiment, field)
        spec = value[0] if isinstance(value, tuple) else value
        values[spec.name] = value
    family = FIELDS[field].techniques().family

    def choose(race: Race, names: list[str]) -> Race:
        return race.replace(lanes=vary(race.base, field, [values.get(name, name) for name in names]))

    bound(
        live,
        language,
        st.multiselect,
        "values",
        list(values),
        choose,
        label=text("race.page.values_of", language),
        options=offers(live.race.base, field),
        max_selections=MAX_LANES,
        format_func=lambda name: wording.label(family, name, language),
        help=text("race.page.lanes_help", language, least=MIN_LANES, most=MAX_LANES),
    )


def written(race: Race, name: str) -> str:
    """The lanes' values as text."""
    field, _, param = name.partition(".")
    values = [getattr(experiment, field) for experiment in race.experiments]
    if param:
        values = [value[param] for value in values]
    if FIELDS[field].listed:
        return "; ".join(",".join(str(entry) for entry in value) for value in values)
    return ", ".join(
        format_value(max(value, default=0.0) if isinstance(value, tuple) else value) for value in values
    )


def parsed(base: Experiment, name: str, given: str) -> list[Any]:
    """The values of a text, checked. Raises InvalidValue."""
    field, _, param = name.partition(".")
    if field == "hidden":
        return [
            tuple(int(part) if part.strip().isdigit() else part for part in _split(entry, ","))
            for entry in _split(given, ";")
        ]
    if field == "features":
        return [_split(entry, ",") for entry in _split(given, ";")]
    wanted = _param_of(base, field, param) if param else FIELDS[field].numbers()
    return [wanted.check(value, name) for value in _split(given.replace(";", ","), ",")]


def _split(given: str, mark: str) -> list[str]:
    return [part.strip() for part in given.split(mark) if part.strip()]


def _values(live: RaceSession, language: str, name: str) -> None:
    field, _, param = name.partition(".")
    bound(
        live,
        language,
        st.text_input,
        "values_text",
        written(live.race, name),
        lambda race, given: race.replace(lanes=vary(race.base, name, parsed(race.base, name, given))),
        label=text("race.page.values_of", language),
        help=text(f"race.page.{'written_help' if FIELDS[field].listed else 'numbers_help'}", language),
    )
    wanted = (
        None
        if FIELDS[field].listed
        else _param_of(live.race.base, field, param)
        if param
        else FIELDS[field].numbers()
    )
    if wanted is not None and wanted.log:
        _spread(live, language, name, wanted)


def _spread(live: RaceSession, language: str, name: str, param: Param) -> None:
    """Several values evenly on the logarithmic scale."""
    values = [float(value) for value in _split(written(live.race, name), ",")]
    with st.popover(text("race.page.spread", language), icon=":material/linear_scale:"):
        count = st.slider(
            text("race.page.spread_count", language), MIN_LANES, MAX_LANES, MAX_LANES, key="race.spread.n"
        )
        ends = []
        for end, value in (("low", min(values)), ("high", max(values))):
            ends.append(
                st.number_input(
                    text(f"race.page.spread_{end}", language),
                    min_value=float(param.low or 1e-6),
                    max_value=float(param.high),
                    value=float(max(value, param.low or 1e-6)),
                    format="%.6g",
                    key=f"race.spread.{end}.{name}",
                )
            )

        def apply() -> None:
            values = [int(v) if param.kind == "int" else v for v in evenly(ends[0], ends[1], count)]
            race_session.change(
                live, "race.spread", lambda race: race.replace(lanes=vary(race.base, name, values))
            )

        st.button(text("race.page.spread_apply", language), on_click=apply, key="race.spread.apply")
        complaint("race.spread", language)


# --- lane by lane --------------------------------------------------------------------------------------


def _by_hand(live: RaceSession, language: str) -> None:
    race = live.race
    labels = race.labels(language)
    for i in range(len(race.lanes)):
        area = st.expander(f"{i + 1} · {labels[i]}", key=f"race.lane{i}.group", on_change="rerun")
        if area.open:
            with area:
                _lane(live, language, i)

    def add() -> None:
        race_session.change(live, "race.add", race_session.with_another)

    st.button(
        text("race.page.add", language),
        on_click=add,
        key="race.add",
        icon=":material/add:",
        disabled=len(race.lanes) >= MAX_LANES,
    )
    complaint("race.add", language)


def _lane(live: RaceSession, language: str, number: int) -> None:
    race = live.race
    changed = [name for name in changed_fields(race.base, race.experiments[number]) if name != "points"]
    key = f"{SHOWN}.{number}"
    fields = [name for name in st.session_state.get(key, []) if name not in changed] + changed
    binding.put(key, fields)
    shown = st.multiselect(
        text("race.page.changes", language),
        [name for name, field in FIELDS.items() if field.control != "none"],
        key=key,
        format_func=lambda name: wording.field_label(name, language),
        on_change=_restore,
        args=(live, number, key),
        placeholder=text("race.page.changes_none", language),
    )
    binder = part_binder(live, language, number)
    for field in shown:
        draw_field(binder, field)
    bound(
        live,
        language,
        st.text_input,
        f"lane{number}.own_name",
        race.lanes[number].name,
        lambda race, name: race_session.with_lane(race, number, name=name),
        label=text("race.page.name", language),
        placeholder=race.labels(language)[number],
        max_chars=MAX_NAME,
    )

    def remove() -> None:
        if race_session.change(live, f"race.remove{number}", lambda race: race_session.without(race, number)):
            for other in range(MAX_LANES):
                st.session_state.pop(f"{SHOWN}.{other}", None)

    st.button(
        text("race.page.remove", language),
        on_click=remove,
        key=f"race.remove{number}",
        icon=":material/delete:",
        disabled=len(race.lanes) <= MIN_LANES,
    )
    complaint(f"race.remove{number}", language)


def _restore(live: RaceSession, number: int, key: str) -> None:
    """Fields that a lane no longer changes get the base's value again."""
    if not binding.news(key):
        return
    kept = st.session_state[key]

    def make(race: Race) -> Race:
        if number >= len(race.lanes):
            return race
        experiment = race.experiments[number]
        left = {
            name: getattr(experiment, name) for name in changed_fields(race.base, experiment) if name in kept
        }
        lanes = list(race.lanes)
        lanes[number] = Lane(lanes[number].name, **left)
        return race.replace(lanes=tuple(lanes))

    if not race_session.change(live, f"race.lane{number}.own_name", make):
        st.session_state.pop(key, None)
