"""Augmentation: copies under a map that keeps the class, or one that does not."""

from __future__ import annotations

from collections.abc import Iterator

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.generalization import charts, runs, seen
from playground.chapters.generalization.moves import AUGMENTATIONS
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment

EPOCHS = 300


def base(settings: Settings) -> Experiment:
    """The run on the given points alone."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def treatment(settings: Settings) -> runs.Treatment:
    """The chosen map with its strength."""
    strength = {"rotate": settings.angle, "reflect": 0.0, "jitter": settings.spread}
    return runs.Treatment(settings.map, float(strength[settings.map]))


def run(settings: Settings) -> Iterator[tuple[float, seen.Seen]]:
    """Train on the given points, and on them with their copies."""
    return seen.looked_at(base(settings), treatment(settings), EPOCHS)


def picture(found: seen.Seen, settings: Settings, language: str) -> list[Figure]:
    """The points with their copies, and the two boundaries."""
    return [seen.figure(found, base(settings), charts.treatment_name(settings.map, language), language)]


def tables(found: seen.Seen, settings: Settings, language: str) -> list[Table]:
    """Accuracies and losses."""
    return [seen.table(found, charts.treatment_name(settings.map, language), language)]


def verdict(found: seen.Seen, settings: Settings) -> Verdict:
    """Whether the map keeps the classes of the data set, and whether accuracy says the same."""
    keeps = settings.dataset.name in AUGMENTATIONS[settings.map].holds
    gain = found.numbers["chosen"]["accuracy_test"] - found.numbers["none"]["accuracy_test"]
    values = {**seen.values(found), "gain": f"{100 * gain:+.1f}"}
    if keeps:
        return Verdict("keeps" if gain > 0 else "keeps_no_gain", gain > 0, values)
    return Verdict("breaks" if gain < 0 else "breaks_no_loss", gain < 0, values)


def code(settings: Settings) -> str:
    """The copies of a batch under the chosen map."""
    make = {
        "rotate": f"""angle = torch.deg2rad({settings.angle} * (2 * torch.rand(len(x), generator=g) - 1))
turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
copies = (turn @ x[:, :, None])[:, :, 0]""",
        "reflect": """choice = torch.randint(0, 4, (len(x), 1), generator=g)
mirrored = torch.stack([x, x.flip(1), -x.flip(1), -x])
copies = mirrored.gather(0, choice[None].expand(1, -1, 2))[0]""",
        "jitter": f"copies = x + {settings.spread} * torch.randn(x.shape, generator=g)",
    }[settings.map]
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
x, y = torch.randn(10, 2, generator=g), torch.randint(0, 2, (10,), generator=g).float()

{make}
x, y = torch.cat([x, copies]), torch.cat([y, y])  # the copies keep their labels: true only if the map keeps the class
print(x.shape, y.shape)
"""


SECTION = Section(
    rows=("augmentation",),
    controls=(
        Choice("map", tuple(AUGMENTATIONS), default="rotate", option=charts.treatment_name),
        Number("angle", 5, 180, default=180, step=5, shown=lambda s: s.map == "rotate"),
        Number("spread", 0.05, 2.0, default=0.6, step=0.05, symbol="s", shown=lambda s: s.map == "jitter"),
        runs.dataset("circle"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=base,
    code=code,
    formula=lambda s: AUGMENTATIONS[s.map].formula,
)
