"""Which inputs matter: what the running network loses without each column, and how its answer moves with one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from playground.columns import Asked, dependence_steps, importance_over_steps, importance_steps, score
from playground.data.prepare import PARTS, Data, Part, data_settings, prepare
from playground.engine.plan import State
from playground.engine.probe import Probe
from playground.engine.threads import one_thread
from playground.experiment import Experiment
from playground.live.jobs import Job
from playground.live.results import Key, results
from playground.live.session import LiveSession
from playground.live.timeline import outputs_of
from playground.techniques import LOSSES
from playground.text import text
from playground.text.written import amount, percent, significant
from playground.ui import predict, session, view
from playground.ui.section_style import styled

EVERY = 2.0
"""Seconds between two looks at the network while the area is open."""
FIRST = 0.3
"""Seconds that the area waits for a result before it says that it computes."""
REST = 4.0
"""While the run plays, the next computation waits so many times as long as the last one took."""
REPEATS = 10
LINE_HEIGHT = 320
BAR_HEIGHT, AXIS_HEIGHT = 24, 90
"""Pixels of a bar with its gap, and of what stands around the bars."""

PART, COLUMN = "matter.part", "matter.column"
ASKED = "matter.asked"
"""Of which experiment, and as far as which epoch, other networks are asked too."""


@dataclass(frozen=True, eq=False)
class Moment:
    """The network at one moment."""

    experiment: Experiment
    state: State
    epoch: int

    @property
    def weights(self) -> bytes:
        """What tells it from the network at another moment."""
        return self.state.params.tobytes() + self.state.buffers.tobytes()

    def asked(self) -> Asked:
        """To be asked about its columns, apart from the run."""
        probe = Probe(self.experiment)
        probe.look_at(self.state)

        def scores(F: np.ndarray) -> np.ndarray:
            with one_thread():
                return outputs_of(probe, F)[-1]

        return Asked(self.experiment, prepare(self.experiment), scores)


@dataclass
class Followed:
    """A computation that follows the run, and the last result that it came to."""

    settings: Any
    moment: Moment
    job: Job
    begun: float = field(default_factory=time.monotonic)
    ended: float | None = None
    shown: tuple[Any, Moment] | None = None


def draw(live: LiveSession, language: str) -> None:
    """What is asked for on top, the answers below; these follow the run."""
    if live.draft or live.failed:
        st.info(live.draft or live.failure)
        return
    st.caption(text("ui.matter.intro", language))
    data = prepare(live.experiment)
    parts = [part for part, size in zip(PARTS, data.sizes(), strict=True) if size]
    left, right = st.columns(2, gap="medium")
    with left:
        _keep(PART, parts, live.experiment.watched)
        st.segmented_control(
            text("ui.matter.part", language),
            parts,
            format_func=lambda part: text(f"stage.judged.part.{part}", language),
            key=PART,
            required=True,
        )
    with right:
        _keep(COLUMN, data.x_names, data.x_names[0])
        st.selectbox(text("ui.matter.column", language), data.x_names, key=COLUMN)
    st.fragment(_answers, run_every=EVERY)(live, data.x_names, language)


def _keep(key: str, options: Sequence[str], first: str) -> None:
    """Leave a choice where it is while it is one of the options."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = first


def _answers(live: LiveSession, x_names: tuple[str, ...], language: str) -> None:
    moment = now(live)
    if moment is None or prepare(moment.experiment).x_names != x_names:
        st.caption(text("ui.predict.changed", language))
        return
    part, column = st.session_state[PART], st.session_state[COLUMN]
    left, right = st.columns(2, gap="medium")
    with left:
        _importance(live, moment, part, language)
    with right:
        _dependence(live, moment, column, language)


def now(live: LiveSession) -> Moment | None:
    """The network as it is; None while there is none to ask."""
    with live.lock:
        if live.draft or live.failed:
            return None
        experiment, state, epoch = session.trained(live)
        return Moment(experiment, state.without_slots(), epoch)


def followed(
    live: LiveSession,
    name: str,
    settings: Any,
    moment: Moment,
    steps: Callable[[Asked], Iterator[tuple[float, Any]]],
) -> Followed:
    """The computation of this name, begun anew for other settings at once, and for other weights once it may."""
    kept = f"matter.{name}"
    settings = (settings, data_settings(moment.experiment))
    found: Followed | None = st.session_state.get(kept)
    if found is None or found.settings != settings:
        found = None
    elif found.ended is not None and found.moment.weights != moment.weights:
        waits = REST * (found.ended - found.begun) if live.playing else 0.0
        if time.monotonic() < found.ended + waits:
            return found
    else:
        return found
    before = st.session_state.get(kept)
    owner = session.visitor()
    job = results.anew(Key(kept, owner), lambda: steps(moment.asked()), owner)
    job.go_on()
    shown = before.shown if before is not None and before.settings == settings else None
    made = Followed(settings, moment, job, shown=shown)
    st.session_state[kept] = made
    return made


