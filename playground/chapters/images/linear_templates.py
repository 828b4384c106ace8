"""A linear classifier of pictures: a row of W is a template of its class, and the score says how well it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict, awaited
from playground.images.data import Pictures
from playground.images.experiment import ImageExperiment
from playground.images.script import to_script
from playground.images.trainer import SLICE, ImageTrainer, preparing
from playground.views.pixels import address, signed, wall
from playground.views.theme import BAR_COLOUR, CLASS_COLOURS

ACROSS = 5
"""Templates in a row."""
SETS = ("digits", "glyphs", "shapes")


@dataclass(frozen=True, eq=False)
class Result:
    """The classifier thus far.

    Args:
        W, b: (classes, pixels) and (classes,).
        test: pictures that it has not seen.
        right: for each of them whether it was told.
    """

    W: NDArray[np.float32]
    b: NDArray[np.float32]
    test: Pictures
    right: NDArray[np.bool_]


def experiment(settings: Settings) -> ImageExperiment:
    """No hidden layer, weights from 0, so that a template holds only what was learned."""
    return ImageExperiment(
        dataset=settings.pictures, network="linear", init="zeros", l2=settings.l2, seed=settings.seed
    )


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """Train, and show the templates as they grow."""
    parts = yield from awaited(preparing(experiment(settings)), (0.0, None))
    trainer = ImageTrainer(experiment(settings), parts, every=settings.epochs)
    steps = settings.epochs * trainer.steps_per_epoch

    def result() -> Result:
        W, b = (trainer.weights()[f"1.{name}"] for name in ("weight", "bias"))
        right = trainer.scores(trainer.test.images).argmax(1) == trainer.test.labels
        return Result(W, b, trainer.test, right)

    while trainer.step < steps and trainer.status == "running":
        trainer.run_for(SLICE, steps - trainer.step)
        yield trainer.step / steps, result()


def template(row: NDArray[np.float32], shape: tuple[int, int, int]) -> str:
    """A row of W as a picture: of one channel blue below zero and orange above, of three as a colour around grey."""
    weights = row.reshape(shape)
    if shape[0] == 1:
        return address(signed(weights[0]))
    return address(0.5 + weights / (2 * float(np.abs(weights).max() or 1.0)))


def picture(result: Result | None, settings: Settings, language: str) -> list[Figure]:
    """The templates; below them one test picture's scores."""
    if result is None:
        return []
    shape = result.test.images.shape[1:]
    names = [charts.class_label(key, language) for key in result.test.classes]
    titles = dict(charts.columns(language, "classes"))
    titles |= {name: SECTION.say(name, language) for name in ("weights", "bias")}
    templates = pd.DataFrame(
        {
            "row": [i // ACROSS for i in range(len(names))],
            "column": [i % ACROSS for i in range(len(names))],
            "picture": [template(row, shape) for row in result.W],
            "label": names,
            "classes": names,
            "weights": result.W.shape[1],
            "bias": result.b.round(3),
        }
    )
    number = min(settings.number, len(result.test) - 1)
    x = result.test.images[number].ravel()
    scores = pd.DataFrame({"classes": names, "score": result.W @ x + result.b})
    scores["own"] = np.arange(len(names)) == result.test.labels[number]
    shown = {"classes": titles["classes"], "score": SECTION.say("score", language)}
    seen = pd.DataFrame(
        {
            "row": [0],
            "column": [0],
            "picture": [address(result.test.images[number])],
            "label": [""],
            "classes": [names[result.test.labels[number]]],
        }
    )
    return [
        Figure(wall(templates, titles), templates, columns=titles),
        Figure(
            wall(seen, {"classes": titles["classes"]}),
            seen,
            SECTION.say("seen", language, name=names[result.test.labels[number]]),
            {"classes": titles["classes"]},
        ),
        Figure(_scores(scores, shown), scores, SECTION.say("scores", language), shown),
    ]


def _scores(scores: pd.DataFrame, titles: dict[str, str]) -> alt.Chart:
    return (
        alt.Chart(scores)
        .mark_bar()
        .encode(
            x=alt.X("classes:N", sort=None, title=titles["classes"], axis=alt.Axis(labelAngle=0)),
            y=alt.Y("score:Q", title=titles["score"]),
            color=alt.Color(
                "own:N",
                scale=alt.Scale(domain=[True, False], range=[CLASS_COLOURS[1], BAR_COLOUR]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("classes:N", title=titles["classes"]),
                alt.Tooltip("score:Q", title=titles["score"], format=".2f"),
            ],
        )
    )


def tables(result: Result | None, settings: Settings, language: str) -> list[Table]:
    """The shapes of what is multiplied."""
    if result is None:
        return []
    n, pixels = result.W.shape
    frame = pd.DataFrame(
        {
            "part": ["x", "W", "b", "s = Wx + b"],
            "shape": [f"{pixels:,}", f"{n} × {pixels:,}", f"{n}", f"{n}"],
            "count": ["–", f"{n * pixels:,}", f"{n}", "–"],
        }
    )
    return [
        Table(frame, {name: SECTION.say(f"table.{name}", language) for name in ("part", "shape", "count")})
    ]


def verdict(result: Result, settings: Settings) -> Verdict:
    """How many test pictures a single template for each class tells."""
    n, pixels = result.W.shape
    accuracy = float(result.right.mean())
    values = {
        "accuracy": f"{100 * accuracy:.0f}",
        "guess": f"{100 / n:.0f}",
        "classes": n,
        "pixels": f"{pixels:,}",
        "parameters": f"{n * (pixels + 1):,}",
    }
    reads = accuracy > 0.6
    return Verdict("reads" if reads else "blurred", reads or settings.pictures == "shapes", values)


SECTION = Section(
    rows=("linear_templates",),
    controls=(
        charts.sets(default="digits", names=SETS),
        Number("epochs", 1, 50, default=20),
        Number("l2", 0.0, 0.1, default=0.01, step=0.005, symbol="λ"),
        Number("number", 0, 99, default=0),
        seed(),
    ),
    run=run,
    picture=picture,
    tables=tables,
    verdict=verdict,
    code=lambda s: to_script(experiment(s).replace(dataset="digits"), 2),
    formula=lambda s: (
        r"s = W x + b, \qquad W \in \mathbb{R}^{C \times D},\ D = "
        + {
            "digits": r"1 \cdot 8 \cdot 8",
            "glyphs": r"1 \cdot 28 \cdot 28",
            "shapes": r"3 \cdot 32 \cdot 32",
        }[s.pictures]
    ),
)
