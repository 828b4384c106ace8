"""Reduce on plateau: what it saw epoch by epoch, and what made it lower the learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.optimization.charts import axis, columns, named, say
from playground.chapters.optimization.schedules import noisy_run
from playground.chapters.section import Figure, Section, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import SCHEDULES, Plateau
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR

NAME = "reduce_on_plateau"
EVENTS = {"better": CLASS_COLOURS[2], "waits": NEUTRAL_COLOUR, "lowers": CLASS_COLOURS[5]}
SLICES = 20


def spec_of(settings: Settings) -> Spec:
    """The schedule with its parameters."""
    return SCHEDULES[NAME].spec(
        patience=settings.patience, threshold=settings.threshold, factor=settings.factor
    )


def experiment(settings: Settings) -> Experiment:
    """The noisy run under the schedule."""
    return noisy_run(seed=settings.seed).replace(schedule=spec_of(settings))


def replayed(run: pd.DataFrame, spec: Spec, rate: float) -> pd.DataFrame:
    """What the schedule saw and did, replayed from a run.

    Args:
        run: columns ``epoch`` and ``validation_loss``.
        rate: the first learning rate.

    Returns:
        Columns ``epoch``, ``validation_loss``, ``best`` (so far), ``waited`` (epochs since the best one that counted),
        ``rate`` (from here on), ``event`` (``"better"``, ``"waits"`` or ``"lowers"``).
    """
    state = Plateau(rate)
    rows = []
    for epoch, loss in zip(run["epoch"].tolist(), run["validation_loss"].tolist(), strict=True):
        if epoch == 0:
            continue
        before, state = state, state.after(loss, spec)
        if state.learning_rate < before.learning_rate:
            event = "lowers"
        else:
            event = "better" if state.best < before.best else "waits"
        rows.append((epoch, loss, state.best, state.bad_epochs, state.learning_rate, event))
    return pd.DataFrame(rows, columns=["epoch", "validation_loss", "best", "waited", "rate", "event"])


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train under the schedule.

    The half of the data that is not trained on decides on the learning rate here, so it is a validation set.

    Yields:
        The share done, and the epochs so far as ``replayed`` gives them.
    """
    trainer = Trainer(experiment(settings))
    while trainer.epoch < settings.epochs and trainer.status == "running":
        trainer.run(epochs=min(max(1, settings.epochs // SLICES), settings.epochs - trainer.epoch))
        history = trainer.history
        seen = pd.DataFrame({"epoch": history["epoch"], "validation_loss": history["loss_test"]})
        rate = trainer.experiment.learning_rate
        yield trainer.epoch / settings.epochs, replayed(seen, spec_of(settings), rate)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> Sequence[Figure]:
    """Validation loss with the best so far and the moments that lowered the rate; the rate below."""

    def called(event: str) -> str:
        return SECTION.say(f"events.{event}", language)

    shown = named(frame, "event", called)
    x = alt.X("epoch:Q", title=say("axes.epoch", language), scale=alt.Scale(nice=False))
    loss = alt.Y(
        "validation_loss:Q", title=say("axes.validation_loss", language), scale=alt.Scale(zero=False)
    )
    base = alt.Chart(shown)
    best = base.mark_line(interpolate="step-after", color=NEUTRAL_COLOUR, strokeDash=[4, 3]).encode(
        x=x, y="best:Q"
    )
    line = base.mark_line(color=CLASS_COLOURS[0], strokeWidth=2).encode(x=x, y=loss)
    heads = columns(language, "epoch", "validation_loss", "best", "waited", "rate", "event")
    formats: dict[str, Any] = {"validation_loss": ".4f", "best": ".4f", "rate": ".3g"}
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        x=x,
        y=loss,
        color=_by_event(called, list(EVENTS.values()), alt.Color),
        shape=_by_event(called, ["circle", "circle", "triangle-down"], alt.Shape),
        tooltip=[
            alt.Tooltip(name, title=title, format=formats.get(name, alt.Undefined))
            for name, title in heads.items()
        ],
    )
    rate = base.mark_line(interpolate="step-after", color=CLASS_COLOURS[5], strokeWidth=2.5).encode(
        x=x,
        y=alt.Y(
            "rate:Q",
            title=axis("rate", language).title,
            axis=alt.Axis(format=".3~g", tickCount=3),
            scale=alt.Scale(type="log"),
        ),
    )
    return [
        Figure(alt.layer(best, line, points), shown, columns=heads),
        Figure(rate, shown, SECTION.say("rates", language), columns(language, "epoch", "rate"), wide=True),
    ]


def _by_event(called: Any, values: list[str], channel: Any) -> Any:
    """A channel that tells the events apart, with one legend for all of them."""
    scale = alt.Scale(domain=[called(event) for event in EVENTS], range=values)
    # One below the other where they do not fit side by side.
    legend = alt.Legend(orient="top", symbolSize=120, columns=alt.ExprRef("width < 520 ? 1 : 3"))
    return channel("event:N", title=None, scale=scale, legend=legend)


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """When the rate was lowered, and where it ended."""
    lowered = frame["epoch"][frame["event"] == "lowers"].tolist()
    values = {
        "times": len(lowered),
        "epochs": ", ".join(map(str, lowered)),
        "patience": settings.patience,
        "rate": f"{frame['rate'].iloc[-1]:.3g}",
    }
    return Verdict("lowered" if lowered else "never", bool(lowered), values)


def code(settings: Settings) -> str:
    """PyTorch's scheduler on eight given losses."""
    return f"""\
import torch

w = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
    optimizer, factor={settings.factor:g}, patience={settings.patience}, threshold={settings.threshold:g}
)
for epoch, validation_loss in enumerate([1.0, 0.8, 0.7, 0.71, 0.699, 0.70, 0.71, 0.72, 0.70, 0.6]):
    optimizer.step()  # train the epoch first, then tell the scheduler how it went
    scheduler.step(validation_loss)
    print(epoch, validation_loss, optimizer.param_groups[0]["lr"])
"""


SECTION = Section(
    rows=("plateau",),
    controls=(
        Number("patience", 0, 20, default=4),
        Number("threshold", 0.0, 0.1, default=0.01, values=(0.0, 0.0001, 0.001, 0.01, 0.05, 0.1)),
        Number("factor", 0.1, 0.9, default=0.5, step=0.1),
        Number("epochs", 20, 200, default=40, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    code=code,
    formula=lambda settings: SCHEDULES[NAME].formula,
)