def _result(found: Followed, language: str) -> tuple[Any, Moment] | None:
    """The newest complete result and the network that it is of; says what goes on where there is none yet."""
    found.job.wait(FIRST if found.shown is None else 0.0)
    status, share, result = found.job.look()
    if status == "stopped":
        found.job.go_on()
    if status in ("finished", "failed") and found.ended is None:
        found.ended = time.monotonic()
        found.shown = (result, found.moment) if status == "finished" else found.shown
    if status == "failed":
        st.error(text("sections.failed", language), icon=":material/error:")
        return None
    if found.shown is None:
        st.progress(share, text("sections.computing", language))
    return found.shown


# --- which columns -----------------------------------------------------------------------------------------


def _importance(live: LiveSession, moment: Moment, part: Part, language: str) -> None:
    def steps(asked: Asked) -> Iterator[tuple[float, Any]]:
        whole = score(asked, *asked.points(part))
        for share, frame in importance_steps(asked, part, REPEATS):
            yield share, (whole, frame)

    st.markdown(f"**{text('ui.matter.importance', language)}**")
    told = _result(followed(live, "importance", part, moment, steps), language)
    if told is None:
        return
    (whole, frame), seen = told
    st.markdown(importance_verdict(frame, whole, part, seen, language))
    from playground.views.matter import MOST_BARS  # with Altair, which a page without this area does without

    height = AXIS_HEIGHT + BAR_HEIGHT * min(len(frame), MOST_BARS)
    _chart(importance_of(frame, seen.experiment, language), "matter.importance.chart", height)
    if len(frame) > MOST_BARS:
        st.caption(text("ui.matter.bars", language, most=MOST_BARS, n=len(frame)))
    _table(importance_table(frame, seen.experiment, language), "importance", language)
    _over_networks(live, moment, part, language)


def _over_networks(live: LiveSession, moment: Moment, part: Part, language: str) -> None:
    """The same of networks from other initial weights, when it is asked for."""

    def ask() -> None:
        st.session_state[ASKED] = moment.experiment, moment.epoch

    st.button(
        text("ui.matter.networks", language, n=predict.MEMBERS),
        key="matter.networks",
        on_click=ask,
        help=text("ui.predict.members_help", language, most=f"{predict.MEMBERS_EPOCHS:,}"),
        icon=":material/groups:",
    )
    asked = st.session_state.get(ASKED)
    if asked is None or data_settings(asked[0]) != data_settings(moment.experiment):
        return
    status, share, members = predict.job_of(asked[0], asked[1], live).look()
    if members is not None:
        owner = session.visitor()
        job = results.job(
            Key(("matter.networks", *asked, part), owner), lambda: importance_over_steps(members, part), live
        )
        job.wait(FIRST)
        status, share, frame = job.look()
        if status == "finished":
            _networks(frame, members.epochs, asked[0], part, language)
            return
        if status == "stopped":
            job.go_on()
    if status == "failed":
        st.error(text("sections.failed", language), icon=":material/error:")
    else:
        words = "ui.predict.training" if members is None else "sections.computing"
        st.progress(share, text(words, language, n=predict.MEMBERS))


def _networks(frame: Any, epochs: int, experiment: Experiment, part: Part, language: str) -> None:
    if not len(frame):
        st.caption(text("ui.matter.networks_diverged", language))
        return
    first, n = frame.iloc[0], int(frame["first"].sum())  # those that diverged are left out
    said = _points if experiment.n_classes else significant
    values = {
        "n": n,
        "epoch": f"{epochs:,}",
        "part": text(f"live.part.{part}", language),
        "column": _plain(first["column"]),
        "drop": said(first["importance"]),
        "std": said(first["std"]),
        "first": int(first["first"]),
    }
    st.markdown(text(f"ui.matter.over_{_measure(experiment)}", language, **values))
    over = text("ui.matter.networks_std", language, n=n)
    _table(importance_table(frame, experiment, language, over), "networks", language)


def _measure(experiment: Experiment) -> str:
    return "accuracy" if experiment.n_classes else "r2"


def importance_of(frame: Any, experiment: Experiment, language: str) -> Any:
    """The chart."""
    from playground.views.matter import importance_chart

    kind = _measure(experiment)
    title = text(f"ui.matter.drop_{kind}", language)
    return importance_chart(
        frame,
        title,
        100.0 if experiment.n_classes else 1.0,
        {
            "column": text("ui.matter.name", language),
            "importance": title,
            "std": text("ui.matter.std", language, n=REPEATS),
        },
    )


