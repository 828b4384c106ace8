"""Running statistics that follow slowly or at once, and what evaluation makes of them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.initialization.runs import fast
from playground.chapters.normalization.modes import TRAINED
from playground.chapters.normalization.parts import axis, title, titles
from playground.chapters.section import Figure, Lanes, Section, Verdict
from playground.engine.trainer import Trainer
from playground.views.lines import lines
from playground.views.theme import LAYER_COLOURS

MOMENTA = (0.001, 0.01, 0.1, 1.0)
USUAL = 0.1
"""PyTorch's default."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The same run with running statistics of each momentum.

    Yields:
        The share done and the table thus far: columns ``momentum``, ``epoch``, ``loss_test``, ``accuracy_test``,
        measured in evaluation mode.
    """
    frames: list[pd.DataFrame] = []
    base = TRAINED.replace(seed=settings.seed, batch_size=settings.batch)
    for momentum in MOMENTA:
        trainer = Trainer(fast(base.replace(normalization={"name": "batch_norm", "momentum": momentum})))
        trainer.run(epochs=settings.epochs)
        names = ("epoch", "loss_test", "accuracy_test")
        frames.append(pd.DataFrame({"momentum": momentum, **{name: trainer.history[name] for name in names}}))
        yield len(frames) / len(MOMENTA), pd.concat(frames, ignore_index=True)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The test loss in evaluation mode, and the accuracy below."""
    colours = dict(zip(MOMENTA, LAYER_COLOURS[::2], strict=False))
    columns = titles(frame, language)

    def drawn(name: str, form: str) -> Figure:
        chart = lines(
            frame,
            axis("epoch", language, format="d"),
            axis(name, language, format=form, zero=name == "loss_test"),
            "momentum",
            title("momentum", language),
            name=lambda momentum: f"{title('momentum', language)} {momentum:g}",
            colours=colours,
        )
        main = name == "loss_test"
        return Figure(chart, frame, "" if main else SECTION.say("accuracy", language), columns, wide=True)

    return [drawn("loss_test", ".2f"), drawn("accuracy_test", ".0%")]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the slowest averages do worse in evaluation at the end."""
    last = frame.groupby("momentum")["loss_test"].last()
    slow, usual = float(last[MOMENTA[0]]), float(last[USUAL])
    values = {"epochs": settings.epochs, "slow": f"{slow:.2f}", "usual": f"{usual:.2f}"}
    holds = slow > usual + 0.05
    return Verdict("lags" if holds else "caught_up", holds, values)


def lanes(settings: Settings) -> Lanes:
    """The same momenta in the race."""
    changes = [{"normalization": {"name": "batch_norm", "momentum": momentum}} for momentum in MOMENTA]
    return Lanes(TRAINED.replace(seed=settings.seed), changes, settings.epochs, "loss")


SECTION = Section(
    rows=("running_statistics",),
    controls=(
        Number("epochs", 5, 100, default=20, values=(5, 10, 20, 40, 100)),
        Number("batch", 5, 50, default=10, values=(5, 10, 20, 50)),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=lambda s: TRAINED.replace(
        seed=s.seed, batch_size=s.batch, normalization={"name": "batch_norm", "momentum": MOMENTA[0]}
    ),
    lanes=lanes,
)
