"""The visitor's live run, as the controls see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from playground.experiment import Experiment
from playground.live import sessions
from playground.live.results import Visitor, visitor_of
from playground.live.runs import table
from playground.live.session import LiveSession
from playground.registry import InvalidValue

if TYPE_CHECKING:
    import pandas as pd

    from playground.engine.plan import State

STATE = "live"
ERRORS = "refused"
OWNER = "visitor"


def visit() -> Visitor:
    """Who is here; a page that was loaded again takes the earlier visit's up (``take_back_visit``)."""
    if OWNER not in st.session_state:
        st.session_state[OWNER] = Visitor()
    found: Visitor = st.session_state[OWNER]
    return found


def visitor() -> object:
    """Whom this visit's computations and results belong to; they share the visitor's time and go with the visit."""
    return visit().token


def take_back_visit(key: object) -> None:
    """Go on as the visitor whom the tab remembers from before the page was loaded again."""
    earlier = visitor_of(key)
    if earlier is not None:
        st.session_state[OWNER] = earlier


def existing() -> LiveSession | None:
    """The run of this visit, if one was opened."""
    return st.session_state.get(STATE)


def opened(experiment: Experiment, language: str) -> LiveSession:
    """A run on this server. Raises InvalidValue when it is full or cannot run the experiment."""
    return sessions.open(experiment, language)


def keep(live: LiveSession, language: str) -> None:
    """Have the run served again if it was let go meanwhile, and speak the visitor's language.

    Raises:
        InvalidValue: the server is full.
    """
    sessions.server().ensure(live)
    if live.language != language:
        live.language = language
        live.changed()


def change(
    live: LiveSession,
    name: str,
    made: Callable[[Experiment], Mapping[str, Any]] | None = None,
    **changes: Any,
) -> bool:
    """Change fields of the running experiment; a refused value is kept for display beside ``name``.

    Args:
        made: from the experiment as it is to the changed fields.
        changes: further changed fields.
    """
    try:
        live.change(made, **changes)
    except InvalidValue as error:
        refuse(name, error)
        return False
    forget_refusal()
    return True


def refuse(name: str, error: InvalidValue) -> None:
    """Remember a refused value until the next accepted change."""
    st.session_state[ERRORS] = {name: error}


def forget_refusal() -> None:
    """What was refused is no longer there to be told of."""
    st.session_state.pop(ERRORS, None)


def refused(name: str) -> InvalidValue | None:
    """The refused value of the control ``name``, if its last change was refused."""
    return st.session_state.get(ERRORS, {}).get(name)


def history_csv(live: LiveSession) -> str:
    """The complete history of the run, one row an epoch."""
    with live.lock:
        history = live.trainer.history.copy()
    return history.to_csv()


def runs_table(live: LiveSession) -> pd.DataFrame:
    """The histories of all runs of this visit; columns as in ``playground.live.runs.table``."""
    with live.lock:
        records = live.runs.records(live.trainer, live.language)
    return table(records)


def weights(live: LiveSession) -> bytes:
    """The network's parameters and running statistics in safetensors' form, named as in the script.

    The experiment travels along as metadata.
    """
    from playground.export import weights_file

    experiment, state, _ = trained(live)
    return weights_file(experiment, state)


def trained(live: LiveSession) -> tuple[Experiment, State, int]:
    """The experiment, its network's state as it is now, and after how many epochs that is."""
    with live.lock:
        return live.trainer.experiment, live.trainer.engine.state(), live.trainer.epoch