def importance_table(frame: Any, experiment: Experiment, language: str, over: str = "") -> Any:
    """All columns, as they are read; ``over``: what the spread is over, if not the shuffles."""
    said = _points if experiment.n_classes else significant
    return {
        text("ui.matter.name", language): list(frame["column"]),
        text(f"ui.matter.drop_{_measure(experiment)}", language): [said(v) for v in frame["importance"]],
        over or text("ui.matter.std", language, n=REPEATS): [said(v) for v in frame["std"]],
    }


def _points(share: float) -> str:
    """Percentage points."""
    return f"{100 * share:.1f}".replace("-", "−")


def importance_verdict(frame: Any, whole: float, part: Part, seen: Moment, language: str) -> str:
    """Which column matters most, how much, and how many cannot be told from none."""
    classes = seen.experiment.n_classes > 0
    first = frame.iloc[0]
    lost = frame["importance"] > 2 * frame["std"]
    values = {
        "epoch": f"{seen.epoch:,}",
        "part": text(f"live.part.{part}", language),
        "whole": percent(whole) if classes else significant(whole),
        "n": len(frame),
        "none": int((~lost).sum()),
        "column": _plain(first["column"]),
        "drop": _points(first["importance"]) if classes else significant(first["importance"]),
        "std": _points(first["std"]) if classes else significant(first["std"]),
    }
    key = f"{'first' if bool(lost.iloc[0]) else 'nothing'}_{_measure(seen.experiment)}"
    return text(f"ui.matter.verdict.{key}", language, **values)


# --- how the answer moves ----------------------------------------------------------------------------------


def _dependence(live: LiveSession, moment: Moment, column: str, language: str) -> None:
    st.markdown(f"**{text('ui.matter.dependence', language)}**")
    found = followed(live, "dependence", column, moment, lambda asked: dependence_steps(asked, column))
    told = _result(found, language)
    if told is None:
        return
    frame, seen = told
    st.markdown(dependence_verdict(frame, column, seen, language))
    data = prepare(seen.experiment)
    _chart(
        dependence_of(frame, column, seen.experiment, data, language), "matter.dependence.chart", LINE_HEIGHT
    )
    st.caption(text("ui.matter.rug", language))
    _table(dependence_table(frame, column, seen.experiment, language), "dependence", language)


def _kind(experiment: Experiment) -> str:
    """What the answers are."""
    if not experiment.n_classes:
        return "value"
    return "chance" if LOSSES[experiment.loss.name].probabilistic else "share"


def _answer_title(experiment: Experiment, language: str) -> str:
    target = predict.target_name(experiment, language)
    return text(f"ui.matter.answer_{_kind(experiment)}", language, target=target)


def dependence_of(frame: Any, column: str, experiment: Experiment, data: Data, language: str) -> Any:
    """The chart."""
    from playground.views.matter import dependence_chart

    return dependence_chart(
        frame,
        data.X_train[:, data.x_names.index(column)],
        column,
        _answer_title(experiment, language),
        experiment.class_names,
        text("ui.predict.class", language),
        experiment.n_classes > 0,
    )


def dependence_table(
    frame: Any, column: str, experiment: Experiment, language: str
) -> Mapping[str, list[str]]:
    """A row a value, a column a class."""
    values = list(dict.fromkeys(frame["value"]))
    found = {column: [amount(value) for value in values]}
    said = percent if experiment.n_classes else amount
    for name in dict.fromkeys(frame["class"]):
        title = name or _answer_title(experiment, language)
        found[title if title != column else f"{title} →"] = [
            said(v) for v in frame[frame["class"] == name]["answer"]
        ]
    return found


def dependence_verdict(frame: Any, column: str, seen: Moment, language: str) -> str:
    """Between what the answer moves; of classes, that which moves most."""
    spans = frame.groupby("class", sort=False)["answer"].agg(["min", "max"])
    widest = (spans["max"] - spans["min"]).idxmax()
    said = percent if seen.experiment.n_classes else amount
    return text(
        f"ui.matter.moves_{_kind(seen.experiment)}",
        language,
        epoch=f"{seen.epoch:,}",
        column=_plain(column),
        name=_plain(str(widest)),
        target=_plain(predict.target_name(seen.experiment, language)),
        low=said(float(spans["min"][widest])),
        high=said(float(spans["max"][widest])),
    )


# --- both ------------------------------------------------------------------------------------------------------


def _plain(name: str) -> str:
    """A name of the visitor's file that Markdown shows as it is."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|~$:^" else letter for letter in name)


def _chart(chart: Any, key: str, height: int) -> None:
    spec = styled(chart.to_dict(), view.projector())
    st.vega_lite_chart(spec=spec, width="stretch", height=height, key=key)


def _table(columns: Mapping[str, list[str]], name: str, language: str) -> None:
    import pandas as pd

    with st.expander(
        text("ui.matter.table", language), key=f"matter.{name}.table", on_change="rerun"
    ) as opened:
        if opened.open:
            st.table(pd.DataFrame(columns), border="horizontal", hide_index=True)
