"""The network beside simpler models on the same parts: a constant, a linear model, a random forest."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from playground.data.prepare import PARTS, data_settings
from playground.experiment import Experiment
from playground.later import pd
from playground.live.jobs import Job
from playground.live.results import Key, results
from playground.live.session import LiveSession
from playground.text import text
from playground.text.written import percent, significant
from playground.ui import session

EVERY = 2.0
"""Seconds between two looks at the network while the area is open."""
FIRST = 0.15
"""Seconds that the area waits for a result before it says that it computes."""


def draw(live: LiveSession, language: str) -> None:
    """The comparison, which starts when the area is opened and follows the run."""
    st.caption(text("ui.compare.intro", language))
    st.fragment(_draw, run_every=EVERY)(live, language)


def job_of(experiment: Experiment, visitor: object) -> Job:
    """The computation for this data: one for all who ask for the same, of own points one for each visitor."""
    from playground.simpler import steps

    # The weights of classes are the only setting of the network that the simpler models share.
    asked = Experiment(
        dataset=experiment.dataset,
        points=experiment.points,
        class_weighting=experiment.class_weighting,
    ).replace(**{name: value for name, value in vars(data_settings(experiment)).items() if name != "points"})
    owner = None if asked.points is None else session.visitor()
    job = results.job(Key(("simpler", asked), owner), lambda: steps(asked), visitor)
    if job.look()[0] == "stopped":
        job.go_on()
    return job


def _draw(live: LiveSession, language: str) -> None:
    if live.draft or live.failed:
        st.info(live.draft or live.failure)
        return
    experiment, epoch, own = network(live)
    job = job_of(experiment, live)
    job.wait(FIRST)
    status, share, simpler = job.look()
    rows = pd.concat([own, simpler], ignore_index=True) if simpler is not None and len(simpler) else own
    st.table(_table(rows, experiment, epoch, language), border="horizontal", width="content", hide_index=True)
    if status == "running":
        st.progress(share, text("ui.compare.computing", language))
    elif status == "failed":
        st.error(text("sections.failed", language), icon=":material/error:")
    elif status == "finished":
        st.markdown(verdict(rows, experiment, language))


def network(live: LiveSession) -> tuple[Experiment, int, Any]:
    """The experiment, the epoch and the network's rows, as of now."""
    from playground.simpler import answers, judged

    with live.lock:
        trainer = live.trainer
        rows = judged(
            trainer.experiment, trainer.data, "network", answers(trainer.experiment, trainer.engine)
        )
        return trainer.experiment, trainer.epoch, pd.DataFrame(rows)


def _measures(experiment: Experiment) -> tuple[str, str]:
    """What is told of every part, and what of the watched one besides."""
    return ("accuracy", "balanced_accuracy") if experiment.n_classes else ("rmse", "r2")


def _table(rows: Any, experiment: Experiment, epoch: int, language: str) -> Any:
    """One row a model; the measure of each part, and a second one of the watched part."""
    main, second = _measures(experiment)
    parts = [part for part in PARTS if part in set(rows["part"])]
    columns: dict[str, Any] = {}
    models = list(dict.fromkeys(rows["model"]))
    columns[text("ui.compare.model", language)] = [model_name(m, experiment, epoch, language) for m in models]
    for part in parts:
        columns[_head(part, main, language)] = [_said(rows, model, part, main) for model in models]
    columns[_head(experiment.watched, second, language)] = [
        _said(rows, model, experiment.watched, second) for model in models
    ]
    return pd.DataFrame(columns)


def _head(part: str, measure: str, language: str) -> str:
    topic = "ui.compare" if measure.endswith("accuracy") else "stage.judged"
    return f"{text(f'stage.judged.part.{part}', language)}: {text(f'{topic}.{measure}', language)}"


def _value(rows: Any, model: str, part: str, measure: str) -> float:
    return float(rows[(rows["model"] == model) & (rows["part"] == part)][measure].iloc[0])


def _said(rows: Any, model: str, part: str, measure: str) -> str:
    return said(_value(rows, model, part, measure), measure)


def said(value: float, measure: str) -> str:
    """A measure as it is written, also in the panel of errors."""
    return percent(value) if measure.endswith("accuracy") else significant(value)


def model_name(model: str, experiment: Experiment, epoch: int, language: str) -> str:
    """What a model is called; the linear one and the constant go by the task."""
    kind = "classes" if experiment.n_classes else "values"
    if model == "network":
        return text("ui.compare.models.network", language, epoch=f"{epoch:,}")
    if model == "forest":
        return text("ui.compare.models.forest", language)
    return text(f"ui.compare.models.{model}_{kind}", language)


def verdict(rows: Any, experiment: Experiment, language: str) -> str:
    """Whether the network is ahead of the best simpler model on the watched part, and by how much chance moves.

    Points that all models were trained on tell nothing of that.
    """
    main, part = _measures(experiment)[0], experiment.watched
    if part == "train":
        return text("ui.compare.verdict.train", language)
    higher = main == "accuracy"
    others = [model for model in dict.fromkeys(rows["model"]) if model != "network"]
    best = (max if higher else min)(others, key=lambda model: _value(rows, model, part, main))
    own, other = (_value(rows, model, part, main) for model in ("network", best))
    values = {
        "own": said(own, main),
        "other": said(other, main),
        "model": model_name(best, experiment, 0, language),
        "part": text(f"live.part.{part}", language),
    }
    if not math.isfinite(own):
        key = "behind"
    elif higher:
        n = int(rows[rows["part"] == part]["points"].iloc[0])
        chance = 2 * max(_spread(other, n), _spread(own, n))
        values |= {"chance": f"{100 * chance:.1f}", "points": f"{n:,}"}
        key = "level_accuracy" if abs(own - other) <= chance else "ahead" if own > other else "behind"
    else:
        key = "ahead" if own < 0.95 * other else "behind" if own > 1.05 * other else "level"
    return text(f"ui.compare.verdict.{key}", language, **values)


def _spread(share: float, n: int) -> float:
    """Standard error of a share of n, not 0 where all are right (Agresti and Coull 1998)."""
    share = (share * n + 2) / (n + 4)
    return math.sqrt(share * (1 - share) / (n + 4))
