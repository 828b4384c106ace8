"""Links from an experiment of a chapter page into the race."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from playground.experiment import Experiment
from playground.races.race import Criterion, Lane, Race
from playground.text import text
from playground.ui import language as spoken_language


def lanes_of(base: Experiment, changes: Sequence[Mapping[str, Any]]) -> tuple[Lane, ...]:
    """One lane for each change of the base; changes that come to the same experiment make one lane."""
    found: dict[Experiment, Lane] = {}
    for change in changes:
        found.setdefault(base.replace(**change), Lane(**change))
    return tuple(found.values())


def open_in_race(
    base: Experiment,
    changes: Sequence[Mapping[str, Any]],
    epochs: int,
    language: str,
    measure: str = "accuracy",
) -> None:
    """A link that opens a comparison in the race; none where the settings leave nothing to compare.

    Args:
        base: what the lanes have in common.
        changes: what each lane changes.
        epochs: when they are compared.
        measure: ``"accuracy"`` or ``"loss"`` on the test part.
    """
    lanes = lanes_of(base, changes)
    if len(lanes) < 2:
        return
    race = Race(base, lanes, mode="epoch", criterion=Criterion(f"best_{measure}", epochs))
    query = race.to_query()
    if spoken_language.chosen():
        query[spoken_language.PARAMETER] = spoken_language.chosen() or ""
    address = "./race?" + urlencode(query, safe=",:~;")
    st.link_button(text("labs.race", language), address, icon=":material/flag:")
