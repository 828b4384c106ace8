"""What the sections of a chapter page share: computations with progress and a stop button, links, code."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from playground.experiment import Experiment
from playground.registry import InvalidValue, Param, Registry, Spec
from playground.text import text
from playground.text.refusals import describe
from playground.ui import language as spoken_language
from playground.ui import wording
from playground.ui.widgets import decimals, log_values

KEPT = 48
"""Results that are kept for all visitors."""
FIRST = 0.12
"""Seconds that a computation goes on before there is a progress bar: with the drawing, an answer within 0.3 s."""
SLICE = 0.4
"""Seconds that it goes on from then on before what there is is drawn and controls are heard."""
TICK = 0.25
"""Seconds between the browser's requests for another slice."""

R = TypeVar("R")


class Results:
    """The newest results by computation and arguments, for all visitors."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The result of ``key``, None if there is none."""
        with self._lock:
            return self._results.get(key)

    def put(self, key: Hashable, result: Any) -> None:
        """Keep a result; the oldest one makes room."""
        with self._lock:
            self._results[key] = result
            while len(self._results) > self._most:
                self._results.popitem(last=False)


@st.cache_resource
def results() -> Results:
    """The results of this server."""
    return Results()


class Job:
    """A computation on its way.

    Args:
        key: computation and arguments.
        steps: the generator of (share, result).

    Attributes:
        share, result: as far as it has come.
        finished, stopped: whether it is over, or waits.
        fresh: whether its last slice has not been drawn yet.
    """

    def __init__(self, key: Hashable, steps: Iterator[tuple[float, Any]]) -> None:
        self.key = key
        self.share = 0.0
        self.result: Any = None
        self.finished = False
        self.stopped = False
        self.fresh = False
        self._steps = steps

    def advance(self, seconds: float) -> None:
        """Go on for about ``seconds``, at least one step."""
        deadline = time.monotonic() + seconds
        while not self.finished:
            try:
                self.share, self.result = next(self._steps)
            except StopIteration:
                self.finished = True
            if time.monotonic() >= deadline:
                return

    def stop(self) -> None:
        """Do not go on for now."""
        self.stopped = True

    def resume(self) -> None:
        """Go on where it was stopped."""
        self.stopped = False


def computed(
    name: str,
    language: str,
    draw: Callable[[R], None],
    compute: Callable[..., Iterator[tuple[float, R]]],
    *arguments: Any,
    button: str = "",
) -> R | None:
    """Draw what a generator of (share, result) comes to: kept from before, or computed now, and drawn on the way.

    The work is done in slices that the browser asks for: Streamlit hears a section's controls only between two runs
    of it. Stop keeps what there is and can be taken back; a changed control starts anew.

    Args:
        name: of the computation, for its widgets.
        draw: draws a result, complete or not.
        compute: called with ``arguments``, which must be hashable.
        button: label of the button that starts it; "" starts at once.

    Returns:
        The complete result, None while there is none.
    """
    key = (compute.__module__, compute.__qualname__, arguments)
    done: R | None = results().get(key)
    if done is not None:
        draw(done)
        return done
    place = f"{name}.job"
    job: Job | None = st.session_state.get(place)
    if job is None or job.key != key:
        job = Job(key, compute(*arguments))
        job.stopped = bool(button)
        st.session_state[place] = job
    if job.stopped:
        label = button if button and job.result is None else text("labs.again", language)
        st.button(label, key=f"{name}.run", icon=":material/play_arrow:", on_click=job.resume)
        if job.result is not None:
            draw(job.result)
        return None
    # What takes no longer than this is drawn at once, without a progress bar.
    job.advance(FIRST)
    if job.finished:
        del st.session_state[place]
        results().put(key, job.result)
        draw(job.result)
        return job.result
    job.fresh = True
    st.fragment(_underway, run_every=TICK)(name, language, job, draw)
    return None


def _underway(name: str, language: str, job: Job, draw: Callable[[Any], None]) -> None:
    """The next slice, with progress bar and stop button; the page follows when it is over."""
    if not (job.fresh or job.stopped):
        job.advance(SLICE)
    job.fresh = False
    if job.finished or job.stopped:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, max(0.0, job.share)), text=text("labs.computing", language))
        st.button(text("labs.stop", language), key=f"{name}.stop", icon=":material/stop:", on_click=job.stop)
    if job.result is not None:
        draw(job.result)


def again() -> None:
    """Run the section once more; the whole page where it is the page that runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def open_in_playground(experiment: Experiment, language: str) -> None:
    """A link that opens an experiment in the playground."""
    query = experiment.to_query()
    if spoken_language.chosen():
        query[spoken_language.PARAMETER] = spoken_language.chosen() or ""
    address = "./?" + urlencode(query, safe=",:~")
    st.link_button(text("labs.open", language), address, icon=":material/open_in_new:")


def script(experiment: Experiment, epochs: int, language: str) -> None:
    """The experiment as a PyTorch script, in an expander."""
    with st.expander(text("labs.code", language), icon=":material/code:"):
        from playground import export

        try:
            st.code(export.to_script(experiment, epochs, language), language="python", height=400)
        except InvalidValue as error:
            st.info(describe(error, language))


def snippet(code: str, language: str) -> None:
    """A short PyTorch program, in an expander."""
    with st.expander(text("labs.code", language), icon=":material/code:"):
        st.code(code, language="python")


def number_control(param: Param, key: str, label: str, tip: str, default: float | None = None) -> Any:
    """A slider over a parameter's range, on its own scale. Returns its value."""
    kind = int if param.kind == "int" else float
    value = kind(param.default if default is None else default)
    if param.log:
        options = log_values(param, value)
        return st.select_slider(
            label, options, value, key=key, help=tip or None, format_func=lambda v: f"{v:g}"
        )
    step = kind(param.step or 1)
    style = None if kind is int else decimals(step)
    low, high = kind(param.low), kind(param.high)
    return st.slider(label, low, high, value, step, key=key, help=tip or None, format=style)


def technique_control(
    registry: Registry[Any], default: Spec, key: str, label: str, language: str, params: bool = True
) -> Spec:
    """A selectbox of a family and, under it, the chosen one's parameters. Returns the choice.

    Args:
        default: chosen at first, with its parameter values.
        params: whether the parameters can be set; else they keep their defaults.
    """
    family, names = registry.family, list(registry)
    name = st.selectbox(
        label,
        names,
        names.index(default.name),
        key=key,
        format_func=lambda n: wording.label(family, n, language),
    )
    start = default if name == default.name else registry[name].spec()
    if not params:
        return start
    values = {}
    for param in registry[name].params:
        if param.kind in ("float", "int"):
            values[param.name] = number_control(
                param,
                f"{key}.{name}.{param.name}",
                wording.param_label(family, name, param.name, language),
                wording.param_help(family, name, param.name, language),
                start[param.name],
            )
    return registry[name].spec(**{**start.params, **values})


def lesson(topic: str, language: str) -> None:
    """A section's heading, what the lecture claims, and what to do: ``topic.title``, ``.claim``, ``.do``."""
    st.subheader(text(f"{topic}.title", language), anchor=False)
    st.markdown(f"**{text('labs.claim', language)}** · {text(f'{topic}.claim', language)}")
    st.markdown(f"**{text('labs.do', language)}** · {text(f'{topic}.do', language)}")


def chart(picture: Any, key: str) -> None:
    """An Altair chart in the width that there is."""
    st.altair_chart(picture, width="stretch", key=key)
